/* Every varint of one to three bytes, and every varint of ten bytes up to what its digits are: zero, all ones, or an
 * end. The second opinion sums digits in 128 bits. */
#include "guard.h"
#include "core/uvarint.h"

static unsigned long long seen[4];

static void agree(const uint8_t *p, size_t e)
{
  unsigned __int128 sum = 0;
  size_t n = 0;
  bool ended = false;
  while (!ended && n < 10 && n < e) {
    sum += (unsigned __int128)(p[n] & 127) << (7 * n);
    ended = p[n] < 128;
    n++;
  }
  mconn_uvarint u = mconn_uvarint_get(p, 0, e), want = { MCONN_UVARINT_MORE, 0, 0 };
  if (ended) want = (mconn_uvarint){ sum >> 64 ? MCONN_UVARINT_OVER : MCONN_UVARINT_OK, n, (uint64_t)sum };
  else if (n == 10) want.st = MCONN_UVARINT_LONG;
  if (u.st != want.st || u.n != want.n || u.val != want.val)
    fail_msg("%02x %02x %02x... of %zu bytes: state %d, %zu bytes", p[0], e > 1 ? p[1] : 0, e > 2 ? p[2] : 0, e,
             (int)u.st, u.n);
  seen[u.st]++;
}

/* MC-UVARINT-01, MC-UVARINT-04, MC-UVARINT-06 */
static void every_string_of_one_to_three_bytes(void **state)
{
  (void)state;
  memset(seen, 0, sizeof seen);
  for (size_t n = 1; n <= 3; n++) {
    uint8_t *p = guard_end(NULL, n);
    for (uint32_t x = 0; x < 1u << (8 * n); x++) {
      for (size_t k = 0; k < n; k++) p[k] = (uint8_t)(x >> (8 * k));
      agree(p, n);
    }
  }
  /* what needs more: 128 + 128^2 + 128^3 strings of continuation bytes */
  assert_true(seen[MCONN_UVARINT_MORE] == 128 + 16384 + 2097152);
  assert_true(seen[MCONN_UVARINT_OK] == 256 + 65536 + 16777216 - seen[MCONN_UVARINT_MORE]);
}

/* MC-UVARINT-03, MC-UVARINT-05, MC-UVARINT-06 */
static void every_class_of_ten_bytes(void **state)
{
  (void)state;
  static const uint8_t classes[4] = { 0x80, 0xFF, 0x81, 0x7F };
  memset(seen, 0, sizeof seen);
  for (size_t more = 0; more < 2; more++) {
    uint8_t *p = guard_end(NULL, 10 + more);
    memset(p, 0x55, 10 + more);
    for (uint32_t x = 0; x < 1u << 18; x++) {
      for (size_t k = 0; k < 9; k++) p[k] = classes[x >> (2 * k) & 3];
      for (uint32_t last = 0; last < 256; last++) {
        p[9] = (uint8_t)last;
        agree(p, 10 + more);
      }
    }
  }
  /* nine continuation bytes of three classes, then a tenth byte: two that fit, 126 that do not, 128 that go on */
  assert_true(seen[MCONN_UVARINT_OVER] == 2 * 19683ull * 126 && seen[MCONN_UVARINT_LONG] == 2 * 19683ull * 128);
  assert_true(seen[MCONN_UVARINT_MORE] == 0 && seen[MCONN_UVARINT_OK] == 2 * ((262144ull - 19683) * 256 + 19683 * 2));
}

/* MC-UVARINT-02, MC-UVARINT-07 */
static void every_number_below_two_to_the_22_is_written_shortest_and_read_back(void **state)
{
  (void)state;
  for (uint32_t x = 0; x < 1u << 22; x++) {
    size_t n = mconn_uvarint_len(x);
    uint8_t *o = guard_end(NULL, n);
    if (mconn_uvarint_put(o, 0, x) != n) fail_msg("%u is written in another size than announced", x);
    mconn_uvarint u = mconn_uvarint_get(o, 0, n);
    if (u.st != MCONN_UVARINT_OK || u.n != n || u.val != x || (n > 1 && o[n - 1] == 0))
      fail_msg("%u is not read back", x);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_string_of_one_to_three_bytes),
    cmocka_unit_test(every_class_of_ten_bytes),
    cmocka_unit_test(every_number_below_two_to_the_22_is_written_shortest_and_read_back),
  };
  return cmocka_run_group_tests_name("all uvarints", tests, NULL, NULL);
}
