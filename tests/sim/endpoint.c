/* An endpoint without threads: what src/shell does with two of them, done in turn at points of virtual time.
 * Every decision is the core's; the defects are wrong hands, to show that the checks would notice them. */
#include "sim.h"
#include <string.h>

uint64_t endpoint_clock(const world *w, const endpoint *e)
{
  return w->now + w->clock[e->node];
}

void endpoint_setup(world *w, endpoint *e, const mconn_channel *d, uint32_t payload, uint32_t payload_peer)
{
  uint64_t t = endpoint_clock(w, e);
  mconn_sender_init(&e->s, e->sc, w->dialect, payload, d, w->channels);
  mconn_receiver_init(&e->r, e->rc, w->dialect, mconn_packet_max_accept(w->dialect, payload_peer), d, w->channels);
  e->ping_config.timeout = chance_range(&w->c, 40, 400) * MS;
  e->ping_config.interval = e->ping_config.timeout + chance_range(&w->c, 1, 400) * MS;
  e->ping = mconn_ping_start(t);
  e->ping_at = t;
  e->flush = mconn_flush_start(chance_one_in(&w->c, 2) ? 0 : chance_range(&w->c, 1, 100) * MS);
  e->decay = mconn_decay_start(t);
  e->send_limited = chance_one_in(&w->c, 4);
  e->recv_limited = chance_one_in(&w->c, 4);
  if (e->send_limited) e->send_rate = mconn_rate_start((uint32_t)chance_range(&w->c, 20000, 400000), OUT, t / 1000);
  if (e->recv_limited) e->recv_rate = mconn_rate_start((uint32_t)chance_range(&w->c, 20000, 400000), IN, t / 1000);
  e->send_due = e->recv_due = NEVER;
}

void endpoint_end(world *w, endpoint *e, enum mconn_err err)
{
  if (e->over && w->defect != DEFECT_TWO_REPORTS) return;
  e->over = true;
  e->out->closed = true;
  if (err == MCONN_OK) return; /* asked for: nobody is told */
  e->err = err;
  e->reports++;
  w->errors[err]++;
  note(w, 0xE0000000u + err);
  check(w, e->reports == 1, "an error is reported once");
  check(w, mconn_requirement(err)[0] != 0, "an error names its requirement");
}

/* ---- sending */

static void begin_next(endpoint *e, uint32_t k)
{
  chan_state *c = &e->ch[k];
  if (e->sc[k].pending || c->n == 0) return;
  c->under_way = c->size[c->head];
  c->head = (c->head + 1) % QUEUE;
  c->n--;
  c->begun++;
  mconn_sender_offer(&e->s, e->sc, k, c->under_way);
}

bool endpoint_offer(world *w, endpoint *e, uint32_t k, uint32_t size)
{
  chan_state *c = &e->ch[k];
  if (e->over || c->n == QUEUE) return false;
  c->accepted++;
  if (size == 0 && w->defect == DEFECT_DROP_EMPTY && chance_one_in(&w->c, 4)) return true;
  c->size[(c->head + c->n++) % QUEUE] = size;
  begin_next(e, k);
  return true;
}

/* Packets into the buffer, as far as it and the limiter reach. True: some were cut. */
static bool cut(world *w, endpoint *e, uint64_t t)
{
  size_t end = OUT - 16, before = e->filled;
  if (e->send_limited) {
    mconn_rate_result r = mconn_rate_take(e->send_rate, t / 1000, OUT);
    if (e->filled + r.grant < end) end = e->filled + r.grant;
  }
  for (;;) {
    mconn_send x = mconn_sender_step(&e->s, e->sc, e->buf, e->filled, end);
    if (x.kind == MCONN_SEND_ROOM && e->send_limited) e->send_due = t + 5 * MS;
    if (x.kind != MCONN_SEND_FRAGMENT) break;
    chan_state *c = &e->ch[x.k];
    uint32_t short_by = w->defect == DEFECT_SHORT_COPY && x.len > 900;
    for (uint32_t j = 0; j + short_by < x.len; j++) e->buf[x.h + j] = message_byte(e, x.k, c->begun - 1, x.off + j);
    e->filled = x.z;
    w->bytes += x.len;
    if (x.eof) begin_next(e, x.k);
  }
  if (e->send_limited) e->send_rate = mconn_rate_take(e->send_rate, t / 1000, (uint32_t)(e->filled - before)).s;
  return e->filled > before;
}

static bool pending(const endpoint *e)
{
  for (uint32_t k = 0; k < e->s.n; k++)
    if (e->sc[k].pending) return true;
  return false;
}

/* Ping clock; the checks keep their own count of what is open. */
static void tick_ping(world *w, endpoint *e, uint64_t t)
{
  mconn_ping_step_result r = mconn_ping_step(e->ping, MCONN_PING_TICK, t, e->ping_config);
  e->ping = r.s;
  bool orphan = w->defect == DEFECT_ORPHAN_TIMER && e->ping.sent > 1 && t - e->ping.last < e->ping_config.timeout / 8;
  if (r.out == MCONN_PING_DEAD || orphan) {
    check(w, e->ping_open && t - e->ping_at >= e->ping_config.timeout, "only an unanswered ping ends a connection");
    endpoint_end(w, e, MCONN_E_PONG_TIMEOUT);
    return;
  }
  check(w, !e->ping_open || t - e->ping_at < e->ping_config.timeout, "a deadline that passed is noticed");
  check(w, e->ping_open || r.out == MCONN_PING_SEND || t - e->ping_at < e->ping_config.interval,
        "a ping is sent when due");
  if (r.out != MCONN_PING_SEND) return;
  e->ping_at = t;
  e->ping_open = true;
  w->pings++;
  if (w->defect == DEFECT_LOST_PING && chance_one_in(&w->c, 3)) return;
  e->filled = mconn_control_put(w->dialect, e->buf, e->filled, MCONN_PACKET_PING);
  e->ping_filled = true;
}

/* Pongs and pings fit behind whatever was cut, also while the buffer is being drained. */
static void put_control(world *w, endpoint *e, uint64_t t)
{
  if (e->pong_owed && !e->pong_filled) {
    e->filled = mconn_control_put(w->dialect, e->buf, e->filled, MCONN_PACKET_PONG);
    e->pong_filled = true;
    e->pongs_out++;
  }
  e->pong_owed = false;
  tick_ping(w, e, t);
  check(w, e->filled <= OUT, "the send buffer is never overrun");
}

static size_t drain(world *w, endpoint *e)
{
  size_t n = pipe_write(e->out, &w->c, w->now, e->buf + e->drained, e->filled - e->drained);
  e->drained += n;
  if (n > 0) e->ping_filled = e->pong_filled = false;
  if (e->drained == e->filled) e->drained = e->filled = 0;
  return n;
}

static bool send_side(world *w, endpoint *e, uint64_t t)
{
  bool blocked = e->drained > 0, moved = false;
  e->send_due = NEVER;
  if (!blocked) moved = cut(w, e, t);
  put_control(w, e, t);
  if (e->over) return true;
  mconn_decay_result d = mconn_decay_step(e->decay, t);
  e->decay = d.s;
  if (d.fire) mconn_sender_decay(&e->s, e->sc);
  bool full = pending(e) && e->send_due == NEVER;
  mconn_flush_result f =
    mconn_flush_step(e->flush, e->filled, full, full, e->ping_filled || e->pong_filled || blocked, t);
  e->flush = f.s;
  if (!f.now || e->filled == 0) return moved;
  return drain(w, e) > 0 || moved;
}

/* ---- receiving */

static void deliver(world *w, endpoint *e, uint32_t k, uint32_t len)
{
  chan_state *from = &e->peer->ch[k];
  uint32_t m = e->ch[k].delivered++;
  w->messages++;
  note(w, ((uint64_t)e->name << 40) + ((uint64_t)k << 32) + m);
  if (e->peer->hostile) return; /* what it says is its own */
  if (w->defect == DEFECT_SWAP && m % 7 == 6) m--;
  check(w, m < from->begun, "nothing arrives that was not sent");
  check(w, len == message_size(e->peer, k, m), "messages arrive in order, whole");
  for (uint32_t j = 0; j < len; j++)
    check(w, e->rest[k][j] == message_byte(e->peer, k, m, j), "a message arrives as it was sent");
}

static void take_fragment(world *w, endpoint *e, const mconn_event *x)
{
  uint32_t len = (uint32_t)x->packet.m.len;
  check(w, x->place == e->ch[x->k].at_hand, "fragments follow one another");
  check(w, x->place + len <= e->rc[x->k].cap && x->place + len <= REST, "no message grows past its capacity");
  if (w->failure != NULL) return;
  memcpy(e->rest[x->k] + x->place, e->inbuf + x->packet.m.off, len);
  e->ch[x->k].at_hand = x->place + len;
  if (!x->packet.m.eof) return;
  deliver(w, e, x->k, x->place + len);
  e->ch[x->k].at_hand = 0;
}

/* The peer is in the middle of a message that is longer than this side takes. */
static bool too_long_comes(const endpoint *e)
{
  for (uint32_t k = 0; k < e->r.n; k++)
    if (message_size(e->peer, k, e->ch[k].delivered) > e->rc[k].cap) return true;
  return false;
}

/* False: more bytes are needed, or it is over. */
static bool take_packet(world *w, endpoint *e, uint64_t t)
{
  mconn_event x = mconn_receiver_step(&e->r, e->rc, e->inbuf, e->begin, e->end);
  if (x.kind == MCONN_EVENT_MORE) return false;
  if (x.kind == MCONN_EVENT_REFUSED) {
    check(w, e->peer->hostile || (x.err == MCONN_E_CAPACITY && too_long_comes(e)),
          "what the core sends, the core accepts");
    check(w, x.at >= e->begin && x.at <= e->end, "a refusal names a byte that is there");
    endpoint_end(w, e, x.err);
    return false;
  }
  if (x.kind == MCONN_EVENT_PING) {
    e->pings_in++;
    e->pong_owed = true;
  } else if (x.kind == MCONN_EVENT_PONG) {
    if (e->ping_open && !e->ping_filled) {
      e->ping = mconn_ping_step(e->ping, MCONN_PING_PONG, t, e->ping_config).s;
      e->ping_open = false;
    }
  } else {
    take_fragment(w, e, &x);
  }
  e->begin = x.packet.z;
  return w->failure == NULL;
}

static bool receive_side(world *w, endpoint *e, uint64_t t)
{
  size_t room = IN - e->end, want = room;
  e->recv_due = NEVER;
  if (e->recv_limited) {
    uint32_t grant = mconn_rate_take(e->recv_rate, t / 1000, (uint32_t)room).grant;
    if (grant < want) want = grant;
    if (want == 0) e->recv_due = t + 5 * MS;
  }
  size_t n = want > 0 ? pipe_read(e->in, w->now, e->inbuf + e->end, want) : 0;
  if (e->recv_limited && n > 0) e->recv_rate = mconn_rate_take(e->recv_rate, t / 1000, (uint32_t)n).s;
  if (n == 0) {
    if (want == 0 || !pipe_at_end(e->in, w->now)) return false;
    endpoint_end(w, e, e->end > 0 ? MCONN_E_EOF_INSIDE : MCONN_E_EOF);
    return true;
  }
  e->end += n;
  while (take_packet(w, e, t)) {}
  memmove(e->inbuf, e->inbuf + e->begin, e->end - e->begin);
  e->end -= e->begin;
  e->begin = 0;
  check(w, e->over || e->end < IN, "an incomplete packet fits the buffer");
  check(w, e->pongs_out <= e->pings_in, "no pong without a ping");
  return true;
}

bool endpoint_step(world *w, endpoint *e)
{
  if (e->over || e->hostile || w->asleep[e->node] > w->now) return false;
  uint64_t t = endpoint_clock(w, e);
  bool got = receive_side(w, e, t);
  if (w->failure != NULL) return true;
  if (e->over) endpoint_end(w, e, MCONN_E_IO); /* the other thread's write fails, too, and has nothing to report */
  return e->over || send_side(w, e, t) || got;
}

uint64_t endpoint_due(const world *w, const endpoint *e)
{
  if (e->over || e->hostile) return NEVER;
  if (w->asleep[e->node] > w->now) return w->asleep[e->node];
  uint64_t t = endpoint_clock(w, e), due = NEVER;
  uint64_t all[] = { mconn_ping_step(e->ping, MCONN_PING_TICK, t, e->ping_config).due,
                     e->flush.armed ? e->flush.due : NEVER, e->decay.due, e->send_due, e->recv_due };
  for (size_t j = 0; j < sizeof all / sizeof *all; j++)
    if (all[j] != 0 && all[j] < due) due = all[j];
  uint64_t at = due == NEVER ? NEVER : due > t ? w->now + (due - t) : w->now + 1;
  uint64_t more = pipe_next(e->in, w->now);
  return more < at ? more : at;
}
