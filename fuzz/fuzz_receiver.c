/* The receiver as a state machine (MC-RECEIVER): any channels, any capacities, any order of packets,
 * against a model that is nothing but a length and a count per channel. What goes wrong: a capacity
 * looked at after the fact, a refusal that already changed something, a counter that never resets.
 *
 * Input: dialect and limit, number of channels, (id, capacity) for each, then operations. */
#include "fuzz.h"
#include "encode_model.h"
#include "model.h"
#include "core/receiver.h"

#define SLOTS 12
#define BUFFER 8192
typedef struct {
  uint32_t len, empty;
} model_channel;
typedef struct {
  mconn_receiver r;
  mconn_receiver_channel c[SLOTS], before[SLOTS];
  mconn_channel d[SLOTS];
  model_channel m[SLOTS];
  bool amino;
  size_t max;
} rig;
static uint8_t buffer[BUFFER];

static void setup(rig *g, fuzz_in *in)
{
  uint8_t mode = fuzz_u8(in);
  uint32_t n = 1 + fuzz_u8(in) % SLOTS, used = 0;
  bool taken[256] = { false };
  for (uint32_t k = 0; k < n; k++) {
    uint8_t id = fuzz_u8(in);
    uint32_t cap = fuzz_u16(in);
    if (cap == 0xFFFF) cap = MCONN_MESSAGE_CAPACITY_MAX;
    if (taken[id]) continue;
    taken[id] = true;
    g->d[used++] = (mconn_channel){ id, 1, 1, 1, cap };
  }
  g->amino = mode & 16;
  g->max = fuzz_max(mode);
  memset(g->m, 0, sizeof g->m);
  memset(g->c, 0, sizeof g->c);
  mconn_receiver_init(&g->r, g->c, g->amino ? MCONN_AMINO : MCONN_PROTO, (uint32_t)g->max, g->d, used);
}

static void expect(rig *g, const mconn_event *x, model_packet p)
{
  if (p.verdict != MODEL_PACKET) {
    FUZZ_CHECK(x->kind == (p.verdict == MODEL_MORE ? MCONN_EVENT_MORE : MCONN_EVENT_REFUSED));
    return;
  }
  if (p.kind != 3) {
    FUZZ_CHECK(x->kind == (p.kind == 1 ? MCONN_EVENT_PING : MCONN_EVENT_PONG));
    return;
  }
  uint32_t k = 0;
  while (k < g->r.n && g->d[k].id != p.channel) k++;
  if (k == g->r.n) {
    FUZZ_CHECK(x->kind == MCONN_EVENT_REFUSED && x->err == MCONN_E_CHANNEL);
    return;
  }
  model_channel *m = &g->m[k];
  if (m->len + (uint64_t)p.len > g->d[k].message_capacity) {
    FUZZ_CHECK(x->kind == MCONN_EVENT_REFUSED && x->err == MCONN_E_CAPACITY);
  } else if (p.len == 0 && !p.eof && m->empty == MCONN_EMPTY_FRAGMENTS_MAX) {
    FUZZ_CHECK(x->kind == MCONN_EVENT_REFUSED && x->err == MCONN_E_EMPTY_FRAGMENTS);
  } else {
    FUZZ_CHECK(x->kind == MCONN_EVENT_FRAGMENT && x->k == k && x->place == m->len);
    FUZZ_CHECK(x->packet.m.len == p.len && x->packet.m.eof == p.eof);
    if (p.eof) *m = (model_channel){ 0, 0 };
    else if (p.len == 0) m->empty++;
    else m->len += (uint32_t)p.len;
  }
}

/* One step on buffer[i..e): LOOK changes nothing, STEP is LOOK and TAKE, the model agrees. */
static void step(rig *g, size_t i, size_t e)
{
  memcpy(g->before, g->c, sizeof g->c);
  mconn_event look = mconn_receiver_look(&g->r, g->c, buffer, i, e);
  FUZZ_CHECK(memcmp(g->before, g->c, sizeof g->c) == 0);
  mconn_event x = mconn_receiver_step(&g->r, g->c, buffer, i, e);
  FUZZ_CHECK(look.kind == x.kind && look.err == x.err && look.k == x.k && look.place == x.place);
  FUZZ_CHECK(look.packet.z == x.packet.z && look.packet.m.off == x.packet.m.off);
  if (x.kind != MCONN_EVENT_FRAGMENT) {
    FUZZ_CHECK(x.k == MCONN_NO_SLOT || x.kind == MCONN_EVENT_REFUSED);
    FUZZ_CHECK(memcmp(g->before, g->c, sizeof g->c) == 0);
  }
  if (x.kind == MCONN_EVENT_REFUSED) FUZZ_CHECK(x.err != MCONN_OK && i <= x.at && x.at <= e);
  else FUZZ_CHECK(x.err == MCONN_OK);
  expect(g, &x, model_decode(g->amino, buffer + i, e - i, g->max));
  for (uint32_t k = 0; k < g->r.n; k++) {
    FUZZ_CHECK(g->c[k].len == g->m[k].len && g->c[k].empty == g->m[k].empty);
    FUZZ_CHECK(g->c[k].len <= g->c[k].cap && g->c[k].id == g->d[k].id);
    FUZZ_CHECK(g->c[k].cap == g->d[k].message_capacity);
  }
}

static void send_msg(rig *g, uint32_t channel, bool eof, uint32_t n, uint32_t times)
{
  size_t h = model_put_header(g->amino, buffer, channel, eof, n);
  while (times-- > 0) step(g, 0, h + n);
}

static void operation(rig *g, fuzz_in *in)
{
  uint8_t op = fuzz_u8(in);
  uint32_t known = g->d[(op >> 4) % g->r.n].id;
  bool eof = op & 8;
  switch (op & 7) {
  case 0: send_msg(g, known, eof, fuzz_u8(in), 1); break;
  case 1: send_msg(g, known, eof, fuzz_u16(in) % (BUFFER - 64), 1); break;
  case 2: send_msg(g, known, eof, 0, 1); break;
  case 3: send_msg(g, known, false, 0, 1u + 8u * (op >> 4)); break;
  case 4: send_msg(g, eof ? fuzz_u32(in) : fuzz_u8(in), true, 1, 1); break;
  case 5: step(g, 0, model_put_control(g->amino, buffer, eof)); break;
  case 6: { /* fill up to the capacity, or one beyond */
    uint32_t k = (op >> 4) % g->r.n, room = g->d[k].message_capacity - g->m[k].len + (eof ? 1 : 0);
    send_msg(g, known, false, room % (BUFFER - 64), 1);
    break;
  }
  default: {
    size_t n = fuzz_u8(in) % 32, got = n < in->left ? n : in->left;
    memcpy(buffer + 5, in->p, got);
    in->p += got;
    in->left -= got;
    step(g, 5, 5 + got);
  }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static rig g;
  fuzz_in in = { data, size };
  setup(&g, &in);
  for (int n = 0; n < 64 && in.left > 0; n++) operation(&g, &in);
  return 0;
}
