/* Theorem 9, second half: a pending channel is served within a stated bound, whatever is offered on the
 * other channels meanwhile.
 *
 * While channel k waits, its account stands still and no other channel is chosen whose ratio is above
 * k's; each packet of another channel adds at least three bytes (the smallest packet) to that channel's
 * account. So between two decays channel j is chosen at most
 *     1 + (sent_k * prio_j / prio_k - sent_j) / 3
 * times before k is, and not at all when its ratio is above k's from the start. The bound below is this
 * one, without the division. It needs the accounts to stay below the value at which they saturate.
 *
 * The theorem is about one channel j, and j is any: what happens does not depend on which one is counted. */
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

/* A message of total bytes is offered on slot t; while one is under way there, or without such a slot, it is not
 * accepted. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && n == s->n && k < n && c[k].pending;
    requires total: total <= MCONN_MESSAGE_MAX;
    terminates \true;
    assigns c[0 .. n - 1].total, c[0 .. n - 1].off, c[0 .. n - 1].pending, s->lo, s->hi;
    ensures inv: tx_inv(s, c) && c[k].pending; */
static void offered(mconn_sender *s, mconn_sender_channel *c, uint32_t n, uint32_t k, uint32_t t, uint32_t total)
{
  (void)k;
  if (t < n && !c[t].pending) mconn_sender_offer(s, c, t, total);
}

/* The next packet goes out, unless it is one of k, whose slot is returned then as every other. sent_k and the
 * priorities are those in c. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && n == s->n && k < n && j < n && j != k && c[k].pending;
    requires numbers: c[k].sent == sent_k && c[k].prio == prio_k && c[j].prio == prio_j;
    terminates \true;
    assigns c[0 .. n - 1].sent, c[0 .. n - 1].off, c[0 .. n - 1].pending;
    ensures inv: tx_inv(s, c) && c[k].pending;
    ensures slot: \result < n;
    ensures stay: c[k].sent == sent_k && c[k].prio == prio_k && c[j].prio == prio_j;
    ensures j_stays: \result != j ==> c[j].sent == \old(c[j].sent);
    ensures j_least: \result == j ==> \old(c[j].sent) * prio_k <= sent_k * prio_j;
    ensures j_grows: \result == j ==> c[j].sent == MCONN_SENT_MAX || \old(c[j].sent) + 3 <= c[j].sent; */
static uint32_t sent(const mconn_sender *s, mconn_sender_channel *c, uint32_t n, uint32_t k, uint32_t j,
                     uint64_t sent_k, uint32_t prio_k, uint32_t prio_j)
{
  (void)n;
  (void)j;
  (void)sent_k;
  (void)prio_k;
  (void)prio_j;
  mconn_send x = mconn_sender_look(s, c, 0, MCONN_INDEX_MAX);
  //@ assert some: x.kind != MCONN_SEND_NONE && x.k < n && 3 <= x.z <= MCONN_INDEX_MAX;
  //@ assert least: c[x.k].sent * prio_k <= sent_k * c[x.k].prio;
  if (x.k != k) mconn_sender_take(s, c, x.k, x.len, x.eof, (uint32_t)x.z);
  return x.k;
}

/* Channel j is chosen again, when p of its packets have gone out: there may be so many. */
/*@ ghost
  /@ requires account: account == MCONN_SENT_MAX || start + 3 * p <= account;
     requires numbers: 0 <= p <= 0xFFFFFFFF && 0 <= start <= MCONN_SENT_MAX && 0 <= account <= MCONN_SENT_MAX;
     requires priorities: 1 <= prio <= MCONN_PRIORITY_MAX && 1 <= prio_k <= MCONN_PRIORITY_MAX;
     requires least: account * prio_k <= sent_k * prio;
     requires below_saturation: sent_k * prio < MCONN_SENT_MAX * prio_k;
     terminates \true;
     assigns \nothing;
     ensures counted: start + 3 * p <= account;
     ensures bounded: passes_at_most(start, prio, p + 1, sent_k, prio_k); @/
  void lem_one_more(int64_t start, int64_t p, int64_t account, uint32_t prio, uint64_t sent_k, uint32_t prio_k)
  {
    lem_cancel(account, (int64_t)MCONN_SENT_MAX, prio_k);
    lem_times(start + 3 * p, account, prio_k);
  }
*/

/* An event is a message of total[i] bytes offered on slot[i], or, with slot[i] < 0, the next packet.
 * Returns the index of the event that served k, or m; *passed: the packets of channel j before. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires rd: \valid_read(slot + (0 .. m - 1)) && \valid_read(total + (0 .. m - 1));
    requires wr: \valid(passed);
    requires inv: tx_inv(s, c) && k < s->n && j < s->n && j != k && c[k].pending;
    requires messages: \forall integer i; 0 <= i < m ==> 0 <= total[i];
    requires below_saturation: c[k].sent * c[j].prio < MCONN_SENT_MAX * c[k].prio;
    terminates \true;
    assigns c[0 .. s->n - 1].sent, c[0 .. s->n - 1].total, c[0 .. s->n - 1].off, c[0 .. s->n - 1].pending, s->lo, s->hi,
      *passed;
    ensures bounded: 0 <= *passed && passes_at_most(\old(c[j].sent), \old(c[j].prio), *passed, \old(c[k].sent),
      \old(c[k].prio));
    ensures served_or_out_of_events: \result <= m && (\result < m ==> slot[\result] < 0); */
uint32_t theorem_waiting(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t j, const int32_t *slot,
                         const int32_t *total, uint32_t m, int64_t *passed)
{
  const uint32_t n = s->n;
  const int64_t start = (int64_t)c[j].sent;
  const uint64_t sent_k = c[k].sent;
  const uint32_t prio_j = c[j].prio, prio_k = c[k].prio;
  //@ assert below_saturation: sent_k * prio_j < MCONN_SENT_MAX * prio_k;
  int64_t p = 0;
  uint32_t i = 0;
  /*@ loop invariant rng: 0 <= i <= m && s->n == n && 0 <= p <= i;
      loop invariant inv: tx_inv(s, c) && c[k].pending;
      loop invariant waits: c[k].sent == sent_k;
      loop invariant priorities: c[j].prio == prio_j && c[k].prio == prio_k;
      loop invariant account: c[j].sent == MCONN_SENT_MAX || start + 3 * p <= c[j].sent;
      loop invariant bounded: passes_at_most(start, prio_j, p, sent_k, prio_k);
      loop assigns i, p, c[0 .. n - 1].sent, c[0 .. n - 1].total, c[0 .. n - 1].off, c[0 .. n - 1].pending, s->lo, s->hi;
      loop variant m - i; */
  while (i < m) {
    if (slot[i] >= 0) {
      offered(s, c, n, k, (uint32_t)slot[i], (uint32_t)total[i]);
    } else {
      //@ ghost int64_t account = (int64_t)c[j].sent;
      const uint32_t l = sent(s, c, n, k, j, sent_k, prio_k, prio_j);
      if (l == k) break;
      if (l == j) {
        //@ ghost lem_one_more(start, p, account, prio_j, sent_k, prio_k);
        p++;
      }
    }
    i++;
  }
  *passed = p;
  return i;
}
