/* How the two ends of a bench find each other: lines of text on a control connection, and a token that
 * ties the measured connections to the test that asked for them.
 *
 *   client, control:  "mconn-bench 1 control"       then for each test  "test NUMBER..."
 *   server, control:  "token HEX"                   and at the end      "result NUMBER..."
 *   client, measured: "mconn-bench 1 data HEX"      then the measured bytes
 *
 * The server is open to the network, so everything it reads is bounded and checked, and a client that
 * says nothing is let go after ten seconds. */
#include "address.h"
#include "bench.h"
#include "clock.h"
#include "endpoint.h"
#include "json_out.h"
#include "stop.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define LINE_BYTES 512u
#define HELLO "mconn-bench 1 "
#define DATA HELLO "data "
#define PATIENCE_S 10
#define SPAN_MAX 3600000000000ull
#define LEN_MAX MCONN_MESSAGE_CAPACITY_DEFAULT

/* ---- lines */

/* One line without its end; byte by byte, because what follows on a measured connection is not ours. */
static bool read_line(int fd, char line[LINE_BYTES])
{
  for (size_t n = 0; n < LINE_BYTES; n++) {
    ssize_t got = recv(fd, line + n, 1, 0);
    if (got < 0 && errno == EINTR) {
      n--;
      continue;
    }
    if (got <= 0) return false;
    if (line[n] != '\n') continue;
    line[n] = '\0';
    return true;
  }
  return false;
}

static bool write_line(int fd, const char *line)
{
  for (size_t n = strlen(line); n > 0;) {
    ssize_t done = send(fd, line, n, MSG_NOSIGNAL);
    if (done < 0 && errno != EINTR) return false;
    if (done < 0) continue;
    line += done;
    n -= (size_t)done;
  }
  return true;
}

static void set_patience(int fd, int seconds)
{
  struct timeval t = { .tv_sec = seconds };
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
}

/* Exactly n numbers in decimal with one blank between. */
static bool parse_numbers(const char *text, uint64_t *v, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    char *end = NULL;
    errno = 0;
    if (*text < '0' || *text > '9') return false;
    v[i] = strtoull(text, &end, 10);
    if (errno != 0 || *end != (i + 1 < n ? ' ' : '\0')) return false;
    text = end + 1;
  }
  return true;
}

/* The numbers of a test line, in their order. */
enum {
  DIALECT,
  PAYLOAD,
  SEND_RATE,
  RECV_RATE,
  FLUSH,
  PING,
  PONG,
  CHANNELS,
  QUEUE,
  LEN,
  PARALLEL,
  SPAN,
  LATENCY,
  REVERSE,
  RAW,
  NUMBERS
};

static void print_test(const bench_test *t, char line[LINE_BYTES])
{
  const mconn_config *c = &t->config;
  uint64_t v[NUMBERS] = { 0 };
  v[DIALECT] = (uint64_t)c->dialect;
  v[PAYLOAD] = c->payload;
  v[SEND_RATE] = c->send_rate;
  v[RECV_RATE] = c->recv_rate;
  v[FLUSH] = c->flush_throttle;
  v[PING] = c->ping.interval;
  v[PONG] = c->ping.timeout;
  v[CHANNELS] = t->channels;
  v[QUEUE] = t->queue;
  v[LEN] = t->len;
  v[PARALLEL] = t->parallel;
  v[SPAN] = t->span;
  v[LATENCY] = (uint64_t)t->latency;
  v[REVERSE] = t->reverse;
  v[RAW] = t->raw;
  size_t n = (size_t)snprintf(line, LINE_BYTES, "test");
  for (size_t i = 0; i < NUMBERS; i++) /* 15 numbers of at most 20 digits fit */
    n += (size_t)snprintf(line + n, LINE_BYTES - n, " %" PRIu64, v[i]);
  snprintf(line + n, LINE_BYTES - n, "\n");
}

static const char *check_numbers(const uint64_t v[NUMBERS])
{
  if (v[DIALECT] != MCONN_PROTO && v[DIALECT] != MCONN_AMINO) return mconn_strerror(MCONN_E_DIALECT);
  if (v[PAYLOAD] > MCONN_PAYLOAD_MAX) return mconn_strerror(MCONN_E_PAYLOAD_SIZE);
  if (v[CHANNELS] < 1 || v[CHANNELS] > MCONN_CHANNELS_MAX) return mconn_strerror(MCONN_E_CHANNEL_COUNT);
  if (v[QUEUE] < 1 || v[QUEUE] > MCONN_QUEUE_CAPACITY_MAX) return mconn_strerror(MCONN_E_QUEUE_CAPACITY);
  if (v[LEN] > LEN_MAX) return mconn_strerror(MCONN_E_MESSAGE_SIZE);
  if (v[PARALLEL] < 1 || v[PARALLEL] > BENCH_PARALLEL_MAX) return "too many connections at once";
  if (v[SPAN] > SPAN_MAX) return "more than an hour";
  if (v[LATENCY] > BENCH_THREAD || v[REVERSE] > 1 || v[RAW] > 1) return "no such kind of test";
  return NULL;
}

/* NULL, or what is wrong with it. */
static const char *parse_test(const char *line, bench_test *t)
{
  uint64_t v[NUMBERS] = { 0 };
  if (strncmp(line, "test ", 5) != 0 || !parse_numbers(line + 5, v, NUMBERS)) return "no test";
  const char *wrong = check_numbers(v);
  if (wrong != NULL) return wrong;
  *t = (bench_test){ .config = mconn_config_default(), .span = v[SPAN], .latency = (enum bench_latency)v[LATENCY] };
  t->channels = (uint32_t)v[CHANNELS];
  t->queue = (uint32_t)v[QUEUE];
  t->len = (uint32_t)v[LEN];
  t->parallel = (uint32_t)v[PARALLEL];
  t->reverse = v[REVERSE] == 1;
  t->raw = v[RAW] == 1;
  t->config.dialect = (enum mconn_dialect)v[DIALECT];
  t->config.payload = (uint32_t)v[PAYLOAD];
  t->config.send_rate = v[SEND_RATE];
  t->config.recv_rate = v[RECV_RATE];
  t->config.flush_throttle = v[FLUSH];
  t->config.ping = (mconn_ping_config){ .interval = v[PING], .timeout = v[PONG] };
  mconn_channel d[MCONN_CHANNELS_MAX];
  bench_channels(t, d);
  mconn_reason r = mconn_config_check(&t->config, d, t->channels);
  return r.err == MCONN_OK ? NULL : mconn_strerror(r.err);
}

static bool parse_token(const char *text, uint64_t *token)
{
  char *end = NULL;
  size_t n = strspn(text, "0123456789abcdef");
  if (n < 1 || n > 16 || text[n] != '\0') return false;
  *token = strtoull(text, &end, 16);
  return true;
}

/* "result MESSAGES BYTES SPAN CPU ERROR OTHERS" */
static bool parse_result(const char *line, bench_side *s, bool *shared)
{
  uint64_t v[6] = { 0 };
  if (strncmp(line, "result ", 7) != 0 || !parse_numbers(line + 7, v, 6) || v[4] >= MCONN_E_COUNT) return false;
  *s = (bench_side){ .messages = v[0], .bytes = v[1], .span = v[2], .cpu = v[3] };
  s->reason.err = (enum mconn_err)v[4];
  *shared = v[5] != 0;
  return true;
}

/* ---- all lanes of one side */

static void *lane_main(void *user)
{
  bench_lane_run(user);
  return NULL;
}

/* Runs a lane per connection of fd; adds up what they measured. */
static bench_side run_lanes(const bench_test *t, const int *fd, bool drives, const _Atomic bool *stop, histogram *rtt)
{
  bench_side s = { .reason = { .err = MCONN_OK } };
  uint64_t first = UINT64_MAX, last = 0, cpu = clock_cpu_ns();
  bench_lane *lane = calloc(t->parallel, sizeof *lane);
  pthread_t thread[BENCH_PARALLEL_MAX];
  bool started[BENCH_PARALLEL_MAX] = { false };
  for (uint32_t i = 0; i < t->parallel && lane != NULL; i++) {
    lane[i].test = t;
    lane[i].stop = stop;
    lane[i].fd = fd[i];
    lane[i].drives = drives;
    started[i] = pthread_create(&thread[i], NULL, lane_main, &lane[i]) == 0;
  }
  for (uint32_t i = 0; i < t->parallel; i++) {
    if (!started[i]) {
      close(fd[i]);
      s.reason.err = MCONN_E_MEMORY;
      continue;
    }
    pthread_join(thread[i], NULL);
    s.messages += lane[i].messages;
    s.bytes += lane[i].bytes;
    if (lane[i].messages > 0 && lane[i].first < first) first = lane[i].first;
    if (lane[i].last > last) last = lane[i].last;
    if (lane[i].reason.err != MCONN_OK) s.reason = lane[i].reason;
    if (rtt != NULL) histogram_merge(rtt, &lane[i].rtt);
  }
  free(lane);
  s.span = last > first ? last - first : 0;
  s.cpu = clock_cpu_ns() - cpu;
  return s;
}

/* ---- server */

/* A test that waits for its connections. */
typedef struct session {
  struct session *next;
  uint64_t token;
  uint32_t wanted, have;
  int fd[BENCH_PARALLEL_MAX];
} session;

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  session *sessions;
  uint32_t clients, running; /* control connections; tests */
  uint64_t tests, clients_ever;
  _Atomic bool stop;
  bench_server with;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

typedef struct {
  int fd;
} visitor;

static void hand_over(int fd, uint64_t token)
{
  bool taken = false;
  pthread_mutex_lock(&server.lock);
  for (session *s = server.sessions; s != NULL && !taken; s = s->next) {
    taken = s->token == token && s->have < s->wanted;
    if (taken) s->fd[s->have++] = fd;
  }
  if (taken) pthread_cond_broadcast(&server.changed);
  pthread_mutex_unlock(&server.lock);
  if (!taken) close(fd);
}

/* Waits until all connections of s are there; takes it out of the list. */
static bool await_connections(session *s)
{
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_S;
  bool in_time = true;
  pthread_mutex_lock(&server.lock);
  while (s->have < s->wanted && in_time)
    in_time = pthread_cond_timedwait(&server.changed, &server.lock, &until) != ETIMEDOUT;
  session **link = &server.sessions;
  while (*link != s) link = &(*link)->next;
  *link = s->next;
  pthread_mutex_unlock(&server.lock);
  if (s->have == s->wanted) return true;
  for (uint32_t i = 0; i < s->have; i++) close(s->fd[i]);
  return false;
}

static void tell_test(const bench_test *t, const bench_side *s, const char *peer)
{
  static char buffer[1024];
  if (server.with.quiet) return;
  pthread_mutex_lock(&server.lock);
  double seconds = (double)s->span / 1e9, mb = (double)s->bytes / 1e6;
  if (server.with.json) {
    json_out o = json_out_new(STDOUT_FILENO, buffer, sizeof buffer);
    JSON(&o, "{\"event\":\"test\"");
    jout_field_string(&o, "client", peer);
    jout_field_string(&o, "kind", t->raw ? "raw" : "mconn");
    jout_field_number(&o, "messages", s->messages);
    jout_field_number(&o, "bytes", s->bytes);
    jout_field_real(&o, "seconds", seconds);
    jout_field_real(&o, "cpu_seconds", (double)s->cpu / 1e9);
    jout_field_string(&o, "error", mconn_error_name(s->reason.err));
    JSON(&o, "}\n");
    jout_flush(&o);
  } else {
    printf("%s: %s, %s %llu messages, %.1f MB in %.2f s, %.1f MB/s, CPU %.2f s%s%s\n", peer, t->raw ? "raw" : "mconn",
           t->reverse ? "sent" : "received", (unsigned long long)s->messages, mb, seconds,
           seconds > 0 ? mb / seconds : 0.0, (double)s->cpu / 1e9, s->reason.err != MCONN_OK ? ": " : "",
           s->reason.err != MCONN_OK ? mconn_strerror(s->reason.err) : "");
    cli_flush();
  }
  pthread_mutex_unlock(&server.lock);
}

/* One test, from its line to the result. False: the client has gone. */
static bool serve_test(int control, const char *line, const char *peer)
{
  char answer[LINE_BYTES];
  bench_test t;
  const char *wrong = parse_test(line, &t);
  if (wrong != NULL) {
    snprintf(answer, sizeof answer, "refused %s\n", wrong);
    return write_line(control, answer);
  }
  session s = { .wanted = t.parallel };
  if (getrandom(&s.token, sizeof s.token, 0) != (ssize_t)sizeof s.token) return false;
  pthread_mutex_lock(&server.lock);
  s.next = server.sessions;
  server.sessions = &s;
  uint32_t others = server.running++;
  pthread_mutex_unlock(&server.lock);
  snprintf(answer, sizeof answer, "token %" PRIx64 "\n", s.token);
  bool ok = write_line(control, answer) && await_connections(&s);
  bench_side side = { .reason = { .err = MCONN_E_TIMEOUT } };
  if (ok) side = run_lanes(&t, s.fd, t.reverse, &server.stop, NULL);
  pthread_mutex_lock(&server.lock);
  server.running--;
  server.tests++;
  if (server.running > 0) others++;
  pthread_mutex_unlock(&server.lock);
  tell_test(&t, &side, peer);
  snprintf(answer, sizeof answer, "result %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n", side.messages,
           side.bytes, side.span, side.cpu, (int)side.reason.err, others > 0);
  return write_line(control, answer);
}

static void serve_control(int fd)
{
  char line[LINE_BYTES], peer[ADDRESS_TEXT_BYTES];
  address_of_peer(fd, peer);
  pthread_mutex_lock(&server.lock);
  server.clients++;
  server.clients_ever++;
  pthread_mutex_unlock(&server.lock);
  set_patience(fd, 0); /* the client may rest between tests */
  while (read_line(fd, line) && serve_test(fd, line, peer)) {}
  close(fd);
  pthread_mutex_lock(&server.lock);
  server.clients--;
  pthread_cond_broadcast(&server.changed);
  pthread_mutex_unlock(&server.lock);
}

static void *visitor_main(void *user)
{
  int fd = ((visitor *)user)->fd;
  char line[LINE_BYTES];
  uint64_t token = 0;
  free(user);
  set_patience(fd, PATIENCE_S);
  bool said = read_line(fd, line);
  bool data = said && strncmp(line, DATA, sizeof DATA - 1) == 0 && parse_token(line + sizeof DATA - 1, &token);
  if (said && strcmp(line, HELLO "control") == 0) serve_control(fd);
  else if (data) hand_over(fd, token);
  else close(fd);
  return NULL;
}

static void welcome(int fd)
{
  pthread_t thread;
  visitor *v = malloc(sizeof *v);
  if (v != NULL) v->fd = fd;
  if (v != NULL && pthread_create(&thread, NULL, visitor_main, v) == 0) {
    pthread_detach(thread);
    return;
  }
  free(v);
  close(fd);
}

static bool client_has_gone(void)
{
  pthread_mutex_lock(&server.lock);
  bool gone = server.clients_ever > 0 && server.clients == 0;
  pthread_mutex_unlock(&server.lock);
  return gone;
}

int bench_serve(const bench_server *with)
{
  server.with = *with;
  while (!(with->one_off && client_has_gone())) {
    struct pollfd p[2] = { { .fd = with->listener, .events = POLLIN }, { .fd = with->stop_fd, .events = POLLIN } };
    if (poll(p, 2, with->one_off ? 100 : -1) < 0 && errno != EINTR) cli_fail("poll: %s", strerror(errno));
    if (p[1].revents != 0 && stop_asked(with->stop_fd)) break;
    if (p[0].revents == 0) continue;
    int fd = accept4(with->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) welcome(fd);
    else if (errno != ECONNABORTED && errno != EINTR) usleep(100000); /* out of descriptors: later */
  }
  atomic_store(&server.stop, true);
  return CLI_OK;
}

/* ---- client */

bench_client bench_connect(const char *address, const _Atomic bool *stop)
{
  bench_client c = { .stop = stop };
  snprintf(c.address, sizeof c.address, "%s", address);
  c.control = address_dial("--client", c.address);
  if (!write_line(c.control, HELLO "control\n")) cli_fail("%s: the server has gone", c.address);
  return c;
}

static bool open_connections(bench_client *c, const bench_test *t, const char *token, int *fd)
{
  char line[LINE_BYTES];
  snprintf(line, sizeof line, HELLO "data %.16s\n", token);
  for (uint32_t i = 0; i < t->parallel; i++) {
    fd[i] = address_dial("--client", c->address);
    if (!write_line(fd[i], line)) {
      for (uint32_t k = 0; k <= i; k++) close(fd[k]);
      return false;
    }
  }
  return true;
}

bool bench_run(bench_client *c, const bench_test *t, bench_side *ours, bench_side *theirs, bool *shared, histogram *rtt)
{
  char line[LINE_BYTES];
  int fd[BENCH_PARALLEL_MAX] = { 0 };
  print_test(t, line);
  if (!write_line(c->control, line) || !read_line(c->control, line)) {
    cli_say("%s: the server has gone", c->address);
    return false;
  }
  if (strncmp(line, "token ", 6) != 0) {
    cli_say("%s: %s", c->address, strncmp(line, "refused ", 8) == 0 ? line : "this is no mconn bench server");
    return false;
  }
  if (!open_connections(c, t, line + 6, fd)) {
    cli_say("%s: the server has gone", c->address);
    return false;
  }
  *ours = run_lanes(t, fd, !t->reverse, c->stop, rtt);
  if (!read_line(c->control, line) || !parse_result(line, theirs, shared)) {
    cli_say("%s: the server gave no result", c->address);
    return false;
  }
  return true;
}
