/* mconn demo: two endpoints over loopback TCP in this process, traffic both ways on five channels.
 *
 * What a demonstration must not do is count messages and call that a proof: every message carries its
 * number, the time it was offered and a pattern that depends on both, its size follows from its
 * number, and the receiver checks all of it. At the end every message offered must have arrived.
 * --corrupt turns one bit over, to see that the check sees it. */
#include "cli.h"
#include "clock.h"
#include "endpoint.h"
#include "histogram.h"
#include "json_out.h"
#include "loopback.h"
#include "stop.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define MESSAGE_MOST (1u << 20)
#define PATTERN_SPREAD 4093u     /* places a message's pattern may begin at; a prime, so neighbours differ */
#define TICK_MS 100              /* of the main thread */
#define LIVE_TICKS 5u            /* between two live tables */
#define ARRIVAL_NS (30 * SECOND) /* that messages under way may take at the end */
#define HEAD_BYTES 16u           /* number and time in front of the pattern, where they fit */

/* What each channel carries, after the channels of CometBFT. */
typedef struct {
  uint8_t id;
  uint32_t priority;
  const char *what;
  uint32_t least, most; /* bytes of a message */
  uint32_t per_second;  /* messages; 0: as fast as it goes */
} traffic;

static const traffic table[] = {
  { 0x00, 1, "peers", 0, 300, 200 },
  { 0x20, 6, "votes", 100, 1300, 2000 },
  { 0x21, 10, "block parts", 65536, 65536, 0 },
  { 0x30, 5, "transactions", 0, 20000, 0 },
  { 0x40, 5, "blocks", MESSAGE_MOST, MESSAGE_MOST, 0 },
};
#define CHANNELS (sizeof table / sizeof table[0])

typedef struct {
  endpoint_options endpoint;
  uint64_t seconds, corrupt;
  bool json;
} demo_options;

/* One channel in one direction. */
typedef struct {
  struct side *from;
  const traffic *what;
  pthread_t thread;
  bool started;
  _Atomic uint64_t offered;               /* by the sending thread */
  _Atomic uint64_t arrived, bytes, wrong; /* by the receiving connection's thread */
  histogram latency;
} lane;

typedef struct side {
  struct demo *demo;
  mconn_connection *connection;
  endpoint_tag tag;
  lane out[CHANNELS];
  struct side *peer;
  uint64_t seen; /* messages received in all; of the receive thread */
  _Atomic bool over;
  mconn_reason reason;                 /* written before over is set */
  uint64_t pongs, rtt_least, rtt_most; /* of the main thread */
} side;

typedef struct demo {
  const demo_options *opt;
  side side[2];
  int stop;
  _Atomic bool enough; /* nobody offers any more */
  uint64_t begin, end;
  uint8_t *pattern; /* MESSAGE_MOST + PATTERN_SPREAD bytes that never change */
  bool signalled;
  unsigned live_lines; /* of the live table on the terminal */
} demo;

static uint64_t get(const _Atomic uint64_t *x)
{
  return atomic_load_explicit(x, memory_order_relaxed);
}

static void add(_Atomic uint64_t *x, uint64_t n)
{
  atomic_store_explicit(x, get(x) + n, memory_order_relaxed); /* each has one writer */
}

/* ---- messages */

/* A number that looks random and depends on x alone (the finalizer of SplitMix64). */
static uint64_t scatter(uint64_t x)
{
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/* Size of message n of a channel; every eighth has the least one, which may be empty. */
static uint32_t size_of(const traffic *t, uint64_t n)
{
  if (n % 8 == 0) return t->least;
  return t->least + (uint32_t)(scatter(n * 256 + t->id) % (t->most - t->least + 1));
}

static const uint8_t *pattern_of(const demo *d, const traffic *t, uint64_t n)
{
  return d->pattern + scatter(n ^ (uint64_t)t->id << 56) % PATTERN_SPREAD;
}

static void fill(const demo *d, const traffic *t, uint64_t n, uint8_t *message, uint32_t size)
{
  memcpy(message, pattern_of(d, t, n), size);
  if (size < HEAD_BYTES) return;
  uint64_t now = clock_now_ns();
  memcpy(message, &n, 8);
  memcpy(message + 8, &now, 8);
}

static bool is_right(const demo *d, const traffic *t, uint64_t n, const uint8_t *message, size_t len)
{
  if (len != size_of(t, n)) return false;
  const uint8_t *p = pattern_of(d, t, n);
  if (len < HEAD_BYTES) return memcmp(message, p, len) == 0;
  return memcmp(message, &n, 8) == 0 && memcmp(message + HEAD_BYTES, p + HEAD_BYTES, len - HEAD_BYTES) == 0;
}

/* ---- callbacks */

static lane *lane_of(side *from, uint8_t channel)
{
  for (size_t k = 0; k < CHANNELS; k++)
    if (table[k].id == channel) return &from->out[k];
  return NULL; /* not for a channel that was registered */
}

static bool check(side *s, const lane *l, const uint8_t *bytes, size_t len)
{
  const demo *d = s->demo;
  uint64_t n = get(&l->arrived);
  if (s != &d->side[1] || s->seen != d->opt->corrupt || len == 0) return is_right(d, l->what, n, bytes, len);
  uint8_t *copy = malloc(len);
  if (copy == NULL) return false;
  memcpy(copy, bytes, len);
  copy[len - 1] ^= 1;
  bool right = is_right(d, l->what, n, copy, len);
  free(copy);
  return right;
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  side *s = user;
  lane *l = lane_of(s->peer, channel);
  if (l == NULL) return;
  if (len > 0 || s->seen + 1 != s->demo->opt->corrupt) s->seen++; /* an empty message has no bit to turn over */
  if (!check(s, l, bytes, len)) add(&l->wrong, 1);
  if (len >= HEAD_BYTES) {
    uint64_t then, now = clock_now_ns();
    memcpy(&then, bytes + 8, 8);
    histogram_add(&l->latency, now > then ? now - then : 0);
  }
  add(&l->bytes, len);
  add(&l->arrived, 1);
}

static void on_error(void *user, mconn_reason reason)
{
  side *s = user;
  s->reason = reason;
  atomic_store(&s->over, true);
}

/* ---- sending threads */

static void wait_until(uint64_t t)
{
  struct timespec at = { .tv_sec = (time_t)(t / SECOND), .tv_nsec = (long)(t % SECOND) };
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
}

static void *send_main(void *user)
{
  lane *l = user;
  demo *d = l->from->demo;
  const traffic *t = l->what;
  uint8_t *message = malloc(t->most + 1u);
  uint64_t n = 0;
  while (message != NULL && !atomic_load(&d->enough)) {
    uint32_t size = size_of(t, n);
    if (t->per_second > 0) wait_until(d->begin + n * SECOND / t->per_second);
    fill(d, t, n, message, size);
    enum mconn_err err = mconn_connection_send(l->from->connection, t->id, message, size);
    if (err == MCONN_E_TIMEOUT) continue;
    if (err != MCONN_OK) break; /* the connection is over, and says why itself */
    atomic_store(&l->offered, ++n);
  }
  free(message);
  return NULL;
}

/* ---- figures */

typedef struct {
  uint64_t messages, bytes, packets, wrong, missing;
  double mb_per_s;
  histogram latency;
} row;

/* Both directions of a channel. ch: the status of each side's channels. */
static void take_row(const demo *d, size_t k, mconn_channel_status ch[2][CHANNELS], row *r)
{
  memset(r, 0, sizeof *r);
  uint64_t until = d->end != 0 ? d->end : clock_now_ns();
  for (size_t i = 0; i < 2; i++) {
    const lane *l = &d->side[i].out[k];
    uint64_t arrived = get(&l->arrived), offered = get(&l->offered);
    r->messages += arrived;
    r->bytes += get(&l->bytes);
    r->wrong += get(&l->wrong);
    r->missing += offered > arrived ? offered - arrived : 0;
    r->packets += ch[i][k].packets_received;
    histogram_merge(&r->latency, &l->latency);
  }
  if (until > d->begin) r->mb_per_s = (double)r->bytes * 1e3 / (double)(until - d->begin);
}

static void take_status(demo *d, mconn_channel_status ch[2][CHANNELS], mconn_status s[2])
{
  for (size_t i = 0; i < 2; i++) {
    side *x = &d->side[i];
    s[i] = mconn_connection_status(x->connection, ch[i], CHANNELS);
    if (s[i].pongs_received == x->pongs) continue;
    x->pongs = s[i].pongs_received;
    if (x->rtt_least == 0 || s[i].last_rtt < x->rtt_least) x->rtt_least = s[i].last_rtt;
    if (s[i].last_rtt > x->rtt_most) x->rtt_most = s[i].last_rtt;
  }
}

static void print_time(FILE *out, uint64_t ns)
{
  if (ns == 0) fputs("         -", out);
  else if (ns < 10000000) fprintf(out, "%7.1f us", (double)ns / 1e3);
  else fprintf(out, "%7.1f ms", (double)ns / 1e6);
}

/* Returns the number of lines. */
static unsigned print_table(demo *d, FILE *out, const char *eol)
{
  mconn_channel_status ch[2][CHANNELS];
  mconn_status s[2];
  row r;
  take_status(d, ch, s);
  fprintf(out, "channel               priority   messages      MB   packets    MB/s       p50       p99  errors%s\n",
          eol);
  for (size_t k = 0; k < CHANNELS; k++) {
    take_row(d, k, ch, &r);
    fprintf(out, "0x%02x %-16s %8u %10llu %7.1f %9llu %7.1f ", (unsigned)table[k].id, table[k].what,
            (unsigned)table[k].priority, (unsigned long long)r.messages, (double)r.bytes / 1e6,
            (unsigned long long)r.packets, r.mb_per_s);
    print_time(out, histogram_percentile(&r.latency, 0.5));
    print_time(out, histogram_percentile(&r.latency, 0.99));
    unsigned long long errors = r.wrong;
    if (d->end != 0) errors += r.missing; /* before, it is only under way */
    fprintf(out, " %6llu%s\n", errors, eol);
  }
  for (size_t i = 0; i < 2; i++) {
    fprintf(out, "side %zu: %llu pings sent, %llu answered in ", i, (unsigned long long)s[i].pings_sent,
            (unsigned long long)s[i].pongs_received);
    print_time(out, d->side[i].rtt_least);
    fputs(" to ", out);
    print_time(out, d->side[i].rtt_most);
    fprintf(out, "%s\n", eol);
  }
  return CHANNELS + 3;
}

/* On a terminal only: over the table before it. */
static void show_live(demo *d)
{
  if (d->opt->json || !isatty(STDERR_FILENO)) return;
  if (d->live_lines > 0) fprintf(stderr, "\033[%uA\r", d->live_lines);
  d->live_lines = print_table(d, stderr, "\033[K");
  fflush(stderr);
}

static void clear_live(demo *d)
{
  if (d->live_lines > 0) fprintf(stderr, "\033[%uA\r\033[J", d->live_lines);
  d->live_lines = 0;
}

static void put_row(json_out *o, const traffic *t, const row *r)
{
  JSON(o, "{\"channel\":");
  jout_number(o, t->id);
  jout_field_number(o, "priority", t->priority);
  jout_field_number(o, "messages", r->messages);
  jout_field_number(o, "bytes", r->bytes);
  jout_field_number(o, "packets", r->packets);
  jout_field_real(o, "mb_per_s", r->mb_per_s);
  jout_field_number(o, "p50_ns", histogram_percentile(&r->latency, 0.5));
  jout_field_number(o, "p99_ns", histogram_percentile(&r->latency, 0.99));
  jout_field_number(o, "wrong", r->wrong);
  jout_field_number(o, "missing", r->missing);
  JSON(o, "}");
}

static void print_json(demo *d, uint64_t errors)
{
  static char buffer[8192];
  json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
  mconn_channel_status ch[2][CHANNELS];
  mconn_status s[2];
  row r;
  take_status(d, ch, s);
  JSON(&o, "{\"event\":\"demo\"");
  jout_field_string(&o, "dialect", cli_dialect_name(d->opt->endpoint.config.dialect));
  jout_field_real(&o, "seconds", (double)(d->end - d->begin) / 1e9);
  JSON(&o, ",\"channels\":[");
  for (size_t k = 0; k < CHANNELS; k++) {
    if (k > 0) JSON(&o, ",");
    take_row(d, k, ch, &r);
    put_row(&o, &table[k], &r);
  }
  JSON(&o, "],\"sides\":[");
  for (size_t i = 0; i < 2; i++) {
    if (i > 0) JSON(&o, ",");
    JSON(&o, "{\"side\":");
    jout_number(&o, i);
    jout_field_number(&o, "pings_sent", s[i].pings_sent);
    jout_field_number(&o, "pongs_received", s[i].pongs_received);
    jout_field_number(&o, "rtt_least_ns", d->side[i].rtt_least);
    jout_field_number(&o, "rtt_most_ns", d->side[i].rtt_most);
    JSON(&o, "}");
  }
  JSON(&o, "]");
  jout_field_number(&o, "errors", errors);
  JSON(&o, "}\n");
  jout_flush(&o);
}

/* ---- the run */

static void open_sides(demo *d)
{
  int fd[2];
  endpoint_channels channels = { .n = CHANNELS };
  for (size_t k = 0; k < CHANNELS; k++)
    channels.d[k] = (mconn_channel){ .id = table[k].id,
                                     .priority = table[k].priority,
                                     .queue_capacity = d->opt->endpoint.queue,
                                     .message_capacity = d->opt->endpoint.capacity };
  endpoint_options endpoint = d->opt->endpoint;
  endpoint_check(&endpoint, &channels);
  loopback_pair(fd);
  for (size_t i = 0; i < 2; i++) {
    side *s = &d->side[i];
    s->demo = d;
    s->peer = &d->side[1 - i];
    s->tag = (endpoint_tag){ "side", i };
    mconn_callbacks callbacks = {
      .on_receive = on_receive, .on_error = on_error, .user = s, .log = endpoint_log(&endpoint, &s->tag)
    };
    mconn_reason r = mconn_connection_new(&s->connection, fd[i], &endpoint.config, channels.d, channels.n, callbacks);
    if (r.err != MCONN_OK) cli_fail("%s", mconn_strerror(r.err));
    for (size_t k = 0; k < CHANNELS; k++) {
      s->out[k].from = s;
      s->out[k].what = &table[k];
    }
  }
}

static void start(demo *d)
{
  d->begin = clock_now_ns();
  for (size_t i = 0; i < 2; i++) {
    enum mconn_err err = mconn_connection_start(d->side[i].connection);
    if (err != MCONN_OK) cli_fail("%s", mconn_strerror(err));
  }
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < CHANNELS; k++) {
      lane *l = &d->side[i].out[k];
      l->started = pthread_create(&l->thread, NULL, send_main, l) == 0;
      if (!l->started) cli_fail("the system gives no thread");
    }
}

static bool both_run(const demo *d)
{
  return !atomic_load(&d->side[0].over) && !atomic_load(&d->side[1].over);
}

static bool all_arrived(const demo *d)
{
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < CHANNELS; k++)
      if (get(&d->side[i].out[k].arrived) < atomic_load(&d->side[i].out[k].offered)) return false;
  return true;
}

/* Waits until the time is over, a signal came or a connection is over. */
static void watch(demo *d)
{
  const uint64_t until = d->begin + d->opt->seconds;
  for (unsigned tick = 1; clock_now_ns() < until && both_run(d); tick++) {
    mconn_channel_status ch[2][CHANNELS];
    mconn_status s[2];
    uint64_t left = until - clock_now_ns();
    struct pollfd p = { .fd = d->stop, .events = POLLIN };
    if (poll(&p, 1, left < TICK_MS * 1000000ull ? (int)(left / 1000000) + 1 : TICK_MS) > 0 && stop_asked(d->stop)) {
      d->signalled = true;
      return;
    }
    take_status(d, ch, s);
    if (tick % LIVE_TICKS == 0) show_live(d);
  }
}

/* Nothing new is offered, what is under way arrives, and one side closes. */
static void finish(demo *d)
{
  atomic_store(&d->enough, true);
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < CHANNELS; k++) pthread_join(d->side[i].out[k].thread, NULL);
  uint64_t deadline = clock_now_ns() + ARRIVAL_NS;
  while (!all_arrived(d) && both_run(d) && clock_now_ns() < deadline) usleep(1000);
  d->end = clock_now_ns();
}

/* A side that ended before we closed it: how. */
static uint64_t count_failures(demo *d)
{
  uint64_t n = 0;
  for (size_t i = 0; i < 2; i++) {
    if (!atomic_load(&d->side[i].over)) continue;
    mconn_reason r = d->side[i].reason;
    cli_say("side %zu: %s, %s: %s", i, mconn_requirement(r.err), mconn_error_name(r.err), mconn_strerror(r.err));
    n++;
  }
  return n;
}

static uint64_t count_errors(const demo *d)
{
  uint64_t n = 0;
  for (size_t i = 0; i < 2; i++)
    for (size_t k = 0; k < CHANNELS; k++) {
      const lane *l = &d->side[i].out[k];
      n += get(&l->wrong) + (get(&l->offered) - get(&l->arrived));
    }
  return n;
}

static int run(const demo_options *opt)
{
  static demo d;
  d.opt = opt;
  d.pattern = malloc(MESSAGE_MOST + PATTERN_SPREAD);
  if (d.pattern == NULL) cli_fail("no memory");
  for (uint32_t i = 0; i < MESSAGE_MOST + PATTERN_SPREAD; i++) d.pattern[i] = (uint8_t)scatter(i);
  open_sides(&d);
  d.stop = stop_open();
  start(&d);
  watch(&d);
  finish(&d);
  clear_live(&d);
  uint64_t errors = count_failures(&d) + count_errors(&d);
  if (opt->json) print_json(&d, errors);
  else print_table(&d, stdout, "");
  for (size_t i = 0; i < 2; i++) mconn_connection_stop(d.side[i].connection);
  for (size_t i = 0; i < 2; i++) mconn_connection_free(d.side[i].connection);
  if (!opt->json)
    printf("%s dialect, %.1f s%s: %llu errors\n", cli_dialect_name(opt->endpoint.config.dialect),
           (double)(d.end - d.begin) / 1e9, d.signalled ? ", stopped by a signal" : "", (unsigned long long)errors);
  free(d.pattern);
  close(d.stop);
  return errors == 0 ? CLI_OK : CLI_REFUSED;
}

/* ---- options */

enum { KEY_CORRUPT = 256 };

static const struct argp_option option_table[] = {
  { "seconds", 't', "SECONDS", 0, "how long to send (default 5)", 1 },
  { "json", 'j', NULL, 0, "the figures as one JSON object", 1 },
  { "corrupt", KEY_CORRUPT, "N", 0,
    "turn over one bit of the Nth message that side 1 receives, to see that it is noticed", 1 },
  { 0 }
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  demo_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = state->child_inputs[1] = &o->endpoint; break;
  case 't': o->seconds = cli_seconds("--seconds", arg); break;
  case 'j': o->json = true; break;
  case KEY_CORRUPT: o->corrupt = cli_number("--corrupt", arg, 1, UINT64_MAX); break;
  case ARGP_KEY_ARG: cli_usage("there is no argument to take '%s'", arg);
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = { { .argp = &endpoint_argp, .group = 7 },
                                              { .argp = &endpoint_log_argp, .group = 7 },
                                              { 0 } };

static const struct argp command_line = {
  .options = option_table,
  .parser = take_option,
  .children = children,
  .args_doc = "",
  .doc =
    "Two endpoints over loopback TCP in this process, with traffic both ways on five channels of different priority, "
    "messages of 0 bytes to 1 MiB, and pings.\v"
    "Every message is checked: its size, its number, every byte. Latency is from the call that sends to the callback "
    "that receives, the wait for room in the queue included. Two channels send at a steady pace, three as fast as it "
    "goes. The exit status is 1 if a message was wrong or lost, or a connection ended by itself.\n\n"
    "Examples:\n"
    "  mconn demo\n"
    "  mconn demo --dialect amino --seconds 10\n"
    "  mconn demo --json --payload 65536 | jq .errors\n" CLI_EXIT_TEXT,
};

int cmd_demo(int argc, char **argv)
{
  demo_options opt = { .endpoint = endpoint_defaults(), .seconds = 5 * SECOND };
  opt.endpoint.config.ping.interval = SECOND / 10 * 16; /* so that some pings happen in a short run */
  opt.endpoint.queue = 4;
  cli_parse(&command_line, argc, argv, &opt);
  if (opt.endpoint.capacity < MESSAGE_MOST) cli_usage("--capacity: the demo sends messages of %u bytes", MESSAGE_MOST);
  return run(&opt);
}
