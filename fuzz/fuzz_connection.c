/* The whole core end to end (theorem 8): messages on several channels go through a sender, a byte
 * stream cut anywhere, and a receiver, and come out the same, in order, per channel. Pings and pongs
 * lie in between and arrive in order too.
 *
 * Messages are not stored: byte j of message m of slot k is a function of k, m and j.
 * Input: dialect, seed of the cuts, payload limit, number of channels, (id, priority), messages. */
#include "sender_check.h"
#include "core/receiver.h"

#define SLOTS 6
#define MESSAGES 8
#define STREAM 6144
typedef struct {
  mconn_sender s;
  mconn_sender_channel sc[SLOTS];
  mconn_receiver r;
  mconn_receiver_channel rc[SLOTS];
  mconn_channel d[SLOTS];
  uint32_t size[SLOTS][MESSAGES], given[SLOTS], offered[SLOTS], arrived[SLOTS];
  uint32_t pings_out, pings_in;
  bool amino;
} rig;
static uint8_t stream[STREAM];

static uint8_t message_byte(uint32_t k, uint32_t m, uint32_t j)
{
  return (uint8_t)(37 * k + 101 * m + j + (j >> 8));
}

static void setup(rig *g, fuzz_in *in, uint8_t mode)
{
  uint32_t payload = 2 + (mode & 2 ? fuzz_u16(in) % 2047 : fuzz_u8(in)), used = 0;
  uint32_t n = 1 + fuzz_u8(in) % SLOTS;
  bool taken[256] = { false };
  for (uint32_t k = 0; k < n; k++) {
    uint8_t id = fuzz_u8(in);
    uint32_t priority = 1u + fuzz_u8(in);
    if (taken[id]) continue;
    taken[id] = true;
    g->d[used++] = (mconn_channel){ id, priority, 1, 1, 4096 };
  }
  g->amino = mode & 1;
  enum mconn_dialect dialect = g->amino ? MCONN_AMINO : MCONN_PROTO;
  mconn_sender_init(&g->s, g->sc, dialect, payload, g->d, used);
  mconn_receiver_init(&g->r, g->rc, dialect, mconn_packet_max_upstream(dialect, payload), g->d, used);
}

/* The sending side, until everything is sent or the stream is full. */
static size_t produce(rig *g, uint64_t *seed, bool *full)
{
  size_t o = 0;
  for (;;) {
    for (uint32_t k = 0; k < g->s.n; k++) {
      if (g->sc[k].pending || g->offered[k] == g->given[k]) continue;
      mconn_sender_offer(&g->s, g->sc, k, g->size[k][g->offered[k]++]);
    }
    if (fuzz_rand(seed) % 8 == 0 && STREAM - o >= MCONN_HEADER_MAX)
      o = mconn_control_put(g->s.dialect, stream, o, g->pings_out++ % 3 ? MCONN_PACKET_PING : MCONN_PACKET_PONG);
    mconn_send x = mconn_sender_step(&g->s, g->sc, stream, o, STREAM);
    *full = x.kind == MCONN_SEND_ROOM;
    if (x.kind != MCONN_SEND_FRAGMENT) return o;
    for (uint32_t j = 0; j < x.len; j++) stream[x.h + j] = message_byte(x.k, g->offered[x.k] - 1, x.off + j);
    o = x.z;
  }
}

static void deliver(rig *g, const mconn_event *x)
{
  uint32_t k = x->k, m = g->arrived[k];
  FUZZ_CHECK(m < g->offered[k]);
  for (uint32_t j = 0; j < x->packet.m.len; j++)
    FUZZ_CHECK(stream[x->packet.m.off + j] == message_byte(k, m, x->place + j));
  if (!x->packet.m.eof) return;
  FUZZ_CHECK(x->place + x->packet.m.len == g->size[k][m]);
  g->arrived[k]++;
}

/* The receiving side: all of stream[0..n), cut anywhere. */
static void consume(rig *g, size_t n, uint64_t *seed)
{
  size_t i = 0, e = 0;
  while (i < n) {
    mconn_event x = mconn_receiver_step(&g->r, g->rc, stream, i, e);
    if (x.kind == MCONN_EVENT_MORE) {
      FUZZ_CHECK(e < n);
      e += 1 + fuzz_rand(seed) % 300;
      if (e > n) e = n;
      continue;
    }
    FUZZ_CHECK(x.kind != MCONN_EVENT_REFUSED);
    if (x.kind == MCONN_EVENT_FRAGMENT) deliver(g, &x);
    else FUZZ_CHECK(x.kind == (g->pings_in++ % 3 ? MCONN_EVENT_PING : MCONN_EVENT_PONG));
    i = x.packet.z;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static rig g;
  fuzz_in in = { data, size };
  memset(&g, 0, sizeof g);
  uint8_t mode = fuzz_u8(&in);
  uint64_t seed = fuzz_u16(&in);
  setup(&g, &in, mode);
  uint32_t sum = 0, most = g.s.payload < 40 ? g.s.payload * 100 : 4000; /* keeps a run short */
  for (int m = 0; m < 24 && in.left > 0 && sum < most; m++) {
    uint8_t op = fuzz_u8(&in);
    uint32_t k = op % g.s.n, n = op & 128 ? fuzz_u16(&in) % 1500 : fuzz_u8(&in) % 64;
    if (g.given[k] == MESSAGES) continue;
    g.size[k][g.given[k]++] = n;
    sum += n;
  }
  bool full = true;
  for (int rounds = 0; full; rounds++) {
    FUZZ_CHECK(rounds < 16);
    consume(&g, produce(&g, &seed, &full), &seed);
  }
  for (uint32_t k = 0; k < g.s.n; k++) FUZZ_CHECK(g.arrived[k] == g.given[k] && g.rc[k].len == 0);
  FUZZ_CHECK(g.pings_in == g.pings_out);
  return 0;
}
