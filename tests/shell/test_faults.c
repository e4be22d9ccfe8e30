/* Every system call and allocation of the shell fails once, in turn: an error is named where something was lost, nothing
 * is lost where none is named, nothing leaks, and a call that is worth repeating is repeated. */
#include "faults.h"
#include "shell/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHANNELS 3
#define SENT 5 /* messages of each end on each channel */

static const size_t sizes[SENT] = { 0, 700, 5000, 30000, 90000 };
static uint8_t bytes[90000 + SENT];

/* One end: what it accepted, and every error it was told of. */
typedef struct {
  rig *r;
  size_t accepted[CHANNELS];
  enum mconn_err err; /* the first refusal of a call, else OK */
} end;

static void note(end *e, enum mconn_err err)
{
  if (e->err == MCONN_OK) e->err = err;
}

static void send_all(end *e)
{
  for (size_t m = 0; m < SENT; m++)
    for (uint8_t k = 0; k < CHANNELS; k++) {
      if (e->accepted[k] != m) continue; /* what was refused is not sent later */
      enum mconn_err err = mconn_connection_send(e->r->c, (uint8_t)(k + 1), bytes + m, sizes[m]);
      if (err == MCONN_OK) e->accepted[k]++;
      note(e, err);
    }
}

/* Sets both ends up and starts them; false where that was refused, named, and undone. */
static bool set_up(end e[2], const mconn_config *c, bool nonblocking)
{
  int fd[2];
  stream_pair(PAIR_TCP, fd);
  for (int k = 0; k < 2; k++) {
    e[k].r->fd = fd[k];
    if (nonblocking) assert_int_equal(fcntl(fd[k], F_SETFL, O_NONBLOCK), 0);
    mconn_reason x =
      mconn_connection_new(&e[k].r->c, fd[k], c, channels_plain(CHANNELS), CHANNELS, rig_callbacks(e[k].r));
    note(&e[k], x.err);
    if (x.err == MCONN_OK) continue;
    assert_null(e[k].r->c);
    assert_int_equal(close(fd[k]), 0); /* still ours */
  }
  for (int k = 0; k < 2; k++)
    if (e[k].err == MCONN_OK) note(&e[k], mconn_connection_start(e[k].r->c));
  return e[0].err == MCONN_OK && e[1].err == MCONN_OK;
}

static void take_down(end *e)
{
  mconn_connection_free(e->r->c);
  e->r->c = NULL;
}

static bool told(end *e)
{
  return e->err != MCONN_OK || rig_errors(e->r) > 0;
}

/* What one end received is, on each channel, a beginning of what the other accepted; all of it if nobody complained. */
static void compare(end *to, const end *from, bool all)
{
  size_t next[CHANNELS] = { 0 }, total = 0;
  for (size_t k = 0; k < to->r->messages; k++) {
    uint8_t channel = to->r->seen[k].channel;
    assert_true(channel >= 1 && channel <= CHANNELS);
    size_t m = next[channel - 1]++;
    assert_true(m < from->accepted[channel - 1]);
    expect_message(to->r, k, channel, bytes + m, sizes[m]);
  }
  for (size_t k = 0; k < CHANNELS; k++) total += from->accepted[k];
  if (all) assert_int_equal(to->r->messages, total);
}

static bool is_expected(enum mconn_err err, int system, int injected)
{
  switch (err) {
  case MCONN_E_MEMORY:
  case MCONN_E_STATE:
  case MCONN_E_NOT_RUNNING:
  case MCONN_E_EOF:
  case MCONN_E_EOF_INSIDE: return true;
  case MCONN_E_IO: return system == injected || system == EPIPE || system == ECONNRESET;
  default: return err == MCONN_OK;
  }
}

/* What is failed, and which call of it. */
typedef struct {
  const mconn_config *config;
  int err;
  bool harmless;    /* it must not be noticed at all */
  bool nonblocking; /* the sockets, as their owner left them */
} attempt;

/* What the two ends were told, after both are over. */
static void judge(end e[2], const attempt *a)
{
  const mconn_reason first = e[0].r->reason, second = e[1].r->reason;
  /* the other end hears of the first one's flush_stop as the end of the stream */
  bool quiet = e[0].err == MCONN_OK && e[1].err == MCONN_OK && rig_errors(e[0].r) == 0 &&
               (rig_errors(e[1].r) == 0 || second.err == MCONN_E_EOF);
  bool named = is_expected(e[0].err, 0, a->err) && is_expected(e[1].err, 0, a->err) &&
               is_expected(first.err, first.system, a->err) && is_expected(second.err, second.system, a->err);
  if (!named || (a->harmless && !quiet) || rig_errors(e[0].r) > 1 || rig_errors(e[1].r) > 1)
    fail_msg("%s, %s; %s (%d), %s (%d)", mconn_error_name(e[0].err), mconn_error_name(e[1].err),
             mconn_error_name(first.err), first.system, mconn_error_name(second.err), second.system);
  compare(&e[1], &e[0], quiet);
  compare(&e[0], &e[1], quiet && a->harmless);
}

/* The whole life of two connections with each other. */
static void live(const void *arg)
{
  const attempt *a = arg;
  end e[2] = { { .r = NULL }, { .r = NULL } };
  for (int k = 0; k < 2; k++) e[k].r = rig_bare(a->config);
  if (set_up(e, a->config, a->nonblocking)) {
    send_all(&e[0]);
    send_all(&e[1]);
    if (!told(&e[0]) && !told(&e[1])) {
      for (int k = 0; k < 2 && a->harmless; k++) rig_await_messages(e[k].r, CHANNELS * SENT);
      note(&e[0], mconn_connection_flush_stop(e[0].r->c, 0));
      assert_true(mconn_connection_wait(e[1].r->c, PATIENCE)); /* the end of the stream comes, or a failure before */
    }
  }
  for (int k = 0; k < 2; k++)
    if (e[k].r->c != NULL) take_down(&e[k]);
  judge(e, a);
  for (int k = 0; k < 2; k++) rig_free(e[k].r);
}

static void each_call_with(const mconn_config *c, enum wrapped w, int err, bool harmless, unsigned long least)
{
  const attempt a = { .config = c, .err = err, .harmless = harmless };
  pattern(bytes, sizeof bytes, 11);
  faults_in_turn(c->send_rate > 0 ? "connection with a limit" : "connection", (fault){ w, err, least }, live, &a);
}

static void each_call(enum wrapped w, int err, bool harmless, unsigned long least)
{
  mconn_config c = config_plain();
  each_call_with(&c, w, err, harmless, least);
}

/* With a limit, however high, every message waits in its queue first. */
static mconn_config config_queues(void)
{
  mconn_config c = config_plain();
  c.send_rate = 1000000000;
  return c;
}

/* MC-CONN-08 */
static void memory_that_is_not_there(void **state)
{
  (void)state;
  each_call(WRAP_CALLOC, ENOMEM, false, 10);
  mconn_config queues = config_queues();
  each_call_with(&queues, WRAP_MALLOC, ENOMEM, false, 4);
  each_call(WRAP_MMAP, ENOMEM, false, 4);
}

/* MC-CONN-08 */
static void threads_and_conditions_that_are_not_there(void **state)
{
  (void)state;
  each_call(WRAP_PTHREAD_CREATE, EAGAIN, false, 4);
  each_call(WRAP_PTHREAD_COND_INIT, ENOMEM, false, 4);
  each_call(WRAP_PTHREAD_CONDATTR_INIT, ENOMEM, false, 4);
  each_call(WRAP_PTHREAD_CONDATTR_SETCLOCK, EINVAL, false, 4);
  each_call(WRAP_PTHREAD_MUTEX_INIT, ENOMEM, false, 4);
  each_call(WRAP_PTHREAD_MUTEXATTR_INIT, ENOMEM, false, 2);
  each_call(WRAP_PTHREAD_MUTEXATTR_SETTYPE, EINVAL, false, 2);
  each_call(WRAP_SEM_INIT, ENOSPC, false, 2);
}

/* ---- waits that end for no reason: a signal, or a wake-up that nobody sent
 *
 * Whether a life comes to a certain wait depends on its threads; so each one is also brought about. */

static void waits_that_end_for_no_reason(void **state)
{
  (void)state;
  mconn_config slow = config_plain(); /* so that a flush_stop has something to wait for */
  slow.send_rate = 4000000;
  each_call_with(&slow, WRAP_PTHREAD_COND_WAIT, 0, false, 0);
  each_call(WRAP_PTHREAD_COND_TIMEDWAIT, 0, true, 0);
  each_call(WRAP_SEM_WAIT, EINTR, true, 0);
  each_call(WRAP_SEM_CLOCKWAIT, EINTR, true, 0);
}

/* Until the nth call of w has begun. */
static void await_call(enum wrapped w, unsigned long nth)
{
  while (wrap_calls(w) < nth) faults_pause();
}

typedef struct {
  mconn_connection *c;
  uint64_t timeout;
  bool result;
  atomic_bool over;
} call;

static void *wait_for_the_end(void *arg)
{
  call *x = arg;
  x->result = mconn_connection_wait(x->c, x->timeout);
  return NULL;
}

/* MC-CONN-12 */
static void who_waits_for_the_end_and_is_woken_for_nothing_waits_again(void **state)
{
  (void)state;
  const mconn_config c = config_plain();
  for (int limited = 0; limited < 2; limited++) {
    const enum wrapped w = limited ? WRAP_PTHREAD_COND_TIMEDWAIT : WRAP_PTHREAD_COND_WAIT;
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    call x = { .c = r->c, .timeout = limited ? PATIENCE : 0 };
    pthread_t t;
    wrap_reset();
    wrap_fail(w, 1, 0);
    assert_int_equal(pthread_create(&t, NULL, wait_for_the_end, &x), 0);
    await_call(w, 2);
    mconn_connection_stop(r->c);
    pthread_join(t, NULL);
    assert_true(x.result);
    rig_free(r);
  }
}

static void *flush_stop(void *arg)
{
  call *x = arg;
  x->result = mconn_connection_flush_stop(x->c, 0) == MCONN_OK;
  atomic_store(&x->over, true);
  return NULL;
}

/* A send thread that has nothing to do until a ping is due, and one that only lingers. */
static void the_send_thread_that_is_woken_by_a_signal_waits_again(void **state)
{
  (void)state;
  const mconn_config c = config_plain();
  bool came = false;
  for (int tries = 0; tries < 50 && !came; tries++) {
    rig *r = rig_new(PAIR_TCP, &c, channels_plain(1), 1);
    wrap_reset();
    wrap_fail(WRAP_SEM_CLOCKWAIT, 1, EINTR);
    assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
    await_call(WRAP_SEM_CLOCKWAIT, 2);
    call x = { .c = r->c };
    pthread_t t;
    wrap_fail(WRAP_SEM_WAIT, 1, EINTR);
    assert_int_equal(pthread_create(&t, NULL, flush_stop, &x), 0);
    while (wrap_calls(WRAP_SEM_WAIT) < 2 && !atomic_load(&x.over)) faults_pause(); /* it lingers for a second */
    came = wrap_failed();
    rig_close_peer(r);
    pthread_join(t, NULL);
    assert_true(x.result);
    rig_ended_silently(r);
    rig_free(r);
  }
  assert_true(came);
}

/* Both waits of the receive thread, over and over; then bytes come. */
static void the_receive_thread_whose_polls_fail_goes_on(void **state)
{
  (void)state;
  const mconn_config c = config_plain();
  rig *r = rig_new(PAIR_TCP, &c, channels_plain(1), 1);
  mconn_connection *x = NULL;
  mconn_connection_free(r->c);
  int fd[2];
  stream_pair(PAIR_TCP, fd);
  rig_close_peer(r);
  r->c = NULL;
  r->fd = fd[0];
  r->peer = fd[1];
  assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
  assert_int_equal(mconn_connection_new(&x, fd[0], &c, channels_plain(1), 1, rig_callbacks(r)).err, MCONN_OK);
  r->c = x;
  wrap_reset();
  wrap_fail_all(WRAP_PPOLL, ENOMEM);
  assert_int_equal(mconn_connection_start(x), MCONN_OK);
  await_call(WRAP_PPOLL, 10);
  peer_send_message(r, 1, bytes, 500); /* after that, the wait is one for traffic */
  rig_await_messages(r, 1);
  const uint64_t begin = now_ns();
  const unsigned long before = wrap_calls(WRAP_PPOLL);
  await_call(WRAP_PPOLL, before + 10);
  assert_true(now_ns() - begin > 8 * SHELL_POLL_PAUSE_NS); /* and nobody spins meanwhile */
  wrap_fail(WRAP_PPOLL, 0, 0);
  peer_send_message(r, 1, "hello", 5);
  rig_await_messages(r, 2);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

/* What is given back is given back, whatever the system says of it. */
static void an_end_that_the_system_complains_of(void **state)
{
  (void)state;
  each_call(WRAP_SHUTDOWN, ENOTCONN, true, 3);
  each_call(WRAP_CLOSE, EIO, true, 2);
  each_call(WRAP_MUNMAP, ENOMEM, true, 4);
  each_call(WRAP_IOCTL, ENOTTY, true, 1);
}

/* MC-CONN-07 */
static void a_socket_that_fails(void **state)
{
  (void)state;
  each_call(WRAP_SEND, ENOBUFS, false, 4);
  each_call(WRAP_RECV, ETIMEDOUT, false, 4);
}

/* MC-CONN-07, MC-CONN-12 */
static void a_call_that_is_worth_repeating_is_repeated(void **state)
{
  (void)state;
  each_call(WRAP_SEND, EINTR, true, 4);
  each_call(WRAP_SEND, EAGAIN, true, 4);
  each_call(WRAP_RECV, EINTR, true, 4);
  each_call(WRAP_RECV, EAGAIN, true, 4);
  each_call(WRAP_PPOLL, EINTR, true, 2);
  each_call(WRAP_PPOLL, ENOMEM, true, 2);
  mconn_config c = config_plain();
  const attempt a = { .config = &c, .err = EINTR, .harmless = true, .nonblocking = true };
  faults_in_turn("connection, non-blocking", (fault){ WRAP_PPOLL, EINTR, 1 }, live, &a);
  faults_in_turn("connection, non-blocking", (fault){ WRAP_PPOLL, ENOMEM, 1 }, live, &a);
}

/* mconn_peer_close and a stop before any peer: a socket that is down already. */
static void a_shutdown_that_comes_too_late(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  wrap_fail(WRAP_SHUTDOWN, 1, ENOTCONN);
  shell_shutdown(r->c);
  assert_true(wrap_failed());
  rig_ended_with(r, MCONN_E_EOF);
  rig_free(r);
}

static void waiting_for_the_socket_that_fails(void **state)
{
  (void)state;
  static const int errors[] = { EINTR, ENOMEM };
  mconn_config c = config_plain();
  pattern(bytes, sizeof bytes, 11);
  for (size_t k = 0; k < sizeof errors / sizeof *errors; k++) {
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    wrap_send_gate(true);                 /* the socket seems full, so the send thread waits for it */
    wrap_fail_all(WRAP_PPOLL, errors[k]); /* the receive thread's, too */
    uint8_t want[600];
    assert_int_equal(mconn_connection_send(r->c, 1, bytes, 500), MCONN_OK);
    const unsigned long before = wrap_calls(WRAP_PPOLL);
    while (wrap_calls(WRAP_PPOLL) < before + 20) faults_pause();
    wrap_fail(WRAP_PPOLL, 0, 0);
    wrap_send_gate(false);
    peer_expect(r, want, put_message(r, want, 0, 1, bytes, 500));
    assert_int_equal(rig_errors(r), 0);
    rig_free(r);
  }
}

static void options_of_the_socket_that_fail(void **state)
{
  (void)state;
  each_call(WRAP_SETSOCKOPT, EOPNOTSUPP, true, 2); /* no TCP socket: no matter */
  each_call(WRAP_FCNTL, EBADF, true, 2);
  each_call(WRAP_GETSOCKOPT, ENOTSOCK, false, 2);
}

/* MC-CONN-08: a refused message is not sent in part, and the next one is taken */
static void a_message_without_memory_is_refused_and_the_connection_lives(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t want[100000];
  pattern(bytes, sizeof bytes, 12);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_OK); /* the buffers are there now */
  size_t n = put_message(r, want, 0, 1, "x", 1);
  peer_expect(r, want, n);
  wrap_fail(WRAP_MMAP, 1, ENOMEM);
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_E_MEMORY);
  assert_true(wrap_failed());
  n = put_message(r, want, 0, 1, "y", 1);
  assert_int_equal(mconn_connection_send(r->c, 1, "y", 1), MCONN_OK);
  peer_expect(r, want, n);
  n = put_message(r, want, 0, 1, bytes, sizeof bytes);
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  peer_expect(r, want, n);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

/* MC-CONN-08: the send thread finds no buffer for what was accepted */
static void without_memory_for_the_send_buffer_the_connection_ends(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  wrap_fail_all(WRAP_MMAP, ENOMEM);
  const enum mconn_err err = mconn_connection_send(r->c, 1, "x", 1);
  assert_true(err == MCONN_OK || err == MCONN_E_NOT_RUNNING);
  rig_ended_with(r, MCONN_E_MEMORY);
  assert_int_equal(peer_read_to_end(r), 0);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  rig_free(r);
}

/* MC-CONN-08: what came before the buffer was needed is handed out, and the offset is that of what was not read */
static void without_memory_for_the_read_buffer_the_connection_ends(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t stream[2000];
  pattern(bytes, sizeof bytes, 13);
  wrap_fail_all(WRAP_MMAP, ENOMEM);
  size_t n = put_message(r, stream, 0, 1, bytes, 40);
  n = put_message(r, stream, n, 1, bytes, 900);
  peer_write(r, stream, n);
  assert_int_equal(rig_ended_with(r, MCONN_E_MEMORY).offset, 64);
  assert_int_equal(rig_messages(r), 1);
  expect_message(r, 0, 1, bytes, 40);
  rig_free(r);
}

/* Pings, pongs and their answers go on where there is no memory at all. */
static void a_ping_and_its_pong_need_no_memory(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 50 * MILLI, .timeout = 45 * MILLI };
  c.ping.timeout = c.ping.interval - 1;
  rig *r = rig_new(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t ping[16], pong[16];
  size_t n = put_ping(r, ping, 0), m = put_pong(r, pong, 0);
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  wrap_fail_all(WRAP_MMAP, ENOMEM);
  wrap_fail_all(WRAP_MALLOC, ENOMEM);
  peer_write(r, ping, n);
  peer_expect_pong(r);
  peer_expect_ping(r);
  peer_write(r, pong, m);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

/* MC-CONN-08, MC-CONN-09 */
static void a_start_that_failed_may_be_tried_again(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  for (unsigned long n = 1; n <= 2; n++) {
    rig *r = rig_new(PAIR_TCP, &c, channels_plain(1), 1);
    wrap_fail(WRAP_PTHREAD_CREATE, n, EAGAIN);
    assert_int_equal(mconn_connection_start(r->c), MCONN_E_MEMORY);
    assert_false(mconn_connection_status(r->c, NULL, 0).running);
    assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
    assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
    peer_send_message(r, 1, "hello", 5);
    rig_await_messages(r, 1);
    rig_free(r);
  }
}

/* Without a failure the same life is quiet: the rules above are no rules that anything would pass. */
static void nothing_fails_when_nothing_fails(void **state)
{
  (void)state;
  mconn_config c = config_queues();
  pattern(bytes, sizeof bytes, 11);
  wrap_reset();
  live(&(attempt){ .config = &c, .harmless = true });
  static const enum wrapped made[] = {
    WRAP_MALLOC, WRAP_CALLOC,     WRAP_MMAP,       WRAP_PTHREAD_CREATE, WRAP_PTHREAD_COND_INIT, WRAP_SEND, WRAP_RECV,
    WRAP_PPOLL,  WRAP_SETSOCKOPT, WRAP_GETSOCKOPT, WRAP_FCNTL
  };
  for (size_t k = 0; k < sizeof made / sizeof *made; k++)
    if (wrap_calls(made[k]) == 0) fail_msg("%s is not wrapped", wrap_name(made[k]));
}

/* Whatever is taken and not given back is seen. */
static void what_is_left_behind_is_noticed(void **state)
{
  (void)state;
  const wrap_taken before = wrap_taken_now();
  void *volatile block = malloc(1); /* of memory, the harness' calls are counted, too */
  assert_string_equal(wrap_difference(before, wrap_taken_now()), "a block of memory");
  free(block);
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  assert_string_equal(wrap_difference(before, wrap_taken_now()), "a descriptor");
  mconn_config c = config_plain();
  mconn_connection *x = NULL;
  rig *r = rig_bare(&c);
  assert_int_equal(mconn_connection_new(&x, fd[0], &c, channels_plain(1), 1, rig_callbacks(r)).err, MCONN_OK);
  wrap_taken now = wrap_taken_now();
  assert_true(now.mutexes > before.mutexes && now.conditions > before.conditions && now.semaphores > before.semaphores);
  assert_int_equal(now.threads, before.threads);
  assert_int_equal(mconn_connection_start(x), MCONN_OK);
  assert_int_equal(wrap_taken_now().threads, before.threads + 2);
  mconn_connection_free(x);
  close(fd[1]);
  assert_null(wrap_difference(before, wrap_taken_now()));
  rig_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(nothing_fails_when_nothing_fails),
    shell_test(memory_that_is_not_there),
    shell_test(what_is_left_behind_is_noticed),
    shell_test(threads_and_conditions_that_are_not_there),
    shell_test(waits_that_end_for_no_reason),
    shell_test(who_waits_for_the_end_and_is_woken_for_nothing_waits_again),
    shell_test(the_send_thread_that_is_woken_by_a_signal_waits_again),
    shell_test(the_receive_thread_whose_polls_fail_goes_on),
    shell_test(an_end_that_the_system_complains_of),
    shell_test(a_socket_that_fails),
    shell_test(a_call_that_is_worth_repeating_is_repeated),
    shell_test(waiting_for_the_socket_that_fails),
    shell_test(a_shutdown_that_comes_too_late),
    shell_test(options_of_the_socket_that_fail),
    shell_test(a_message_without_memory_is_refused_and_the_connection_lives),
    shell_test(without_memory_for_the_send_buffer_the_connection_ends),
    shell_test(without_memory_for_the_read_buffer_the_connection_ends),
    shell_test(a_ping_and_its_pong_need_no_memory),
    shell_test(a_start_that_failed_may_be_tried_again),
  };
  const int failed = cmocka_run_group_tests_name("shell: a system that fails", tests, NULL, NULL);
  wrap_print_places();
  return failed;
}
