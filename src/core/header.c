/* Headers of outgoing packets. Nearly all traffic of a node has one of two shapes: proto, channel 1 to
 * 127, a payload of 1 to 112 or of 128 to 16000 bytes. Those are written without a size computation;
 * everything else goes the general way. All of it is one contract. */
#include "header.h"

#define NARROW_MAX 112u /* payload: every length in the header is one byte */
#define WIDE_MIN 128u
#define WIDE_MAX 16000u /* every length in the header is two bytes */

/* Bytes of a varint below 2^28. */
/*@ requires small: x < 0x10000000;
    terminates \true;
    assigns \nothing;
    ensures size: \result == uv_size(x);
    ensures rng: 1 <= \result <= 4; */
static uint32_t small_size(uint32_t x)
{
  return 1u + (x >= 0x80u ? 1u : 0u) + (x >= 0x4000u ? 1u : 0u) + (x >= 0x200000u ? 1u : 0u);
}

/*@ requires rng: ch <= 255 && n <= MCONN_PAYLOAD_MAX;
    terminates \true;
    assigns \nothing;
    ensures size: \result == msg_size(ch, eof ? 1 : 0, n);
    ensures rng: n <= \result <= n + 10; */
static uint32_t msg_len(uint32_t ch, bool eof, uint32_t n)
{
  uint32_t m = n;
  if (ch > 0) m += 1u + small_size(ch);
  if (eof) m += 2u;
  if (n > 0) m += 1u + small_size(n);
  return m;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires small: m <= MCONN_PAYLOAD_MAX + 10;
    terminates \true;
    assigns \nothing;
    ensures size: \result == body_size(d, m);
    ensures rng: m + 2 <= \result <= m + 5; */
static uint32_t body_len(enum mconn_dialect d, uint32_t m)
{
  return d == MCONN_PROTO ? 1u + small_size(m) + m : 4u + m;
}

uint32_t mconn_header_len(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t body = body_len(d, msg_len(ch, eof, n));
  return small_size(body) + body - n;
}

/*@ requires one: x < 0x80;
    requires room: i < MCONN_INDEX_MAX;
    requires wr: \valid(o + i);
    terminates \true;
    assigns o[i];
    ensures byte: o[i] == x;
    ensures enc: uv_enc(o, i, x); */
static void put1(uint8_t *o, size_t i, uint32_t x)
{
  o[i] = (uint8_t)x;
}

/*@ requires two: 0x80 <= x < 0x4000;
    requires room: i < MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + 1));
    terminates \true;
    assigns o[i .. i + 1];
    ensures bytes: o[i] == 128 + x % 128 && o[i + 1] == x / 128;
    ensures enc: uv_enc(o, i, x); */
static void put2(uint8_t *o, size_t i, uint32_t x)
{
  o[i] = (uint8_t)(128u + x % 128u);
  o[i + 1] = (uint8_t)(x / 128u);
  //@ assert low: o[i] == 128 + shr7(x, 0) % 128;
  //@ assert high: o[i + 1] == shr7(x, 1);
}

/*@ requires more: 0x4000 <= x < 0x10000000;
    requires room: i < MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + uv_size(x) - 1));
    terminates \true;
    assigns o[i .. i + uv_size(x) - 1];
    ensures enc: uv_enc(o, i, x);
    ensures n: \result == i + uv_size(x); */
static size_t put34(uint8_t *o, size_t i, uint32_t x)
{
  uint32_t y = x / 128u, z = y / 128u;
  o[i] = (uint8_t)(128u + x % 128u);
  o[i + 1] = (uint8_t)(128u + y % 128u);
  //@ assert digits: shr7(x, 0) == x && shr7(x, 1) == y && shr7(x, 2) == z && shr7(x, 3) == z / 128;
  if (z < 0x80u) {
    o[i + 2] = (uint8_t)z;
    //@ assert low: o[i] == 128 + shr7(x, 0) % 128 && o[i + 1] == 128 + shr7(x, 1) % 128;
    return i + 3;
  }
  o[i + 2] = (uint8_t)(128u + z % 128u);
  o[i + 3] = (uint8_t)(z / 128u);
  //@ assert low: o[i] == 128 + shr7(x, 0) % 128 && o[i + 1] == 128 + shr7(x, 1) % 128;
  //@ assert mid: o[i + 2] == 128 + shr7(x, 2) % 128;
  return i + 4;
}

/*@ requires small: x < 0x10000000;
    requires room: i < MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + uv_size(x) - 1));
    terminates \true;
    assigns o[i .. i + uv_size(x) - 1];
    ensures enc: uv_enc(o, i, x);
    ensures n: \result == i + uv_size(x); */
static size_t put(uint8_t *o, size_t i, uint32_t x)
{
  if (x < 0x80u) {
    put1(o, i, x);
    return i + 1;
  }
  if (x < 0x4000u) {
    put2(o, i, x);
    return i + 2;
  }
  return put34(o, i, x);
}

/*@ requires small: v < 0x10000000;
    requires room: i + 1 < MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + int_size(v) - 1));
    terminates \true;
    assigns o[i .. i + int_size(v) - 1];
    ensures enc: is_int(o, i, tag, v);
    ensures n: \result == i + int_size(v); */
static size_t int_put(uint8_t *o, size_t i, uint8_t tag, uint32_t v)
{
  if (v == 0) return i;
  o[i] = tag;
  return put(o, i + 1, v);
}

/*@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
    requires room: i + 10 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + fields_size(ch, eof, n) - 1));
    terminates \true;
    assigns o[i .. i + fields_size(ch, eof, n) - 1];
    ensures enc: fields_at(o, i, ch, eof, n);
    ensures n: \result == i + fields_size(ch, eof, n); */
static size_t fields_put(uint8_t *o, size_t i, uint32_t ch, uint32_t eof, uint32_t n)
{
  size_t c = int_put(o, i, 0x08, ch);
  size_t b = int_put(o, c, 0x10, eof);
  //@ assert ch_stays: is_int(o, i, 0x08, ch);
  size_t r = int_put(o, b, 0x1A, n);
  //@ assert ch_still: is_int(o, i, 0x08, ch);
  //@ assert eof_stays: is_int(o, c, 0x10, eof);
  return r;
}

/*@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + hdr_size(1, ch, eof, n) - 1));
    terminates \true;
    assigns o[i .. i + hdr_size(1, ch, eof, n) - 1];
    ensures n: \result == i + hdr_size(1, ch, eof, n);
    ensures enc: hdr(1, o, i, ch, eof, n); */
static size_t amino_put(uint8_t *o, size_t i, uint32_t ch, uint32_t eof, uint32_t n)
{
  uint32_t body = 4u + msg_len(ch, eof != 0, n);
  size_t b = put(o, i, body);
  o[b] = 0xB0;
  o[b + 1] = 0x5B;
  o[b + 2] = 0x4F;
  o[b + 3] = 0x2C;
  //@ assert prefix: uv_enc(o, i, body);
  size_t r = fields_put(o, b + 4, ch, eof, n);
  //@ assert prefix_stays: uv_enc(o, i, body);
  //@ assert intro_stays: amino_intro(o, b, b + 4);
  return r;
}

/*@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + hdr_size(0, ch, eof, n) - 1));
    terminates \true;
    assigns o[i .. i + hdr_size(0, ch, eof, n) - 1];
    ensures n: \result == i + hdr_size(0, ch, eof, n);
    ensures enc: hdr(0, o, i, ch, eof, n); */
static size_t proto_put(uint8_t *o, size_t i, uint32_t ch, uint32_t eof, uint32_t n)
{
  uint32_t m = msg_len(ch, eof != 0, n), body = 1u + small_size(m) + m;
  size_t b = put(o, i, body);
  o[b] = 0x1A;
  //@ assert prefix: uv_enc(o, i, body);
  size_t a = put(o, b + 1, m);
  //@ assert prefix_stays: uv_enc(o, i, body) && o[b] == 0x1A;
  size_t r = fields_put(o, a, ch, eof, n);
  //@ assert prefix_still: uv_enc(o, i, body) && o[b] == 0x1A;
  //@ assert length_stays: uv_enc(o, b + 1, m);
  return r;
}

/* A header put together from its parts: body at b, fields at a, eof at f, payload's key at l. */
/*@ ghost
  /@ requires sizes: m == msg_size(ch, eof, n) && body == body_size(0, m);
     requires body_place: b == i + uv_size(body) && a == b + 1 + uv_size(m);
     requires field_places: f == a + int_size(ch) && l == f + int_size(eof);
     requires lengths: uv_enc(o, i, body) && o[b] == 0x1A && uv_enc(o, b + 1, m);
     requires fields: is_int(o, a, 0x08, ch) && is_int(o, f, 0x10, eof) && is_int(o, l, 0x1A, n);
     terminates \true;
     assigns \nothing;
     ensures whole: hdr(0, o, i, ch, eof, n); @/
  void lem_header(const uint8_t *o, size_t i, size_t b, size_t a, size_t f, size_t l, uint32_t m, uint32_t body,
                  uint32_t ch, uint32_t eof, uint32_t n)
  {
    /@ assert fields: fields_at(o, a, ch, eof, n); @/
    /@ assert header: hdr_at(0, o, i, b, a, ch, eof, n); @/
  }
*/
/*@ requires shape: 1 <= ch <= 127 && eof <= 1 && 1 <= n <= NARROW_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + hdr_size(0, ch, eof, n) - 1));
    terminates \true;
    assigns o[i .. i + hdr_size(0, ch, eof, n) - 1];
    ensures n: \result == i + hdr_size(0, ch, eof, n);
    ensures enc: hdr(0, o, i, ch, eof, n); */
static size_t narrow_put(uint8_t *o, size_t i, uint32_t ch, uint32_t eof, uint32_t n)
{
  size_t c = i + 5;
  //@ assert one_byte_each: uv_size(ch) == 1 && uv_size(eof) == 1 && uv_size(n) == 1;
  //@ assert one_byte_lengths: uv_size(4 + 2 * eof + n) == 1 && uv_size(6 + 2 * eof + n) == 1;
  //@ assert msg: msg_size(ch, eof, n) == 4 + 2 * eof + n;
  //@ assert body: body_size(0, 4 + 2 * eof + n) == 6 + 2 * eof + n;
  put1(o, i, 6u + 2u * eof + n);
  o[i + 1] = 0x1A;
  put1(o, i + 2, 4u + 2u * eof + n);
  o[i + 3] = 0x08;
  put1(o, i + 4, ch);
  //@ assert lengths: uv_enc(o, i, 6 + 2 * eof + n) && o[i + 1] == 0x1A && uv_enc(o, i + 2, 4 + 2 * eof + n);
  //@ assert channel: is_int(o, i + 3, 0x08, ch);
  if (eof != 0) {
    o[c] = 0x10;
    put1(o, c + 1, 1);
    c += 2;
  }
  //@ assert lengths_stay: uv_enc(o, i, 6 + 2 * eof + n) && o[i + 1] == 0x1A && uv_enc(o, i + 2, 4 + 2 * eof + n);
  //@ assert channel_stays: is_int(o, i + 3, 0x08, ch);
  //@ assert eof_field: c == i + 5 + int_size(eof) && is_int(o, i + 5, 0x10, eof);
  o[c] = 0x1A;
  put1(o, c + 1, n);
  //@ assert lengths_still: uv_enc(o, i, 6 + 2 * eof + n) && o[i + 1] == 0x1A && uv_enc(o, i + 2, 4 + 2 * eof + n);
  //@ assert first: is_int(o, i + 3, 0x08, ch) && is_int(o, i + 5, 0x10, eof);
  //@ assert payload: is_int(o, c, 0x1A, n);
  //@ ghost lem_header(o, i, i + 1, i + 3, i + 5, c, 4 + 2 * eof + n, 6 + 2 * eof + n, ch, eof, n);
  return c + 2;
}

/* The first seven bytes of the wide form, as bytes: what no later write touches. */
/*@ predicate wide_start(uint8_t *o, integer i, integer ch, integer m) =
      o[i] == 128 + (m + 3) % 128 && o[i + 1] == (m + 3) / 128 && o[i + 2] == 0x1A &&
      o[i + 3] == 128 + m % 128 && o[i + 4] == m / 128 && o[i + 5] == 0x08 && o[i + 6] == ch; */
/*@ ghost
  /@ requires two: 0x80 <= x < 0x4000;
     requires bytes: o[i] == 128 + x % 128 && o[i + 1] == x / 128;
     terminates \true;
     assigns \nothing;
     ensures enc: uv_enc(o, i, x); @/
  void lem_two_bytes(const uint8_t *o, size_t i, uint32_t x)
  {
    /@ assert digits: shr7(x, 0) == x && shr7(x, 1) == x / 128 && uv_size(x) == 2; @/
  }
  /@ requires shape: 1 <= ch <= 127 && eof <= 1 && WIDE_MIN <= n <= WIDE_MAX;
     requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
     requires start: wide_start(o, i, ch, 5 + 2 * eof + n);
     requires eof_field: c == i + 7 + int_size(eof) && (eof != 0 ==> o[i + 7] == 0x10 && o[i + 8] == 1);
     requires payload: o[c] == 0x1A && uv_enc(o, c + 1, n);
     terminates \true;
     assigns \nothing;
     ensures whole: hdr(0, o, i, ch, eof, n); @/
  void lem_wide(const uint8_t *o, size_t i, size_t c, uint32_t ch, uint32_t eof, uint32_t n)
  {
    uint32_t m = 5u + 2u * eof + n;
    lem_two_bytes(o, i, m + 3u);
    lem_two_bytes(o, i + 3, m);
    /@ assert sizes: m == msg_size(ch, eof, n) && m + 3 == body_size(0, m) && uv_size(m) == 2 && uv_size(m + 3) == 2; @/
    /@ assert fields: is_int(o, i + 5, 0x08, ch) && is_int(o, i + 7, 0x10, eof) && is_int(o, c, 0x1A, n); @/
    lem_header(o, i, i + 2, i + 5, i + 7, c, m, m + 3u, ch, eof, n);
  }
*/

/*@ requires shape: 1 <= ch <= 127 && eof <= 1 && WIDE_MIN <= n <= WIDE_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + hdr_size(0, ch, eof, n) - 1));
    terminates \true;
    assigns o[i .. i + hdr_size(0, ch, eof, n) - 1];
    ensures n: \result == i + hdr_size(0, ch, eof, n);
    ensures enc: hdr(0, o, i, ch, eof, n); */
static size_t wide_put(uint8_t *o, size_t i, uint32_t ch, uint32_t eof, uint32_t n)
{
  size_t c = i + 7;
  //@ assert widths: uv_size(ch) == 1 && uv_size(eof) == 1 && uv_size(n) == 2;
  //@ assert two_byte_lengths: uv_size(5 + 2 * eof + n) == 2 && uv_size(8 + 2 * eof + n) == 2;
  //@ assert msg: msg_size(ch, eof, n) == 5 + 2 * eof + n;
  //@ assert body: body_size(0, 5 + 2 * eof + n) == 8 + 2 * eof + n;
  put2(o, i, 8u + 2u * eof + n);
  o[i + 2] = 0x1A;
  put2(o, i + 3, 5u + 2u * eof + n);
  o[i + 5] = 0x08;
  put1(o, i + 6, ch);
  //@ assert start: wide_start(o, i, ch, 5 + 2 * eof + n);
  if (eof != 0) {
    o[c] = 0x10;
    put1(o, c + 1, 1);
    c += 2;
  }
  //@ assert start_stays: wide_start(o, i, ch, 5 + 2 * eof + n);
  //@ assert eof_field: c == i + 7 + int_size(eof) && (eof != 0 ==> o[i + 7] == 0x10 && o[i + 8] == 1);
  o[c] = 0x1A;
  put2(o, c + 1, n);
  //@ assert start_still: wide_start(o, i, ch, 5 + 2 * eof + n);
  //@ assert eof_stays: eof != 0 ==> o[i + 7] == 0x10 && o[i + 8] == 1;
  //@ ghost lem_wide(o, i, c, ch, eof, n);
  return c + 3;
}

size_t mconn_header_put(enum mconn_dialect d, uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t e = eof ? 1u : 0u;
  bool thin = ch >= 1 && ch <= 127;
  if (d == MCONN_AMINO) return amino_put(o, i, ch, e, n);
  if (thin && n >= 1 && n <= NARROW_MAX) return narrow_put(o, i, ch, e, n);
  if (thin && n >= WIDE_MIN && n <= WIDE_MAX) return wide_put(o, i, ch, e, n);
  return proto_put(o, i, ch, e, n);
}

size_t mconn_control_put(enum mconn_dialect d, uint8_t *o, size_t i, enum mconn_packet_kind kind)
{
  bool ping = kind == MCONN_PACKET_PING;
  if (d == MCONN_PROTO) {
    o[i] = 0x02;
    o[i + 1] = ping ? 0x0A : 0x12;
    o[i + 2] = 0x00;
    return i + 3;
  }
  o[i] = 0x04;
  o[i + 1] = ping ? 0x15 : 0x8A;
  o[i + 2] = ping ? 0xC3 : 0x79;
  o[i + 3] = ping ? 0xD2 : 0x7F;
  o[i + 4] = ping ? 0x89 : 0xE2;
  return i + 5;
}

uint32_t mconn_control_len(enum mconn_dialect d)
{
  return d == MCONN_PROTO ? 3u : 5u;
}

uint32_t mconn_packet_max_upstream(enum mconn_dialect d, uint32_t n)
{
  uint32_t body = body_len(d, msg_len(1, true, n));
  return d == MCONN_PROTO ? body : small_size(body) + body + 10u;
}

uint32_t mconn_packet_max_accept(enum mconn_dialect d, uint32_t n)
{
  return d == MCONN_PROTO ? body_len(d, msg_len(255, true, n)) : mconn_packet_max_upstream(d, n);
}
