/* The proof of theorem 8 on events: an induction over the fragments, as a loop. */
#include "compose.h"

void both_offer(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r, const mconn_receiver_channel *rc,
                uint32_t k, uint32_t total)
{
  (void)r;
  (void)rc;
  //@ ghost uint32_t n = r->n, sn = s->n;
  //@ assert apart: \forall integer j; 0 <= j < n ==> \separated(c + k, rc + j);
  mconn_sender_offer(s, c, k, total);
  //@ assert table_untouched: r->n == n && s->n == sn;
  //@ assert config_untouched: r->max == \at(r->max, Pre) && r->dialect == \at(r->dialect, Pre);
  //@ assert ids_untouched: \forall integer j; 0 <= j < n ==> rc[j].id == \at(rc[j].id, Pre);
  //@ assert caps_untouched: \forall integer j; 0 <= j < n ==> rc[j].cap == \at(rc[j].cap, Pre);
  //@ assert lens_untouched: \forall integer j; 0 <= j < n ==> rc[j].len == \at(rc[j].len, Pre);
  //@ assert empties_untouched: \forall integer j; 0 <= j < n ==> rc[j].empty == \at(rc[j].empty, Pre);
  //@ assert channels_untouched: \forall integer j; 0 <= j < n ==> rx_chan_ok(rc[j]);
  //@ assert receiver_untouched: rx_inv(r, rc);
}

uint32_t both_take(const mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r, mconn_receiver_channel *rc,
                   uint32_t k, mconn_send x)
{
  uint32_t place = rc[k].len;
  mconn_msg m = { .ch = c[k].id, .eof = x.eof, .off = x.h, .len = x.len };
  //@ ghost uint32_t n = r->n, sn = s->n;
  //@ assert apart: \forall integer j; 0 <= j < n ==> \separated(c + k, rc + j);
  //@ assert apart_too: \forall integer j; 0 <= j < sn ==> \separated(rc + k, c + j);
  mconn_receiver_take(r, rc, k, m);
/*@ assert receiver_fixed: \forall integer j; 0 <= j < n ==>
        rc[j].id == \at(rc[j].id, Pre) && rc[j].cap == \at(rc[j].cap, Pre); */
/*@ assert sender_fixed: \forall integer j; 0 <= j < sn ==>
        c[j].id == \at(c[j].id, Pre) && c[j].total == \at(c[j].total, Pre); */
//@ assert sender_untouched: tx_inv(s, c);
Taken:
  mconn_sender_take(s, c, k, x.len, x.eof, (uint32_t)x.z);
  //@ assert table_untouched: r->n == n && s->n == sn;
  /*@ assert sender_still_fixed: \forall integer j; 0 <= j < sn ==>
        c[j].id == \at(c[j].id, Taken) && c[j].total == \at(c[j].total, Taken); */
  //@ assert ids_untouched: \forall integer j; 0 <= j < n ==> rc[j].id == \at(rc[j].id, Taken);
  //@ assert caps_untouched: \forall integer j; 0 <= j < n ==> rc[j].cap == \at(rc[j].cap, Taken);
  //@ assert lens_untouched: \forall integer j; 0 <= j < n ==> rc[j].len == \at(rc[j].len, Taken);
  //@ assert empties_untouched: \forall integer j; 0 <= j < n ==> rc[j].empty == \at(rc[j].empty, Taken);
  //@ assert channels_untouched: \forall integer j; 0 <= j < n ==> rx_chan_ok(rc[j]);
  //@ assert receiver_untouched: rx_inv(r, rc);
  return place;
}

composition theorem_compose(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            mconn_receiver_channel *rc, uint32_t k, uint32_t total, uint32_t want)
{
  composition g = { .count = 0, .bytes = 0, .place = 0 };
  bool eof = false;
  //@ ghost enum mconn_dialect d = s->dialect;
  //@ ghost uint32_t id = c[k].id, payload = s->payload, slots = s->n;
  both_offer(s, c, r, rc, k, total);
  //@ assert table_stays: s->n == slots;
  //@ assert others_idle: \forall integer j; 0 <= j < slots && j != k ==> !c[j].pending;
  //@ assert only: only_pending(c, slots, k);
  /*@ loop invariant inv: tx_inv(s, c) && rx_inv(r, rc);
      loop invariant config: s->dialect == d && s->payload == payload;
      loop invariant only: only_pending(c, s->n, k) && (c[k].pending <==> !eof);
      loop invariant message: c[k].id == id && c[k].total == total && c[k].off == g.bytes <= total;
      loop invariant in_step: rc[k].len == (eof ? 0 : g.bytes) && rc[k].empty == 0 && rc[k].cap == \at(rc[k].cap, Pre);
      loop invariant count: eof ? 0 < g.count <= total + 1 : g.count <= g.bytes;
      loop invariant place: !eof ==> g.bytes == frag_off(payload, total, g.count);
      loop invariant more: !eof ==> frag_more(d, id, payload, total, g.count);
      loop invariant end: eof ==> g.bytes == total && frag_count(d, id, payload, total, g.count);
      loop invariant want: want < g.count ==> g.place == g.want.off &&
        frag_is(d, id, payload, total, want, g.want);
      loop invariant final: want < g.count ==> (g.want.eof <==> eof && want == g.count - 1);
      loop assigns g, eof, c[k].sent, c[k].off, c[k].pending, rc[k].len, rc[k].empty;
      loop variant total - g.bytes + (eof ? 0 : 1); */
  while (!eof) {
    mconn_send x = mconn_sender_look(s, c, 0, MCONN_INDEX_MAX);
    //@ assert some: x.kind != MCONN_SEND_NONE && x.k == k && x.off == g.bytes;
    //@ ghost lem_fragment(d, id, payload, total, g.count, x.off, x.len);
    //@ assert is: frag_is(d, id, payload, total, g.count, x);
    uint32_t place = both_take(s, c, r, rc, k, x);
    if (g.count == want) {
      g.want = x;
      g.place = place;
    }
    g.count++;
    g.bytes += x.len;
    eof = x.eof;
  }
  return g;
}
