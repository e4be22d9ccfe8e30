#include "uvarint.h"

mconn_uvarint mconn_uvarint_get(const uint8_t *p, size_t i, size_t e)
{
  mconn_uvarint r = { .st = MCONN_UVARINT_MORE, .n = 0, .val = 0 };
  size_t k = 0, lim = e - i;
  if (lim > 10) lim = 10;
  /*@ loop invariant rng: 0 <= k <= lim;
      loop invariant cont: uv_cont(p, i, k);
      loop invariant end: uv_end(p, i, i + lim) == uv_end(p, i + k, i + lim);
      loop assigns k;
      loop variant lim - k; */
  while (k < lim && p[i + k] >= 128) k++;
  if (k == lim) {
    r.st = k < 10 ? MCONN_UVARINT_MORE : MCONN_UVARINT_LONG;
    return r;
  }
  //@ assert is: uv_is(p, i, k + 1);
  r.st = k == 9 && p[i + 9] >= 2 ? MCONN_UVARINT_OVER : MCONN_UVARINT_OK;
  uint64_t acc = p[i + k];
  if (k == 9) acc = acc % 2;
  //@ assert top9: k == 9 ==> acc == p[i + 9] % 2;
  //@ assert top: acc == uv_top(p, i, k + 1);
  size_t j = k;
  /*@ loop invariant rng: 0 <= j <= k;
      loop invariant val: acc == uv_h(p, i + j, i + k, uv_top(p, i, k + 1));
      loop invariant b9: k <= 8 ==> acc < pow128(k + 1 - j);
      loop invariant b10: k == 9 ==> acc < 2 * pow128(9 - j);
      loop assigns acc, j;
      loop variant j; */
  while (j > 0) {
    j--;
    acc = acc * 128 + (uint64_t)(p[i + j] - 128);
  }
  r.n = k + 1;
  r.val = acc;
  return r;
}

size_t mconn_uvarint_len(uint64_t x)
{
  size_t n = 1;
  /*@ loop invariant rng: 1 <= n <= 10;
      loop invariant size: n - 1 + uv_size(x) == uv_size(\at(x, Pre));
      loop assigns n, x;
      loop variant x; */
  while (x >= 128) {
    x /= 128;
    n++;
  }
  return n;
}

size_t mconn_uvarint_put(uint8_t *o, size_t i, uint64_t x)
{
  size_t k = 0;
  /*@ loop invariant rng: 0 <= k <= 9;
      loop invariant size: k + uv_size(x) == uv_size(\at(x, Pre));
      loop invariant xk: x == shr7(\at(x, Pre), k);
      loop invariant dig: \forall integer j; 0 <= j < k ==>
        o[i + j] == 128 + shr7(\at(x, Pre), j) % 128;
      loop assigns k, x, o[i .. i + uv_size(\at(x, Pre)) - 2];
      loop variant x; */
  while (x >= 128) {
    o[i + k] = (uint8_t)(128 + x % 128);
    x /= 128;
    k++;
  }
  o[i + k] = (uint8_t)x;
  return i + k + 1;
}

/*@ ghost
  void lem_uvarint(const uint8_t *p, size_t i, size_t e, uint64_t x)
  {
    uint64_t y = x;
    size_t k = 0;
    /@ loop invariant rng: 0 <= k <= 9;
       loop invariant size: k + uv_size(y) == uv_size(x);
       loop invariant xk: y == shr7(x, k);
       loop invariant top: k == 9 ==> y < 2;
       loop invariant rngs: \forall integer j; 0 <= j < k ==> shr7(x, j) >= 128;
       loop invariant end: uv_end(p, i, uv_lim(i, e)) == uv_end(p, i + k, uv_lim(i, e));
       loop assigns k, y;
       loop variant y; @/
    while (y >= 128) { y /= 128; k++; }
    /@ assert cont: uv_cont(p, i, k); @/
    /@ assert last: p[i + k] == y && k + 1 == uv_size(x); @/
    /@ assert end: uv_end(p, i, uv_lim(i, e)) == i + k; @/
    size_t j = k;
    /@ loop invariant rng: 0 <= j <= k;
       loop invariant val: uv_h(p, i + j, i + k, y) == shr7(x, j);
       loop assigns j;
       loop variant j; @/
    while (j > 0) {
      j--;
      /@ assert step: shr7(x, j + 1) == shr7(x, j) / 128; @/
      /@ assert b: p[i + j] == 128 + shr7(x, j) % 128; @/
    }
    /@ assert top: y == uv_top(p, i, k + 1); @/
    /@ assert v: uv_h(p, i, i + k, y) == x; @/
  }
*/
