/* Node info, read. First everything is checked, then each field is looked up by itself: slower than one walk, but
 * there is one node info in the life of a connection, and each loop carries one thing. */
#include "nodeinfo.h"

#define PART_INFO 0u /* the node info itself */
#define PART_VERSIONS 1u
#define PART_OTHER 8u

/* One field, or why there is none. */
typedef struct {
  enum mconn_err err;
  size_t at;   /* not OK: index of the byte that decided */
  size_t next; /* OK: where the next field begins */
  size_t off;  /* OK: index of the value; for bytes, after their length */
  uint64_t num;
  uint64_t wire;
  uint64_t val; /* OK: varint value, or the length of bytes; else 0 */
} field;

/* Lemma: a varint of k bytes is below 128^k, so its shortest form is not longer. */
/*@ ghost
  /@ requires idx: i + k <= e <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (i .. e - 1));
     requires is: 1 <= k && uv_n(p, i, e) == k && uv_is(p, i, k);
     terminates \true;
     assigns \nothing;
     ensures shortest: uv_size(uv_val(p, i, k)) <= k; @/
  void lem_not_longer(const uint8_t *p, size_t i, size_t e, size_t k)
  {
    size_t j = i + k - 1;
    /@ loop invariant rng: i <= j <= i + k - 1;
       loop invariant below: 0 <= uv_h(p, j, i + k - 1, uv_top(p, i, k)) < pow128(i + k - j);
       loop assigns j;
       loop variant j; @/
    while (j > i) {
      j = j - 1;
      /@ assert digit: 0 <= dig(p[j]) <= 127; @/
      /@ assert power: pow128(i + k - j) == 128 * pow128(i + k - (j + 1)); @/
    }
    /@ assert whole: uv_val(p, i, k) < pow128(k); @/
  }
*/

/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == fld_err(p, i, z);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_GROUP;
    ensures at: \result.err != MCONN_OK ==> \result.at == ni_one_at(0, p, i, z) && i <= \result.at <= z;
    ensures at_else: \result.err == MCONN_OK ==> \result.at == i;
    ensures next: \result.err == MCONN_OK ==> \result.next == fld_end(p, i, z) && i < \result.next <= z;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, z);
    ensures num: \result.err == MCONN_OK ==> \result.num == elem_num(p, i, z) && 1 <= \result.num;
    ensures wire: \result.err == MCONN_OK ==> \result.wire == elem_wire(p, i, z);
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, z);
    ensures slice: \result.err == MCONN_OK && \result.wire == MCONN_WIRE_BYTES ==>
      i < \result.off && \result.off + \result.val <= z; */
static field proto_field(const uint8_t *p, size_t i, size_t z)
{
  mconn_field f = mconn_field_get(p, i, z);
  return (field){ .err = f.err,
                  .at = f.err != MCONN_OK ? f.at : i,
                  .next = f.end,
                  .off = f.off,
                  .num = f.num,
                  .wire = f.wire,
                  .val = f.val };
}

/* Where Go's amino reads on behind the sub-message at i: see ni_next. */
/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    requires elem: elem_err(p, i, z) == 0 && elem_wire(p, i, z) == 2;
    terminates \true;
    assigns \nothing;
    ensures next: \result == elem_a(p, i, z) + uv_size(elem_val(p, i, z)) + elem_val(p, i, z);
    ensures in: i < \result <= elem_end(p, i, z); */
static size_t amino_resume(const uint8_t *p, size_t i, size_t z)
{
  mconn_uvarint key = mconn_uvarint_get(p, i, z);
  size_t a = i + key.n;
  //@ assert key: a == elem_a(p, i, z) && a < z;
  mconn_uvarint len = mconn_uvarint_get(p, a, z);
  //@ assert len: len.n > 0 && len.val == elem_val(p, i, z);
  //@ ghost lem_not_longer(p, a, z, len.n);
  return a + mconn_uvarint_len(len.val) + len.val;
}

/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == af_one(p, i, z, 0, last);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_FIELD_ORDER;
    ensures at: \result.err != MCONN_OK ==> \result.at == ni_one_at(1, p, i, z) && i <= \result.at <= z;
    ensures at_else: \result.err == MCONN_OK ==> \result.at == i;
    ensures next: \result.err == MCONN_OK ==> \result.next == elem_end(p, i, z) && i < \result.next <= z;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, z);
    ensures num: \result.err == MCONN_OK ==> \result.num == am_num(p, i, z) && 1 <= \result.num;
    ensures wire: \result.err == MCONN_OK ==> \result.wire == elem_wire(p, i, z);
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, z);
    ensures slice: \result.err == MCONN_OK && \result.wire == MCONN_WIRE_BYTES ==>
      i < \result.off && \result.off + \result.val <= z; */
static field amino_field(const uint8_t *p, size_t i, size_t z, uint64_t last)
{
  mconn_element x = mconn_element_get(p, i, z);
  field f = { .err = x.err, .at = x.at, .next = x.end, .off = x.off, .num = 0, .wire = 0, .val = x.val };
  if (x.err != MCONN_OK) return f;
  f.at = i;
  f.num = x.key / 8;
  f.wire = x.key % 8;
  if (!x.strict) f.err = MCONN_E_VARINT;
  else if (f.num == 0 || f.num > 0x1FFFFFFF) f.err = MCONN_E_FIELD_NUMBER;
  else if (f.num <= last) f.err = MCONN_E_FIELD_ORDER;
  else if (f.wire == MCONN_WIRE_GROUP || f.wire == MCONN_WIRE_END) f.err = MCONN_E_WIRE_TYPE;
  return f;
}

/* Whether a field of message q may have this wire type. */
/*@ terminates \true;
    assigns \nothing;
    ensures typed: \result <==> ni_wire(q, num) == -1 || ni_wire(q, num) == wire; */
static bool typed(uint32_t q, uint64_t num, uint64_t wire)
{
  if (num < 1) return true;
  if (q == PART_INFO) return num > 8 || wire == MCONN_WIRE_BYTES;
  if (q == PART_VERSIONS) return num > 3 || wire == MCONN_WIRE_VARINT;
  return num > 2 || wire == MCONN_WIRE_BYTES;
}

/* The field at i of message q; last: number of the field before it, which matters in amino. */
/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires q: q == 0 || q == 1 || q == 8;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == ni_one(d, p, i, z, q, last);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_FIELD_ORDER;
    ensures at: \result.err != MCONN_OK ==> \result.at == ni_one_at(d, p, i, z) && i <= \result.at <= z;
    ensures next: \result.err == MCONN_OK ==> \result.next == ni_next(d, p, i, z, q) && i < \result.next <= z;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, z);
    ensures num: \result.err == MCONN_OK ==> \result.num == ni_num(d, p, i, z) && 1 <= \result.num;
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, z);
    ensures slice: \result.err == MCONN_OK && ni_wire(q, \result.num) == 2 ==>
      i < \result.off && \result.off + \result.val <= z; */
static field field_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t z, uint32_t q, uint64_t last)
{
  field f = d == MCONN_PROTO ? proto_field(p, i, z) : amino_field(p, i, z, last);
  if (f.err != MCONN_OK) return f;
  if (!typed(q, f.num, f.wire)) {
    f.err = MCONN_E_FIELD_TYPE;
    return f;
  }
  if (d == MCONN_AMINO && q == PART_INFO && (f.num == PART_VERSIONS || f.num == PART_OTHER))
    f.next = amino_resume(p, i, z);
  return f;
}

/* Whether the fields of a sub-message are well formed. */
/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires q: q == 1 || q == 8;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == part_err(d, p, b, z, q, 0);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_FIELD_ORDER;
    ensures at: \result.err != MCONN_OK ==> \result.at == part_at(d, p, b, z, q, 0) && b <= \result.at <= z; */
static mconn_nodeinfo_result part_check(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z, uint32_t q)
{
  mconn_nodeinfo_result r = { .err = MCONN_OK, .at = 0 };
  size_t i = b;
  uint64_t last = 0;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant err: part_err(d, p, b, z, q, 0) == part_err(d, p, i, z, q, last);
      loop invariant at: part_at(d, p, b, z, q, 0) == part_at(d, p, i, z, q, last);
      loop assigns i, last;
      loop variant z - i; */
  while (i < z) {
    field f = field_get(d, p, i, z, q, last);
    if (f.err != MCONN_OK) {
      r.err = f.err;
      r.at = f.at;
      return r;
    }
    last = f.num;
    i = f.next;
  }
  return r;
}

/* One field of the node info, its sub-message checked. */
/*@ requires bounds: i < z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == ni_field(d, p, i, z, last);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_FIELD_ORDER;
    ensures at: \result.err != MCONN_OK ==> \result.at == ni_field_at(d, p, i, z, last) && i <= \result.at <= z;
    ensures next: \result.err == MCONN_OK ==> \result.next == ni_next(d, p, i, z, 0) && i < \result.next <= z;
    ensures num: \result.err == MCONN_OK ==> \result.num == ni_num(d, p, i, z); */
static field info_field(enum mconn_dialect d, const uint8_t *p, size_t i, size_t z, uint64_t last)
{
  field f = field_get(d, p, i, z, PART_INFO, last);
  if (f.err != MCONN_OK || (f.num != PART_VERSIONS && f.num != PART_OTHER)) return f;
  mconn_nodeinfo_result c = part_check(d, p, f.off, f.off + f.val, f.num == PART_VERSIONS ? PART_VERSIONS : PART_OTHER);
  f.err = c.err;
  f.at = c.at;
  return f;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == ni_err(d, p, b, z, 0);
    ensures rng: \result.err == MCONN_OK || MCONN_E_VARINT <= \result.err <= MCONN_E_FIELD_ORDER;
    ensures at: \result.err != MCONN_OK ==> \result.at == ni_at(d, p, b, z, 0) && b <= \result.at <= z; */
static mconn_nodeinfo_result body_check(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z)
{
  mconn_nodeinfo_result r = { .err = MCONN_OK, .at = 0 };
  size_t i = b;
  uint64_t last = 0;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant err: ni_err(d, p, b, z, 0) == ni_err(d, p, i, z, last);
      loop invariant at: ni_at(d, p, b, z, 0) == ni_at(d, p, i, z, last);
      loop assigns i, last;
      loop variant z - i; */
  while (i < z) {
    field f = info_field(d, p, i, z, last);
    if (f.err != MCONN_OK) {
      r.err = f.err;
      r.at = f.at;
      return r;
    }
    last = f.num;
    i = f.next;
  }
  return r;
}

/* ---- looking up */
typedef struct {
  size_t off;
  uint64_t val; /* value, or length of bytes */
} found;

/* The last field n of message q, else acc. */
/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires q: q == 0 || q == 1 || q == 8;
    terminates \true;
    assigns \nothing;
    ensures off: \result.off == part_off(d, p, b, z, q, 0, n, acc.off);
    ensures val: \result.val == part_val(d, p, b, z, q, 0, n, acc.val);
    ensures in: ni_wire(q, n) == 2 ==> \result.off + \result.val <= z ||
      (\result.off == acc.off && \result.val == acc.val); */
static found part_find(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z, uint32_t q, uint32_t n, found acc)
{
  size_t i = b, off = acc.off;
  uint64_t last = 0, val = acc.val;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant off: part_off(d, p, b, z, q, 0, n, acc.off) == part_off(d, p, i, z, q, last, n, off);
      loop invariant val: part_val(d, p, b, z, q, 0, n, acc.val) == part_val(d, p, i, z, q, last, n, val);
      loop invariant in: ni_wire(q, n) == 2 ==> off + val <= z || (off == acc.off && val == acc.val);
      loop assigns i, last, off, val;
      loop variant z - i; */
  while (i < z) {
    field f = field_get(d, p, i, z, q, last);
    if (f.err != MCONN_OK) break;
    if (f.num == n) {
      off = f.off;
      val = f.val;
    }
    last = f.num;
    i = f.next;
  }
  return (found){ .off = off, .val = val };
}

/* The last field n in any sub-message m. */
/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires m: m == 1 || m == 8;
    terminates \true;
    assigns \nothing;
    ensures off: \result.off == deep_off(d, p, b, z, 0, m, n, 0);
    ensures val: \result.val == deep_val(d, p, b, z, 0, m, n, 0);
    ensures in: ni_wire(m, n) == 2 ==> \result.off + \result.val <= z; */
static found deep_find(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z, uint32_t m, uint32_t n)
{
  found r = { .off = 0, .val = 0 };
  size_t i = b;
  uint64_t last = 0;
  /*@ loop invariant rng: b <= i <= z;
      loop invariant off: deep_off(d, p, b, z, 0, m, n, 0) == deep_off(d, p, i, z, last, m, n, r.off);
      loop invariant val: deep_val(d, p, b, z, 0, m, n, 0) == deep_val(d, p, i, z, last, m, n, r.val);
      loop invariant in: ni_wire(m, n) == 2 ==> r.off + r.val <= z;
      loop assigns i, last, r;
      loop variant z - i; */
  while (i < z) {
    field f = field_get(d, p, i, z, PART_INFO, last);
    if (f.err != MCONN_OK) break;
    if (f.num == m) r = part_find(d, p, f.off, f.off + f.val, m, n, r);
    last = f.num;
    i = f.next;
  }
  return r;
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires n: 2 <= n <= 7;
    terminates \true;
    assigns \nothing;
    ensures is: text_is(d, p, b, z, n, \result);
    ensures in: \result.from + \result.len <= z; */
static mconn_span text_find(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z, uint32_t n)
{
  found f = part_find(d, p, b, z, PART_INFO, n, (found){ .off = 0, .val = 0 });
  return (mconn_span){ .from = f.off, .len = f.val };
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires n: 1 <= n <= 2;
    terminates \true;
    assigns \nothing;
    ensures is: deep_is(d, p, b, z, n, \result);
    ensures in: \result.from + \result.len <= z; */
static mconn_span other_find(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z, uint32_t n)
{
  found f = deep_find(d, p, b, z, PART_OTHER, n);
  return (mconn_span){ .from = f.off, .len = f.val };
}

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    terminates \true;
    assigns \nothing;
    ensures is: ni_is(d, p, b, z, \result);
    ensures in: ni_within(\result, z); */
static mconn_nodeinfo body_read(enum mconn_dialect d, const uint8_t *p, size_t b, size_t z)
{
  mconn_nodeinfo x;
  x.p2p = deep_find(d, p, b, z, PART_VERSIONS, 1).val;
  x.block = deep_find(d, p, b, z, PART_VERSIONS, 2).val;
  x.app = deep_find(d, p, b, z, PART_VERSIONS, 3).val;
  x.id = text_find(d, p, b, z, 2);
  x.listen_addr = text_find(d, p, b, z, 3);
  x.network = text_find(d, p, b, z, 4);
  x.version = text_find(d, p, b, z, 5);
  x.channels = text_find(d, p, b, z, 6);
  x.moniker = text_find(d, p, b, z, 7);
  x.tx_index = other_find(d, p, b, z, 1);
  x.rpc_address = other_find(d, p, b, z, 2);
  return x;
}

/* ---- the frame */
/*@ terminates \true;
    assigns \nothing;
    ensures none: ni_none(\result); */
static mconn_nodeinfo nothing(void)
{
  const mconn_span no = { .from = 0, .len = 0 };
  return (mconn_nodeinfo){ .p2p = 0,
                           .block = 0,
                           .app = 0,
                           .id = no,
                           .listen_addr = no,
                           .network = no,
                           .version = no,
                           .channels = no,
                           .moniker = no,
                           .tx_index = no,
                           .rpc_address = no };
}

mconn_nodeinfo_read mconn_nodeinfo_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e)
{
  mconn_nodeinfo_read r = { .err = MCONN_OK, .whole = false, .b = 0, .z = 0, .at = i, .x = nothing() };
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
  if (u.val > MCONN_NODEINFO_MAX - prefix) {
    r.err = MCONN_E_NODEINFO_SIZE;
    return r;
  }
  r.z = r.b + u.val;
  if (r.z > e) return r;
  mconn_nodeinfo_result c = body_check(d, p, r.b, r.z);
  r.err = c.err;
  if (c.err != MCONN_OK) {
    r.at = c.at;
    return r;
  }
  r.whole = true;
  r.x = body_read(d, p, r.b, r.z);
  return r;
}
