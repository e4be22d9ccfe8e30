/* Filters: code of the user that may take its time, while a stranger waits.
 *
 * What goes wrong in practice: a filter that hangs takes the accept loop with it, or its time-out brings the
 * process down (#3369). A call of foreign code cannot be ended from outside, so each runs on a thread of its
 * own; who asked waits for filter_timeout at most, and a late answer reaches nobody. The threads that are
 * still in a filter are counted, and when there are as many as all places together could need, the
 * next stranger is refused unasked: a filter that hangs costs a bounded number of threads. */
#include "switch_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct inquiry inquiry;
typedef struct {
  inquiry *of;
  const mconn_filter *filter;
} question;

/* Behind the lock of the switch: holders, pending, refused. */
struct inquiry {
  mconn_switch *sw;
  size_t holders; /* who asked, and each filter that has not answered */
  size_t pending;
  bool refused;
  char ip[SWITCH_IP_TEXT];
  unsigned port;
  mconn_peer *peer; /* NULL: about the connection */
  question questions[];
};

/* The lock is not held: giving back a peer may run code of the user. */
static void release(inquiry *q)
{
  pthread_mutex_lock(&q->sw->lock);
  bool last = --q->holders == 0;
  pthread_mutex_unlock(&q->sw->lock);
  if (!last) return;
  mconn_peer_release(q->peer);
  free(q);
}

static void answer(void *arg)
{
  const question *x = arg;
  inquiry *q = x->of;
  mconn_switch *sw = q->sw;
  const mconn_filter *f = x->filter;
  enum mconn_err err = q->peer != NULL ? f->peer(f->user, q->peer) : f->connection(f->user, q->ip, q->port);
  pthread_mutex_lock(&sw->lock);
  if (err != MCONN_OK) q->refused = true;
  q->pending--;
  sw->filters_running--;
  pthread_cond_broadcast(&sw->changed);
  pthread_mutex_unlock(&sw->lock);
  release(q);
}

/* As many threads as every place for a peer with every filter would need. */
static bool may_run(const mconn_switch *sw)
{
  size_t places = (size_t)sw->config.max_inbound + sw->config.max_outbound + sw->config.unconditional_count;
  return sw->filters_running < places * sw->config.filter_count;
}

/* One filter begins; false: it cannot be asked. */
static bool ask(inquiry *q, question *x)
{
  mconn_switch *sw = q->sw;
  pthread_mutex_lock(&sw->lock);
  bool may = may_run(sw);
  if (may) {
    q->holders++;
    q->pending++;
    sw->filters_running++;
  }
  pthread_mutex_unlock(&sw->lock);
  if (!may) return false;
  if (shell_threads_spawn(&sw->threads, answer, x)) return true;
  pthread_mutex_lock(&sw->lock);
  q->holders--;
  q->pending--;
  sw->filters_running--;
  pthread_mutex_unlock(&sw->lock);
  return false;
}

static enum mconn_err await_answers(inquiry *q)
{
  mconn_switch *sw = q->sw;
  const uint64_t until = shell_until(sw->config.filter_timeout);
  bool in_time = true;
  pthread_mutex_lock(&sw->lock);
  while (sw->open && q->pending > 0 && !q->refused && in_time)
    in_time = shell_cond_wait(&sw->changed, &sw->lock, until);
  enum mconn_err err = MCONN_OK;
  if (q->refused) err = MCONN_E_PEER_FILTERED;
  else if (!sw->open) err = MCONN_E_NOT_RUNNING;
  else if (q->pending > 0) err = MCONN_E_FILTER_TIMEOUT;
  pthread_mutex_unlock(&sw->lock);
  return err;
}

static bool concerns(const mconn_filter *f, const mconn_peer *peer)
{
  return peer != NULL ? f->peer != NULL : f->connection != NULL;
}

enum mconn_err switch_ask_filters(mconn_switch *sw, const char *ip, unsigned port, mconn_peer *peer)
{
  const size_t n = sw->config.filter_count;
  size_t asked = 0;
  for (size_t k = 0; k < n; k++) asked += concerns(&sw->filters[k], peer);
  if (asked == 0) return MCONN_OK;
  inquiry *q = calloc(1, sizeof *q + asked * sizeof q->questions[0]);
  if (q == NULL) return MCONN_E_MEMORY;
  q->sw = sw;
  q->holders = 1;
  q->port = port;
  memcpy(q->ip, ip, strlen(ip) + 1);
  if (peer != NULL) q->peer = mconn_peer_hold(peer);
  bool all = true;
  size_t j = 0;
  for (size_t k = 0; k < n && all; k++) {
    if (!concerns(&sw->filters[k], peer)) continue;
    q->questions[j] = (question){ .of = q, .filter = &sw->filters[k] };
    all = ask(q, &q->questions[j++]);
  }
  enum mconn_err err = all ? await_answers(q) : MCONN_E_FILTER_TIMEOUT;
  release(q);
  return err; // NOLINT(clang-analyzer-unix.Malloc): who has not answered yet frees it
}
