/* The end of a connection: asked for, at any moment, from any thread, more than once; and what becomes of messages. */
#include "harness.h"
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- from callbacks */

static void stop_at_third(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  if (rig_messages(r) == 3) mconn_connection_stop(r->c);
}

/* MC-CONN-11 */
static void after_a_stop_from_on_receive_nothing_more_is_handed_out(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  r->on_message = stop_at_third;
  static uint8_t out[2000];
  size_t n = 0;
  for (int k = 0; k < 100; k++) n = put_message(r, out, n, 1, "x", 1);
  peer_write(r, out, n); /* there before the start, so that it is one read */
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  rig_ended_silently(r);
  assert_int_equal(rig_messages(r), 3);
  rig_free(r);
}

typedef struct {
  enum mconn_err flush_stop, send, try_send, start;
  bool waited, can_send;
} verdicts;

static void try_everything(rig *r, verdicts *v)
{
  v->flush_stop = mconn_connection_flush_stop(r->c, 0);
  v->waited = mconn_connection_wait(r->c, 0);
  mconn_connection_free(r->c); /* not allowed here; it must do no harm */
  v->start = mconn_connection_start(r->c);
  v->send = mconn_connection_send(r->c, 1, "x", 1);
  v->try_send = mconn_connection_try_send(r->c, 1, "y", 1);
  v->can_send = mconn_connection_can_send(r->c, 1);
  (void)mconn_connection_status(r->c, NULL, 0);
}

static void everything_on_message(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  try_everything(r, (verdicts *)r->more);
  rig_flag(r);
}

static void everything_on_error(rig *r, mconn_reason reason)
{
  (void)reason;
  try_everything(r, (verdicts *)r->more + 1);
  mconn_connection_stop(r->c);
}

/* MC-CONN-09, MC-CONN-11 */
static void what_would_wait_for_itself_is_refused_in_callbacks(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  verdicts x[2], *v = &x[0], *w = &x[1];
  r->more = x;
  r->on_message = everything_on_message;
  r->on_error = everything_on_error;
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  peer_send_message(r, 1, "go", 2);
  rig_await_flag(r);
  assert_int_equal(v->flush_stop, MCONN_E_STATE);
  assert_int_equal(v->start, MCONN_E_STATE);
  assert_false(v->waited);
  assert_true(v->send == MCONN_OK && v->try_send == MCONN_OK && v->can_send);
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  rig_close_peer(r);
  rig_await_error(r);
  assert_int_equal(w->flush_stop, MCONN_E_STATE);
  assert_int_equal(w->start, MCONN_E_STATE);
  assert_false(w->waited);
  assert_true(w->send == MCONN_E_NOT_RUNNING && w->try_send == MCONN_E_NOT_RUNNING && !w->can_send);
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  assert_int_equal(rig_errors(r), 1);
  rig_free(r);
}

/* MC-CONN-10 */
static void without_on_error_the_status_tells(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  mconn_connection *second;
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  mconn_callbacks call = rig_callbacks(r);
  call.on_error = NULL;
  assert_int_equal(mconn_connection_new(&second, fd[0], &c, channels_plain(1), 1, call).err, MCONN_OK);
  assert_int_equal(mconn_connection_start(second), MCONN_OK);
  close(fd[1]);
  assert_true(mconn_connection_wait(second, PATIENCE));
  assert_int_equal(mconn_connection_status(second, NULL, 0).reason.err, MCONN_E_EOF);
  mconn_connection_free(second);
  rig_free(r);
}

/* ---- waiting senders */

typedef struct {
  rig *r;
  pthread_t thread;
  enum mconn_err err;
} sender;

static void *send_until_refused(void *x)
{
  sender *s = x;
  static const uint8_t bytes[30000];
  while ((s->err = mconn_connection_send(s->r->c, 1, bytes, sizeof bytes)) == MCONN_OK) {}
  return NULL;
}

static void *stop_it(void *x)
{
  mconn_connection_stop(((sender *)x)->r->c);
  return NULL;
}

static void *flush_stop_it(void *x)
{
  sender *s = x;
  s->err = mconn_connection_flush_stop(s->r->c, 0);
  return NULL;
}

static void start_thread(sender *s, rig *r, void *(*f)(void *))
{
  s->r = r;
  assert_int_equal(real_pthread_create(&s->thread, f, s), 0);
}

static void join(sender *s)
{
  assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static void await_full_queue(rig *r)
{
  while (!wrap_gate_waits() || mconn_connection_can_send(r->c, 1)) sched_yield();
}

/* MC-CONN-04, MC-CONN-11. gap: stop during a blocked send. */
static void stops_from_many_threads_wake_every_waiting_sender(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  for (int round = 0; round < 10; round++) {
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    sender waiting[3], stopping[3];
    wrap_send_gate(true);
    for (int k = 0; k < 3; k++) start_thread(&waiting[k], r, send_until_refused);
    await_full_queue(r);
    for (int k = 0; k < 3; k++) start_thread(&stopping[k], r, stop_it);
    for (int k = 0; k < 3; k++) {
      join(&stopping[k]);
      join(&waiting[k]);
      assert_int_equal(waiting[k].err, MCONN_E_NOT_RUNNING);
    }
    rig_ended_silently(r);
    rig_free(r);
    wrap_send_gate(false);
  }
}

/* MC-CONN-12, MC-CONN-04. gap: send after flush-stop. */
static void flush_stop_wakes_waiting_senders_and_writes_what_was_accepted(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  for (int rate = 0; rate < 2; rate++) {
    c.send_rate = rate == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    sender waiting, flushing;
    wrap_send_gate(true);
    start_thread(&waiting, r, send_until_refused);
    await_full_queue(r);
    start_thread(&flushing, r, flush_stop_it);
    join(&waiting); /* while nothing can be written yet */
    assert_int_equal(waiting.err, MCONN_E_NOT_RUNNING);
    wrap_send_gate(false);
    size_t n = peer_read_to_end(r);
    rig_close_peer(r);
    join(&flushing);
    assert_int_equal(flushing.err, MCONN_OK);
    mconn_status s = mconn_connection_status(r->c, NULL, 0);
    mconn_channel_status ch = rig_channel(r, 0);
    assert_int_equal(ch.queued, 0);
    assert_true(s.bytes_sent == n && ch.bytes_sent == ch.messages_sent * 30000);
    assert_true(n > ch.bytes_sent && ch.messages_sent > ch.queue_capacity);
    rig_ended_silently(r);
    rig_free(r);
  }
}

/* ---- a caller inside its own write */

static void *send_one(void *x)
{
  sender *s = x;
  static const uint8_t bytes[200000];
  s->err = mconn_connection_send(s->r->c, 1, bytes, sizeof bytes);
  return NULL;
}

/* A message whose first packets are cut from the caller's memory, while the caller writes without the lock. */
static void during_a_callers_write(bool flush)
{
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
  sender first, flushing = { .err = MCONN_OK };
  wrap_send_hold();
  start_thread(&first, r, send_one);
  while (!wrap_send_held()) sched_yield();
  for (int k = 0; k < 5; k++) assert_int_equal(mconn_connection_try_send(r->c, 2, "between", 7), MCONN_OK);
  if (flush) start_thread(&flushing, r, flush_stop_it);
  else mconn_connection_stop(r->c);
  while (mconn_connection_can_send(r->c, 2)) sched_yield();
  wrap_send_go();
  size_t n = peer_read_to_end(r);
  rig_close_peer(r);
  join(&first);
  if (flush) {
    join(&flushing);
    assert_int_equal(flushing.err, MCONN_OK);
    assert_int_equal(first.err, MCONN_OK);
    assert_true(n > 200000 + 5 * 7);
    assert_int_equal(rig_channel(r, 0).messages_sent, 1);
    assert_int_equal(rig_channel(r, 1).messages_sent, 5);
  }
  rig_ended_silently(r);
  rig_free(r);
}

/* MC-CONN-11, MC-CONN-12. Upstream: TestPEXReactorSeedModeFlushStop. */
static void stop_and_flush_stop_during_a_callers_write(void **state)
{
  (void)state;
  during_a_callers_write(true);
  during_a_callers_write(false);
}

/* ---- flush_stop */

static void flush_all(enum mconn_dialect dialect, uint32_t payload, uint64_t throttle, size_t biggest)
{
  mconn_config c = config_plain();
  c.dialect = dialect;
  c.payload = payload;
  c.flush_throttle = throttle;
  rig *both[2];
  static uint8_t bytes[1 << 20];
  pattern(bytes, sizeof bytes, payload);
  rig_both(PAIR_TCP, &c, channels_plain(3), 3, both);
  for (int k = 0; k < 2; k++) assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
  const size_t sizes[] = { 0, 1, payload - 1, payload, payload + 1, 2 * payload, biggest };
  const size_t n = sizeof sizes / sizeof *sizes;
  for (size_t k = 0; k < n; k++)
    assert_int_equal(mconn_connection_send(both[0]->c, (uint8_t)(k % 3 + 1), bytes + k, sizes[k]), MCONN_OK);
  assert_int_equal(mconn_connection_flush_stop(both[0]->c, UINT64_MAX), MCONN_OK);
  assert_int_equal(mconn_connection_send(both[0]->c, 1, "late", 4), MCONN_E_NOT_RUNNING);
  rig_ended_silently(both[0]);
  rig_ended_with(both[1], MCONN_E_EOF);
  assert_int_equal(rig_messages(both[1]), n);
  for (uint8_t ch = 1; ch <= 3; ch++) {
    size_t next = ch - 1u; /* in the order of the channel */
    for (size_t k = 0; k < n; k++) {
      if (both[1]->seen[k].channel != ch) continue;
      expect_message(both[1], k, ch, bytes + next, sizes[next]);
      next += 3;
    }
    assert_true(next >= n);
  }
  rig_free(both[0]);
  rig_free(both[1]);
}

/* MC-CONN-12. gap: empty messages; gap: fragmentation at 0, N-1, N, N+1, 2N. */
static void everything_accepted_arrives_for_all_sizes_and_both_dialects(void **state)
{
  (void)state;
  const uint32_t payloads[] = { 2, 64, 1024, 65536, 500000 };
  for (int d = 0; d < 2; d++)
    for (size_t k = 0; k < sizeof payloads / sizeof *payloads; k++)
      for (int throttled = 0; throttled < 2; throttled++)
        flush_all(d == 0 ? MCONN_PROTO : MCONN_AMINO, payloads[k], throttled ? MCONN_FLUSH_THROTTLE_MAX : 0,
                  k == 0 ? 5000 : (1 << 20) - 64);
}

/* MC-CONN-12 */
static void both_sides_may_flush_at_once(void **state)
{
  (void)state;
  static uint8_t bytes[300000];
  for (int round = 0; round < 20; round++) {
    mconn_config c = config_plain();
    rig *both[2];
    rig_both(round % 2 == 0 ? PAIR_TCP : PAIR_UNIX, &c, channels_plain(1), 1, both);
    for (int k = 0; k < 2; k++) assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
    const size_t n[2] = { 1, 8 };
    for (int k = 0; k < 2; k++)
      for (size_t m = 0; m < n[k]; m++)
        assert_int_equal(mconn_connection_send(both[k]->c, 1, bytes, sizeof bytes), MCONN_OK);
    sender s[2];
    for (int k = 0; k < 2; k++) start_thread(&s[k], both[k], flush_stop_it);
    for (int k = 0; k < 2; k++) join(&s[k]);
    /* one may find the other's end of the stream first, before it is asked to stop itself; never both */
    assert_true(s[0].err == MCONN_OK || s[1].err == MCONN_OK);
    for (int k = 0; k < 2; k++) {
      assert_true(mconn_connection_wait(both[k]->c, PATIENCE));
      mconn_channel_status ch = rig_channel(both[k], 0);
      if (s[k].err == MCONN_OK) assert_true(ch.messages_sent == n[k] && ch.queued == 0);
      else assert_int_equal(rig_errors(both[k]), 1);
    }
    for (int k = 0; k < 2; k++) rig_free(both[k]);
  }
}

/* MC-CONN-12: the peer says no more while we still write */
static void a_peer_that_closed_its_side_still_gets_what_was_accepted(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[400000];
  sender flushing;
  wrap_send_gate(true);
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  start_thread(&flushing, r, flush_stop_it);
  while (mconn_connection_can_send(r->c, 1)) sched_yield();
  assert_int_equal(shutdown(r->peer, SHUT_WR), 0);
  wrap_send_gate(false);
  assert_true(peer_read_to_end(r) > sizeof bytes);
  join(&flushing);
  assert_int_equal(flushing.err, MCONN_OK);
  rig_ended_silently(r);
  rig_free(r);
}

/* MC-CONN-12 */
static void flush_stop_gives_up_at_its_time_out(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  static uint8_t bytes[3000000];
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  uint64_t start = now_ns();
  assert_int_equal(mconn_connection_flush_stop(r->c, 50 * MILLI), MCONN_E_TIMEOUT);
  assert_true(now_ns() - start >= 50 * MILLI);
  rig_ended_silently(r);
  assert_int_equal(mconn_connection_flush_stop(r->c, 0), MCONN_E_NOT_RUNNING);
  rig_free(r);
}

/* MC-CONN-12, MC-CONN-07 */
static void flush_stop_tells_that_the_connection_broke(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  static uint8_t bytes[3000000];
  sender flushing;
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  start_thread(&flushing, r, flush_stop_it);
  while (mconn_connection_can_send(r->c, 1)) sched_yield();
  rig_close_peer(r);
  join(&flushing);
  assert_int_equal(flushing.err, MCONN_E_NOT_RUNNING);
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  assert_int_equal(rig_errors(r), 0); /* who asked for the end hears of it as the result */
  assert_int_equal(mconn_connection_status(r->c, NULL, 0).reason.err, MCONN_E_IO);
  rig_free(r);
}

/* MC-CONN-12: a slow reader that asks with pings meanwhile must not be reset under its nose */
static void a_peer_reads_to_the_end_though_it_pings_after_our_last_byte(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[100000], ping[8];
  sender flushing;
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  start_thread(&flushing, r, flush_stop_it);
  while (mconn_connection_can_send(r->c, 1)) sched_yield();
  size_t n = put_ping(r, ping, 0);
  for (int k = 0; k < 50; k++) peer_write(r, ping, n);
  assert_true(peer_read_to_end(r) > sizeof bytes);
  peer_write(r, ping, n);
  rig_close_peer(r);
  join(&flushing);
  assert_int_equal(flushing.err, MCONN_OK);
  rig_ended_silently(r);
  rig_free(r);
}

/* MC-CONN-11 */
static void a_second_flush_stop_is_refused_while_the_first_drains(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  sender flushing;
  wrap_send_gate(true);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_OK);
  start_thread(&flushing, r, flush_stop_it);
  while (mconn_connection_can_send(r->c, 1)) sched_yield();
  assert_int_equal(mconn_connection_flush_stop(r->c, 0), MCONN_E_NOT_RUNNING);
  mconn_connection_stop(r->c);
  join(&flushing);
  assert_int_equal(flushing.err, MCONN_E_NOT_RUNNING);
  rig_ended_silently(r);
  rig_free(r);
}

/* ---- wait and status */

static void wait_waits_for_both_threads(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  assert_false(mconn_connection_wait(r->c, 1));
  assert_false(mconn_connection_wait(r->c, MILLI));
  mconn_connection_stop(r->c);
  assert_true(mconn_connection_wait(r->c, 0));
  assert_true(mconn_connection_wait(r->c, UINT64_MAX));
  assert_true(mconn_connection_wait(r->c, 1));
  rig_free(r);
}

static void status_works_in_every_state(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const mconn_channel d[2] = { { .id = 9, .priority = 3, .queue_capacity = 4 }, { .id = 0, .priority = 1 } };
  rig *r = rig_new(PAIR_TCP, &c, d, 2);
  mconn_channel_status ch[3];
  memset(ch, 0xA5, sizeof ch);
  mconn_status s = mconn_connection_status(r->c, ch, 1);
  assert_true(!s.running && s.reason.err == MCONN_OK && s.channels == 2 && s.bytes_sent == 0);
  assert_true(ch[0].id == 9 && ch[0].priority == 3 && ch[0].queue_capacity == 4 && ch[0].queued == 0);
  assert_int_equal(ch[1].id, 0xA5); /* beyond the room */
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  assert_int_equal(mconn_connection_send(r->c, 0, "ab", 2), MCONN_OK);
  peer_send_message(r, 9, "cde", 3);
  rig_await_messages(r, 1);
  uint8_t want[32];
  peer_expect(r, want, put_message(r, want, 0, 0, "ab", 2));
  s = mconn_connection_status(r->c, ch, 3);
  assert_true(s.running && s.channels == 2);
  assert_true(ch[0].messages_received == 1 && ch[0].bytes_received == 3 && ch[0].packets_received == 1);
  assert_true(ch[1].messages_sent == 1 && ch[1].bytes_sent == 2 && ch[1].packets_sent == 1 && ch[1].id == 0);
  assert_int_equal(ch[2].id, 0xA5);
  mconn_connection_stop(r->c);
  s = mconn_connection_status(r->c, ch, 3);
  assert_true(!s.running && s.reason.err == MCONN_OK);
  rig_free(r);
}

/* MC-FLOW-01: what was counted on the wire is in the figures as soon as its sample is whole. */
static void status_tells_the_flow_of_both_directions(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const mconn_channel d[1] = { { .id = 1, .priority = 1 } };
  rig *r = rig_new(PAIR_TCP, &c, d, 1);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.sent.samples == 0 && s.received.samples == 0 && s.sent.bytes == 0);
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  uint8_t want[512];
  static const char message[100] = "flow";
  assert_int_equal(mconn_connection_send(r->c, 1, message, sizeof message), MCONN_OK);
  peer_expect(r, want, put_message(r, want, 0, 1, message, sizeof message));
  peer_send_message(r, 1, "cde", 3);
  rig_await_messages(r, 1);
  do { /* the watchdog ends a test that waits for ever */
    usleep(1000);
    s = mconn_connection_status(r->c, NULL, 0);
  } while (s.sent.bytes == 0 || s.received.bytes == 0);
  assert_true(s.bytes_sent > 0 && s.bytes_received > 0);
  assert_int_equal(s.sent.bytes, s.bytes_sent);
  assert_int_equal(s.received.bytes, s.bytes_received);
  assert_true(s.sent.samples > 0 && s.sent.peak > 0 && s.sent.average > 0 && s.sent.mean > 0);
  assert_true(s.sent.peak >= s.sent.instant && s.received.peak > 0);
  assert_true(s.sent.duration <= s.age && s.sent.idle <= s.age);
  rig_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(after_a_stop_from_on_receive_nothing_more_is_handed_out),
    shell_test(what_would_wait_for_itself_is_refused_in_callbacks),
    shell_test(without_on_error_the_status_tells),
    shell_test(stops_from_many_threads_wake_every_waiting_sender),
    shell_test(flush_stop_wakes_waiting_senders_and_writes_what_was_accepted),
    shell_test(stop_and_flush_stop_during_a_callers_write),
    shell_test(everything_accepted_arrives_for_all_sizes_and_both_dialects),
    shell_test(both_sides_may_flush_at_once),
    shell_test(a_peer_that_closed_its_side_still_gets_what_was_accepted),
    shell_test(flush_stop_gives_up_at_its_time_out),
    shell_test(flush_stop_tells_that_the_connection_broke),
    shell_test(a_peer_reads_to_the_end_though_it_pings_after_our_last_byte),
    shell_test(a_second_flush_stop_is_refused_while_the_first_drains),
    shell_test(wait_waits_for_both_threads),
    shell_test(status_works_in_every_state),
    shell_test(status_tells_the_flow_of_both_directions),
  };
  return cmocka_run_group_tests_name("shell: life and end", tests, NULL, NULL);
}
