/* The world: who is linked with whom, what the users of the endpoints do, what goes wrong and when, and what
 * must hold at the end. Everything follows from the seed. */
#include "sim.h"
#include <string.h>

enum fault { FAULT_STALL, FAULT_SLEEP, FAULT_JUMP, FAULT_CLOSE, FAULT_HALF_OPEN, FAULT_HOSTILE, FAULT_STOP, FAULTS };

void check(world *w, bool holds, const char *what)
{
  if (!holds && w->failure == NULL) w->failure = what;
}

void note(world *w, uint64_t what)
{
  w->hash = (w->hash ^ what ^ w->now) * 0x100000001B3ull;
  w->hash ^= w->hash >> 29;
}

uint8_t message_byte(const endpoint *sender, uint32_t k, uint32_t m, uint32_t j)
{
  return (uint8_t)(53 * sender->name + 37 * k + 101 * m + j + (j >> 8));
}

/* Small ones mostly; empty ones, exact multiples of a payload and long ones, too. */
uint32_t message_size(const endpoint *sender, uint32_t k, uint32_t m)
{
  chance c = { sender->name * 1000003ull + k * 10007ull + m };
  uint64_t kind = chance_below(&c, 8);
  if (kind == 0) return 0;
  if (kind == 1) return (uint32_t)chance_range(&c, 1, 3) * sender->s.payload;
  if (kind == 2) return (uint32_t)chance_range(&c, 1000, 9000);
  return (uint32_t)chance_range(&c, 1, 300);
}

static void link_nodes(world *w, uint32_t a, uint32_t b, const mconn_channel *d)
{
  uint32_t k = 2 * w->links++;
  endpoint *x = &w->e[k], *y = &w->e[k + 1];
  uint64_t low = chance_range(&w->c, 0, 3 * MS), high = low + chance_range(&w->c, 0, 6 * MS);
  *x = (endpoint){ .node = a, .name = k, .peer = y, .out = &w->p[k], .in = &w->p[k + 1] };
  *y = (endpoint){ .node = b, .name = k + 1, .peer = x, .out = &w->p[k + 1], .in = &w->p[k] };
  for (uint32_t j = k; j < k + 2; j++) {
    w->p[j] = (pipe_dir){ .delay_low = low, .delay_high = high };
    w->left[j] = (uint32_t)chance_below(&w->c, 40);
    w->next_app[j] = chance_below(&w->c, 50 * MS);
  }
  uint32_t px = (uint32_t)chance_range(&w->c, 16, 1024), py = (uint32_t)chance_range(&w->c, 16, 1024);
  endpoint_setup(w, x, d, px, py);
  mconn_channel less[CHANNELS]; /* the two sides do not always agree about capacities */
  memcpy(less, d, sizeof less);
  if (chance_one_in(&w->c, 8)) {
    less[0].message_capacity = 2000;
    w->disturbed[w->links - 1] = true;
  }
  endpoint_setup(w, y, less, py, px);
}

void world_setup(world *w, uint64_t seed, enum defect defect)
{
  memset(w, 0, sizeof *w);
  w->seed = seed;
  w->defect = defect;
  w->c.s = seed;
  w->hash = 0xCBF29CE484222325ull;
  w->dialect = chance_one_in(&w->c, 2) ? MCONN_PROTO : MCONN_AMINO;
  w->nodes = (uint32_t)chance_range(&w->c, 2, NODES);
  w->channels = (uint32_t)chance_range(&w->c, 1, CHANNELS);
  mconn_channel d[CHANNELS];
  uint32_t id = (uint32_t)chance_below(&w->c, 64);
  for (uint32_t k = 0; k < w->channels; k++, id += (uint32_t)chance_range(&w->c, 1, 60))
    d[k] = (mconn_channel){ id, (uint32_t)chance_range(&w->c, 1, 10), QUEUE, 1, REST };
  for (uint32_t a = 0; a < w->nodes; a++) w->clock[a] = chance_below(&w->c, 1000000 * MS);
  for (uint32_t a = 0; a < w->nodes; a++)
    for (uint32_t b = a + 1; b < w->nodes; b++)
      if (b == a + 1 || chance_one_in(&w->c, 3)) link_nodes(w, a, b, d);
  w->until = chance_range(&w->c, 500, 4000) * MS;
  w->next_fault = chance_one_in(&w->c, 3) ? NEVER : chance_below(&w->c, w->until);
}

/* ---- what goes wrong */

static void disturb(world *w, uint32_t node)
{
  for (uint32_t l = 0; l < w->links; l++)
    if (w->e[2 * l].node == node || w->e[2 * l + 1].node == node) w->disturbed[l] = true;
}

/* Bytes of an endpoint that obeys nothing: noise, or pings without end, or packets that are nearly right. */
static void speak_ill(world *w, endpoint *e)
{
  uint8_t b[200];
  size_t n = 0;
  uint64_t kind = chance_below(&w->c, 3);
  while (n < 150) {
    if (kind == 0) b[n++] = (uint8_t)chance_next(&w->c);
    else if (kind == 1)
      n = mconn_control_put(w->dialect, b, n, chance_one_in(&w->c, 2) ? MCONN_PACKET_PING : MCONN_PACKET_PONG);
    else n = mconn_header_put(w->dialect, b, n, (uint32_t)chance_below(&w->c, 256), chance_one_in(&w->c, 2), 0);
  }
  if (kind == 2 && chance_one_in(&w->c, 2)) b[chance_below(&w->c, n)] ^= (uint8_t)(1u << chance_below(&w->c, 8));
  pipe_write(e->out, &w->c, w->now, b, n);
}

static void fault(world *w)
{
  uint32_t l = (uint32_t)chance_below(&w->c, w->links), side = (uint32_t)chance_below(&w->c, 2);
  uint32_t node = (uint32_t)chance_below(&w->c, w->nodes);
  endpoint *e = &w->e[2 * l + side];
  enum fault f = (enum fault)chance_below(&w->c, FAULTS);
  w->faults[f]++;
  note(w, 0xF0000000u + f);
  if (f == FAULT_STALL) e->out->stalled_until = w->now + chance_range(&w->c, 1, 900) * MS;
  if (f == FAULT_SLEEP) w->asleep[node] = w->now + chance_range(&w->c, 1, 900) * MS;
  if (f == FAULT_JUMP) w->clock[node] += chance_range(&w->c, 1, 90000) * MS; /* a suspended machine */
  if (f == FAULT_CLOSE) e->out->closed = e->in->swallow = true;
  if (f == FAULT_HALF_OPEN) e->out->swallow = true;
  if (f == FAULT_HOSTILE && !e->over) {
    e->hostile = true;
    w->left[2 * l + side] = 20;
  }
  if (f == FAULT_STOP) endpoint_end(w, e, MCONN_OK);
  if (f == FAULT_SLEEP || f == FAULT_JUMP) disturb(w, node);
  else w->disturbed[l] = true;
  w->next_fault = chance_one_in(&w->c, 4) ? NEVER : w->now + chance_below(&w->c, 500 * MS);
}

/* ---- what users do */

static void use(world *w, uint32_t k)
{
  endpoint *e = &w->e[k];
  w->next_app[k] = w->now + chance_below(&w->c, 40 * MS);
  if (w->left[k] == 0 || e->over) {
    w->next_app[k] = NEVER;
    return;
  }
  if (e->hostile) {
    speak_ill(w, e);
    w->left[k]--;
    return;
  }
  uint64_t burst = chance_one_in(&w->c, 4) ? 8 : 1;
  for (uint64_t j = 0; j < burst && w->left[k] > 0; j++) {
    uint32_t ch = (uint32_t)chance_below(&w->c, w->channels);
    if (endpoint_offer(w, e, ch, message_size(e, ch, e->ch[ch].accepted))) w->left[k]--;
  }
}

/* ---- time */

static void settle(world *w)
{
  for (bool moved = true; moved && w->failure == NULL;) {
    moved = false;
    for (uint32_t k = 0; k < 2 * w->links; k++)
      if (endpoint_step(w, &w->e[k])) moved = true;
    w->steps++;
    check(w, w->steps < 2000000, "time goes on");
  }
}

static uint64_t next_time(const world *w)
{
  uint64_t at = w->next_fault;
  for (uint32_t k = 0; k < 2 * w->links; k++) {
    uint64_t due = endpoint_due(w, &w->e[k]);
    if (due < at) at = due;
    if (w->next_app[k] < at) at = w->next_app[k];
  }
  return at;
}

static void run_until(world *w, uint64_t until)
{
  while (w->failure == NULL) {
    settle(w);
    uint64_t at = next_time(w);
    if (at > until) break;
    w->now = at;
    for (uint32_t k = 0; k < 2 * w->links; k++)
      if (w->next_app[k] <= w->now) use(w, k);
    if (w->next_fault <= w->now) fault(w);
  }
  w->now = until;
}

/* ---- what must hold at the end */

static bool is_calm(const world *w, uint32_t l)
{
  const endpoint *x = &w->e[2 * l], *y = x->peer;
  return !w->disturbed[l] && !x->send_limited && !y->send_limited && !x->recv_limited && !y->recv_limited;
}

static void judge_link(world *w, uint32_t l)
{
  for (uint32_t k = 2 * l; k < 2 * l + 2; k++) {
    endpoint *e = &w->e[k], *to = e->peer;
    if (is_calm(w, l)) check(w, !e->over, "a link that nothing disturbs stays up");
    if (e->hostile) continue;
    if (to->hostile) check(w, !e->over || e->err != MCONN_OK || w->disturbed[l], "a refusal has a reason");
    if (e->out->swallow && !e->over && !to->hostile) check(w, e->ping_open, "silence is noticed by the next ping");
    for (uint32_t c = 0; c < w->channels; c++) {
      check(w, to->ch[c].delivered <= e->ch[c].begun || to->hostile, "nothing arrives twice");
      if (!e->over && !to->over && !w->disturbed[l])
        check(w, to->ch[c].delivered == e->ch[c].accepted, "what was accepted arrives");
    }
  }
}

/* A half-open link, or a peer that sleeps, has been noticed when every interval and time-out is over. */
static void judge_silence(world *w)
{
  for (uint32_t k = 0; k < 2 * w->links; k++) {
    endpoint *e = &w->e[k];
    if (e->hostile || e->over) continue;
    check(w, !e->out->swallow && !e->in->swallow && !e->peer->over, "a peer that is gone is noticed");
  }
}

bool world_run(world *w)
{
  run_until(w, w->until);
  w->next_fault = NEVER;
  for (uint32_t k = 0; k < 2 * w->links; k++) {
    w->next_app[k] = NEVER;
    w->p[k].stalled_until = 0;
  }
  run_until(w, w->until + 60000 * MS); /* the slowest limiter has moved all of it, every deadline has passed */
  for (uint32_t l = 0; l < w->links && w->failure == NULL; l++) judge_link(w, l);
  if (w->failure == NULL) judge_silence(w);
  return w->failure == NULL;
}
