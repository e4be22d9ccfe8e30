#include "packet.h"

/* ---- proto: fields of a PacketMsg (known) or of a PacketPing or PacketPong (nothing known) */
typedef struct {
  enum mconn_err err;
  size_t at;
  mconn_msg m;
} fields;

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == pf_err(p, b, z, 3);
    ensures at: \result.err != MCONN_OK ==> \result.at == pf_at(p, b, z, 3) && b <= \result.at <= z;
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_GROUP;
    ensures is: \result.err == MCONN_OK ==> proto_msg_is(p, b, z, \result.m);
    ensures in: b <= \result.m.off && \result.m.off + \result.m.len <= z; */
static fields proto_msg(const uint8_t *p, size_t b, size_t z)
{
  fields r = { .err = MCONN_OK, .at = b, .m = { .ch = 0, .eof = false, .off = b, .len = 0 } };
  uint64_t ch = 0, eof = 0;
  size_t off = b, len = 0, i = b;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant err: pf_err(p, b, z, 3) == pf_err(p, i, z, 3);
      loop invariant at: pf_at(p, b, z, 3) == pf_at(p, i, z, 3);
      loop invariant ch: pf_val(p, b, z, 1, 0) == pf_val(p, i, z, 1, ch);
      loop invariant eof: pf_val(p, b, z, 2, 0) == pf_val(p, i, z, 2, eof);
      loop invariant len: pf_val(p, b, z, 3, 0) == pf_val(p, i, z, 3, len);
      loop invariant off: pf_off(p, b, z, 3, b) == pf_off(p, i, z, 3, off);
      loop invariant in: b <= off && off + len <= z;
      loop assigns i, ch, eof, off, len;
      loop variant z - i; */
  while (i < z) {
    mconn_field f = mconn_field_get(p, i, z);
    if (f.err != MCONN_OK) {
      r.err = f.err;
      r.at = f.at;
      return r;
    }
    if ((f.num <= 2 && f.wire != MCONN_WIRE_VARINT) || (f.num == 3 && f.wire != MCONN_WIRE_BYTES)) {
      r.err = MCONN_E_FIELD_TYPE;
      r.at = i;
      return r;
    }
    if (f.num == 1) {
      ch = f.val;
    } else if (f.num == 2) {
      eof = f.val;
    } else if (f.num == 3) {
      off = f.off;
      len = f.val;
    }
    i = f.end;
  }
  r.m.ch = (uint32_t)(ch % 0x100000000u);
  r.m.eof = eof != 0;
  r.m.off = off;
  r.m.len = len;
  return r;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == pf_err(p, b, z, 0);
    ensures at: \result.err != MCONN_OK ==> \result.at == pf_at(p, b, z, 0) && b <= \result.at <= z;
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_GROUP;
    ensures none: no_msg(\result.m); */
static fields proto_nil(const uint8_t *p, size_t b, size_t z)
{
  fields r = { .err = MCONN_OK, .at = b, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  size_t i = b;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant err: pf_err(p, b, z, 0) == pf_err(p, i, z, 0);
      loop invariant at: pf_at(p, b, z, 0) == pf_at(p, i, z, 0);
      loop assigns i;
      loop variant z - i; */
  while (i < z) {
    mconn_field f = mconn_field_get(p, i, z);
    if (f.err != MCONN_OK) {
      r.err = f.err;
      r.at = f.at;
      return r;
    }
    i = f.end;
  }
  return r;
}

/* One field of the packet: a member, decoded, or an unknown field, skipped. */
typedef struct {
  enum mconn_err err;
  size_t at;
  size_t end;
  uint32_t kind; /* member number, or 0 */
  mconn_msg m;
} member;

/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == mem_err(p, i, z);
    ensures at: \result.err != MCONN_OK ==> \result.at == mem_at(p, i, z) && i <= \result.at <= z;
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_GROUP;
    ensures end: \result.err == MCONN_OK ==> \result.end == fld_end(p, i, z) && i < \result.end <= z;
    ensures kind: \result.err == MCONN_OK ==>
      \result.kind == member_no(elem_num(p, i, z));
    ensures is: \result.err == MCONN_OK && \result.kind != 0 ==> member_is(p, i, z, \result.kind, \result.m);
    ensures in: \result.err == MCONN_OK && \result.kind == 3 ==>
      i <= \result.m.off && \result.m.off + \result.m.len <= z; */
static member proto_member(const uint8_t *p, size_t i, size_t z)
{
  mconn_field f = mconn_field_get(p, i, z);
  member r = { .err = f.err, .at = f.at, .end = f.end, .kind = 0, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  if (f.err != MCONN_OK || f.num > 3) return r;
  if (f.wire != MCONN_WIRE_BYTES) {
    r.err = MCONN_E_FIELD_TYPE;
    r.at = i;
    return r;
  }
  fields x = f.num == 3 ? proto_msg(p, f.off, f.off + f.val) : proto_nil(p, f.off, f.off + f.val);
  r.err = x.err;
  r.at = x.at;
  r.kind = f.num;
  r.m = x.m;
  return r;
}

mconn_body mconn_proto_body(const uint8_t *p, size_t b, size_t z)
{
  mconn_body r = {
    .err = MCONN_OK, .kind = MCONN_PACKET_NONE, .at = z, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 }
  };
  mconn_msg m = r.m;
  uint32_t kind = 0;
  size_t i = b;
  //@ ghost size_t last = 0;
  /*@ loop invariant rng: b <= i <= z && 0 <= kind <= 3;
      loop invariant err: pb_err(p, b, z, 0) == pb_err(p, i, z, kind);
      loop invariant at: pb_at(p, b, z) == pb_at(p, i, z);
      loop invariant none: kind == 0 ==> pb_last(p, b, z, -1) == pb_last(p, i, z, -1);
      loop invariant last: kind != 0 ==> pb_last(p, b, z, -1) == pb_last(p, i, z, last);
      loop invariant is: kind != 0 ==> b <= last < i && member_is(p, last, z, kind, m);
      loop invariant in: kind == 3 ==> b <= m.off && m.off + m.len <= z;
      loop assigns i, kind, m, last;
      loop variant z - i; */
  while (i < z) {
    member f = proto_member(p, i, z);
    if (f.err != MCONN_OK) {
      r.err = f.err;
      r.at = f.at;
      return r;
    }
    if (f.kind != 0) {
      kind = f.kind;
      m = f.m;
      //@ ghost last = i;
    }
    i = f.end;
  }
  if (kind == 0) {
    r.err = MCONN_E_NO_MEMBER;
    return r;
  }
  r.kind = kind == 1 ? MCONN_PACKET_PING : kind == 2 ? MCONN_PACKET_PONG : MCONN_PACKET_MSG;
  r.m = m;
  return r;
}

/* ---- amino */
/*@ requires rd: \valid_read(p + (i .. i + 3)) && i <= MCONN_INDEX_MAX;
    terminates \true;
    assigns \nothing;
    ensures is: \result == am_prefix(p, i); */
static uint32_t amino_prefix(const uint8_t *p, size_t i)
{
  if (p[i] == 0x15 && p[i + 1] == 0xC3 && p[i + 2] == 0xD2 && p[i + 3] == 0x89) return 1;
  if (p[i] == 0x8A && p[i + 1] == 0x79 && p[i + 2] == 0x7F && p[i + 3] == 0xE2) return 2;
  if (p[i] == 0xB0 && p[i + 1] == 0x5B && p[i + 2] == 0x4F && p[i + 3] == 0x2C) return 3;
  return 0;
}

/*@ requires rd: \valid_read(p + (i .. i + 3)) && i <= MCONN_INDEX_MAX;
    terminates \true;
    assigns \nothing;
    ensures is: \result == am_disamb(p, i); */
static uint32_t amino_disamb(const uint8_t *p, size_t i)
{
  if (p[i] != 0) return 0;
  if (p[i + 1] == 0xE3 && p[i + 2] == 0x7E && p[i + 3] == 0x84) return 1;
  if (p[i + 1] == 0x88 && p[i + 2] == 0x7A && p[i + 3] == 0x12) return 2;
  if (p[i + 1] == 0xF1 && p[i + 2] == 0xBB && p[i + 3] == 0x97) return 3;
  return 0;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures is: \result == am_kind(p, b, z) && 0 <= \result <= 3;
    ensures in: \result != 0 ==> b < am_a(p, b) <= z; */
static uint32_t amino_kind(const uint8_t *p, size_t b, size_t z)
{
  if (z - b < 4) return 0;
  if (p[b] != 0) return amino_prefix(p, b);
  if (z - b < 8) return 0;
  uint32_t kind = amino_disamb(p, b);
  return kind == amino_prefix(p, b + 4) ? kind : 0;
}

/* The rules of one amino field; OK: x is the element. */
/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    requires q: q == 0 || q == 3;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == af_one(p, i, z, q, last);
    ensures at: \result.err != MCONN_OK ==>
      \result.at == (elem_err(p, i, z) != 0 ? elem_at(p, i, z) : i) && i <= \result.at <= z;
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_UINT8;
    ensures none: \result.err == MCONN_OK ==> elem_err(p, i, z) == 0;
    ensures num: \result.err == MCONN_OK ==> \result.key / 8 == am_num(p, i, z) && 1 <= am_num(p, i, z) <= 0x1FFFFFFF;
    ensures end: \result.err == MCONN_OK ==> \result.end == elem_end(p, i, z) && i < \result.end <= z;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, z) && i < \result.off <= \result.end;
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, z);
    ensures byte: \result.err == MCONN_OK && q == 3 && am_num(p, i, z) <= 2 ==> \result.val <= 255;
    ensures slice: \result.err == MCONN_OK && q == 3 && am_num(p, i, z) == 3 ==>
      \result.off + \result.val == \result.end; */
static mconn_element amino_field(const uint8_t *p, size_t i, size_t z, uint32_t q, uint64_t last)
{
  mconn_element x = mconn_element_get(p, i, z);
  if (x.err != MCONN_OK) return x;
  uint64_t num = x.key / 8, wire = x.key % 8;
  x.at = i;
  if (!x.strict) x.err = MCONN_E_VARINT;
  else if (num == 0 || num > 0x1FFFFFFF) x.err = MCONN_E_FIELD_NUMBER;
  else if (num <= last) x.err = MCONN_E_FIELD_ORDER;
  else if (wire == MCONN_WIRE_GROUP || wire == MCONN_WIRE_END) x.err = MCONN_E_WIRE_TYPE;
  else if (q == 3 && ((num <= 2 && wire != MCONN_WIRE_VARINT) || (num == 3 && wire != MCONN_WIRE_BYTES)))
    x.err = MCONN_E_FIELD_TYPE;
  else if (q == 3 && num <= 2 && x.val > 255) x.err = MCONN_E_UINT8;
  return x;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires q: q == 0 || q == 3;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == af_err(p, b, z, q, 0);
    ensures at: \result.err != MCONN_OK ==> \result.at == af_at(p, b, z, q, 0) && b <= \result.at <= z;
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_UINT8;
    ensures is: \result.err == MCONN_OK && q == 3 ==> amino_msg_is(p, b, z, \result.m);
    ensures in: q == 3 ==> b <= \result.m.off && \result.m.off + \result.m.len <= z; */
static fields amino_fields(const uint8_t *p, size_t b, size_t z, uint32_t q)
{
  fields r = { .err = MCONN_OK, .at = b, .m = { .ch = 0, .eof = false, .off = b, .len = 0 } };
  uint32_t ch = 0, eof = 0;
  size_t off = b, len = 0, i = b;
  uint64_t last = 0;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant err: af_err(p, b, z, q, 0) == af_err(p, i, z, q, last);
      loop invariant at: af_at(p, b, z, q, 0) == af_at(p, i, z, q, last);
      loop invariant ch: q == 3 ==> af_val(p, b, z, 1, 0) == af_val(p, i, z, 1, ch);
      loop invariant eof: q == 3 ==> af_val(p, b, z, 2, 0) == af_val(p, i, z, 2, eof);
      loop invariant len: q == 3 ==> af_val(p, b, z, 3, 0) == af_val(p, i, z, 3, len);
      loop invariant off: q == 3 ==> af_off(p, b, z, 3, b) == af_off(p, i, z, 3, off);
      loop invariant in: b <= off && off + len <= z;
      loop assigns i, last, ch, eof, off, len;
      loop variant z - i; */
  while (i < z) {
    mconn_element x = amino_field(p, i, z, q, last);
    if (x.err != MCONN_OK) {
      r.err = x.err;
      r.at = x.at;
      return r;
    }
    last = x.key / 8;
    if (q == 3) {
      if (last == 1) {
        ch = (uint32_t)x.val;
      } else if (last == 2) {
        eof = (uint32_t)x.val;
      } else if (last == 3) {
        off = x.off;
        len = x.val;
      }
    }
    i = x.end;
  }
  r.m.ch = ch;
  r.m.eof = eof == 1;
  r.m.off = off;
  r.m.len = len;
  return r;
}

mconn_body mconn_amino_body(const uint8_t *p, size_t b, size_t z)
{
  mconn_body r = {
    .err = MCONN_E_PREFIX, .kind = MCONN_PACKET_NONE, .at = b, .m = { .ch = 0, .eof = false, .off = 0, .len = 0 }
  };
  uint32_t kind = amino_kind(p, b, z);
  if (kind == 0) return r;
  size_t a = p[b] != 0 ? b + 4 : b + 8;
  fields x = amino_fields(p, a, z, kind == 3 ? 3 : 0);
  r.err = x.err;
  r.at = x.at;
  if (x.err != MCONN_OK) return r;
  r.kind = kind == 1 ? MCONN_PACKET_PING : kind == 2 ? MCONN_PACKET_PONG : MCONN_PACKET_MSG;
  if (kind == 3) r.m = x.m;
  return r;
}

/* ---- the frame */
mconn_packet mconn_packet_decode(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max)
{
  mconn_packet r = { .err = MCONN_OK,
                     .kind = MCONN_PACKET_NONE,
                     .b = 0,
                     .z = 0,
                     .at = i,
                     .m = { .ch = 0, .eof = false, .off = 0, .len = 0 } };
  mconn_uvarint u = mconn_uvarint_get(p, i, e);
  if (u.st == MCONN_UVARINT_MORE) {
    r.z = e + 1;
    return r;
  }
  if (u.st != MCONN_UVARINT_OK) {
    r.err = MCONN_E_LENGTH_PREFIX;
    r.at = i + 9;
    return r;
  }
  r.b = i + u.n;
  size_t prefix = d == MCONN_AMINO ? u.n : 0;
  if (prefix > max || u.val > max - prefix) {
    r.err = MCONN_E_PACKET_SIZE;
    return r;
  }
  r.z = r.b + u.val;
  if (r.z > e) return r;
  mconn_body x = d == MCONN_AMINO ? mconn_amino_body(p, r.b, r.z) : mconn_proto_body(p, r.b, r.z);
  r.err = x.err;
  r.kind = x.kind;
  r.m = x.m;
  if (x.err != MCONN_OK) r.at = x.at;
  return r;
}

/* ---- lemmas */
/*@ ghost
  void lem_one_byte(const uint8_t *p, size_t i, size_t e)
  {
    /@ assert end: uv_end(p, i, uv_lim(i, e)) == i; @/
    /@ assert val: uv_h(p, i, i, p[i]) == p[i]; @/
  }
  void lem_int_field(const uint8_t *p, size_t c, size_t z, size_t k, uint32_t num, uint64_t v)
  {
    lem_one_byte(p, c, z);
    /@ assert key: elem_key(p, c, z) == 8 * num && elem_a(p, c, z) == c + 1 && elem_wire(p, c, z) == 0; @/
    /@ assert num: elem_num(p, c, z) == num && am_num(p, c, z) == num; @/
    /@ assert elem: elem_err(p, c, z) == 0 && elem_end(p, c, z) == c + 1 + k && elem_val(p, c, z) == v; @/
    /@ assert strict: elem_over(p, c, z) == 0; @/
    /@ assert field: fld_err(p, c, z) == 0 && fld_end(p, c, z) == c + 1 + k; @/
    /@ assert one: \forall integer last; last < num ==> af_one(p, c, z, 3, last) == 0; @/
  }
  void lem_payload_field(const uint8_t *p, size_t c, size_t z, size_t k, size_t n)
  {
    lem_one_byte(p, c, z);
    /@ assert key: elem_key(p, c, z) == 0x1A && elem_a(p, c, z) == c + 1 && elem_wire(p, c, z) == 2; @/
    /@ assert num: elem_num(p, c, z) == 3 && am_num(p, c, z) == 3; @/
    /@ assert elem: elem_err(p, c, z) == 0 && elem_end(p, c, z) == z && elem_val(p, c, z) == n; @/
    /@ assert off: elem_off(p, c, z) == c + 1 + k; @/
    /@ assert strict: elem_over(p, c, z) == 0; @/
    /@ assert field: fld_err(p, c, z) == 0 && fld_end(p, c, z) == z; @/
    /@ assert one: \forall integer last; last < 3 ==> af_one(p, c, z, 3, last) == 0; @/
    /@ assert nothing_left: pf_err(p, z, z, 3) == 0 && af_err(p, z, z, 3, 3) == 0; @/
  }
  void lem_only_member(const uint8_t *p, size_t b, size_t a, size_t z)
  {
    /@ assert member: mem_err(p, b, z) == 0; @/
    /@ assert nothing_left: pb_err(p, z, z, 3) == 0 && pb_last(p, z, z, b) == b; @/
  }
*/
