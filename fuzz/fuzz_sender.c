/* The sender as a state machine (MC-SENDER): who is next, what is sent, what is accounted. The model
 * compares sent/priority as exact fractions in 128 bits. What goes wrong: a ratio rounded to a float,
 * a counter that wraps, a packet accounted for that was never written.
 *
 * Input: dialect, payload limit, number of channels, (id, priority) for each, then operations. */
#include "sender_check.h"
#include "core/sender.h"

#define SLOTS 10
static uint8_t out[MCONN_PAYLOAD_MAX + 256];
typedef struct {
  mconn_sender s;
  mconn_sender_channel c[SLOTS], before[SLOTS];
  mconn_channel d[SLOTS];
  uint64_t sent[SLOTS];
  bool pending[SLOTS];
  uint32_t total[SLOTS], off[SLOTS];
} rig;

static void setup(rig *g, fuzz_in *in)
{
  uint8_t mode = fuzz_u8(in);
  uint32_t payload = 2 + (mode & 2 ? fuzz_u32(in) % (MCONN_PAYLOAD_MAX - 1) : fuzz_u16(in) % 2048);
  uint32_t n = 1 + fuzz_u8(in) % SLOTS, used = 0;
  bool taken[256] = { false };
  for (uint32_t k = 0; k < n; k++) {
    uint8_t id = fuzz_u8(in);
    uint32_t priority = 1 + (mode & 4 ? fuzz_u16(in) % MCONN_PRIORITY_MAX : fuzz_u8(in) % 8);
    if (taken[id]) continue;
    taken[id] = true;
    g->d[used++] = (mconn_channel){ id, priority, 1, 1, 1 };
  }
  memset(g->c, 0, sizeof g->c);
  memset(g->sent, 0, sizeof g->sent);
  memset(g->pending, 0, sizeof g->pending);
  memset(g->total, 0, sizeof g->total);
  memset(g->off, 0, sizeof g->off);
  mconn_sender_init(&g->s, g->c, mode & 1 ? MCONN_AMINO : MCONN_PROTO, payload, g->d, used);
}

static uint32_t model_pick(const rig *g)
{
  uint32_t best = g->s.n;
  for (uint32_t k = 0; k < g->s.n; k++) {
    if (!g->pending[k]) continue;
    if (best == g->s.n ||
        (unsigned __int128)g->sent[k] * g->d[best].priority < (unsigned __int128)g->sent[best] * g->d[k].priority)
      best = k;
  }
  return best;
}

static void agree(const rig *g)
{
  for (uint32_t k = 0; k < g->s.n; k++) {
    const mconn_sender_channel *c = &g->c[k];
    FUZZ_CHECK(c->id == g->d[k].id && c->prio == g->d[k].priority);
    FUZZ_CHECK(c->sent == g->sent[k] && c->sent <= MCONN_SENT_MAX);
    FUZZ_CHECK(c->pending == g->pending[k]);
    if (!c->pending) continue;
    FUZZ_CHECK(c->total == g->total[k] && c->off == g->off[k]);
    FUZZ_CHECK((uint32_t)g->s.lo <= k && k < (uint32_t)g->s.hi);
  }
  FUZZ_CHECK(mconn_sender_pick(&g->s, g->c) == model_pick(g));
}

static void account(rig *g, const mconn_send *x, size_t o)
{
  uint64_t wire = x->z - o, room = MCONN_SENT_MAX - g->sent[x->k];
  g->sent[x->k] += wire < room ? wire : room;
  g->off[x->k] += x->len;
  if (x->eof) g->pending[x->k] = false;
}

static void step(rig *g, size_t o, size_t cap)
{
  uint8_t want[32];
  uint32_t k = model_pick(g);
  memcpy(g->before, g->c, sizeof g->c);
  memset(out + o, 0xA5, 64);
  mconn_send look = mconn_sender_look(&g->s, g->c, o, cap);
  FUZZ_CHECK(memcmp(g->before, g->c, sizeof g->c) == 0);
  mconn_send x = mconn_sender_step(&g->s, g->c, out, o, cap);
  FUZZ_CHECK(x.kind == look.kind);
  uint32_t lo = (uint32_t)g->s.lo, hi = (uint32_t)g->s.hi;
  FUZZ_CHECK(lo == hi || (lo < hi && hi <= g->s.n && g->pending[lo] && g->pending[hi - 1]));
  if (x.kind != MCONN_SEND_NONE) FUZZ_CHECK(x.z == look.z);
  if (k == g->s.n) {
    FUZZ_CHECK(x.kind == MCONN_SEND_NONE);
  } else if (x.kind == MCONN_SEND_ROOM) {
    FUZZ_CHECK(x.z > cap);
    mconn_send fits = mconn_sender_look(&g->s, g->c, o, x.z);
    FUZZ_CHECK(fits.kind == MCONN_SEND_FRAGMENT && fits.z == x.z);
  } else {
    FUZZ_CHECK(x.kind == MCONN_SEND_FRAGMENT && x.k == k && x.off == g->off[k]);
    FUZZ_CHECK(x.len == look.len && x.off == look.off && x.eof == look.eof && x.k == look.k && x.h == look.h);
    FUZZ_CHECK(x.z <= cap && x.z == x.h + x.len);
    bool amino = g->s.dialect == MCONN_AMINO;
    check_fragment(amino, g->s.payload, g->d[k].id, g->total[k], x.off, x.len, x.eof);
    size_t h = model_put_header(amino, want, g->d[k].id, x.eof, x.len);
    FUZZ_CHECK(x.h == o + h && memcmp(out + o, want, h) == 0);
    account(g, &x, o);
  }
  if (x.kind != MCONN_SEND_FRAGMENT) FUZZ_CHECK(memcmp(g->before, g->c, sizeof g->c) == 0);
  for (size_t j = x.kind == MCONN_SEND_FRAGMENT ? x.h - o : 0; j < 64; j++) FUZZ_CHECK(out[o + j] == 0xA5);
}

static void operation(rig *g, fuzz_in *in)
{
  uint8_t op = fuzz_u8(in);
  uint32_t k = (op >> 4) % g->s.n;
  switch (op & 7) {
  case 0:
  case 1:
    if (g->pending[k]) break;
    g->total[k] = op & 1 ? fuzz_u32(in) % (MCONN_MESSAGE_MAX + 1u) : fuzz_u16(in);
    g->off[k] = 0;
    g->pending[k] = true;
    mconn_sender_offer(&g->s, g->c, k, g->total[k]);
    break;
  case 2:
  case 3: step(g, (op >> 4), sizeof out); break;
  case 4: { /* little room */
    size_t o = op >> 4;
    step(g, o, o + fuzz_u16(in) % 2200);
    break;
  }
  case 5:
    for (uint32_t j = 0; j < g->s.n; j++) g->sent[j] = (uint64_t)((unsigned __int128)g->sent[j] * 4 / 5);
    mconn_sender_decay(&g->s, g->c);
    break;
  case 6: /* a long past: any count the state allows */
    g->sent[k] = op & 8 ? MCONN_SENT_MAX - fuzz_u8(in) : fuzz_u64(in) % (MCONN_SENT_MAX + 1);
    g->c[k].sent = g->sent[k];
    break;
  default: /* two channels with nearly equal ratios */
    g->sent[k] = (uint64_t)g->d[k].priority * 0x10000001u + (op >> 3 & 1);
    g->c[k].sent = g->sent[k];
  }
  agree(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static rig g;
  fuzz_in in = { data, size };
  setup(&g, &in);
  agree(&g);
  for (int n = 0; n < 64 && in.left > 0; n++) operation(&g, &in);
  return 0;
}
