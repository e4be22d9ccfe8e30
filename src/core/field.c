#include "field.h"

typedef struct {
  enum mconn_err err;
  size_t at, end, off;
  uint64_t val;
  bool over;
} value;

/* A varint at a: found, or why not. */
/*@ requires bounds: a <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (a .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == uv_err(p, a, e);
    ensures errors: \result.err \in {MCONN_OK, MCONN_E_VARINT, MCONN_E_TRUNCATED};
    ensures at: \result.err != MCONN_OK ==> \result.at == uv_at(p, a, e) && a <= \result.at <= e;
    ensures end: \result.err == MCONN_OK ==> \result.end == a + uv_n(p, a, e) && a < \result.end <= e;
    ensures off: \result.off == a;
    ensures val: \result.err == MCONN_OK ==> \result.val == uv_val(p, a, uv_n(p, a, e));
    ensures over: \result.err == MCONN_OK ==> (\result.over <==> uv_over(p, a, e) != 0); */
static value varint_get(const uint8_t *p, size_t a, size_t e)
{
  value r = { .err = MCONN_OK, .at = a, .end = a, .off = a, .val = 0, .over = false };
  mconn_uvarint u = mconn_uvarint_get(p, a, e);
  if (u.n == 0) {
    r.err = u.st == MCONN_UVARINT_MORE ? MCONN_E_TRUNCATED : MCONN_E_VARINT;
    r.at = u.st == MCONN_UVARINT_MORE ? e : a + 9;
    return r;
  }
  r.end = a + u.n;
  r.val = u.val;
  r.over = u.st == MCONN_UVARINT_OVER;
  return r;
}

/* The value at a of an element whose key, at i, has wire type w. */
/*@ requires bounds: i < a <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (a .. e - 1));
    requires w: w <= 7;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == val_err(p, a, e, w);
    ensures errors: \result.err \in {MCONN_OK, MCONN_E_VARINT, MCONN_E_TRUNCATED, MCONN_E_WIRE_TYPE};
    ensures at: \result.err != MCONN_OK ==> \result.at == val_at(p, i, a, e, w) && i <= \result.at <= e;
    ensures end: \result.err == MCONN_OK ==> \result.end == val_end(p, a, e, w) && a <= \result.end <= e;
    ensures off: \result.err == MCONN_OK ==> a <= \result.off <= \result.end &&
      \result.off == (w == 2 ? a + uv_n(p, a, e) : a);
    ensures val: \result.err == MCONN_OK ==> \result.val == val_v(p, a, e, w);
    ensures over: \result.err == MCONN_OK ==>
      (\result.over <==> (w == 0 || w == 2) && uv_over(p, a, e) != 0);
    ensures slice: \result.err == MCONN_OK && w == 2 ==> \result.off + \result.val == \result.end; */
static value value_get(const uint8_t *p, size_t i, size_t a, size_t e, uint64_t w)
{
  value r = { .err = MCONN_OK, .at = e, .end = a, .off = a, .val = 0, .over = false };
  if (w == MCONN_WIRE_VARINT) return varint_get(p, a, e);
  if (w == MCONN_WIRE_BYTES) {
    value n = varint_get(p, a, e);
    if (n.err != MCONN_OK) return n;
    if (n.val > e - n.end) {
      n.err = MCONN_E_TRUNCATED;
      n.at = a;
      return n;
    }
    n.off = n.end;
    n.end += n.val;
    return n;
  }
  if (w == MCONN_WIRE_8BYTE || w == MCONN_WIRE_4BYTE) {
    size_t n = w == MCONN_WIRE_8BYTE ? 8 : 4;
    if (e - a < n) r.err = MCONN_E_TRUNCATED;
    else r.end = a + n;
  } else if (w > MCONN_WIRE_4BYTE) {
    r.err = MCONN_E_WIRE_TYPE;
    r.at = i;
  }
  return r;
}

mconn_element mconn_element_get(const uint8_t *p, size_t i, size_t e)
{
  mconn_element r = { .err = MCONN_OK, .at = i, .end = 0, .off = 0, .key = 0, .val = 0, .strict = true };
  value k = varint_get(p, i, e);
  value v = k;
  if (k.err == MCONN_OK) v = value_get(p, i, k.end, e, k.val % 8);
  r.err = v.err;
  r.at = v.at;
  r.end = v.end;
  r.off = v.off;
  r.key = k.val;
  r.val = v.val;
  r.strict = !k.over && !v.over;
  return r;
}

mconn_group mconn_group_get(const uint8_t *p, size_t i, size_t e)
{
  mconn_group r = { .err = MCONN_OK, .at = e, .end = i };
  size_t j = i, depth = 1;
  /*@ loop invariant rng: i <= j <= e && depth <= 1 + (j - i);
      loop invariant moved: j == i ==> depth == 1;
      loop invariant err: grp_err(p, i, e, 1) == grp_err(p, j, e, depth);
      loop invariant at: grp_at(p, i, e, 1) == grp_at(p, j, e, depth);
      loop invariant end: grp_end(p, i, e, 1) == grp_end(p, j, e, depth);
      loop assigns j, depth;
      loop variant e - j; */
  while (depth > 0 && j < e) {
    mconn_element x = mconn_element_get(p, j, e);
    if (x.err != MCONN_OK) {
      r.err = x.err;
      r.at = x.at;
      return r;
    }
    uint64_t wire = x.key % 8;
    //@ assert step_err: grp_err(p, j, e, depth) == grp_err(p, x.end, e, grp_d(p, j, e, depth));
    //@ assert step_at: grp_at(p, j, e, depth) == grp_at(p, x.end, e, grp_d(p, j, e, depth));
    //@ assert step_end: grp_end(p, j, e, depth) == grp_end(p, x.end, e, grp_d(p, j, e, depth));
    if (wire == MCONN_WIRE_GROUP) depth++;
    else if (wire == MCONN_WIRE_END) depth--;
    j = x.end;
  }
  if (depth > 0) {
    r.err = MCONN_E_GROUP;
    return r;
  }
  r.end = j;
  return r;
}

mconn_field mconn_field_get(const uint8_t *p, size_t i, size_t e)
{
  mconn_element x = mconn_element_get(p, i, e);
  mconn_field r = { .err = x.err, .at = x.at, .end = x.end, .off = x.off, .num = 0, .wire = 0, .val = x.val };
  if (x.err != MCONN_OK) return r;
  r.at = i;
  r.wire = (uint32_t)(x.key % 8);
  r.num = (uint32_t)(x.key / 8 % 0x100000000u);
  if (r.wire == MCONN_WIRE_END) {
    r.err = MCONN_E_GROUP;
  } else if (r.num == 0 || r.num > 0x7FFFFFFFu) {
    r.err = MCONN_E_FIELD_NUMBER;
  } else if (r.wire == MCONN_WIRE_GROUP) {
    mconn_group g = mconn_group_get(p, x.end, e);
    r.err = g.err;
    r.at = g.at;
    r.end = g.end;
  }
  return r;
}
