/* The receiving half of a connection: bytes in, one event out. Numbers only. */
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
  uint32_t max;        /* largest packet, as mconn_packet_get counts it */
  uint32_t n;          /* channels */
  uint16_t slot[256];  /* channel id -> index, or MCONN_NO_SLOT */
} mconn_receiver;
enum mconn_event_kind {
  MCONN_EVENT_MORE = 0,     /* the bytes end inside a packet: come back with more, from the same index */
  MCONN_EVENT_PING = 1, MCONN_EVENT_PONG = 2,
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
/* Sets up r and c[0..n-1] from n checked, filled descriptors and the packet limit. */
void mconn_receiver_init(mconn_receiver *r, mconn_receiver_channel *c, enum mconn_dialect dialect,
                         uint32_t max, const mconn_channel *d, uint32_t n);
/* LOOK: decides, touches nothing. */
mconn_event mconn_receiver_look(const mconn_receiver *r, const mconn_receiver_channel *c,
                                const uint8_t *p, size_t i, size_t e);
/* TAKE: accounts for a fragment that LOOK returned. */
void mconn_receiver_take(const mconn_receiver *r, mconn_receiver_channel *c, uint32_t k, mconn_msg m);
/* LOOK, then TAKE if it was a fragment. */
mconn_event mconn_receiver_step(const mconn_receiver *r, mconn_receiver_channel *c,
                                const uint8_t *p, size_t i, size_t e);
#endif
