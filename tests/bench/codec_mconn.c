/* Our codec as the receiver and the sender call it. The loops belong to the measurement. */
#include "codec.h"
#include "header.h"
#include "packet.h"
#include <string.h>

static uint64_t decode(enum mconn_dialect d, const uint8_t *p, size_t n)
{
  size_t max = d == MCONN_AMINO ? 1047 : 1034;
  uint64_t sum = 0;
  for (size_t i = 0; i < n;) {
    mconn_packet k = mconn_packet_get(d, p, i, n, max);
    if (k.kind != MCONN_PACKET_MSG) return 0;
    sum += k.m.ch + k.m.eof + k.m.len;
    i = k.z;
  }
  return sum;
}

static size_t encode(enum mconn_dialect d, uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count)
{
  size_t i = 0;
  for (size_t k = 0; k < count && room - i >= MCONN_HEADER_MAX + len; k++) {
    i = mconn_header_put(d, out, i, CHANNEL, true, (uint32_t)len);
    memcpy(out + i, data, len);
    i += len;
  }
  return i;
}

static size_t headers(enum mconn_dialect d, uint8_t *out, size_t room, size_t len, size_t count)
{
  size_t i = 0;
  for (size_t k = 0; k < count && room - i >= MCONN_HEADER_MAX; k++)
    i = mconn_header_put(d, out, i, CHANNEL, true, (uint32_t)len);
  return i;
}

uint64_t mconn_proto_decode(const uint8_t *p, size_t n)
{
  return decode(MCONN_PROTO, p, n);
}
uint64_t mconn_amino_decode(const uint8_t *p, size_t n)
{
  return decode(MCONN_AMINO, p, n);
}

size_t mconn_proto_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count)
{
  return encode(MCONN_PROTO, out, room, data, len, count);
}
size_t mconn_amino_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count)
{
  return encode(MCONN_AMINO, out, room, data, len, count);
}
size_t mconn_proto_headers(uint8_t *out, size_t room, size_t len, size_t count)
{
  return headers(MCONN_PROTO, out, room, len, count);
}
size_t mconn_amino_headers(uint8_t *out, size_t room, size_t len, size_t count)
{
  return headers(MCONN_AMINO, out, room, len, count);
}
