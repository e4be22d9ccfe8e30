/* The proof of theorem 8 on bytes. Each step of a round is a function of its own, so that its assigns
 * clause says what it leaves alone: the packet goes out (only the wire changes), comes in (nothing
 * changes), its payload is delivered (only the destination changes), both ends account for it (only
 * numbers change). */
#include "transfer.h"

/* What the caller's memcpy does behind the header. */
/*@ requires idx: 0 <= j && h + n <= MCONN_INDEX_MAX && n <= MCONN_PAYLOAD_MAX && j <= 0x7FFFFFFFFFFF;
    requires rd: \valid_read(src + (j .. j + n - 1));
    requires wr: \valid(w + (h .. h + n - 1));
    requires bytes: byte_values(src, j, j + n);
    terminates \true;
    assigns w[h .. h + n - 1];
    ensures copied: \forall integer q; h <= q < h + n ==> w[q] == src[q - h + j]; */
static void payload_copy(uint8_t *w, size_t h, const uint16_t *src, int64_t j, uint32_t n)
{
  /*@ loop invariant rng: 0 <= q <= n;
      loop invariant copied: \forall integer l; h <= l < h + q ==> w[l] == src[l - h + j];
      loop assigns q, w[h .. h + n - 1];
      loop variant n - q; */
  for (uint32_t q = 0; q < n; q++) w[h + q] = (uint8_t)src[j + q];
}

/* Header and payload of one packet. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: id <= 255 && n <= MCONN_PAYLOAD_MAX;
    requires idx: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX && 0 <= j <= 0x7FFFFFFFFFFF &&
      i + wire_size(d, id, eof ? 1 : 0, n) <= MCONN_INDEX_MAX;
    requires rd: \valid_read(src + (j .. j + n - 1));
    requires wr: \valid(w + (i .. i + wire_size(d, id, eof ? 1 : 0, n) - 1));
    requires bytes: byte_values(src, j, j + n);
    terminates \true;
    assigns w[i .. i + wire_size(d, id, eof ? 1 : 0, n) - 1];
    ensures header: hdr(d, w, i, id, eof ? 1 : 0, n);
    ensures end: i < \result == i + wire_size(d, id, eof ? 1 : 0, n);
    ensures payload: \forall integer q; \result - n <= q < \result ==> w[q] == src[q - (\result - n) + j]; */
static size_t packet_out(enum mconn_dialect d, uint32_t id, bool eof, uint32_t n, uint8_t *w, size_t i,
                         const uint16_t *src, int64_t j)
{
  size_t h = mconn_header_put(d, w, i, id, eof, n);
  /*@ ghost
    uint32_t last = eof ? 1 : 0;
    size_t m = ghost_msg_size(id, last, n);
    size_t body = ghost_body_size(d, m);
    size_t b = i + ghost_varint_size(body), a = h + n - m, f = a;
    if (id > 0) f = f + 1 + ghost_varint_size(id);
    size_t g = f;
    if (eof) g = g + 2;
  */
  //@ assert places: i < b < a <= f <= g <= h && f == a + int_size(id) && g == f + int_size(last);
  //@ assert prefix: uv_enc(w, i, body);
  //@ assert proto: d == MCONN_PROTO ==> w[b] == 0x1A && uv_enc(w, b + 1, m) && a == b + 1 + uv_size(m);
  //@ assert amino: d == MCONN_AMINO ==> amino_intro(w, b, a);
  //@ assert id: is_int(w, a, 0x08, id);
  //@ assert eof: is_int(w, f, 0x10, last);
  //@ assert len: is_int(w, g, 0x1A, n);
  payload_copy(w, h, src, j, n);
  //@ assert prefix_stays: uv_enc(w, i, body);
  //@ assert proto_stays: d == MCONN_PROTO ==> w[b] == 0x1A && uv_enc(w, b + 1, m);
  //@ assert amino_stays: d == MCONN_AMINO ==> amino_intro(w, b, a);
  //@ assert id_stays: is_int(w, a, 0x08, id);
  //@ assert eof_stays: is_int(w, f, 0x10, last);
  //@ assert len_stays: is_int(w, g, 0x1A, n);
  return h + n;
}

/* The same packet, read back: first seen up to `cut`, then up to `end`. */
typedef struct {
  mconn_event early, event;
} arrival;
/*@ requires st: \valid_read(r) && \valid_read(rc + (0 .. r->n - 1));
    requires inv: rx_inv(r, rc) && k < r->n;
    requires rng: n <= MCONN_PAYLOAD_MAX && (n > 0 || eof);
    requires idx: i <= cut <= MCONN_INDEX_MAX && i < z <= end <= MCONN_INDEX_MAX;
    requires rd: \valid_read(w + (i .. cut - 1)) && \valid_read(w + (i .. end - 1));
    requires header: hdr(r->dialect, w, i, rc[k].id, eof ? 1 : 0, n) &&
      z == i + wire_size(r->dialect, rc[k].id, eof ? 1 : 0, n);
    requires admitted: counted_size(r->dialect, rc[k].id, eof ? 1 : 0, n) <= r->max;
    requires fits: n <= rc[k].cap - rc[k].len;
    terminates \true;
    assigns \nothing;
    ensures any_cut: cut < z ==> \result.early.kind == MCONN_EVENT_MORE;
    ensures fragment: \result.event.kind == MCONN_EVENT_FRAGMENT && \result.event.k == k;
    ensures place: \result.event.place == rc[k].len;
    ensures payload: \result.event.packet.m.len == n && (n > 0 ==> \result.event.packet.m.off == z - n);
    ensures eof: \result.event.packet.m.eof <==> eof;
    ensures end: \result.event.packet.z == z; */
static arrival packet_in(const mconn_receiver *r, const mconn_receiver_channel *rc, const uint8_t *w, size_t i,
                         size_t cut, size_t end, size_t z, uint32_t k, bool eof, uint32_t n)
{
  arrival y = { .early = mconn_receiver_look(r, rc, w, i, cut), .event = mconn_receiver_look(r, rc, w, i, end) };
  //@ ghost uint32_t last = eof ? 1 : 0;
  //@ ghost lem_roundtrip(r->dialect, w, i, cut, z, r->max, rc[k].id, last, n, y.early.packet);
  //@ ghost lem_roundtrip(r->dialect, w, i, end, z, r->max, rc[k].id, last, n, y.event.packet);
  //@ assert msg: msg_packet(y.event.packet, z, rc[k].id, last, n);
  //@ assert known: rx_known(r, y.event.packet.m.ch) && y.event.k == k;
  return y;
}

/* The payload goes from the wire to its place; [from, at) was right, now [from, at + n) is. */
/*@ requires idx: 0 <= from <= at <= 0x7FFFFFFFFFFF && n <= MCONN_PAYLOAD_MAX && off + n <= MCONN_INDEX_MAX;
    requires rd: \valid_read(w + (off .. off + n - 1));
    requires wr: \valid(dst + (at .. at + n - 1));
    requires payload: \forall integer q; off <= q < off + n ==> w[q] == src[q - off + at];
    requires before: slice_eq(dst, src, from, at);
    terminates \true;
    assigns dst[at .. at + n - 1];
    ensures grown: slice_eq(dst, src, from, at + n);
    ensures kept: \forall integer q; q < at || at + n <= q ==> dst[q] == \old(dst[q]); */
static void deliver(int32_t *dst, const uint16_t *src, int64_t from, int64_t at, const uint8_t *w, size_t off,
                    uint32_t n)
{
  (void)src;
  (void)from;
  /*@ loop invariant rng: 0 <= q <= n;
      loop invariant before: slice_eq(dst, src, from, at);
      loop invariant grown: slice_eq(dst, src, at, at + q);
      loop invariant kept: \forall integer l; l < at || at + n <= l ==> dst[l] == \at(dst[l], Pre);
      loop assigns q, dst[at .. at + n - 1];
      loop variant n - q; */
  for (uint32_t q = 0; q < n; q++) {
    //@ assert here: w[off + q] == src[at + q];
    dst[at + q] = w[off + q];
  }
}

/* No slice that the sender cuts is above the limit that a Go peer computes from the same payload setting. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: id <= 255 && eof <= 1 && 2 <= payload <= MCONN_PAYLOAD_MAX;
     requires slice: n <= payload && (eof == 1 ==> n <= last_max(d, id, payload));
     terminates \true;
     assigns \nothing;
     ensures admitted: counted_size(d, id, eof, n) <= packet_max(d, 1, payload); @/
  void lem_admitted(enum mconn_dialect d, uint32_t id, uint32_t eof, uint32_t n, uint32_t payload) { }
*/

/* The channels before k, after k, and k itself. */
/*@ ghost
  /@ requires k: k < n;
     requires low: \forall integer j, q; 0 <= j < k && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q];
     requires high: \forall integer j, q; k < j < n && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q];
     requires mine: slice_eq(dst, src, base[k], base[k] + c[k].off);
     terminates \true;
     assigns \nothing;
     ensures all: delivered(c, base, src, dst, n); @/
  void lem_delivered(const mconn_sender_channel *c, const int64_t *base, const uint16_t *src, const int32_t *dst,
                     uint32_t k, uint32_t n) { }
*/

/* The part of a round behind the sender's choice x. */
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
    requires choice: tx_is(s, c, i, cap, x) && x.kind == MCONN_SEND_FRAGMENT;
    requires slice: x.off + x.len <= c[x.k].total && (x.eof <==> x.off + x.len == c[x.k].total) &&
      (x.len > 0 || x.eof) && x.len <= s->payload;
    terminates \true;
    assigns w[0 .. cap - 1], dst[0 .. size - 1], c[x.k].sent, c[x.k].off, c[x.k].pending, rc[x.k].len, rc[x.k].empty;
    ensures inv: tx_inv(s, c) && rx_inv(r, rc);
    ensures in_step: in_step(c, rc, s->n);
    ensures delivered: delivered(c, base, src, dst, s->n);
    ensures off: c[x.k].off == x.off + x.len; */
static void carry(const mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r, mconn_receiver_channel *rc,
                  const int64_t *base, const uint16_t *src, int32_t *dst, int64_t size, uint8_t *w, size_t i,
                  size_t cap, size_t cut, size_t end, mconn_send x)
{
  uint32_t k = x.k, n = x.len;
  //@ ghost uint32_t slots = s->n;
  int64_t at = base[k] + x.off;
  //@ ghost uint32_t last = x.eof ? 1 : 0;
  //@ ghost lem_admitted(s->dialect, c[k].id, last, n, s->payload);
  //@ assert room: base[k] <= at && at + n <= base[k] + rc[k].cap <= size;
  //@ assert begun: slice_eq(dst, src, base[k], at);
  //@ assert caps: \forall integer j; 0 <= j < slots ==> c[j].off <= rc[j].cap;
  //@ assert below: \forall integer j; 0 <= j < k ==> base[j] + c[j].off <= base[k];
  //@ assert above: \forall integer j; k < j < slots ==> at + n <= base[j];
  //@ assert fits: x.z == i + wire_size(s->dialect, c[k].id, x.eof ? 1 : 0, n) && x.z <= cap;
  size_t z = packet_out(s->dialect, c[k].id, x.eof, n, w, i, src, at);
  //@ assert end: z == x.z <= cap;
  arrival y = packet_in(r, rc, w, i, cut, end < z ? z : end, z, k, x.eof, n);
  //@ assert place: y.event.place == x.off && base[k] + y.event.place == at;
  //@ assert so_far: slice_eq(dst, src, base[k], at);
  deliver(dst, src, base[k], base[k] + y.event.place, w, n > 0 ? y.event.packet.m.off : 0, n);
  //@ assert low: \forall integer j, q; 0 <= j < k && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q];
  //@ assert high: \forall integer j, q; k < j < slots && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q];
  //@ assert before: in_step(c, rc, slots);
  both_take(s, c, r, rc, k, x);
  //@ assert table_stays: s->n == slots && r->n == slots;
  //@ assert offs_stay: \forall integer j; 0 <= j < slots && j != k ==> c[j].off == \at(c[j].off, Pre);
  /*@ assert low_stays: \forall integer j, q;
        0 <= j < k && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q]; */
  /*@ assert high_stays: \forall integer j, q;
        k < j < slots && base[j] <= q < base[j] + c[j].off ==> dst[q] == src[q]; */
  //@ assert mine: slice_eq(dst, src, base[k], base[k] + c[k].off);
  //@ ghost lem_delivered(c, base, src, dst, k, slots);
  /*@ assert others_in_step: \forall integer j; 0 <= j < slots && j != k ==>
        rc[j].empty == 0 && rc[j].len == (c[j].pending ? c[j].off : 0); */
  //@ assert mine_in_step: rc[k].empty == 0 && rc[k].len == (c[k].pending ? c[k].off : 0);
}

mconn_send theorem_transfer(const mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            mconn_receiver_channel *rc, const int64_t *base, const uint16_t *src, int32_t *dst,
                            int64_t size, uint8_t *w, size_t i, size_t cap, size_t cut, size_t end)
{
  mconn_send x = mconn_sender_look(s, c, i, cap);
  if (x.kind == MCONN_SEND_FRAGMENT) carry(s, c, r, rc, base, src, dst, size, w, i, cap, cut, end, x);
  return x;
}

void theorem_transfer_offer(mconn_sender *s, mconn_sender_channel *c, const mconn_receiver *r,
                            const mconn_receiver_channel *rc, const int64_t *base, const uint16_t *src,
                            const int32_t *dst, uint32_t k, uint32_t total)
{
  (void)base;
  (void)src;
  (void)dst;
  //@ ghost uint32_t slots = s->n;
  both_offer(s, c, r, rc, k, total);
  //@ assert table_stays: s->n == slots && r->n == slots;
  //@ assert mine_in_step: rc[k].empty == 0 && rc[k].len == c[k].off;
  /*@ assert others_in_step: \forall integer j; 0 <= j < slots && j != k ==>
        rc[j].empty == 0 && rc[j].len == (c[j].pending ? c[j].off : 0); */
}
