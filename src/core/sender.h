/* The sending half of a connection: which channel, which slice, which header. Numbers only; the bytes
 * of a message stay with the caller. */
#ifndef MCONN_CORE_SENDER_H
#define MCONN_CORE_SENDER_H
#include "header.h"
#include "channel.h"
#define MCONN_SENT_MAX 0xFFFFFFFFFFFFull /* 2^48-1: sent * priority stays below 2^63 */
#define MCONN_MESSAGE_MAX 0x7FFFFFFFu
typedef struct {
  uint64_t sent;     /* recently sent wire bytes, decayed */
  uint32_t id, prio;
  uint32_t total, off; /* the message under way: its bytes, bytes already sent */
  bool pending;        /* there is one (an empty message is one) */
} mconn_sender_channel;
typedef struct {
  enum mconn_dialect dialect;
  uint32_t n;       /* channels */
  uint32_t payload; /* most payload bytes per packet, 2..MCONN_PAYLOAD_MAX */
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
void mconn_sender_init(mconn_sender *s, mconn_sender_channel *c, enum mconn_dialect dialect,
                       uint32_t payload, const mconn_channel *d, uint32_t n);
/* A message of total bytes becomes the one under way on slot k, which must not be pending. */
void mconn_sender_offer(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total);
/* Slot with the least sent/prio among the pending, the first of equals; n when none is pending. */
uint32_t mconn_sender_pick(const mconn_sender *s, const mconn_sender_channel *c);
/* LOOK: the next packet, if it were written at out[o..cap). Touches nothing. */
mconn_send mconn_sender_look(const mconn_sender *s, const mconn_sender_channel *c, size_t o, size_t cap);
/* TAKE: accounts for it. wire: bytes of the whole packet. */
void mconn_sender_take(const mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t len, bool eof, uint32_t wire);
/* LOOK, write the header at out[o], TAKE. */
mconn_send mconn_sender_step(const mconn_sender *s, mconn_sender_channel *c, uint8_t *out, size_t o, size_t cap);
/* Every 2 s: sent = floor(sent * 4 / 5) on every channel. */
void mconn_sender_decay(const mconn_sender *s, mconn_sender_channel *c);
#endif
