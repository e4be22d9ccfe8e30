/* Theorem 8 on bytes: fragment, encode, cut the stream anywhere, decode, reassemble, and the receiver
 * holds the bytes of the sender's messages, each on its channel, in order; in either dialect.
 *
 * One round carries one packet from a sender to a receiver. Its contract says that a state in which
 * everything delivered so far equals its source becomes such a state again, for every state and every
 * channel, and so does accepting a message; a new connection, where nothing is delivered yet, is such a
 * state by the contracts of the two init functions. By induction it holds after any sequence of messages
 * and rounds.
 *
 * The bytes of the messages are numbers 0..255 here, in arrays of other element types than the wire:
 * the memory model keeps memory of different types apart, and the statement needs no more than that
 * the three do not overlap. */
#ifndef MCONN_THEOREMS_TRANSFER_H
#define MCONN_THEOREMS_TRANSFER_H
#include "compose.h"
#include "roundtrip.h"
/*@ // both ends talk about the same channels, in the same dialect, and the receiver's limits admit the sender's
    predicate same_table(mconn_sender *s, mconn_sender_channel *c, mconn_receiver *r, mconn_receiver_channel *rc) =
      s->n == r->n && s->dialect == r->dialect && packet_max(s->dialect, 1, s->payload) <= r->max &&
      \forall integer k; 0 <= k < s->n ==> c[k].id == rc[k].id && c[k].total <= rc[k].cap;
    // the receiver holds as much of each message under way as was sent of it
    predicate in_step(mconn_sender_channel *c, mconn_receiver_channel *rc, integer n) =
      \forall integer k; 0 <= k < n ==> rc[k].empty == 0 && rc[k].len == (c[k].pending ? c[k].off : 0);
    // the message of slot k lies at base[k] of src, and of dst; places of two slots do not overlap
    predicate arena(mconn_receiver_channel *rc, int64_t *base, integer n, integer size) =
      size <= 0x7FFFFFFFFFFF &&
      (\forall integer k; 0 <= k < n ==> 0 <= base[k] && base[k] + rc[k].cap <= size) &&
      (\forall integer j, k; 0 <= j < k < n ==> base[j] + rc[j].cap <= base[k]);
    predicate byte_values(uint16_t *src, integer a, integer z) = \forall integer q; a <= q < z ==> src[q] <= 255;
    predicate slice_eq(int32_t *dst, uint16_t *src, integer a, integer z) =
      \forall integer q; a <= q < z ==> dst[q] == src[q];
    // what was sent of each channel's message has arrived, byte by byte
    predicate delivered(mconn_sender_channel *c, int64_t *base, uint16_t *src, int32_t *dst, integer n) =
      \forall integer k, q; 0 <= k < n && base[k] <= q < base[k] + c[k].off ==> dst[q] == src[q];
*/

/* One round: the sender's next packet is written at w[i]; the receiver sees it first up to `cut`, then
 * up to `end` or to the end of the packet, and copies the payload to where the event says. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1)) && \valid_read(r) && \valid(rc + (0 .. r->n - 1));
    requires mem: \valid_read(base + (0 .. s->n - 1)) && \valid_read(src + (0 .. size - 1)) &&
      \valid(dst + (0 .. size - 1)) && \valid(w + (0 .. cap - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires sep_wire: \separated(w + (0 .. cap - 1), s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires inv: tx_inv(s, c) && rx_inv(r, rc);
    requires table: same_table(s, c, r, rc);
    requires in_step: in_step(c, rc, s->n);
    requires arena: arena(rc, base, s->n, size);
    requires bytes: byte_values(src, 0, size);
    requires delivered: delivered(c, base, src, dst, s->n);
    requires idx: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX && i <= cut <= cap && i <= end <= cap <= MCONN_INDEX_MAX;
    terminates \true;
    assigns w[0 .. cap - 1], dst[0 .. size - 1], c[0 .. s->n - 1].sent, c[0 .. s->n - 1].off,
      c[0 .. s->n - 1].pending, rc[0 .. s->n - 1].len, rc[0 .. s->n - 1].empty;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures table: same_table(s, c, r, rc);
    ensures in_step: in_step(c, rc, s->n);
    ensures delivered: delivered(c, base, src, dst, s->n);
    ensures progress: \result.kind == MCONN_SEND_FRAGMENT ==> c[\result.k].off == \result.off + \result.len &&
      (\result.len > 0 || \result.eof);
    ensures whole_at_the_end: \result.kind == MCONN_SEND_FRAGMENT && \result.eof ==>
      c[\result.k].off == c[\result.k].total; */
mconn_send theorem_transfer(const mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            mconn_receiver_channel *rc, const int64_t *base, const uint16_t *src, int32_t *dst,
                            int64_t size, uint8_t *w, size_t i, size_t cap, size_t cut, size_t end);

/* A message of `total` bytes is accepted on slot k, which has none under way. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \valid_read(r) && \valid_read(rc + (0 .. r->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires inv: tx_inv(s, c) && rx_inv(r, rc);
    requires table: same_table(s, c, r, rc);
    requires in_step: in_step(c, rc, s->n);
    requires delivered: delivered(c, base, src, dst, s->n);
    requires message: k < s->n && !c[k].pending && total <= rc[k].cap;
    terminates \true;
    assigns c[k].total, c[k].off, c[k].pending, s->lo, s->hi;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures table: same_table(s, c, r, rc);
    ensures in_step: in_step(c, rc, s->n);
    ensures delivered: delivered(c, base, src, dst, s->n); */
void theorem_transfer_offer(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            const mconn_receiver_channel *rc, const int64_t *base, const uint16_t *src,
                            const int32_t *dst, uint32_t k, uint32_t total);
#endif
