/* The sender: choice, slice, account. Every function is a function of numbers; the only bytes written
 * are those of one header. */
#include "sender.h"

/* A strictly smaller ratio than one that is at most a third is strictly smaller than the third. */
/*@ ghost
  /@ requires some: 0 < k;
     requires times: a * k < b * k;
     terminates \true; assigns \nothing;
     ensures without: a < b; @/
  void lem_cancel(uint64_t a, uint64_t b, uint32_t k) { }

  /@ requires prio: 0 < p1 <= MCONN_PRIORITY_MAX && 0 < p2 <= MCONN_PRIORITY_MAX && 0 < p3 <= MCONN_PRIORITY_MAX;
     requires sent: s1 <= MCONN_SENT_MAX && s2 <= MCONN_SENT_MAX && s3 <= MCONN_SENT_MAX;
     requires below: s1 * p2 < s2 * p1;
     requires at_most: s2 * p3 <= s3 * p2;
     terminates \true; assigns \nothing;
     ensures transitive: s1 * p3 < s3 * p1; @/
  void lem_ratio(uint64_t s1, uint32_t p1, uint64_t s2, uint32_t p2, uint64_t s3, uint32_t p3)
  {
    /@ assert left: (s1 * p2) * p3 < (s2 * p1) * p3; @/
    /@ assert right: (s2 * p3) * p1 <= (s3 * p2) * p1; @/
    /@ assert both: (s1 * p3) * p2 < (s3 * p1) * p2; @/
    lem_cancel(s1 * p3, s3 * p1, p2);
  }

  /@ requires rng: best < i < 0xFFFFFFFF;
     requires rd: \valid_read(c + (0 .. i));
     requires ok: \forall integer j; 0 <= j <= i ==> tx_chan_ok(c[j]);
     requires least: tx_least(c, i, best);
     requires below: ratio_lt(c, i, best);
     terminates \true; assigns \nothing;
     ensures below_all: \forall integer j; 0 <= j < i && c[j].pending ==> ratio_lt(c, i, j); @/
  void lem_new_least(const mconn_sender_channel *c, uint32_t i, uint32_t best)
  {
    uint32_t j = 0;
    /@ loop invariant rng: 0 <= j <= i;
       loop invariant below: \forall integer q; 0 <= q < j && c[q].pending ==> ratio_lt(c, i, q);
       loop assigns j;
       loop variant i - j; @/
    while (j < i) {
      if (c[j].pending) lem_ratio(c[i].sent, c[i].prio, c[best].sent, c[best].prio, c[j].sent, c[j].prio);
      /@ assert here: c[j].pending ==> ratio_lt(c, i, j); @/
      j++;
    }
  }
*/

void mconn_sender_init(mconn_sender *s, mconn_sender_channel *c, enum mconn_dialect dialect, uint32_t payload,
                       const mconn_channel *d, uint32_t n)
{
  s->dialect = dialect;
  s->n = n;
  s->payload = payload;
  s->lo = 0;
  s->hi = 0;
  /*@ loop invariant rng: 0 <= k <= n;
      loop invariant set: \forall integer j; 0 <= j < k ==> c[j].id == d[j].id && c[j].prio == d[j].priority;
      loop invariant zero: \forall integer j; 0 <= j < k ==> c[j].sent == 0 && c[j].total == 0 && c[j].off == 0;
      loop invariant idle: tx_idle(c, k);
      loop invariant fixed: s->dialect == dialect && s->n == n && s->payload == payload && s->lo == 0 && s->hi == 0;
      loop assigns k, c[0 .. n - 1];
      loop variant n - k; */
  for (uint32_t k = 0; k < n; k++) {
    c[k].sent = 0;
    c[k].id = d[k].id;
    c[k].prio = d[k].priority;
    c[k].total = 0;
    c[k].off = 0;
    c[k].pending = false;
  }
  //@ assert channels_ok: \forall integer j; 0 <= j < n ==> tx_chan_ok(c[j]);
}

void mconn_sender_offer(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total)
{
  const uint32_t lo = (uint32_t)s->lo, hi = (uint32_t)s->hi;
  //@ assert window: lo == s->lo && hi == s->hi;
  bool unused = lo == hi || (hi - lo == 1 && !c[lo].pending);
  if (unused || k < lo) s->lo = (int16_t)k;
  if (unused || k >= hi) s->hi = (int16_t)(k + 1);
  //@ assert k_inside: 0 <= s->lo <= k < s->hi <= s->n;
  //@ assert none_outside: tx_idle_outside(c, s->lo, s->hi, s->n);
  c[k].total = total;
  c[k].off = 0;
  c[k].pending = true;
  //@ assert numbers_stay: s->n == \at(s->n, Pre) && s->payload == \at(s->payload, Pre);
  //@ assert channels_ok: \forall integer j; 0 <= j < s->n ==> tx_chan_ok(c[j]);
  //@ assert still_none_outside: tx_idle_outside(c, s->lo, s->hi, s->n);
}

uint32_t mconn_sender_pick(const mconn_sender *s, const mconn_sender_channel *c)
{
  const uint32_t lo = (uint32_t)s->lo, hi = (uint32_t)s->hi;
  uint32_t best = s->n;
  uint64_t sent = 1; /* its ratio, here and not behind an index, so that no slot waits for the one before it; */
  uint32_t prio = 0; /* an infinite one at first, which every other is below */
  //@ assert window: lo == s->lo && hi == s->hi;
  /*@ loop invariant rng: lo <= i <= hi && (best == s->n || best < i);
      loop invariant none: best == s->n <==> tx_idle(c, i);
      loop invariant infinite: best == s->n ==> sent == 1 && prio == 0;
      loop invariant ratio: best < s->n ==> sent == c[best].sent && prio == c[best].prio;
      loop invariant pending: best < s->n ==> c[best].pending;
      loop invariant least: best < s->n ==> tx_least(c, i, best);
      loop invariant first: best < s->n ==> tx_first(c, best);
      loop assigns i, best, sent, prio;
      loop variant hi - i; */
  for (uint32_t i = lo; i < hi; i++) {
    if (!c[i].pending) continue;
    if (c[i].sent * prio < sent * c[i].prio) {
      //@ ghost if (best < s->n) lem_new_least(c, i, best);
      best = i;
      sent = c[i].sent;
      prio = c[i].prio;
      //@ assert new_least: tx_least(c, i + 1, best);
    } else {
      //@ assert still_least: best < s->n && ratio_le(c, best, i);
    }
  }
  return best;
}

mconn_send mconn_sender_look(const mconn_sender *s, const mconn_sender_channel *c, size_t o, size_t cap)
{
  mconn_send r = {
    .kind = MCONN_SEND_NONE, .k = mconn_sender_pick(s, c), .off = 0, .len = 0, .eof = false, .h = o, .z = o
  };
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

/* Leaves slots at the ends of the window out of it that are not pending. */
/*@ requires st: \valid(s) && \valid_read(c + (0 .. s->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c);
    terminates \true;
    assigns s->lo, s->hi;
    ensures inv: tx_inv(s, c);
    ensures least_window: s->lo < s->hi ==> c[s->lo].pending && c[s->hi - 1].pending; */
static void narrow(mconn_sender *s, const mconn_sender_channel *c)
{
  /*@ loop invariant inv: tx_inv(s, c);
      loop assigns s->lo;
      loop variant s->hi - s->lo; */
  while (s->lo < s->hi && !c[s->lo].pending) s->lo++;
  /*@ loop invariant inv: tx_inv(s, c);
      loop invariant lo: s->lo < s->hi ==> c[s->lo].pending;
      loop assigns s->hi;
      loop variant s->hi - s->lo; */
  while (s->lo < s->hi && !c[s->hi - 1].pending) s->hi--;
}

mconn_send mconn_sender_step(mconn_sender *s, mconn_sender_channel *c, uint8_t *out, size_t o, size_t cap)
{
  narrow(s, c);
  mconn_send r = mconn_sender_look(s, c, o, cap);
  if (r.kind != MCONN_SEND_FRAGMENT) return r;
  mconn_header_put(s->dialect, out, o, c[r.k].id, r.eof, r.len);
  mconn_sender_take(s, c, r.k, r.len, r.eof, (uint32_t)(r.z - o));
  return r;
}

void mconn_sender_decay(const mconn_sender *s, mconn_sender_channel *c)
{
  /*@ loop invariant rng: 0 <= i <= s->n;
      loop invariant done: \forall integer j; 0 <= j < i ==> c[j].sent == sent_decayed(\at(c[j].sent, Pre));
      loop invariant todo: \forall integer j; i <= j < s->n ==> c[j].sent == \at(c[j].sent, Pre);
      loop invariant inv: tx_inv(s, c);
      loop assigns i, c[0 .. s->n - 1].sent;
      loop variant s->n - i; */
  for (uint32_t i = 0; i < s->n; i++) c[i].sent = c[i].sent * 4 / 5;
}
