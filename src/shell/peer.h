/* The inside of a peer, for its owner, the switch: how it is made, started, ended and waited for.
 *
 * A peer is used by reactors that may keep it for as long as they like, while its connection must be gone,
 * socket and buffers included, when it was removed. So the two ends are apart: peer_join ends the threads and
 * closes the socket, the last mconn_peer_release frees the memory.
 *
 * The owner's order: peer_new (one hold, the owner's), peer_start, ..., peer_stop, peer_join, mconn_peer_release.
 * Steps may be left out; a peer that was never started is just released. As the owner gives its hold back after
 * peer_join only, the last release never happens on a thread of the peer.
 *
 * Delivery. With delivery_bytes 0 on_receive runs on the receive thread: while it runs, nothing of this peer is
 * read, pings and pongs included. Else each message is copied into the queue of its channel, and the lane of the
 * channel, a thread, hands it out. A queue holds at most delivery_bytes (each message counted with
 * SHELL_DELIVERY_EXTRA_BYTES), or one message if that is longer by itself; what is being handed out counts until
 * on_receive returns. So a peer makes the owner hold at most
 *   channels * max(delivery_bytes, message capacity + SHELL_DELIVERY_EXTRA_BYTES).
 * A message that finds its queue full waits on the receive thread, and from then on everything that comes from
 * this peer waits, pings and pongs too: that long a reactor may be slow, and beyond that, for less than the pong
 * time-out of either side. Nothing else waits for a slow reactor but its own lane. */
#ifndef MCONN_SHELL_PEER_H
#define MCONN_SHELL_PEER_H
#include "delivery.h"
#include "mconn/peer.h"

/* What the owner is told. All of it without a lock, on threads of the peer, which may call everything here but
 * peer_join. */
typedef struct {
  /* A whole message, valid during the call only, never NULL. One at a time per lane, in order per channel.
   * After peer_stop no call begins, but one may be under way until peer_join. */
  void (*on_receive)(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len);
  /* The connection ended by itself: at most once, after the socket was shut down. It comes behind every message
   * that was received; never for a stop that was asked for, but possibly beside or after one that comes later. */
  void (*on_error)(void *user, mconn_peer *peer, mconn_reason reason);
  /* A message was accepted for sending. NULL: nobody counts. On the thread of whoever sends. */
  void (*on_sent)(void *user, mconn_peer *peer, uint8_t channel, size_t len);
  void *user;
} peer_events;

/* Everything is copied, save owner and what events.user points to. */
typedef struct {
  bool outbound, persistent, unconditional;
  const char *address, *remote_ip;
  const mconn_node_info *node_info; /* the peer's, already checked */
  int fd;
  const mconn_config *connection;
  const mconn_channel *channels; /* of every reactor */
  size_t channel_count;
  size_t delivery_bytes;
  /* Lane of each channel, 0..; those of one reactor are one, so that it is called one at a time. NULL: lane 0. */
  const uint8_t *lanes;
  peer_events events;
  mconn_log log; /* for the lines of its connection, each with the peer's id */
  void *owner;   /* for peer_owner */
} peer_config;

/* On success the socket belongs to the peer and *out has one hold; else *out is untouched and fd the caller's.
 * Errors are those of mconn_connection_new. */
mconn_reason peer_new(mconn_peer **out, const peer_config *x);
/* Starts its threads. MCONN_E_STATE: started or stopped before; MCONN_E_MEMORY: no thread, and it is stopped. */
enum mconn_err peer_start(mconn_peer *p);
/* Ends it at once; messages that wait, either way, are dropped. Idempotent; from any thread. */
void peer_stop(mconn_peer *p);
/* After peer_stop: waits until no thread of the peer runs, and closes the socket. Once, by the owner. */
void peer_join(mconn_peer *p);
void *peer_owner(const mconn_peer *p);
bool peer_is_unconditional(const mconn_peer *p);
/* Upstream's mark of a peer that failed before it was in the set. */
void peer_set_removal_failed(mconn_peer *p);
bool peer_removal_failed(const mconn_peer *p);
#endif
