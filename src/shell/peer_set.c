/* The list of everybody who is on the way in, in, or on the way out.
 *
 * What goes wrong in practice: the check for a duplicate and the insertion are two steps, and two strangers
 * pass between them; an old peer is out of the list while its removal still runs, and the new one of the same
 * id is told to the reactors first (#3338); a place of the inbound limit is lost for good (#9500). Here an
 * entry is reserved first and verified in place, and it leaves the list last of all. */
#include "switch_internal.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void switch_ip_text(const struct sockaddr_storage *at, char text[SWITCH_IP_TEXT], unsigned *port)
{
  const void *ip = NULL;
  text[0] = 0;
  *port = 0;
  if (at->ss_family == AF_INET) {
    const struct sockaddr_in *x = (const struct sockaddr_in *)at;
    ip = &x->sin_addr;
    *port = ntohs(x->sin_port);
  } else if (at->ss_family == AF_INET6) {
    const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)at;
    ip = &x->sin6_addr;
    *port = ntohs(x->sin6_port);
  }
  if (ip != NULL && inet_ntop(at->ss_family, ip, text, SWITCH_IP_TEXT) == NULL) text[0] = 0;
  /* a socket of both families shows version 4 inside version 6; it is the same address */
  if (strncmp(text, "::ffff:", 7) == 0 && strchr(text, '.') != NULL) memmove(text, text + 7, strlen(text + 7) + 1);
}

bool switch_is_unconditional(const mconn_switch *sw, const char *id)
{
  for (size_t k = 0; k < sw->config.unconditional_count; k++)
    if (strcmp(sw->unconditional[k], id) == 0) return true;
  return false;
}

switch_persistent *switch_persistent_of(mconn_switch *sw, const char *id)
{
  for (size_t k = 0; k < sw->config.persistent_count; k++)
    if (strcmp(sw->persistent[k].id, id) == 0) return &sw->persistent[k];
  return NULL;
}

/* ---- entries; the lock is held by those that say so */

switch_entry *switch_entry_new(mconn_switch *sw, bool outbound)
{
  switch_entry *e = calloc(1, sizeof *e);
  if (e == NULL) return NULL;
  e->sw = sw;
  e->outbound = outbound;
  e->fd = -1;
  return e;
}

/* The lock is held. */
static bool make_room(mconn_switch *sw)
{
  if (sw->entry_count < sw->entry_room) return true;
  size_t room = sw->entry_room == 0 ? 16 : 2 * sw->entry_room;
  switch_entry **more = calloc(room, sizeof(switch_entry *));
  if (more == NULL) return false;
  if (sw->entry_count > 0) memcpy(more, sw->entries, sw->entry_count * sizeof(switch_entry *));
  free(sw->entries);
  sw->entries = more;
  sw->entry_room = room;
  return true;
}

/* Another entry of this id; the lock is held. */
static switch_entry *find_id(const switch_entry *e, const char *id)
{
  const mconn_switch *sw = e->sw;
  for (size_t k = 0; k < sw->entry_count; k++)
    if (sw->entries[k] != e && strcmp(sw->entries[k]->id, id) == 0) return sw->entries[k];
  return NULL;
}

/* On its way out, whatever it was. */
static bool is_going(const switch_entry *e)
{
  return e->member != MCONN_MEMBER_FREE && e->member != MCONN_MEMBER_RESERVED && !mconn_member_is_live(e->member);
}

/* Another entry of this address and not on its way out: of another id, which is known, or, where the caller has none
 * yet, an inbound one. The lock is held. */
static bool ip_is_taken(const switch_entry *e, const char *ip, const char *id)
{
  const mconn_switch *sw = e->sw;
  if (sw->config.allow_duplicate_ip) return false;
  for (size_t k = 0; k < sw->entry_count; k++) {
    const switch_entry *o = sw->entries[k];
    bool against = id == NULL ? !o->outbound : o->id[0] != 0 && strcmp(o->id, id) != 0;
    if (o != e && against && !is_going(o) && strcmp(o->ip, ip) == 0) return true;
  }
  return false;
}

/* A place of this kind, for good or not at all; the lock is held. */
static bool take(mconn_switch *sw, enum mconn_place place)
{
  mconn_admission_result r = mconn_admission_take(sw->admission, place);
  sw->admission = r.s;
  return r.done;
}

/* The lock is held. */
static void give(mconn_switch *sw, enum mconn_place place)
{
  sw->admission = mconn_admission_give(sw->admission, place).s;
}

/* The id, which is nobody's, and its place; the lock is held. */
static enum mconn_err reserve(switch_entry *e, const char *id)
{
  enum mconn_place place = mconn_admission_place(e->outbound, switch_is_unconditional(e->sw, id));
  if (!take(e->sw, place)) return e->outbound ? MCONN_E_OUTBOUND_LIMIT : MCONN_E_INBOUND_LIMIT;
  e->place = place;
  e->member = mconn_member_step(e->member, MCONN_MEMBER_RESERVE).s;
  return MCONN_OK;
}

/* The lock is held. */
static enum mconn_err begin_outbound(switch_entry *e)
{
  if (strcmp(e->id, e->sw->own_id) == 0) return MCONN_E_PEER_SELF;
  if (find_id(e, e->id) != NULL) return MCONN_E_DIALING;
  return reserve(e, e->id);
}

/* The lock is held. Only inbound ones are looked at before the handshake: an outbound one of this address may
 * be to this very node, and who of the two gives way is seen by the ids. */
static enum mconn_err begin_inbound(switch_entry *e)
{
  if (ip_is_taken(e, e->ip, NULL)) return MCONN_E_IP_DUPLICATE;
  return take(e->sw, MCONN_PLACE_SOCKET) ? MCONN_OK : MCONN_E_INBOUND_LIMIT;
}

enum mconn_err switch_entry_begin(switch_entry *e)
{
  mconn_switch *sw = e->sw;
  enum mconn_err err = MCONN_OK;
  pthread_mutex_lock(&sw->lock);
  if (!sw->open) err = MCONN_E_NOT_RUNNING;
  else if (!make_room(sw)) err = MCONN_E_MEMORY;
  else err = e->outbound ? begin_outbound(e) : begin_inbound(e);
  if (err == MCONN_OK) sw->entries[sw->entry_count++] = e;
  pthread_mutex_unlock(&sw->lock);
  return err;
}

bool switch_entry_set_fd(switch_entry *e, int fd)
{
  pthread_mutex_lock(&e->sw->lock);
  e->fd = fd;
  bool go_on = !e->shut;
  pthread_mutex_unlock(&e->sw->lock);
  return go_on;
}

enum mconn_err switch_entry_set_ip(switch_entry *e, const struct sockaddr_storage *at)
{
  char ip[SWITCH_IP_TEXT];
  unsigned port;
  switch_ip_text(at, ip, &port);
  pthread_mutex_lock(&e->sw->lock);
  enum mconn_err err = ip_is_taken(e, ip, e->id) ? MCONN_E_IP_DUPLICATE : MCONN_OK;
  if (err == MCONN_OK) {
    memcpy(e->ip, ip, sizeof ip);
    e->port = port;
  }
  pthread_mutex_unlock(&e->sw->lock);
  return err;
}

/* Its end before it is a peer; the lock is held. The socket wakes whoever waits on it. */
void switch_entry_shut(switch_entry *e)
{
  e->shut = true;
  if (e->fd >= 0) shutdown(e->fd, SHUT_RDWR);
}

/* ---- two nodes that dial one another at once
 *
 * Both dials may succeed, and if each node refuses the one that comes second, both may be lost. So the dial of
 * the node with the lesser id survives: that node refuses the other's as a duplicate; the node with the
 * greater id gives its own up, at once while it is under way, and if it is a peer already, waits for the
 * other node to close it. An old peer that is being removed is waited for, too. The lock is held. */
static bool will_go(switch_entry *o, const char *id)
{
  mconn_switch *sw = o->sw;
  if (is_going(o)) return true;
  if (!o->outbound || strcmp(sw->own_id, id) < 0) return false;
  if (o->peer == NULL) switch_entry_shut(o);
  return true;
}

enum mconn_err switch_entry_identify(switch_entry *e, const char *id)
{
  mconn_switch *sw = e->sw;
  const uint64_t until = shell_until(sw->config.handshake_timeout);
  bool in_time = true;
  enum mconn_err err = MCONN_OK;
  pthread_mutex_lock(&sw->lock);
  for (switch_entry *o; (o = find_id(e, id)) != NULL && in_time && sw->open && will_go(o, id);)
    in_time = shell_cond_wait(&sw->changed, &sw->lock, until);
  if (!sw->open) err = MCONN_E_NOT_RUNNING;
  else if (find_id(e, id) != NULL) err = MCONN_E_PEER_DUPLICATE;
  else if (ip_is_taken(e, e->ip, id)) err = MCONN_E_IP_DUPLICATE;
  else err = reserve(e, id);
  if (err == MCONN_OK) memcpy(e->id, id, sizeof e->id);
  pthread_mutex_unlock(&sw->lock);
  return err;
}

/* ---- out of the list */

/* The peer is to be kept up, and did not end because another entry of the same id is there. The lock is held. */
static void want_again(switch_entry *e, enum mconn_err err)
{
  switch_persistent *p = e->id[0] != 0 ? switch_persistent_of(e->sw, e->id) : NULL;
  bool again = err != MCONN_OK && err != MCONN_E_PEER_SELF && err != MCONN_E_PEER_DUPLICATE && err != MCONN_E_DIALING;
  if (p != NULL && again && !(e->kept && e->admitted == 0)) p->wanted = true;
}

void switch_entry_unlist(switch_entry *e, enum mconn_err err)
{
  mconn_switch *sw = e->sw;
  pthread_mutex_lock(&sw->lock);
  for (size_t k = 0; k < sw->entry_count; k++) {
    if (sw->entries[k] != e) continue;
    sw->entry_count--;
    memmove(&sw->entries[k], &sw->entries[k + 1], (sw->entry_count - k) * sizeof(switch_entry *));
    bool in_set = mconn_member_in_set(e->member);
    mconn_member_result r = mconn_member_step(e->member, in_set ? MCONN_MEMBER_REMOVED : MCONN_MEMBER_ABANDON);
    if (r.act == MCONN_MEMBER_RELEASE) give(sw, e->place);
    if (!e->outbound) give(sw, MCONN_PLACE_SOCKET);
    want_again(e, err);
  }
  pthread_cond_broadcast(&sw->changed);
  pthread_mutex_unlock(&sw->lock);
  free(e->host);
  free(e->info);
  free(e);
}

mconn_reason switch_entry_drop(switch_entry *e, mconn_reason reason)
{
  mconn_switch *sw = e->sw;
  pthread_mutex_lock(&sw->lock);
  int fd = e->fd;
  e->fd = -1;
  /* what was shut fails somewhere; why, is known here */
  if (!sw->open) reason = (mconn_reason){ .err = MCONN_E_NOT_RUNNING };
  else if (e->shut) reason = (mconn_reason){ .err = MCONN_E_PEER_DUPLICATE };
  pthread_mutex_unlock(&sw->lock);
  shell_log(&sw->config.log, MCONN_LOG_INFO, SWITCH_MODULE, e->outbound ? "no outbound peer" : "no inbound peer",
            shell_log_text("peer", e->id), shell_log_text("ip", e->ip), shell_log_number("port", e->port),
            shell_log_text("error", mconn_error_name(reason.err)),
            shell_log_text("requirement", mconn_requirement(reason.err)));
  if (fd >= 0) close(fd);
  switch_entry_unlist(e, reason.err);
  return reason;
}

/* ---- who is in
 *
 * In the order of insertion: so a walk over the peers needs no memory and finds its place again, whoever comes
 * and goes meanwhile. */

uint64_t switch_admissions(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  uint64_t n = sw->admissions;
  pthread_mutex_unlock(&sw->lock);
  return n;
}

mconn_peer *switch_next_peer(mconn_switch *sw, uint64_t *cursor, uint64_t last)
{
  switch_entry *next = NULL;
  pthread_mutex_lock(&sw->lock);
  for (size_t k = 0; k < sw->entry_count; k++) {
    switch_entry *e = sw->entries[k];
    bool later = mconn_member_is_live(e->member) && e->admitted > *cursor && e->admitted <= last;
    if (later && (next == NULL || e->admitted < next->admitted)) next = e;
  }
  mconn_peer *p = NULL;
  if (next != NULL) {
    *cursor = next->admitted;
    p = mconn_peer_hold(next->peer);
  }
  pthread_mutex_unlock(&sw->lock);
  return p;
}

mconn_peer *mconn_switch_peer(mconn_switch *sw, const char *id)
{
  char lower[MCONN_NODE_ID_DIGITS + 1];
  mconn_peer *p = NULL;
  if (switch_id_text(id, lower) != MCONN_OK) return NULL;
  pthread_mutex_lock(&sw->lock);
  for (size_t k = 0; k < sw->entry_count; k++) {
    switch_entry *e = sw->entries[k];
    if (mconn_member_is_live(e->member) && strcmp(e->id, lower) == 0) p = mconn_peer_hold(e->peer);
  }
  pthread_mutex_unlock(&sw->lock);
  return p;
}

mconn_peer_counts mconn_switch_count(mconn_switch *sw)
{
  mconn_peer_counts n = { .outbound = 0 };
  pthread_mutex_lock(&sw->lock);
  for (size_t k = 0; k < sw->entry_count; k++) {
    const switch_entry *e = sw->entries[k];
    if (e->outbound && e->admitted == 0) n.dialing++;
    if (!mconn_member_is_live(e->member)) continue;
    n.outbound += e->place == MCONN_PLACE_OUTBOUND;
    n.inbound += e->place == MCONN_PLACE_INBOUND;
    n.unconditional += e->place == MCONN_PLACE_UNCONDITIONAL;
  }
  pthread_mutex_unlock(&sw->lock);
  return n;
}
