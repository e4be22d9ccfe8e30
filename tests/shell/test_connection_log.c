/* The lines of a connection and of a peer: what is said at which level, what of a payload leaves, how little a peer can
 * make the log say above debug, and a sink that asks the connection everything while it is called. */
#include "harness.h"
#include "shell/log.h"
#include "shell/peer.h"
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 4096

typedef struct {
  enum mconn_log_level level;
  char text[160]; /* message, then " key=value" each; of bytes, their number and a hash */
  bool payload;   /* bytes were among the fields */
} line;

typedef struct {
  rig *r; /* its connection is asked everything within each line, if there is one */
  enum mconn_err flush_stop, send, try_send;
  bool waited;
  pthread_mutex_t lock;
  size_t n; /* behind the lock, as the lines */
  line lines[LINES];
} sink;

static sink *sink_new(void)
{
  sink *x = real_malloc(sizeof *x);
  assert_non_null(x);
  memset(x, 0, sizeof *x);
  pthread_mutex_init(&x->lock, NULL);
  return x;
}

static void sink_free(sink *x)
{
  pthread_mutex_destroy(&x->lock);
  real_free(x);
}

static size_t put_field(char *text, size_t room, const mconn_log_field *f)
{
  int n = 0;
  if (f->kind == MCONN_LOG_TEXT) n = snprintf(text, room, " %s=%s", f->key, f->text);
  else if (f->kind == MCONN_LOG_NUMBER) n = snprintf(text, room, " %s=%llu", f->key, (unsigned long long)f->number);
  else n = snprintf(text, room, " %s=%zu/%llx", f->key, f->len, (unsigned long long)hash_of(f->bytes, f->len));
  return n < 0 ? 0 : (size_t)n;
}

/* Only with no lock of the connection held does this return. */
static void ask_everything(sink *x)
{
  rig *r = x->r;
  (void)mconn_connection_status(r->c, NULL, 0);
  (void)mconn_connection_can_send(r->c, 1);
  x->try_send = mconn_connection_try_send(r->c, 2, "try", 3);
  x->send = mconn_connection_send(r->c, 2, "send", 4);
  x->flush_stop = mconn_connection_flush_stop(r->c, 0);
  x->waited = mconn_connection_wait(r->c, 0);
  mconn_connection_free(r->c); /* not allowed here; it must do no harm */
}

static void sink_write(void *user, enum mconn_log_level level, const char *module, const char *message,
                       const mconn_log_field *fields, size_t n)
{
  sink *x = user;
  line l = { .level = level };
  size_t at = (size_t)snprintf(l.text, sizeof l.text, "%s: %s", module, message);
  for (size_t k = 0; k < n && at < sizeof l.text; k++) {
    at += put_field(l.text + at, sizeof l.text - at, &fields[k]);
    if (fields[k].kind == MCONN_LOG_BYTES) l.payload = true;
  }
  pthread_mutex_lock(&x->lock);
  if (x->n < LINES) x->lines[x->n] = l;
  x->n++;
  if (x->r != NULL) ask_everything(x);
  pthread_mutex_unlock(&x->lock);
}

/* How many lines begin like this. */
static size_t lines_like(sink *x, enum mconn_log_level level, const char *begin)
{
  size_t n = 0;
  pthread_mutex_lock(&x->lock);
  assert_true(x->n <= LINES);
  for (size_t k = 0; k < x->n; k++)
    if (x->lines[k].level == level && strncmp(x->lines[k].text, begin, strlen(begin)) == 0) n++;
  pthread_mutex_unlock(&x->lock);
  return n;
}

static size_t lines_of(sink *x)
{
  return lines_like(x, MCONN_LOG_ERROR, "") + lines_like(x, MCONN_LOG_INFO, "") + lines_like(x, MCONN_LOG_DEBUG, "");
}

static void await_line(sink *x, const char *begin)
{
  uint64_t until = now_ns() + PATIENCE;
  while (lines_like(x, MCONN_LOG_DEBUG, begin) == 0 && now_ns() < until) usleep(1000);
  assert_true(lines_like(x, MCONN_LOG_DEBUG, begin) > 0);
}

/* A new connection with two channels and this log over a new stream; not started. */
static rig *rig_with(const mconn_config *c, mconn_log log)
{
  rig *r = rig_bare(c);
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  r->fd = fd[0];
  r->peer = fd[1];
  mconn_callbacks call = rig_callbacks(r);
  call.log = log;
  assert_int_equal(mconn_connection_new(&r->c, r->fd, c, channels_plain(2), 2, call).err, MCONN_OK);
  return r;
}

static rig *rig_logging(const mconn_config *c, sink *x, enum mconn_log_level level)
{
  rig *r = rig_with(c, (mconn_log){ .write = sink_write, .user = x, .level = level });
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  return r;
}

static void *flush_stop(void *arg)
{
  rig *r = arg;
  mconn_connection_flush_stop(r->c, 0);
  return NULL;
}

/* Messages both ways, a ping of the peer's, a pong that nobody asked for. */
static void converse(rig *r)
{
  uint8_t out[256];
  assert_int_equal(mconn_connection_send(r->c, 1, "out", 3), MCONN_OK);
  peer_expect(r, out, put_message(r, out, 0, 1, "out", 3));
  peer_write(r, out, put_message(r, out, put_pong(r, out, put_ping(r, out, 0)), 2, "inside", 6));
  peer_expect_pong(r);
  rig_await_messages(r, 1);
}

/* MC-LOG-01, MC-LOG-02, MC-LOG-04: at debug, everything that upstream says, with the bytes of messages */
static void at_debug_a_connection_tells_everything(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  rig *r = rig_logging(&c, x, MCONN_LOG_DEBUG);
  converse(r);
  assert_int_equal(mconn_connection_send(r->c, 77, "x", 1), MCONN_E_CHANNEL_UNKNOWN);
  char sent[160], received[160];
  snprintf(sent, sizeof sent, "connection: message accepted channel=1 length=3 payload=3/%llx",
           (unsigned long long)hash_of("out", 3));
  snprintf(received, sizeof received, "connection: message received channel=2 length=6 payload=6/%llx",
           (unsigned long long)hash_of("inside", 6));
  const char *const wanted[] = { "connection: started dialect=proto payload=1024 channels=2",
                                 sent,
                                 received,
                                 "connection: message not accepted channel=77 length=1 error=MCONN_E_CHANNEL_UNKNOWN",
                                 "connection: ping received",
                                 "connection: pong sent",
                                 "connection: pong received without a ping" };
  for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
    if (lines_like(x, MCONN_LOG_DEBUG, wanted[k]) != 1) fail_msg("not once: %s", wanted[k]);
  assert_true(lines_like(x, MCONN_LOG_DEBUG, "connection: flush bytes=") >= 2);
  assert_int_equal(lines_like(x, MCONN_LOG_INFO, "") + lines_like(x, MCONN_LOG_ERROR, ""), 0);
  mconn_connection_stop(r->c);
  mconn_connection_stop(r->c);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "connection: stopped"), 1);
  rig_free(r);
  sink_free(x);
}

/* MC-LOG-01 */
static void at_debug_a_ping_and_its_answer_are_told(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 1500 * MILLI, .timeout = 1499 * MILLI };
  rig *r = rig_logging(&c, x, MCONN_LOG_DEBUG);
  uint8_t pong[16];
  peer_expect_ping(r);
  peer_write(r, pong, put_pong(r, pong, 0));
  await_line(x, "connection: pong received rtt_ns=");
  assert_true(lines_like(x, MCONN_LOG_DEBUG, "connection: ping sent") >= 1);
  rig_free(r);
  sink_free(x);
}

/* MC-LOG-01: whichever side is through first, and whoever sees the end of the stream */
static void two_that_flush_and_stop_say_once_that_they_stopped(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  for (int round = 0; round < 20; round++) {
    sink *x[2] = { sink_new(), sink_new() };
    rig *r[2] = { rig_bare(&c), rig_bare(&c) };
    int fd[2];
    stream_pair(PAIR_UNIX, fd);
    for (int k = 0; k < 2; k++) {
      mconn_callbacks call = rig_callbacks(r[k]);
      call.log = (mconn_log){ .write = sink_write, .user = x[k], .level = MCONN_LOG_DEBUG };
      assert_int_equal(mconn_connection_new(&r[k]->c, fd[k], &c, channels_plain(2), 2, call).err, MCONN_OK);
      r[k]->fd = fd[k];
      assert_int_equal(mconn_connection_start(r[k]->c), MCONN_OK);
    }
    pthread_t t;
    assert_int_equal(real_pthread_create(&t, flush_stop, r[1]), 0);
    mconn_connection_flush_stop(r[0]->c, 0);
    pthread_join(t, NULL);
    for (int k = 0; k < 2; k++) {
      rig_free(r[k]);
      assert_int_equal(lines_like(x[k], MCONN_LOG_DEBUG, "connection: stopped") +
                         lines_like(x[k], MCONN_LOG_INFO, "connection: ended error=MCONN_E_EOF"),
                       1);
      assert_int_equal(lines_like(x[k], MCONN_LOG_ERROR, ""), 0);
      sink_free(x[k]);
    }
  }
}

/* How a connection ends whose peer writes this behind a conversation and a thousand pings and messages; at `level`
 * there is one line at most. */
static void end_with(enum mconn_log_level level, const char *bytes, size_t len, enum mconn_err err, const char *want)
{
  sink *x = sink_new();
  mconn_config c = config_plain();
  static uint8_t flood[32768];
  rig *r = rig_logging(&c, x, level);
  converse(r);
  size_t n = 0;
  for (int k = 0; k < 1000; k++) n = put_message(r, flood, put_ping(r, flood, n), 1, "again", 5);
  peer_write(r, flood, n);
  rig_await_messages(r, 1001);
  peer_write(r, bytes, len);
  assert_int_equal(shutdown(r->peer, SHUT_WR), 0);
  peer_read_to_end(r);
  mconn_reason reason = rig_ended_with(r, err);
  char line[160];
  snprintf(line, sizeof line, "connection: ended error=%s requirement=%s offset=%llu errno=0", mconn_error_name(err),
           mconn_requirement(err), (unsigned long long)reason.offset);
  const enum mconn_log_level at = err == MCONN_E_EOF ? MCONN_LOG_INFO : MCONN_LOG_ERROR;
  assert_int_equal(lines_of(x), want != NULL);
  if (want != NULL) assert_int_equal(lines_like(x, at, line), 1);
  if (want != NULL) assert_non_null(strstr(line, want));
  rig_free(r);
  sink_free(x);
}

/* MC-LOG-02, MC-LOG-04 */
static void above_debug_a_peer_gets_one_line_however_it_ends(void **state)
{
  (void)state;
  static const char unknown[] = "\x06\x1a\x04\x08\x4d\x1a\x00"; /* a msg on channel 77 */
  end_with(MCONN_LOG_INFO, NULL, 0, MCONN_E_EOF, "requirement=MC-CONN-05");
  end_with(MCONN_LOG_INFO, "\x05", 1, MCONN_E_EOF_INSIDE, "requirement=MC-CONN-06");
  end_with(MCONN_LOG_INFO, unknown, sizeof unknown - 1, MCONN_E_CHANNEL, "requirement=MC-RECEIVER-02");
  end_with(MCONN_LOG_ERROR, unknown, sizeof unknown - 1, MCONN_E_CHANNEL, "requirement=MC-RECEIVER-02");
  end_with(MCONN_LOG_ERROR, NULL, 0, MCONN_E_EOF, NULL);
}

/* MC-LOG-04: a stop that was asked for is no news above debug */
static void a_stop_that_was_asked_for_is_not_told(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  rig *r = rig_logging(&c, x, MCONN_LOG_INFO);
  converse(r);
  mconn_connection_stop(r->c);
  rig_ended_silently(r);
  rig_free(r);
  assert_int_equal(lines_of(x), 0);
  sink_free(x);
}

/* MC-LOG-01: nor on standard error */
static void without_a_sink_there_is_nothing(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  int p[2], saved = dup(STDERR_FILENO);
  assert_true(saved >= 0 && pipe(p) == 0 && dup2(p[1], STDERR_FILENO) >= 0);
  rig *r = rig_with(&c, (mconn_log){ .write = NULL, .user = x, .level = MCONN_LOG_DEBUG });
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  converse(r);
  peer_write(r, "\x05", 1);
  assert_int_equal(shutdown(r->peer, SHUT_WR), 0);
  rig_ended_with(r, MCONN_E_EOF_INSIDE);
  rig_free(r);
  assert_true(dup2(saved, STDERR_FILENO) >= 0);
  close(saved);
  close(p[1]);
  char byte;
  assert_int_equal(read(p[0], &byte, 1), 0);
  close(p[0]);
  assert_int_equal(lines_of(x), 0);
  sink_free(x);
}

/* MC-LOG-03 */
static void a_sink_may_ask_the_connection_everything(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  rig *r = rig_with(&c, (mconn_log){ .write = sink_write, .user = x, .level = MCONN_LOG_DEBUG });
  x->r = r;
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  uint8_t out[64];
  peer_write(r, out, put_message(r, out, put_ping(r, out, 0), 2, "inside", 6));
  assert_int_equal(mconn_connection_send(r->c, 1, "out", 3), MCONN_OK);
  await_line(x, "connection: message received");
  await_line(x, "connection: ping received"); /* the pong may be written by a call of the sink, without a line */
  /* what the sink sent made no lines, or there would be no end of them; but it was sent */
  pthread_mutex_lock(&x->lock);
  assert_true(x->flush_stop == MCONN_E_STATE && !x->waited);
  assert_true(x->send == MCONN_OK && x->try_send == MCONN_OK);
  pthread_mutex_unlock(&x->lock);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "connection: message accepted"), 1);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "connection: message accepted channel=2"), 0);
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  assert_true(rig_channel(r, 1).bytes_sent > 0 || rig_channel(r, 1).queued > 0);
  rig_close_peer(r);
  rig_await_error(r);
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  rig_free(r);
  sink_free(x);
}

/* MC-LOG-03: it may be the writer who is in the sink, so a send from there does not wait for room */
static void a_send_from_a_sink_does_not_wait(void **state)
{
  (void)state;
  sink *x = sink_new();
  mconn_config c = config_plain();
  static const uint8_t bytes[65536];
  rig *r = rig_logging(&c, x, MCONN_LOG_DEBUG);
  enum mconn_err err = MCONN_OK;
  while (err == MCONN_OK) err = mconn_connection_try_send(r->c, 2, bytes, sizeof bytes); /* the peer reads nothing */
  assert_int_equal(err, MCONN_E_QUEUE_FULL);
  pthread_mutex_lock(&x->lock);
  x->r = r;
  pthread_mutex_unlock(&x->lock);
  assert_int_equal(mconn_connection_try_send(r->c, 2, bytes, sizeof bytes), MCONN_E_QUEUE_FULL);
  pthread_mutex_lock(&x->lock);
  assert_int_equal(x->send, MCONN_E_QUEUE_FULL);
  x->r = NULL;
  pthread_mutex_unlock(&x->lock);
  rig_free(r);
  sink_free(x);
}

/* ---- a peer */

static void received(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)user, (void)peer, (void)channel, (void)bytes, (void)len;
}

#define ID "00112233445566778899aabbccddeeff00112233"

/* MC-LOG-01, MC-LOG-04: the lines of a switch's peers are told apart by the id */
static void a_line_of_a_peer_names_it(void **state)
{
  (void)state;
  static const uint8_t advertised[] = { 1 };
  const mconn_node_info info = { .id = ID,
                                 .listen_address = "",
                                 .network = "",
                                 .version = "",
                                 .moniker = "peer",
                                 .tx_index = "",
                                 .rpc_address = "",
                                 .channels = advertised,
                                 .channel_count = 1 };
  sink *x = sink_new();
  mconn_config c = config_plain();
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  const peer_config p = { .address = ID "@127.0.0.1:1",
                          .remote_ip = "127.0.0.1",
                          .node_info = &info,
                          .fd = fd[0],
                          .connection = &c,
                          .channels = channels_plain(2),
                          .channel_count = 2,
                          .events = { .on_receive = received },
                          .log = { .write = sink_write, .user = x, .level = MCONN_LOG_DEBUG } };
  mconn_peer *peer = NULL;
  assert_int_equal(peer_new(&peer, &p).err, MCONN_OK);
  assert_int_equal(peer_start(peer), MCONN_OK);
  assert_int_equal(mconn_peer_send(peer, 1, "x", 1), MCONN_OK);
  assert_int_equal(mconn_peer_send(peer, 2, "x", 1), MCONN_E_NOT_ADVERTISED);
  close(fd[1]);
  peer_join(peer);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "connection: started peer=" ID " dialect=proto"), 1);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "connection: message accepted peer=" ID " channel=1 length=1 pay"),
                   1);
  assert_int_equal(lines_like(x, MCONN_LOG_DEBUG, "peer: channel not advertised peer=" ID " channel=2"), 1);
  mconn_peer_release(peer);
  sink_free(x);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(at_debug_a_connection_tells_everything),
    shell_test(at_debug_a_ping_and_its_answer_are_told),
    shell_test(two_that_flush_and_stop_say_once_that_they_stopped),
    shell_test(above_debug_a_peer_gets_one_line_however_it_ends),
    shell_test(a_stop_that_was_asked_for_is_not_told),
    shell_test(without_a_sink_there_is_nothing),
    shell_test(a_sink_may_ask_the_connection_everything),
    shell_test(a_send_from_a_sink_does_not_wait),
    shell_test(a_line_of_a_peer_names_it),
  };
  return cmocka_run_group_tests_name("connection_log", tests, NULL, NULL);
}
