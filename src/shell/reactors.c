/* Reactors: who owns which channel, and every call of their functions.
 *
 * What goes wrong in practice: a channel with two owners, found out when the second message goes astray; a
 * lock of the switch held while a reactor runs, which calls the switch. Here a reactor is refused before
 * anything of it is kept, the list does not change any more once the switch was started, so it needs no lock,
 * and each call is marked, so that what would wait for this very thread does not (threads.h). */
#include "switch_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- before the start */

/* The channels of one reactor by themselves. None is fine. */
static mconn_reason channels_check(const mconn_channel *d, size_t n)
{
  if (n == 0) return switch_refusal(MCONN_OK, NULL, 0);
  mconn_channels_result x = shell_channels_check(d, n);
  if (x.err == MCONN_E_CHANNEL_DUPLICATE) x.err = MCONN_E_CHANNEL_CLAIMED;
  return switch_refusal(x.err, x.err == MCONN_OK ? NULL : "channels", x.at);
}

/* Beside those that are there; the lock is held. */
static mconn_reason claims_check(const mconn_switch *sw, const char *name, const mconn_channel *d, size_t n)
{
  if (sw->phase != PHASE_NEW) return switch_refusal(MCONN_E_STATE, NULL, 0);
  for (size_t k = 0; k < sw->reactor_count; k++)
    if (strcmp(sw->reactors[k].name, name) == 0) return switch_refusal(MCONN_E_STATE, "name", 0);
  for (size_t k = 0; k < n; k++)
    if (sw->owner[d[k].id] != 0) return switch_refusal(MCONN_E_CHANNEL_CLAIMED, "channels", k);
  if (n > SHELL_SWITCH_CHANNELS_MAX - sw->channel_count)
    return switch_refusal(MCONN_E_NODEINFO_CHANNELS, "channels", 0);
  return switch_refusal(MCONN_OK, NULL, 0);
}

/* Who owns what, anew from the reactors; the lock is held. */
static void route(mconn_switch *sw)
{
  memset(sw->owner, 0, sizeof sw->owner);
  sw->channel_count = 0;
  uint8_t lane = 0; /* reactors without channels have none */
  for (size_t k = 0; k < sw->reactor_count; k++) {
    const switch_reactor *x = &sw->reactors[k];
    for (size_t j = 0; j < x->channel_count; j++) {
      sw->owner[x->channels[j].id] = k + 1;
      sw->lanes[sw->channel_count] = lane;
      sw->channels[sw->channel_count++] = x->channels[j];
    }
    if (x->channel_count > 0) lane++;
  }
}

/* The lock is held. */
static mconn_reason insert(mconn_switch *sw, const switch_reactor *x)
{
  mconn_reason r = claims_check(sw, x->name, x->channels, x->channel_count);
  if (r.err != MCONN_OK) return r;
  switch_reactor *more = calloc(sw->reactor_count + 1, sizeof *more);
  if (more == NULL) return switch_refusal(MCONN_E_MEMORY, NULL, 0);
  if (sw->reactor_count > 0) memcpy(more, sw->reactors, sw->reactor_count * sizeof *more);
  free(sw->reactors);
  sw->reactors = more;
  more[sw->reactor_count++] = *x;
  route(sw);
  return r;
}

static void set_switch(const mconn_reactor *r, mconn_switch *sw)
{
  shell_enter_user();
  if (r->set_switch != NULL) r->set_switch(r->user, sw);
  shell_leave_user();
}

mconn_reason mconn_switch_add_reactor(mconn_switch *sw, const char *name, mconn_reactor reactor)
{
  size_t n = 0;
  shell_enter_user();
  const mconn_channel *d = reactor.channels != NULL ? reactor.channels(reactor.user, &n) : NULL;
  shell_leave_user();
  if (name == NULL) return switch_refusal(MCONN_E_STATE, "name", 0);
  if (d == NULL) n = 0;
  mconn_reason r = channels_check(d, n);
  if (r.err != MCONN_OK) return r;
  if (n > SHELL_SWITCH_CHANNELS_MAX) return switch_refusal(MCONN_E_NODEINFO_CHANNELS, "channels", 0);
  switch_reactor x = { .name = switch_text(name, strlen(name)), .r = reactor, .channel_count = n };
  if (x.name == NULL) return switch_refusal(MCONN_E_MEMORY, NULL, 0);
  for (size_t k = 0; k < n; k++) x.channels[k] = d[k];
  pthread_mutex_lock(&sw->lock);
  r = insert(sw, &x);
  pthread_mutex_unlock(&sw->lock);
  if (r.err != MCONN_OK) free(x.name);
  else set_switch(&reactor, sw);
  return r;
}

enum mconn_err mconn_switch_remove_reactor(mconn_switch *sw, const char *name)
{
  switch_reactor x = { .name = NULL };
  enum mconn_err err = MCONN_E_NO_REACTOR;
  pthread_mutex_lock(&sw->lock);
  if (sw->phase != PHASE_NEW) err = MCONN_E_STATE;
  for (size_t k = 0; k < sw->reactor_count && err == MCONN_E_NO_REACTOR; k++) {
    if (name == NULL || strcmp(sw->reactors[k].name, name) != 0) continue;
    x = sw->reactors[k];
    sw->reactor_count--;
    memmove(&sw->reactors[k], &sw->reactors[k + 1], (sw->reactor_count - k) * sizeof x);
    route(sw);
    err = MCONN_OK;
  }
  pthread_mutex_unlock(&sw->lock);
  free(x.name);
  if (err == MCONN_OK) set_switch(&x.r, NULL);
  return err;
}

void switch_reactors_free(mconn_switch *sw)
{
  for (size_t k = 0; k < sw->reactor_count; k++) free(sw->reactors[k].name);
  free(sw->reactors);
}

/* ---- start and stop */

enum mconn_err switch_reactors_start(mconn_switch *sw)
{
  for (size_t k = 0; k < sw->reactor_count; k++) {
    switch_reactor *x = &sw->reactors[k];
    shell_enter_user();
    enum mconn_err err = x->r.on_start != NULL ? x->r.on_start(x->r.user) : MCONN_OK;
    shell_leave_user();
    if (err != MCONN_OK) {
      shell_log(&sw->config.log, MCONN_LOG_ERROR, SWITCH_MODULE, "a reactor does not start",
                shell_log_text("reactor", x->name), shell_log_text("error", mconn_error_name(err)));
      return err;
    }
    x->started = true;
  }
  return MCONN_OK;
}

void switch_reactors_stop(mconn_switch *sw)
{
  for (size_t k = sw->reactor_count; k > 0; k--) {
    switch_reactor *x = &sw->reactors[k - 1];
    if (!x->started) continue;
    x->started = false;
    shell_enter_user();
    if (x->r.on_stop != NULL) x->r.on_stop(x->r.user);
    shell_leave_user();
  }
}

/* ---- about a peer, in the order in which the reactors were added */

enum mconn_err switch_reactors_init_peer(mconn_switch *sw, mconn_peer *peer)
{
  enum mconn_err err = MCONN_OK;
  for (size_t k = 0; k < sw->reactor_count && err == MCONN_OK; k++) {
    const mconn_reactor *r = &sw->reactors[k].r;
    shell_enter_user();
    if (r->init_peer != NULL) err = r->init_peer(r->user, peer);
    shell_leave_user();
  }
  return err;
}

void switch_reactors_add_peer(mconn_switch *sw, mconn_peer *peer)
{
  for (size_t k = 0; k < sw->reactor_count; k++) {
    const mconn_reactor *r = &sw->reactors[k].r;
    shell_enter_user();
    if (r->add_peer != NULL) r->add_peer(r->user, peer);
    shell_leave_user();
  }
}

void switch_reactors_remove_peer(mconn_switch *sw, mconn_peer *peer, mconn_reason reason)
{
  for (size_t k = 0; k < sw->reactor_count; k++) {
    const mconn_reactor *r = &sw->reactors[k].r;
    shell_enter_user();
    if (r->remove_peer != NULL) r->remove_peer(r->user, peer, reason);
    shell_leave_user();
  }
}

void switch_receive(void *entry, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  const switch_entry *e = entry;
  mconn_switch *sw = e->sw;
  /* the connection has the channels of the reactors and no other, so this one has an owner */
  const mconn_reactor *r = &sw->reactors[sw->owner[channel] - 1].r;
  metrics_received(e->figures, channel, len);
  shell_enter_user();
  if (r->receive != NULL) r->receive(r->user, peer, channel, bytes, len);
  shell_leave_user();
}
