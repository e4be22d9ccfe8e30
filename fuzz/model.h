/* A second opinion on packets: the decoder as one would write it from a description of what Go peers
 * accept, without looking at src/core. It is slow, pointer-based and keeps no positions; it only says
 * packet, more or refused, and what was in the packet. Where it and the core disagree, one of them is
 * wrong, and upstream's sources (tendermint v0.34.24 conn.pb.go and libs/protoio, go-amino v0.14.1
 * binary-decode.go) decide which. */
#ifndef MCONN_FUZZ_MODEL_H
#define MCONN_FUZZ_MODEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum model_verdict { MODEL_REFUSED, MODEL_MORE, MODEL_PACKET };
typedef struct {
  enum model_verdict verdict;
  int kind; /* 1 ping, 2 pong, 3 msg */
  uint32_t channel;
  bool eof;
  const uint8_t *data; /* first payload byte, meaningful if len > 0 */
  size_t len;
  const uint8_t *next; /* PACKET: where the next one begins */
} model_packet;

typedef struct {
  const uint8_t *at, *end;
} model_span;

/* encoding/binary: at most ten bytes, the tenth at most 1. 1: read, 0: ends too early, -1: overflow. */
static inline int model_varint_strict(model_span *s, uint64_t *v)
{
  const uint8_t *q = s->at;
  *v = 0;
  for (int digit = 0; digit < 10; digit++, q++) {
    if (q == s->end) return 0;
    *v |= (uint64_t)(*q & 127) << (7 * digit);
    if (*q & 128) continue;
    if (digit == 9 && *q > 1) return -1;
    s->at = q + 1;
    return 1;
  }
  return -1;
}

/* Generated protobuf code: at most ten bytes, bits above 64 are lost. */
static inline bool model_varint_loose(model_span *s, uint64_t *v)
{
  *v = 0;
  for (int digit = 0; digit < 10; digit++) {
    if (s->at == s->end) return false;
    uint8_t b = *s->at++;
    *v |= (uint64_t)(b & 127) << (7 * digit);
    if (b < 128) return true;
  }
  return false;
}

static inline bool model_jump(model_span *s, uint64_t n)
{
  if (n > (uint64_t)(s->end - s->at)) return false;
  s->at += n;
  return true;
}

/* One protobuf field without looking into it. Groups may nest; their numbers are not compared. */
static inline bool model_proto_skip(model_span *s)
{
  size_t open = 0;
  do {
    uint64_t key, n;
    if (!model_varint_loose(s, &key)) return false;
    switch (key & 7) {
    case 0:
      if (!model_varint_loose(s, &n)) return false;
      break;
    case 1:
      if (!model_jump(s, 8)) return false;
      break;
    case 2:
      if (!model_varint_loose(s, &n) || !model_jump(s, n)) return false;
      break;
    case 3: open++; break;
    case 4:
      if (open-- == 0) return false;
      break;
    case 5:
      if (!model_jump(s, 4)) return false;
      break;
    default: return false;
    }
  } while (open > 0);
  return true;
}

typedef struct {
  uint32_t number;
  unsigned wire;
  uint64_t varint;
  model_span bytes;
} model_field;

/* Next field of a protobuf message; known: numbers 1..known have a fixed wire type, bit n of bytes
 * says that field n holds bytes. */
static inline bool model_proto_next(model_span *s, uint32_t known, unsigned bytes, model_field *f)
{
  model_span whole = *s;
  uint64_t key, n;
  if (!model_varint_loose(s, &key)) return false;
  f->wire = key & 7;
  f->number = (uint32_t)(key >> 3);
  if (f->wire == 4 || f->number == 0 || f->number >= 0x80000000u) return false;
  if (f->number > known) {
    if (!model_proto_skip(&whole)) return false;
    *s = whole;
    return true;
  }
  bool wants_bytes = bytes >> f->number & 1;
  if (f->wire != (wants_bytes ? 2u : 0u)) return false;
  if (!model_varint_loose(s, &n)) return false;
  f->varint = n;
  if (!wants_bytes) return true;
  f->bytes.at = s->at;
  if (!model_jump(s, n)) return false;
  f->bytes.end = s->at;
  return true;
}

static inline bool model_proto_msg(model_span s, model_packet *r)
{
  model_field f;
  r->channel = 0;
  r->eof = false;
  r->data = NULL;
  r->len = 0;
  while (s.at != s.end) {
    if (!model_proto_next(&s, 3, 1u << 3, &f)) return false;
    if (f.number == 1) r->channel = (uint32_t)f.varint;
    if (f.number == 2) r->eof = f.varint != 0;
    if (f.number == 3) {
      r->data = f.bytes.at;
      r->len = (size_t)(f.bytes.end - f.bytes.at);
    }
  }
  return true;
}

static inline bool model_proto_body(model_span s, model_packet *r)
{
  model_field f;
  while (s.at != s.end) {
    if (!model_proto_next(&s, 3, 1u << 1 | 1u << 2 | 1u << 3, &f)) return false;
    if (f.number > 3) continue;
    r->kind = (int)f.number;
    r->channel = 0;
    r->eof = false;
    r->len = 0;
    if (f.number == 3) {
      if (!model_proto_msg(f.bytes, r)) return false;
    } else {
      model_field inner;
      while (f.bytes.at != f.bytes.end)
        if (!model_proto_next(&f.bytes, 0, 0, &inner)) return false;
    }
  }
  return r->kind != 0;
}

static inline int model_amino_kind(model_span *s)
{
  static const uint8_t name[3][7] = { { 0xE3, 0x7E, 0x84, 0x15, 0xC3, 0xD2, 0x89 },
                                      { 0x88, 0x7A, 0x12, 0x8A, 0x79, 0x7F, 0xE2 },
                                      { 0xF1, 0xBB, 0x97, 0xB0, 0x5B, 0x4F, 0x2C } };
  size_t n = (size_t)(s->end - s->at);
  for (int k = 0; k < 3; k++) {
    if (n >= 4 && memcmp(s->at, name[k] + 3, 4) == 0) {
      s->at += 4;
      return k + 1;
    }
    if (n >= 8 && s->at[0] == 0 && memcmp(s->at + 1, name[k], 7) == 0) {
      s->at += 8;
      return k + 1;
    }
  }
  return 0;
}

/* Known fields first, in order, each at most once; then anything with ascending numbers. */
static inline bool model_amino_body(model_span s, model_packet *r)
{
  uint64_t last = 0, key, v;
  r->kind = model_amino_kind(&s);
  if (r->kind == 0) return false;
  while (s.at != s.end) {
    if (model_varint_strict(&s, &key) != 1) return false;
    uint64_t number = key >> 3;
    if (number > 0x1FFFFFFF || number <= last) return false;
    last = number;
    bool known = r->kind == 3 && number <= 3;
    switch (key & 7) {
    case 0:
      if (model_varint_strict(&s, &v) != 1) return false;
      if (known && (number == 3 || v > 255)) return false;
      if (known && number == 1) r->channel = (uint32_t)v;
      if (known && number == 2) r->eof = v == 1;
      break;
    case 2:
      if (model_varint_strict(&s, &v) != 1) return false;
      if (known && number != 3) return false;
      if (known) {
        r->data = s.at;
        r->len = (size_t)v;
      }
      if (!model_jump(&s, v)) return false;
      break;
    case 1:
      if (known || !model_jump(&s, 8)) return false;
      break;
    case 5:
      if (known || !model_jump(&s, 4)) return false;
      break;
    default: return false;
    }
  }
  return true;
}

static inline model_packet model_decode(bool amino, const uint8_t *p, size_t n, size_t max)
{
  model_packet r = { MODEL_REFUSED, 0, 0, false, NULL, 0, NULL };
  model_span s = { p, p + n };
  uint64_t length;
  int got = model_varint_strict(&s, &length);
  if (got <= 0) {
    r.verdict = got == 0 ? MODEL_MORE : MODEL_REFUSED;
    return r;
  }
  if (length > max || (amino && length + (uint64_t)(s.at - p) > max)) return r;
  if (length > (uint64_t)(s.end - s.at)) {
    r.verdict = MODEL_MORE;
    return r;
  }
  s.end = s.at + length;
  r.next = s.end;
  if (amino ? model_amino_body(s, &r) : model_proto_body(s, &r)) r.verdict = MODEL_PACKET;
  return r;
}
#endif
