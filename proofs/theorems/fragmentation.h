/* Theorem 7: what the sender makes of one message of any length, in either dialect, with any payload
 * limit. The fold below is the sender itself (offer, then look and take until the last fragment). */
#ifndef MCONN_THEOREMS_FRAGMENTATION_H
#define MCONN_THEOREMS_FRAGMENTATION_H
#include "sender.h"
typedef struct {
  uint32_t count;  /* fragments of the message */
  mconn_send want; /* the fragment asked for */
} fragmentation;
/*@ // channels whose final packets must not be full (MC-SENDER-04)
    predicate never_full(integer d, integer id) = d == 0 && id >= 128;
    // where fragment q begins: every one is preceded by full ones, save a last byte that was left over
    logic integer frag_off(integer payload, integer total, integer q) =
      q * payload < total ? q * payload : total == 0 ? 0 : total - 1;
    // the exact number of fragments: ceil(total / payload), one for an empty message, and one more for
    // a multiple of the payload where the final packet must not be full
    predicate frag_count(integer d, integer id, integer payload, integer total, integer m) =
      never_full(d, id) ? (m - 1) * payload <= total < m * payload :
      total == 0 ? m == 1 : (m - 1) * payload < total <= m * payload;
    // full, save the last but one of a multiple of the payload that must not end in a full one
    logic integer frag_full(integer d, integer id, integer payload, integer total, integer q) =
      d == 0 && id >= 128 && total == (q + 1) * payload ? payload - 1 : payload;
    // x is fragment q
    predicate frag_is(integer d, integer id, integer payload, integer total, integer q, mconn_send x) =
      x.off == frag_off(payload, total, q) &&
      (x.eof ==> x.off + x.len == total && x.len <= last_max(d, id, payload)) &&
      (!x.eof ==> x.off + x.len == frag_off(payload, total, q + 1) &&
         x.len == frag_full(d, id, payload, total, q));
    // q fragments were sent and that is not all of the message
    predicate frag_more(integer d, integer id, integer payload, integer total, integer q) =
      q == 0 || q * payload < total || (never_full(d, id) && q * payload == total);
    predicate only_pending(mconn_sender_channel *c, integer n, integer k) =
      \forall integer j; 0 <= j < n && j != k ==> !c[j].pending;
*/

/* One step of the induction, numbers only: fragment q begins at off and has n bytes. */
/*@ ghost
  /@ requires rng: id <= 255 && 2 <= payload <= MCONN_PAYLOAD_MAX && q <= off <= total <= MCONN_MESSAGE_MAX;
     requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires place: off == frag_off(payload, total, q) && frag_more(d, id, payload, total, q);
     requires slice: n == slice_len(d, id, payload, total - off);
     terminates \true;
     assigns \nothing;
     ensures last: slice_last(d, id, payload, total - off) ==>
       off + n == total && frag_count(d, id, payload, total, q + 1);
     ensures not_last: !slice_last(d, id, payload, total - off) ==>
       off + n == frag_off(payload, total, q + 1) && frag_more(d, id, payload, total, q + 1) &&
       n == frag_full(d, id, payload, total, q) && n > 0; @/
  void lem_fragment(enum mconn_dialect d, uint32_t id, uint32_t payload, uint32_t total, uint32_t q, uint32_t off,
                    uint32_t n);
*/

/* Fragment number `want` of a message of `total` bytes, and how many there are. Every fragment begins
 * where the one before ended, the first at 0; the last one ends at total. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && k < s->n;
    requires idle: tx_idle(c, s->n);
    requires total: total <= MCONN_MESSAGE_MAX;
    terminates \true;
    assigns c[k], s->lo, s->hi;
    ensures inv: tx_inv(s, c);
    ensures idle: tx_idle(c, s->n);
    ensures all_sent: c[k].total == total && c[k].off == total;
    ensures exact_count: frag_count(s->dialect, c[k].id, s->payload, total, \result.count);
    ensures each_full_and_in_its_place: want < \result.count ==>
      frag_is(s->dialect, c[k].id, s->payload, total, want, \result.want);
    ensures only_the_last_final: want < \result.count ==> (\result.want.eof <==> want == \result.count - 1);
    ensures within_the_limit: want < \result.count ==> \result.want.len <= s->payload;
    ensures of_this_channel: want < \result.count ==> \result.want.k == k; */
fragmentation theorem_fragmentation(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total,
                                    uint32_t want);
#endif
