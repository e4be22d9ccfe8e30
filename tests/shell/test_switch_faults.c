/* Every system call and every allocation of a switch fails once, in turn: a call says so, or the log, or a peer leaves
 * with a reason; what was accepted arrives where nobody said anything; nothing is left behind. */
#include "switch_harness.h"
#include "faults.h"
#include "shell/switch_internal.h"
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define SENT 4 /* messages each way on each channel */
static const size_t sizes[SENT] = { 0, 700, 5000, 90000 };
static uint8_t bytes[90000 + SENT];

/* ---- one side: a switch with one reactor, which memory does not fail for */

typedef struct {
  mconn_switch *sw;
  mconn_metrics *metrics;
  mconn_filter filter;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* behind the lock */
  size_t accepted[2], received[2], added;
  bool told;    /* something was said to have gone wrong */
  bool removed; /* a peer is gone */
} side;

static void note(side *x, bool *what)
{
  pthread_mutex_lock(&x->lock);
  *what = true;
  pthread_cond_broadcast(&x->changed);
  pthread_mutex_unlock(&x->lock);
}

/* Remembers a refusal; true if there was none. */
static bool fine(side *x, enum mconn_err err)
{
  if (err != MCONN_OK) note(x, &x->told);
  return err == MCONN_OK;
}

static const mconn_channel *two_channels(void *user, size_t *n)
{
  static const mconn_channel d[2] = { { .id = 1, .priority = 1, .queue_capacity = 8 },
                                      { .id = 2, .priority = 2, .queue_capacity = 8 } };
  (void)user;
  *n = 2;
  return d;
}

static void added(void *user, mconn_peer *p)
{
  side *x = user;
  static char value;
  fine(x, mconn_peer_set(p, "a value", &value, NULL));
  for (size_t m = 0; m < SENT; m++)
    for (uint8_t k = 0; k < 2; k++) {
      pthread_mutex_lock(&x->lock);
      x->accepted[k]++; /* before it can arrive */
      pthread_mutex_unlock(&x->lock);
      if (fine(x, mconn_peer_try_send(p, (uint8_t)(k + 1), bytes + m, sizes[m]))) continue;
      pthread_mutex_lock(&x->lock);
      x->accepted[k]--;
      pthread_mutex_unlock(&x->lock);
    }
  pthread_mutex_lock(&x->lock);
  x->added++;
  pthread_cond_broadcast(&x->changed);
  pthread_mutex_unlock(&x->lock);
}

static void removed(void *user, mconn_peer *p, mconn_reason reason)
{
  side *x = user;
  (void)p;
  fine(x, reason.err);
  note(x, &x->removed);
}

static void received(void *user, mconn_peer *p, uint8_t channel, const uint8_t *data, size_t len)
{
  side *x = user;
  (void)p;
  pthread_mutex_lock(&x->lock);
  const size_t m = x->received[channel - 1]++;
  const bool same = x->added > 1 || (m < SENT && len == sizes[m] && memcmp(data, bytes + m, len) == 0);
  if (!same && !x->told) abort();
  pthread_cond_broadcast(&x->changed);
  pthread_mutex_unlock(&x->lock);
}

/* Lines that say that somebody did not become a peer, or that the switch works less well. */
static void logged(void *user, enum mconn_log_level level, const char *module, const char *message,
                   const mconn_log_field *fields, size_t n)
{
  side *x = user;
  (void)module, (void)fields, (void)n;
  if (level == MCONN_LOG_ERROR || strncmp(message, "no ", 3) == 0) note(x, &x->told);
}

static enum mconn_err every_peer(void *user, mconn_peer *p)
{
  (void)user, (void)p;
  return MCONN_OK;
}

/* ---- how the two come together */

enum how { DIALED, DIALED_LATER, PERSISTENT };
typedef struct {
  enum how how;
  size_t delivery_bytes;
} plan;

static mconn_switch_config config_of(side *x, unsigned number, const plan *p)
{
  mconn_switch_config c = node_config(number);
  x->filter = (mconn_filter){ .peer = every_peer };
  c.filters = &x->filter;
  c.filter_count = 1;
  c.delivery_bytes = p->delivery_bytes;
  c.metrics = x->metrics;
  c.log = (mconn_log){ .write = logged, .user = x, .level = MCONN_LOG_INFO };
  return c;
}

/* The reason of the first step that was refused, which is then undone by take_down. */
static bool set_up(side *x, unsigned number, const plan *p, const char *address)
{
  static const char *const unconditional[] = { "0000000000000000000000000000000000000008" };
  const mconn_reactor r = {
    .channels = two_channels, .add_peer = added, .remove_peer = removed, .receive = received, .user = x
  };
  if (!fine(x, mconn_metrics_new(&x->metrics, "tendermint"))) return false;
  mconn_switch_config c = config_of(x, number, p);
  c.unconditional = unconditional;
  c.unconditional_count = 1;
  if (p->how == PERSISTENT && address != NULL) {
    c.persistent = &address;
    c.persistent_count = 1;
  }
  if (!fine(x, mconn_switch_new(&x->sw, &c).err)) return false;
  switch_set_hurry(x->sw, 1000000000);
  if (!fine(x, mconn_switch_add_reactor(x->sw, "one", r).err)) return false;
  if (address == NULL && !fine(x, mconn_switch_listen(x->sw, "127.0.0.1:0").err)) return false;
  return fine(x, mconn_switch_start(x->sw));
}

static bool any_told(side *a, side *b)
{
  pthread_mutex_lock(&a->lock);
  bool told = a->told;
  pthread_mutex_unlock(&a->lock);
  pthread_mutex_lock(&b->lock);
  told = told || b->told;
  pthread_mutex_unlock(&b->lock);
  return told;
}

/* Waits until `to` has everything, or somebody was told why not. */
static void await_all(side *to, side *from)
{
  const uint64_t until = now_ns() + PATIENCE;
  for (bool all = false; !all && !any_told(to, from);) {
    if (now_ns() > until) fail_msg("messages are missing, and nobody was told");
    size_t want[2];
    pthread_mutex_lock(&from->lock);
    for (int k = 0; k < 2; k++) want[k] = from->accepted[k];
    all = from->added > 0;
    pthread_mutex_unlock(&from->lock);
    pthread_mutex_lock(&to->lock);
    for (int k = 0; k < 2; k++) all = all && to->received[k] == want[k];
    pthread_mutex_unlock(&to->lock);
    if (!all) sched_yield();
  }
}

static void converse(side x[2], const plan *p)
{
  char address[128];
  const char *list[1] = { address };
  if (!set_up(&x[0], 1, p, NULL)) return;
  const unsigned port = mconn_switch_port(x[0].sw);
  assert_int_not_equal(port, 0); /* it listens, so it must know where */
  snprintf(address, sizeof address, "%s@127.0.0.1:%u", node_id(1), port);
  if (!set_up(&x[1], 2, p, address)) return;
  if (p->how == DIALED && !fine(&x[1], mconn_switch_dial(x[1].sw, address).err)) return;
  if (p->how == DIALED_LATER && !fine(&x[1], mconn_switch_dial_async(x[1].sw, list, 1).err)) return;
  await_all(&x[0], &x[1]);
  await_all(&x[1], &x[0]);
  char *text = mconn_metrics_text(x[1].metrics, NULL);
  if (text == NULL) note(&x[1], &x[1].told);
  free(text);
}

static void take_down(side *x)
{
  mconn_switch_free(x->sw);
  mconn_metrics_free(x->metrics);
  pthread_cond_destroy(&x->changed);
  pthread_mutex_destroy(&x->lock);
}

static size_t quiet_lives, lives;

static void live(const void *arg)
{
  side x[2] = { { .sw = NULL }, { .sw = NULL } };
  for (int k = 0; k < 2; k++) {
    pthread_mutex_init(&x[k].lock, NULL);
    pthread_cond_init(&x[k].changed, NULL);
  }
  converse(x, arg);
  quiet_lives += !any_told(&x[0], &x[1]);
  lives++;
  mconn_peer *p = x[1].sw != NULL ? mconn_switch_peer(x[1].sw, node_id(1)) : NULL;
  if (p != NULL) (void)mconn_switch_stop_peer_gracefully(x[1].sw, p);
  mconn_peer_release(p);
  take_down(&x[1]);
  take_down(&x[0]);
}

/* ---- the tests */

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* MC-CONN-08, MC-SWITCH-07, MC-ADMISSION-02 */
static void memory_threads_and_locks_that_are_not_there(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_MALLOC, ENOMEM, 5 },
    { WRAP_CALLOC, ENOMEM, 20 },
    { WRAP_MMAP, ENOMEM, 4 },
    { WRAP_STRDUP, ENOMEM, 2 },
    { WRAP_PTHREAD_CREATE, EAGAIN, 8 },
    { WRAP_PTHREAD_MUTEX_INIT, ENOMEM, 8 },
    { WRAP_PTHREAD_MUTEXATTR_INIT, ENOMEM, 2 },
    { WRAP_PTHREAD_MUTEXATTR_SETTYPE, EINVAL, 2 },
    { WRAP_PTHREAD_COND_INIT, ENOMEM, 8 },
    { WRAP_PTHREAD_CONDATTR_INIT, ENOMEM, 8 },
    { WRAP_PTHREAD_CONDATTR_SETCLOCK, EINVAL, 8 },
    { WRAP_SEM_INIT, ENOSPC, 2 },
  };
  pattern(bytes, sizeof bytes, 21);
  plan p = { .how = DIALED, .delivery_bytes = 200000 };
  faults_each("switch", all, COUNT(all), live, &p);
  p = (plan){ .how = DIALED_LATER };
  faults_each("switch, dialed later", all, 2, live, &p);
  p = (plan){ .how = PERSISTENT };
  faults_each("switch, persistent", all, 2, live, &p);
}

/* MC-CONN-07, MC-ADMISSION-03, MC-DIAL-02 */
static void sockets_that_are_not_there_or_fail(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_GETADDRINFO, ENOMEM, 2 }, { WRAP_GETADDRINFO, EIO, 2 },
    { WRAP_SOCKET, EMFILE, 2 },      { WRAP_CONNECT, ECONNREFUSED, 1 },
    { WRAP_CONNECT, EINTR, 1 },      { WRAP_BIND, EADDRINUSE, 1 },
    { WRAP_LISTEN, EADDRINUSE, 1 },  { WRAP_GETSOCKNAME, ENOBUFS, 1 },
    { WRAP_ACCEPT4, EMFILE, 1 },     { WRAP_ACCEPT4, ECONNABORTED, 1 },
    { WRAP_EVENTFD, EMFILE, 2 },     { WRAP_FCNTL, EBADF, 5 },
    { WRAP_GETSOCKOPT, ENOBUFS, 2 }, { WRAP_SETSOCKOPT, ENOPROTOOPT, 4 },
    { WRAP_SEND, ENOBUFS, 4 },       { WRAP_RECV, ETIMEDOUT, 6 },
    { WRAP_POLL, ENOMEM, 1 },        { WRAP_INET_NTOP, ENOSPC, 2 },
  };
  pattern(bytes, sizeof bytes, 21);
  plan p = { .how = DIALED, .delivery_bytes = 200000 };
  faults_each("switch", all, COUNT(all), live, &p);
  p = (plan){ .how = PERSISTENT };
  faults_each("switch, persistent", all, 5, live, &p);
}

/* Nobody must notice any of these. MC-CONN-12, MC-SWITCH-07 */
static void calls_whose_failure_is_no_matter(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_SEND, EINTR, 4 },
    { WRAP_SEND, EAGAIN, 4 },
    { WRAP_RECV, EINTR, 6 },
    { WRAP_RECV, EAGAIN, 6 },
    { WRAP_POLL, EINTR, 1 },
    { WRAP_GETRANDOM, EAGAIN, 0 },
    { WRAP_READ, EINTR, 2 },
    { WRAP_WRITE, EINTR, 2 },
    { WRAP_CLOSE, EIO, 4 },
    { WRAP_SHUTDOWN, ENOTCONN, 2 },
    { WRAP_MUNMAP, ENOMEM, 4 },
    { WRAP_PTHREAD_COND_WAIT, 0, 4 },
    { WRAP_PTHREAD_COND_TIMEDWAIT, 0, 0 },
    { WRAP_SEM_WAIT, EINTR, 0 },
    { WRAP_SEM_CLOCKWAIT, EINTR, 0 },
  };
  pattern(bytes, sizeof bytes, 21);
  const plan p = { .how = DIALED, .delivery_bytes = 200000 };
  quiet_lives = lives = 0;
  faults_each("switch", all, COUNT(all), live, &p);
  assert_int_equal(quiet_lives, lives);
  const plan later = { .how = DIALED_LATER };
  faults_each("switch, dialed later", &(fault){ WRAP_GETRANDOM, EAGAIN, 1 }, 1, live, &later);
  assert_int_equal(quiet_lives, lives);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(memory_threads_and_locks_that_are_not_there),
    shell_test(sockets_that_are_not_there_or_fail),
    shell_test(calls_whose_failure_is_no_matter),
  };
  const int failed = cmocka_run_group_tests_name("switch_faults", tests, NULL, NULL);
  wrap_print_places();
  return failed;
}
