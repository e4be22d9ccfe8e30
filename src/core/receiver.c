#include "receiver.h"

/*@ requires wr: \valid(c + (0 .. n - 1));
    requires rd: \valid_read(d + (0 .. n - 1));
    requires sep: \separated(c + (0 .. n - 1), d + (0 .. n - 1));
    requires n: n <= MCONN_CHANNELS_MAX;
    terminates \true;
    assigns c[0 .. n - 1];
    ensures filled: \forall integer k; 0 <= k < n ==> c[k].id == \old(d[k].id) &&
      c[k].cap == \old(d[k].message_capacity) && c[k].len == 0 && c[k].empty == 0; */
static void channels_fill(mconn_receiver_channel *c, const mconn_channel *d, uint32_t n)
{
  /*@ loop invariant rng: 0 <= k <= n;
      loop invariant filled: \forall integer j; 0 <= j < k ==> c[j].id == \at(d[j].id, Pre) &&
        c[j].cap == \at(d[j].message_capacity, Pre) && c[j].len == 0 && c[j].empty == 0;
      loop invariant given: \forall integer j; k <= j < n ==> d[j].id == \at(d[j].id, Pre) &&
        d[j].message_capacity == \at(d[j].message_capacity, Pre);
      loop assigns k, c[0 .. n - 1];
      loop variant n - k; */
  for (uint32_t k = 0; k < n; k++) {
    c[k].id = d[k].id;
    c[k].cap = d[k].message_capacity;
    c[k].len = 0;
    c[k].empty = 0;
  }
}

/*@ requires wr: \valid(r) && \valid_read(c + (0 .. n - 1));
    requires sep: \separated(r, c + (0 .. n - 1));
    requires n: n <= MCONN_CHANNELS_MAX;
    requires ids: \forall integer k; 0 <= k < n ==> c[k].id <= 255;
    requires unique: \forall integer j, k; 0 <= j < k < n ==> c[j].id != c[k].id;
    terminates \true;
    assigns r->slot[0 .. 255];
    ensures found: \forall integer k; 0 <= k < n ==> r->slot[c[k].id] == k;
    ensures nothing_else: \forall integer id; 0 <= id < 256 ==>
      r->slot[id] == MCONN_NO_SLOT || (r->slot[id] < n && c[r->slot[id]].id == id); */
static void slots_fill(mconn_receiver *r, const mconn_receiver_channel *c, uint32_t n)
{
  /*@ loop invariant rng: 0 <= id <= 256;
      loop invariant none: \forall integer q; 0 <= q < id ==> r->slot[q] == MCONN_NO_SLOT;
      loop assigns id, r->slot[0 .. 255];
      loop variant 256 - id; */
  for (uint32_t id = 0; id < 256; id++) r->slot[id] = MCONN_NO_SLOT;
  /*@ loop invariant rng: 0 <= k <= n;
      loop invariant found: \forall integer j; 0 <= j < k ==> r->slot[c[j].id] == j;
      loop invariant nothing_else: \forall integer id; 0 <= id < 256 ==>
        r->slot[id] == MCONN_NO_SLOT || (r->slot[id] < k && c[r->slot[id]].id == id);
      loop assigns k, r->slot[0 .. 255];
      loop variant n - k; */
  for (uint32_t k = 0; k < n; k++) r->slot[c[k].id] = (uint16_t)k;
}

void mconn_receiver_init(mconn_receiver *r, mconn_receiver_channel *c, enum mconn_dialect dialect, uint32_t max,
                         const mconn_channel *d, uint32_t n)
{
  channels_fill(c, d, n);
  r->dialect = dialect;
  r->max = max;
  r->n = n;
  //@ assert given: \forall integer k; 0 <= k < n ==> d[k].id == \at(d[k].id, Pre);
  /*@ assert filled: \forall integer k; 0 <= k < n ==> c[k].id == \at(d[k].id, Pre) &&
        c[k].cap == \at(d[k].message_capacity, Pre) && c[k].len == 0 && c[k].empty == 0; */
  slots_fill(r, c, n);
  //@ assert each: \forall integer k; 0 <= k < n ==> rx_chan_ok(c[k]);
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
