/* From a socket to a peer, and from a peer to nothing.
 *
 * What goes wrong in practice: a peer that fails while it is being admitted is removed first and inserted
 * then, and stays for ever (#9500); two threads find the same failure and the reactors hear of it twice
 * (#5541); a reactor is told that a peer is gone while a message of it is still on the way to it. Here an
 * entry has one state, each end of it is one step of core/membership.h behind the lock, and whoever made that
 * step carries it out: a peer is removed by a thread that has waited for all threads of that peer. */
#include "switch_internal.h"
#include "core/address.h"
#include "node.h"
#include <stdlib.h>
#include <string.h>

/* ---- the handshake and what it told */

/* The id that the transport proved, or, where it proves none, the one that is claimed. */
static enum mconn_err identity(const mconn_upgraded *u, const mconn_node_info *info, char id[MCONN_NODE_ID_DIGITS + 1])
{
  const bool proved = u->authenticated_id[0] != 0;
  char claimed[MCONN_NODE_ID_DIGITS + 1];
  enum mconn_err err = switch_id_text(info->id, claimed);
  if (err == MCONN_OK) err = switch_id_text(proved ? u->authenticated_id : claimed, id);
  if (err == MCONN_OK && strcmp(id, claimed) != 0) err = MCONN_E_PEER_ID;
  return err;
}

/* The node info against the dialed id, this node and this node's info. An inbound entry gets its id. */
static mconn_reason examine(switch_entry *e, const mconn_upgraded *u)
{
  const mconn_switch *sw = e->sw;
  const enum mconn_dialect dialect = sw->config.connection.dialect;
  char id[MCONN_NODE_ID_DIGITS + 1];
  bool other = e->outbound && u->authenticated_id[0] != 0 && strcasecmp(e->id, u->authenticated_id) != 0;
  if (other) return (mconn_reason){ .err = MCONN_E_PEER_ID };
  mconn_reason r = node_decode(dialect, u->bytes, u->len, &e->info);
  if (r.err != MCONN_OK) return r;
  r.err = identity(u, e->info, id);
  if (r.err == MCONN_OK && strcmp(id, sw->own_id) == 0) r.err = MCONN_E_PEER_SELF;
  if (r.err == MCONN_OK && e->outbound && strcmp(id, e->id) != 0) r.err = MCONN_E_PEER_ID;
  if (r.err == MCONN_OK) r.err = node_compatible(dialect, sw->own, sw->own_len, u->bytes, u->len);
  if (r.err == MCONN_OK && !e->outbound) r.err = switch_entry_identify(e, id);
  return r;
}

mconn_reason switch_upgrade(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  const mconn_transport *t = &sw->config.transport;
  mconn_upgraded *u = calloc(1, sizeof *u);
  if (u == NULL) return (mconn_reason){ .err = MCONN_E_MEMORY };
  const mconn_upgrade in = {
    .fd = e->fd,
    .outbound = e->outbound,
    .dialect = sw->config.connection.dialect,
    .deadline = shell_until(sw->config.handshake_timeout),
    .own = sw->own,
    .own_len = sw->own_len,
  };
  shell_enter_user();
  mconn_reason r = t->upgrade(t->user, &in, u);
  shell_leave_user();
  if (r.err == MCONN_OK) r = examine(e, u);
  free(u);
  return r;
}

/* ---- the end of a peer: the first who wants it, whatever it is */

/* The state that a step gave; a removal that is due is queued for the keeper. The lock is held. */
static void follow(switch_entry *e, mconn_member_result r)
{
  mconn_switch *sw = e->sw;
  e->member = r.s;
  if (r.act == MCONN_MEMBER_REMOVE_NOW) {
    e->next = NULL;
    *sw->leaving_end = e;
    sw->leaving_end = &e->next;
  }
  pthread_cond_broadcast(&sw->changed);
}

/* The lock is held. False: its end was wanted before. */
static bool end_peer(switch_entry *e, mconn_reason reason)
{
  mconn_member_result r = mconn_member_step(e->member, MCONN_MEMBER_REMOVE);
  if (r.err != MCONN_OK) return false;
  e->reason = reason;
  if (r.s == MCONN_MEMBER_DOOMED) peer_set_removal_failed(e->peer);
  follow(e, r);
  return true;
}

static void on_error(void *entry, mconn_peer *peer, mconn_reason reason)
{
  switch_entry *e = entry;
  mconn_switch *sw = e->sw;
  (void)peer;
  /* the connection knows the channels of the reactors and no other */
  if (reason.err == MCONN_E_CHANNEL) reason.err = MCONN_E_NO_REACTOR;
  pthread_mutex_lock(&sw->lock);
  end_peer(e, reason);
  pthread_mutex_unlock(&sw->lock);
}

static enum mconn_err stop_peer(mconn_switch *sw, mconn_peer *peer, mconn_reason reason)
{
  mconn_peer *held = NULL;
  pthread_mutex_lock(&sw->lock);
  for (size_t k = 0; k < sw->entry_count && held == NULL; k++) {
    switch_entry *e = sw->entries[k];
    if (e->peer == peer && peer != NULL && end_peer(e, reason)) held = mconn_peer_hold(peer);
  }
  pthread_mutex_unlock(&sw->lock);
  if (held == NULL) return MCONN_E_NO_PEER;
  peer_stop(held);
  mconn_peer_release(held);
  return MCONN_OK;
}

enum mconn_err mconn_switch_stop_peer_for_error(mconn_switch *sw, mconn_peer *peer, enum mconn_err err)
{
  return stop_peer(sw, peer, (mconn_reason){ .err = err != MCONN_OK ? err : MCONN_E_REACTOR });
}

enum mconn_err mconn_switch_stop_peer_gracefully(mconn_switch *sw, mconn_peer *peer)
{
  return stop_peer(sw, peer, (mconn_reason){ .err = MCONN_OK });
}

void switch_end_all(mconn_switch *sw)
{
  for (size_t k = 0; k < sw->entry_count; k++) {
    switch_entry *e = sw->entries[k];
    if (e->peer != NULL) end_peer(e, (mconn_reason){ .err = MCONN_OK });
    else switch_entry_shut(e);
  }
}

/* ---- removal */

/* Gives the switch's hold back; the peer is nobody's to be found any more. */
static void release_peer(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  pthread_mutex_lock(&sw->lock);
  mconn_peer *p = e->peer;
  e->peer = NULL;
  pthread_mutex_unlock(&sw->lock);
  shell_enter_user();
  mconn_peer_release(p);
  shell_leave_user();
}

static void remove_peer(void *arg)
{
  switch_entry *e = arg;
  mconn_switch *sw = e->sw;
  const mconn_reason reason = e->reason;
  peer_stop(e->peer);
  peer_join(e->peer);
  switch_reactors_remove_peer(sw, e->peer, reason);
  shell_log(&sw->config.log, MCONN_LOG_INFO, SWITCH_MODULE, "peer removed", shell_log_text("peer", e->id),
            shell_log_text("error", mconn_error_name(reason.err)),
            shell_log_text("requirement", mconn_requirement(reason.err)), shell_log_number("offset", reason.offset));
  metrics_peers_add(sw->config.metrics, -1);
  metrics_peer_free(sw->config.metrics, e->figures);
  release_peer(e);
  switch_entry_unlist(e, reason.err);
}

void switch_remove_leaving(mconn_switch *sw)
{
  while (sw->leaving != NULL) {
    switch_entry *e = sw->leaving;
    sw->leaving = e->next;
    if (sw->leaving == NULL) sw->leaving_end = &sw->leaving;
    pthread_mutex_unlock(&sw->lock);
    if (!shell_threads_spawn(&sw->threads, remove_peer, e)) remove_peer(e);
    pthread_mutex_lock(&sw->lock);
  }
}

/* ---- admission */

static void on_sent(void *entry, mconn_peer *peer, uint8_t channel, size_t len)
{
  const switch_entry *e = entry;
  (void)peer;
  metrics_sent(e->figures, channel, len);
}

static uint64_t queued(void *peer)
{
  mconn_channel_status ch[SHELL_SWITCH_CHANNELS_MAX];
  uint64_t n = 0;
  mconn_status s = mconn_peer_status(peer, ch, SHELL_SWITCH_CHANNELS_MAX);
  for (size_t k = 0; k < s.channels; k++) n += ch[k].queued;
  return n;
}

/* The peer's series, before its first message. */
static void count_peer(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  uint8_t ids[SHELL_SWITCH_CHANNELS_MAX];
  for (size_t k = 0; k < sw->channel_count; k++) ids[k] = (uint8_t)sw->channels[k].id;
  e->figures = metrics_peer_new(sw->config.metrics, e->id, ids, sw->channel_count, queued, e->peer);
  if (e->figures == NULL && sw->config.metrics != NULL)
    shell_log(&sw->config.log, MCONN_LOG_ERROR, SWITCH_MODULE, "peer is not in the metrics",
              shell_log_text("peer", e->id), shell_log_text("error", mconn_error_name(MCONN_E_MEMORY)));
}

static mconn_reason make_peer(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  const bool v6 = strchr(e->ip, ':') != NULL;
  char address[MCONN_NODE_ID_DIGITS + SWITCH_IP_TEXT + 16];
  snprintf(address, sizeof address, v6 ? "%s@[%s]:%u" : "%s@%s:%u", e->id, e->ip, e->port);
  const peer_config x = {
    .outbound = e->outbound,
    .persistent = switch_persistent_of(sw, e->id) != NULL,
    .unconditional = switch_is_unconditional(sw, e->id),
    .address = address,
    .remote_ip = e->ip,
    .node_info = e->info,
    .fd = e->fd,
    .connection = &sw->config.connection,
    .channels = sw->channels,
    .channel_count = sw->channel_count,
    .delivery_bytes = sw->config.delivery_bytes,
    .lanes = sw->lanes,
    .events = { .on_receive = switch_receive,
                .on_error = on_error,
                .on_sent = sw->config.metrics != NULL ? on_sent : NULL,
                .user = e },
    .log = sw->config.log,
    .owner = e,
  };
  mconn_peer *p = NULL;
  pthread_mutex_lock(&sw->lock);
  mconn_reason r = { .err = sw->open && !e->shut ? MCONN_OK : MCONN_E_NOT_RUNNING };
  if (r.err == MCONN_OK) r = peer_new(&p, &x);
  if (r.err == MCONN_OK) {
    e->peer = p;
    e->fd = -1;
  }
  pthread_mutex_unlock(&sw->lock);
  return r;
}

/* Into the set, unless it failed meanwhile. */
static mconn_reason insert(switch_entry *e, mconn_reason r)
{
  mconn_switch *sw = e->sw;
  pthread_mutex_lock(&sw->lock);
  if (e->member == MCONN_MEMBER_DOOMED) r = (mconn_reason){ .err = MCONN_E_PEER_REMOVED };
  mconn_member_result x = mconn_member_step(e->member, MCONN_MEMBER_ADMIT);
  if (r.err == MCONN_OK) r.err = x.err;
  if (r.err == MCONN_OK) {
    e->admitted = ++sw->admissions;
    follow(e, x);
  }
  pthread_mutex_unlock(&sw->lock);
  return r;
}

/* It is a peer now, or it leaves again at once. */
static void joined(switch_entry *e)
{
  pthread_mutex_lock(&e->sw->lock);
  follow(e, mconn_member_step(e->member, MCONN_MEMBER_JOINED));
  pthread_mutex_unlock(&e->sw->lock);
}

static mconn_reason refuse(switch_entry *e, mconn_reason r)
{
  if (e->peer != NULL) {
    peer_stop(e->peer);
    peer_join(e->peer);
    metrics_peer_free(e->sw->config.metrics, e->figures);
    release_peer(e);
  }
  return switch_entry_drop(e, r);
}

mconn_reason switch_admit(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  mconn_reason r = make_peer(e);
  if (r.err != MCONN_OK) return refuse(e, r);
  count_peer(e);
  r.err = switch_ask_filters(sw, e->ip, e->port, e->peer);
  if (r.err == MCONN_OK) r.err = switch_reactors_init_peer(sw, e->peer);
  if (r.err == MCONN_OK) r.err = peer_start(e->peer);
  r = insert(e, r);
  if (r.err != MCONN_OK) return refuse(e, r);
  metrics_peers_add(sw->config.metrics, 1);
  shell_log(&sw->config.log, MCONN_LOG_INFO, SWITCH_MODULE, "peer added",
            shell_log_text("peer", mconn_peer_address(e->peer)), shell_log_number("outbound", e->outbound));
  switch_reactors_add_peer(sw, e->peer);
  joined(e);
  return r;
}
