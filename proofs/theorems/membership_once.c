/* Over ANY sequence of events about one id, in any order and however many callers send them: it is in the set
 * only if no removal was asked for on its way in, it is removed once, and only after every reactor was told of
 * it, and it can be reserved again only when all of that is over. `err` and `act` are what the table said to
 * each event; a release ends one life of the id. */
#include "membership.h"
#include <stdint.h>

/*@ predicate took(enum mconn_member_event *e, enum mconn_err *err, integer j, integer which) =
      e[j] == which && err[j] == MCONN_OK;
    // no life ended between j and i
    predicate one_life(enum mconn_member_action *act, integer j, integer i) =
      \forall integer x; j < x < i ==> act[x] != MCONN_MEMBER_RELEASE;
*/

/*@ requires n: n <= 0xFFFFFFFE;
    requires rd: \valid_read(e + (0 .. n - 1));
    requires wr: \valid(err + (0 .. n - 1)) && \valid(act + (0 .. n - 1));
    requires apart: \separated(e + (0 .. n - 1), err + (0 .. n - 1), act + (0 .. n - 1));
    terminates \true;
    assigns err[0 .. n - 1], act[0 .. n - 1];
    ensures a_removal_before_the_set_is_remembered: \forall integer j, k; 0 <= j < k < n &&
      took(e, err, j, MCONN_MEMBER_REMOVE) && one_life(act, j, k) ==> act[k] != MCONN_MEMBER_ADD_NOW;
    ensures one_reason: \forall integer j, k; 0 <= j < k < n &&
      took(e, err, j, MCONN_MEMBER_REMOVE) && one_life(act, j, k) ==> !took(e, err, k, MCONN_MEMBER_REMOVE);
    ensures removed_once: \forall integer j, k; 0 <= j < k < n &&
      act[j] == MCONN_MEMBER_REMOVE_NOW && one_life(act, j, k) ==> act[k] != MCONN_MEMBER_REMOVE_NOW;
    ensures removed_only_after_every_reactor_was_told: \forall integer k; 0 <= k < n &&
      act[k] == MCONN_MEMBER_REMOVE_NOW ==> \exists integer j; 0 <= j <= k &&
      took(e, err, j, MCONN_MEMBER_JOINED) && one_life(act, j, k);
    ensures taken_until_it_is_over: \forall integer j, k; 0 <= j < k < n &&
      took(e, err, j, MCONN_MEMBER_RESERVE) && one_life(act, j, k) ==> !took(e, err, k, MCONN_MEMBER_RESERVE);
    ensures released_only_if_reserved: \forall integer k; 0 <= k < n && act[k] == MCONN_MEMBER_RELEASE ==>
      \exists integer j; 0 <= j < k && took(e, err, j, MCONN_MEMBER_RESERVE) && one_life(act, j, k); */
void theorem_membership_once(const enum mconn_member_event *e, enum mconn_err *err, enum mconn_member_action *act,
                             uint32_t n)
{
  enum mconn_member_state s = MCONN_MEMBER_FREE;
  //@ ghost uint32_t joined = 0, reserved = 0;
  /*@ loop invariant rng: 0 <= i <= n;
      loop invariant state: 0 <= s <= 6;
      loop invariant asked: \forall integer j; 0 <= j < i && took(e, err, j, MCONN_MEMBER_REMOVE) &&
        one_life(act, j, i) ==> s == MCONN_MEMBER_DOOMED || s == MCONN_MEMBER_LEAVING || s == MCONN_MEMBER_REMOVING;
      loop invariant removing: \forall integer j; 0 <= j < i && act[j] == MCONN_MEMBER_REMOVE_NOW &&
        one_life(act, j, i) ==> s == MCONN_MEMBER_REMOVING;
      loop invariant reserve: \forall integer j; 0 <= j < i && took(e, err, j, MCONN_MEMBER_RESERVE) &&
        one_life(act, j, i) ==> s != MCONN_MEMBER_FREE;
      loop invariant who_joined: s == MCONN_MEMBER_ADMITTED || s == MCONN_MEMBER_REMOVING ==> joined < i &&
        took(e, err, joined, MCONN_MEMBER_JOINED) && one_life(act, joined, i);
      loop invariant who_reserved: s != MCONN_MEMBER_FREE ==> reserved < i &&
        took(e, err, reserved, MCONN_MEMBER_RESERVE) && one_life(act, reserved, i);
      loop invariant remembered: \forall integer j, k; 0 <= j < k < i &&
        took(e, err, j, MCONN_MEMBER_REMOVE) && one_life(act, j, k) ==> act[k] != MCONN_MEMBER_ADD_NOW;
      loop invariant one_reason: \forall integer j, k; 0 <= j < k < i &&
        took(e, err, j, MCONN_MEMBER_REMOVE) && one_life(act, j, k) ==> !took(e, err, k, MCONN_MEMBER_REMOVE);
      loop invariant once: \forall integer j, k; 0 <= j < k < i &&
        act[j] == MCONN_MEMBER_REMOVE_NOW && one_life(act, j, k) ==> act[k] != MCONN_MEMBER_REMOVE_NOW;
      loop invariant told: \forall integer k; 0 <= k < i && act[k] == MCONN_MEMBER_REMOVE_NOW ==>
        \exists integer j; 0 <= j <= k && took(e, err, j, MCONN_MEMBER_JOINED) && one_life(act, j, k);
      loop invariant taken: \forall integer j, k; 0 <= j < k < i &&
        took(e, err, j, MCONN_MEMBER_RESERVE) && one_life(act, j, k) ==> !took(e, err, k, MCONN_MEMBER_RESERVE);
      loop invariant freed: \forall integer k; 0 <= k < i && act[k] == MCONN_MEMBER_RELEASE ==>
        \exists integer j; 0 <= j < k && took(e, err, j, MCONN_MEMBER_RESERVE) && one_life(act, j, k);
      loop assigns i, s, joined, reserved, err[0 .. n - 1], act[0 .. n - 1];
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    mconn_member_result r = mconn_member_step(s, e[i]);
    err[i] = r.err;
    act[i] = r.act;
    /*@ ghost if (e[i] == MCONN_MEMBER_JOINED && r.err == MCONN_OK) joined = i;
              if (e[i] == MCONN_MEMBER_RESERVE && r.err == MCONN_OK) reserved = i; */
    /*@ assert freed_before: \forall integer k; 0 <= k < i && act[k] == MCONN_MEMBER_RELEASE ==>
          \exists integer j; 0 <= j < k && took(e, err, j, MCONN_MEMBER_RESERVE) && one_life(act, j, k); */
    /*@ assert freed_now: act[i] == MCONN_MEMBER_RELEASE ==> reserved < i &&
          took(e, err, reserved, MCONN_MEMBER_RESERVE) && one_life(act, reserved, i); */
    s = r.s;
  }
}
