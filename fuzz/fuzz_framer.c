/* Framing: what is decoded depends on the bytes, not on how they were cut (MC-FRAME, theorem 5). One
 * receiver sees the whole stream. A second one, like a socket reader, gets it in pieces, moves what is
 * left to the front after each packet, and asks again. Both must give the same events.
 *
 * Input: dialect and limit, seed of the cuts, stream. */
#include "fuzz.h"
#include "core/receiver.h"

#define CHANNELS 7
#define STREAM_MAX 2048
static const mconn_channel channels[CHANNELS] = {
  { 0x00, 1, 1, 1, 100 }, { 0x01, 5, 1, 1, 22020096 }, { 0x20, 5, 1, 1, 5 }, { 0x7f, 1, 1, 1, 1 },
  { 0x80, 1, 1, 1, 300 }, { 0xff, 1, 1, 1, 64 },       { 0x10, 1, 1, 1, 2 },
};

typedef struct {
  mconn_receiver r;
  mconn_receiver_channel c[CHANNELS];
} side;

/* The event of the pieces, seen at 0 of a shorter buffer, must be the event of the whole, `by` later. */
static void same_event(const mconn_event *w, const mconn_event *x, size_t by)
{
  FUZZ_CHECK(w->kind == x->kind && w->err == x->err);
  FUZZ_CHECK(w->k == x->k && w->place == x->place);
  if (w->kind == MCONN_EVENT_REFUSED) FUZZ_CHECK(w->at == x->at + by);
  const mconn_packet *a = &w->packet, *b = &x->packet;
  FUZZ_CHECK(a->kind == b->kind && a->err == b->err);
  if (a->kind == MCONN_PACKET_NONE) return;
  FUZZ_CHECK(a->b == b->b + by && a->z == b->z + by);
  FUZZ_CHECK(a->m.ch == b->m.ch && a->m.eof == b->m.eof && a->m.len == b->m.len);
  if (a->kind == MCONN_PACKET_MSG) FUZZ_CHECK(a->m.off == b->m.off + by);
}

/* Offers p[0..n) in growing pieces until there is an event, or all of it was offered. A "need more"
 * must name an end beyond what was offered, and no event may come before that end is reached. */
static mconn_event pieces(side *s, const uint8_t *p, size_t n, size_t *e, uint64_t *seed, bool bytewise)
{
  size_t promised = 0;
  for (;;) {
    mconn_event x = mconn_receiver_step(&s->r, s->c, p, 0, *e);
    if (x.kind != MCONN_EVENT_MORE) {
      FUZZ_CHECK(*e >= promised);
      return x;
    }
    FUZZ_CHECK(x.packet.z > *e);
    if (*e == n) return x;
    promised = x.packet.z;
    size_t left = n - *e, take = bytewise ? 1 : 1 + fuzz_rand(seed) % (left < 40 ? left : 40);
    *e += take;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static side whole, cut;
  fuzz_in in = { data, size };
  uint8_t mode = fuzz_u8(&in);
  uint64_t seed = fuzz_u16(&in);
  enum mconn_dialect d = mode & 16 ? MCONN_AMINO : MCONN_PROTO;
  uint32_t max = (uint32_t)fuzz_max(mode);
  const uint8_t *p = in.p;
  size_t n = in.left < STREAM_MAX ? in.left : STREAM_MAX, i = 0, e = 0;
  mconn_receiver_init(&whole.r, whole.c, d, max, channels, CHANNELS);
  mconn_receiver_init(&cut.r, cut.c, d, max, channels, CHANNELS);
  for (;;) {
    mconn_event w = mconn_receiver_step(&whole.r, whole.c, p, i, n);
    mconn_event x = pieces(&cut, p + i, n - i, &e, &seed, mode & 32);
    same_event(&w, &x, i);
    FUZZ_CHECK(memcmp(whole.c, cut.c, sizeof whole.c) == 0);
    if (w.kind == MCONN_EVENT_MORE || w.kind == MCONN_EVENT_REFUSED) break;
    FUZZ_CHECK(e >= x.packet.z);
    e -= x.packet.z;
    i = w.packet.z;
  }
  return 0;
}
