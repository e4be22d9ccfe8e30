/* Times as counts, for percentiles of millions of them.
 *
 * Keeping every time would take memory that grows with the run; a mean hides what a user waits for. So
 * times are counted in buckets, 32 for each power of two, as HdrHistogram does: a percentile is exact
 * to within 3.2 %, at any scale from a nanosecond to centuries, in 15 KiB.
 *
 * One thread adds; any thread may read meanwhile and sees a picture of about now. */
#ifndef MCONN_CLI_HISTOGRAM_H
#define MCONN_CLI_HISTOGRAM_H
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS 5u
#define HISTOGRAM_BUCKETS ((64u - HISTOGRAM_SUB_BITS + 1u) << HISTOGRAM_SUB_BITS)

typedef struct {
  _Atomic uint64_t count[HISTOGRAM_BUCKETS];
  _Atomic uint64_t total, least, most; /* of all values, exact; least is 0 while there are none */
} histogram;

void histogram_add(histogram *h, uint64_t value);
/* All of `from` into h, which nobody else uses. */
void histogram_merge(histogram *h, const histogram *from);
/* The least value such that at least `share` (0..1) of all are not above it, rounded up to its bucket's
 * end and never above the largest; 0 when there are none. */
uint64_t histogram_percentile(const histogram *h, double share);
#endif
