/* Theorem 8 on events: sender and receiver together give one message of any length back as a whole, in
 * either dialect, with any payload limit. No bytes yet (transfer.h): each fragment is handed over as
 * the numbers that the receiver decides on. */
#ifndef MCONN_THEOREMS_COMPOSE_H
#define MCONN_THEOREMS_COMPOSE_H
#include "fragmentation.h"
#include "receiver.h"
typedef struct {
  uint32_t count;  /* fragments of the message */
  uint32_t bytes;  /* bytes of all of them together */
  mconn_send want; /* the fragment asked for */
  uint32_t place;  /* where the receiver puts it */
} composition;

/* A message of `total` bytes is accepted on slot k of the sender, which has none under way; the receiver beside it
 * stays as it is. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \valid_read(r) && \valid_read(rc + (0 .. r->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires inv: tx_inv(s, c) && rx_inv(r, rc) && k < s->n && !c[k].pending && total <= MCONN_MESSAGE_MAX;
    terminates \true;
    assigns c[k].total, c[k].off, c[k].pending, s->lo, s->hi;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures under_way: c[k].pending && c[k].total == total && c[k].off == 0;
    ensures receiver_fixed: \forall integer j; 0 <= j < r->n ==> rc[j].id == \old(rc[j].id) &&
      rc[j].cap == \old(rc[j].cap) && rc[j].len == \old(rc[j].len) && rc[j].empty == \old(rc[j].empty); */
void both_offer(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r, const mconn_receiver_channel *rc,
                uint32_t k, uint32_t total);

/* Both ends account for fragment x, whose place is the receiver's to say. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1)) && \valid_read(r) && \valid(rc + (0 .. r->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires inv: tx_inv(s, c) && rx_inv(r, rc) && k < s->n && k < r->n;
    requires slice: c[k].pending && x.len <= c[k].total - c[k].off && x.z <= 0xFFFFFFFF;
    requires eof_iff_last: x.eof <==> c[k].off + x.len == c[k].total;
    requires some: x.len > 0 || x.eof;
    requires fits: x.len <= rc[k].cap - rc[k].len;
    terminates \true;
    assigns c[k].sent, c[k].off, c[k].pending, rc[k].len, rc[k].empty;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures place: \result == \old(rc[k].len);
    ensures off: c[k].off == \old(c[k].off) + x.len && (c[k].pending <==> !x.eof);
    ensures len: rc[k].len == (x.eof ? 0 : \old(rc[k].len) + x.len);
    ensures empty: rc[k].empty == (x.eof ? 0 : \old(rc[k].empty));
    ensures other_senders: \forall integer j; 0 <= j < s->n && j != k ==>
      c[j].off == \old(c[j].off) && (c[j].pending <==> \old(c[j].pending));
    ensures other_receivers: \forall integer j; 0 <= j < r->n && j != k ==>
      rc[j].len == \old(rc[j].len) && rc[j].empty == \old(rc[j].empty);
    ensures sender_fixed: \forall integer j; 0 <= j < s->n ==>
      c[j].id == \old(c[j].id) && c[j].total == \old(c[j].total);
    ensures receiver_fixed: \forall integer j; 0 <= j < r->n ==>
      rc[j].id == \old(rc[j].id) && rc[j].cap == \old(rc[j].cap); */
uint32_t both_take(const mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r, mconn_receiver_channel *rc,
                   uint32_t k, mconn_send x);

/* A message of `total` bytes on slot k of both ends. The places follow one another without a gap, each
 * fragment is put where it was taken from, the message ends once, and both ends are as before it. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1)) && \valid_read(r) && \valid(rc + (0 .. r->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), r, rc + (0 .. r->n - 1));
    requires inv: tx_inv(s, c) && rx_inv(r, rc) && k < s->n && k < r->n;
    requires idle: tx_idle(c, s->n) && rc[k].len == 0 && rc[k].empty == 0;
    requires total: total <= rc[k].cap;
    terminates \true;
    assigns c[k], s->lo, s->hi, rc[k].len, rc[k].empty;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures idle: tx_idle(c, s->n) && rc[k].len == 0 && rc[k].empty == 0;
    ensures whole: \result.bytes == total;
    ensures exact_count: frag_count(s->dialect, c[k].id, s->payload, total, \result.count);
    ensures put_where_it_was_taken_from: want < \result.count ==> \result.place == \result.want.off;
    ensures ends_once: want < \result.count ==> (\result.want.eof <==> want == \result.count - 1);
    ensures each: want < \result.count ==>
      frag_is(s->dialect, c[k].id, s->payload, total, want, \result.want); */
composition theorem_compose(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            mconn_receiver_channel *rc, uint32_t k, uint32_t total, uint32_t want);
#endif
