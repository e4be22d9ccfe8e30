/* Who is let in, and when a lost peer is dialed again (MC-ADMISSION, MC-RECONNECT, and the states of one id of
 * MC-SWITCH), as a switch with eight ids and three sockets plays it. The model keeps facts about each id (taken, in
 * the set, told, asked to go, being removed) instead of a state, and counts places by looking at who holds one. What
 * goes wrong: a place that is not given back on one of the ways a peer can end, or twice; a removal before the
 * admission.
 *
 * Input: limits, then steps of (event, id, kind); or an attempt, an exponent and a random number. */
#include "fuzz.h"
#include "core/admission.h"
#include "core/membership.h"
#include "core/reconnect.h"
#define IDS 8

typedef struct {
  bool taken, in_set, told, asked, removing;
  enum mconn_place place;
} fact;

typedef struct {
  mconn_admission s;
  enum mconn_member_state m[IDS];
  fact f[IDS];
  enum mconn_place socket[3];
  uint32_t limit[5];
} game;

static uint32_t held(const game *g, enum mconn_place place)
{
  uint32_t n = 0;
  for (size_t k = 0; k < IDS; k++) n += g->f[k].place == place;
  for (size_t k = 0; k < 3; k++) n += g->socket[k] == place;
  return n;
}

static bool take(game *g, enum mconn_place place)
{
  bool left = held(g, place) < g->limit[place];
  mconn_admission_result r = mconn_admission_take(g->s, place);
  FUZZ_CHECK(r.done == left);
  if (!left) FUZZ_CHECK(memcmp(&r.s, &g->s, sizeof r.s) == 0);
  g->s = r.s;
  return left;
}

static void give(game *g, enum mconn_place place)
{
  mconn_admission_result r = mconn_admission_give(g->s, place);
  FUZZ_CHECK(r.done);
  g->s = r.s;
}

/* What the facts say about an event: the error, and in *f what is true afterwards. */
static enum mconn_err expect(fact *f, int event)
{
  switch (event) {
  case MCONN_MEMBER_RESERVE:
    if (f->taken) return MCONN_E_PEER_DUPLICATE;
    f->taken = true;
    return MCONN_OK;
  case MCONN_MEMBER_ADMIT:
    if (!f->taken || f->in_set) return MCONN_E_STATE;
    if (f->asked) return MCONN_E_PEER_REMOVED;
    f->in_set = true;
    return MCONN_OK;
  case MCONN_MEMBER_JOINED:
    if (!f->in_set || f->told) return MCONN_E_STATE;
    f->told = true;
    f->removing = f->asked;
    return MCONN_OK;
  case MCONN_MEMBER_ABANDON:
    if (!f->taken || f->in_set) return MCONN_E_STATE;
    f->taken = false;
    return MCONN_OK;
  case MCONN_MEMBER_REMOVE:
    if (!f->taken || f->asked) return MCONN_E_NO_PEER;
    f->asked = true;
    f->removing = f->told;
    return MCONN_OK;
  case MCONN_MEMBER_REMOVED:
    if (!f->removing) return MCONN_E_STATE;
    f->taken = false;
    return MCONN_OK;
  default: return MCONN_E_STATE;
  }
}

static void event(game *g, size_t k, int e, enum mconn_place place)
{
  fact before = g->f[k], *f = &g->f[k];
  enum mconn_err err = expect(f, e);
  mconn_member_result r = mconn_member_step(g->m[k], (enum mconn_member_event)e);
  FUZZ_CHECK(r.err == err);
  if (err != MCONN_OK) FUZZ_CHECK(r.s == g->m[k]);
  FUZZ_CHECK((r.act == MCONN_MEMBER_ADD_NOW) == (!before.in_set && f->in_set));
  FUZZ_CHECK((r.act == MCONN_MEMBER_REMOVE_NOW) == (!before.removing && f->removing));
  FUZZ_CHECK((r.act == MCONN_MEMBER_RELEASE) == (before.taken && !f->taken));
  if (!before.taken && f->taken) {
    if (!take(g, place)) {
      *f = before;
      return;
    }
    f->place = place;
  }
  if (r.act == MCONN_MEMBER_RELEASE) {
    give(g, f->place);
    *f = (fact){ .taken = false };
  }
  g->m[k] = r.s;
  FUZZ_CHECK(mconn_member_in_set(r.s) == f->in_set && mconn_member_is_live(r.s) == (f->in_set && !f->asked));
  FUZZ_CHECK((r.s == MCONN_MEMBER_FREE) == !f->taken);
}

static void counts(const game *g)
{
  for (int k = MCONN_PLACE_NONE; k <= MCONN_PLACE_UNCONDITIONAL; k++) /* nobody's place cannot be given back */
    if (k == MCONN_PLACE_NONE || held(g, (enum mconn_place)k) == 0)
      FUZZ_CHECK(!mconn_admission_give(g->s, (enum mconn_place)k).done);
  FUZZ_CHECK(g->s.sockets == held(g, MCONN_PLACE_SOCKET) && g->s.inbound == held(g, MCONN_PLACE_INBOUND));
  FUZZ_CHECK(g->s.outbound == held(g, MCONN_PLACE_OUTBOUND));
  FUZZ_CHECK(g->s.unconditional == held(g, MCONN_PLACE_UNCONDITIONAL));
  FUZZ_CHECK(g->s.max_inbound == g->limit[2] && g->s.max_outbound == g->limit[3]);
}

static void play(fuzz_in *in)
{
  game g = { .limit = { 0 } };
  uint32_t wide = fuzz_u8(in) == 255 ? 0xFFFF : 0;
  for (int k = 2; k <= 4; k++) g.limit[k] = fuzz_u8(in) % 5u + wide;
  g.limit[1] = g.limit[2] + g.limit[4];
  bool fine = g.limit[2] <= 0xFFFF && g.limit[3] <= 0xFFFF && g.limit[4] <= 0xFFFF;
  FUZZ_CHECK((mconn_admission_check(g.limit[2], g.limit[3], g.limit[4]) == MCONN_OK) == fine);
  if (!fine) return;
  g.s = mconn_admission_start(g.limit[2], g.limit[3], g.limit[4]);
  for (int n = 0; n < 64 && in->left > 0; n++) {
    uint8_t op = fuzz_u8(in), who = fuzz_u8(in);
    enum mconn_place place = mconn_admission_place(who & 64, who & 128);
    FUZZ_CHECK(place == (who & 128  ? MCONN_PLACE_UNCONDITIONAL
                         : who & 64 ? MCONN_PLACE_OUTBOUND
                                    : MCONN_PLACE_INBOUND));
    enum mconn_place *socket = &g.socket[who % 3];
    if (op % 8 < 7) event(&g, who % IDS, op % 8, place);
    else if (*socket != MCONN_PLACE_NONE) {
      give(&g, MCONN_PLACE_SOCKET);
      *socket = MCONN_PLACE_NONE;
    } else if (take(&g, MCONN_PLACE_SOCKET)) *socket = MCONN_PLACE_SOCKET;
    counts(&g);
  }
}

static void reconnect(fuzz_in *in)
{
  uint32_t made = fuzz_u8(in) & 1 ? fuzz_u32(in) : fuzz_u8(in) % 40u, first = fuzz_u8(in) % 2u;
  uint64_t random = fuzz_u64(in), ms = 0, power = 1;
  for (uint32_t k = 20; k < made + first && k < 31; k++) power *= 3;
  if (made > 0 && made <= 20) ms = 5000 + random % 3000;
  if (made == 20) ms += power * 1000 + random / 3000 % 3000;
  if (made > 20) ms = power * 1000 + random % 3000;
  mconn_reconnect_result r = mconn_reconnect_next(made, first, random);
  FUZZ_CHECK(r.give_up == (made >= 30) && r.delay == (made >= 30 ? 0 : ms * 1000000));
  FUZZ_CHECK(mconn_reconnect_jitter(random) == random % 3000 * 1000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_in in = { data, size };
  if (fuzz_u8(&in) % 8 == 7) reconnect(&in);
  else play(&in);
  return 0;
}
