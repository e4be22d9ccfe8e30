/* What every target needs: a check that names itself when it fails, and a cursor that turns fuzzer
 * bytes into numbers.
 *
 * What goes wrong with fuzz targets in practice: they are so slow that nothing is found (an allocation
 * or a print per run), they hold state from one run to the next (a finding cannot be replayed), or
 * they only look for crashes while the decoder quietly says the wrong thing. So: no heap, all state
 * is set up again in each run, and every target compares with a second opinion. */
#ifndef MCONN_FUZZ_H
#define MCONN_FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise: say which, and end the way every fuzzer understands. */
static inline void fuzz_fail(const char *file, int line, const char *what)
{
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}
#define FUZZ_CHECK(x) ((x) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #x))

/* Numbers out of the input; zeros once it is used up, so every input is a valid one. */
typedef struct {
  const uint8_t *p;
  size_t left;
} fuzz_in;

static inline uint8_t fuzz_u8(fuzz_in *in)
{
  if (in->left == 0) return 0;
  in->left--;
  return *in->p++;
}
static inline uint32_t fuzz_u16(fuzz_in *in)
{
  uint32_t lo = fuzz_u8(in);
  return lo + 256u * fuzz_u8(in);
}
static inline uint32_t fuzz_u32(fuzz_in *in)
{
  uint32_t lo = fuzz_u16(in);
  return lo + 65536u * fuzz_u16(in);
}
static inline uint64_t fuzz_u64(fuzz_in *in)
{
  uint64_t lo = fuzz_u32(in);
  return lo + ((uint64_t)fuzz_u32(in) << 32);
}
/* Small generator for things that only have to vary, such as where a stream is cut. */
static inline uint32_t fuzz_rand(uint64_t *s)
{
  *s = *s * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*s >> 33);
}

/* Packet limits that matter: what upstream computes for some payload sizes, and the edges. */
static inline size_t fuzz_max(uint8_t x)
{
  static const size_t max[16] = { 1035, 1047, 1034, 0x7FFFFFFF, 6, 19, 9, 22, 0, 1, 4, 12, 64, 300, 65548, 5 };
  return max[x % 16];
}
#endif
