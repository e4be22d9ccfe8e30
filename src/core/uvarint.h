/* Unsigned varints, base 128, least significant digit first.
 *
 * The peer writes these bytes. What goes wrong in practice: a reader that never stops at continuation
 * bytes (CVE-2020-16845), one that shifts past 64 bits, and two readers that disagree about the
 * tenth byte. Upstream has both kinds of reader: the length prefix and all of amino refuse a tenth
 * byte above 1 (encoding/binary), the generated protobuf code drops its excess bits. So this function
 * reports the difference and leaves the verdict to its caller. */
#ifndef MCONN_CORE_UVARINT_H
#define MCONN_CORE_UVARINT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __FRAMAC__
#include "logic/uvarint.acsl"
#endif

/* Largest index into a caller's buffer that the core accepts. Wire: no limit. Ours: keeps every sum of
 * two indices and a length inside 64 bits. */
#define MCONN_INDEX_MAX 0x7FFFFFFFu

enum mconn_uvarint_st {
  MCONN_UVARINT_OK = 0,   /* ends within the bytes, fits 64 bits */
  MCONN_UVARINT_MORE = 1, /* the bytes end before it does */
  MCONN_UVARINT_OVER = 2, /* ends with its tenth byte, which carries bits above 64: val is modulo 2^64 */
  MCONN_UVARINT_LONG = 3  /* ten bytes and no end */
};
typedef struct {
  enum mconn_uvarint_st st;
  size_t n;     /* bytes used: 1..10 (OK, OVER), else 0 */
  uint64_t val; /* value (OK), value modulo 2^64 (OVER), else 0 */
} mconn_uvarint;

/* Reads the varint that begins at p[i], looking at nothing from p[e] on. */
/*@ requires bounds: i <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures st: \result.st \in {MCONN_UVARINT_OK, MCONN_UVARINT_MORE, MCONN_UVARINT_OVER, MCONN_UVARINT_LONG};
    ensures ends: \result.n == uv_n(p, i, e);
    ensures ended: \result.n > 0 <==> \result.st == MCONN_UVARINT_OK || \result.st == MCONN_UVARINT_OVER;
    ensures in: i + \result.n <= e && \result.n <= 10;
    ensures whole: \result.n > 0 ==> uv_is(p, i, \result.n);
    ensures ok: \result.st == MCONN_UVARINT_OK <==> uv_n(p, i, e) > 0 && uv_fits(p, i, uv_n(p, i, e));
    ensures over: \result.st == MCONN_UVARINT_OVER <==> uv_n(p, i, e) > 0 && !uv_fits(p, i, uv_n(p, i, e));
    ensures more: \result.st == MCONN_UVARINT_MORE <==> uv_more(p, i, e);
    ensures long: \result.st == MCONN_UVARINT_LONG <==> uv_long(p, i, e);
    ensures val: \result.n > 0 ==> \result.val == uv_val(p, i, \result.n);
    ensures none: \result.n == 0 ==> \result.val == 0; */
mconn_uvarint mconn_uvarint_get(const uint8_t *p, size_t i, size_t e);

/* Bytes of the one (shortest) encoding of x: 1..10. */
/*@ terminates \true; assigns \nothing;
    ensures size: \result == uv_size(x);
    ensures rng: 1 <= \result <= 10; */
size_t mconn_uvarint_len(uint64_t x);

/* Writes the shortest encoding of x at o[i]; returns the index after it. */
/*@ requires room: i + 10 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + uv_size(x) - 1));
    terminates \true;
    assigns o[i .. i + uv_size(x) - 1];
    ensures n: \result == i + uv_size(x);
    ensures enc: uv_enc(o, i, x); */
size_t mconn_uvarint_put(uint8_t *o, size_t i, uint64_t x);

/* Lemma: the encoding of x is read back as x, whatever follows it. */
/*@ ghost
  /@ requires r: 0 <= i && i + uv_size(x) <= e <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (i .. e - 1));
     requires e: uv_enc(p, i, x);
     terminates \true; assigns \nothing;
     ensures n: uv_n(p, i, e) == uv_size(x);
     ensures is: uv_is(p, i, uv_size(x)) && uv_fits(p, i, uv_size(x));
     ensures val: uv_val(p, i, uv_size(x)) == x;
  @/
  void lem_uvarint(const uint8_t *p, size_t i, size_t e, uint64_t x);
*/
#endif
