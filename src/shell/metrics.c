/* Upstream's figures as Prometheus text. Counting is an atomic addition to a series that was found when the peer
 * came; names are put together only when somebody asks. */
#include "metrics.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t channel;
  _Atomic uint64_t received, sent;
} series;

struct metrics_peer {
  metrics_peer *next;
  char id[MCONN_NODE_ID_DIGITS + 1];
  uint64_t (*queued)(void *user);
  void *user;
  uint16_t slot[256]; /* channel -> series, or MCONN_NO_SLOT */
  size_t n;
  series of[];
};

struct mconn_metrics {
  char *prefix;
  _Atomic int64_t peers;
  pthread_mutex_t lock; /* of the list */
  metrics_peer *first;
  void *http;
  unsigned port;
};

enum mconn_err mconn_metrics_new(mconn_metrics **out, const char *prefix)
{
  mconn_metrics *m = calloc(1, sizeof *m);
  char *copy = m == NULL ? NULL : strdup(prefix);
  if (copy == NULL || pthread_mutex_init(&m->lock, NULL) != 0) {
    free(copy);
    free(m);
    return MCONN_E_MEMORY;
  }
  m->prefix = copy;
  *out = m;
  return MCONN_OK;
}

void mconn_metrics_free(mconn_metrics *m)
{
  if (m == NULL) return;
  if (m->http != NULL) metrics_http_stop(m->http);
  pthread_mutex_destroy(&m->lock);
  free(m->prefix);
  free(m);
}

enum mconn_err mconn_metrics_serve(mconn_metrics *m, const char *address)
{
  if (m->http != NULL) return MCONN_E_STATE;
  m->http = metrics_http_start(m, address, &m->port);
  if (m->http != NULL) return MCONN_OK;
  m->port = 0; /* it may have listened for a moment */
  return MCONN_E_LISTEN;
}

unsigned mconn_metrics_port(mconn_metrics *m)
{
  return m->port;
}

/* ---- counting */

void metrics_peers_add(mconn_metrics *m, int n)
{
  if (m != NULL) atomic_fetch_add_explicit(&m->peers, n, memory_order_relaxed);
}

metrics_peer *metrics_peer_new(mconn_metrics *m, const char *id, const uint8_t *channels, size_t n,
                               uint64_t (*queued)(void *user), void *user)
{
  metrics_peer *p = m == NULL ? NULL : calloc(1, sizeof *p + n * sizeof *p->of);
  if (p == NULL) return NULL;
  snprintf(p->id, sizeof p->id, "%s", id);
  p->queued = queued;
  p->user = user;
  p->n = n;
  for (int k = 0; k < 256; k++) p->slot[k] = MCONN_NO_SLOT;
  for (size_t k = 0; k < n; k++) {
    p->of[k].channel = channels[k];
    p->slot[channels[k]] = (uint16_t)k;
  }
  pthread_mutex_lock(&m->lock);
  p->next = m->first;
  m->first = p;
  pthread_mutex_unlock(&m->lock);
  return p;
}

void metrics_peer_free(mconn_metrics *m, metrics_peer *p)
{
  if (p == NULL) return;
  pthread_mutex_lock(&m->lock);
  metrics_peer **at = &m->first;
  while (*at != p) at = &(*at)->next;
  *at = p->next;
  pthread_mutex_unlock(&m->lock);
  free(p);
}

void metrics_received(metrics_peer *p, uint8_t channel, size_t len)
{
  if (p == NULL || p->slot[channel] == MCONN_NO_SLOT) return;
  atomic_fetch_add_explicit(&p->of[p->slot[channel]].received, len, memory_order_relaxed);
}

void metrics_sent(metrics_peer *p, uint8_t channel, size_t len)
{
  if (p == NULL || p->slot[channel] == MCONN_NO_SLOT) return;
  atomic_fetch_add_explicit(&p->of[p->slot[channel]].sent, len, memory_order_relaxed);
}

/* ---- text: the lock is held, so that no peer goes meanwhile */

typedef struct {
  const char *name, *type, *help;
} metric;

static const metric PEERS = { "p2p_peers", "gauge", "Peers in the set." };
static const metric RECEIVED = { "p2p_peer_receive_bytes_total", "counter", "Bytes of messages received from a peer." };
static const metric SENT = { "p2p_peer_send_bytes_total", "counter", "Bytes of messages accepted for a peer." };
static const metric PENDING = { "p2p_peer_pending_send_bytes", "gauge",
                                "Messages, not bytes, that wait for a peer: the name is upstream's." };
static const metric QUEUED = { "p2p_peer_send_queue_size", "gauge", "Messages that wait for a peer." };

static void head(FILE *f, const mconn_metrics *m, metric x)
{
  fprintf(f, "# HELP %s_%s %s\n# TYPE %s_%s %s\n", m->prefix, x.name, x.help, m->prefix, x.name, x.type);
}

/* A channel's label is its id as Go's %#x writes it. A series begins with its first byte, as upstream's does. */
static void write_bytes(FILE *f, const mconn_metrics *m, metric x, bool sent)
{
  head(f, m, x);
  for (metrics_peer *p = m->first; p != NULL; p = p->next)
    for (size_t k = 0; k < p->n; k++) {
      uint64_t n = atomic_load_explicit(sent ? &p->of[k].sent : &p->of[k].received, memory_order_relaxed);
      if (n == 0) continue;
      fprintf(f, "%s_%s{chID=\"0x%x\",peer_id=\"%s\"} %" PRIu64 "\n", m->prefix, x.name, (unsigned)p->of[k].channel,
              p->id, n);
    }
}

static void write_queues(FILE *f, const mconn_metrics *m, metric x)
{
  head(f, m, x);
  for (metrics_peer *p = m->first; p != NULL; p = p->next)
    fprintf(f, "%s_%s{peer_id=\"%s\"} %" PRIu64 "\n", m->prefix, x.name, p->id, p->queued(p->user));
}

char *mconn_metrics_text(mconn_metrics *m, size_t *len)
{
  char *text = NULL;
  size_t size = 0;
  FILE *f = open_memstream(&text, &size);
  if (f == NULL) return NULL;
  head(f, m, PEERS);
  fprintf(f, "%s_%s %" PRId64 "\n", m->prefix, PEERS.name, atomic_load_explicit(&m->peers, memory_order_relaxed));
  pthread_mutex_lock(&m->lock);
  write_bytes(f, m, RECEIVED, false);
  write_bytes(f, m, SENT, true);
  write_queues(f, m, PENDING);
  write_queues(f, m, QUEUED);
  pthread_mutex_unlock(&m->lock);
  bool whole = ferror(f) == 0;
  if (fclose(f) != 0 || !whole) {
    free(text);
    return NULL;
  }
  if (len != NULL) *len = size;
  return text;
}
