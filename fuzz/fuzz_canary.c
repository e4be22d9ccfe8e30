/* Shows that the machinery finds what it should: eight bytes, compared one after the other, end the
 * process. A fuzzing run that does not report this target as crashed was not fuzzing. */
#include "fuzz.h"

volatile size_t canary_reached; /* a store per byte, so that each is an edge of its own */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char magic[8] = { 'm', 'c', 'o', 'n', 'n', 0x1A, 0x00, '!' };
  if (size < sizeof magic) return 0;
  if (data[0] != (uint8_t)magic[0]) return 0;
  canary_reached = 1;
  if (data[1] != (uint8_t)magic[1]) return 0;
  canary_reached = 2;
  if (data[2] != (uint8_t)magic[2]) return 0;
  canary_reached = 3;
  if (data[3] != (uint8_t)magic[3]) return 0;
  canary_reached = 4;
  if (data[4] != (uint8_t)magic[4]) return 0;
  canary_reached = 5;
  if (data[5] != (uint8_t)magic[5]) return 0;
  canary_reached = 6;
  if (data[6] != (uint8_t)magic[6]) return 0;
  canary_reached = 7;
  FUZZ_CHECK(data[7] != (uint8_t)magic[7]);
  return 0;
}
