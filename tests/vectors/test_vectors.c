/* Runs every vector of spec/vectors through the core.
 *
 * The vectors hold what upstream does, or where divergences.md says so what we do instead; they were
 * written from upstream's sources and readers, not from this code. What goes wrong in such a runner is
 * that it skips: so an unknown kind, a missing member or an unknown error name is a failure, and each
 * file must hold at least one vector. Bytes are always copied into an allocation of exactly their size,
 * so that a sanitizer sees the first byte read or written beyond them. A failing vector is printed with
 * its requirement and its bytes, and the file goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glob.h>
#include <cmocka.h>
#include <jansson.h>

#include "core/address.h"
#include "core/channel.h"
#include "core/header.h"
#include "core/nodeinfo.h"
#include "core/nodeinfo_put.h"
#include "core/nodeinfo_rules.h"
#include "core/packet.h"
#include "core/receiver.h"
#include "core/reconnect.h"
#include "core/sender.h"

#ifndef MCONN_SOURCE_DIR
#define MCONN_SOURCE_DIR "."
#endif
#define ROOM (MCONN_INDEX_MAX)

/* ---- what is being run, and how it failed */
static const char *t_id, *t_req;
static json_t *t_now;
static int failures;

static void print_hex(void)
{
  const json_t *h = json_object_get(t_now, "hex");
  char *s = json_dumps(h, JSON_ENCODE_ANY | JSON_COMPACT);
  if (h && s) fprintf(stderr, "    hex %.400s\n", s);
  free(s);
}

#define FAIL(...)                                                                                                      \
  do {                                                                                                                 \
    failures++;                                                                                                        \
    fprintf(stderr, "  %s (%s): ", t_id, t_req);                                                                       \
    fprintf(stderr, __VA_ARGS__);                                                                                      \
    fputc('\n', stderr);                                                                                               \
    print_hex();                                                                                                       \
    return;                                                                                                            \
  } while (0)
#define NEED(cond, ...)                                                                                                \
  do {                                                                                                                 \
    if (!(cond)) FAIL(__VA_ARGS__);                                                                                    \
  } while (0)

/* ---- members of the JSON: a missing one is a failure of the file */
static json_t *member(const json_t *o, const char *name)
{
  json_t *x = json_object_get(o, name);
  if (!x) fail_msg("%s: no member %s", t_id, name);
  return x;
}
static uint64_t number(const json_t *o, const char *name)
{
  json_t *x = member(o, name);
  if (!json_is_integer(x) || json_integer_value(x) < 0) fail_msg("%s: %s is no number", t_id, name);
  return (uint64_t)json_integer_value(x);
}
static bool truth(const json_t *o, const char *name)
{
  return json_is_true(member(o, name));
}
static const char *text(const json_t *o, const char *name)
{
  const char *s = json_string_value(member(o, name));
  if (!s) fail_msg("%s: %s is no text", t_id, name);
  return s;
}
static enum mconn_dialect dialect(const json_t *o)
{
  const char *s = text(o, "dialect");
  if (strcmp(s, "proto") != 0 && strcmp(s, "amino") != 0) fail_msg("%s: dialect %s", t_id, s);
  return s[0] == 'p' ? MCONN_PROTO : MCONN_AMINO;
}

#define NAME(e)                                                                                                        \
  {                                                                                                                    \
#e, e                                                                                                              \
  }
static const struct {
  const char *name;
  enum mconn_err err;
} errors[] = {
  NAME(MCONN_OK),
  NAME(MCONN_E_LENGTH_PREFIX),
  NAME(MCONN_E_PACKET_SIZE),
  NAME(MCONN_E_VARINT),
  NAME(MCONN_E_TRUNCATED),
  NAME(MCONN_E_FIELD_NUMBER),
  NAME(MCONN_E_WIRE_TYPE),
  NAME(MCONN_E_FIELD_TYPE),
  NAME(MCONN_E_GROUP),
  NAME(MCONN_E_NO_MEMBER),
  NAME(MCONN_E_PREFIX),
  NAME(MCONN_E_FIELD_ORDER),
  NAME(MCONN_E_UINT8),
  NAME(MCONN_E_CHANNEL),
  NAME(MCONN_E_CAPACITY),
  NAME(MCONN_E_EMPTY_FRAGMENTS),
  NAME(MCONN_E_CHANNEL_DUPLICATE),
  NAME(MCONN_E_PRIORITY),
  NAME(MCONN_E_QUEUE_CAPACITY),
  NAME(MCONN_E_MESSAGE_CAPACITY),
  NAME(MCONN_E_CHANNEL_COUNT),
  NAME(MCONN_E_ADDRESS),
  NAME(MCONN_E_NODE_ID),
  NAME(MCONN_E_NODEINFO_SIZE),
  NAME(MCONN_E_NODEINFO_ADDRESS),
  NAME(MCONN_E_NODEINFO_VERSION),
  NAME(MCONN_E_NODEINFO_CHANNELS),
  NAME(MCONN_E_NODEINFO_MONIKER),
  NAME(MCONN_E_NODEINFO_TX_INDEX),
  NAME(MCONN_E_NODEINFO_RPC_ADDRESS),
  NAME(MCONN_E_NODEINFO_BLOCK_VERSION),
  NAME(MCONN_E_NODEINFO_NETWORK),
  NAME(MCONN_E_NODEINFO_NO_CHANNEL),
  NAME(MCONN_E_HOST),
  NAME(MCONN_E_PORT),
};
static enum mconn_err error_in(const json_t *o, const char *name)
{
  const char *s = text(o, name);
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strcmp(errors[i].name, s) == 0) return errors[i].err;
  fail_msg("%s: unknown error %s", t_id, s);
  return MCONN_OK;
}
static enum mconn_err error_of(const json_t *o)
{
  return error_in(o, "error");
}

/* ---- bytes */
typedef struct {
  uint8_t *p;
  size_t n;
} bytes;

static int digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static void add_hex(bytes *b, const char *s, uint64_t times)
{
  size_t n = strlen(s) / 2;
  if (n == 0 || times == 0) return;
  b->p = realloc(b->p, b->n + n * times);
  assert_non_null(b->p);
  for (uint64_t t = 0; t < times; t++)
    for (size_t i = 0; i < n; i++) {
      int hi = digit(s[2 * i]), lo = digit(s[2 * i + 1]);
      if (hi < 0 || lo < 0) fail_msg("%s: bad hex", t_id);
      b->p[b->n++] = (uint8_t)(hi * 16 + lo);
    }
}
static bytes bytes_of(const json_t *h)
{
  bytes b = { NULL, 0 };
  if (json_is_string(h)) {
    add_hex(&b, json_string_value(h), 1);
    return b;
  }
  size_t i;
  json_t *part;
  json_array_foreach((json_t *)h, i, part)
  {
    json_t *r = json_object_get(part, "repeat");
    if (r) add_hex(&b, json_string_value(json_array_get(r, 0)), (uint64_t)json_integer_value(json_array_get(r, 1)));
    else add_hex(&b, json_string_value(part), 1);
  }
  return b;
}
/* The first n bytes in an allocation of their own, `lead` bytes from its start. */
static uint8_t *exact(const bytes *b, size_t lead, size_t n)
{
  uint8_t *p = malloc(lead + n ? lead + n : 1);
  assert_non_null(p);
  memset(p, 0x80, lead);
  if (n) memcpy(p + lead, b->p, n);
  return p;
}

/* ---- MC-FRAME, MC-PACKET, MC-FIELD, MC-UVARINT: streams of packets */
static bool same_packet(const mconn_packet *x, const mconn_packet *y)
{
  return x->err == y->err && x->kind == y->kind && x->b == y->b && x->z == y->z &&
         (x->err == MCONN_OK || x->at == y->at) && x->m.ch == y->m.ch && x->m.eof == y->m.eof && x->m.off == y->m.off &&
         x->m.len == y->m.len;
}
static bool is_packet(const mconn_packet *q, const json_t *want, const uint8_t *p)
{
  const char *type = text(want, "type");
  if (strcmp(type, "ping") == 0) return q->kind == MCONN_PACKET_PING;
  if (strcmp(type, "pong") == 0) return q->kind == MCONN_PACKET_PONG;
  bytes d = bytes_of(member(want, "data"));
  bool same = strcmp(type, "msg") == 0 && q->kind == MCONN_PACKET_MSG && q->m.ch == number(want, "channel") &&
              q->m.eof == truth(want, "eof") && q->m.len == d.n && (d.n == 0 || memcmp(p + q->m.off, d.p, d.n) == 0);
  free(d.p);
  return same;
}
/* The end of the stream, or of a cut of it: q is the answer to what is left at index i (less the lead). */
static void check_end(const json_t *t, const mconn_packet *q, size_t got, size_t i, size_t lead, size_t e, bool cut)
{
  const json_t *end = member(t, "end");
  const char *state = text(end, "state");
  size_t all = json_array_size(member(t, "packets"));
  if (q->err != MCONN_OK) {
    NEED(strcmp(state, "refused") == 0, "%zu bytes: refused with %d at %zu, expected %s", e, (int)q->err, q->at - lead,
         state);
    NEED(got == all, "%zu bytes: refused after %zu packets instead of %zu", e, got, all);
    NEED(q->err == error_of(end) && q->at - lead == number(end, "offset"),
         "%zu bytes: refused with %d at %zu, expected %s at %d", e, (int)q->err, q->at - lead, text(end, "error"),
         (int)number(end, "offset"));
    return;
  }
  NEED(q->z > lead + e, "%zu bytes: need more names the end %zu", e, q->z - lead);
  if (cut) return;
  NEED(strcmp(state, "need_more") == 0, "need more, expected %s", state);
  NEED(got == all, "need more after %zu packets instead of %zu", got, all);
  NEED(i - lead == number(end, "offset") && q->z - lead == number(end, "least"), "need more from %zu to %zu", i - lead,
       q->z - lead);
}
static void run_cut(const json_t *t, const bytes *b, size_t lead, size_t n)
{
  enum mconn_dialect d = dialect(t);
  size_t max = number(t, "max"), got = 0, i = lead, e = lead + n;
  const json_t *packets = member(t, "packets");
  uint8_t *p = exact(b, lead, n);
  bool stop = false;
  while (i < e && !stop) {
    mconn_packet q = mconn_packet_decode(d, p, i, e, max), f = mconn_packet_get(d, p, i, e, max);
    if (!same_packet(&q, &f)) {
      free(p);
      FAIL("%zu of %zu bytes: mconn_packet_get differs from mconn_packet_decode at %zu", n, b->n, i - lead);
    }
    stop = q.kind == MCONN_PACKET_NONE;
    if (stop) {
      check_end(t, &q, got, i, lead, n, n < b->n);
    } else {
      json_t *want = json_array_get(packets, got++);
      if (!want || !is_packet(&q, want, p)) {
        free(p);
        FAIL("%zu of %zu bytes: packet %zu is kind %d channel %u eof %d with %zu bytes", n, b->n, got, (int)q.kind,
             q.m.ch, q.m.eof, q.m.len);
      }
      i = q.z;
    }
  }
  free(p);
  if (n == b->n && !stop)
    NEED(strcmp(text(member(t, "end"), "state"), "clean") == 0 && got == json_array_size(packets),
         "clean after %zu packets", got);
}
static void run_stream(const json_t *t)
{
  bytes b = bytes_of(member(t, "hex"));
  int before = failures;
  run_cut(t, &b, 0, b.n);
  run_cut(t, &b, 3, b.n);
  /* every cut of short streams; of long ones the first 64, the last 64 and a sample */
  for (size_t n = 0; n < b.n && failures == before; n++)
    if (b.n <= 512 || n < 64 || b.n - n < 64 || n % 61 == 0) run_cut(t, &b, n % 2, n);
  free(b.p);
}

/* ---- MC-UVARINT */
static void run_uvarint(const json_t *t)
{
  static const char *const states[] = { "ok", "more", "over", "long" };
  bytes b = bytes_of(member(t, "hex"));
  uint64_t val = strtoull(text(t, "value"), NULL, 10);
  const char *state = text(t, "state");
  uint8_t *p = exact(&b, 1, b.n);
  mconn_uvarint u = mconn_uvarint_get(p, 1, 1 + b.n);
  uint8_t out[12];
  memset(out, 0xEE, sizeof out);
  bool shortest = truth(t, "shortest");
  bool put = !shortest || (mconn_uvarint_put(out, 1, val) == 1 + b.n && memcmp(out + 1, p + 1, b.n) == 0 &&
                           out[0] == 0xEE && out[1 + b.n] == 0xEE);
  size_t len = mconn_uvarint_len(val), n = b.n;
  free(p);
  free(b.p);
  NEED((unsigned)u.st < 4 && strcmp(states[u.st], state) == 0, "state %d, expected %s", (int)u.st, state);
  NEED(u.n == number(t, "n") && u.val == val, "%zu bytes, value %llu", u.n, (unsigned long long)u.val);
  NEED(put, "the encoding of %llu is another", (unsigned long long)val);
  NEED(!shortest || len == n, "length of %llu is %zu", (unsigned long long)val, len);
}

/* ---- MC-HEADER */
static void run_control(const json_t *t, enum mconn_packet_kind kind)
{
  enum mconn_dialect d = dialect(t);
  bytes h = bytes_of(member(t, "header"));
  uint8_t *o = exact(&h, 2, h.n);
  memset(o, 0xEE, 2 + h.n);
  size_t end = mconn_control_put(d, o, 2, kind);
  bool same = memcmp(o + 2, h.p, h.n) == 0 && o[0] == 0xEE && o[1] == 0xEE;
  mconn_packet q = mconn_packet_get(d, o, 2, 2 + h.n, ROOM);
  free(o);
  free(h.p);
  NEED(end == 2 + h.n && mconn_control_len(d) == h.n && same, "other bytes, or %zu of them", end - 2);
  NEED(h.n == number(t, "wire"), "%zu bytes on the wire", h.n);
  NEED(q.kind == kind && q.z == end, "not read back");
}
static void run_header(const json_t *t)
{
  const char *packet = text(t, "packet");
  if (strcmp(packet, "msg") != 0) {
    run_control(t, packet[1] == 'i' ? MCONN_PACKET_PING : MCONN_PACKET_PONG);
    return;
  }
  enum mconn_dialect d = dialect(t);
  uint32_t ch = (uint32_t)number(t, "channel"), n = (uint32_t)number(t, "len");
  bool eof = truth(t, "eof");
  bytes h = bytes_of(member(t, "header"));
  /* exactly the header: a byte more would be seen by a sanitizer */
  uint8_t *o = exact(&h, 2, h.n);
  memset(o, 0xEE, 2 + h.n);
  size_t end = mconn_header_put(d, o, 2, ch, eof, n);
  bool same = memcmp(o + 2, h.p, h.n) == 0 && o[0] == 0xEE && o[1] == 0xEE;
  free(o);
  uint32_t len = mconn_header_len(d, ch, eof, n);
  bytes all = { calloc(1, h.n + n), h.n + n };
  assert_non_null(all.p);
  memcpy(all.p, h.p, h.n);
  mconn_packet q = mconn_packet_get(d, all.p, 0, all.n, ROOM);
  free(all.p);
  free(h.p);
  NEED(len == h.n && end == 2 + h.n && same, "other bytes, or %zu of them (announced %u)", end - 2, len);
  NEED(h.n <= MCONN_HEADER_MAX && h.n + n == number(t, "wire"), "%zu bytes on the wire", h.n + n);
  NEED(q.kind == MCONN_PACKET_MSG && q.z == h.n + n && q.m.ch == ch && q.m.eof == eof && q.m.len == n &&
         (n == 0 || q.m.off == h.n),
       "not read back");
}
static void run_packet_max(const json_t *t)
{
  enum mconn_dialect d = dialect(t);
  uint32_t n = (uint32_t)number(t, "payload");
  uint32_t up = mconn_packet_max_upstream(d, n), acc = mconn_packet_max_accept(d, n);
  NEED(up == number(t, "upstream"), "upstream's limit is %u", up);
  NEED(acc == number(t, "accept"), "accepted limit is %u", acc);
}

/* ---- MC-SENDER */
static void run_fragmentation(const json_t *t)
{
  mconn_channel d = { .id = (uint32_t)number(t, "channel"), .priority = 1 };
  uint32_t total = (uint32_t)number(t, "message"), off = 0;
  d = mconn_channel_defaults(d);
  mconn_sender s;
  mconn_sender_channel c;
  mconn_sender_init(&s, &c, dialect(t), (uint32_t)number(t, "payload"), &d, 1);
  mconn_sender_offer(&s, &c, 0, total);
  uint64_t sent = 0;
  size_t i;
  json_t *f;
  json_array_foreach(member(t, "fragments"), i, f)
  {
    size_t wire = number(f, "wire"), len = number(f, "len");
    mconn_send room = mconn_sender_look(&s, &c, 0, wire - 1), look = mconn_sender_look(&s, &c, 0, wire);
    NEED(room.kind == MCONN_SEND_ROOM && room.z == wire, "packet %zu: room of one byte less: kind %d, end %zu", i,
         (int)room.kind, room.z);
    uint8_t *out = malloc(wire);
    assert_non_null(out);
    mconn_send x = mconn_sender_step(&s, &c, out, 0, wire);
    free(out);
    NEED(x.kind == MCONN_SEND_FRAGMENT && look.kind == x.kind && look.z == x.z && look.len == x.len,
         "packet %zu: kind %d", i, (int)x.kind);
    NEED(x.off == off && x.len == len && x.eof == truth(f, "eof"), "packet %zu: bytes %u to %u, eof %d", i, x.off,
         x.off + x.len, x.eof);
    NEED(x.z == wire && x.h + x.len == x.z, "packet %zu: %zu bytes on the wire", i, x.z);
    off += x.len;
    sent += wire;
    NEED(c.sent == sent, "packet %zu: recently sent %llu", i, (unsigned long long)c.sent);
  }
  NEED(off == total && !c.pending && mconn_sender_look(&s, &c, 0, ROOM).kind == MCONN_SEND_NONE,
       "%u bytes sent, or more to come", off);
}
static size_t sender_from(const json_t *list, mconn_sender *s, mconn_sender_channel *c)
{
  static mconn_channel d[MCONN_CHANNELS_MAX];
  size_t n = json_array_size(list), k;
  json_t *x;
  json_array_foreach((json_t *)list, k, x)
  {
    mconn_channel one = { .id = (uint32_t)k, .priority = (uint32_t)number(x, "priority") };
    d[k] = mconn_channel_defaults(one);
  }
  mconn_sender_init(s, c, MCONN_PROTO, 1024, d, (uint32_t)n);
  json_array_foreach((json_t *)list, k, x)
  {
    if (truth(x, "pending")) mconn_sender_offer(s, c, (uint32_t)k, 1);
    c[k].sent = number(x, "sent");
  }
  return n;
}
static void run_choice(const json_t *t)
{
  static mconn_sender_channel c[MCONN_CHANNELS_MAX];
  mconn_sender s;
  const json_t *pick = member(t, "pick");
  size_t n = sender_from(member(t, "channels"), &s, c);
  size_t want = json_is_null(pick) ? n : (size_t)json_integer_value(pick);
  uint32_t k = mconn_sender_pick(&s, c);
  mconn_send x = mconn_sender_look(&s, c, 0, ROOM);
  NEED(k == want, "picks %u, expected %zu", k, want);
  NEED(want == n ? x.kind == MCONN_SEND_NONE : x.kind == MCONN_SEND_FRAGMENT && x.k == want, "looks at %u", x.k);
}
static void run_decay(const json_t *t)
{
  mconn_channel d = { .id = 1, .priority = 1 };
  d = mconn_channel_defaults(d);
  mconn_sender s;
  mconn_sender_channel c;
  mconn_sender_init(&s, &c, MCONN_PROTO, 1024, &d, 1);
  c.sent = number(t, "sent");
  mconn_sender_decay(&s, &c);
  NEED(c.sent == number(t, "after"), "becomes %llu", (unsigned long long)c.sent);
}

/* ---- MC-CHANNEL */
static mconn_channel descriptor(const json_t *x)
{
  mconn_channel d = { .id = (uint32_t)number(x, "id"),
                      .priority = (uint32_t)number(x, "priority"),
                      .queue_capacity = (uint32_t)number(x, "queue"),
                      .buffer_capacity = (uint32_t)number(x, "buffer"),
                      .message_capacity = (uint32_t)number(x, "message") };
  return d;
}
static void run_channel(const json_t *t)
{
  static mconn_channel d[MCONN_CHANNELS_MAX + 1];
  const json_t *list = member(t, "channels"), *filled = json_object_get(t, "filled"), *at = json_object_get(t, "at");
  size_t n = json_array_size(list);
  assert_true(n <= MCONN_CHANNELS_MAX + 1);
  for (size_t k = 0; k < n; k++) {
    d[k] = mconn_channel_defaults(descriptor(json_array_get(list, k)));
    if (!filled) continue;
    mconn_channel want = descriptor(json_array_get(filled, k));
    NEED(memcmp(&d[k], &want, sizeof want) == 0, "descriptor %zu filled differently", k);
  }
  mconn_channels_result r = mconn_channels_check(d, n);
  NEED(r.err == error_of(t), "error %d, expected %s", (int)r.err, text(t, "error"));
  if (at) NEED(r.at == (size_t)json_integer_value(at), "descriptor %zu named", r.at);
  if (n == 1) NEED(mconn_channel_check(d[0]) == r.err, "alone: error %d", (int)mconn_channel_check(d[0]));
}

/* ---- MC-RECEIVER: the same stream whole and byte by byte */
typedef struct {
  mconn_receiver r;
  mconn_receiver_channel c[MCONN_CHANNELS_MAX];
  size_t item, times; /* next expected event, and how often it came already */
} receiver;

static void receiver_start(receiver *x, const json_t *t)
{
  static mconn_channel d[MCONN_CHANNELS_MAX];
  const json_t *list = member(t, "channels");
  size_t n = json_array_size(list);
  for (size_t k = 0; k < n; k++) {
    json_t *one = json_array_get(list, k);
    mconn_channel y = { .id = (uint32_t)number(one, "id"),
                        .priority = 1,
                        .message_capacity = (uint32_t)number(one, "capacity") };
    d[k] = mconn_channel_defaults(y);
  }
  mconn_receiver_init(&x->r, x->c, dialect(t), (uint32_t)number(t, "max"), d, (uint32_t)n);
  x->item = x->times = 0;
}
/* The next expected event, or NULL. */
static const json_t *next_event(receiver *x, const json_t *t)
{
  const json_t *item = json_array_get(member(t, "events"), x->item);
  const json_t *r = json_object_get(item, "repeat");
  if (!r) {
    x->item++;
    return item;
  }
  if (++x->times >= (size_t)json_integer_value(json_array_get(r, 1))) {
    x->item++;
    x->times = 0;
  }
  return json_array_get(r, 0);
}
static bool is_event(const receiver *x, const mconn_event *v, const json_t *want)
{
  const char *type = want ? text(want, "type") : "";
  if (v->kind == MCONN_EVENT_PING) return strcmp(type, "ping") == 0;
  if (v->kind == MCONN_EVENT_PONG) return strcmp(type, "pong") == 0;
  return strcmp(type, "fragment") == 0 && v->k < x->r.n && x->c[v->k].id == number(want, "channel") &&
         v->place == number(want, "place") && v->packet.m.len == number(want, "len") &&
         v->packet.m.eof == truth(want, "eof");
}
static void check_receiver_end(const json_t *t, const receiver *x, const mconn_event *v, size_t i, size_t n)
{
  const json_t *end = member(t, "end");
  const char *state = text(end, "state");
  NEED(x->item == json_array_size(member(t, "events")), "ends after event %zu", x->item);
  if (v->kind == MCONN_EVENT_REFUSED) {
    NEED(strcmp(state, "refused") == 0, "refused with %d at %zu, expected %s", (int)v->err, v->at, state);
    NEED(v->err == error_of(end) && v->at == number(end, "offset"), "refused with %d at %zu, expected %s at %d",
         (int)v->err, v->at, text(end, "error"), (int)number(end, "offset"));
    return;
  }
  NEED(strcmp(state, "refused") != 0, "not refused");
  if (strcmp(state, "need_more") == 0)
    NEED(i < n && i == number(end, "offset") && v->packet.z == number(end, "least"), "need more from %zu to %zu", i,
         v->packet.z);
  else NEED(i == n, "need more from %zu to %zu, expected %s", i, v->packet.z, state);
}
/* Feeds the stream in steps of `step` bytes. */
static void run_receiver_cuts(const json_t *t, const bytes *b, size_t step)
{
  receiver *x = malloc(sizeof *x);
  assert_non_null(x);
  receiver_start(x, t);
  size_t i = 0, e = 0;
  mconn_event v = { .kind = MCONN_EVENT_MORE };
  while (e < b->n && v.kind != MCONN_EVENT_REFUSED) {
    e = b->n - e < step ? b->n : e + step;
    uint8_t *p = exact(b, 0, e);
    do {
      if (i == e) break;
      mconn_receiver_channel old[MCONN_CHANNELS_MAX];
      memcpy(old, x->c, sizeof old);
      mconn_event look = mconn_receiver_look(&x->r, x->c, p, i, e);
      v = mconn_receiver_step(&x->r, x->c, p, i, e);
      bool kept = memcmp(old, x->c, x->r.n * sizeof *old) == 0,
           event = v.kind != MCONN_EVENT_MORE && v.kind != MCONN_EVENT_REFUSED;
      if (look.kind != v.kind || look.place != v.place || (v.kind != MCONN_EVENT_FRAGMENT && !kept) ||
          (event && !is_event(x, &v, next_event(x, t)))) {
        free(p);
        free(x);
        FAIL("steps of %zu: kind %d place %u length %zu at %zu, state %s", step, (int)v.kind, v.place, v.packet.m.len,
             i, kept ? "kept" : "changed");
      }
      if (event) i = v.packet.z;
    } while (v.kind != MCONN_EVENT_MORE && v.kind != MCONN_EVENT_REFUSED);
    free(p);
  }
  check_receiver_end(t, x, &v, i, b->n);
  free(x);
}
static void run_receiver(const json_t *t)
{
  bytes b = bytes_of(member(t, "hex"));
  run_receiver_cuts(t, &b, b.n ? b.n : 1);
  run_receiver_cuts(t, &b, b.n > 512 ? 61 : 1);
  free(b.p);
}

/* ---- MC-ADDRESS */
static bool is_text(const uint8_t *p, size_t from, size_t to, const char *want)
{
  return to - from == strlen(want) && memcmp(p + from, want, to - from) == 0;
}
static void run_address(const json_t *t)
{
  const char *s = text(t, "text"), *form = text(t, "form");
  bool with_id = strcmp(form, "id") == 0;
  bytes b = { (uint8_t *)strdup(s), strlen(s) };
  assert_non_null(b.p);
  uint8_t *p = exact(&b, 1, b.n); /* one byte in front of it */
  mconn_address r = with_id ? mconn_address_get(p, 1, 1 + b.n) : mconn_host_port_get(p, 1, 1 + b.n);
  bool ok = r.err == MCONN_OK, parts = true;
  if (ok && json_object_get(t, "host")) {
    parts = is_text(p, r.host_from, r.host_to, text(t, "host")) && r.port == number(t, "port") &&
            r.bracketed == truth(t, "bracketed");
    parts = parts && (!with_id || is_text(p, r.id_from, r.id_from + 40, text(t, "node_id")));
  }
  free(p);
  free(b.p);
  NEED(with_id || strcmp(form, "listen") == 0, "form %s", form);
  NEED(r.err == error_of(t), "%s: error %d, expected %s", s, (int)r.err, text(t, "error"));
  NEED(ok || r.at == 1 + number(t, "at"), "%s: at %zu, expected %d", s, r.at - 1, (int)number(t, "at"));
  NEED(parts, "%s: other parts; port %u", s, r.port);
}
static void run_routable(const json_t *t)
{
  bytes b = bytes_of(member(t, "hex"));
  bool whole = b.n == 16, is = whole && mconn_ip_routable(b.p);
  free(b.p);
  NEED(whole && is == truth(t, "routable"), "%s", is ? "routable" : "not routable");
}

/* ---- MC-NODEINFO */
static bool span_is(const uint8_t *p, mconn_span s, const json_t *info, const char *name)
{
  bytes b = bytes_of(member(info, name));
  bool same = s.len == b.n && (b.n == 0 || memcmp(p + s.from, b.p, b.n) == 0);
  free(b.p);
  return same;
}
static bool info_is(const uint8_t *p, const mconn_nodeinfo *x, const json_t *info)
{
  return x->p2p == strtoull(text(info, "p2p"), NULL, 10) && x->block == strtoull(text(info, "block"), NULL, 10) &&
         x->app == strtoull(text(info, "app"), NULL, 10) && span_is(p, x->id, info, "id") &&
         span_is(p, x->listen_addr, info, "listen_addr") && span_is(p, x->network, info, "network") &&
         span_is(p, x->version, info, "version") && span_is(p, x->channels, info, "channels") &&
         span_is(p, x->moniker, info, "moniker") && span_is(p, x->tx_index, info, "tx_index") &&
         span_is(p, x->rpc_address, info, "rpc_address");
}
static bool encoded_is(const uint8_t *p, const json_t *t, mconn_nodeinfo x)
{
  bytes want = bytes_of(member(t, "encoded"));
  bool same = mconn_nodeinfo_len(dialect(t), x) == want.n;
  if (same) {
    uint8_t *o = exact(&want, 2, want.n);
    memset(o, 0xEE, 2 + want.n);
    same = mconn_nodeinfo_put(dialect(t), o, 2, p, x) == 2 + want.n && memcmp(o + 2, want.p, want.n) == 0;
    free(o);
  }
  free(want.p);
  return same;
}
/* What is said of the first n bytes, 3 bytes from the start of their allocation. */
static void run_nodeinfo_cut(const json_t *t, const bytes *b, size_t n)
{
  const json_t *end = member(t, "end");
  const char *state = text(end, "state");
  uint8_t *p = exact(b, 3, n);
  mconn_nodeinfo_read r = mconn_nodeinfo_get(dialect(t), p, 3, 3 + n);
  bool fields = !r.whole || strcmp(state, "whole") != 0 || info_is(p, &r.x, member(t, "info"));
  bool written = !r.whole || strcmp(state, "whole") != 0 || encoded_is(p, t, r.x);
  enum mconn_err rule = r.whole ? mconn_nodeinfo_check(p, r.x).err : MCONN_OK;
  free(p);
  if (r.whole) {
    NEED(strcmp(state, "whole") == 0 && r.z - 3 == number(end, "offset"), "%zu bytes: whole up to %zu, expected %s", n,
         r.z - 3, state);
    NEED(fields, "%zu bytes: other fields", n);
    NEED(written, "written differently");
    NEED(rule == error_in(t, "rule"), "the rules say %d, expected %s", (int)rule, text(t, "rule"));
  } else if (r.err != MCONN_OK) {
    NEED(strcmp(state, "refused") == 0, "%zu bytes: refused with %d at %zu, expected %s", n, (int)r.err, r.at - 3,
         state);
    NEED(r.err == error_of(end) && r.at - 3 == number(end, "offset"), "%zu bytes: refused with %d at %zu", n,
         (int)r.err, r.at - 3);
  } else {
    NEED(r.z > 3 + n, "%zu bytes: need more names the end %zu", n, r.z - 3);
    NEED(n < b->n || (strcmp(state, "need_more") == 0 && r.z - 3 == number(end, "least") && number(end, "offset") == 0),
         "%zu bytes: need more, up to %zu; expected %s", n, r.z - 3, state);
  }
}
static void run_nodeinfo(const json_t *t)
{
  bytes b = bytes_of(member(t, "hex"));
  int before = failures;
  run_nodeinfo_cut(t, &b, b.n);
  for (size_t n = 0; n < b.n && failures == before; n++)
    if (b.n <= 512 || n < 64 || b.n - n < 64 || n % 61 == 0) run_nodeinfo_cut(t, &b, n);
  free(b.p);
}
static void run_nodeinfo_pair(const json_t *t)
{
  bytes own = bytes_of(member(t, "own")), other = bytes_of(member(t, "other"));
  uint8_t *p = exact(&own, 1, own.n), *q = exact(&other, 2, other.n);
  mconn_nodeinfo_read x = mconn_nodeinfo_get(MCONN_PROTO, p, 1, 1 + own.n);
  mconn_nodeinfo_read y = mconn_nodeinfo_get(MCONN_PROTO, q, 2, 2 + other.n);
  bool both = x.whole && y.whole;
  enum mconn_err err = both ? mconn_nodeinfo_compatible(p, x.x, q, y.x) : MCONN_OK;
  free(p);
  free(q);
  free(own.p);
  free(other.p);
  NEED(both, "not two node infos");
  NEED(err == error_of(t), "compatibility %d, expected %s", (int)err, text(t, "error"));
}

/* ---- MC-RECONNECT */
static void run_reconnect(const json_t *t)
{
  const json_t *list = member(t, "delays");
  uint32_t first = (uint32_t)number(t, "first"), n = (uint32_t)json_array_size(list);
  for (uint32_t k = 0; k < n; k++) {
    mconn_reconnect_result r = mconn_reconnect_next(k, first, number(t, "random"));
    NEED(!r.give_up && r.delay == (uint64_t)json_integer_value(json_array_get(list, k)), "attempt %u: %llu ns", k,
         (unsigned long long)r.delay);
  }
  NEED(mconn_reconnect_next(n, first, 0).give_up, "not given up after %u attempts", n);
}

/* ---- files */
static const struct {
  const char *kind;
  void (*run)(const json_t *);
} kinds[] = {
  { "stream", run_stream },
  { "uvarint", run_uvarint },
  { "header", run_header },
  { "packet_max", run_packet_max },
  { "fragmentation", run_fragmentation },
  { "choice", run_choice },
  { "decay", run_decay },
  { "channel", run_channel },
  { "receiver", run_receiver },
  { "address", run_address },
  { "routable", run_routable },
  { "reconnect", run_reconnect },
  { "nodeinfo", run_nodeinfo },
  { "nodeinfo_pair", run_nodeinfo_pair },
};

/* gap: every row of the decoders' tolerance tables. */
static void run_file(void **state)
{
  json_error_t why;
  json_t *doc = json_load_file(*state, JSON_REJECT_DUPLICATES, &why);
  if (!doc) fail_msg("%s:%d: %s", (const char *)*state, why.line, why.text);
  t_id = *state;
  const char *kind = text(doc, "kind");
  void (*run)(const json_t *) = NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].kind, kind) == 0) run = kinds[i].run;
  if (!run) fail_msg("%s: unknown kind %s", t_id, kind);
  json_t *tests = member(doc, "tests"), *t;
  assert_true(json_array_size(tests) > 0);
  failures = 0;
  size_t i;
  json_array_foreach(tests, i, t)
  {
    t_now = t;
    t_id = text(t, "id");
    t_req = text(t, "requirement");
    run(t);
  }
  size_t n = json_array_size(tests);
  json_decref(doc);
  if (failures) fail_msg("%d failures in %zu vectors", failures, n);
}

/* test_vectors [FOLDER]: canary.py gives it a folder of spoilt vectors. */
int main(int argc, char **argv)
{
  glob_t g;
  char pattern[4096];
  const char *folder = argc > 1 ? argv[1] : MCONN_SOURCE_DIR "/spec/vectors";
  int length = snprintf(pattern, sizeof pattern, "%s/*.json", folder);
  if (length < 0 || (size_t)length >= sizeof pattern || glob(pattern, 0, NULL, &g) != 0) {
    fprintf(stderr, "no vectors in %s\n", folder);
    return 1;
  }
  struct CMUnitTest *tests = calloc(g.gl_pathc, sizeof *tests);
  size_t n = 0;
  for (size_t i = 0; tests && i < g.gl_pathc; i++) {
    char *name = strrchr(g.gl_pathv[i], '/') + 1;
    if (strcmp(name, "schema.json") == 0) continue;
    tests[n++] = (struct CMUnitTest){ .name = name, .test_func = run_file, .initial_state = g.gl_pathv[i] };
  }
  int r = n ? _cmocka_run_group_tests("vectors", tests, n, NULL, NULL) : 1;
  free(tests);
  globfree(&g);
  return r;
}
