/* One end of one measured connection: through the library, or (raw) on the bare socket.
 *
 * The receiving end of a throughput test reads the clock twice, at the first message and at the end of
 * the stream, so that measuring costs nothing per message. */
#include "bench.h"
#include "clock.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define LOOK_NS 100000000ull /* how often a waiting lane looks at stop */
#define DRAIN_NS (60 * SECOND)

/* Ids from 1, as in the Go measurement beside this one: 0 is left out of a packet, which no usual channel is. */
static uint8_t bench_channel(const bench_test *t, uint64_t n)
{
  return (uint8_t)(n % t->channels + 1);
}

void bench_channels(const bench_test *t, mconn_channel d[MCONN_CHANNELS_MAX])
{
  uint32_t capacity = t->len > MCONN_MESSAGE_CAPACITY_DEFAULT ? t->len : MCONN_MESSAGE_CAPACITY_DEFAULT;
  for (uint32_t k = 0; k < t->channels; k++)
    d[k] = (mconn_channel){
      .id = bench_channel(t, k), .priority = 1, .queue_capacity = t->queue, .message_capacity = capacity
    };
}

/* ---- through the library */

typedef struct {
  bench_lane *lane;
  mconn_connection *c;
  uint8_t *message;
  uint64_t until;
  _Atomic uint64_t sent_at; /* the answer comes by way of the peer, which orders nothing here */
  sem_t wake;               /* the lane's thread: a round trip is complete, or all is over */
  _Atomic bool over;
} library_end;

static bool goes_on(const bench_lane *l, uint64_t now, uint64_t until)
{
  return now < until && !atomic_load_explicit(l->stop, memory_order_relaxed);
}

static void count(bench_lane *l, size_t len)
{
  if (l->messages == 0) l->first = clock_now_ns();
  l->messages++;
  l->bytes += len;
}

/* Sends the next message of a latency test; n messages were sent before. */
static enum mconn_err serve_ball(library_end *x, uint64_t n)
{
  const bench_test *t = x->lane->test;
  atomic_store_explicit(&x->sent_at, clock_now_ns(), memory_order_relaxed);
  return mconn_connection_send(x->c, bench_channel(t, n), x->message, t->len);
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  library_end *x = user;
  bench_lane *l = x->lane;
  count(l, len);
  if (l->test->latency == BENCH_THROUGHPUT) return;
  if (!l->drives) {
    (void)mconn_connection_send(x->c, channel, bytes, len); /* a failure ends the connection, which is seen */
    return;
  }
  uint64_t now = clock_now_ns();
  histogram_add(&l->rtt, now - atomic_load_explicit(&x->sent_at, memory_order_relaxed));
  l->last = now;
  if (l->test->latency == BENCH_THREAD || !goes_on(l, now, x->until) || serve_ball(x, l->messages) != MCONN_OK)
    sem_post(&x->wake);
}

static void on_error(void *user, mconn_reason reason)
{
  library_end *x = user;
  if (!x->lane->drives) x->lane->last = clock_now_ns();
  x->lane->reason = reason;
  atomic_store(&x->over, true);
  sem_post(&x->wake);
}

static void await_ball(library_end *x)
{
  while (sem_wait(&x->wake) != 0 && errno == EINTR) {}
}

static void drive_latency(library_end *x)
{
  bench_lane *l = x->lane;
  uint64_t n = 0;
  do {
    if (serve_ball(x, n++) != MCONN_OK) return;
    await_ball(x);
  } while (l->test->latency == BENCH_THREAD && !atomic_load(&x->over) && goes_on(l, clock_now_ns(), x->until));
}

static void drive_throughput(library_end *x)
{
  bench_lane *l = x->lane;
  const bench_test *t = l->test;
  uint64_t n = 0;
  l->first = clock_now_ns();
  while (goes_on(l, clock_now_ns(), x->until)) {
    /* 16 messages for each look at the clock, at most a mebibyte: the end is late by a millisecond at worst */
    for (unsigned i = 0; i < 16 && (i == 0 || i * t->len < (1u << 20)); i++) {
      enum mconn_err err = mconn_connection_send(x->c, bench_channel(t, n), x->message, t->len);
      if (err == MCONN_E_TIMEOUT) break;
      if (err != MCONN_OK) return;
      n++;
      l->messages = n;
      l->bytes += t->len;
    }
  }
  l->last = clock_now_ns();
}

static void run_library(bench_lane *l, library_end *x)
{
  enum mconn_err err = mconn_connection_start(x->c);
  if (err != MCONN_OK) {
    l->reason.err = err;
    return;
  }
  if (!l->drives) {
    while (!mconn_connection_wait(x->c, LOOK_NS))
      if (atomic_load(l->stop)) mconn_connection_stop(x->c);
    if (l->reason.err == MCONN_E_EOF) l->reason.err = MCONN_OK; /* that is how it ends */
    return;
  }
  x->until = clock_now_ns() + l->test->span;
  if (l->test->latency != BENCH_THROUGHPUT) drive_latency(x);
  else drive_throughput(x);
  err = mconn_connection_flush_stop(x->c, DRAIN_NS);
  (void)mconn_connection_wait(x->c, 0);
  if (err != MCONN_OK && l->reason.err == MCONN_OK) l->reason.err = err;
}

static void library_lane(bench_lane *l)
{
  mconn_channel d[MCONN_CHANNELS_MAX];
  library_end x = { .lane = l, .message = calloc(1, l->test->len + 1u) };
  mconn_callbacks callbacks = { .on_receive = on_receive, .on_error = on_error, .user = &x };
  bench_channels(l->test, d);
  sem_init(&x.wake, 0, 0);
  mconn_reason r = { .err = MCONN_E_MEMORY };
  if (x.message != NULL) r = mconn_connection_new(&x.c, l->fd, &l->test->config, d, l->test->channels, callbacks);
  if (r.err != MCONN_OK) {
    l->reason = r;
    close(l->fd);
  } else {
    run_library(l, &x);
    mconn_connection_free(x.c);
  }
  sem_destroy(&x.wake);
  free(x.message);
}

/* ---- the bare socket */

static bool socket_failed(bench_lane *l)
{
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return false;
  l->reason = (mconn_reason){ .err = MCONN_E_IO, .system = errno };
  return true;
}

/* All n bytes, waiting; false: stopped, or failed. */
static bool raw_write(bench_lane *l, const uint8_t *bytes, size_t n)
{
  while (n > 0) {
    ssize_t done = send(l->fd, bytes, n, MSG_NOSIGNAL);
    if (done < 0 && (socket_failed(l) || atomic_load(l->stop))) return false;
    if (done < 0) continue;
    bytes += done;
    n -= (size_t)done;
  }
  return true;
}

/* Exactly n bytes; false: the stream is over, stopped, or failed. */
static bool raw_read(bench_lane *l, uint8_t *bytes, size_t n)
{
  while (n > 0) {
    ssize_t got = recv(l->fd, bytes, n < BENCH_RAW_BYTES ? n : BENCH_RAW_BYTES, 0);
    if (got == 0 || (got < 0 && (socket_failed(l) || atomic_load(l->stop)))) return false;
    if (got < 0) continue;
    bytes += got;
    n -= (size_t)got;
  }
  return true;
}

static void raw_drive(bench_lane *l, uint8_t *bytes, uint64_t until)
{
  const bench_test *t = l->test;
  uint64_t now = l->first = clock_now_ns();
  while (goes_on(l, now, until)) {
    size_t n = t->latency != BENCH_THROUGHPUT ? t->len : BENCH_RAW_BYTES;
    if (!raw_write(l, bytes, n)) return;
    if (t->latency != BENCH_THROUGHPUT && !raw_read(l, bytes, n)) return;
    uint64_t then = now;
    now = clock_now_ns();
    if (t->latency != BENCH_THROUGHPUT) histogram_add(&l->rtt, now - then);
    l->messages++;
    l->bytes += n;
  }
  l->last = now;
}

static void raw_follow(bench_lane *l, uint8_t *bytes)
{
  if (l->test->latency != BENCH_THROUGHPUT) {
    while (raw_read(l, bytes, l->test->len) && raw_write(l, bytes, l->test->len)) count(l, l->test->len);
  } else {
    for (;;) {
      ssize_t got = recv(l->fd, bytes, BENCH_RAW_BYTES, 0);
      if (got == 0 || (got < 0 && (socket_failed(l) || atomic_load(l->stop)))) break;
      if (got > 0) count(l, (size_t)got);
    }
    l->messages = l->bytes / BENCH_RAW_BYTES; /* reads are not messages */
  }
  l->last = clock_now_ns();
}

static void raw_lane(bench_lane *l)
{
  int on = 1;
  struct timeval look = { .tv_usec = LOOK_NS / 1000 };
  (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* as the library does */
  (void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
  (void)setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &look, sizeof look);
  uint8_t *bytes = calloc(1, (size_t)l->test->len + BENCH_RAW_BYTES);
  if (bytes == NULL) {
    l->reason.err = MCONN_E_MEMORY;
  } else if (l->drives) {
    raw_drive(l, bytes, clock_now_ns() + l->test->span);
    shutdown(l->fd, SHUT_WR);
    while (!atomic_load(l->stop)) { /* the other end closes once it has read everything */
      ssize_t got = recv(l->fd, bytes, BENCH_RAW_BYTES, 0);
      if (got == 0 || (got < 0 && socket_failed(l))) break;
    }
  } else {
    raw_follow(l, bytes);
  }
  free(bytes);
  close(l->fd);
}

void bench_lane_run(bench_lane *l)
{
  if (l->test->raw) raw_lane(l);
  else library_lane(l);
}
