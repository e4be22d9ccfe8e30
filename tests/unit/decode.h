/* One stream in front of both decoders, at both guard pages: the general decoder and the one with the short way
 * must agree in every member, and neither may look past the bytes it was given. */
#ifndef MCONN_TEST_DECODE_H
#define MCONN_TEST_DECODE_H
#include "bytes.h"
#include "core/packet.h"

#define NO_LIMIT MCONN_INDEX_MAX

static inline void assert_same_packet(const mconn_packet *a, const mconn_packet *b)
{
  assert_int_equal(a->err, b->err);
  assert_int_equal(a->kind, b->kind);
  assert_true(a->b == b->b && a->z == b->z && a->at == b->at);
  assert_true(a->m.ch == b->m.ch && a->m.eof == b->m.eof && a->m.off == b->m.off && a->m.len == b->m.len);
}

/* The first n bytes of b, decoded four times. */
static inline mconn_packet decode_cut(enum mconn_dialect d, const bytes *b, size_t n, size_t max)
{
  const uint8_t *end = guard_end(b->p, n), *begin = guard_begin(b->p, n);
  mconn_packet general = mconn_packet_decode(d, end, 0, n, max), other = mconn_packet_decode(d, begin, 0, n, max);
  mconn_packet fast = mconn_packet_get(d, end, 0, n, max);
  assert_same_packet(&general, &other);
  assert_same_packet(&general, &fast);
  fast = mconn_packet_get(d, begin, 0, n, max);
  assert_same_packet(&general, &fast);
  return general;
}

/* A body with its length prefix in front. */
static inline bytes framed(const char *body)
{
  bytes b = hex(body), f = { { 0 }, 0 };
  if (b.n >= 128) f.p[f.n++] = (uint8_t)(128 + b.n % 128);
  f.p[f.n++] = (uint8_t)(b.n >= 128 ? b.n / 128 : b.n);
  memcpy(f.p + f.n, b.p, b.n);
  f.n += b.n;
  return f;
}

/* The packet with this body. Every cut of it must need more, up to the end of the packet (MC-FRAME-05, -07). */
static inline mconn_packet decode_body(enum mconn_dialect d, const char *body)
{
  bytes f = framed(body);
  size_t prefix = hex(body).n >= 128 ? 2 : 1;
  for (size_t n = 0; n < f.n; n++) {
    mconn_packet q = decode_cut(d, &f, n, NO_LIMIT);
    assert_int_equal(q.err, MCONN_OK);
    assert_int_equal(q.kind, MCONN_PACKET_NONE);
    assert_int_equal(q.z, n < prefix ? n + 1 : f.n);
    assert_int_equal(q.b, n < prefix ? 0 : prefix);
  }
  mconn_packet q = decode_cut(d, &f, f.n, NO_LIMIT);
  assert_int_equal(q.b, prefix);
  assert_int_equal(q.z, f.n);
  return q;
}

static inline void body_is_control(enum mconn_dialect d, const char *body, enum mconn_packet_kind kind)
{
  mconn_packet q = decode_body(d, body);
  assert_int_equal(q.err, MCONN_OK);
  assert_int_equal(q.kind, kind);
}

static inline void body_is_msg(enum mconn_dialect d, const char *body, uint32_t ch, bool eof, const char *data)
{
  mconn_packet q = decode_body(d, body);
  bytes f = framed(body), want = hex(data);
  assert_int_equal(q.err, MCONN_OK);
  assert_int_equal(q.kind, MCONN_PACKET_MSG);
  assert_int_equal(q.m.ch, ch);
  assert_int_equal(q.m.eof, eof);
  assert_int_equal(q.m.len, want.n);
  assert_true(q.b <= q.m.off && q.m.off + q.m.len <= q.z);
  assert_memory_equal(f.p + q.m.off, want.p, want.n);
}

/* at: index in the body. */
static inline void body_is_refused(enum mconn_dialect d, const char *body, enum mconn_err err, size_t at)
{
  mconn_packet q = decode_body(d, body);
  assert_int_equal(q.err, err);
  assert_int_equal(q.kind, MCONN_PACKET_NONE);
  assert_int_equal(q.at, q.b + at);
}
#endif
