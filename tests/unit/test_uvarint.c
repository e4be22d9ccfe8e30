/* Varints (MC-UVARINT): the edges of one to ten bytes, what does not end, what does not fit. */
#include "bytes.h"
#include "core/error.h"
#include "core/uvarint.h"

static mconn_uvarint get(const char *h)
{
  bytes b = hex(h);
  mconn_uvarint u = mconn_uvarint_get(guard_end(b.p, b.n), 0, b.n);
  mconn_uvarint v = mconn_uvarint_get(guard_begin(b.p, b.n), 0, b.n);
  assert_true(u.st == v.st && u.n == v.n && u.val == v.val);
  return u;
}

static void reads(const char *h, uint64_t val)
{
  mconn_uvarint u = get(h);
  assert_int_equal(u.st, MCONN_UVARINT_OK);
  assert_int_equal(u.n, hex(h).n);
  assert_true(u.val == val);
}

static void needs_more(const char *h)
{
  mconn_uvarint u = get(h);
  assert_int_equal(u.st, MCONN_UVARINT_MORE);
  assert_int_equal(u.n, 0);
  assert_int_equal(u.val, 0);
}

/* MC-UVARINT-01 */
static void one_byte_below_128_is_itself(void **state)
{
  (void)state;
  for (unsigned x = 0; x < 128; x++) {
    uint8_t b = (uint8_t)x;
    mconn_uvarint u = mconn_uvarint_get(guard_end(&b, 1), 0, 1);
    assert_int_equal(u.st, MCONN_UVARINT_OK);
    assert_int_equal(u.n, 1);
    assert_int_equal(u.val, x);
  }
}

/* MC-UVARINT-01 */
static void digits_come_least_significant_first(void **state)
{
  (void)state;
  reads("8001", 128);
  reads("ac02", 300);
  reads("ff7f", 16383);
  reads("808001", 16384);
  reads("ffffffff0f", 0xFFFFFFFFu);
  reads("ffffffffffffffff7f", 0x7FFFFFFFFFFFFFFFull);
  reads("ffffffffffffffffff01", 0xFFFFFFFFFFFFFFFFull);
  reads("80808080808080808001", 1ull << 63);
}

/* MC-UVARINT-04 */
static void longer_than_needed_is_accepted(void **state)
{
  (void)state;
  reads("8000", 0);
  reads("8100", 1);
  reads("8180808000", 1);
  reads("80808080808080808000", 0);
}

/* MC-UVARINT-06 */
static void nothing_and_continuation_bytes_need_more(void **state)
{
  (void)state;
  needs_more("");
  needs_more("80");
  needs_more("ff");
  needs_more("ffffffffffffffffff");
}

/* MC-UVARINT-03, MC-UVARINT-05: the verdict is the caller's */
static void tenth_byte_above_one_is_reported_with_the_value_cut_to_64_bits(void **state)
{
  (void)state;
  mconn_uvarint u = get("ffffffffffffffffff02");
  assert_int_equal(u.st, MCONN_UVARINT_OVER);
  assert_int_equal(u.n, 10);
  assert_true(u.val == 0x7FFFFFFFFFFFFFFFull);
  u = get("ffffffffffffffffff03");
  assert_int_equal(u.st, MCONN_UVARINT_OVER);
  assert_true(u.val == 0xFFFFFFFFFFFFFFFFull);
  u = get("8180808080808080807f");
  assert_int_equal(u.st, MCONN_UVARINT_OVER);
  assert_true(u.val == (1ull << 63) + 1);
}

/* MC-UVARINT-03 */
static void ten_continuation_bytes_are_too_long(void **state)
{
  (void)state;
  for (int more = 0; more < 2; more++) {
    mconn_uvarint u = get(more ? "8080808080808080808000" : "80808080808080808080");
    assert_int_equal(u.st, MCONN_UVARINT_LONG);
    assert_int_equal(u.n, 0);
    assert_int_equal(u.val, 0);
  }
}

static void bytes_before_and_after_do_not_matter(void **state)
{
  (void)state;
  uint8_t a[] = { 0xFF, 0xAC, 0x02, 0xFF }, b[] = { 0x00, 0xAC, 0x02, 0x00 };
  mconn_uvarint u = mconn_uvarint_get(a, 1, 4), v = mconn_uvarint_get(b, 1, 3);
  assert_true(u.st == v.st && u.n == v.n && u.val == v.val && u.val == 300);
  assert_int_equal(mconn_uvarint_get(a, 1, 2).st, MCONN_UVARINT_MORE);
}

static void round_trip(uint64_t x, size_t n)
{
  uint8_t *o = guard_end(NULL, n);
  assert_int_equal(mconn_uvarint_len(x), n);
  assert_int_equal(mconn_uvarint_put(o, 0, x), n);
  mconn_uvarint u = mconn_uvarint_get(o, 0, n);
  assert_int_equal(u.st, MCONN_UVARINT_OK);
  assert_int_equal(u.n, n);
  assert_true(u.val == x);
}

/* MC-UVARINT-02, MC-UVARINT-07 */
static void what_is_written_is_the_shortest_and_is_read_back(void **state)
{
  (void)state;
  for (unsigned n = 1; n <= 10; n++) {
    uint64_t first = n == 1 ? 0 : 1ull << (7 * (n - 1));
    uint64_t last = n == 10 ? UINT64_MAX : (1ull << (7 * n)) - 1;
    round_trip(first, n);
    round_trip(first + 1, n);
    round_trip(first + (last - first) / 3, n);
    round_trip(last, n);
  }
}

static void writing_touches_only_its_own_bytes(void **state)
{
  (void)state;
  uint8_t o[6] = { 1, 2, 3, 4, 5, 6 }, want[6] = { 1, 2, 0xAC, 0x02, 5, 6 };
  assert_int_equal(mconn_uvarint_put(o, 2, 300), 4);
  assert_memory_equal(o, want, sizeof o);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_byte_below_128_is_itself),
    cmocka_unit_test(digits_come_least_significant_first),
    cmocka_unit_test(longer_than_needed_is_accepted),
    cmocka_unit_test(nothing_and_continuation_bytes_need_more),
    cmocka_unit_test(tenth_byte_above_one_is_reported_with_the_value_cut_to_64_bits),
    cmocka_unit_test(ten_continuation_bytes_are_too_long),
    cmocka_unit_test(bytes_before_and_after_do_not_matter),
    cmocka_unit_test(what_is_written_is_the_shortest_and_is_read_back),
    cmocka_unit_test(writing_touches_only_its_own_bytes),
  };
  return cmocka_run_group_tests_name("uvarint", tests, NULL, NULL);
}
