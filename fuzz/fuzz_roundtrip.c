/* Header out, packet in: what mconn_header_put announces and writes is what the decoders read back,
 * and it is the encoding Go writes (MC-HEADER; theorems 2 and 3).
 *
 * Input: dialect, channel, eof, payload size, where it lies, payload limit, first payload bytes. */
#include "fuzz.h"
#include "encode_model.h"
#include "core/header.h"

static uint8_t buffer[64 + MCONN_HEADER_MAX + MCONN_PAYLOAD_MAX];

static void check_packet(enum mconn_dialect d, size_t i, size_t h, size_t z, uint32_t ch, bool eof, uint32_t n)
{
  size_t all = MCONN_INDEX_MAX;
  mconn_packet a = mconn_packet_get(d, buffer, i, z, all), b = mconn_packet_decode(d, buffer, i, z, all);
  FUZZ_CHECK(a.kind == MCONN_PACKET_MSG && b.kind == MCONN_PACKET_MSG);
  FUZZ_CHECK(a.m.ch == ch && a.m.eof == eof && a.m.len == n && a.z == z);
  FUZZ_CHECK(b.m.ch == ch && b.m.eof == eof && b.m.len == n && b.z == z);
  if (n > 0) FUZZ_CHECK(a.m.off == h && b.m.off == h);
  size_t counted = d == MCONN_AMINO ? z - i : z - a.b;
  FUZZ_CHECK(mconn_packet_get(d, buffer, i, z, counted).kind == MCONN_PACKET_MSG);
  mconn_packet big = mconn_packet_get(d, buffer, i, z, counted - 1);
  FUZZ_CHECK(big.err == MCONN_E_PACKET_SIZE && big.kind == MCONN_PACKET_NONE);
  mconn_packet part = mconn_packet_get(d, buffer, i, z - 1, all);
  FUZZ_CHECK(part.err == MCONN_OK && part.kind == MCONN_PACKET_NONE && part.z == z);
}

static void check_limits(enum mconn_dialect d, uint32_t limit, uint32_t ch, bool eof, uint32_t n, size_t size,
                         size_t prefix)
{
  uint8_t o[32];
  size_t one = model_put_header(d == MCONN_AMINO, o, 1, true, limit) + limit;
  size_t upstream = mconn_packet_max_upstream(d, limit), accept = mconn_packet_max_accept(d, limit);
  if (d == MCONN_AMINO) {
    FUZZ_CHECK(upstream == one + 10);
  } else {
    uint64_t body = one; /* without the length prefix, whose size is that of its varint */
    while (body + model_put_varint(o, body) > one) body--;
    FUZZ_CHECK(upstream == body);
  }
  FUZZ_CHECK(upstream <= accept);
  if (n <= limit) FUZZ_CHECK((d == MCONN_AMINO ? size : size - prefix) <= accept);
  if (n <= limit && (ch < 128 || !eof)) FUZZ_CHECK((d == MCONN_AMINO ? size : size - prefix) <= upstream);
}

static void check_control(enum mconn_dialect d, enum mconn_packet_kind kind)
{
  uint8_t o[16], w[16];
  memset(o, 0xA5, sizeof o);
  size_t n = mconn_control_len(d), z = mconn_control_put(d, o, 3, kind);
  FUZZ_CHECK(z == 3 + n && n == model_put_control(d == MCONN_AMINO, w, kind == MCONN_PACKET_PING));
  FUZZ_CHECK(memcmp(o + 3, w, n) == 0 && o[2] == 0xA5 && o[z] == 0xA5);
  mconn_packet a = mconn_packet_get(d, o, 3, z, mconn_packet_max_upstream(d, 2));
  FUZZ_CHECK(a.kind == kind && a.z == z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_in in = { data, size };
  uint8_t flags = fuzz_u8(&in);
  enum mconn_dialect d = flags & 1 ? MCONN_AMINO : MCONN_PROTO;
  bool eof = flags & 2;
  uint32_t ch = fuzz_u8(&in), n = fuzz_u32(&in), limit = fuzz_u32(&in);
  size_t i = fuzz_u8(&in) % 32;
  n %= flags & 4 ? MCONN_PAYLOAD_MAX + 1 : 2048;
  limit = 2 + limit % (MCONN_PAYLOAD_MAX - 1);
  uint8_t want[32];
  size_t len = model_put_header(d == MCONN_AMINO, want, ch, eof, n);
  memset(buffer, 0xA5, 96);
  FUZZ_CHECK(mconn_header_len(d, ch, eof, n) == len && len <= MCONN_HEADER_MAX);
  size_t h = mconn_header_put(d, buffer, i, ch, eof, n);
  FUZZ_CHECK(h == i + len);
  FUZZ_CHECK(memcmp(buffer + i, want, len) == 0);
  for (size_t k = 0; k < 96; k++)
    if (k < i || k >= h) FUZZ_CHECK(buffer[k] == 0xA5);
  size_t fill = in.left < n ? in.left : n;
  if (fill > 0) memcpy(buffer + h, in.p, fill);
  check_packet(d, i, h, h + n, ch, eof, n);
  mconn_packet a = mconn_packet_get(d, buffer, i, h + n, MCONN_INDEX_MAX);
  check_limits(d, limit, ch, eof, n, h + n - i, a.b - i);
  check_control(d, flags & 8 ? MCONN_PACKET_PING : MCONN_PACKET_PONG);
  return 0;
}
