/* The receiving half of a connection: bytes in, one event out.
 *
 * The peer decides what arrives and when the bytes are cut. What goes wrong in practice: a message is
 * added to a buffer before its capacity is looked at; empty fragments without end cost time and never
 * reach a capacity; a partial read is taken for a whole packet. The state holds numbers only: the
 * bytes of a packet, and of a message under way, stay with the caller, who copies each fragment to the
 * place the event names (or hands it out where it lies, when place == 0 and it is the last).
 *
 * One receiver belongs to one thread. */
#ifndef MCONN_CORE_RECEIVER_H
#define MCONN_CORE_RECEIVER_H
#include "packet.h"
#include "channel.h"
#define MCONN_EMPTY_FRAGMENTS_MAX 1024u /* ours: empty non-final fragments in one message; Go: no limit */
#define MCONN_NO_SLOT 0xFFFFu
typedef struct {
  uint32_t id, cap; /* channel id; most bytes of one message */
  uint32_t len;     /* bytes of the message so far */
  uint32_t empty;   /* empty non-final fragments of it so far */
} mconn_receiver_channel;
typedef struct {
  enum mconn_dialect dialect;
  uint32_t max;       /* largest packet, as mconn_packet_get counts it */
  uint32_t n;         /* channels */
  uint16_t slot[256]; /* channel id -> index, or MCONN_NO_SLOT */
} mconn_receiver;
enum mconn_event_kind {
  MCONN_EVENT_MORE = 0, /* the bytes end inside a packet: come back with more, from the same index */
  MCONN_EVENT_PING = 1,
  MCONN_EVENT_PONG = 2,
  MCONN_EVENT_FRAGMENT = 3, /* copy packet.m.len bytes from packet.m.off to place `place` of slot k's message */
  MCONN_EVENT_REFUSED = 4   /* err, at: close the connection */
};
typedef struct {
  enum mconn_event_kind kind;
  enum mconn_err err;  /* REFUSED: why */
  size_t at;           /* REFUSED: index of the byte that decided */
  uint32_t k;          /* FRAGMENT: slot, else MCONN_NO_SLOT */
  uint32_t place;      /* FRAGMENT: offset of this fragment inside its message */
  mconn_packet packet; /* where it lies; packet.z is where the next packet begins; packet.m.eof: last fragment */
} mconn_event;
#ifdef __FRAMAC__
#include "logic/receiver.acsl"
#endif

/* Sets up r and c[0..n-1] from n filled descriptors that mconn_channels_check accepted, and the packet
 * limit. r and c must not overlap; both stay the caller's. */
/*@ requires wr: \valid(r) && \valid(c + (0 .. n - 1));
    requires rd: \valid_read(d + (0 .. n - 1));
    requires sep: \separated(r, c + (0 .. n - 1), d + (0 .. n - 1));
    requires dialect: dialect == MCONN_PROTO || dialect == MCONN_AMINO;
    requires max: max <= MCONN_INDEX_MAX;
    requires n: n <= MCONN_CHANNELS_MAX;
    requires ids: \forall integer k; 0 <= k < n ==> d[k].id <= 255 && d[k].message_capacity <= 0x7FFFFFFF;
    requires unique: \forall integer j, k; 0 <= j < k < n ==> d[j].id != d[k].id;
    terminates \true;
    assigns *r, c[0 .. n - 1];
    ensures inv: rx_inv(r, c);
    ensures numbers: r->n == n && r->max == max && r->dialect == dialect;
    ensures channels: \forall integer k; 0 <= k < n ==> c[k].id == d[k].id &&
      c[k].cap == d[k].message_capacity && c[k].len == 0 && c[k].empty == 0; */
void mconn_receiver_init(mconn_receiver *r, mconn_receiver_channel *c, enum mconn_dialect dialect, uint32_t max,
                         const mconn_channel *d, uint32_t n);

/* LOOK: decides about the packet at p[i], sees nothing from p[e] on, touches nothing. */
/*@ requires st: \valid_read(r) && \valid_read(c + (0 .. r->n - 1));
    requires inv: rx_inv(r, c);
    requires idx: i <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures packet: packet_post(r->dialect, p, i, e, r->max, \result.packet);
    ensures event: rx_is(r, c, \result);
    ensures slot: \result.kind == MCONN_EVENT_FRAGMENT ==> \result.k < r->n;
    ensures fits: \result.kind == MCONN_EVENT_FRAGMENT ==> rx_fits(c[\result.k], \result.packet.m); */
mconn_event mconn_receiver_look(const mconn_receiver *r, const mconn_receiver_channel *c, const uint8_t *p, size_t i,
                                size_t e);

/* TAKE: accounts for a fragment that LOOK returned; a function of slot k's numbers, length and eof. */
/*@ requires st: \valid_read(r) && \valid(c + (0 .. r->n - 1));
    requires sep: \separated(r, c + (0 .. r->n - 1));
    requires inv: rx_inv(r, c) && k < r->n;
    requires fits: rx_fits(c[k], m);
    terminates \true;
    assigns c[k].len, c[k].empty;
    ensures inv: rx_inv(r, c);
    ensures len: c[k].len == frag_len(\old(c[k]), m.len, m.eof ? 1 : 0);
    ensures empty: c[k].empty == frag_empty(\old(c[k]), m.len, m.eof ? 1 : 0); */
void mconn_receiver_take(const mconn_receiver *r, mconn_receiver_channel *c, uint32_t k, mconn_msg m);

/* LOOK, then TAKE if it was a fragment. */
/*@ requires st: \valid_read(r) && \valid(c + (0 .. r->n - 1));
    requires sep: \separated(r, c + (0 .. r->n - 1));
    requires apart: \separated(c + (0 .. r->n - 1), p + (i .. e - 1));
    requires inv: rx_inv(r, c);
    requires idx: i <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns c[0 .. r->n - 1].len, c[0 .. r->n - 1].empty;
    ensures inv: rx_inv(r, c);
    ensures packet: packet_post(r->dialect, p, i, e, r->max, \result.packet);
    ensures event: rx_is{Pre}(r, c, \result);
    ensures slot: \result.kind == MCONN_EVENT_FRAGMENT ==> \result.k < r->n;
    ensures taken: \result.kind == MCONN_EVENT_FRAGMENT ==>
      c[\result.k].len == frag_len(\old(c[\result.k]), \result.packet.m.len, \result.packet.m.eof ? 1 : 0) &&
      c[\result.k].empty == frag_empty(\old(c[\result.k]), \result.packet.m.len, \result.packet.m.eof ? 1 : 0);
    ensures never_past_capacity: \result.kind == MCONN_EVENT_FRAGMENT ==>
      \result.place + \result.packet.m.len <= c[\result.k].cap;
    ensures untouched: \forall integer j; 0 <= j < r->n &&
      !(\result.kind == MCONN_EVENT_FRAGMENT && j == \result.k) ==>
      c[j].len == \old(c[j].len) && c[j].empty == \old(c[j].empty); */
mconn_event mconn_receiver_step(const mconn_receiver *r, mconn_receiver_channel *c, const uint8_t *p, size_t i,
                                size_t e);
#endif
