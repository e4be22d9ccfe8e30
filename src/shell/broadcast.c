/* One message to every peer.
 *
 * What goes wrong in practice: a thread per peer and message, also where every queue has room; or one thread
 * that waits for a slow peer while all others get nothing. Here every peer is offered the message without
 * waiting first; only those whose queue is full are then waited for, side by side, each up to send_timeout:
 * one on the calling thread, each further one on a thread of its own that lives no longer than the call. */
#include "switch_internal.h"
#include <stdlib.h>

typedef struct waiter {
  struct waiter *next;
  mconn_peer *peer; /* held */
  uint8_t channel;
  const void *bytes;
  size_t len;
  bool begun, took;
} waiter;

static void wait_for(void *arg)
{
  waiter *w = arg;
  w->took = mconn_peer_send(w->peer, w->channel, w->bytes, w->len) == MCONN_OK;
}

/* All of them at once, as far as there are threads, and gives the list back; how many took it. */
static size_t wait_for_all(waiter *list)
{
  shell_threads side_by_side;
  size_t took = 0;
  bool threads = list->next != NULL && shell_threads_init(&side_by_side);
  for (waiter *w = list->next; w != NULL && threads; w = w->next)
    w->begun = shell_threads_spawn(&side_by_side, wait_for, w);
  for (waiter *w = list; w != NULL; w = w->next)
    if (!w->begun) wait_for(w);
  if (threads) shell_threads_free(&side_by_side);
  for (waiter *w = list, *next; w != NULL; w = next) {
    next = w->next;
    took += w->took;
    mconn_peer_release(w->peer);
    free(w);
  }
  return took;
}

/* Keeps the peer for later; without memory for that, it is waited for now. */
static size_t postpone(waiter **list, waiter x)
{
  waiter *w = malloc(sizeof *w);
  if (w == NULL) {
    wait_for(&x);
    mconn_peer_release(x.peer);
    return x.took;
  }
  *w = x;
  w->next = *list;
  *list = w;
  return 0;
}

static size_t offer_to_all(mconn_switch *sw, uint8_t channel, const void *bytes, size_t len, bool wait)
{
  waiter *full = NULL;
  size_t took = 0;
  uint64_t cursor = 0;
  const uint64_t last = switch_admissions(sw);
  for (mconn_peer *p; (p = switch_next_peer(sw, &cursor, last)) != NULL;) {
    enum mconn_err err = mconn_peer_try_send(p, channel, bytes, len);
    if (err == MCONN_E_QUEUE_FULL && wait) {
      took += postpone(&full, (waiter){ .peer = p, .channel = channel, .bytes = bytes, .len = len });
      continue;
    }
    took += err == MCONN_OK;
    mconn_peer_release(p);
  }
  return full == NULL ? took : took + wait_for_all(full);
}

size_t mconn_switch_broadcast(mconn_switch *sw, uint8_t channel, const void *bytes, size_t len)
{
  return offer_to_all(sw, channel, bytes, len, true);
}

size_t mconn_switch_try_broadcast(mconn_switch *sw, uint8_t channel, const void *bytes, size_t len)
{
  return offer_to_all(sw, channel, bytes, len, false);
}

size_t mconn_switch_each(mconn_switch *sw, void (*visit)(void *user, mconn_peer *peer), void *user)
{
  size_t n = 0;
  uint64_t cursor = 0;
  const uint64_t last = switch_admissions(sw);
  for (mconn_peer *p; (p = switch_next_peer(sw, &cursor, last)) != NULL; n++) {
    shell_enter_user();
    visit(user, p);
    shell_leave_user();
    mconn_peer_release(p);
  }
  return n;
}
