/* What the parts of mconn bench share: a test, one end of one connection of it, and what that measured.
 *
 * A measurement that cannot be compared is worth nothing. So the bare socket is measured by the same
 * program, in the same run, in turns with the connection (raw), time is taken where the bytes arrive,
 * and processor time is that of both processes. */
#ifndef MCONN_CLI_BENCH_H
#define MCONN_CLI_BENCH_H
#include "cli.h"
#include "histogram.h"
#include <stdatomic.h>

#define BENCH_PARALLEL_MAX 64u
#define BENCH_RAW_BYTES 65536u /* one write, one read of a raw throughput test */

enum bench_latency {
  BENCH_THROUGHPUT = 0,
  BENCH_CALLBACK = 1, /* round trips; the next message leaves from on_receive */
  BENCH_THREAD = 2    /* round trips; a waiting thread is woken and sends the next message */
};

typedef struct {
  mconn_config config;
  uint32_t channels, queue; /* ids 0 to channels - 1, priority 1 each, messages go round */
  uint32_t len;             /* bytes of a message */
  uint32_t parallel;        /* connections */
  uint64_t span;            /* ns to send */
  enum bench_latency latency;
  bool reverse; /* the server sends */
  bool raw;
} bench_test;

/* One end of one connection; runs in its own thread. */
typedef struct {
  const bench_test *test;
  const _Atomic bool *stop; /* end early */
  int fd;                   /* belongs to the lane */
  bool drives;              /* sends until the time is over; the other end counts, or returns each message */
  /* the outcome */
  uint64_t messages, bytes; /* sent by the driver of a throughput test; else received */
  uint64_t first, last;     /* monotonic ns; the first message and the end of the stream */
  mconn_reason reason;      /* MCONN_OK unless it went wrong */
  histogram rtt;            /* driver of a latency test */
} bench_lane;

typedef struct {
  uint64_t messages, bytes, span, cpu; /* ns */
  mconn_reason reason;
} bench_side;

/* The descriptors of a test's channels. */
void bench_channels(const bench_test *t, mconn_channel d[MCONN_CHANNELS_MAX]);
void bench_lane_run(bench_lane *l);

/* ---- two ends of a test, over the network or in one process */

/* Serves tests until `stop_fd` is readable (-1: for ever), or with one_off until the first client has gone. Says a line
 * about each test on standard output unless quiet. Returns an exit code. */
typedef struct {
  int listener, stop_fd;
  bool one_off, quiet, json;
} bench_server;
int bench_serve(const bench_server *with);

/* A client: the control connection, on which tests are asked for. */
typedef struct {
  int control;
  char address[300]; /* HOST:PORT */
  const _Atomic bool *stop;
} bench_client;
/* Runs one test; both sides' figures, and the round trips. False: it could not be run, and why was said. */
bool bench_run(bench_client *c, const bench_test *t, bench_side *ours, bench_side *theirs, bool *shared,
               histogram *rtt);
bench_client bench_connect(const char *address, const _Atomic bool *stop);
#endif
