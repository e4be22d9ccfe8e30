/* The layout that every Go sender emits, recognised in a few tests; everything else goes to the general
 * decoder. Speed must not change the verdict, so mconn_packet_get has the general decoder's contract. */
#include "packet.h"

typedef struct {
  uint32_t n; /* 1 or 2: bytes used; 0: not a varint of at most two bytes */
  uint32_t v;
} short_varint;

/*@ requires bounds: i <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures rng: \result.n <= 2 && \result.v < 16384;
    ensures in: \result.n > 0 ==> i + \result.n <= e && uv_n(p, i, e) == \result.n &&
      uv_is(p, i, \result.n) && \result.v == uv_val(p, i, \result.n); */
static inline short_varint short_get(const uint8_t *p, size_t i, size_t e)
{
  short_varint r = { .n = 0, .v = 0 };
  if (i < e && p[i] < 128) {
    r.n = 1;
    r.v = p[i];
    //@ assert end1: uv_end(p, i, uv_lim(i, e)) == i;
    //@ assert val1: uv_h(p, i, i, p[i]) == p[i];
  } else if (e - i >= 2 && p[i + 1] < 128) {
    r.n = 2;
    r.v = (uint32_t)p[i] - 128 + 128 * (uint32_t)p[i + 1];
    //@ assert end2: uv_end(p, i, uv_lim(i, e)) == uv_end(p, i + 1, uv_lim(i, e)) == i + 1;
    //@ assert val2: uv_h(p, i + 1, i + 1, p[i + 1]) == p[i + 1];
  }
  return r;
}

typedef struct {
  bool ok;
  mconn_msg m;
} fast_msg;

/* The fields of a msg: channel id below 128, eof 1, payload; each left out when zero, in this order. */
/*@ requires bounds: a <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (a .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures proto: \result.ok ==> pf_err(p, a, z, 3) == 0 && proto_msg_is(p, a, z, \result.m);
    ensures amino: \result.ok ==> af_err(p, a, z, 3, 0) == 0 && amino_msg_is(p, a, z, \result.m);
    ensures in: \result.ok ==> a <= \result.m.off && \result.m.off + \result.m.len <= z; */
static inline fast_msg fast_fields(const uint8_t *p, size_t a, size_t z)
{
  fast_msg r = { .ok = false, .m = { .ch = 0, .eof = false, .off = a, .len = 0 } };
  size_t c = a;
  if (z - c >= 2 && p[c] == 0x08 && p[c + 1] < 128) {
    //@ ghost lem_one_byte(p, c + 1, z);
    //@ ghost lem_int_field(p, c, z, 1, 1, p[c + 1]);
    r.m.ch = p[c + 1];
    c += 2;
  }
  //@ ghost size_t c1 = c;
  //@ ghost uint32_t l1 = c == a ? 0 : 1;
  /*@ assert p1: pf_err(p, a, z, 3) == pf_err(p, c, z, 3) &&
        (\forall integer t, x; t != 1 ==> pf_val(p, a, z, t, x) == pf_val(p, c, z, t, x)) &&
        pf_val(p, a, z, 1, 0) == pf_val(p, c, z, 1, r.m.ch) && pf_off(p, a, z, 3, a) == pf_off(p, c, z, 3, a); */
  /*@ assert a1: af_err(p, a, z, 3, 0) == af_err(p, c, z, 3, l1) &&
        (\forall integer t, x; t != 1 ==> af_val(p, a, z, t, x) == af_val(p, c, z, t, x)) &&
        af_val(p, a, z, 1, 0) == af_val(p, c, z, 1, r.m.ch) && af_off(p, a, z, 3, a) == af_off(p, c, z, 3, a); */
  if (z - c >= 2 && p[c] == 0x10 && p[c + 1] == 1) {
    //@ ghost lem_one_byte(p, c + 1, z);
    //@ ghost lem_int_field(p, c, z, 1, 2, 1);
    r.m.eof = true;
    c += 2;
  }
  //@ ghost uint32_t l2 = c == c1 ? l1 : 2;
  /*@ assert p2: pf_err(p, a, z, 3) == pf_err(p, c, z, 3) &&
        pf_val(p, a, z, 1, 0) == pf_val(p, c, z, 1, r.m.ch) &&
        pf_val(p, a, z, 2, 0) == pf_val(p, c, z, 2, r.m.eof ? 1 : 0) &&
        pf_val(p, a, z, 3, 0) == pf_val(p, c, z, 3, 0) && pf_off(p, a, z, 3, a) == pf_off(p, c, z, 3, a); */
  /*@ assert a2: af_err(p, a, z, 3, 0) == af_err(p, c, z, 3, l2) && l2 < 3 &&
        af_val(p, a, z, 1, 0) == af_val(p, c, z, 1, r.m.ch) &&
        af_val(p, a, z, 2, 0) == af_val(p, c, z, 2, r.m.eof ? 1 : 0) &&
        af_val(p, a, z, 3, 0) == af_val(p, c, z, 3, 0) && af_off(p, a, z, 3, a) == af_off(p, c, z, 3, a); */
  if (c < z) {
    if (p[c] != 0x1A) return r;
    short_varint n = short_get(p, c + 1, z);
    if (n.n == 0 || c + 1 + n.n + n.v != z) return r;
    //@ ghost lem_payload_field(p, c, z, n.n, n.v);
    r.m.off = c + 1 + n.n;
    r.m.len = n.v;
  }
  r.ok = true;
  //@ assert proto_err: pf_err(p, c, z, 3) == 0;
  //@ assert proto_ch: pf_val(p, c, z, 1, r.m.ch) == r.m.ch;
  //@ assert proto_eof: pf_val(p, c, z, 2, r.m.eof ? 1 : 0) == (r.m.eof ? 1 : 0);
  //@ assert proto_payload: pf_val(p, c, z, 3, 0) == r.m.len && pf_off(p, c, z, 3, a) == r.m.off;
  //@ assert amino_err: af_err(p, c, z, 3, l2) == 0;
  //@ assert amino_ch: af_val(p, c, z, 1, r.m.ch) == r.m.ch;
  //@ assert amino_eof: af_val(p, c, z, 2, r.m.eof ? 1 : 0) == (r.m.eof ? 1 : 0);
  //@ assert amino_payload: af_val(p, c, z, 3, 0) == r.m.len && af_off(p, c, z, 3, a) == r.m.off;
  return r;
}

/* Where the fields begin when [b, z) opens as a msg body; 0: it does not. */
/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures in: \result != 0 ==> b < \result <= z;
    ensures member: \result != 0 ==> elem_num(p, b, z) == 3 && elem_wire(p, b, z) == 2 &&
      elem_err(p, b, z) == 0 && elem_off(p, b, z) == \result &&
      elem_val(p, b, z) == z - \result && fld_err(p, b, z) == 0 && fld_end(p, b, z) == z; */
static inline size_t fast_proto(const uint8_t *p, size_t b, size_t z)
{
  if (z - b < 2 || p[b] != 0x1A) return 0;
  short_varint m = short_get(p, b + 1, z);
  if (m.n == 0 || b + 1 + m.n + m.v != z) return 0;
  //@ ghost lem_payload_field(p, b, z, m.n, m.v);
  return b + 1 + m.n;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures in: \result != 0 ==> b < \result <= z;
    ensures kind: \result != 0 ==> am_kind(p, b, z) == 3 && am_a(p, b) == \result; */
static inline size_t fast_amino(const uint8_t *p, size_t b, size_t z)
{
  if (z - b < 4 || p[b] != 0xB0 || p[b + 1] != 0x5B || p[b + 2] != 0x4F || p[b + 3] != 0x2C) return 0;
  return b + 4;
}

typedef struct {
  bool ok;
  size_t b, z;
  mconn_msg m;
} fast_packet;

/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures framed: \result.ok ==> i < \result.b <= \result.z <= e &&
      prefix_is(p, i, \result.b, \result.z - \result.b) &&
      counted(d, i, \result.b, \result.z - \result.b) <= max;
    ensures body: \result.ok ==> body_err(d, p, \result.b, \result.z) == 0;
    ensures is: \result.ok ==> body_is(d, p, \result.b, \result.z, 3, \result.m);
    ensures in: \result.ok ==> \result.b <= \result.m.off && \result.m.off + \result.m.len <= \result.z; */
static inline fast_packet fast_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max)
{
  fast_packet r = { .ok = false, .b = 0, .z = 0, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  short_varint u = short_get(p, i, e);
  if (u.n == 0 || u.v > e - i - u.n || u.v + (d == MCONN_AMINO ? u.n : 0) > max) return r;
  r.b = i + u.n;
  r.z = r.b + u.v;
  size_t a = d == MCONN_AMINO ? fast_amino(p, r.b, r.z) : fast_proto(p, r.b, r.z);
  if (a == 0) return r;
  fast_msg x = fast_fields(p, a, r.z);
  r.ok = x.ok;
  r.m = x.m;
  //@ ghost if (x.ok && d == MCONN_PROTO) lem_only_member(p, r.b, a, r.z);
  //@ assert proto: r.ok && d == MCONN_PROTO ==> proto_is(p, r.b, r.z, 3, r.m);
  //@ assert amino: r.ok && d == MCONN_AMINO ==> amino_is(p, r.b, r.z, 3, r.m);
  return r;
}

/* ---- proto, channel and payload present, every length of one byte, or every length of two: nearly all
 * traffic of a node. Each is one chain of comparisons with fixed places. */

/* The fields [a, z) of such a msg: channel, eof or not, and at c the payload of n bytes, its length in k. */
/*@ ghost
  /@ requires bounds: a + 2 <= c && c + 1 + k + n == z && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (a .. z - 1));
     requires channel: p[a] == 0x08 && p[a + 1] < 128;
     requires eof: eof ? c == a + 4 && p[a + 2] == 0x10 && p[a + 3] == 1 : c == a + 2;
     requires payload: p[c] == 0x1A;
     requires length: 1 <= k && uv_n(p, c + 1, z) == k && uv_fits(p, c + 1, k) && uv_val(p, c + 1, k) == n;
     terminates \true;
     assigns \nothing;
     ensures err: pf_err(p, a, z, 3) == 0;
     ensures ch: pf_val(p, a, z, 1, 0) == p[a + 1];
     ensures eof: pf_val(p, a, z, 2, 0) == (eof ? 1 : 0);
     ensures payload: pf_val(p, a, z, 3, 0) == n && pf_off(p, a, z, 3, a) == c + 1 + k; @/
  void lem_usual_fields(const uint8_t *p, size_t a, size_t c, size_t z, size_t k, size_t n, bool eof)
  {
    lem_one_byte(p, a + 1, z);
    lem_int_field(p, a, z, 1, 1, p[a + 1]);
    if (eof) {
      lem_one_byte(p, a + 3, z);
      lem_int_field(p, a + 2, z, 1, 2, 1);
    }
    lem_payload_field(p, c, z, k, n);
  }
*/

/* A varint of exactly two bytes at j; 0: not one, or one that is longer than its value. */
/*@ requires bounds: j + 2 <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (j .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures rng: \result < 16384;
    ensures is: \result != 0 ==> uv_n(p, j, e) == 2 && uv_is(p, j, 2) && \result == uv_val(p, j, 2); */
static inline uint32_t two_get(const uint8_t *p, size_t j, size_t e)
{
  (void)e; /* the ghost side of the contract: where the bytes end */
  if (p[j] < 128 || p[j + 1] >= 128) return 0;
  //@ assert end: uv_end(p, j, uv_lim(j, e)) == uv_end(p, j + 1, uv_lim(j, e)) == j + 1;
  //@ assert val: uv_h(p, j + 1, j + 1, p[j + 1]) == p[j + 1];
  return (uint32_t)p[j] - 128 + 128 * (uint32_t)p[j + 1];
}

/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures framed: \result.ok ==> i < \result.b <= \result.z <= e &&
      prefix_is(p, i, \result.b, \result.z - \result.b) && \result.z - \result.b <= max;
    ensures body: \result.ok ==> proto_err(p, \result.b, \result.z) == 0;
    ensures is: \result.ok ==> proto_is(p, \result.b, \result.z, 3, \result.m);
    ensures in: \result.ok ==> \result.b <= \result.m.off && \result.m.off + \result.m.len <= \result.z; */
static inline fast_packet narrow_get(const uint8_t *p, size_t i, size_t e, size_t max)
{
  fast_packet r = { .ok = false, .b = 0, .z = 0, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  if (e - i < 9) return r;
  size_t t = p[i];
  if (t >= 128 || t >= e - i || t > max) return r;
  if (p[i + 1] != 0x1A || p[i + 2] + 2u != t || p[i + 3] != 0x08 || p[i + 4] >= 128) return r;
  size_t c = i + 5, z = i + 1 + t;
  if (p[c] == 0x10) {
    if (p[c + 1] != 1) return r;
    r.m.eof = true;
    c += 2;
  }
  size_t n = p[c + 1];
  if (p[c] != 0x1A || n >= 128 || c + 2 + n != z) return r;
  //@ ghost lem_one_byte(p, i, e);
  //@ ghost lem_one_byte(p, i + 2, z);
  //@ ghost lem_payload_field(p, i + 1, z, 1, t - 2);
  //@ ghost lem_one_byte(p, c + 1, z);
  //@ ghost lem_usual_fields(p, i + 3, c, z, 1, n, r.m.eof);
  //@ ghost lem_only_member(p, i + 1, i + 3, z);
  r.b = i + 1;
  r.z = z;
  r.m.ch = p[i + 4];
  r.m.off = c + 2;
  r.m.len = n;
  //@ assert msg: proto_msg_is(p, i + 3, z, r.m);
  //@ assert member: pb_last(p, i + 1, z, -1) == i + 1 && elem_num(p, i + 1, z) == 3;
  //@ assert fields: elem_off(p, i + 1, z) == i + 3 && mem_end(p, i + 1, z) == z;
  //@ assert packet: proto_is(p, i + 1, z, 3, r.m);
  r.ok = true;
  return r;
}

/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures framed: \result.ok ==> i < \result.b <= \result.z <= e &&
      prefix_is(p, i, \result.b, \result.z - \result.b) && \result.z - \result.b <= max;
    ensures body: \result.ok ==> proto_err(p, \result.b, \result.z) == 0;
    ensures is: \result.ok ==> proto_is(p, \result.b, \result.z, 3, \result.m);
    ensures in: \result.ok ==> \result.b <= \result.m.off && \result.m.off + \result.m.len <= \result.z; */
static inline fast_packet wide_get(const uint8_t *p, size_t i, size_t e, size_t max)
{
  fast_packet r = { .ok = false, .b = 0, .z = 0, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  if (e - i < 12) return r;
  size_t t = two_get(p, i, e);
  if (t < 10 || t > e - i - 2 || t > max) return r;
  size_t c = i + 7, z = i + 2 + t;
  uint32_t m = two_get(p, i + 3, z);
  if (p[i + 2] != 0x1A || m == 0 || m + 3u != t || p[i + 5] != 0x08 || p[i + 6] >= 128) return r;
  if (p[c] == 0x10) {
    if (p[c + 1] != 1) return r;
    r.m.eof = true;
    c += 2;
  }
  size_t n = two_get(p, c + 1, z);
  if (p[c] != 0x1A || n == 0 || c + 3 + n != z) return r;
  //@ assert prefix: uv_is(p, i, 2) && t == uv_val(p, i, 2) && prefix_is(p, i, i + 2, z - (i + 2));
  //@ ghost lem_payload_field(p, i + 2, z, 2, m);
  //@ ghost lem_usual_fields(p, i + 5, c, z, 2, n, r.m.eof);
  //@ ghost lem_only_member(p, i + 2, i + 5, z);
  r.b = i + 2;
  r.z = z;
  r.m.ch = p[i + 6];
  r.m.off = c + 3;
  r.m.len = n;
  //@ assert msg: proto_msg_is(p, i + 5, z, r.m);
  //@ assert member: pb_last(p, i + 2, z, -1) == i + 2 && elem_num(p, i + 2, z) == 3;
  //@ assert fields: elem_off(p, i + 2, z) == i + 5 && mem_end(p, i + 2, z) == z;
  //@ assert packet: proto_is(p, i + 2, z, 3, r.m);
  r.ok = true;
  return r;
}

/* ---- all of it */

/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures framed: \result.ok ==> i < \result.b <= \result.z <= e &&
      prefix_is(p, i, \result.b, \result.z - \result.b) &&
      counted(d, i, \result.b, \result.z - \result.b) <= max;
    ensures body: \result.ok ==> body_err(d, p, \result.b, \result.z) == 0;
    ensures is: \result.ok ==> body_is(d, p, \result.b, \result.z, 3, \result.m);
    ensures in: \result.ok ==> \result.b <= \result.m.off && \result.m.off + \result.m.len <= \result.z; */
static inline fast_packet usual_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max)
{
  if (d == MCONN_PROTO) {
    fast_packet x = narrow_get(p, i, e, max);
    if (x.ok) return x;
    x = wide_get(p, i, e, max);
    if (x.ok) return x;
  }
  return fast_get(d, p, i, e, max);
}

mconn_packet mconn_packet_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max)
{
  fast_packet x = usual_get(d, p, i, e, max);
  if (!x.ok) return mconn_packet_decode(d, p, i, e, max);
  mconn_packet r = { .err = MCONN_OK, .kind = MCONN_PACKET_MSG, .b = x.b, .z = x.z, .at = i, .m = x.m };
  return r;
}
