/* The sending half of a connection: which channel, which slice, which header.
 *
 * Nothing hostile comes in here, but whatever goes out wrong ends the connection at the peer. What goes
 * wrong in practice: a full final packet that is one byte longer than the peer's limit; an empty
 * message that is taken for no message; a ratio in floating point, so that large counters tie which
 * are different; a packet written in part because the buffer was full; every packet looking at every
 * channel that was ever registered. The state holds numbers only: the bytes of a message stay with the
 * caller, who copies each slice behind the header that the step wrote.
 *
 * One sender belongs to one thread. */
#ifndef MCONN_CORE_SENDER_H
#define MCONN_CORE_SENDER_H
#include "header.h"
#include "channel.h"
#define MCONN_SENT_MAX 0xFFFFFFFFFFFFull /* ours: 2^48-1, so that sent * priority stays below 2^63; Go: 63 bits */
#define MCONN_MESSAGE_MAX 0x7FFFFFFFu    /* ours, MC-SENDER-07; Go: any int */
typedef struct {
  uint64_t sent; /* recently sent wire bytes, decayed */
  uint32_t id, prio;
  uint32_t total, off; /* the message under way: its bytes, bytes already sent */
  bool pending;        /* there is one (an empty message is one) */
} mconn_sender_channel;
/* lo and hi are never negative; nothing else that is proved together with a sender is of their type. The memory model
 * keeps integers of different types apart, so to move the window is seen at once to leave the receiver's table of
 * slots (uint16_t) and every other number as it is, which theorem 8 needs. */
typedef struct {
  enum mconn_dialect dialect;
  uint32_t n;       /* channels */
  uint32_t payload; /* most payload bytes per packet, 2..MCONN_PAYLOAD_MAX */
  int16_t lo, hi;   /* window: no slot outside [lo, hi) is pending, so none is looked at */
} mconn_sender;
enum mconn_send_kind {
  MCONN_SEND_NONE = 0,    /* nothing pending */
  MCONN_SEND_ROOM = 1,    /* the packet does not fit: z is the end of the buffer it needs */
  MCONN_SEND_FRAGMENT = 2 /* header written; the caller copies len bytes from off of slot k's message to out[h] */
};
typedef struct {
  enum mconn_send_kind kind;
  uint32_t k;        /* slot */
  uint32_t off, len; /* slice of its message */
  bool eof;          /* last fragment */
  size_t h;          /* index after the header */
  size_t z;          /* index after the packet: h + len */
} mconn_send;
#ifdef __FRAMAC__
#include "logic/sender.acsl"
#endif

/* Sets up s and c[0..n-1] from n filled descriptors that mconn_channels_check accepted. s and c must not
 * overlap; both stay the caller's. */
/*@ requires wr: \valid(s) && \valid(c + (0 .. n - 1));
    requires rd: \valid_read(d + (0 .. n - 1));
    requires sep: \separated(s, c + (0 .. n - 1), d + (0 .. n - 1));
    requires dialect: dialect == MCONN_PROTO || dialect == MCONN_AMINO;
    requires payload: 2 <= payload <= MCONN_PAYLOAD_MAX;
    requires n: n <= MCONN_CHANNELS_MAX;
    requires channels: \forall integer k; 0 <= k < n ==> d[k].id <= 255 && 1 <= d[k].priority <= MCONN_PRIORITY_MAX;
    terminates \true;
    assigns *s, c[0 .. n - 1];
    ensures inv: tx_inv(s, c);
    ensures numbers: s->dialect == dialect && s->n == n && s->payload == payload;
    ensures channels: \forall integer k; 0 <= k < n ==> c[k].id == d[k].id && c[k].prio == d[k].priority;
    ensures nothing_sent: \forall integer k; 0 <= k < n ==> c[k].sent == 0 && c[k].total == 0 && c[k].off == 0;
    ensures idle: tx_idle(c, n); */
void mconn_sender_init(mconn_sender *s, mconn_sender_channel *c, enum mconn_dialect dialect, uint32_t payload,
                       const mconn_channel *d, uint32_t n);

/* A message of total bytes becomes the one under way on slot k, which must not be pending. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && k < s->n;
    requires none_under_way: !c[k].pending;
    requires total: total <= MCONN_MESSAGE_MAX;
    terminates \true;
    assigns c[k].total, c[k].off, c[k].pending, s->lo, s->hi;
    ensures inv: tx_inv(s, c);
    ensures under_way: c[k].pending && c[k].total == total && c[k].off == 0;
    ensures window_is_k: \old(tx_unused(s, c)) ==> s->lo == k && s->hi == k + 1;
    ensures window_and_k: !\old(tx_unused(s, c)) ==>
      s->lo == \min(\old(s->lo), k) && s->hi == \max(\old(s->hi), k + 1); */
void mconn_sender_offer(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total);

/* Slot with the least sent/prio among the pending, the first of equals; n when none is pending. */
/*@ requires st: \valid_read(s) && \valid_read(c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c);
    terminates \true;
    assigns \nothing;
    ensures rng: \result <= s->n;
    ensures n_iff_none_pending: \result == s->n <==> tx_idle(c, s->n);
    ensures pending: \result < s->n ==> c[\result].pending;
    ensures least_ratio: \result < s->n ==> tx_least(c, s->n, \result);
    ensures first_of_equals: \result < s->n ==> tx_first(c, \result); */
uint32_t mconn_sender_pick(const mconn_sender *s, const mconn_sender_channel *c);

/* LOOK: the next packet, if it were written at out[o..cap). Touches nothing. */
/*@ requires st: \valid_read(s) && \valid_read(c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c);
    requires idx: o + MCONN_HEADER_MAX <= MCONN_INDEX_MAX && cap <= MCONN_INDEX_MAX;
    terminates \true;
    assigns \nothing;
    ensures packet: tx_is{Pre}(s, c, o, cap, \result);
    ensures slice_inside: \result.kind != MCONN_SEND_NONE ==> \result.off + \result.len <= c[\result.k].total;
    ensures eof_iff_last: \result.kind != MCONN_SEND_NONE ==>
      (\result.eof <==> \result.off + \result.len == c[\result.k].total);
    ensures within_the_limit: \result.len <= s->payload && \result.h <= o + MCONN_HEADER_MAX;
    ensures progress: \result.kind != MCONN_SEND_NONE ==> \result.len > 0 || \result.eof; */
mconn_send mconn_sender_look(const mconn_sender *s, const mconn_sender_channel *c, size_t o, size_t cap);

/* TAKE: accounts for it. wire: bytes of the whole packet. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c) && k < s->n;
    requires slice: c[k].pending && len <= c[k].total - c[k].off;
    requires eof_iff_last: eof <==> c[k].off + len == c[k].total;
    terminates \true;
    assigns c[k].sent, c[k].off, c[k].pending;
    ensures inv: tx_inv(s, c);
    ensures account_saturates: c[k].sent == sent_after(\old(c[k].sent), wire);
    ensures off: c[k].off == \old(c[k].off) + len;
    ensures pending_until_eof: c[k].pending <==> !eof; */
void mconn_sender_take(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t len, bool eof,
                       uint32_t wire);

/* LOOK, write the header at out[o], TAKE. Slots at the ends of the window that are not pending are left out of
 * it first, with or without room: that costs no more than to look at them, is done once, and changes no choice. */
/*@ requires st: \valid(s) && \valid(c + (0 .. s->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1), out + (o .. cap - 1));
    requires inv: tx_inv(s, c);
    requires idx: o + MCONN_HEADER_MAX <= MCONN_INDEX_MAX && o <= cap <= MCONN_INDEX_MAX;
    requires wr: \valid(out + (o .. cap - 1));
    terminates \true;
    assigns c[0 .. s->n - 1].sent, c[0 .. s->n - 1].off, c[0 .. s->n - 1].pending, s->lo, s->hi, out[o .. cap - 1];
    ensures inv: tx_inv(s, c);
    ensures packet: tx_is{Pre}(s, c, o, cap, \result);
    ensures slot: \result.kind == MCONN_SEND_FRAGMENT ==> \result.k < s->n && \result.z <= cap;
    ensures within_the_limit: \result.len <= s->payload && \result.h <= o + MCONN_HEADER_MAX;
    ensures header: \result.kind == MCONN_SEND_FRAGMENT ==>
      hdr(s->dialect, out, o, c[\result.k].id, \result.eof ? 1 : 0, \result.len);
    ensures nothing_behind_the_header: \result.kind == MCONN_SEND_FRAGMENT ==>
      \forall integer q; \result.h <= q < cap ==> out[q] == \old(out[q]);
    ensures nothing_written_in_part: \result.kind != MCONN_SEND_FRAGMENT ==>
      \forall integer q; o <= q < cap ==> out[q] == \old(out[q]);
    ensures account_saturates: \result.kind == MCONN_SEND_FRAGMENT ==>
      c[\result.k].sent == sent_after(\old(c[\result.k].sent), \result.z - o);
    ensures off: \result.kind == MCONN_SEND_FRAGMENT ==> c[\result.k].off == \result.off + \result.len;
    ensures pending_until_eof: \result.kind == MCONN_SEND_FRAGMENT ==> (c[\result.k].pending <==> !\result.eof);
    ensures untouched: \forall integer j; 0 <= j < s->n &&
      !(\result.kind == MCONN_SEND_FRAGMENT && j == \result.k) ==>
      c[j].sent == \old(c[j].sent) && c[j].off == \old(c[j].off) && c[j].pending == \old(c[j].pending);
    ensures least_window: \let a = s->lo; \let b = s->hi - 1; a <= b ==> \old(c[a].pending) && \old(c[b].pending); */
mconn_send mconn_sender_step(mconn_sender *s, mconn_sender_channel *c, uint8_t *out, size_t o, size_t cap);

/* Every 2 s: sent = floor(sent * 4 / 5) on every channel. */
/*@ requires st: \valid_read(s) && \valid(c + (0 .. s->n - 1));
    requires sep: \separated(s, c + (0 .. s->n - 1));
    requires inv: tx_inv(s, c);
    terminates \true;
    assigns c[0 .. s->n - 1].sent;
    ensures inv: tx_inv(s, c);
    ensures four_fifths: \forall integer k; 0 <= k < s->n ==> c[k].sent == sent_decayed(\old(c[k].sent)); */
void mconn_sender_decay(const mconn_sender *s, mconn_sender_channel *c);
#endif
