/* Flow monitor: the figures of one direction, as upstream's flowrate package computes them.
 *
 * Bytes are gathered for a sample of at least 100 ms; each whole sample gives a rate, moves the exponential mean
 * and perhaps the peak. Unlike upstream's, time is monotonic and not rounded to 20 ms, and the monitor limits
 * nothing: that is core/rate.h. Behind its owner's lock. */
#ifndef SHELL_MONITOR_H
#define SHELL_MONITOR_H
#include "mconn/connection.h"

#define SHELL_SAMPLE_NS 100000000ull  /* upstream flowrate.go: 100 ms */
#define SHELL_WINDOW_NS 1000000000ull /* upstream flowrate.go: 1 s */

typedef struct {
  uint64_t start, sampled, active;   /* ns: made; end of the last sample; last byte */
  uint64_t bytes, gathered, samples; /* in whole samples; since the last one; how many */
  double instant, mean, peak;        /* bytes per second */
} shell_monitor;

void shell_monitor_start(shell_monitor *m, uint64_t now);
/* n more bytes, n may be 0. now never runs back. */
void shell_monitor_add(shell_monitor *m, uint64_t now, uint64_t n);
mconn_flow shell_monitor_read(shell_monitor *m, uint64_t now);
#endif
