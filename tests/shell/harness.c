#include "harness.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 240u /* per test; only a hang takes so long; times MCONN_SLOW, which valgrind wants */

uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void bark(int signal)
{
  (void)signal;
  static const char text[] = "watchdog: this test hangs\n";
  ssize_t n = write(2, text, sizeof text - 1);
  (void)n;
  abort();
}

int test_begin(void **state)
{
  (void)state;
  struct sigaction a = { .sa_handler = bark };
  sigaction(SIGALRM, &a, NULL);
  const char *slow = getenv("MCONN_SLOW");
  alarm(WATCHDOG_SECONDS * (slow != NULL ? (unsigned)atoi(slow) : 1u));
  wrap_reset();
  return 0;
}

int test_end(void **state)
{
  (void)state;
  alarm(0);
  return 0;
}

static void tcp_pair(int fd[2])
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t n = sizeof at;
  int l = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(l >= 0 && bind(l, (struct sockaddr *)&at, n) == 0 && listen(l, 1) == 0);
  assert_int_equal(getsockname(l, (struct sockaddr *)&at, &n), 0);
  fd[0] = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd[0], (struct sockaddr *)&at, n), 0);
  fd[1] = accept(l, NULL, NULL);
  assert_true(fd[1] >= 0);
  close(l);
}

void stream_pair(enum pair kind, int fd[2])
{
  if (kind == PAIR_TCP) tcp_pair(fd);
  else assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
}

mconn_config config_plain(void)
{
  mconn_config c = mconn_config_default();
  c.send_rate = c.recv_rate = 0;
  c.ping = (mconn_ping_config){ .interval = 7200 * SECOND, .timeout = 3600 * SECOND };
  c.send_timeout = PATIENCE;
  return c;
}

const mconn_channel *channels_plain(size_t n)
{
  static mconn_channel d[MCONN_CHANNELS_MAX];
  assert_true(n <= 255);
  for (uint32_t k = 0; k < 255; k++) d[k] = (mconn_channel){ .id = k + 1, .priority = 1, .queue_capacity = 8 };
  return d;
}

/* ---- what the connection tells */

uint64_t hash_of(const void *bytes, size_t len)
{
  const uint8_t *p = bytes;
  uint64_t h = 0xCBF29CE484222325ull;
  for (size_t i = 0; i < len; i++) h = (h ^ p[i]) * 0x100000001B3ull;
  return h;
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  rig *r = user;
  message_seen m = { .channel = channel, .len = len, .hash = hash_of(bytes, len) };
  bool null = bytes == NULL;
  pthread_mutex_lock(&r->lock);
  if (null) m.hash = 0; /* "never NULL": no message has this hash */
  if (r->messages < RIG_MESSAGES) r->seen[r->messages] = m;
  r->messages++;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
  if (r->on_message != NULL) r->on_message(r, channel, bytes, len);
}

static void on_error(void *user, mconn_reason reason)
{
  rig *r = user;
  /* EPIPE, or ECONNRESET when the peer wrote on */
  bool shut = real_send(r->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN;
  if (r->on_error != NULL) r->on_error(r, reason);
  pthread_mutex_lock(&r->lock);
  r->was_shut = shut;
  r->errors++;
  r->reason = reason;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

mconn_callbacks rig_callbacks(rig *r)
{
  return (mconn_callbacks){ .on_receive = on_receive, .on_error = on_error, .user = r };
}

rig *rig_bare(const mconn_config *config)
{
  rig *r = real_malloc(sizeof *r);
  assert_non_null(r);
  memset(r, 0, sizeof *r);
  r->fd = r->peer = -1;
  r->dialect = config->dialect;
  r->payload = config->payload;
  pthread_condattr_t a;
  pthread_condattr_init(&a);
  pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
  pthread_mutex_init(&r->lock, NULL);
  assert_int_equal(real_pthread_cond_init(&r->changed, &a), 0);
  pthread_condattr_destroy(&a);
  return r;
}

rig *rig_new(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n)
{
  rig *r = rig_bare(config);
  int fd[2];
  stream_pair(kind, fd);
  r->fd = fd[0];
  r->peer = fd[1];
  mconn_reason x = mconn_connection_new(&r->c, r->fd, config, d, n, rig_callbacks(r));
  if (x.err != MCONN_OK) fail_msg("%s", mconn_error_name(x.err));
  return r;
}

rig *rig_open(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n)
{
  rig *r = rig_new(kind, config, d, n);
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  return r;
}

void rig_both(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n, rig *both[2])
{
  int fd[2];
  stream_pair(kind, fd);
  for (int k = 0; k < 2; k++) {
    both[k] = rig_bare(config);
    both[k]->fd = fd[k];
    mconn_reason x = mconn_connection_new(&both[k]->c, fd[k], config, d, n, rig_callbacks(both[k]));
    if (x.err != MCONN_OK) fail_msg("%s", mconn_error_name(x.err));
  }
}

void rig_close_peer(rig *r)
{
  if (r->peer >= 0) close(r->peer);
  r->peer = -1;
}

void rig_free(rig *r)
{
  mconn_connection_free(r->c);
  rig_close_peer(r);
  pthread_mutex_destroy(&r->lock);
  pthread_cond_destroy(&r->changed);
  real_free(r);
}

/* ---- waiting; the lock is held by `await` callers */

static void await_change(rig *r, uint64_t until, const char *what)
{
  struct timespec t = { .tv_sec = (time_t)(until / SECOND), .tv_nsec = (long)(until % SECOND) };
  if (pthread_cond_timedwait(&r->changed, &r->lock, &t) != ETIMEDOUT) return;
  pthread_mutex_unlock(&r->lock);
  fail_msg("%s did not come: %zu messages, %u errors, %s", what, r->messages, r->errors,
           mconn_error_name(r->reason.err));
}

void rig_await_messages(rig *r, size_t n)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&r->lock);
  while (r->messages < n) await_change(r, until, "a message");
  pthread_mutex_unlock(&r->lock);
}

mconn_reason rig_await_error(rig *r)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&r->lock);
  while (r->errors == 0) await_change(r, until, "an error");
  mconn_reason reason = r->reason;
  pthread_mutex_unlock(&r->lock);
  return reason;
}

void rig_flag(rig *r)
{
  pthread_mutex_lock(&r->lock);
  r->flag = true;
  pthread_cond_broadcast(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

void rig_await_flag(rig *r)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&r->lock);
  while (!r->flag) await_change(r, until, "the flag");
  pthread_mutex_unlock(&r->lock);
}

unsigned rig_errors(rig *r)
{
  pthread_mutex_lock(&r->lock);
  unsigned n = r->errors;
  pthread_mutex_unlock(&r->lock);
  return n;
}

size_t rig_messages(rig *r)
{
  pthread_mutex_lock(&r->lock);
  size_t n = r->messages;
  pthread_mutex_unlock(&r->lock);
  return n;
}

mconn_reason rig_ended_with(rig *r, enum mconn_err err)
{
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_false(s.running);
  pthread_mutex_lock(&r->lock);
  unsigned errors = r->errors;
  bool shut = r->was_shut;
  mconn_reason x = r->reason;
  pthread_mutex_unlock(&r->lock);
  assert_int_equal(errors, 1);
  if (x.err != err) fail_msg("ended with %s, not %s", mconn_error_name(x.err), mconn_error_name(err));
  assert_true(shut);
  assert_int_equal(s.reason.err, x.err);
  assert_true(s.reason.offset == x.offset && s.reason.system == x.system);
  return x;
}

void rig_ended_silently(rig *r)
{
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_false(s.running);
  assert_int_equal(rig_errors(r), 0);
}

mconn_channel_status rig_channel(rig *r, size_t k)
{
  static _Thread_local mconn_channel_status ch[MCONN_CHANNELS_MAX];
  mconn_status s = mconn_connection_status(r->c, ch, MCONN_CHANNELS_MAX);
  assert_true(k < s.channels);
  return ch[k];
}

void expect_message(rig *r, size_t at, uint8_t channel, const void *bytes, size_t len)
{
  pthread_mutex_lock(&r->lock);
  bool there = at < r->messages;
  message_seen m = r->seen[at];
  pthread_mutex_unlock(&r->lock);
  assert_true(there);
  assert_int_equal(m.channel, channel);
  assert_int_equal(m.len, len);
  assert_true(m.hash == hash_of(bytes, len));
}

void pattern(uint8_t *p, size_t len, uint64_t seed)
{
  uint64_t x = seed * 0x9E3779B97F4A7C15ull + 1;
  for (size_t i = 0; i < len; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    p[i] = (uint8_t)(x >> 32);
  }
}

/* ---- the peer */

/* The stream can be read or written, or is broken; false when patience ends. */
static bool peer_poll(int fd, short events)
{
  struct pollfd p = { .fd = fd, .events = events };
  uint64_t until = now_ns() + PATIENCE;
  while (now_ns() < until)
    if (real_poll(&p, 1, 100) > 0) return true;
  return false;
}

bool peer_try_write(rig *r, const void *p, size_t n)
{
  const uint8_t *from = p;
  while (n > 0) {
    ssize_t sent = real_send(r->peer, from, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent < 0 && !peer_poll(r->peer, POLLOUT)) fail_msg("the connection does not read");
    if (sent <= 0) continue;
    from += sent;
    n -= (size_t)sent;
  }
  return true;
}

void peer_write(rig *r, const void *p, size_t n)
{
  if (!peer_try_write(r, p, n)) fail_msg("peer: write: %s", strerror(errno));
}

size_t peer_read(rig *r, void *p, size_t n)
{
  size_t have = 0;
  while (have < n) {
    ssize_t got = real_recv(r->peer, (uint8_t *)p + have, n - have, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
    if (got < 0 && !peer_poll(r->peer, POLLIN)) fail_msg("the connection does not write");
    if (got > 0) have += (size_t)got;
  }
  return have;
}

void peer_expect(rig *r, const void *p, size_t n)
{
  uint8_t *got = real_malloc(n + 1);
  assert_non_null(got);
  size_t have = peer_read(r, got, n);
  bool same = have == n && memcmp(got, p, n) == 0;
  if (!same) fail_msg("%zu of %zu bytes, or others: %02x %02x %02x", have, n, got[0], got[1], got[2]);
  real_free(got);
}

size_t peer_read_to_end(rig *r)
{
  uint8_t p[4096];
  size_t n = 0, got;
  while ((got = peer_read(r, p, sizeof p)) > 0) n += got;
  return n;
}

size_t put_packet(rig *r, uint8_t *p, size_t at, uint8_t channel, bool eof, const void *bytes, size_t len)
{
  at = mconn_header_put(r->dialect, p, at, channel, eof, (uint32_t)len);
  if (len > 0) memcpy(p + at, bytes, len);
  return at + len;
}

/* As a Go peer cuts it: packets of the payload limit. */
size_t put_message(rig *r, uint8_t *p, size_t at, uint8_t channel, const void *bytes, size_t len)
{
  const uint8_t *from = bytes;
  while (len > r->payload) {
    at = put_packet(r, p, at, channel, false, from, r->payload);
    from += r->payload;
    len -= r->payload;
  }
  return put_packet(r, p, at, channel, true, from, len);
}

size_t put_ping(rig *r, uint8_t *p, size_t at)
{
  return mconn_control_put(r->dialect, p, at, MCONN_PACKET_PING);
}

size_t put_pong(rig *r, uint8_t *p, size_t at)
{
  return mconn_control_put(r->dialect, p, at, MCONN_PACKET_PONG);
}

void peer_expect_ping(rig *r)
{
  uint8_t p[8];
  peer_expect(r, p, put_ping(r, p, 0));
}

void peer_expect_pong(rig *r)
{
  uint8_t p[8];
  peer_expect(r, p, put_pong(r, p, 0));
}

void peer_send_message(rig *r, uint8_t channel, const void *bytes, size_t len)
{
  uint8_t *p = real_malloc(len + (len / r->payload + 2) * MCONN_HEADER_MAX);
  assert_non_null(p);
  peer_write(r, p, put_message(r, p, 0, channel, bytes, len));
  real_free(p);
}
