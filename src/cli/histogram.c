/* Buckets of histogram.h. Values below 32 have a bucket each; above, the five bits after the highest
 * one choose among the 32 of their power of two. */
#include "histogram.h"

#define SUB (1u << HISTOGRAM_SUB_BITS)

static size_t bucket_of(uint64_t v)
{
  if (v < SUB) return (size_t)v;
  unsigned shift = 63u - (unsigned)__builtin_clzll(v) - HISTOGRAM_SUB_BITS;
  return ((size_t)shift << HISTOGRAM_SUB_BITS) + (size_t)(v >> shift);
}

/* The largest value of a bucket. */
static uint64_t end_of(size_t bucket)
{
  if (bucket < SUB) return bucket;
  size_t shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
  uint64_t first = (uint64_t)(bucket - (shift << HISTOGRAM_SUB_BITS)) << shift;
  return first + (((uint64_t)1 << shift) - 1);
}

static uint64_t get(const _Atomic uint64_t *x)
{
  return atomic_load_explicit(x, memory_order_relaxed);
}

static void set(_Atomic uint64_t *x, uint64_t v)
{
  atomic_store_explicit(x, v, memory_order_relaxed); /* one writer, so load and store are enough */
}

void histogram_add(histogram *h, uint64_t value)
{
  _Atomic uint64_t *c = &h->count[bucket_of(value)];
  set(c, get(c) + 1);
  if (get(&h->total) == 0 || value < get(&h->least)) set(&h->least, value);
  if (value > get(&h->most)) set(&h->most, value);
  set(&h->total, get(&h->total) + 1);
}

void histogram_merge(histogram *h, const histogram *from)
{
  uint64_t n = get(&from->total);
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) set(&h->count[i], get(&h->count[i]) + get(&from->count[i]));
  if (n > 0 && (get(&h->total) == 0 || get(&from->least) < get(&h->least))) set(&h->least, get(&from->least));
  if (get(&from->most) > get(&h->most)) set(&h->most, get(&from->most));
  set(&h->total, get(&h->total) + n);
}

uint64_t histogram_percentile(const histogram *h, double share)
{
  uint64_t total = 0, seen = 0;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) total += get(&h->count[i]);
  if (total == 0) return 0;
  uint64_t wanted = (uint64_t)(share * (double)total);
  if ((double)wanted < share * (double)total || wanted == 0) wanted++;
  for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += get(&h->count[i]);
    if (seen >= wanted) return end_of(i) < get(&h->most) ? end_of(i) : get(&h->most);
  }
  return get(&h->most);
}
