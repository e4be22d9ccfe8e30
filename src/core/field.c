#include "field.h"

mconn_element mconn_element_get(const uint8_t *p, size_t i, size_t e)
{
  mconn_element r = { .err = MCONN_OK, .at = i, .end = 0, .off = 0, .key = 0, .val = 0, .strict = true };
  mconn_uvarint k = mconn_uvarint_get(p, i, e);
  if (k.n == 0) {
    r.err = k.st == MCONN_UVARINT_MORE ? MCONN_E_TRUNCATED : MCONN_E_VARINT;
    r.at = k.st == MCONN_UVARINT_MORE ? e : i + 9;
    return r;
  }
  r.key = k.val;
  r.off = i + k.n;
  r.end = r.off;
  r.strict = k.st == MCONN_UVARINT_OK;
  uint64_t wire = k.val % 8;
  if (wire == MCONN_WIRE_VARINT || wire == MCONN_WIRE_BYTES) {
    mconn_uvarint v = mconn_uvarint_get(p, r.off, e);
    if (v.n == 0) {
      r.err = v.st == MCONN_UVARINT_MORE ? MCONN_E_TRUNCATED : MCONN_E_VARINT;
      r.at = v.st == MCONN_UVARINT_MORE ? e : r.off + 9;
      return r;
    }
    r.strict = r.strict && v.st == MCONN_UVARINT_OK;
    r.val = v.val;
    r.end = r.off + v.n;
    if (wire == MCONN_WIRE_BYTES) {
      if (v.val > e - r.end) {
        r.err = MCONN_E_TRUNCATED;
        r.at = r.off;
        return r;
      }
      r.off = r.end;
      r.end += v.val;
    }
  } else if (wire == MCONN_WIRE_8BYTE || wire == MCONN_WIRE_4BYTE) {
    size_t n = wire == MCONN_WIRE_8BYTE ? 8 : 4;
    if (e - r.off < n) {
      r.err = MCONN_E_TRUNCATED;
      r.at = e;
      return r;
    }
    r.end = r.off + n;
  } else if (wire > MCONN_WIRE_4BYTE) {
    r.err = MCONN_E_WIRE_TYPE;
  }
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
