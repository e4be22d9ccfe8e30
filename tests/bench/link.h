/* One side of a measured link between two processes. */
#ifndef MCONN_BENCH_LINK_H
#define MCONN_BENCH_LINK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum link_mode {
  LINK_THROUGHPUT,     /* the dialling side sends, the listening side counts */
  LINK_LATENCY,        /* one message at a time, returned by the listening side */
  LINK_LATENCY_THREAD, /* the same, and it is a waiting thread that sends the next one */
};
enum { LINK_SAMPLES = 1 << 21 };

typedef struct {
  enum link_mode mode;
  bool dials;
  size_t size;      /* bytes of a write or message */
  uint64_t span_ns; /* how long the dialling side sends */
} link_plan;

typedef struct {
  uint64_t bytes, messages;
  uint64_t first_ns, last_ns;
  uint32_t *rtt_ns; /* of the first LINK_SAMPLES round trips */
  size_t samples;
} link_result;

uint64_t link_now_ns(void);
void link_sample(link_result *r, uint64_t rtt_ns);

/* Runs one side over the connected socket fd; false, with the reason on stderr, if it failed. */
bool link_raw(int fd, const link_plan *p, link_result *r);
bool link_mconn(int fd, const link_plan *p, link_result *r);
#endif
