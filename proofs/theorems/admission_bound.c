/* Over ANY sequence of events about any number of ids: the counts of the admission never leave their limits,
 * every place that is taken belongs to exactly one id that is not free, and when all ids are free every place
 * has been given back. Whoever takes a place asks for it when it reserves its id, and gives it back in the step
 * that releases the id (core/membership.h); the kind of place is the caller's to choose, each time anew.
 *
 * A count over memory does not survive a write to that memory in the prover's eyes, so `put` compares with a copy
 * of another type, which is other memory. */
#include "admission.h"
#include "membership.h"
#include <stdint.h>

/*@ // of the first n ids, how many hold a place of kind x
    logic integer held_by(uint8_t *h, integer n, integer x) =
      n <= 0 ? 0 : held_by(h, n - 1, x) + (h[n - 1] == x ? 1 : 0);
    logic integer held_copy(uint16_t *h, integer n, integer x) =
      n <= 0 ? 0 : held_copy(h, n - 1, x) + (h[n - 1] == x ? 1 : 0);
    predicate places_held(mconn_admission s, uint8_t *h, integer n) =
      s.sockets == held_by(h, n, 1) && s.inbound == held_by(h, n, 2) && s.outbound == held_by(h, n, 3) &&
      s.unconditional == held_by(h, n, 4);
*/

/*@ requires rd: \valid_read(h + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures none_held_none_counted: (\forall integer j; 0 <= j < n ==> h[j] == 0) ==>
      \forall integer x; 1 <= x <= 4 ==> held_by(h, n, x) == 0; */
static void lem_none(const uint8_t *h, uint32_t n)
{
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant none: (\forall integer q; 0 <= q < j ==> h[q] == 0) ==>
        \forall integer x; 1 <= x <= 4 ==> held_by(h, j, x) == 0;
      loop assigns j;
      loop variant n - j; */
  for (uint32_t j = 0; j < n; j++) {
    //@ assert one_more: \forall integer x; held_by(h, j + 1, x) == held_by(h, j, x) + (h[j] == x ? 1 : 0);
  }
}

/*@ requires rd: \valid_read(h + (0 .. n - 1));
    requires k: k < n;
    terminates \true;
    assigns \nothing;
    ensures what_one_holds_is_counted: held_by(h, n, h[k]) >= 1; */
static void lem_some(const uint8_t *h, uint32_t n, uint32_t k)
{
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant some: held_by(h, j, h[k]) >= (j > k ? 1 : 0);
      loop assigns j;
      loop variant n - j; */
  for (uint32_t j = 0; j < n; j++) {
    //@ assert one_more: held_by(h, j + 1, h[k]) == held_by(h, j, h[k]) + (h[j] == h[k] ? 1 : 0);
  }
}

/* Id k holds x from now on. */
/*@ requires wr: \valid(held + (0 .. n - 1)) && \valid(copy + (0 .. n - 1));
    requires apart: \separated(held + (0 .. n - 1), copy + (0 .. n - 1));
    requires k: k < n;
    terminates \true;
    assigns held[k], copy[0 .. n - 1];
    ensures put: held[k] == x;
    ensures others: \forall integer j; 0 <= j < n && j != k ==> held[j] == \old(held[j]);
    ensures counted: \forall integer y; held_by(held, n, y) ==
      \at(held_by(held, n, y), Pre) + (y == x ? 1 : 0) - (y == \at(held[k], Pre) ? 1 : 0); */
static void put(uint8_t *held, uint16_t *copy, uint32_t n, uint32_t k, uint8_t x)
{
  uint8_t before = held[k];
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant copied: \forall integer q; 0 <= q < j ==> copy[q] == held[q];
      loop assigns j, copy[0 .. n - 1];
      loop variant n - j; */
  for (uint32_t j = 0; j < n; j++) copy[j] = held[j];
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant same: \forall integer y; held_copy(copy, j, y) == held_by(held, j, y);
      loop assigns j;
      loop variant n - j; */
  for (uint32_t j = 0; j < n; j++) {
    //@ assert a: \forall integer y; held_copy(copy, j + 1, y) == held_copy(copy, j, y) + (copy[j] == y ? 1 : 0);
    //@ assert b: \forall integer y; held_by(held, j + 1, y) == held_by(held, j, y) + (held[j] == y ? 1 : 0);
  }
  held[k] = x;
  //@ assert changed: \forall integer q; 0 <= q < n ==> held[q] == (q == k ? x : copy[q]);
  //@ assert was: copy[k] == before;
  /*@ loop invariant rng: 0 <= j <= n;
      loop invariant differ: \forall integer y; held_by(held, j, y) ==
        held_copy(copy, j, y) + (j > k ? (y == x ? 1 : 0) - (y == before ? 1 : 0) : 0);
      loop assigns j;
      loop variant n - j; */
  for (uint32_t j = 0; j < n; j++) {
    //@ assert a: \forall integer y; held_copy(copy, j + 1, y) == held_copy(copy, j, y) + (copy[j] == y ? 1 : 0);
    //@ assert b: \forall integer y; held_by(held, j + 1, y) == held_by(held, j, y) + (held[j] == y ? 1 : 0);
  }
}

/*@ requires limits: adm_inv(s);
    requires nobody_yet: s.sockets == 0 && s.inbound == 0 && s.outbound == 0 && s.unconditional == 0;
    requires sizes: ids <= 0xFFFFFFFE && n <= 0xFFFFFFFE;
    requires wr: \valid(m + (0 .. ids - 1)) && \valid(held + (0 .. ids - 1)) && \valid(copy + (0 .. ids - 1));
    requires rd: \valid_read(e + (0 .. n - 1)) && \valid_read(who + (0 .. n - 1)) && \valid_read(kind + (0 .. n - 1));
    requires apart: \separated(m + (0 .. ids - 1), held + (0 .. ids - 1), copy + (0 .. ids - 1), e + (0 .. n - 1),
      who + (0 .. n - 1), kind + (0 .. n - 1));
    requires free: \forall integer j; 0 <= j < ids ==> m[j] == MCONN_MEMBER_FREE && held[j] == 0;
    requires known: \forall integer j; 0 <= j < n ==> who[j] < ids && 1 <= kind[j] <= 4;
    terminates \true;
    assigns m[0 .. ids - 1], held[0 .. ids - 1], copy[0 .. ids - 1];
    ensures within_limits: adm_inv(\result) && adm_same_limits(\result, s);
    ensures every_place_is_somebodys: places_held(\result, held, ids);
    ensures only_who_is_not_free_holds_one: \forall integer j; 0 <= j < ids ==>
      (held[j] == 0 <==> m[j] == MCONN_MEMBER_FREE);
    ensures all_free_all_given_back: (\forall integer j; 0 <= j < ids ==> m[j] == MCONN_MEMBER_FREE) ==>
      \result.sockets == 0 && \result.inbound == 0 && \result.outbound == 0 && \result.unconditional == 0; */
mconn_admission theorem_admission_bound(mconn_admission s, enum mconn_member_state *m, uint8_t *held, uint16_t *copy,
                                        uint32_t ids, const enum mconn_member_event *e, const uint32_t *who,
                                        const uint8_t *kind, uint32_t n)
{
  lem_none(held, ids);
  /*@ loop invariant rng: 0 <= i <= n;
      loop invariant limits: adm_inv(s) && adm_same_limits(s, \at(s, Pre));
      loop invariant states: \forall integer j; 0 <= j < ids ==> 0 <= m[j] <= 6 && held[j] <= 4;
      loop invariant holds: \forall integer j; 0 <= j < ids ==> (held[j] == 0 <==> m[j] == MCONN_MEMBER_FREE);
      loop invariant counted: places_held(s, held, ids);
      loop assigns i, s, m[0 .. ids - 1], held[0 .. ids - 1], copy[0 .. ids - 1];
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    uint32_t k = who[i];
    mconn_member_result r = mconn_member_step(m[k], e[i]);
    if (r.err != MCONN_OK) continue;
    if (m[k] == MCONN_MEMBER_FREE) {
      mconn_admission_result t = mconn_admission_take(s, (enum mconn_place)kind[i]);
      if (!t.done) continue; /* no place, no reservation */
      s = t.s;
      put(held, copy, ids, k, kind[i]);
    } else if (r.act == MCONN_MEMBER_RELEASE) {
      lem_some(held, ids, k);
      mconn_admission_result t = mconn_admission_give(s, (enum mconn_place)held[k]);
      //@ assert given_back: t.done;
      s = t.s;
      put(held, copy, ids, k, 0);
    }
    m[k] = r.s;
  }
  lem_none(held, ids);
  return s;
}
