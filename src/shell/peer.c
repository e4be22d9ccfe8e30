#include "peer.h"
#include "delivery.h"
#include "internal.h"
#include "node.h"
#include <stdlib.h>
#include <string.h>

/* A value that a reactor keeps. */
typedef struct entry {
  struct entry *next;
  void *value;
  void (*drop)(void *value);
  char key[];
} entry;

struct mconn_peer {
  /* set once, before anybody else has it */
  bool outbound, persistent, unconditional;
  char id[MCONN_NODE_ID_DIGITS + 1];
  char *address, *remote_ip; /* in text */
  mconn_node_info *node_info;
  bool advertised[MCONN_CHANNELS_MAX]; /* 256: by id */
  peer_events events;
  mconn_log log;
  void *owner;
  mconn_connection *c;
  delivery *delivery; /* NULL: on the receive thread */

  atomic_size_t holds;
  atomic_bool removal_failed;
  atomic_bool started; /* or too late for that */
  mconn_reason reason; /* for on_error, set before delivery_close */

  pthread_mutex_t lock;
  entry *entries; /* behind the lock */

  /* calls of on_sent that may come; the owner is not told after peer_join */
  atomic_size_t sending;
  atomic_bool leaving;
  pthread_cond_t sent;

  char text[];
};

/* ---- what the connection tells, and what is told the owner */

static void tell_received(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  mconn_peer *p = user;
  p->events.on_receive(p->events.user, p, channel, bytes, len);
}

static void tell_error(void *user)
{
  mconn_peer *p = user;
  if (p->events.on_error != NULL) p->events.on_error(p->events.user, p, p->reason);
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  mconn_peer *p = user;
  if (p->delivery == NULL) {
    tell_received(p, channel, bytes, len);
    return;
  }
  enum mconn_err err = delivery_put(p->delivery, channel, bytes, len);
  /* a message that cannot be kept must not be missing in silence */
  if (err == MCONN_E_MEMORY) shell_fail(p->c, (mconn_reason){ .err = err });
}

static void on_error(void *user, mconn_reason reason)
{
  mconn_peer *p = user;
  p->reason = reason;
  if (p->delivery != NULL) delivery_close(p->delivery); /* then tell_error, behind the last message */
  else tell_error(p);
}

/* The sink of the connection: its lines, with whose they are in front. */
static void add_peer(void *user, enum mconn_log_level level, const char *module, const char *text,
                     const mconn_log_field *fields, size_t n)
{
  const mconn_peer *p = user;
  mconn_log_field all[SHELL_LOG_FIELDS_MAX] = { shell_log_text("peer", p->id) };
  if (n > SHELL_LOG_FIELDS_MAX - 1) n = SHELL_LOG_FIELDS_MAX - 1;
  for (size_t k = 0; k < n; k++) all[k + 1] = fields[k];
  p->log.write(p->log.user, level, module, text, all, n + 1);
}

static mconn_log log_of_connection(mconn_peer *p)
{
  if (p->log.write == NULL) return p->log;
  return (mconn_log){ .write = add_peer, .user = p, .level = p->log.level };
}

/* ---- set up, tear down */

static void advertise(mconn_peer *p)
{
  const mconn_node_info *x = p->node_info;
  for (size_t k = 0; k < x->channel_count; k++) p->advertised[x->channels[k]] = true;
  for (size_t k = 0; k < MCONN_NODE_ID_DIGITS && x->id[k] != '\0'; k++) {
    const char c = x->id[k];
    p->id[k] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
  }
}

/* Both or none. */
static bool locks_init(mconn_peer *p)
{
  if (pthread_mutex_init(&p->lock, NULL) != 0) return false;
  if (pthread_cond_init(&p->sent, NULL) == 0) return true;
  pthread_mutex_destroy(&p->lock);
  return false;
}

static mconn_peer *allocate(const peer_config *x)
{
  const size_t address = strlen(x->address) + 1, ip = strlen(x->remote_ip) + 1;
  mconn_peer *p = calloc(1, sizeof *p + address + ip);
  if (p == NULL) return NULL;
  p->address = p->text;
  p->remote_ip = p->text + address;
  memcpy(p->address, x->address, address);
  memcpy(p->remote_ip, x->remote_ip, ip);
  p->node_info = node_copy(x->node_info);
  if (x->delivery_bytes > 0) {
    const delivery_calls call = { .hand_out = tell_received, .ended = tell_error, .user = p };
    p->delivery = delivery_new(x->delivery_bytes, x->channels, x->channel_count, x->lanes, call);
  }
  const bool ok = p->node_info != NULL && (x->delivery_bytes == 0 || p->delivery != NULL);
  if (ok && locks_init(p)) return p;
  delivery_free(p->delivery);
  free(p->node_info);
  free(p);
  return NULL;
}

static void destroy(mconn_peer *p)
{
  mconn_connection_free(p->c);
  delivery_free(p->delivery);
  for (entry *e = p->entries, *next; e != NULL; e = next) {
    next = e->next;
    if (e->drop != NULL) e->drop(e->value);
    free(e);
  }
  pthread_cond_destroy(&p->sent);
  pthread_mutex_destroy(&p->lock);
  free(p->node_info);
  free(p);
}

mconn_reason peer_new(mconn_peer **out, const peer_config *x)
{
  /* before anything is made of them */
  mconn_reason r = mconn_config_check(x->connection, x->channels, x->channel_count);
  if (r.err != MCONN_OK) return r;
  mconn_peer *p = allocate(x);
  if (p == NULL) return (mconn_reason){ .err = MCONN_E_MEMORY };
  p->outbound = x->outbound;
  p->persistent = x->persistent;
  p->unconditional = x->unconditional;
  p->events = x->events;
  p->log = x->log;
  p->owner = x->owner;
  atomic_init(&p->holds, 1);
  advertise(p);
  const mconn_callbacks call = {
    .on_receive = on_receive, .on_error = on_error, .user = p, .log = log_of_connection(p)
  };
  r = mconn_connection_new(&p->c, x->fd, x->connection, x->channels, x->channel_count, call);
  if (r.err != MCONN_OK) destroy(p);
  else *out = p;
  return r;
}

mconn_peer *mconn_peer_hold(mconn_peer *p)
{
  atomic_fetch_add_explicit(&p->holds, 1, memory_order_relaxed);
  return p;
}

void mconn_peer_release(mconn_peer *p)
{
  if (p != NULL && atomic_fetch_sub_explicit(&p->holds, 1, memory_order_acq_rel) == 1) destroy(p);
}

/* ---- life */

enum mconn_err peer_start(mconn_peer *p)
{
  if (atomic_exchange(&p->started, true)) return MCONN_E_STATE;
  enum mconn_err err = MCONN_OK;
  /* the lanes first: a message may come at once */
  if (p->delivery != NULL && !delivery_start(p->delivery)) err = MCONN_E_MEMORY;
  if (err == MCONN_OK) err = mconn_connection_start(p->c);
  if (err != MCONN_OK) peer_stop(p);
  return err;
}

void peer_stop(mconn_peer *p)
{
  atomic_store(&p->started, true); /* too late for a start */
  /* the delivery first: who sees the stream end finds that nothing is handed out any more */
  if (p->delivery != NULL) delivery_stop(p->delivery);
  mconn_connection_stop(p->c);
}

void peer_join(mconn_peer *p)
{
  peer_stop(p);
  shell_retire(p->c);
  if (p->delivery != NULL) delivery_join(p->delivery);
  atomic_store(&p->leaving, true);
  pthread_mutex_lock(&p->lock);
  while (atomic_load(&p->sending) > 0) pthread_cond_wait(&p->sent, &p->lock);
  pthread_mutex_unlock(&p->lock);
}

bool mconn_peer_is_running(mconn_peer *p)
{
  return mconn_connection_status(p->c, NULL, 0).running;
}

mconn_status mconn_peer_status(mconn_peer *p, mconn_channel_status *ch, size_t room)
{
  return mconn_connection_status(p->c, ch, room);
}

enum mconn_err mconn_peer_flush_stop(mconn_peer *p, uint64_t timeout)
{
  enum mconn_err err = mconn_connection_flush_stop(p->c, timeout);
  if (err == MCONN_OK || err == MCONN_E_TIMEOUT) peer_stop(p);
  return err;
}

void mconn_peer_close(mconn_peer *p)
{
  shell_shutdown(p->c);
}

/* ---- facts */

const char *mconn_peer_id(const mconn_peer *p)
{
  return p->id;
}

const mconn_node_info *mconn_peer_node_info(const mconn_peer *p)
{
  return p->node_info;
}

bool mconn_peer_is_outbound(const mconn_peer *p)
{
  return p->outbound;
}

bool mconn_peer_is_persistent(const mconn_peer *p)
{
  return p->persistent;
}

const char *mconn_peer_address(const mconn_peer *p)
{
  return p->address;
}

const char *mconn_peer_remote_ip(const mconn_peer *p)
{
  return p->remote_ip;
}

bool mconn_peer_has_channel(const mconn_peer *p, uint8_t channel)
{
  return p->advertised[channel];
}

bool peer_is_unconditional(const mconn_peer *p)
{
  return p->unconditional;
}

void *peer_owner(const mconn_peer *p)
{
  return p->owner;
}

void peer_set_removal_failed(mconn_peer *p)
{
  atomic_store(&p->removal_failed, true);
}

bool peer_removal_failed(const mconn_peer *p)
{
  return atomic_load(&p->removal_failed);
}

/* ---- messages */

static void leave_send(mconn_peer *p)
{
  if (atomic_fetch_sub(&p->sending, 1) != 1 || !atomic_load(&p->leaving)) return;
  pthread_mutex_lock(&p->lock);
  pthread_cond_broadcast(&p->sent);
  pthread_mutex_unlock(&p->lock);
}

typedef enum mconn_err (*sending)(mconn_connection *c, uint8_t channel, const void *bytes, size_t len);

static enum mconn_err submit(mconn_peer *p, uint8_t channel, const void *bytes, size_t len, sending how)
{
  if (!p->advertised[channel]) {
    shell_log(&p->log, MCONN_LOG_DEBUG, "peer", "channel not advertised", shell_log_text("peer", p->id),
              shell_log_number("channel", channel));
    return MCONN_E_NOT_ADVERTISED;
  }
  if (p->events.on_sent == NULL) return how(p->c, channel, bytes, len);
  atomic_fetch_add(&p->sending, 1); /* once the connection is stopped, peer_join waits for those before it */
  enum mconn_err err = how(p->c, channel, bytes, len);
  if (err == MCONN_OK) p->events.on_sent(p->events.user, p, channel, len);
  leave_send(p);
  return err;
}

enum mconn_err mconn_peer_send(mconn_peer *p, uint8_t channel, const void *bytes, size_t len)
{
  return submit(p, channel, bytes, len, mconn_connection_send);
}

enum mconn_err mconn_peer_try_send(mconn_peer *p, uint8_t channel, const void *bytes, size_t len)
{
  return submit(p, channel, bytes, len, mconn_connection_try_send);
}

bool mconn_peer_can_send(mconn_peer *p, uint8_t channel)
{
  return p->advertised[channel] && mconn_connection_can_send(p->c, channel);
}

/* ---- values by key */

/* Where the entry of this key hangs, or would; the lock is held. */
static entry **place(mconn_peer *p, const char *key)
{
  entry **at = &p->entries;
  while (*at != NULL && strcmp((*at)->key, key) != 0) at = &(*at)->next;
  return at;
}

enum mconn_err mconn_peer_set(mconn_peer *p, const char *key, void *value, void (*drop)(void *value))
{
  const size_t n = strlen(key) + 1;
  entry *e = malloc(sizeof *e + n);
  if (e == NULL) return MCONN_E_MEMORY;
  e->value = value;
  e->drop = drop;
  memcpy(e->key, key, n);
  pthread_mutex_lock(&p->lock);
  entry **at = place(p, key), *old = *at;
  e->next = old != NULL ? old->next : NULL;
  *at = e;
  pthread_mutex_unlock(&p->lock);
  if (old != NULL && old->drop != NULL) old->drop(old->value);
  free(old);
  return MCONN_OK;
}

void *mconn_peer_get(mconn_peer *p, const char *key)
{
  pthread_mutex_lock(&p->lock);
  const entry *e = *place(p, key);
  void *value = e != NULL ? e->value : NULL;
  pthread_mutex_unlock(&p->lock);
  return value;
}
