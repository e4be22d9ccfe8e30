/* Varints against long division by hand: every start near the front of the input is read, and every value read is
 * written again (MC-UVARINT). What goes wrong: the tenth byte, and a reader that looks past its end. */
#include "fuzz.h"
#include "core/uvarint.h"

static void check_put(uint64_t x)
{
  uint8_t o[16];
  memset(o, 0xA5, sizeof o);
  size_t n = mconn_uvarint_len(x), end = mconn_uvarint_put(o, 2, x);
  FUZZ_CHECK(n >= 1 && n <= 10 && end == 2 + n);
  FUZZ_CHECK(n == 10 ? x >> 63 == 1 : x >> (7 * n) == 0);
  FUZZ_CHECK(n == 1 || x >> (7 * (n - 1)) != 0);
  for (size_t k = 0; k < sizeof o; k++)
    if (k < 2 || k >= end) FUZZ_CHECK(o[k] == 0xA5);
  mconn_uvarint u = mconn_uvarint_get(o, 2, sizeof o);
  FUZZ_CHECK(u.st == MCONN_UVARINT_OK && u.n == n && u.val == x);
  u = mconn_uvarint_get(o, 2, end - 1);
  FUZZ_CHECK(u.st == MCONN_UVARINT_MORE && u.n == 0 && u.val == 0);
}

static void check_get(const uint8_t *p, size_t i, size_t e)
{
  unsigned __int128 sum = 0;
  size_t n = 0;
  bool ended = false;
  while (!ended && n < 10 && i + n < e) {
    sum += (unsigned __int128)(p[i + n] & 127) << (7 * n);
    ended = p[i + n] < 128;
    n++;
  }
  mconn_uvarint u = mconn_uvarint_get(p, i, e);
  if (!ended) {
    FUZZ_CHECK(u.st == (n == 10 ? MCONN_UVARINT_LONG : MCONN_UVARINT_MORE));
    FUZZ_CHECK(u.n == 0 && u.val == 0);
    return;
  }
  FUZZ_CHECK(u.st == (sum >> 64 ? MCONN_UVARINT_OVER : MCONN_UVARINT_OK));
  FUZZ_CHECK(u.n == n && u.val == (uint64_t)sum);
  check_put(u.val);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_in in = { data, size };
  size_t starts = size < 11 ? size : 11;
  for (size_t i = 0; i <= starts; i++) check_get(data, i, size);
  check_put(fuzz_u64(&in));
  return 0;
}
