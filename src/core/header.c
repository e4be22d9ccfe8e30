/* Headers of outgoing packets. Two shapes cover nearly all traffic of a node: proto, channel 1..127,
 * payload 1..112 or 128..16000 bytes. They are written byte by byte; everything else goes the
 * general way. */
#include "header.h"

/* Bytes of a varint below 2^28. */
static uint32_t small_size(uint32_t x)
{
  return 1u + (x >= 0x80u ? 1u : 0u) + (x >= 0x4000u ? 1u : 0u) + (x >= 0x200000u ? 1u : 0u);
}

static uint32_t msg_len(uint32_t ch, bool eof, uint32_t n)
{
  uint32_t m = n;
  if (ch > 0) m += 1u + small_size(ch);
  if (eof) m += 2u;
  if (n > 0) m += 1u + small_size(n);
  return m;
}

static uint32_t body_len(enum mconn_dialect d, uint32_t m)
{
  return d == MCONN_PROTO ? 1u + small_size(m) + m : 4u + m;
}

uint32_t mconn_header_len(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t body = body_len(d, msg_len(ch, eof, n));
  return small_size(body) + body - n;
}

static size_t int_put(uint8_t *o, size_t i, uint8_t tag, uint32_t v)
{
  if (v == 0) return i;
  o[i] = tag;
  return mconn_uvarint_put(o, i + 1, v);
}

static size_t fields_put(uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n)
{
  size_t c = int_put(o, i, 0x08, ch);
  size_t b = int_put(o, c, 0x10, eof ? 1u : 0u);
  return int_put(o, b, 0x1A, n);
}

size_t mconn_header_put(enum mconn_dialect d, uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n)
{
  uint32_t m = msg_len(ch, eof, n);
  size_t b = mconn_uvarint_put(o, i, body_len(d, m));
  if (d == MCONN_AMINO) {
    o[b] = 0xB0;
    o[b + 1] = 0x5B;
    o[b + 2] = 0x4F;
    o[b + 3] = 0x2C;
    return fields_put(o, b + 4, ch, eof, n);
  }
  o[b] = 0x1A;
  return fields_put(o, mconn_uvarint_put(o, b + 1, m), ch, eof, n);
}

size_t mconn_control_put(enum mconn_dialect d, uint8_t *o, size_t i, enum mconn_packet_kind kind)
{
  if (d == MCONN_PROTO) {
    o[i] = 0x02;
    o[i + 1] = kind == MCONN_PACKET_PING ? 0x0A : 0x12;
    o[i + 2] = 0x00;
    return i + 3;
  }
  o[i] = 0x04;
  o[i + 1] = kind == MCONN_PACKET_PING ? 0x15 : 0x8A;
  o[i + 2] = kind == MCONN_PACKET_PING ? 0xC3 : 0x79;
  o[i + 3] = kind == MCONN_PACKET_PING ? 0xD2 : 0x7F;
  o[i + 4] = kind == MCONN_PACKET_PING ? 0x89 : 0xE2;
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
