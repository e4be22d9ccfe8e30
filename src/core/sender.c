/* The sender: choice, slice, account. Every function is a function of numbers; the only bytes written
 * are those of one header. */
#include "sender.h"

void mconn_sender_init(mconn_sender *s, mconn_sender_channel *c, enum mconn_dialect dialect,
                       uint32_t payload, const mconn_channel *d, uint32_t n)
{
  s->dialect = dialect;
  s->n = n;
  s->payload = payload;
  for (uint32_t k = 0; k < n; k++) {
    c[k].sent = 0;
    c[k].id = d[k].id;
    c[k].prio = d[k].priority;
    c[k].total = 0;
    c[k].off = 0;
    c[k].pending = false;
  }
}

void mconn_sender_offer(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total)
{
  (void)s;
  c[k].total = total;
  c[k].off = 0;
  c[k].pending = true;
}

uint32_t mconn_sender_pick(const mconn_sender *s, const mconn_sender_channel *c)
{
  uint32_t best = s->n;
  for (uint32_t i = 0; i < s->n; i++) {
    if (!c[i].pending) continue;
    if (best == s->n || c[i].sent * c[best].prio < c[best].sent * c[i].prio) best = i;
  }
  return best;
}

mconn_send mconn_sender_look(const mconn_sender *s, const mconn_sender_channel *c, size_t o, size_t cap)
{
  mconn_send r = { .kind = MCONN_SEND_NONE, .k = mconn_sender_pick(s, c), .off = 0, .len = 0,
                   .eof = false, .h = o, .z = o };
  if (r.k == s->n) return r;
  const mconn_sender_channel *x = &c[r.k];
  uint32_t left = x->total - x->off;
  uint32_t last = s->dialect == MCONN_PROTO && x->id >= 128 ? s->payload - 1 : s->payload;
  r.off = x->off;
  r.eof = left <= last;
  r.len = left <= last ? left : left <= s->payload ? left - 1 : s->payload;
  r.h = o + mconn_header_len(s->dialect, x->id, r.eof, r.len);
  r.z = r.h + r.len;
  r.kind = r.z > cap ? MCONN_SEND_ROOM : MCONN_SEND_FRAGMENT;
  return r;
}

void mconn_sender_take(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t len, bool eof,
                       uint32_t wire)
{
  (void)s;
  c[k].sent = wire <= MCONN_SENT_MAX - c[k].sent ? c[k].sent + wire : MCONN_SENT_MAX;
  c[k].off += len;
  c[k].pending = !eof;
}

mconn_send mconn_sender_step(const mconn_sender *s, mconn_sender_channel *c, uint8_t *out, size_t o, size_t cap)
{
  mconn_send r = mconn_sender_look(s, c, o, cap);
  if (r.kind != MCONN_SEND_FRAGMENT) return r;
  mconn_header_put(s->dialect, out, o, c[r.k].id, r.eof, r.len);
  mconn_sender_take(s, c, r.k, r.len, r.eof, (uint32_t)(r.z - o));
  return r;
}

void mconn_sender_decay(const mconn_sender *s, mconn_sender_channel *c)
{
  for (uint32_t i = 0; i < s->n; i++) c[i].sent = c[i].sent * 4 / 5;
}
