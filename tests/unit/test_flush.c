/* Flush policy (MC-FLUSH): when buffered bytes are written. */
#include "guard.h"
#include "core/flush.h"

typedef struct {
  uint64_t buffered;
  bool pending, full, urgent;
} seen;

static mconn_flush step(mconn_flush s, seen x, uint64_t at, bool now, uint64_t due)
{
  mconn_flush_result r = mconn_flush_step(s, x.buffered, x.pending, x.full, x.urgent, at);
  assert_int_equal(r.now, now);
  assert_true(r.due == due);
  assert_true(r.s.throttle == s.throttle);
  assert_true(r.s.armed == (due != 0) && r.s.due == due);
  return r.s;
}

/* MC-FLUSH-01 */
static void throttle_has_a_limit(void **state)
{
  (void)state;
  assert_int_equal(mconn_flush_check(0), MCONN_OK);
  assert_int_equal(mconn_flush_check(MCONN_FLUSH_THROTTLE_MAX), MCONN_OK);
  assert_int_equal(mconn_flush_check(MCONN_FLUSH_THROTTLE_MAX + 1), MCONN_E_FLUSH_CONFIG);
  assert_int_equal(mconn_flush_check(UINT64_MAX), MCONN_E_FLUSH_CONFIG);
}

/* MC-FLUSH-02 */
static void without_throttle_bytes_are_written_when_nothing_is_pending(void **state)
{
  (void)state;
  mconn_flush s = mconn_flush_start(0);
  assert_true(s.throttle == 0 && s.due == 0 && !s.armed);
  s = step(s, (seen){ 0, false, false, false }, 1, false, 0);
  s = step(s, (seen){ 10, true, false, false }, 2, false, 0);
  s = step(s, (seen){ 20, false, false, false }, 3, true, 0);
}

/* MC-FLUSH-03. gap: the throttle with a busy sender. */
static void with_throttle_bytes_wait_from_the_first_of_them(void **state)
{
  (void)state;
  mconn_flush s = mconn_flush_start(100);
  s = step(s, (seen){ 0, true, false, false }, 5, false, 0);
  s = step(s, (seen){ 10, false, false, false }, 10, false, 110);
  s = step(s, (seen){ 20, true, false, false }, 60, false, 110);
  s = step(s, (seen){ 30, false, false, false }, 109, false, 110);
  mconn_flush late = step(s, (seen){ 30, true, false, false }, 500, true, 0);
  s = step(s, (seen){ 30, true, false, false }, 110, true, 0);
  s = step(s, (seen){ 40, true, false, false }, 111, false, 211);
  late = step(late, (seen){ 1, false, false, false }, 501, false, 601);
  step(late, (seen){ 0, false, false, false }, 601, false, 0);
  s = mconn_flush_start(1);
  assert_true(s.throttle == 1 && s.due == 0 && !s.armed);
  s = step(s, (seen){ 1, false, false, false }, 7, false, 8);
  step(s, (seen){ 1, true, false, false }, 8, true, 0);
}

/* MC-FLUSH-04 */
static void a_full_buffer_is_written_at_once(void **state)
{
  (void)state;
  for (uint64_t throttle = 0; throttle < 200; throttle += 100) {
    mconn_flush s = mconn_flush_start(throttle);
    step(s, (seen){ 65000, true, true, false }, 1, true, 0);
    step(s, (seen){ 0, true, true, false }, 1, false, 0);
  }
}

/* MC-FLUSH-05 */
static void ping_and_pong_are_written_at_once(void **state)
{
  (void)state;
  for (uint64_t throttle = 0; throttle < 200; throttle += 100) {
    mconn_flush s = mconn_flush_start(throttle);
    step(s, (seen){ 3, true, false, true }, 1, true, 0);
    step(s, (seen){ 3, false, false, true }, 1, true, 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(throttle_has_a_limit),
    cmocka_unit_test(without_throttle_bytes_are_written_when_nothing_is_pending),
    cmocka_unit_test(with_throttle_bytes_wait_from_the_first_of_them),
    cmocka_unit_test(a_full_buffer_is_written_at_once),
    cmocka_unit_test(ping_and_pong_are_written_at_once),
  };
  return cmocka_run_group_tests_name("flush", tests, NULL, NULL);
}
