/* Every system call and every allocation of a switch fails once, in turn: a call says so, or the log, or a peer leaves
 * with a reason; what was accepted arrives where nobody said anything; nothing is left behind. */
#include "switch_harness.h"
#include "faults.h"
#include "shell/switch_internal.h"
#include <errno.h>
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
  bool ends_fail; /* and so does, each time, the giving back of what was taken before something failed */
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
    if (!all) faults_pause();
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
  const plan *p = arg;
  if (p->ends_fail) {
    wrap_fail_all(WRAP_CLOSE, EIO);
    wrap_fail_all(WRAP_SHUTDOWN, ENOTCONN);
    wrap_fail_all(WRAP_MUNMAP, ENOMEM);
  }
  side x[2] = { { .sw = NULL }, { .sw = NULL } };
  for (int k = 0; k < 2; k++) {
    pthread_mutex_init(&x[k].lock, NULL);
    pthread_cond_init(&x[k].changed, NULL);
  }
  converse(x, p);
  quiet_lives += !any_told(&x[0], &x[1]);
  lives++;
  mconn_peer *peer = x[1].sw != NULL ? mconn_switch_peer(x[1].sw, node_id(1)) : NULL;
  if (peer != NULL) (void)mconn_switch_stop_peer_gracefully(x[1].sw, peer);
  mconn_peer_release(peer);
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

/* MC-CONN-07, MC-ADMISSION-03, MC-SWITCH-17 */
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

/* What was taken before something failed is given back, and that fails, too. */
static void ends_that_fail_after_something_failed(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_CALLOC, ENOMEM, 20 },       { WRAP_PTHREAD_CREATE, EAGAIN, 8 }, { WRAP_PTHREAD_MUTEX_INIT, ENOMEM, 8 },
    { WRAP_BIND, EADDRINUSE, 1 },      { WRAP_GETSOCKNAME, ENOBUFS, 1 },   { WRAP_FCNTL, EBADF, 5 },
    { WRAP_CONNECT, ECONNREFUSED, 1 },
  };
  pattern(bytes, sizeof bytes, 21);
  const plan p = { .how = DIALED, .delivery_bytes = 200000, .ends_fail = true };
  faults_each("switch, ends fail", all, COUNT(all), live, &p);
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
    { WRAP_PTHREAD_COND_WAIT, 0, 0 },
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

/* ---- a dial that is half way when the switch stops */

static void stop_half_way(const void *arg)
{
  (void)arg;
  side x = { .sw = NULL };
  const plan p = { .how = DIALED_LATER };
  char address[128];
  const char *list[1] = { address };
  const int mute = mute_listener(address, 1);
  pthread_mutex_init(&x.lock, NULL);
  pthread_cond_init(&x.changed, NULL);
  assert_true(set_up(&x, 2, &p, NULL));
  assert_int_equal(mconn_switch_dial_async(x.sw, list, 1).err, MCONN_OK);
  while (wrap_calls(WRAP_PPOLL) < 1) faults_pause(); /* it waits for the other's node info */
  take_down(&x);
  assert_true(x.told);
  close(mute);
}

/* MC-TRANSPORT-03 */
static void waits_of_a_handshake_that_fail(void **state)
{
  (void)state;
  static const fault all[] = {
    { WRAP_PPOLL, EINTR, 1 }, { WRAP_PPOLL, ENOMEM, 1 }, { WRAP_SHUTDOWN, ENOTCONN, 1 }, { WRAP_CLOSE, EIO, 3 }
  };
  faults_each("switch, stopped while it dials", all, COUNT(all), stop_half_way, NULL);
}

/* ---- a broadcast to peers whose queues are full */

typedef struct {
  enum wrapped w;
  unsigned long nth;
  int err;
} refusal;

/* Two peers that take nothing; one message is under way, eight wait, and then there is no room. */
static void broadcast_to_the_full(const refusal *f)
{
  mconn_switch_config c = node_config(1);
  c.connection.send_timeout = 20 * MILLI;
  node *n = node_open(&c);
  int fd[2];
  for (unsigned k = 0; k < 2; k++) {
    const mconn_node_info info = stranger_info(10 + k);
    fd[k] = stranger_open(n, &info);
  }
  node_await_peers(n, 2);
  wrap_send_gate(true);
  while (mconn_switch_broadcast(n->sw, 1, bytes, 80000) > 0) {}
  wrap_fail(f->w, f->nth, f->err);
  assert_int_equal(mconn_switch_broadcast(n->sw, 1, bytes, 80000), 0); /* nobody took it, and it says so */
  if (!wrap_failed()) fail_msg("%s %lu did not come", wrap_name(f->w), f->nth);
  wrap_send_gate(false);
  for (unsigned k = 0; k < 2; k++) close(fd[k]);
  node_free(n);
}

/* MC-CONN-08 */
static void a_broadcast_without_memory_or_threads_waits_by_itself(void **state)
{
  (void)state;
  static const refusal all[] = { { WRAP_MALLOC, 1, ENOMEM },
                                 { WRAP_MALLOC, 2, ENOMEM },
                                 { WRAP_MALLOC, 3, ENOMEM },
                                 { WRAP_PTHREAD_MUTEX_INIT, 1, ENOMEM },
                                 { WRAP_PTHREAD_COND_INIT, 1, ENOMEM },
                                 { WRAP_PTHREAD_CREATE, 1, EAGAIN } };
  for (size_t k = 0; k < COUNT(all); k++) {
    wrap_reset();
    const wrap_taken before = wrap_taken_now();
    broadcast_to_the_full(&all[k]);
    const char *left = wrap_difference(before, wrap_taken_now());
    if (left != NULL) fail_msg("%s %lu: %s is left", wrap_name(all[k].w), all[k].nth, left);
  }
}

/* ---- a peer that is joined while a message of it is being counted */

typedef struct {
  mconn_peer *p;
  sem_t counting, go;
} counted_peer;

static void on_receive(void *user, mconn_peer *p, uint8_t channel, const uint8_t *data, size_t len)
{
  (void)user, (void)p, (void)channel, (void)data, (void)len;
}

static void on_sent(void *user, mconn_peer *p, uint8_t channel, size_t len)
{
  counted_peer *x = user;
  (void)p, (void)channel, (void)len;
  sem_post(&x->counting);
  sem_wait(&x->go);
}

static void *send_one(void *user)
{
  counted_peer *x = user;
  (void)mconn_peer_send(x->p, 1, "x", 1);
  return NULL;
}

static void *join_it(void *user)
{
  const counted_peer *x = user;
  peer_stop(x->p);
  peer_join(x->p);
  return NULL;
}

/* MC-PEER-05 */
static void a_join_that_is_woken_for_nothing_goes_on_waiting(void **state)
{
  (void)state;
  counted_peer x = { .p = NULL };
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  const mconn_config c = config_plain();
  const mconn_node_info info = stranger_info(10);
  const peer_config config = { .address = "a",
                               .remote_ip = "b",
                               .node_info = &info,
                               .fd = fd[0],
                               .connection = &c,
                               .channels = channels_plain(1),
                               .channel_count = 1,
                               .events = { .on_receive = on_receive, .on_sent = on_sent, .user = &x } };
  sem_init(&x.counting, 0, 0);
  sem_init(&x.go, 0, 0);
  assert_int_equal(peer_new(&x.p, &config).err, MCONN_OK);
  assert_int_equal(peer_start(x.p), MCONN_OK);
  pthread_t sender, joiner;
  assert_int_equal(pthread_create(&sender, NULL, send_one, &x), 0);
  sem_wait(&x.counting);
  wrap_reset();
  wrap_fail(WRAP_PTHREAD_COND_WAIT, 1, 0);
  assert_int_equal(pthread_create(&joiner, NULL, join_it, &x), 0);
  while (wrap_calls(WRAP_PTHREAD_COND_WAIT) < 2) faults_pause(); /* woken for nothing, it waits again */
  sem_post(&x.go);
  pthread_join(sender, NULL);
  pthread_join(joiner, NULL);
  mconn_peer_release(x.p);
  close(fd[1]);
}

/* ---- every wait of the switch's own fails: in the turns above, which one is the n-th may differ from life to life */

/* MC-SWITCH-16: the dial is refused with the reason; accepting goes on when waiting is possible again. */
static void waits_for_connections_that_fail(void **state)
{
  (void)state;
  const mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *n = node_new(&c1), *other = node_new(&c2);
  node_start(n);
  wrap_reset();
  wrap_fail_all(WRAP_POLL, ENOMEM);
  node_listen(other);
  node_start(other);
  while (wrap_calls(WRAP_POLL) < 1) faults_pause(); /* it cannot wait for strangers */
  const mconn_reason r = mconn_switch_dial(n->sw, other->address);
  assert_int_equal(r.err, MCONN_E_DIAL);
  assert_int_equal(r.system, ENOMEM);
  wrap_fail(WRAP_POLL, 0, 0);
  node_expect_dial(n, other, MCONN_OK);
  node_await_peers(other, 1);
  node_free(n);
  node_free(other);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(memory_threads_and_locks_that_are_not_there),
    shell_test(sockets_that_are_not_there_or_fail),
    shell_test(ends_that_fail_after_something_failed),
    shell_test(waits_of_a_handshake_that_fail),
    shell_test(a_broadcast_without_memory_or_threads_waits_by_itself),
    shell_test(a_join_that_is_woken_for_nothing_goes_on_waiting),
    shell_test(waits_for_connections_that_fail),
    shell_test(calls_whose_failure_is_no_matter),
  };
  const int failed = cmocka_run_group_tests_name("switch_faults", tests, NULL, NULL);
  wrap_print_places();
  return failed;
}
