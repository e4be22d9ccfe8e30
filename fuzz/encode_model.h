/* A second opinion on encoding: the bytes a Go peer writes, put down one after the other, for
 * comparison with what the core writes, and to build streams a receiver must understand. */
#ifndef MCONN_FUZZ_ENCODE_MODEL_H
#define MCONN_FUZZ_ENCODE_MODEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t model_put_varint(uint8_t *o, uint64_t v)
{
  size_t n = 0;
  for (; v > 127; v >>= 7) o[n++] = (uint8_t)(v | 128);
  o[n++] = (uint8_t)v;
  return n;
}

/* Fields of a msg up to its payload; a payload of n bytes follows. */
static inline size_t model_put_fields(uint8_t *o, uint32_t channel, bool eof, uint32_t n)
{
  size_t k = 0;
  if (channel != 0) {
    o[k++] = 0x08;
    k += model_put_varint(o + k, channel);
  }
  if (eof) {
    o[k++] = 0x10;
    o[k++] = 0x01;
  }
  if (n != 0) {
    o[k++] = 0x1A;
    k += model_put_varint(o + k, n);
  }
  return k;
}

/* Header of a msg packet in either dialect; o has room for 32 bytes. */
static inline size_t model_put_header(bool amino, uint8_t *o, uint32_t channel, bool eof, uint32_t n)
{
  static const uint8_t prefix[4] = { 0xB0, 0x5B, 0x4F, 0x2C };
  uint8_t fields[32], body[32];
  size_t f = model_put_fields(fields, channel, eof, n), b = 0, k;
  if (amino) {
    memcpy(body, prefix, 4);
    b = 4;
  } else {
    body[b++] = 0x1A;
    b += model_put_varint(body + b, f + n);
  }
  memcpy(body + b, fields, f);
  b += f;
  k = model_put_varint(o, b + n);
  memcpy(o + k, body, b);
  return k + b;
}

static inline size_t model_put_control(bool amino, uint8_t *o, bool ping)
{
  static const uint8_t a[2][5] = { { 4, 0x8A, 0x79, 0x7F, 0xE2 }, { 4, 0x15, 0xC3, 0xD2, 0x89 } };
  static const uint8_t p[2][3] = { { 2, 0x12, 0 }, { 2, 0x0A, 0 } };
  memcpy(o, amino ? a[ping] : p[ping], amino ? 5 : 3);
  return amino ? 5 : 3;
}
#endif
