/* mconn bench: throughput and round trips, in the letters of iperf3 where they fit. bench.h says what makes the
 * figures comparable; this file has the options and the report. */
#include "address.h"
#include "bench.h"
#include "clock.h"
#include "endpoint.h"
#include "json_out.h"
#include "stop.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define ROUNDS_MAX 99u

typedef struct {
  endpoint_options endpoint;
  bench_test test;
  const char *client, *bind;
  uint64_t port, rounds;
  bool server, one_off, one_process, raw, json;
} bench_options;

/* One measurement of one round. */
typedef struct {
  uint64_t round;
  bool raw, shared;
  bench_side ours, theirs;
  double mb_per_s, messages_per_s, cpu_ours, cpu_theirs, cpu_per_gb;
  uint64_t p50, p99, least, most; /* of the round trips, ns */
} figures;

static struct {
  figures all[2 * ROUNDS_MAX];
  size_t n;
  bool failed;
} report;

/* ---- figures */

static void take_figures(figures *f, const bench_test *t, const histogram *rtt, bool one_process)
{
  /* time and bytes are those of the end that receives */
  const bench_side *at = t->latency == BENCH_THROUGHPUT && !t->reverse ? &f->theirs : &f->ours;
  double seconds = (double)at->span / 1e9;
  f->cpu_ours = (double)f->ours.cpu / 1e9;
  f->cpu_theirs = one_process ? 0 : (double)f->theirs.cpu / 1e9;
  if (seconds > 0) {
    f->mb_per_s = (double)at->bytes / 1e6 / seconds;
    f->messages_per_s = (double)at->messages / seconds;
  }
  if (at->bytes > 0) f->cpu_per_gb = (f->cpu_ours + f->cpu_theirs) / ((double)at->bytes / 1e9);
  f->p50 = histogram_percentile(rtt, 0.5);
  f->p99 = histogram_percentile(rtt, 0.99);
  f->least = rtt->least;
  f->most = rtt->most;
}

static double value_of(const figures *f, int which)
{
  switch (which) {
  case 0: return f->mb_per_s;
  case 1: return f->messages_per_s;
  case 2: return f->cpu_per_gb;
  case 3: return (double)f->p50;
  default: return (double)f->p99;
  }
}

static int compare(const void *a, const void *b)
{
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static double middle(double *v, size_t n)
{
  if (n == 0) return 0;
  qsort(v, n, sizeof v[0], compare);
  return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double median(bool raw, int which)
{
  double v[ROUNDS_MAX];
  size_t n = 0;
  for (size_t i = 0; i < report.n; i++)
    if (report.all[i].raw == raw) v[n++] = value_of(&report.all[i], which);
  return middle(v, n);
}

/* The median of what each round says, because a machine's speed drifts more than two turns in a row differ. */
static double share(int which)
{
  double v[ROUNDS_MAX];
  size_t n = 0;
  for (size_t i = 0; i + 1 < report.n; i += 2) {
    const figures *a = &report.all[i], *b = &report.all[i + 1];
    double raw = value_of(a->raw ? a : b, which);
    if (raw > 0) v[n++] = value_of(a->raw ? b : a, which) / raw;
  }
  return middle(v, n);
}

/* ---- text */

static void print_head(const bench_options *o)
{
  const bench_test *t = &o->test;
  printf("%s, payload %u, %u channel%s, messages of %u bytes, %u connection%s, %.1f s a round, %s\n",
         cli_dialect_name(t->config.dialect), (unsigned)t->config.payload, (unsigned)t->channels,
         t->channels == 1 ? "" : "s", (unsigned)t->len, (unsigned)t->parallel, t->parallel == 1 ? "" : "s",
         (double)t->span / 1e9,
         o->client != NULL ? "over the network"
         : o->one_process  ? "one process"
                           : "two processes");
  if (t->latency == BENCH_THROUGHPUT) puts("round  what        MB/s   messages/s  CPU s: here   there   per GB");
  else puts("round  what      rtt p50     p99     least      most us   trips/s  CPU s: here   there");
  cli_flush();
}

static void print_figures(const bench_test *t, const figures *f)
{
  printf("%5llu  %-6s", (unsigned long long)f->round, f->raw ? "raw" : "mconn");
  if (t->latency == BENCH_THROUGHPUT)
    printf(" %9.1f %12.0f %12.2f %7.2f %8.3f", f->mb_per_s, f->messages_per_s, f->cpu_ours, f->cpu_theirs,
           f->cpu_per_gb);
  else
    printf(" %10.1f %7.1f %9.1f %9.1f %12.0f %12.2f %7.2f", (double)f->p50 / 1e3, (double)f->p99 / 1e3,
           (double)f->least / 1e3, (double)f->most / 1e3, f->messages_per_s, f->cpu_ours, f->cpu_theirs);
  puts(f->shared ? "  (another client measured meanwhile)" : "");
  cli_flush();
}

static void print_medians(const bench_options *o)
{
  bool latency = o->test.latency != BENCH_THROUGHPUT;
  if (o->rounds < 2 && !o->raw) return;
  for (int raw = o->raw ? 1 : 0; raw >= 0; raw--) {
    if (latency)
      printf("median %-6s %9.1f %7.1f us\n", raw ? "raw" : "mconn", median(raw, 3) / 1e3, median(raw, 4) / 1e3);
    else
      printf("median %-6s %9.1f %12.0f %29.3f\n", raw ? "raw" : "mconn", median(raw, 0), median(raw, 1),
             median(raw, 2));
  }
  if (!o->raw) return;
  if (latency) printf("by round, median: round trip %.2f times raw at p50, %.2f at p99\n", share(3), share(4));
  else printf("by round, median: throughput %.0f %% of raw, CPU per byte %.2f times raw\n", 100 * share(0), share(2));
}

/* ---- JSON */

static void put_figures(json_out *o, const figures *f)
{
  JSON(o, "{\"round\":");
  jout_number(o, f->round);
  jout_field_string(o, "kind", f->raw ? "raw" : "mconn");
  jout_field_real(o, "mb_per_s", f->mb_per_s);
  jout_field_real(o, "messages_per_s", f->messages_per_s);
  jout_field_number(o, "client_messages", f->ours.messages);
  jout_field_number(o, "server_messages", f->theirs.messages);
  jout_field_number(o, "client_bytes", f->ours.bytes);
  jout_field_number(o, "server_bytes", f->theirs.bytes);
  jout_field_real(o, "client_seconds", (double)f->ours.span / 1e9);
  jout_field_real(o, "server_seconds", (double)f->theirs.span / 1e9);
  jout_field_real(o, "client_cpu_s", f->cpu_ours);
  jout_field_real(o, "server_cpu_s", f->cpu_theirs);
  jout_field_real(o, "cpu_s_per_gb", f->cpu_per_gb);
  jout_field_number(o, "rtt_p50_ns", f->p50);
  jout_field_number(o, "rtt_p99_ns", f->p99);
  jout_field_number(o, "rtt_least_ns", f->least);
  jout_field_number(o, "rtt_most_ns", f->most);
  JSON(o, ",\"shared\":");
  if (f->shared) JSON(o, "true}");
  else JSON(o, "false}");
}

static void put_median(json_out *o, bool raw)
{
  JSON(o, "{\"mb_per_s\":");
  jout_real(o, median(raw, 0));
  jout_field_real(o, "messages_per_s", median(raw, 1));
  jout_field_real(o, "cpu_s_per_gb", median(raw, 2));
  jout_field_real(o, "rtt_p50_ns", median(raw, 3));
  jout_field_real(o, "rtt_p99_ns", median(raw, 4));
  JSON(o, "}");
}

static void print_json(const bench_options *opt)
{
  static char buffer[8192];
  static const char *const kinds[] = { "throughput", "latency", "latency-thread" };
  json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
  const bench_test *t = &opt->test;
  JSON(&o, "{\"event\":\"bench\"");
  jout_field_string(&o, "test", kinds[t->latency]);
  jout_field_string(&o, "version", mconn_version());
  jout_field_string(&o, "dialect", cli_dialect_name(t->config.dialect));
  jout_field_number(&o, "payload", t->config.payload);
  jout_field_number(&o, "channels", t->channels);
  jout_field_number(&o, "queue", t->queue);
  jout_field_number(&o, "len", t->len);
  jout_field_number(&o, "parallel", t->parallel);
  jout_field_number(&o, "processes", opt->one_process ? 1 : 2);
  jout_field_real(&o, "seconds", (double)t->span / 1e9);
  JSON(&o, ",\"reverse\":");
  if (t->reverse) JSON(&o, "true");
  else JSON(&o, "false");
  JSON(&o, ",\"rounds\":[");
  for (size_t i = 0; i < report.n; i++) {
    if (i > 0) JSON(&o, ",");
    put_figures(&o, &report.all[i]);
  }
  JSON(&o, "],\"median\":{\"mconn\":");
  put_median(&o, false);
  if (opt->raw) {
    JSON(&o, ",\"raw\":");
    put_median(&o, true);
    jout_field_real(&o, "share", share(0));
    jout_field_real(&o, "cpu_times_raw", share(2));
    jout_field_real(&o, "rtt_p50_times_raw", share(3));
    jout_field_real(&o, "rtt_p99_times_raw", share(4));
  }
  JSON(&o, "}}\n");
  jout_flush(&o);
}

/* ---- a client's run */

static void check_side(const char *which, const bench_side *s)
{
  if (s->reason.err == MCONN_OK) return;
  cli_say("%s: %s, %s%s%s", which, mconn_error_name(s->reason.err), mconn_strerror(s->reason.err),
          s->reason.system != 0 ? ": " : "", s->reason.system != 0 ? strerror(s->reason.system) : "");
  report.failed = true;
}

/* One measurement. False: no more. */
static bool measure(const bench_options *o, bench_client *c, uint64_t round, bool raw)
{
  static histogram rtt;
  figures *f = &report.all[report.n];
  bench_test t = o->test;
  memset(&rtt, 0, sizeof rtt);
  t.raw = raw;
  f->round = round;
  f->raw = raw;
  if (!bench_run(c, &t, &f->ours, &f->theirs, &f->shared, &rtt)) {
    report.failed = true;
    return false;
  }
  take_figures(f, &t, &rtt, o->one_process);
  report.n++;
  bool stopped = atomic_load(c->stop);
  if (!stopped) {
    check_side("this side", &f->ours);
    check_side("the server", &f->theirs);
    if (!raw && f->ours.messages != f->theirs.messages) {
      cli_say("%llu messages on this side, %llu on the server", (unsigned long long)f->ours.messages,
              (unsigned long long)f->theirs.messages);
      report.failed = true;
    }
  }
  if (!o->json) print_figures(&t, f);
  return !stopped && !report.failed;
}

typedef struct {
  const bench_options *options;
  const char *address;
  _Atomic bool stop;
  int done; /* one end of a pipe, closed at the end */
} client_run;

/* The measurements, in turns: raw goes first in odd rounds, second in even ones. */
static void *client_main(void *user)
{
  client_run *r = user;
  const bench_options *o = r->options;
  bench_client c = bench_connect(r->address, &r->stop);
  if (!o->json) print_head(o);
  bool go = true;
  for (uint64_t round = 1; go && round <= o->rounds; round++) {
    bool raw_first = o->raw && round % 2 == 1;
    go = measure(o, &c, round, raw_first);
    if (go && o->raw) go = measure(o, &c, round, !raw_first);
  }
  close(c.control);
  close(r->done);
  return NULL;
}

/* Runs the client in a thread of its own, so that this one can wait for a signal. */
static int run_client(const bench_options *o, const char *address)
{
  int ends[2], signals = stop_open();
  pthread_t thread;
  if (pipe(ends) != 0) cli_fail("pipe: %s", strerror(errno));
  client_run r = { .options = o, .address = address, .done = ends[1] };
  if (pthread_create(&thread, NULL, client_main, &r) != 0) cli_fail("the system gives no thread");
  struct pollfd p[2] = { { .fd = ends[0], .events = POLLIN }, { .fd = signals, .events = POLLIN } };
  while (p[0].revents == 0) {
    if (poll(p, 2, -1) < 0 && errno != EINTR) cli_fail("poll: %s", strerror(errno));
    if (p[1].revents != 0 && stop_asked(signals)) atomic_store(&r.stop, true);
  }
  pthread_join(thread, NULL);
  close(ends[0]);
  close(signals);
  if (o->json) print_json(o);
  else print_medians(o);
  if (atomic_load(&r.stop)) cli_say("stopped by a signal");
  return report.failed ? CLI_REFUSED : CLI_OK;
}

/* ---- both ends here */

static void *server_main(void *user)
{
  (void)bench_serve(user);
  return NULL;
}

static int run_one_process(const bench_options *o, const char *address, int listener)
{
  bench_server s = { .listener = listener, .stop_fd = -1, .one_off = true, .quiet = true };
  pthread_t thread;
  close(stop_open()); /* the server's threads leave the signals to the main thread, too */
  if (pthread_create(&thread, NULL, server_main, &s) != 0) cli_fail("the system gives no thread");
  int status = run_client(o, address);
  pthread_join(thread, NULL);
  return status;
}

static int run_two_processes(const bench_options *o, const char *address, int listener)
{
  cli_flush();
  pid_t parent = getpid(), child = fork();
  if (child < 0) cli_fail("fork: %s", strerror(errno));
  if (child == 0) {
    /* no orphan, and Ctrl-C is the parent's */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(CLI_USAGE);
    (void)stop_open();
    _exit(bench_serve(&(bench_server){ .listener = listener, .stop_fd = -1, .one_off = true, .quiet = true }));
  }
  close(listener);
  int status = run_client(o, address), theirs = 0;
  waitpid(child, &theirs, 0);
  if (!WIFEXITED(theirs) || WEXITSTATUS(theirs) != CLI_OK) {
    cli_say("the other process did not end in order");
    return CLI_REFUSED;
  }
  return status;
}

static int run_both(const bench_options *o)
{
  char address[ADDRESS_TEXT_BYTES];
  int listener = address_listen("loopback", "127.0.0.1:0");
  address_of_socket(listener, address);
  return o->one_process ? run_one_process(o, address, listener) : run_two_processes(o, address, listener);
}

/* HOST and port in the form that address.h takes. */
static void join_address(char text[300], const char *host, uint64_t port)
{
  bool v6 = strchr(host, ':') != NULL && host[0] != '[';
  snprintf(text, 300, v6 ? "[%.250s]:%llu" : "%.250s:%llu", host, (unsigned long long)port);
}

static int run_server(const bench_options *o)
{
  char address[300], bound[ADDRESS_TEXT_BYTES];
  join_address(address, o->bind, o->port);
  int listener = address_listen("--bind", address);
  address_of_socket(listener, bound);
  bench_server s = { .listener = listener, .stop_fd = stop_open(), .one_off = o->one_off, .json = o->json };
  if (o->json) printf("{\"event\":\"listening\",\"address\":\"%s\"}\n", bound);
  else printf("listening on %s\n", bound);
  cli_flush();
  int status = bench_serve(&s);
  close(listener);
  return status;
}

/* ---- options */

enum { KEY_RAW = 256, KEY_LATENCY, KEY_CHANNELS, KEY_ROUNDS, KEY_ONE_PROCESS };

static const struct argp_option option_table[] = {
  { "server", 's', NULL, 0, "serve clients", 1 },
  { "client", 'c', "HOST", 0, "measure against a server; with neither -s nor -c both ends run here, over loopback", 1 },
  { "port", 'p', "PORT", 0, "of the server (default 5201)", 1 },
  { "bind", 'B', "HOST", 0, "address the server listens on (default: all)", 1 },
  { "one-off", '1', NULL, 0, "the server ends with its first client", 1 },
  { "time", 't', "SECONDS", 0, "of a measurement (default 3)", 2 },
  { "len", 'l', "BYTES", 0, "of a message, also as 64K or 1M (default 64K)", 2 },
  { "parallel", 'P', "N", 0, "connections at once (default 1)", 2 },
  { "reverse", 'R', NULL, 0, "the server sends", 2 },
  { "latency", KEY_LATENCY, "HOW", OPTION_ARG_OPTIONAL,
    "round trips instead of throughput: the next message leaves from "
    "the receiving callback (callback, the default), or from a thread that waits for it (thread)",
    2 },
  { "channels", KEY_CHANNELS, "N", 0, "channels, used in turn (default 1)", 2 },
  { "raw", KEY_RAW, NULL, 0,
    "measure the bare socket, too, in turns: 64 KiB writes and reads, or the same messages "
    "there and back",
    2 },
  { "rounds", KEY_ROUNDS, "N", 0, "how often to measure (default 1, with --raw 3)", 2 },
  { "one-process", KEY_ONE_PROCESS, NULL, 0, "both ends in one process instead of two", 2 },
  { "json", 'J', NULL, 0, "the figures as one JSON object", 2 },
  { 0 }
};

static uint32_t parse_len(const char *text)
{
  char digits[32];
  size_t n = strlen(text);
  uint64_t unit = 1;
  if (n > 0 && n < sizeof digits && strchr("kKmM", text[n - 1]) != NULL)
    unit = text[n - 1] == 'k' || text[n - 1] == 'K' ? 1024 : 1048576;
  if (unit == 1) return (uint32_t)cli_number("--len", text, 0, MCONN_MESSAGE_CAPACITY_DEFAULT);
  memcpy(digits, text, n - 1);
  digits[n - 1] = '\0';
  return (uint32_t)(unit * cli_number("--len", digits, 0, MCONN_MESSAGE_CAPACITY_DEFAULT / unit));
}

static enum bench_latency parse_latency(const char *text)
{
  if (text == NULL || strcmp(text, "callback") == 0) return BENCH_CALLBACK;
  if (strcmp(text, "thread") == 0) return BENCH_THREAD;
  cli_usage("--latency: '%s' is neither callback nor thread", text);
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  bench_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &o->endpoint; break;
  case 's': o->server = true; break;
  case 'c': o->client = arg; break;
  case 'p': o->port = cli_number("--port", arg, 0, 65535); break;
  case 'B': o->bind = arg; break;
  case '1': o->one_off = true; break;
  case 't': o->test.span = cli_seconds("--time", arg); break;
  case 'l': o->test.len = parse_len(arg); break;
  case 'P': o->test.parallel = (uint32_t)cli_number("--parallel", arg, 1, BENCH_PARALLEL_MAX); break;
  case 'R': o->test.reverse = true; break;
  case KEY_LATENCY: o->test.latency = parse_latency(arg); break;
  case KEY_CHANNELS: o->test.channels = (uint32_t)cli_number("--channels", arg, 1, MCONN_CHANNELS_MAX); break;
  case KEY_RAW: o->raw = true; break;
  case KEY_ROUNDS: o->rounds = cli_number("--rounds", arg, 1, ROUNDS_MAX); break;
  case KEY_ONE_PROCESS: o->one_process = true; break;
  case 'J': o->json = true; break;
  case ARGP_KEY_ARG: cli_usage("there is no argument to take '%s'", arg);
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = { { .argp = &endpoint_argp, .group = 7 }, { 0 } };

static const struct argp command_line = {
  .options = option_table,
  .parser = take_option,
  .children = children,
  .args_doc = "",
  .doc = "Measures throughput, round trips and processor time of the connection; with --raw also of the bare socket in "
         "the same run, so that a share can be given.\v"
         "Throughput is taken where the bytes arrive, from the first message to the end of the stream. MB and GB are "
         "10^6 and "
         "10^9 bytes of messages. Processor time is user and system time of each process. The exit status is 1 if a "
         "connection failed or messages were lost.\n\n"
         "Examples:\n"
         "  mconn bench --raw\n"
         "  mconn bench --raw -l 1K -t 2 --rounds 7 -J\n"
         "  mconn bench --raw --latency -l 1\n"
         "  mconn bench -s -p 5201            and elsewhere\n"
         "  mconn bench -c 192.0.2.7 -p 5201 -P 4 -R\n" CLI_EXIT_TEXT,
};

static void check_options(bench_options *o)
{
  endpoint_channels channels = { .n = o->test.channels };
  if (o->server && o->client != NULL) cli_usage("--server and --client exclude each other");
  if ((o->server || o->client != NULL) && o->one_process)
    cli_usage("--one-process goes with neither --server nor --client");
  if (o->test.latency != BENCH_THROUGHPUT && o->test.reverse) cli_usage("--reverse and --latency exclude each other");
  if (o->raw && o->test.latency != BENCH_THROUGHPUT && o->test.len == 0)
    cli_usage("--len: the bare socket cannot return a message of 0 bytes");
  if (o->rounds == 0) o->rounds = o->raw ? 3 : 1;
  o->test.queue = o->endpoint.queue;
  bench_channels(&o->test, channels.d);
  endpoint_check(&o->endpoint, &channels);
  o->test.config = o->endpoint.config;
}

int cmd_bench(int argc, char **argv)
{
  bench_options opt = { .endpoint = endpoint_defaults(), .bind = "", .port = 5201 };
  opt.endpoint.queue = 100;
  opt.test = (bench_test){ .channels = 1, .len = 65536, .parallel = 1, .span = 3 * SECOND };
  cli_parse(&command_line, argc, argv, &opt);
  check_options(&opt);
  if (opt.server) return run_server(&opt);
  if (opt.client == NULL) return run_both(&opt);
  char address[300];
  join_address(address, opt.client, opt.port);
  return run_client(&opt, address);
}
