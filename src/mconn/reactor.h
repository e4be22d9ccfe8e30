/* A reactor: the owner of some channels, told of peers and of what they say on those channels.
 *
 * Callbacks run without any lock of the library held, on the threads of connections and of the switch;
 * receive runs for one peer one message at a time, for different peers at once (and, with delivery_bytes, for
 * different reactors at once). A message may arrive
 * between init_peer and add_peer, as upstream's may: what a reactor needs to receive belongs in init_peer,
 * and what it takes there it gives back in remove_peer, which comes once for each init_peer whose peer was
 * then added. */
#ifndef MCONN_REACTOR_H
#define MCONN_REACTOR_H
#include "peer.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef struct mconn_switch mconn_switch;

/* Members that are NULL do nothing. user is handed to every one of them. */
typedef struct {
  void (*set_switch)(void *user, mconn_switch *sw); /* when added; NULL when removed */
  enum mconn_err (*on_start)(void *user);           /* the switch starts; an error ends that start */
  void (*on_stop)(void *user);                      /* it stops, and no peer is left */
  /* The channels it owns, looked at once, when it is added; copied. */
  const mconn_channel *(*channels)(void *user, size_t *n);
  enum mconn_err (*init_peer)(void *user, mconn_peer *peer); /* before it starts; an error refuses it */
  void (*add_peer)(void *user, mconn_peer *peer);            /* it is started and in the set */
  /* It is gone from the others' view, and not yet from the set. reason.err is MCONN_OK for a graceful end. */
  void (*remove_peer)(void *user, mconn_peer *peer, mconn_reason reason);
  /* bytes are valid during the call only; never NULL. */
  void (*receive)(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len);
  void *user;
} mconn_reactor;
#ifdef __cplusplus
}
#endif
#endif
