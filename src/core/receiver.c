#include "receiver.h"

void mconn_receiver_init(mconn_receiver *r, mconn_receiver_channel *c, enum mconn_dialect dialect, uint32_t max,
                         const mconn_channel *d, uint32_t n)
{
  r->dialect = dialect;
  r->max = max;
  r->n = n;
  /*@ loop invariant rng: 0 <= id <= 256;
      loop invariant none: \forall integer q; 0 <= q < id ==> r->slot[q] == MCONN_NO_SLOT;
      loop assigns id, r->slot[0 .. 255];
      loop variant 256 - id; */
  for (uint32_t id = 0; id < 256; id++) r->slot[id] = MCONN_NO_SLOT;
  /*@ loop invariant rng: 0 <= k <= n;
      loop invariant set: \forall integer j; 0 <= j < k ==> c[j].id == d[j].id &&
        c[j].cap == d[j].message_capacity && c[j].len == 0 && c[j].empty == 0 && r->slot[d[j].id] == j;
      loop invariant slots: \forall integer id; 0 <= id < 256 ==>
        r->slot[id] == MCONN_NO_SLOT || (r->slot[id] < k && c[r->slot[id]].id == id);
      loop invariant fixed: r->n == n && r->max == max && r->dialect == dialect;
      loop invariant given: \forall integer j; 0 <= j < n ==> d[j].id == \at(d[j].id, Pre) &&
        d[j].message_capacity == \at(d[j].message_capacity, Pre);
      loop assigns k, c[0 .. n - 1], r->slot[0 .. 255];
      loop variant n - k; */
  for (uint32_t k = 0; k < n; k++) {
    c[k].id = d[k].id;
    c[k].cap = d[k].message_capacity;
    c[k].len = 0;
    c[k].empty = 0;
    //@ assert given_stays: \forall integer j; 0 <= j < n ==> d[j].id == \at(d[j].id, Pre);
    /*@ assert below: \forall integer j; 0 <= j < k ==> c[j].id == d[j].id && c[j].cap == d[j].message_capacity &&
          c[j].len == 0 && c[j].empty == 0 && r->slot[d[j].id] == j; */
    /*@ assert slots_below: \forall integer id; 0 <= id < 256 ==>
          r->slot[id] == MCONN_NO_SLOT || (r->slot[id] < k && c[r->slot[id]].id == id); */
    //@ assert other_ids: \forall integer j; 0 <= j < k ==> d[j].id != d[k].id;
    r->slot[d[k].id] = (uint16_t)k;
    //@ assert below_stays: \forall integer j; 0 <= j < k ==> c[j].id == d[j].id && r->slot[d[j].id] == j;
  }
  //@ assert each: \forall integer k; 0 <= k < n ==> rx_chan_ok(c[k]);
  //@ assert found: \forall integer k; 0 <= k < n ==> r->slot[c[k].id] == k;
}

mconn_event mconn_receiver_look(const mconn_receiver *r, const mconn_receiver_channel *c, const uint8_t *p, size_t i,
                                size_t e)
{
  mconn_event x = { .kind = MCONN_EVENT_REFUSED,
                    .err = MCONN_OK,
                    .at = i,
                    .k = MCONN_NO_SLOT,
                    .place = 0,
                    .packet = mconn_packet_get(r->dialect, p, i, e, r->max) };
  if (x.packet.kind == MCONN_PACKET_NONE) {
    x.err = x.packet.err;
    x.at = x.packet.at;
    if (x.err == MCONN_OK) x.kind = MCONN_EVENT_MORE;
    return x;
  }
  if (x.packet.kind != MCONN_PACKET_MSG) {
    x.kind = x.packet.kind == MCONN_PACKET_PING ? MCONN_EVENT_PING : MCONN_EVENT_PONG;
    return x;
  }
  const mconn_msg m = x.packet.m;
  if (m.ch > 255 || r->slot[m.ch] == MCONN_NO_SLOT) {
    x.err = MCONN_E_CHANNEL;
    x.at = x.packet.b;
    return x;
  }
  x.k = r->slot[m.ch];
  x.place = c[x.k].len;
  if (m.len > c[x.k].cap - x.place) {
    x.err = MCONN_E_CAPACITY;
    x.at = m.off;
  } else if (m.len == 0 && !m.eof && c[x.k].empty >= MCONN_EMPTY_FRAGMENTS_MAX) {
    x.err = MCONN_E_EMPTY_FRAGMENTS;
    x.at = m.off;
  } else {
    x.kind = MCONN_EVENT_FRAGMENT;
  }
  return x;
}

void mconn_receiver_take(const mconn_receiver *r, mconn_receiver_channel *c, uint32_t k, mconn_msg m)
{
  (void)r; /* the ghost side of the contract: which channels there are */
  if (m.eof) {
    c[k].len = 0;
    c[k].empty = 0;
  } else if (m.len == 0) {
    c[k].empty++;
  } else {
    c[k].len += (uint32_t)m.len;
  }
}

mconn_event mconn_receiver_step(const mconn_receiver *r, mconn_receiver_channel *c, const uint8_t *p, size_t i,
                                size_t e)
{
  mconn_event x = mconn_receiver_look(r, c, p, i, e);
  if (x.kind == MCONN_EVENT_FRAGMENT) mconn_receiver_take(r, c, x.k, x.packet.m);
  //@ assert settings_stay: r->dialect == \at(r->dialect, Pre) && r->max == \at(r->max, Pre);
  return x;
}
