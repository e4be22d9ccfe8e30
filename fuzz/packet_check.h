/* What both packet targets do with a stream: three decoders side by side, packet after packet.
 * mconn_packet_decode is the general one, mconn_packet_get the one with the short way for canonical
 * packets; they must agree in every field. The model (model.h) must agree on what was said. */
#ifndef MCONN_FUZZ_PACKET_CHECK_H
#define MCONN_FUZZ_PACKET_CHECK_H
#include "fuzz.h"
#include "model.h"
#include "core/packet.h"

static void check_shape(mconn_packet a, size_t i, size_t e)
{
  if (a.err != MCONN_OK) {
    FUZZ_CHECK(a.kind == MCONN_PACKET_NONE);
    FUZZ_CHECK(a.err < MCONN_E_COUNT);
    FUZZ_CHECK(i <= a.at && a.at <= e);
  } else if (a.kind == MCONN_PACKET_NONE) {
    FUZZ_CHECK(a.z > e);
  } else {
    FUZZ_CHECK(i < a.b && a.b <= a.z && a.z <= e);
  }
  if (a.kind == MCONN_PACKET_MSG) FUZZ_CHECK(a.b <= a.m.off && a.m.len <= a.z - a.m.off);
}

static void check_model(bool amino, const uint8_t *p, size_t i, size_t e, size_t max, mconn_packet a)
{
  model_packet m = model_decode(amino, p + i, e - i, max);
  FUZZ_CHECK((m.verdict == MODEL_REFUSED) == (a.err != MCONN_OK));
  FUZZ_CHECK((m.verdict == MODEL_PACKET) == (a.kind != MCONN_PACKET_NONE));
  if (m.verdict != MODEL_PACKET) return;
  FUZZ_CHECK(m.kind == (int)a.kind);
  FUZZ_CHECK(m.next == p + a.z);
  if (m.kind != 3) return;
  FUZZ_CHECK(m.channel == a.m.ch);
  FUZZ_CHECK(m.eof == a.m.eof);
  FUZZ_CHECK(m.len == a.m.len);
  if (m.len > 0) FUZZ_CHECK(m.data == p + a.m.off);
}

static bool same_packet(mconn_packet a, mconn_packet b)
{
  return a.err == b.err && a.kind == b.kind && a.b == b.b && a.z == b.z && a.at == b.at && a.m.ch == b.m.ch &&
         a.m.eof == b.m.eof && a.m.off == b.m.off && a.m.len == b.m.len;
}

/* First byte: which limit. Rest: the stream. */
static void check_stream(enum mconn_dialect d, const uint8_t *data, size_t size)
{
  if (size == 0) return;
  size_t max = fuzz_max(data[0]), i = 1;
  for (int packets = 0; packets < 64; packets++) {
    mconn_packet a = mconn_packet_decode(d, data, i, size, max);
    mconn_packet b = mconn_packet_get(d, data, i, size, max);
    FUZZ_CHECK(same_packet(a, b));
    check_shape(a, i, size);
    check_model(d == MCONN_AMINO, data, i, size, max, a);
    if (a.kind == MCONN_PACKET_NONE) break;
    i = a.z;
  }
}
#endif
