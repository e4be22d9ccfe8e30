#include "delivery.h"
#include "threads.h"
#include <stdlib.h>
#include <string.h>

typedef struct parcel {
  struct parcel *next;
  size_t len;
  uint8_t bytes[];
} parcel;

_Static_assert(sizeof(parcel) <= SHELL_DELIVERY_EXTRA_BYTES, "the overhead that is counted covers the real one");

typedef struct queue {
  parcel *head, *tail;
  size_t held;        /* bytes that wait or are being handed out, overhead included */
  struct queue *next; /* behind it in its lane */
  bool serving;
  uint8_t channel, lane;
} queue;

/* Queues with a message that waits, the next one to be served first. A queue that is being served is not in
 * the list, so its messages stay in order whatever comes meanwhile. */
typedef struct {
  delivery *x;
  queue *head, *tail;
  pthread_cond_t work;
} lane;

struct delivery {
  delivery_calls call;
  size_t most; /* bytes of one queue */
  size_t queues, lanes;
  queue *queue;
  lane *lane;
  queue *of_channel[MCONN_CHANNELS_MAX]; /* NULL: none */
  shell_threads threads;
  pthread_mutex_t lock;
  pthread_cond_t space;
  size_t open; /* lanes that run */
  bool closed, stopped, joined;
};

/* ---- set up */

static void locks_destroy(delivery *x, size_t lanes)
{
  for (size_t k = 0; k < lanes; k++) pthread_cond_destroy(&x->lane[k].work);
  pthread_cond_destroy(&x->space);
  pthread_mutex_destroy(&x->lock);
}

/* All or nothing. */
static bool locks_init(delivery *x)
{
  if (pthread_mutex_init(&x->lock, NULL) != 0) return false;
  if (!shell_cond_init(&x->space)) {
    pthread_mutex_destroy(&x->lock);
    return false;
  }
  size_t made = 0;
  while (made < x->lanes && shell_cond_init(&x->lane[made].work)) made++;
  if (made == x->lanes && shell_threads_init(&x->threads)) return true;
  locks_destroy(x, made);
  return false;
}

static void release(delivery *x)
{
  free(x->queue);
  free(x->lane);
  free(x);
}

delivery *delivery_new(size_t queue_bytes, const mconn_channel *d, size_t n, const uint8_t *lanes, delivery_calls call)
{
  delivery *x = calloc(1, sizeof *x);
  if (x == NULL) return NULL;
  x->call = call;
  x->most = queue_bytes;
  x->queues = n;
  x->lanes = 1;
  for (size_t k = 0; k < n && lanes != NULL; k++)
    if (lanes[k] >= x->lanes) x->lanes = lanes[k] + 1u;
  x->queue = n > 0 ? calloc(n, sizeof *x->queue) : NULL; /* a connection has channels */
  x->lane = calloc(x->lanes, sizeof *x->lane);
  if (x->queue == NULL || x->lane == NULL || !locks_init(x)) {
    release(x);
    return NULL;
  }
  for (size_t k = 0; k < n; k++) {
    x->queue[k].channel = (uint8_t)d[k].id;
    x->queue[k].lane = lanes != NULL ? lanes[k] : 0;
    x->of_channel[x->queue[k].channel] = &x->queue[k];
  }
  for (size_t k = 0; k < x->lanes; k++) x->lane[k].x = x;
  return x;
}

/* ---- the lanes: the lock is held, save where a function says otherwise */

static void append(lane *l, queue *q)
{
  q->next = NULL;
  if (l->head == NULL) l->head = q;
  else l->tail->next = q;
  l->tail = q;
}

static size_t cost(size_t len)
{
  return len + SHELL_DELIVERY_EXTRA_BYTES;
}

/* Hands out the first message of the queue whose turn it is, without the lock. */
static void serve(delivery *x, lane *l)
{
  queue *q = l->head;
  parcel *m = q->head;
  l->head = q->next;
  q->head = m->next;
  q->serving = true;
  pthread_mutex_unlock(&x->lock);
  x->call.hand_out(x->call.user, q->channel, m->bytes, m->len);
  const size_t counted = cost(m->len);
  free(m);
  pthread_mutex_lock(&x->lock);
  q->held -= counted;
  q->serving = false;
  if (q->head != NULL) append(l, q);
  pthread_cond_signal(&x->space);
}

static void lane_main(void *arg)
{
  lane *l = arg;
  delivery *x = l->x;
  pthread_mutex_lock(&x->lock);
  while (!x->stopped && (l->head != NULL || !x->closed)) {
    if (l->head != NULL) serve(x, l);
    else shell_cond_wait(&l->work, &x->lock, 0);
  }
  x->open--;
  const bool over = x->open == 0 && !x->stopped;
  pthread_mutex_unlock(&x->lock);
  if (over) x->call.ended(x->call.user);
}

/* ---- calls */

bool delivery_start(delivery *x)
{
  bool ok = true;
  pthread_mutex_lock(&x->lock);
  x->open = x->lanes; /* before the first one runs */
  pthread_mutex_unlock(&x->lock);
  for (size_t k = 0; k < x->lanes && ok; k++) ok = shell_threads_spawn(&x->threads, lane_main, &x->lane[k]);
  if (!ok) delivery_stop(x);
  return ok;
}

/* Room for a message in its queue; the lock is held. A full queue empties while its lane works. */
static bool await_room(delivery *x, const queue *q, size_t counted)
{
  while (!x->stopped && q->held > 0 && (q->held > x->most || counted > x->most - q->held))
    shell_cond_wait(&x->space, &x->lock, 0);
  return !x->stopped;
}

enum mconn_err delivery_put(delivery *x, uint8_t channel, const uint8_t *bytes, size_t len)
{
  queue *q = x->of_channel[channel];
  if (q == NULL) return MCONN_E_CHANNEL_UNKNOWN;
  parcel *m = malloc(sizeof *m + len);
  if (m == NULL) return MCONN_E_MEMORY;
  m->next = NULL;
  m->len = len;
  if (len > 0) memcpy(m->bytes, bytes, len);
  pthread_mutex_lock(&x->lock);
  const bool room = await_room(x, q, cost(len));
  if (room) {
    lane *l = &x->lane[q->lane];
    const bool idle = q->head == NULL && !q->serving;
    if (q->head == NULL) q->head = m;
    else q->tail->next = m;
    q->tail = m;
    q->held += cost(len);
    if (idle) append(l, q);
    if (idle) pthread_cond_signal(&l->work);
  }
  pthread_mutex_unlock(&x->lock);
  if (room) return MCONN_OK;
  free(m);
  return MCONN_E_NOT_RUNNING;
}

/* Wakes everyone to look again; the lock is held. */
static void wake_all(delivery *x)
{
  for (size_t k = 0; k < x->lanes; k++) pthread_cond_broadcast(&x->lane[k].work);
  pthread_cond_broadcast(&x->space);
}

void delivery_close(delivery *x)
{
  pthread_mutex_lock(&x->lock);
  x->closed = true;
  wake_all(x);
  pthread_mutex_unlock(&x->lock);
}

void delivery_stop(delivery *x)
{
  pthread_mutex_lock(&x->lock);
  x->stopped = true;
  wake_all(x);
  pthread_mutex_unlock(&x->lock);
}

static void drop_messages(queue *q)
{
  for (parcel *m = q->head, *next; m != NULL; m = next) {
    next = m->next;
    free(m);
  }
  q->head = NULL;
}

void delivery_join(delivery *x)
{
  delivery_stop(x);
  if (x->joined) return;
  x->joined = true;
  shell_threads_free(&x->threads);
  for (size_t k = 0; k < x->queues; k++) drop_messages(&x->queue[k]);
}

void delivery_free(delivery *x)
{
  if (x == NULL) return;
  delivery_join(x);
  locks_destroy(x, x->lanes);
  release(x);
}
