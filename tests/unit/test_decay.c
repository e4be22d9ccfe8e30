/* Decay clock (MC-SENDER-08): one tick every two seconds, however late. */
#include "guard.h"
#include "core/decay.h"

static mconn_decay step(mconn_decay s, uint64_t now, bool fire, uint64_t due)
{
  mconn_decay_result r = mconn_decay_step(s, now);
  assert_int_equal(r.fire, fire);
  assert_true(r.s.due == due);
  return r.s;
}

/* MC-SENDER-08 */
static void it_ticks_every_two_seconds(void **state)
{
  (void)state;
  const uint64_t second = 1000000000;
  mconn_decay s = mconn_decay_start(5);
  assert_true(s.due == 2 * second + 5);
  s = step(s, 5, false, 2 * second + 5);
  s = step(s, 2 * second + 4, false, 2 * second + 5);
  s = step(s, 2 * second + 5, true, 4 * second + 5);
  s = step(s, 2 * second + 6, false, 4 * second + 5);
  s = step(s, 4 * second + 5, true, 6 * second + 5);
}

/* MC-SENDER-08 */
static void a_late_tick_is_one_tick(void **state)
{
  (void)state;
  const uint64_t second = 1000000000;
  mconn_decay s = mconn_decay_start(0);
  s = step(s, 100 * second, true, 102 * second);
  s = step(s, 100 * second, false, 102 * second);
  s = step(s, MCONN_TIME_MAX, true, MCONN_TIME_MAX + 2 * second);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_ticks_every_two_seconds),
    cmocka_unit_test(a_late_tick_is_one_tick),
  };
  return cmocka_run_group_tests_name("decay", tests, NULL, NULL);
}
