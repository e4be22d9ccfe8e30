/* The switch: reactors on one side, peers on the other, and the rules by which a stranger becomes a peer.
 *
 * What goes wrong in practice around a peer set: a peer removed twice or never, one that failed while it was
 * being admitted and then stays for ever, a slot of the inbound limit that is not given back, an old peer
 * whose removal overlaps the new one of the same id, a lock held while a reactor runs. Here a peer has one
 * state, an id is taken from the first step of its admission until its removal is over, and no lock is held
 * while code of the user runs.
 *
 * Two nodes that dial each other at once end with one connection: the dial of the node with the lesser id
 * survives. The node with the greater id gives its own up and waits, up to handshake_timeout, for the other node
 * to close it; whoever comes back while its removal still runs is waited for in the same way.
 *
 * Thread-safety: every function from any thread, callbacks included, save mconn_switch_free. From a callback,
 * that of another switch too, mconn_switch_stop returns at once, and a thread of the switch carries it out;
 * mconn_switch_wait returns false at once. What strangers and peers can make a switch hold: spec/limits.md. */
#ifndef MCONN_SWITCH_H
#define MCONN_SWITCH_H
#include "log.h"
#include "metrics.h"
#include "reactor.h"
#include "transport.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Looks at a connection (before the handshake) or a peer (after it): MCONN_OK lets it in. All are asked at once,
 * each on a thread of its own. One that has not answered within filter_timeout counts as a refusal, and what it
 * answers later is ignored; mconn_switch_free waits for it. */
typedef struct {
  enum mconn_err (*connection)(void *user, const char *remote_ip, unsigned port); /* NULL: lets all in */
  enum mconn_err (*peer)(void *user, mconn_peer *peer);                           /* NULL: lets all in */
  void *user;
} mconn_filter;

/* Start from mconn_switch_config_default. Everything it points to is copied by mconn_switch_new, save what
 * the functions point to. Times in ns. */
typedef struct {
  /* channels: NULL; they are those of the reactors, 16 at most. listen_address: NULL for 127.0.0.1 and the port
   * that mconn_switch_listen got, 0 if there is none. */
  mconn_node_info self;
  mconn_config connection;       /* of every peer's connection */
  mconn_transport transport;     /* required */
  uint32_t max_inbound;          /* default 40 (upstream config.go) */
  uint32_t max_outbound;         /* default 10; bounds persistent and asked-for dials alike */
  bool allow_duplicate_ip;       /* default false */
  uint64_t dial_timeout;         /* default 1 s (upstream transport.go) */
  uint64_t handshake_timeout;    /* default 3 s (upstream transport.go) */
  uint64_t filter_timeout;       /* default 5 s (upstream switch.go) */
  const char *const *persistent; /* addresses id@host:port to keep up; dialed at start */
  size_t persistent_count;
  const char *const *unconditional; /* node ids outside the inbound limit */
  size_t unconditional_count;
  const mconn_filter *filters;
  size_t filter_count;
  /* 0: a reactor is called on the peer's receive thread, as upstream's is. Else one delivery thread per peer
   * and reactor, and so many bytes of messages, each counted with 64 more, may be held for each (channel, peer)
   * before that peer is not read any more; one message may be larger. */
  size_t delivery_bytes;
  mconn_log log;            /* zeros: none */
  mconn_metrics *metrics;   /* NULL: none; the caller's, longer than the switch */
  uint32_t reconnect_first; /* exponent of the first slow attempt: 0, or 1 from CometBFT v0.37.14 on */
} mconn_switch_config;

mconn_switch_config mconn_switch_config_default(void);

/* Checks all of config, then sets up. reason.field names the field at fault, reason.at its index. */
mconn_reason mconn_switch_new(mconn_switch **out, const mconn_switch_config *config);

/* Before start only (MCONN_E_STATE). The struct and name are copied. MCONN_E_CHANNEL_CLAIMED and the errors of
 * mconn_channels_check refuse the reactor as a whole. */
mconn_reason mconn_switch_add_reactor(mconn_switch *sw, const char *name, mconn_reactor reactor);
enum mconn_err mconn_switch_remove_reactor(mconn_switch *sw, const char *name);

/* Before start: where to accept, host:port, port 0 for any. MCONN_E_LISTEN with errno in system. */
mconn_reason mconn_switch_listen(mconn_switch *sw, const char *address);
unsigned mconn_switch_port(mconn_switch *sw); /* where it listens; 0: nowhere */

/* Starts reactors, then accepting and the dials of persistent peers. The first error of a reactor is
 * returned; those started before it are stopped again. */
enum mconn_err mconn_switch_start(mconn_switch *sw);
/* Ends every peer, then stops the reactors. */
enum mconn_err mconn_switch_stop(mconn_switch *sw);
bool mconn_switch_is_running(mconn_switch *sw);
bool mconn_switch_wait(mconn_switch *sw, uint64_t timeout);
int mconn_switch_quit_fd(mconn_switch *sw);
void mconn_switch_free(mconn_switch *sw); /* stops it first; NULL is allowed */

/* Dials and admits id@host:port; returns when the peer is in the set and every reactor knows, or why it is not.
 * Persistent peers are tried again by themselves. A host name is looked up first, which takes as long as the
 * system's resolver takes; its first address is dialed. */
mconn_reason mconn_switch_dial(mconn_switch *sw, const char *address);
/* The same for many, each after a random part of 3 s, without waiting. The first that is no address is
 * refused (reason.at) and nothing is dialed. */
mconn_reason mconn_switch_dial_async(mconn_switch *sw, const char *const *addresses, size_t n);

typedef struct {
  size_t outbound, inbound, unconditional; /* in the set; unconditional ones are counted nowhere else */
  size_t dialing;                          /* on the way out, unconditional ones included */
} mconn_peer_counts;
mconn_peer_counts mconn_switch_count(mconn_switch *sw);
/* The peer of this id, held for the caller; NULL: none. */
mconn_peer *mconn_switch_peer(mconn_switch *sw, const char *id);
/* Calls visit for each peer that is in the set now and still is when its turn comes; returns how many. */
size_t mconn_switch_each(mconn_switch *sw, void (*visit)(void *user, mconn_peer *peer), void *user);

/* Offers the message to every peer that advertised the channel and returns how many took it. broadcast
 * waits for room up to send_timeout, each peer for itself. */
size_t mconn_switch_broadcast(mconn_switch *sw, uint8_t channel, const void *bytes, size_t len);
size_t mconn_switch_try_broadcast(mconn_switch *sw, uint8_t channel, const void *bytes, size_t len);

/* Removes the peer, once: a second call returns MCONN_E_NO_PEER. The call ends the connection and returns;
 * remove_peer of the reactors follows when no thread of the peer runs any more, so that no message of it comes
 * during or after that. A persistent one is dialed again after an error, not after a graceful end. err MCONN_OK
 * counts as MCONN_E_REACTOR. */
enum mconn_err mconn_switch_stop_peer_for_error(mconn_switch *sw, mconn_peer *peer, enum mconn_err err);
enum mconn_err mconn_switch_stop_peer_gracefully(mconn_switch *sw, mconn_peer *peer);
#ifdef __cplusplus
}
#endif
#endif
