/* The schedule of reconnection (MC-RECONNECT), attempt by attempt. */
#include "guard.h"
#include "core/reconnect.h"
#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static void pause_is(uint32_t made, uint32_t first, uint64_t random, uint64_t delay)
{
  mconn_reconnect_result r = mconn_reconnect_next(made, first, random);
  assert_false(r.give_up);
  assert_true(r.delay == delay);
}

/* MC-RECONNECT-01 */
static void the_first_attempt_is_made_at_once_and_19_more_every_5_s(void **state)
{
  (void)state;
  for (uint32_t first = 0; first <= 1; first++) {
    pause_is(0, first, UINT64_MAX, 0);
    for (uint32_t made = 1; made < 20; made++) {
      pause_is(made, first, 0, 5 * S);
      pause_is(made, first, 2999, 5 * S + 2999 * MS);
      pause_is(made, first, 3000, 5 * S);
    }
  }
}

/* MC-RECONNECT-02 */
static void ten_more_wait_for_powers_of_three(void **state)
{
  (void)state;
  static const uint64_t power[] = { 1, 3, 9, 27, 81, 243, 729, 2187, 6561, 19683, 59049 };
  for (uint32_t first = 0; first <= 1; first++) {
    pause_is(20, first, 0, 5 * S + power[first] * S);
    pause_is(20, first, 7 + 3000 * 11, 5 * S + power[first] * S + 18 * MS);
    for (uint32_t made = 21; made < 30; made++) {
      pause_is(made, first, 0, power[made - 20 + first] * S);
      pause_is(made, first, 2999 + 3000 * 5, power[made - 20 + first] * S + 2999 * MS);
    }
  }
}

/* MC-RECONNECT-03 */
static void after_thirty_attempts_the_peer_is_given_up(void **state)
{
  (void)state;
  static const uint32_t made[] = { 30, 31, 1000, UINT32_MAX };
  for (size_t k = 0; k < sizeof made / sizeof *made; k++) {
    mconn_reconnect_result r = mconn_reconnect_next(made[k], (uint32_t)k % 2, UINT64_MAX);
    assert_true(r.give_up && r.delay == 0);
  }
  assert_false(mconn_reconnect_next(29, 0, UINT64_MAX).give_up);
}

/* MC-RECONNECT-01, -02: the random part, of any random number */
static void the_random_part_is_whole_ms_below_3_s(void **state)
{
  (void)state;
  assert_true(mconn_reconnect_jitter(0) == 0);
  assert_true(mconn_reconnect_jitter(2999) == 2999 * MS);
  assert_true(mconn_reconnect_jitter(3000) == 0);
  assert_true(mconn_reconnect_jitter(UINT64_MAX) == UINT64_MAX % 3000 * MS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_attempt_is_made_at_once_and_19_more_every_5_s),
    cmocka_unit_test(ten_more_wait_for_powers_of_three),
    cmocka_unit_test(after_thirty_attempts_the_peer_is_given_up),
    cmocka_unit_test(the_random_part_is_whole_ms_below_3_s),
  };
  return cmocka_run_group_tests_name("reconnect", tests, NULL, NULL);
}
