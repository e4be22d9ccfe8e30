/* Places of peers (MC-ADMISSION): the limits, and that none is given back that nobody has. */
#include "guard.h"
#include "core/admission.h"

static mconn_admission take(mconn_admission s, enum mconn_place place, bool done)
{
  mconn_admission_result r = mconn_admission_take(s, place);
  assert_int_equal(r.done, done);
  if (!done) assert_memory_equal(&r.s, &s, sizeof s);
  return r.s;
}

static mconn_admission give(mconn_admission s, enum mconn_place place, bool done)
{
  mconn_admission_result r = mconn_admission_give(s, place);
  assert_int_equal(r.done, done);
  if (!done) assert_memory_equal(&r.s, &s, sizeof s);
  return r.s;
}

/* MC-ADMISSION-01 */
static void inbound_peers_stop_at_the_limit_and_unconditional_ones_do_not_count(void **state)
{
  (void)state;
  mconn_admission s = mconn_admission_start(2, 1, 1);
  s = take(s, mconn_admission_place(false, false), true);
  s = take(s, mconn_admission_place(false, false), true);
  s = take(s, mconn_admission_place(false, false), false);
  s = take(s, mconn_admission_place(false, true), true);
  s = take(s, mconn_admission_place(false, true), false);
  assert_true(s.inbound == 2 && s.outbound == 0 && s.unconditional == 1 && s.sockets == 0);
  s = give(s, MCONN_PLACE_INBOUND, true);
  s = take(s, MCONN_PLACE_INBOUND, true);
}

/* MC-ADMISSION-02 */
static void a_place_that_nobody_has_cannot_be_given_back(void **state)
{
  (void)state;
  for (int k = MCONN_PLACE_SOCKET; k <= MCONN_PLACE_UNCONDITIONAL; k++) {
    mconn_admission s = mconn_admission_start(3, 3, 3), empty = s;
    enum mconn_place place = (enum mconn_place)k;
    s = give(s, place, false);
    for (int n = 0; n < 3; n++) s = take(s, place, true);
    for (int n = 0; n < 3; n++) s = give(s, place, true);
    s = give(s, place, false);
    assert_memory_equal(&s, &empty, sizeof s);
  }
  mconn_admission s = mconn_admission_start(3, 3, 3);
  s = take(s, MCONN_PLACE_NONE, false);
  s = give(s, MCONN_PLACE_NONE, false);
  s = take(s, (enum mconn_place)5, false);
}

/* MC-ADMISSION-03 */
static void open_sockets_stop_at_inbound_peers_and_unconditional_ids(void **state)
{
  (void)state;
  mconn_admission s = mconn_admission_start(2, 0, 3);
  for (int n = 0; n < 5; n++) s = take(s, MCONN_PLACE_SOCKET, true);
  s = take(s, MCONN_PLACE_SOCKET, false);
  s = give(s, MCONN_PLACE_SOCKET, true);
  s = take(s, MCONN_PLACE_SOCKET, true);
  s = mconn_admission_start(0, 0, 0);
  for (int k = 0; k <= 5; k++) s = take(s, (enum mconn_place)k, false);
}

/* MC-ADMISSION-04 */
static void dials_stop_at_the_outbound_limit_and_unconditional_ones_do_not_count(void **state)
{
  (void)state;
  mconn_admission s = mconn_admission_start(5, 2, 1);
  s = take(s, mconn_admission_place(true, false), true);
  s = take(s, mconn_admission_place(true, false), true);
  s = take(s, mconn_admission_place(true, false), false);
  s = take(s, mconn_admission_place(true, true), true);
  s = take(s, mconn_admission_place(false, false), true);
  assert_true(s.inbound == 1 && s.outbound == 2 && s.unconditional == 1);
  s = give(s, MCONN_PLACE_OUTBOUND, true);
  s = take(s, MCONN_PLACE_OUTBOUND, true);
}

/* MC-SWITCH-04: limits of the limits */
static void limits_are_checked(void **state)
{
  (void)state;
  assert_int_equal(mconn_admission_check(0, 0, 0), MCONN_OK);
  assert_int_equal(mconn_admission_check(MCONN_PEERS_MAX, MCONN_PEERS_MAX, MCONN_PEERS_MAX), MCONN_OK);
  assert_int_equal(mconn_admission_check(MCONN_PEERS_MAX + 1, 0, 0), MCONN_E_LIMIT_CONFIG);
  assert_int_equal(mconn_admission_check(0, UINT32_MAX, 0), MCONN_E_LIMIT_CONFIG);
  assert_int_equal(mconn_admission_check(0, 0, MCONN_PEERS_MAX + 1), MCONN_E_LIMIT_CONFIG);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(inbound_peers_stop_at_the_limit_and_unconditional_ones_do_not_count),
    cmocka_unit_test(a_place_that_nobody_has_cannot_be_given_back),
    cmocka_unit_test(open_sockets_stop_at_inbound_peers_and_unconditional_ids),
    cmocka_unit_test(dials_stop_at_the_outbound_limit_and_unconditional_ones_do_not_count),
    cmocka_unit_test(limits_are_checked),
  };
  return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
