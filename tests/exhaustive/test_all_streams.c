/* Every stream of a tiny alphabet, in both dialects. The general decoder, the fast decoder and the independent model of
 * fuzz/model.h say the same of every packet; and a receiver that is fed byte by byte, or in two pieces cut anywhere,
 * gives the events of one that sees everything at once (MC-FRAME-06). */
#include "guard.h"
#include "model.h"
#include "core/receiver.h"
#include <stdio.h>

#define LONGEST 40
#define CHANNELS 4
typedef struct {
  uint8_t p[LONGEST];
  size_t n;
} stream;
typedef struct {
  mconn_receiver r;
  mconn_receiver_channel c[CHANNELS];
} receiver;

static unsigned long long packets[4], refusals[MCONN_E_COUNT], streams;
static receiver fresh[2];

static void complain(const stream *s, int d, const char *what)
{
  char text[2 * LONGEST + 1] = "";
  for (size_t k = 0; k < s->n; k++) snprintf(text + 2 * k, 3, "%02x", s->p[k]);
  fail_msg("%s, stream %s: %s", d ? "amino" : "proto", text, what);
}

static bool same_packet(const mconn_packet *a, const mconn_packet *b)
{
  return a->err == b->err && a->kind == b->kind && a->b == b->b && a->z == b->z && a->at == b->at &&
         a->m.ch == b->m.ch && a->m.eof == b->m.eof && a->m.off == b->m.off && a->m.len == b->m.len;
}

static bool model_agrees(int d, const uint8_t *p, size_t i, size_t e, size_t max, const mconn_packet *a)
{
  model_packet m = model_decode(d == MCONN_AMINO, p + i, e - i, max);
  if ((m.verdict == MODEL_REFUSED) != (a->err != MCONN_OK)) return false;
  if ((m.verdict == MODEL_PACKET) != (a->kind != MCONN_PACKET_NONE)) return false;
  if (m.verdict != MODEL_PACKET) return true;
  if (m.kind != (int)a->kind || m.next != p + a->z) return false;
  if (m.kind != 3) return true;
  return m.channel == a->m.ch && m.eof == a->m.eof && m.len == a->m.len && (m.len == 0 || m.data == p + a->m.off);
}

static void decoders_agree(int d, const stream *s, size_t max)
{
  const uint8_t *p = guard_end(s->p, s->n);
  for (size_t i = 0;;) {
    mconn_packet a = mconn_packet_decode((enum mconn_dialect)d, p, i, s->n, max);
    mconn_packet b = mconn_packet_get((enum mconn_dialect)d, p, i, s->n, max);
    if (!same_packet(&a, &b)) complain(s, d, "the fast decoder differs from the general one");
    if (!model_agrees(d, p, i, s->n, max, &a)) complain(s, d, "the model disagrees");
    packets[a.kind]++;
    refusals[a.err]++;
    if (a.kind == MCONN_PACKET_NONE) break;
    i = a.z;
  }
}

/* All events of s, where first e bytes are there, then `step` more each time. Returns a digest of kinds, errors, places
 * and channels, which must not depend on the cuts. */
static uint64_t events(int d, const stream *s, size_t first, size_t step)
{
  receiver x = fresh[d];
  uint64_t digest = 14695981039346656037u;
  size_t i = 0, e = first < s->n ? first : s->n;
  for (;;) {
    mconn_event v = mconn_receiver_step(&x.r, x.c, s->p, i, e);
    if (v.kind == MCONN_EVENT_MORE && e < s->n) {
      e = s->n - e < step ? s->n : e + step;
      continue;
    }
    const uint64_t seen[] = { v.kind,
                              v.err,
                              v.kind == MCONN_EVENT_REFUSED ? v.at : 0,
                              v.k,
                              v.place,
                              v.packet.z,
                              v.packet.b,
                              v.packet.m.ch,
                              v.packet.m.eof,
                              v.packet.m.off,
                              v.packet.m.len };
    for (size_t k = 0; k < sizeof seen / sizeof *seen; k++) digest = (digest ^ seen[k]) * 1099511628211u;
    if (v.kind == MCONN_EVENT_MORE || v.kind == MCONN_EVENT_REFUSED) return digest;
    i = v.packet.z;
  }
}

static void cuts_change_nothing(int d, const stream *s)
{
  uint64_t whole = events(d, s, s->n, 1);
  if (events(d, s, 0, 1) != whole) complain(s, d, "byte by byte gives other events");
  for (size_t cut = 1; cut < s->n; cut++)
    if (events(d, s, cut, s->n) != whole) complain(s, d, "a cut gives other events");
}

static void start(void)
{
  static const mconn_channel all[CHANNELS] = {
    { 0, 1, 1, 1, 4 }, { 1, 1, 1, 1, 1 }, { 2, 1, 1, 1, 100 }, { 16, 1, 1, 1, 2 }
  };
  for (int d = 0; d < 2; d++) mconn_receiver_init(&fresh[d].r, fresh[d].c, (enum mconn_dialect)d, 64, all, CHANNELS);
  memset(packets, 0, sizeof packets);
  memset(refusals, 0, sizeof refusals);
  streams = 0;
}

static void check(int d, const stream *s)
{
  streams++;
  decoders_agree(d, s, 64);
  cuts_change_nothing(d, s);
}

/* The x-th string over an alphabet of `of` letters with n letters, appended. */
static void append(stream *s, const uint8_t *letters, uint32_t of, size_t n, uint32_t x)
{
  for (size_t k = 0; k < n; k++, x /= of) s->p[s->n++] = letters[x % of];
}

/* Runs f on every string of up to n letters appended to s. */
static void each(stream s, const uint8_t *letters, uint32_t of, size_t n, void (*f)(int, const stream *), int d)
{
  for (size_t m = 0, count = 1; m <= n; m++, count *= of)
    for (uint32_t x = 0; x < count; x++) {
      stream t = s;
      append(&t, letters, of, m, x);
      f(d, &t);
    }
}

static const uint8_t proto_letters[12] = { 0x00, 0x01, 0x02, 0x08, 0x0A, 0x0B, 0x0C, 0x10, 0x12, 0x1A, 0x21, 0x80 };

/* s is one body: framed, alone. */
static void check_body(int d, const stream *s)
{
  stream f = { { (uint8_t)s->n }, 1 + s->n };
  memcpy(f.p + 1, s->p, s->n);
  check(d, &f);
}

/* MC-FRAME-01, MC-FRAME-06: any bytes of the alphabet, length prefixes included, up to six in all */
static void every_short_stream(void **state)
{
  (void)state;
  start();
  static const uint8_t letters[9] = { 0x00, 0x01, 0x02, 0x03, 0x0A, 0x10, 0x12, 0x1A, 0x80 };
  each((stream){ { 0 }, 0 }, letters, 9, 6, check, MCONN_PROTO);
  assert_true(streams == 597871 && packets[1] > 0 && packets[2] > 0 && packets[3] > 0 &&
              refusals[MCONN_E_NO_MEMBER] > 0);
}

/* One packet whose body is any string of up to five letters. */
static void every_short_proto_body(void **state)
{
  (void)state;
  start();
  each((stream){ { 0 }, 0 }, proto_letters, 12, 5, check_body, MCONN_PROTO);
  static const enum mconn_err all[] = { MCONN_E_TRUNCATED, MCONN_E_FIELD_NUMBER, MCONN_E_FIELD_TYPE, MCONN_E_GROUP,
                                        MCONN_E_NO_MEMBER };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) assert_true(refusals[all[k]] > 0);
  assert_true(packets[1] > 0 && packets[2] > 0 && packets[3] > 0);
}

/* A msg whose fields are any string of up to five letters. */
static void every_short_proto_msg(void **state)
{
  (void)state;
  start();
  static const uint8_t letters[10] = { 0x00, 0x01, 0x02, 0x08, 0x0E, 0x10, 0x1A, 0x1B, 0x1C, 0x80 };
  for (size_t m = 0, count = 1; m <= 5; m++, count *= 10)
    for (uint32_t x = 0; x < count; x++) {
      stream s = { { (uint8_t)(2 + m), 0x1A, (uint8_t)m }, 3 };
      append(&s, letters, 10, m, x);
      check(MCONN_PROTO, &s);
    }
  assert_true(packets[3] > 0 && refusals[MCONN_E_WIRE_TYPE] > 0 && refusals[MCONN_E_GROUP] > 0);
}

/* Amino: each form of each prefix, and any string of up to four letters behind it. */
static void every_short_amino_body(void **state)
{
  (void)state;
  start();
  static const uint8_t letters[12] = { 0x00, 0x01, 0x02, 0x08, 0x0A, 0x10, 0x1A, 0x1B, 0x20, 0x21, 0x25, 0x80 };
  static const stream prefixes[] = {
    { { 0x15, 0xC3, 0xD2, 0x89 }, 4 },
    { { 0x8A, 0x79, 0x7F, 0xE2 }, 4 },
    { { 0xB0, 0x5B, 0x4F, 0x2C }, 4 },
    { { 0x00, 0xE3, 0x7E, 0x84, 0x15, 0xC3, 0xD2, 0x89 }, 8 },
    { { 0x00, 0x88, 0x7A, 0x12, 0x8A, 0x79, 0x7F, 0xE2 }, 8 },
    { { 0x00, 0xF1, 0xBB, 0x97, 0xB0, 0x5B, 0x4F, 0x2C }, 8 },
    { { 0xB0, 0x5B, 0x4F }, 3 },
    { { 0 }, 0 },
  };
  for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++)
    each(prefixes[k], letters, 12, 4, check_body, MCONN_AMINO);
  each(prefixes[2], letters, 12, 5, check_body, MCONN_AMINO);
  static const enum mconn_err all[] = { MCONN_E_TRUNCATED,   MCONN_E_FIELD_NUMBER, MCONN_E_FIELD_TYPE,
                                        MCONN_E_FIELD_ORDER, MCONN_E_WIRE_TYPE,    MCONN_E_PREFIX };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) assert_true(refusals[all[k]] > 0);
  assert_true(packets[1] > 0 && packets[2] > 0 && packets[3] > 0);
}

/* The x-th of the bodies of up to three letters: 1 + 12 + 144 + 1728 of them; in amino, a part of them pings. */
static void put_packet(int d, stream *s, uint32_t x)
{
  static const uint8_t amino_letters[12] = { 0x00, 0x01, 0x02, 0x08, 0x0A, 0x10, 0x18, 0x1A, 0x20, 0x21, 0x80, 0x15 };
  static const uint8_t prefixes[2][4] = { { 0xB0, 0x5B, 0x4F, 0x2C }, { 0x15, 0xC3, 0xD2, 0x89 } };
  size_t n = 0, head = d ? 4 : 0;
  for (uint32_t count = 1; x >= count; count *= 12, n++) x -= count;
  s->p[s->n++] = (uint8_t)(head + n);
  if (d) memcpy(s->p + s->n, prefixes[x / 12 % 4 == 3], 4);
  s->n += head;
  append(s, d ? amino_letters : proto_letters, 12, n, x);
}

/* MC-FRAME-06: two packets, one any of the bodies of up to two letters, the other of up to three, in both orders */
static void every_stream_of_two_packets(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    start();
    for (uint32_t x = 0; x < 157; x++)
      for (uint32_t y = 0; y < 1885; y++) {
        stream s = { { 0 }, 0 }, t = { { 0 }, 0 };
        put_packet(d, &s, x);
        put_packet(d, &s, y);
        check(d, &s);
        put_packet(d, &t, y);
        put_packet(d, &t, x);
        check(d, &t);
      }
    assert_true(streams == 2 * 157 * 1885 && packets[3] > 0 && packets[1] > 0 && refusals[MCONN_E_TRUNCATED] > 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_short_stream),          cmocka_unit_test(every_short_proto_body),
    cmocka_unit_test(every_short_proto_msg),       cmocka_unit_test(every_short_amino_body),
    cmocka_unit_test(every_stream_of_two_packets),
  };
  return cmocka_run_group_tests_name("all streams", tests, NULL, NULL);
}
