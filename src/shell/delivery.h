/* Bounded delivery: queues between the thread that reads a peer and the reactors, so that a slow reactor
 * holds up its own messages and nobody else's.
 *
 * One queue per channel, in the order of arrival; lanes, which are threads, hand out what waits, each for its
 * own channels, by turns, one message at a time. What goes wrong with such queues in practice is their bound:
 * empty messages that cost nothing and are kept by the million, and a message larger than the queue, which
 * would wait for ever. Here every message counts with an overhead, and one that is too large alone may have
 * the queue to itself. What is being handed out counts until that is over.
 *
 * put is for one thread at a time; all else for any, save that free waits for the lanes. */
#ifndef MCONN_SHELL_DELIVERY_H
#define MCONN_SHELL_DELIVERY_H
#include "mconn/error.h"
#include "mconn/core.h"

#define SHELL_DELIVERY_EXTRA_BYTES 64u /* bytes that a message counts beside its own */

typedef struct delivery delivery;

typedef struct {
  void (*hand_out)(void *user, uint8_t channel, const uint8_t *bytes, size_t len);
  void (*ended)(void *user); /* after close, behind the last message; not after stop */
  void *user;
} delivery_calls;

/* lanes: that of each of the n channels, or NULL for one lane. NULL: no memory. */
delivery *delivery_new(size_t queue_bytes, const mconn_channel *d, size_t n, const uint8_t *lanes, delivery_calls call);
/* Once. False: the system gave no thread, and it is stopped. */
bool delivery_start(delivery *x);
/* Copies the message behind the others of its channel; waits for room. MCONN_E_NOT_RUNNING after stop,
 * MCONN_E_MEMORY, MCONN_E_CHANNEL_UNKNOWN. */
enum mconn_err delivery_put(delivery *x, uint8_t channel, const uint8_t *bytes, size_t len);
/* Nothing comes any more; what waits is handed out. */
void delivery_close(delivery *x);
/* What waits is dropped; no call begins any more. */
void delivery_stop(delivery *x);
/* Stops and waits for the calls that are under way. Not from one of them. */
void delivery_join(delivery *x);
void delivery_free(delivery *x); /* joins; NULL is allowed */
#endif
