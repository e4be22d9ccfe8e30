/* Runs of a connection that is compiled with MCONN_TRACE, for spec/models/replay: the model must admit each of them.
 *
 * What goes wrong in such a test is a run that is only right if the threads take turns as its author thought. No run
 * here has an expected order: the trace is whatever happened, and what a run waits for is only there to bring about
 * what it is named after. Of a connection that the model covers: one channel, messages of one packet, no limits. */
#include "mconn/connection.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL 1
#define CALLERS 2
#define LARGE 21000u /* three of them fill the send buffer */
#define WATCHDOG_SECONDS 240u

static const uint8_t bytes[LARGE];

static void must(bool ok, const char *what)
{
  if (ok) return;
  fprintf(stderr, "run: %s\n", what);
  exit(1);
}

typedef struct {
  mconn_connection *c;
  int peer;
  size_t len; /* of each message */
  atomic_bool reading, error_told;
  pthread_t reader, callers[CALLERS];
  unsigned each;    /* messages of each caller */
  uint64_t written; /* by the peer */
} run;

static void on_receive(void *user, uint8_t channel, const uint8_t *message, size_t len)
{
  (void)user, (void)channel, (void)message, (void)len;
}

static void on_error(void *user, mconn_reason reason)
{
  (void)reason;
  atomic_store(&((run *)user)->error_told, true);
}

/* The peer reads when it may, and shuts its side too at the end. */
static void *peer_reads(void *x)
{
  run *r = x;
  uint8_t got[4096];
  while (!atomic_load(&r->reading)) sched_yield();
  while (recv(r->peer, got, sizeof got, 0) > 0) {}
  shutdown(r->peer, SHUT_RDWR);
  return NULL;
}

static void begin(run *r, size_t len, uint32_t queue, bool reading)
{
  static run none;
  *r = none;
  int fd[2], small = 4096;
  must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "no stream");
  must(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0, "no small socket");
  r->peer = fd[1];
  r->len = len;
  atomic_store(&r->reading, reading);
  mconn_config config = mconn_config_default();
  config.payload = LARGE + 1;
  config.send_rate = config.recv_rate = 0;
  config.ping = (mconn_ping_config){ .interval = 7200000000000u, .timeout = 3600000000000u };
  config.send_timeout = 600000000000u;
  const mconn_channel d = { .id = CHANNEL, .priority = 1, .queue_capacity = queue };
  const mconn_callbacks call = { .on_receive = on_receive, .on_error = on_error, .user = r };
  must(mconn_connection_new(&r->c, fd[0], &config, &d, 1, call).err == MCONN_OK, "refused");
  must(mconn_connection_start(r->c) == MCONN_OK, "not started");
  must(pthread_create(&r->reader, NULL, peer_reads, r) == 0, "no thread");
}

static void end(run *r)
{
  atomic_store(&r->reading, true);
  mconn_connection_free(r->c);
  pthread_join(r->reader, NULL);
  close(r->peer);
}

static void *caller(void *x)
{
  run *r = x;
  for (unsigned n = 0; n < r->each; n++)
    if (mconn_connection_send(r->c, CHANNEL, bytes, r->len) != MCONN_OK) break;
  return NULL;
}

static void start_callers(run *r, unsigned each)
{
  r->each = each;
  for (int k = 0; k < CALLERS; k++) must(pthread_create(&r->callers[k], NULL, caller, r) == 0, "no thread");
}

static void join_callers(run *r)
{
  for (int k = 0; k < CALLERS; k++) pthread_join(r->callers[k], NULL);
}

static uint64_t messages_sent(run *r)
{
  mconn_channel_status ch;
  mconn_connection_status(r->c, &ch, 1);
  return ch.messages_sent;
}

static void await_sent(run *r, uint64_t n)
{
  while (messages_sent(r) < n) sched_yield();
}

/* A message of one byte. */
static size_t put_message(uint8_t *p, size_t z)
{
  z = mconn_header_put(MCONN_PROTO, p, z, CHANNEL, true, 1);
  p[z] = 0;
  return z + 1;
}

static void peer_writes(run *r, const uint8_t *p, size_t n)
{
  must(send(r->peer, p, n, MSG_NOSIGNAL) == (ssize_t)n, "the connection does not read");
  r->written += n;
  while (mconn_connection_status(r->c, NULL, 0).bytes_received < r->written) sched_yield();
}

/* ---- the runs */

static void run_callers(run *r)
{
  begin(r, 100, 2, true);
  start_callers(r, 15);
  join_callers(r);
  await_sent(r, 2 * 15);
  end(r);
}

/* A peer that speaks and pings: the receive thread puts pongs and writes, and callers have their turn. */
static void run_pongs(run *r)
{
  uint8_t p[64];
  begin(r, 200, 4, true);
  start_callers(r, 10);
  for (int n = 0; n < 12; n++) {
    size_t z = mconn_control_put(MCONN_PROTO, p, 0, MCONN_PACKET_PING);
    if (n % 3 == 1) z = mconn_control_put(MCONN_PROTO, p, z, MCONN_PACKET_PING);
    if (n % 3 == 2) z = put_message(p, z);
    peer_writes(r, p, z);
  }
  join_callers(r);
  await_sent(r, 2 * 10);
  end(r);
}

/* Buffer, queue and socket are full, senders wait, a call that would not is refused; then the peer reads. */
static void run_full(run *r)
{
  begin(r, LARGE, 2, false);
  start_callers(r, 8);
  while (mconn_connection_can_send(r->c, CHANNEL)) sched_yield();
  for (int n = 0; n < 3; n++) (void)mconn_connection_try_send(r->c, CHANNEL, bytes, r->len);
  atomic_store(&r->reading, true);
  join_callers(r);
  await_sent(r, 2 * 8);
  end(r);
}

static void run_flush_stop(run *r)
{
  begin(r, LARGE, 3, true);
  start_callers(r, 8);
  await_sent(r, 3);
  must(mconn_connection_flush_stop(r->c, 0) == MCONN_OK, "not flushed");
  join_callers(r);
  end(r);
}

static void *flush_stop(void *x)
{
  mconn_connection_flush_stop(((run *)x)->c, 0);
  return NULL;
}

/* A flush-and-stop that can not end, since the peer does not read, and a stop. */
static void run_flush_stop_and_stop(run *r)
{
  pthread_t t;
  begin(r, LARGE, 30, false);
  start_callers(r, 4);
  join_callers(r);
  must(pthread_create(&t, NULL, flush_stop, r) == 0, "no thread");
  while (mconn_connection_can_send(r->c, CHANNEL)) sched_yield();
  mconn_connection_stop(r->c);
  pthread_join(t, NULL);
  end(r);
}

static void run_flush_stop_in_time(run *r)
{
  begin(r, LARGE, 30, false);
  start_callers(r, 4);
  join_callers(r);
  must(mconn_connection_flush_stop(r->c, 1000000u) == MCONN_E_TIMEOUT, "flushed, without a reader");
  end(r);
}

static void run_stop(run *r)
{
  begin(r, 5000, 2, true);
  start_callers(r, 60);
  await_sent(r, 5);
  mconn_connection_stop(r->c);
  join_callers(r);
  end(r);
}

static void run_peer_closes(run *r)
{
  begin(r, 5000, 2, true);
  start_callers(r, 60);
  await_sent(r, 5);
  shutdown(r->peer, SHUT_RDWR);
  join_callers(r);
  while (!atomic_load(&r->error_told)) sched_yield();
  end(r);
}

/* Time is what this run is about: the decay of the counters comes to rest, and resumes with a message; from a ping of
 * the peer's to a message of it, the receive thread minds the ping clock, and the send thread rests without a time. */
static void run_quiet(run *r)
{
  uint8_t p[64];
  const struct timespec two_ticks_and_more = { .tv_sec = 5 };
  begin(r, 100, 2, true);
  r->each = 1;
  caller(r);
  peer_writes(r, p, mconn_control_put(MCONN_PROTO, p, 0, MCONN_PACKET_PING));
  nanosleep(&two_ticks_and_more, NULL);
  peer_writes(r, p, put_message(p, 0));
  caller(r);
  await_sent(r, 2);
  end(r);
}

static const struct {
  const char *name;
  void (*go)(run *r);
} runs[] = { { "callers", run_callers },
             { "pongs", run_pongs },
             { "full", run_full },
             { "flush-stop", run_flush_stop },
             { "flush-stop-and-stop", run_flush_stop_and_stop },
             { "flush-stop-in-time", run_flush_stop_in_time },
             { "stop", run_stop },
             { "peer-closes", run_peer_closes },
             { "quiet", run_quiet } };

int main(int argc, char **argv)
{
  static run r;
  alarm(WATCHDOG_SECONDS); /* kills: only a hang takes so long */
  for (size_t k = 0; argc == 2 && k < sizeof runs / sizeof *runs; k++)
    if (strcmp(argv[1], runs[k].name) == 0) {
      runs[k].go(&r);
      return 0;
    }
  fprintf(stderr, "usage: shell_trace_run NAME, one of:");
  for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) fprintf(stderr, " %s", runs[k].name);
  fprintf(stderr, "\n");
  return 2;
}
