/* Measures the codecs on the same bytes in the same run.
 *
 * A machine that is shared, or that changes its clock, makes two runs incomparable, so each round
 * measures every codec once, in an order that rotates, and what is compared is the ratio within a
 * round. Time is the thread's own processor time. Prints one JSON object. */
#include "codec.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 15, CODECS = 5, STREAM = 1 << 16, ROOM = 1 << 17 };
static const size_t sizes[] = { 0, 64, 1024 };

static const struct {
  const char *name;
  bool amino;
  uint64_t (*decode)(const uint8_t *, size_t);
  size_t (*encode)(uint8_t *, size_t, const uint8_t *, size_t, size_t);
} codecs[CODECS] = {
  { "mconn proto", false, mconn_proto_decode, mconn_proto_encode },
  { "mconn amino", true, mconn_amino_decode, mconn_amino_encode },
  { "nanopb", false, nanopb_decode, nanopb_encode },
  { "C++ protobuf", false, cpp_decode, cpp_encode },
  { "C++ protobuf, merging", false, cpp_merge, NULL },
};

static size_t allocations;

/* Every allocation of this process passes here; -Wl,--wrap is not enough, because the C++ library
 * allocates from its own object. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n)
{
  allocations++;
  return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
  allocations++;
  return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
  allocations++;
  return __libc_realloc(p, n);
}

static double now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint8_t data[1024], stream[2][ROOM], out[ROOM];
static volatile uint64_t sink;

static bool can(size_t c, bool decoding)
{
  return decoding || codecs[c].encode != NULL;
}

static uint64_t once(size_t c, bool decoding, size_t len, const size_t *bytes, size_t count)
{
  if (decoding) return codecs[c].decode(stream[codecs[c].amino], bytes[codecs[c].amino]);
  return codecs[c].encode(out, ROOM, data, len, count);
}

/* Nanoseconds per packet, over about ten milliseconds. */
static double measure(size_t c, bool decoding, size_t len, const size_t *bytes, size_t count, double *per_packet)
{
  size_t before = allocations, loops = 0;
  double begin = now_ns(), end;
  do {
    for (int i = 0; i < 8; i++) sink += once(c, decoding, len, bytes, count);
    loops += 8;
    end = now_ns();
  } while (end - begin < 1e7);
  *per_packet = (double)(allocations - before) / (double)(loops * count);
  return (end - begin) / (double)(loops * count);
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_stats(const char *name, const double *v)
{
  double s[ROUNDS];
  memcpy(s, v, sizeof s);
  qsort(s, ROUNDS, sizeof *s, ascending);
  printf("\"%s\":{\"median\":%.2f,\"min\":%.2f,\"max\":%.2f}", name, s[ROUNDS / 2], s[0], s[ROUNDS - 1]);
}

static void print_case(bool decoding, size_t len, double ns[CODECS][ROUNDS], const double *allocs, bool last)
{
  printf("{\"operation\":\"%s\",\"payload\":%zu,\"codecs\":[", decoding ? "decode" : "encode", len);
  for (size_t c = 0; c < CODECS; c++) {
    if (!can(c, decoding)) continue;
    double ratio[ROUNDS];
    for (size_t r = 0; r < ROUNDS; r++) ratio[r] = ns[c][r] / ns[0][r];
    printf("%s{\"name\":\"%s\",", c ? "," : "", codecs[c].name);
    print_stats("ns", ns[c]);
    printf(",");
    print_stats("times_mconn_proto", ratio);
    printf(",\"allocations_per_packet\":%.3f}", allocs[c]);
  }
  printf("]}%s\n", last ? "" : ",");
}

static bool prepare(size_t len, size_t count, size_t *bytes)
{
  bytes[0] = mconn_proto_encode(stream[0], ROOM, data, len, count);
  bytes[1] = mconn_amino_encode(stream[1], ROOM, data, len, count);
  uint64_t want = count * (CHANNEL + 1 + len);
  for (size_t c = 0; c < CODECS; c++) {
    bool a = codecs[c].amino;
    if (once(c, true, len, bytes, count) != want) {
      fprintf(stderr, "codec: %s does not decode payload %zu\n", codecs[c].name, len);
      return false;
    }
    if (!can(c, false)) continue;
    if (once(c, false, len, bytes, count) != bytes[a] || memcmp(out, stream[a], bytes[a]) != 0) {
      fprintf(stderr, "codec: %s encodes payload %zu to other bytes\n", codecs[c].name, len);
      return false;
    }
  }
  return true;
}

int main(void)
{
  for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
  printf("{\"rounds\":%d,\"cases\":[\n", ROUNDS);
  for (size_t s = 0; s < 3; s++) {
    size_t len = sizes[s], count = STREAM / (len + 16), bytes[2];
    if (!prepare(len, count, bytes)) return 1;
    for (int decoding = 1; decoding >= 0; decoding--) {
      double ns[CODECS][ROUNDS], allocs[CODECS];
      for (size_t r = 0; r < ROUNDS; r++)
        for (size_t k = 0; k < CODECS; k++) {
          size_t c = (k + r) % CODECS;
          if (can(c, decoding)) ns[c][r] = measure(c, decoding, len, bytes, count, &allocs[c]);
        }
      print_case(decoding, len, ns, allocs, s == 2 && !decoding);
    }
  }
  printf("]}\n");
  return 0;
}
