/* Theorem 9, second half: a pending channel is served within a stated bound, whatever is offered on the
 * other channels meanwhile.
 *
 * While channel k waits, its account stands still and no other channel is chosen whose ratio is above
 * k's; each packet of another channel adds at least three bytes (the smallest packet) to that channel's
 * account. So between two decays channel j is chosen at most
 *     1 + (sent_k * prio_j / prio_k - sent_j) / 3
 * times before k is, and not at all when its ratio is above k's from the start. The bound below is this
 * one, without the division. It needs the accounts to stay below the value at which they saturate. */
#include "sender.h"

/*@ // p packets of a channel with this account and priority, before k is served
    predicate passes_at_most(integer sent, integer prio, integer p, integer sent_k, integer prio_k) =
      p > 0 ==> (sent + 3 * (p - 1)) * prio_k <= sent_k * prio;
*/
/*@ ghost
  /@ requires order: a <= b;
     terminates \true;
     assigns \nothing;
     ensures times: a * k <= b * k; @/
  void lem_times(int64_t a, int64_t b, uint32_t k) { }

  /@ requires order: a * k < b * k;
     terminates \true;
     assigns \nothing;
     ensures cancel: a < b; @/
  void lem_cancel(int64_t a, int64_t b, uint32_t k) { }
*/

/* A message offered on slot t; while one is under way there, it is not accepted. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && t < s->n && k < s->n && c[k].pending;
    requires total: total <= MCONN_MESSAGE_MAX;
    terminates \true;
    assigns c[t].total, c[t].off, c[t].pending, s->lo, s->hi;
    ensures inv: tx_inv(s, c) && c[k].pending; */
static void offered(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t t, uint32_t total)
{
  (void)k;
  if (!c[t].pending) mconn_sender_offer(s, c, t, total);
}

/* A packet x of another channel goes out before k is served. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && k < s->n && c[k].pending;
    requires choice: tx_is(s, c, 0, MCONN_INDEX_MAX, x) && x.kind != MCONN_SEND_NONE && x.k < s->n && x.k != k;
    requires slice: x.off + x.len <= c[x.k].total && (x.eof <==> x.off + x.len == c[x.k].total);
    requires wire: 3 <= x.z <= MCONN_INDEX_MAX;
    requires accounts: 0 <= passed <= 0xFFFFFFFF && 0 <= start <= MCONN_SENT_MAX &&
      (c[x.k].sent == MCONN_SENT_MAX || start + 3 * passed <= c[x.k].sent);
    requires below_saturation: c[k].sent * c[x.k].prio < MCONN_SENT_MAX * c[k].prio;
    terminates \true;
    assigns c[x.k].sent, c[x.k].off, c[x.k].pending;
    ensures inv: tx_inv(s, c) && c[k].pending;
    ensures account: c[x.k].sent == MCONN_SENT_MAX || start + 3 * (passed + 1) <= c[x.k].sent;
    ensures bounded: passes_at_most(start, c[x.k].prio, passed + 1, c[k].sent, c[k].prio); */
static void pass(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, mconn_send x, int64_t start,
                 int64_t passed)
{
  (void)k;
  (void)start;
  (void)passed;
  //@ ghost int64_t account = (int64_t)c[x.k].sent;
  //@ assert least: account * c[k].prio <= c[k].sent * c[x.k].prio;
  //@ ghost lem_cancel(account, (int64_t)MCONN_SENT_MAX, c[k].prio);
  //@ ghost lem_times(start + 3 * passed, account, c[k].prio);
  mconn_sender_take(s, c, x.k, x.len, x.eof, (uint32_t)x.z);
}

/* An event is a message of total[i] bytes offered on slot[i], or, with slot[i] < 0, the next packet.
 * start[j] is the account of channel j before them. Returns the index of the event that served k, or m;
 * passed[j] counts the packets of channel j before. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires rd: \valid_read(slot + (0 .. m - 1)) && \valid_read(total + (0 .. m - 1));
    requires wr: \valid(passed + (0 .. s->n - 1)) && \valid_read(start + (0 .. s->n - 1)) &&
      \separated(passed + (0 .. s->n - 1), start + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && k < s->n && c[k].pending;
    requires messages: \forall integer i; 0 <= i < m ==> 0 <= total[i];
    requires start: \forall integer j; 0 <= j < s->n ==> passed[j] == 0 && start[j] == c[j].sent;
    requires below_saturation: \forall integer j; 0 <= j < s->n ==>
      start[k] * c[j].prio < MCONN_SENT_MAX * c[k].prio;
    terminates \true;
    assigns c[0 .. s->n - 1], s->lo, s->hi, passed[0 .. s->n - 1];
    ensures bounded: \forall integer j; 0 <= j < s->n ==>
      passes_at_most(start[j], c[j].prio, passed[j], start[k], c[k].prio);
    ensures priorities: \forall integer j; 0 <= j < s->n ==> c[j].prio == \old(c[j].prio);
    ensures k_was_not_served_before: passed[k] == 0;
    ensures served_or_out_of_events: \result <= m && (\result < m ==> slot[\result] < 0); */
uint32_t theorem_waiting(mconn_sender *s, mconn_sender_channel *c, uint32_t k, const int64_t *start,
                         const int32_t *slot, const int32_t *total, uint32_t m, int64_t *passed)
{
  const uint32_t n = s->n;
  /*@ loop invariant rng: 0 <= i <= m && s->n == n;
      loop invariant inv: tx_inv(s, c) && c[k].pending;
      loop invariant waits: c[k].sent == start[k] && passed[k] == 0;
      loop invariant fixed: \forall integer j; 0 <= j < n ==> c[j].prio == \at(c[j].prio, Pre);
      loop invariant start: \forall integer j; 0 <= j < n ==>
        start[j] == \at(c[j].sent, Pre) && 0 <= start[j] <= MCONN_SENT_MAX;
      loop invariant count: \forall integer j; 0 <= j < n ==> 0 <= passed[j] <= i;
      loop invariant account: \forall integer j; 0 <= j < n ==>
        c[j].sent == MCONN_SENT_MAX || start[j] + 3 * passed[j] <= c[j].sent;
      loop invariant bounded: \forall integer j; 0 <= j < n ==>
        passes_at_most(start[j], \at(c[j].prio, Pre), passed[j], start[k], \at(c[k].prio, Pre));
      loop assigns i, c[0 .. n - 1], s->lo, s->hi, passed[0 .. n - 1];
      loop variant m - i; */
  for (uint32_t i = 0; i < m; i++) {
    if (slot[i] >= 0) {
      uint32_t t = (uint32_t)slot[i];
      if (t < n) offered(s, c, k, t, (uint32_t)total[i]);
      continue;
    }
    mconn_send x = mconn_sender_look(s, c, 0, MCONN_INDEX_MAX);
    //@ assert some: x.kind != MCONN_SEND_NONE && x.k < n && 3 <= x.z <= MCONN_INDEX_MAX;
    if (x.k == k) return i;
    /*@ assert fixed: \let l = x.k;
          c[l].prio == \at(c[l].prio, Pre) && c[k].prio == \at(c[k].prio, Pre); */
    //@ assert below_saturation: c[k].sent * c[x.k].prio < MCONN_SENT_MAX * c[k].prio;
    pass(s, c, k, x, start[x.k], passed[x.k]);
    passed[x.k]++;
  }
  return m;
}
