/* Lifecycle of a service (MC-SERVICE): every row of upstream's table, and what is refused has no effect. */
#include "guard.h"
#include "core/service.h"

/* One step that is accepted. */
static mconn_service_state step(mconn_service_state s, enum mconn_service_event e, enum mconn_service_action act)
{
  mconn_service_result r = mconn_service_step(s, e);
  assert_int_equal(r.err, MCONN_OK);
  assert_int_equal(r.act, act);
  return r.s;
}

static bool same(mconn_service_state a, mconn_service_state b)
{
  return a.started == b.started && a.stopped == b.stopped && a.resettable == b.resettable && a.failed == b.failed &&
         a.hook == b.hook;
}

static void refused(mconn_service_state s, enum mconn_service_event e, enum mconn_err err)
{
  mconn_service_result r = mconn_service_step(s, e);
  assert_int_equal(r.err, err);
  assert_int_equal(r.act, MCONN_SERVICE_NOTHING);
  assert_false(r.report);
  assert_true(same(r.s, s));
}

static mconn_service_state starting(void)
{
  return step(mconn_service_init(true), MCONN_SERVICE_START, MCONN_SERVICE_ON_START);
}
static mconn_service_state started(void)
{
  return step(starting(), MCONN_SERVICE_STARTED, MCONN_SERVICE_NOTHING);
}
static mconn_service_state stopping(void)
{
  return step(started(), MCONN_SERVICE_STOP, MCONN_SERVICE_ON_STOP);
}
static mconn_service_state stopped(void)
{
  return step(stopping(), MCONN_SERVICE_STOPPED, MCONN_SERVICE_OPEN_QUIT);
}
/* Stopped while on_start ran, which then failed. */
static mconn_service_state stopped_unstarted(void)
{
  mconn_service_state s = step(starting(), MCONN_SERVICE_STOP, MCONN_SERVICE_NOTHING);
  s = step(s, MCONN_SERVICE_START_FAILED, MCONN_SERVICE_ON_STOP);
  return step(s, MCONN_SERVICE_STOPPED, MCONN_SERVICE_OPEN_QUIT);
}

/* MC-SERVICE-01 */
static void a_start_that_fails_leaves_a_service_that_can_be_started(void **state)
{
  (void)state;
  mconn_service_state s = starting();
  assert_true(s.started && s.hook == MCONN_SERVICE_ON_START);
  s = step(s, MCONN_SERVICE_START_FAILED, MCONN_SERVICE_NOTHING);
  assert_true(same(s, mconn_service_init(true)));
  s = step(s, MCONN_SERVICE_START, MCONN_SERVICE_ON_START);
  assert_true(same(step(s, MCONN_SERVICE_STARTED, MCONN_SERVICE_NOTHING), started()));
}

/* MC-SERVICE-02 */
static void a_start_of_what_was_started_is_refused(void **state)
{
  (void)state;
  const mconn_service_state all[] = { starting(), started(), stopping(), stopped() };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) refused(all[k], MCONN_SERVICE_START, MCONN_E_ALREADY_STARTED);
  refused(step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET), MCONN_SERVICE_START, MCONN_E_ALREADY_STARTED);
}

/* MC-SERVICE-03 */
static void a_second_stop_and_a_start_after_a_stop_are_refused(void **state)
{
  (void)state;
  const mconn_service_state all[] = { stopping(), stopped(), stopped_unstarted(),
                                      step(starting(), MCONN_SERVICE_STOP, MCONN_SERVICE_NOTHING),
                                      step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET) };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    refused(all[k], MCONN_SERVICE_STOP, MCONN_E_ALREADY_STOPPED);
    refused(all[k], MCONN_SERVICE_ERROR, MCONN_E_ALREADY_STOPPED);
  }
  assert_false(stopped_unstarted().started);
  refused(stopped_unstarted(), MCONN_SERVICE_START, MCONN_E_ALREADY_STOPPED);
}

/* MC-SERVICE-04 */
static void a_stop_of_what_was_not_started_is_refused(void **state)
{
  (void)state;
  mconn_service_state failed = step(starting(), MCONN_SERVICE_START_FAILED, MCONN_SERVICE_NOTHING);
  refused(mconn_service_init(true), MCONN_SERVICE_STOP, MCONN_E_NOT_STARTED);
  refused(mconn_service_init(true), MCONN_SERVICE_ERROR, MCONN_E_NOT_STARTED);
  refused(failed, MCONN_SERVICE_STOP, MCONN_E_NOT_STARTED);
}

/* MC-SERVICE-05 */
static void a_reset_before_on_stop_has_returned_is_refused(void **state)
{
  (void)state;
  const mconn_service_state all[] = { mconn_service_init(true),
                                      mconn_service_init(false),
                                      starting(),
                                      started(),
                                      stopping(),
                                      step(starting(), MCONN_SERVICE_STOP, MCONN_SERVICE_NOTHING),
                                      step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET) };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) refused(all[k], MCONN_SERVICE_RESET, MCONN_E_NOT_STOPPED);
}

/* MC-SERVICE-06 */
static void a_reset_without_on_reset_is_refused(void **state)
{
  (void)state;
  mconn_service_state s = stopped();
  s.resettable = false;
  refused(s, MCONN_SERVICE_RESET, MCONN_E_NO_RESET);
  assert_true(mconn_service_ended(s));
}

/* MC-SERVICE-07, -08 */
static void a_service_runs_until_a_stop_and_has_ended_when_on_stop_returned(void **state)
{
  (void)state;
  const struct {
    mconn_service_state s;
    bool running, ended;
  } all[] = {
    { mconn_service_init(true), false, false },
    { starting(), true, false },
    { started(), true, false },
    { step(starting(), MCONN_SERVICE_STOP, MCONN_SERVICE_NOTHING), false, false },
    { stopping(), false, false },
    { stopped(), false, true },
    { stopped_unstarted(), false, true },
    { step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET), false, true },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    assert_int_equal(mconn_service_running(all[k].s), all[k].running);
    assert_int_equal(mconn_service_ended(all[k].s), all[k].ended);
  }
}

/* MC-SERVICE-09 */
static void a_stop_during_on_start_is_carried_out_when_it_has_returned(void **state)
{
  (void)state;
  const enum mconn_service_event returns[] = { MCONN_SERVICE_STARTED, MCONN_SERVICE_START_FAILED };
  for (size_t k = 0; k < 2; k++) {
    mconn_service_state s = step(starting(), MCONN_SERVICE_STOP, MCONN_SERVICE_NOTHING);
    assert_int_equal(s.hook, MCONN_SERVICE_ON_START);
    s = step(s, returns[k], MCONN_SERVICE_ON_STOP);
    assert_int_equal(s.started, k == 0);
    s = step(s, MCONN_SERVICE_STOPPED, MCONN_SERVICE_OPEN_QUIT);
    assert_true(mconn_service_ended(s));
  }
}

/* MC-SERVICE-11 */
static void a_reset_makes_it_new_unless_on_reset_fails(void **state)
{
  (void)state;
  mconn_service_state s = step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET);
  s = step(s, MCONN_SERVICE_RESET_FAILED, MCONN_SERVICE_NOTHING);
  assert_true(same(s, stopped()));
  s = step(s, MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET);
  s = step(s, MCONN_SERVICE_RESET_DONE, MCONN_SERVICE_NEW_QUIT);
  assert_true(same(s, mconn_service_init(true)));
  s = step(stopped_unstarted(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET);
  assert_true(same(step(s, MCONN_SERVICE_RESET_DONE, MCONN_SERVICE_NEW_QUIT), mconn_service_init(true)));
}

/* MC-SERVICE-07: an error is a stop that is reported, once, when on_stop has returned. */
static void an_error_is_reported_once_and_a_stop_never(void **state)
{
  (void)state;
  mconn_service_state s = step(started(), MCONN_SERVICE_ERROR, MCONN_SERVICE_ON_STOP);
  mconn_service_result r = mconn_service_step(s, MCONN_SERVICE_STOPPED);
  assert_true(r.report && r.act == MCONN_SERVICE_OPEN_QUIT);
  assert_true(same(r.s, stopped()));
  assert_false(mconn_service_step(stopping(), MCONN_SERVICE_STOPPED).report);
  refused(stopping(), MCONN_SERVICE_ERROR, MCONN_E_ALREADY_STOPPED);
  s = step(starting(), MCONN_SERVICE_ERROR, MCONN_SERVICE_NOTHING);
  s = step(s, MCONN_SERVICE_START_FAILED, MCONN_SERVICE_ON_STOP);
  assert_true(mconn_service_step(s, MCONN_SERVICE_STOPPED).report);
}

/* MC-SERVICE-09: the return of a hook that does not run */
static void a_return_that_nobody_waits_for_is_refused(void **state)
{
  (void)state;
  const mconn_service_state all[] = { mconn_service_init(true),
                                      starting(),
                                      started(),
                                      stopping(),
                                      stopped(),
                                      step(stopped(), MCONN_SERVICE_RESET, MCONN_SERVICE_ON_RESET) };
  static const enum mconn_service_action of[] = { MCONN_SERVICE_ON_START, MCONN_SERVICE_ON_START, MCONN_SERVICE_ON_STOP,
                                                  MCONN_SERVICE_ON_RESET, MCONN_SERVICE_ON_RESET };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    for (int e = MCONN_SERVICE_STARTED; e <= MCONN_SERVICE_RESET_FAILED; e++) {
      if (of[e - MCONN_SERVICE_STARTED] == all[k].hook)
        assert_int_equal(mconn_service_step(all[k], (enum mconn_service_event)e).err, MCONN_OK);
      else refused(all[k], (enum mconn_service_event)e, MCONN_E_STATE);
    }
    refused(all[k], (enum mconn_service_event)(MCONN_SERVICE_RESET_FAILED + 1), MCONN_E_STATE);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_start_that_fails_leaves_a_service_that_can_be_started),
    cmocka_unit_test(a_start_of_what_was_started_is_refused),
    cmocka_unit_test(a_second_stop_and_a_start_after_a_stop_are_refused),
    cmocka_unit_test(a_stop_of_what_was_not_started_is_refused),
    cmocka_unit_test(a_reset_before_on_stop_has_returned_is_refused),
    cmocka_unit_test(a_reset_without_on_reset_is_refused),
    cmocka_unit_test(a_service_runs_until_a_stop_and_has_ended_when_on_stop_returned),
    cmocka_unit_test(a_stop_during_on_start_is_carried_out_when_it_has_returned),
    cmocka_unit_test(a_reset_makes_it_new_unless_on_reset_fails),
    cmocka_unit_test(an_error_is_reported_once_and_a_stop_never),
    cmocka_unit_test(a_return_that_nobody_waits_for_is_refused),
  };
  return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
