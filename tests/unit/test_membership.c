/* One id of the peer set: each way that a peer comes and goes, and the whole table. */
#include "guard.h"
#include "core/membership.h"
#include <stdio.h>

enum { FREE, RESERVED, DOOMED, JOINING, LEAVING, ADMITTED, REMOVING };
enum { RESERVE, ADMIT, JOINED, ABANDON, REMOVE, REMOVED };
enum { NOTHING, ADD, TAKE_OUT, RELEASE };

static int step(int s, int event, int err, int next, int act)
{
  mconn_member_result r = mconn_member_step((enum mconn_member_state)s, (enum mconn_member_event)event);
  if ((int)r.err != err || (int)r.s != next || (int)r.act != act)
    fail_msg("state %d, event %d: error %d, state %d, action %d", s, event, (int)r.err, (int)r.s, (int)r.act);
  return next;
}

/* MC-SWITCH-06 */
static void a_peer_comes_and_goes(void **state)
{
  (void)state;
  int s = step(FREE, RESERVE, MCONN_OK, RESERVED, NOTHING);
  s = step(s, ADMIT, MCONN_OK, JOINING, ADD);
  s = step(s, JOINED, MCONN_OK, ADMITTED, NOTHING);
  s = step(s, REMOVE, MCONN_OK, REMOVING, TAKE_OUT);
  step(s, RESERVE, MCONN_E_PEER_DUPLICATE, REMOVING, NOTHING);
  s = step(s, REMOVED, MCONN_OK, FREE, RELEASE);
  step(s, RESERVE, MCONN_OK, RESERVED, NOTHING);
}

/* MC-SWITCH-18: upstream's TestSwitchRemovalErr */
static void a_peer_that_failed_on_its_way_in_is_not_admitted(void **state)
{
  (void)state;
  int s = step(FREE, RESERVE, MCONN_OK, RESERVED, NOTHING);
  s = step(s, REMOVE, MCONN_OK, DOOMED, NOTHING);
  s = step(s, ADMIT, MCONN_E_PEER_REMOVED, DOOMED, NOTHING);
  s = step(s, ABANDON, MCONN_OK, FREE, RELEASE);
  s = step(s, RESERVE, MCONN_OK, RESERVED, NOTHING);
  step(s, ABANDON, MCONN_OK, FREE, RELEASE);
}

/* MC-SWITCH-06, -07 */
static void a_removal_while_the_reactors_are_told_waits_for_them(void **state)
{
  (void)state;
  int s = step(JOINING, REMOVE, MCONN_OK, LEAVING, NOTHING);
  step(s, REMOVE, MCONN_E_NO_PEER, LEAVING, NOTHING);
  s = step(s, JOINED, MCONN_OK, REMOVING, TAKE_OUT);
  step(s, REMOVE, MCONN_E_NO_PEER, REMOVING, NOTHING);
}

/* MC-SWITCH-07, -10: one letter per state and event: what is not named is refused and changes nothing */
static void the_whole_table(void **state)
{
  (void)state;
  static const char *const next[6] = { "R......", ".J.....", "...AO..", ".FF....", ".D.L.O.", "......F" };
  static const int refusal[6] = { MCONN_E_PEER_DUPLICATE, MCONN_E_STATE,   MCONN_E_STATE,
                                  MCONN_E_STATE,          MCONN_E_NO_PEER, MCONN_E_STATE };
  static const char names[] = "FRDJLAO";
  for (int e = 0; e < 6; e++)
    for (int s = 0; s < 7; s++) {
      char to = next[e][s];
      int err = e == ADMIT && s == DOOMED ? MCONN_E_PEER_REMOVED : refusal[e];
      if (to == '.') step(s, e, err, s, NOTHING);
      else
        step(s, e, MCONN_OK, (int)(strchr(names, to) - names),
             to == 'J'   ? ADD
             : to == 'O' ? TAKE_OUT
             : to == 'F' ? RELEASE
                         : NOTHING);
    }
  step(ADMITTED, 6, MCONN_E_STATE, ADMITTED, NOTHING);
}

/* MC-SWITCH-06: in the set until every reactor knows that it is gone, offered nothing once it is to go */
static void who_is_in_the_set_and_who_is_offered_messages(void **state)
{
  (void)state;
  static const char in_set[] = "0001111", live[] = "0001010";
  for (int s = 0; s < 7; s++) {
    assert_int_equal(mconn_member_in_set((enum mconn_member_state)s), in_set[s] == '1');
    assert_int_equal(mconn_member_is_live((enum mconn_member_state)s), live[s] == '1');
  }
  assert_false(mconn_member_in_set((enum mconn_member_state)7));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_peer_comes_and_goes),
    cmocka_unit_test(a_peer_that_failed_on_its_way_in_is_not_admitted),
    cmocka_unit_test(a_removal_while_the_reactors_are_told_waits_for_them),
    cmocka_unit_test(the_whole_table),
    cmocka_unit_test(who_is_in_the_set_and_who_is_offered_messages),
  };
  return cmocka_run_group_tests_name("membership", tests, NULL, NULL);
}
