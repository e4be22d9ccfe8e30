/* Theorem 2, proofs. From the outside in: the length prefix, what says "a msg", the fields; and at the
 * end round trips as programs, encoder against decoder. */
#include "roundtrip.h"

/*@ ghost
  size_t ghost_varint_size(uint64_t x)
  {
    return 1u + (x >= 0x80u ? 1u : 0u) + (x >= 0x4000u ? 1u : 0u) + (x >= 0x200000u ? 1u : 0u) +
           (x >= 0x10000000u ? 1u : 0u) + (x >= 0x800000000u ? 1u : 0u) + (x >= 0x40000000000u ? 1u : 0u) +
           (x >= 0x2000000000000u ? 1u : 0u) + (x >= 0x100000000000000u ? 1u : 0u) +
           (x >= 0x8000000000000000u ? 1u : 0u);
  }
  size_t ghost_msg_size(uint32_t ch, uint32_t eof, uint32_t n)
  {
    size_t m = n;
    if (ch > 0) m = m + 1 + ghost_varint_size(ch);
    if (eof > 0) m = m + 2;
    if (n > 0) m = m + 1 + ghost_varint_size(n);
    return m;
  }
  size_t ghost_body_size(enum mconn_dialect d, size_t m)
  {
    if (d == MCONN_AMINO) return 4 + m;
    return 1 + ghost_varint_size(m) + m;
  }
*/

/* ---- the fields [a, z) of a msg, as each dialect reads them; from the last one back to the first */
/*@ ghost
  /@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: z == a + msg_size(ch, eof, n) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires fields: fields_at(o, a, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures err: pf_err(o, a, z, 3) == 0;
     ensures ch: pf_val(o, a, z, 1, 0) == ch;
     ensures eof: pf_val(o, a, z, 2, 0) == eof;
     ensures len: pf_val(o, a, z, 3, 0) == n;
     ensures off: n > 0 ==> pf_off(o, a, z, 3, a) == z - n; @/
  void lem_proto_fields(const uint8_t *o, size_t a, size_t z, uint32_t ch, uint32_t eof, uint32_t n)
  {
    size_t c = a;
    if (ch > 0) c = c + 1 + ghost_varint_size(ch);
    size_t f = c;
    if (eof > 0) f = f + 2;
    /@ assert places: c == a + int_size(ch) && f == c + int_size(eof) && z == f + int_size(n) + n; @/
    if (n > 0) {
      lem_uvarint(o, f + 1, z, n);
      lem_payload_field(o, f, z, ghost_varint_size(n), n);
    }
    /@ assert f_err: pf_err(o, f, z, 3) == 0; @/
    /@ assert f_val: pf_val(o, f, z, 3, 0) == n && pf_val(o, f, z, 1, ch) == ch && pf_val(o, f, z, 2, eof) == eof; @/
    /@ assert f_off: n > 0 ==> pf_off(o, f, z, 3, a) == z - n; @/
    if (eof > 0) {
      lem_uvarint(o, c + 1, z, eof);
      lem_int_field(o, c, z, 1, 2, eof);
    }
    /@ assert c_err: pf_err(o, c, z, 3) == 0; @/
    /@ assert c_val: pf_val(o, c, z, 3, 0) == n && pf_val(o, c, z, 1, ch) == ch && pf_val(o, c, z, 2, 0) == eof; @/
    /@ assert c_off: n > 0 ==> pf_off(o, c, z, 3, a) == z - n; @/
    if (ch > 0) {
      lem_uvarint(o, a + 1, z, ch);
      lem_int_field(o, a, z, ghost_varint_size(ch), 1, ch);
    }
  }
*/
/*@ ghost
  /@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: z == a + msg_size(ch, eof, n) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires fields: fields_at(o, a, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures err: af_err(o, a, z, 3, 0) == 0;
     ensures ch: af_val(o, a, z, 1, 0) == ch;
     ensures eof: af_val(o, a, z, 2, 0) == eof;
     ensures len: af_val(o, a, z, 3, 0) == n;
     ensures off: n > 0 ==> af_off(o, a, z, 3, a) == z - n; @/
  void lem_amino_fields(const uint8_t *o, size_t a, size_t z, uint32_t ch, uint32_t eof, uint32_t n)
  {
    size_t c = a;
    if (ch > 0) c = c + 1 + ghost_varint_size(ch);
    size_t f = c;
    if (eof > 0) f = f + 2;
    /@ assert places: c == a + int_size(ch) && f == c + int_size(eof) && z == f + int_size(n) + n; @/
    if (n > 0) {
      lem_uvarint(o, f + 1, z, n);
      lem_payload_field(o, f, z, ghost_varint_size(n), n);
    }
    /@ assert f_err: af_err(o, f, z, 3, 0) == 0 && af_err(o, f, z, 3, 1) == 0 && af_err(o, f, z, 3, 2) == 0; @/
    /@ assert f_val: af_val(o, f, z, 3, 0) == n && af_val(o, f, z, 1, ch) == ch && af_val(o, f, z, 2, eof) == eof; @/
    /@ assert f_off: n > 0 ==> af_off(o, f, z, 3, a) == z - n; @/
    if (eof > 0) {
      lem_uvarint(o, c + 1, z, eof);
      lem_int_field(o, c, z, 1, 2, eof);
    }
    /@ assert c_err: af_err(o, c, z, 3, 0) == 0 && af_err(o, c, z, 3, 1) == 0; @/
    /@ assert c_val: af_val(o, c, z, 3, 0) == n && af_val(o, c, z, 1, ch) == ch && af_val(o, c, z, 2, 0) == eof; @/
    /@ assert c_off: n > 0 ==> af_off(o, c, z, 3, a) == z - n; @/
    if (ch > 0) {
      lem_uvarint(o, a + 1, z, ch);
      lem_int_field(o, a, z, ghost_varint_size(ch), 1, ch);
      /@ assert a_err: af_err(o, a, z, 3, 0) == af_err(o, c, z, 3, 1); @/
      /@ assert a_ch: af_val(o, a, z, 1, 0) == af_val(o, c, z, 1, ch); @/
    }
  }
*/

/* ---- the body [b, z) whose fields begin at a */
/*@ ghost
  /@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: b < a && z == a + msg_size(ch, eof, n) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires intro: proto_intro(o, b, a, msg_size(ch, eof, n));
     requires fields: fields_at(o, a, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures err: proto_err(o, b, z) == 0;
     ensures last: pb_last(o, b, z, -1) == b;
     ensures member: elem_num(o, b, z) == 3 && elem_off(o, b, z) == a && mem_end(o, b, z) == z; @/
  void lem_proto_body(const uint8_t *o, size_t b, size_t a, size_t z, uint32_t ch, uint32_t eof, uint32_t n)
  {
    lem_uvarint(o, b + 1, z, z - a);
    lem_payload_field(o, b, z, ghost_varint_size(z - a), z - a);
    lem_proto_fields(o, a, z, ch, eof, n);
    lem_only_member(o, b, a, z);
  }
*/
/*@ ghost
  /@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: z == a + msg_size(ch, eof, n) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires intro: amino_intro(o, b, a);
     requires fields: fields_at(o, a, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures err: amino_err(o, b, z) == 0;
     ensures kind: am_kind(o, b, z) == 3 && am_a(o, b) == a; @/
  void lem_amino_body(const uint8_t *o, size_t b, size_t a, size_t z, uint32_t ch, uint32_t eof, uint32_t n)
  {
    lem_amino_fields(o, a, z, ch, eof, n);
    /@ assert four: four(o, b) == 0xB05B4F2C; @/
  }
*/

/* ---- the frame: a prefix of k bytes at i that announces len bytes, and a decision about [i, e) */
/*@ ghost
  /@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
     requires prefix: prefix_is(o, i, b, len);
     requires counted: counted(d, i, b, len) <= max;
     requires decision: packet_post(d, o, i, e, max, r);
     terminates \true;
     assigns \nothing;
     ensures whole: b + len <= e ==> r.b == b && r.z == b + len &&
       (r.kind == 0 ==> r.err != 0 && r.err == body_err(d, o, b, b + len)) &&
       (r.kind != 0 ==> r.err == 0 && body_is(d, o, b, b + len, r.kind, r.m));
     ensures cut_short: e < b + len ==> need_more(r); @/
  void lem_frame(enum mconn_dialect d, const uint8_t *o, size_t i, size_t b, size_t len, size_t e, size_t max,
                 mconn_packet r)
  {
    /@ assert not_bad: r.err != 1; @/
    /@ assert same_prefix: r.b != 0 ==> r.b == b; @/
    /@ assert not_big: r.err != 2; @/
  }
*/

/*@ ghost
  void lem_roundtrip(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t z, size_t max,
                     uint32_t ch, uint32_t eof, uint32_t n, mconn_packet r)
  {
    size_t m = ghost_msg_size(ch, eof, n);
    size_t body = ghost_body_size(d, m);
    size_t b = i + ghost_varint_size(body), a = z - m;
    /@ assert sizes: m == msg_size(ch, eof, n) && body == body_size(d, m) && z == b + body; @/
    /@ assert header: hdr_at(d, o, i, b, a, ch, eof, n); @/
    lem_uvarint(o, i, z, body);
    lem_frame(d, o, i, b, body, e, max, r);
    /@ assert whole: z <= e ==> r.b == b && r.z == z; @/
    if (d == MCONN_PROTO) {
      lem_proto_body(o, b, a, z, ch, eof, n);
      lem_proto_fields(o, a, z, ch, eof, n);
      /@ assert proto_accepted: z <= e ==> r.kind != 0 && r.err == 0 && proto_is(o, b, z, r.kind, r.m); @/
      /@ assert proto_msg: z <= e ==> r.kind == 3 && proto_msg_is(o, a, z, r.m); @/
    } else {
      lem_amino_body(o, b, a, z, ch, eof, n);
      lem_amino_fields(o, a, z, ch, eof, n);
      /@ assert amino_accepted: z <= e ==> r.kind != 0 && r.err == 0 && amino_is(o, b, z, r.kind, r.m); @/
      /@ assert amino_msg: z <= e ==> r.kind == 3 && amino_msg_is(o, a, z, r.m); @/
    }
    /@ assert same: z <= e ==> r.m.ch == ch && (r.m.eof != 0 <==> eof == 1) && r.m.len == n; @/
    /@ assert place: z <= e && n > 0 ==> r.m.off == z - n; @/
  }
*/

/* ---- ping and pong */
/*@ ghost
  /@ requires kind: kind == 1 || kind == 2;
     requires idx: b + 2 <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. b + 1));
     requires bytes: o[b] == (kind == 1 ? 0x0A : 0x12) && o[b + 1] == 0;
     terminates \true;
     assigns \nothing;
     ensures err: proto_err(o, b, b + 2) == 0;
     ensures last: pb_last(o, b, b + 2, -1) == b && elem_num(o, b, b + 2) == kind; @/
  void lem_proto_control(const uint8_t *o, size_t b, uint32_t kind)
  {
    /@ assert key: uv_end(o, b, uv_lim(b, b + 2)) == b && uv_n(o, b, b + 2) == 1; @/
    /@ assert key_val: uv_h(o, b, b, o[b]) == o[b] && elem_key(o, b, b + 2) == o[b]; @/
    /@ assert len: uv_end(o, b + 1, uv_lim(b + 1, b + 2)) == b + 1 && uv_n(o, b + 1, b + 2) == 1; @/
    /@ assert len_val: uv_h(o, b + 1, b + 1, o[b + 1]) == 0 && uv_val(o, b + 1, 1) == 0; @/
    /@ assert num: elem_num(o, b, b + 2) == kind && elem_wire(o, b, b + 2) == 2; @/
    /@ assert elem: elem_err(o, b, b + 2) == 0 && elem_end(o, b, b + 2) == b + 2; @/
    /@ assert member: mem_err(o, b, b + 2) == 0 && fld_end(o, b, b + 2) == b + 2; @/
    /@ assert last: pb_last(o, b + 2, b + 2, b) == b && pb_last(o, b, b + 2, -1) == b; @/
  }
*/
/*@ ghost
  void lem_roundtrip_control(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t max,
                             uint32_t kind, mconn_packet r)
  {
    size_t len = 2;
    if (d == MCONN_AMINO) len = 4;
    /@ assert val: uv_h(o, i, i, o[i]) == o[i] && uv_val(o, i, 1) == len; @/
    /@ assert prefix: prefix_is(o, i, i + 1, len); @/
    lem_frame(d, o, i, i + 1, len, e, max, r);
    if (d == MCONN_PROTO) {
      lem_proto_control(o, i + 1, kind);
    } else {
      /@ assert four: four(o, i + 1) == (kind == 1 ? 0x15C3D289 : 0x8A797FE2); @/
      /@ assert kind: am_kind(o, i + 1, i + 5) == kind && am_a(o, i + 1) == i + 5; @/
      /@ assert nothing: af_err(o, i + 5, i + 5, 0, 0) == 0; @/
    }
  }
*/

/* ---- as programs: whatever lies in o behind the header is the payload */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: ch <= 255 && n <= MCONN_PAYLOAD_MAX;
    requires idx: i + MCONN_HEADER_MAX + n <= e <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. e - 1));
    requires max: counted_size(d, ch, eof ? 1 : 0, n) <= max <= MCONN_INDEX_MAX;
    terminates \true;
    assigns o[i .. i + hdr_size(d, ch, eof ? 1 : 0, n) - 1];
    ensures read_back: msg_packet(\result, i + wire_size(d, ch, eof ? 1 : 0, n), ch, eof ? 1 : 0, n); */
mconn_packet round_trip(enum mconn_dialect d, uint8_t *o, size_t i, size_t e, size_t max, uint32_t ch, bool eof,
                        uint32_t n)
{
  size_t h = mconn_header_put(d, o, i, ch, eof, n);
  mconn_packet r = mconn_packet_get(d, o, i, e, max);
  //@ ghost lem_roundtrip(d, o, i, e, h + n, max, ch, eof ? 1 : 0, n, r);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires kind: kind == MCONN_PACKET_PING || kind == MCONN_PACKET_PONG;
    requires idx: i + 5 <= e <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. e - 1));
    requires max: 5 <= max <= MCONN_INDEX_MAX;
    terminates \true;
    assigns o[i .. i + control_size(d) - 1];
    ensures read_back: \result.kind == kind && \result.err == MCONN_OK && \result.z == i + control_size(d); */
mconn_packet round_trip_control(enum mconn_dialect d, uint8_t *o, size_t i, size_t e, size_t max,
                                enum mconn_packet_kind kind)
{
  mconn_control_put(d, o, i, kind);
  mconn_packet r = mconn_packet_get(d, o, i, e, max);
  //@ ghost lem_roundtrip_control(d, o, i, e, max, kind, r);
  return r;
}
