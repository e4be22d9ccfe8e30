/* A peer: the facts of one connection, and a way to talk to the node at its other end.
 *
 * A peer is counted: the switch holds it while it is in the set, and the library while it calls a reactor
 * about it. Whoever keeps it longer takes a hold and gives it back. What goes wrong in practice is a peer
 * that is used after it was removed; here such a call is refused, and the memory is there as long as
 * somebody holds it.
 *
 * Thread-safety: every function from any thread, callbacks included. */
#ifndef MCONN_PEER_H
#define MCONN_PEER_H
#include "connection.h"
#include "node.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef struct mconn_peer mconn_peer;

mconn_peer *mconn_peer_hold(mconn_peer *p);
void mconn_peer_release(mconn_peer *p); /* NULL is allowed */

/* Facts; text and structs live as long as the peer is held. */
const char *mconn_peer_id(const mconn_peer *p); /* 40 lower-case hexadecimal digits */
const mconn_node_info *mconn_peer_node_info(const mconn_peer *p);
bool mconn_peer_is_outbound(const mconn_peer *p); /* this side dialed */
bool mconn_peer_is_persistent(const mconn_peer *p);
const char *mconn_peer_address(const mconn_peer *p);               /* id@ip:port, dialed (outbound) or seen (inbound) */
const char *mconn_peer_remote_ip(const mconn_peer *p);             /* as text, looked at once */
bool mconn_peer_has_channel(const mconn_peer *p, uint8_t channel); /* it advertised it */

/* As those of a connection; also MCONN_E_NOT_ADVERTISED, checked before the channel is looked for. */
enum mconn_err mconn_peer_send(mconn_peer *p, uint8_t channel, const void *bytes, size_t len);
enum mconn_err mconn_peer_try_send(mconn_peer *p, uint8_t channel, const void *bytes, size_t len);
bool mconn_peer_can_send(mconn_peer *p, uint8_t channel);

bool mconn_peer_is_running(mconn_peer *p);
mconn_status mconn_peer_status(mconn_peer *p, mconn_channel_status *ch, size_t room);
/* Writes what was accepted, then stops; the switch is told by whoever calls (mconn_switch_stop_peer_gracefully).
 * As of a connection: MCONN_E_TIMEOUT, MCONN_E_NOT_RUNNING, and MCONN_E_STATE on a thread of the connection. */
enum mconn_err mconn_peer_flush_stop(mconn_peer *p, uint64_t timeout);
/* Shuts the socket down; the connection finds out and ends with an error. */
void mconn_peer_close(mconn_peer *p);

/* Values by key for reactors. The key is copied; drop(value), if given, is called when the value is replaced,
 * on the thread that replaces it, or when the last hold is given back: a value from get is good until then.
 * MCONN_E_MEMORY: nothing changed, and the value is still the caller's. */
enum mconn_err mconn_peer_set(mconn_peer *p, const char *key, void *value, void (*drop)(void *value));
void *mconn_peer_get(mconn_peer *p, const char *key); /* NULL: none */
#ifdef __cplusplus
}
#endif
#endif
