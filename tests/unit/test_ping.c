/* Ping clock (MC-PING): one open ping, one deadline. */
#include "guard.h"
#include "core/ping.h"

static const mconn_ping_config config = { 60, 45 };

static mconn_ping step(mconn_ping s, enum mconn_ping_in in, uint64_t now, enum mconn_ping_out out, uint64_t due)
{
  mconn_ping_step_result r = mconn_ping_step(s, in, now, config);
  assert_int_equal(r.out, out);
  assert_true(r.due == due);
  return r.s;
}

/* MC-PING-01 */
static void timeout_is_above_zero_and_below_the_interval(void **state)
{
  (void)state;
  static const struct {
    uint64_t interval, timeout;
    enum mconn_err err;
  } all[] = {
    { 60, 45, MCONN_OK },
    { 2, 1, MCONN_OK },
    { 60, 59, MCONN_OK },
    { MCONN_TIME_MAX, 1, MCONN_OK },
    { 60, 0, MCONN_E_PING_CONFIG },
    { 60, 60, MCONN_E_PING_CONFIG },
    { 60, 61, MCONN_E_PING_CONFIG },
    { 0, 0, MCONN_E_PING_CONFIG },
    { 1, 1, MCONN_E_PING_CONFIG },
    { MCONN_TIME_MAX + 1, 1, MCONN_E_PING_CONFIG },
    { 45, UINT64_MAX, MCONN_E_PING_CONFIG },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++)
    assert_int_equal(mconn_ping_check((mconn_ping_config){ all[k].interval, all[k].timeout }), all[k].err);
}

/* MC-PING-02 */
static void a_ping_is_sent_every_interval(void **state)
{
  (void)state;
  mconn_ping s = mconn_ping_start(1000);
  s = step(s, MCONN_PING_TICK, 1000, MCONN_PING_NOTHING, 1060);
  s = step(s, MCONN_PING_TICK, 1059, MCONN_PING_NOTHING, 1060);
  for (uint64_t n = 1; n <= 5; n++) {
    uint64_t now = 1000 + 60 * n;
    s = step(s, MCONN_PING_TICK, now, MCONN_PING_SEND, now + 45);
    assert_int_equal(s.sent, n);
    s = step(s, MCONN_PING_PONG, now + 10, MCONN_PING_NOTHING, now + 60);
    assert_int_equal(s.answered, n);
  }
}

/* MC-PING-03 */
static void an_unanswered_ping_ends_the_connection_at_its_deadline(void **state)
{
  (void)state;
  mconn_ping s = mconn_ping_start(0);
  s = step(s, MCONN_PING_TICK, 60, MCONN_PING_SEND, 105);
  s = step(s, MCONN_PING_TICK, 104, MCONN_PING_NOTHING, 105);
  mconn_ping dead = step(s, MCONN_PING_TICK, 105, MCONN_PING_DEAD, 0);
  assert_true(dead.dead);
  assert_true(step(s, MCONN_PING_TICK, 100000, MCONN_PING_DEAD, 0).dead);
  dead = step(dead, MCONN_PING_TICK, 106, MCONN_PING_NOTHING, 0);
  dead = step(dead, MCONN_PING_PONG, 107, MCONN_PING_NOTHING, 0);
  assert_true(dead.dead && dead.sent == 1 && dead.answered == 0);
}

/* MC-PING-04. gap: a late ping. */
static void an_answered_ping_never_ends_the_connection_however_late_it_was_sent(void **state)
{
  (void)state;
  mconn_ping s = mconn_ping_start(0);
  s = step(s, MCONN_PING_TICK, 118, MCONN_PING_SEND, 163);
  s = step(s, MCONN_PING_PONG, 119, MCONN_PING_NOTHING, 178);
  s = step(s, MCONN_PING_TICK, 163, MCONN_PING_NOTHING, 178);
  s = step(s, MCONN_PING_TICK, 178, MCONN_PING_SEND, 223);
  s = step(s, MCONN_PING_PONG, 222, MCONN_PING_NOTHING, 238);
  s = step(s, MCONN_PING_TICK, 223, MCONN_PING_NOTHING, 238);
  assert_false(s.dead);
}

/* MC-PING-05 */
static void a_pong_that_no_ping_waits_for_answers_nothing(void **state)
{
  (void)state;
  mconn_ping s = mconn_ping_start(0);
  for (uint64_t now = 1; now < 60; now++) s = step(s, MCONN_PING_PONG, now, MCONN_PING_NOTHING, 60);
  assert_true(s.sent == 0 && s.answered == 0);
  s = step(s, MCONN_PING_TICK, 60, MCONN_PING_SEND, 105);
  s = step(s, MCONN_PING_PONG, 61, MCONN_PING_NOTHING, 120);
  s = step(s, MCONN_PING_PONG, 62, MCONN_PING_NOTHING, 120);
  assert_true(s.sent == 1 && s.answered == 1);
  s = step(s, MCONN_PING_TICK, 120, MCONN_PING_SEND, 165);
  assert_true(step(s, MCONN_PING_TICK, 165, MCONN_PING_DEAD, 0).dead);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(timeout_is_above_zero_and_below_the_interval),
    cmocka_unit_test(a_ping_is_sent_every_interval),
    cmocka_unit_test(an_unanswered_ping_ends_the_connection_at_its_deadline),
    cmocka_unit_test(an_answered_ping_never_ends_the_connection_however_late_it_was_sent),
    cmocka_unit_test(a_pong_that_no_ping_waits_for_answers_nothing),
  };
  return cmocka_run_group_tests_name("ping", tests, NULL, NULL);
}
