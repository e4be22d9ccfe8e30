/* Theorem 3: the encoder emits exactly one encoding, of exactly the size it announced, that every
 * generation of Go peer accepts.
 *
 * Two headers with the same numbers are the same bytes, so no choice is left to an encoder that meets
 * hdr; what counts of a packet against the limit of a Go peer configured for payloads of N bytes is
 * within that limit, whatever the message and whichever fragment of it. */
#include "header.h"
#include "sender.h"
#include "roundtrip.h"

/* ---- one encoding */
/*@ ghost
  /@ requires idx: i + uv_size(x) <= MCONN_INDEX_MAX;
     requires o: uv_enc(o, i, x);
     requires q: uv_enc(q, i, x);
     terminates \true;
     assigns \nothing;
     ensures same: \forall integer k; i <= k < i + uv_size(x) ==> o[k] == q[k]; @/
  void lem_one_varint(const uint8_t *o, const uint8_t *q, size_t i, uint64_t x)
  {
    size_t k = 0;
    uint64_t y = x;
    /@ loop invariant rng: 0 <= k <= 9 && k + uv_size(y) == uv_size(x);
       loop invariant same: \forall integer t; i <= t < i + k ==> o[t] == q[t];
       loop assigns k, y;
       loop variant y; @/
    while (y >= 128) {
      /@ assert o_digit: o[i + k] == 128 + shr7(x, k) % 128; @/
      /@ assert q_digit: q[i + k] == 128 + shr7(x, k) % 128; @/
      y = y / 128;
      k = k + 1;
    }
    /@ assert last: k + 1 == uv_size(x) && o[i + k] == shr7(x, k) && q[i + k] == shr7(x, k); @/
  }
*/
/*@ ghost
  /@ requires v: v <= MCONN_INDEX_MAX;
     requires idx: i + int_size(v) <= MCONN_INDEX_MAX;
     requires o: is_int(o, i, tag, v);
     requires q: is_int(q, i, tag, v);
     terminates \true;
     assigns \nothing;
     ensures same: \forall integer k; i <= k < i + int_size(v) ==> o[k] == q[k]; @/
  void lem_one_int(const uint8_t *o, const uint8_t *q, size_t i, uint8_t tag, uint32_t v)
  {
    if (v > 0) lem_one_varint(o, q, i + 1, v);
  }
*/
/* b: where the body begins, a: where its fields do. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: i < b < a && a + msg_size(ch, eof, n) <= MCONN_INDEX_MAX;
     requires len: m == msg_size(ch, eof, n) && body == body_size(d, m);
     requires o: hdr_at(d, o, i, b, a, ch, eof, n);
     requires q: hdr_at(d, q, i, b, a, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures same: \forall integer k; i <= k < a + fields_size(ch, eof, n) ==> o[k] == q[k]; @/
  void lem_one_header(enum mconn_dialect d, const uint8_t *o, const uint8_t *q, size_t i, size_t b, size_t a,
                      size_t m, size_t body, uint32_t ch, uint32_t eof, uint32_t n)
  {
    size_t f = a, l;
    if (ch > 0) f = f + 2;
    if (ch > 127) f = f + 1;
    l = f;
    if (eof > 0) l = l + 2;
    /@ assert places: f == a + int_size(ch) && l == f + int_size(eof); @/
    lem_one_varint(o, q, i, body);
    if (d == MCONN_PROTO) lem_one_varint(o, q, b + 1, m);
    /@ assert intro: \forall integer k; b <= k < a ==> o[k] == q[k]; @/
    lem_one_int(o, q, a, 0x08, ch);
    lem_one_int(o, q, f, 0x10, eof);
    lem_one_int(o, q, l, 0x1A, n);
  }
*/

/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: i + wire_size(d, ch, eof, n) <= MCONN_INDEX_MAX;
     requires o: hdr(d, o, i, ch, eof, n);
     requires q: hdr(d, q, i, ch, eof, n);
     terminates \true;
     assigns \nothing;
     ensures same: \forall integer k; i <= k < i + hdr_size(d, ch, eof, n) ==> o[k] == q[k]; @/
  void theorem_one_encoding(enum mconn_dialect d, const uint8_t *o, const uint8_t *q, size_t i, uint32_t ch,
                            uint32_t eof, uint32_t n)
  {
    size_t m = ghost_msg_size(ch, eof, n);
    size_t body = ghost_body_size(d, m);
    size_t b = i + ghost_varint_size(body);
    size_t a = b + (body - m);
    /@ assert o_at: hdr_at(d, o, i, b, a, ch, eof, n); @/
    /@ assert q_at: hdr_at(d, q, i, b, a, ch, eof, n); @/
    lem_one_header(d, o, q, i, b, a, m, body, ch, eof, n);
    /@ assert size: i + hdr_size(d, ch, eof, n) == a + fields_size(ch, eof, n); @/
  }
*/

/* As a program: the size announced is the size written. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: ch <= 255 && n <= MCONN_PAYLOAD_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + MCONN_HEADER_MAX - 1));
    terminates \true;
    assigns o[i .. i + MCONN_HEADER_MAX - 1];
    ensures as_announced: \result;
    ensures the_one_encoding: hdr(d, o, i, ch, eof ? 1 : 0, n); */
bool theorem_size(enum mconn_dialect d, uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t announced = mconn_header_len(d, ch, eof, n);
  return mconn_header_put(d, o, i, ch, eof, n) == i + announced;
}

/* ---- within the limit of every Go peer configured for payloads of N bytes: the next fragment of a
 * message of which `left` bytes are not sent yet (MC-SENDER-03, MC-SENDER-04) */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: ch <= 255 && eof <= 1 && 2 <= N <= MCONN_PAYLOAD_MAX;
     requires slice: n == slice_len(d, ch, N, left);
     requires final: eof == 1 <==> slice_last(d, ch, N, left);
     terminates \true;
     assigns \nothing;
     ensures accepted: counted_size(d, ch, eof, n) <= packet_max(d, 1, N); @/
  void theorem_go_limit(enum mconn_dialect d, uint32_t ch, uint32_t eof, uint32_t n, uint32_t N, uint32_t left)
  {
    /@ assert payload: n <= N && (eof == 1 ==> n <= last_max(d, ch, N)); @/
    /@ assert length: uv_size(n) <= uv_size(N); @/
    /@ assert msg: d == 0 ==> msg_size(ch, eof, n) <= msg_size(1, 1, N); @/
    /@ assert amino_msg: msg_size(ch, eof, n) <= msg_size(1, 1, N) + 1; @/
  }
*/
/* The rule is needed: without it a full final fragment on channel 0x80 is one byte too long in proto. */
/*@ ghost
  /@ requires N: 2 <= N <= MCONN_PAYLOAD_MAX;
     requires ch: 128 <= ch <= 255;
     terminates \true;
     assigns \nothing;
     ensures refused: counted_size(0, ch, 1, N) > packet_max(0, 1, N); @/
  void theorem_go_limit_is_tight(uint32_t ch, uint32_t N)
  {
    /@ assert msg: msg_size(ch, 1, N) == msg_size(1, 1, N) + 1; @/
  }
*/
