/* What the clock decides: pings and pongs, rates, flushes, time-outs. A test that is slow because the machine is must
 * still pass: times are only ever bounded from below, where a requirement says "not before". */
#include "harness.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

static void await_true(bool (*f)(rig *), rig *r)
{
  uint64_t until = now_ns() + PATIENCE;
  while (!f(r)) {
    if (now_ns() > until) fail_msg("it does not come to that");
    sched_yield();
  }
}

/* ---- pings and pongs */

/* MC-PING-02, MC-PING-04 */
static void pings_come_every_interval_and_their_pongs_are_counted(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 900 * MILLI, .timeout = 899 * MILLI };
  uint64_t start = now_ns();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t pong[8];
  for (uint64_t k = 1; k <= 2; k++) {
    peer_expect_ping(r);
    assert_true(now_ns() - start >= k * c.ping.interval);
    peer_write(r, pong, put_pong(r, pong, 0));
  }
  peer_send_message(r, 1, "x", 1);
  rig_await_messages(r, 1);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.running && s.pings_sent >= 2 && s.pongs_received == 2);
  assert_true(s.last_rtt > 0 && s.last_rtt < c.ping.timeout);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

static bool two_pings_answered(rig *r)
{
  mconn_connection_send(r->c, 1, "traffic", 7);
  return mconn_connection_status(r->c, NULL, 0).pongs_received >= 2;
}

/* MC-PING-02, MC-PING-06 */
static void pings_are_sent_and_answered_whatever_other_traffic_there_is(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 600 * MILLI, .timeout = 599 * MILLI };
  rig *both[2];
  rig_both(PAIR_TCP, &c, channels_plain(1), 1, both);
  for (int k = 0; k < 2; k++) assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
  await_true(two_pings_answered, both[0]);
  await_true(two_pings_answered, both[1]);
  assert_int_equal(rig_errors(both[0]) + rig_errors(both[1]), 0);
  rig_free(both[0]);
  rig_free(both[1]);
}

static void note_pongs(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  if (mconn_connection_status(r->c, NULL, 0).pongs_received == 1) rig_flag(r);
}

/* MC-PING-04: the owner may take any time with the message; the pong that came before it counts before that */
static void a_pong_counts_before_the_message_behind_it_is_handed_out(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 900 * MILLI, .timeout = 899 * MILLI };
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  r->on_message = note_pongs;
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  uint8_t out[32];
  peer_expect_ping(r);
  peer_write(r, out, put_message(r, out, put_pong(r, out, 0), 1, "x", 1));
  rig_await_flag(r);
  rig_free(r);
}

static void wait_for_flag(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  pthread_mutex_lock(&r->lock);
  while (!r->flag) pthread_cond_wait(&r->changed, &r->lock);
  pthread_mutex_unlock(&r->lock);
}

/* MC-PING-06 */
static void a_ping_is_answered_while_the_owner_is_busy_with_the_message_behind_it(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  r->on_message = wait_for_flag;
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  uint8_t out[32];
  peer_write(r, out, put_message(r, out, put_ping(r, out, 0), 1, "x", 1));
  peer_expect_pong(r);
  rig_flag(r);
  rig_free(r);
}

/* MC-PING-05 */
static void pongs_nobody_waits_for_do_not_answer_a_later_ping(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 900 * MILLI, .timeout = 40 * MILLI }; /* the pongs come before the ping */
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t pongs[32];
  size_t n = put_pong(r, pongs, put_pong(r, pongs, put_pong(r, pongs, 0)));
  peer_write(r, pongs, n);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.pings_sent == 1 && s.pongs_received == 0);
  rig_free(r);
}

/* ---- silence: the receive thread minds the ping clock */

static bool send_thread_rests_for_good(rig *r)
{
  (void)r;
  return wrap_calls(WRAP_SEM_WAIT) > 0;
}

static bool is_over(rig *r)
{
  return rig_errors(r) > 0;
}

static void answer_a_ping(rig *r)
{
  uint8_t pong[8];
  peer_expect_ping(r);
  peer_write(r, pong, put_pong(r, pong, 0));
}

/* A connection of which the peer has only ever seen a ping and a pong, and whose send thread waits for no time. */
static rig *rig_silent(void)
{
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 900 * MILLI, .timeout = 899 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  answer_a_ping(r);
  await_true(send_thread_rests_for_good, r);
  return r;
}

/* MC-PING-02, MC-PING-04 */
static void in_silence_pings_go_on_and_wake_no_send_thread(void **state)
{
  (void)state;
  rig *r = rig_silent();
  const unsigned long rests = wrap_calls(WRAP_SEM_WAIT) + wrap_calls(WRAP_SEM_CLOCKWAIT);
  for (int k = 0; k < 2; k++) answer_a_ping(r);
  peer_expect_ping(r);
  assert_int_equal(wrap_calls(WRAP_SEM_WAIT) + wrap_calls(WRAP_SEM_CLOCKWAIT), rests);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.running && s.pings_sent == 4 && s.pongs_received == 3);
  rig_free(r);
}

/* MC-PING-03 */
static void a_peer_that_is_dead_is_noticed_in_silence(void **state)
{
  (void)state;
  rig *r = rig_silent();
  peer_expect_ping(r);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.pings_sent == 2 && s.pongs_received == 1);
  rig_free(r);
}

/* MC-PING-02, MC-PING-03 */
static void pings_and_their_deadline_come_while_the_owner_is_busy_with_what_ended_the_silence(void **state)
{
  (void)state;
  rig *r = rig_silent();
  r->on_message = wait_for_flag;
  peer_send_message(r, 1, "x", 1);
  answer_a_ping(r); /* the pong is behind the message, and not read */
  await_true(is_over, r);
  rig_flag(r);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* MC-PING-03: the wait for the rest of a packet is none of silence */
static void a_deadline_comes_while_half_a_packet_is_there(void **state)
{
  (void)state;
  rig *r = rig_silent();
  uint8_t ping[8];
  assert_true(put_ping(r, ping, 0) > 1);
  peer_write(r, ping, 1);
  peer_expect_ping(r);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* MC-PING-02: between the bits of a message there are waits, too, which know nothing of the ping clock */
static void pings_go_on_while_a_message_comes_slowly(void **state)
{
  (void)state;
  rig *r = rig_silent();
  answer_a_ping(r); /* due by now; the next is an interval away */
  uint8_t part[100], out[200];
  pattern(part, sizeof part, 3);
  peer_write(r, out, put_packet(r, out, 0, 1, false, part, sizeof part)); /* more than is read in silence */
  struct pollfd p = { .fd = r->peer, .events = POLLIN };
  const uint64_t until = now_ns() + PATIENCE / 6;
  while (poll(&p, 1, 20) == 0) {
    if (now_ns() > until) fail_msg("no ping comes");
    peer_write(r, out, put_packet(r, out, 0, 1, false, part, 1));
  }
  peer_expect_ping(r);
  rig_free(r);
}

static bool both_threads_wait(rig *r)
{
  (void)r;
  /* the send thread with a time or, where the other was there first and minds the clock, without one */
  return wrap_calls(WRAP_PPOLL) == 2 && wrap_calls(WRAP_SEM_CLOCKWAIT) + wrap_calls(WRAP_SEM_WAIT) == 1;
}

static bool waits_for_the_pong(rig *r)
{
  (void)r;
  return wrap_calls(WRAP_RECV) == 3;
}

/* The peer's second ping has found ours due: ours went with the pong, and the receive thread waits for the answer. */
static rig *rig_joined(void)
{
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 600 * SECOND, .timeout = 45 * SECOND };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t ping[8], want[16];
  const size_t n = put_ping(r, ping, 0);
  peer_write(r, ping, n);
  peer_expect_pong(r);
  await_true(both_threads_wait, r);
  wrap_clock_skip(c.ping.interval);
  peer_write(r, ping, n);
  peer_expect(r, want, put_ping(r, want, put_pong(r, want, 0)));
  assert_int_equal(wrap_calls(WRAP_SEND), 2);
  await_true(waits_for_the_pong, r);
  assert_int_equal(wrap_calls(WRAP_PPOLL), 2);
  return r;
}

static bool a_pong_came(rig *r)
{
  return mconn_connection_status(r->c, NULL, 0).pongs_received > 0;
}

/* MC-PING-02, MC-PING-06: the end whose ping is due joins it to its pong */
static void a_ping_that_is_due_goes_with_the_pong(void **state)
{
  (void)state;
  rig *r = rig_joined();
  uint8_t out[16];
  peer_write(r, out, put_pong(r, out, 0));
  await_true(a_pong_came, r);
  peer_write(r, out, put_ping(r, out, 0)); /* no second one is due */
  peer_expect_pong(r);
  peer_send_message(r, 1, "x", 1);
  rig_await_messages(r, 1);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.running && s.pings_sent == 1 && s.pongs_received == 1);
  rig_free(r);
}

/* MC-PING-03: who waits for the pong looks at the clock again */
static void the_wait_for_a_pong_ends_with_its_deadline(void **state)
{
  (void)state;
  rig *r = rig_joined();
  wrap_clock_skip(45 * SECOND);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* MC-PING-04: a ping that came says nothing of a pong that may be behind it */
static void a_ping_past_the_deadline_of_ours_is_answered_first(void **state)
{
  (void)state;
  rig *r = rig_joined();
  uint8_t out[16];
  wrap_clock_skip(45 * SECOND);
  peer_write(r, out, put_pong(r, out, put_ping(r, out, 0)));
  peer_expect_pong(r);
  await_true(a_pong_came, r);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

/* MC-PING-03: nor does it make the deadline forgotten */
static void a_peer_that_pings_and_answers_none_is_dead(void **state)
{
  (void)state;
  rig *r = rig_joined();
  uint8_t out[16];
  wrap_clock_skip(45 * SECOND);
  peer_write(r, out, put_ping(r, out, 0));
  peer_expect_pong(r);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* ---- pings that share a pong */

static uint64_t awaited_bytes;

static bool all_received(rig *r)
{
  return mconn_connection_status(r->c, NULL, 0).bytes_received >= awaited_bytes;
}

/* MC-PING-06 */
static void pings_share_a_pong_that_waits_to_be_written(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t ping[8], want[64];
  wrap_send_gate(true);
  assert_int_equal(mconn_connection_send(r->c, 1, "first", 5), MCONN_OK);
  size_t n = put_ping(r, ping, 0);
  for (int k = 0; k < 50; k++) peer_write(r, ping, n);
  awaited_bytes = 50 * n;
  await_true(all_received, r);
  wrap_send_gate(false);
  peer_expect(r, want, put_message(r, want, 0, 1, "first", 5));
  peer_expect_pong(r);
  assert_int_equal(mconn_connection_send(r->c, 1, "second", 6), MCONN_OK);
  peer_expect(r, want, put_message(r, want, 0, 1, "second", 6));
  rig_free(r);
}

/* ---- rates */

/* No more than the rate times the time plus a burst (bytes) can have passed. */
static void not_faster_than(uint64_t bytes, uint64_t rate, uint64_t burst, uint64_t since)
{
  uint64_t took = now_ns() - since;
  uint64_t granted = rate * took / SECOND + burst;
  if (bytes > granted) fail_msg("%zu bytes, %zu granted", (size_t)bytes, (size_t)granted);
}

/* MC-RATE-02, MC-RATE-03. Upstream: TestReader; gap: the limiter inside a connection. */
static void receiving_keeps_its_rate_and_reads_in_portions(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.recv_rate = 5000000;
  uint64_t start = now_ns();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[1500000];
  pattern(bytes, sizeof bytes, 5);
  peer_send_message(r, 1, bytes, sizeof bytes);
  rig_await_messages(r, 1);
  not_faster_than(sizeof bytes, c.recv_rate, c.recv_rate / 10, start);
  expect_message(r, 0, 1, bytes, sizeof bytes);
  /* what passes in 5 ms with one read: a limiter that reads what comes byte by byte costs a processor */
  assert_true(wrap_calls(WRAP_RECV) < sizeof bytes / 500);
  rig_free(r);
}

/* MC-RATE-02, MC-RATE-03. Upstream: TestWriter; gap: the limiter inside a connection. */
static void sending_keeps_its_rate_also_while_flushing(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.send_rate = 200000;
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  static uint8_t bytes[40000], got[50000];
  uint64_t start = now_ns();
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  size_t n = peer_read(r, got, sizeof got);
  n += peer_read(r, got, 80000 - n);
  not_faster_than(n, c.send_rate, 20000, start);
  rig_free(r);
}

/* MC-RATE-02: the peer has gone, its bytes are still there; waiting for the rate must not become spinning */
static void a_limited_reader_does_not_spin_on_a_peer_that_is_gone(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.recv_rate = 20000;
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  static uint8_t bytes[12000];
  peer_send_message(r, 1, bytes, sizeof bytes);
  rig_close_peer(r);
  rig_ended_with(r, MCONN_E_EOF);
  assert_int_equal(rig_messages(r), 1);
  assert_true(wrap_calls(WRAP_RECV) + wrap_calls(WRAP_PPOLL) + wrap_calls(WRAP_POLL) < 3000);
  rig_free(r);
}

/* MC-RATE-04, MC-RATE-05 */
static void packets_larger_than_a_burst_pass_a_limiter(void **state)
{
  (void)state;
  static uint8_t bytes[3 << 20];
  pattern(bytes, sizeof bytes, 6);
  const uint64_t rates[] = { 0, 20000000 };
  const uint32_t payloads[] = { 65536, 1 << 20 };
  for (size_t k = 0; k < 4; k++) {
    mconn_config c = config_plain();
    c.send_rate = c.recv_rate = rates[k / 2];
    c.payload = payloads[k % 2];
    rig *both[2];
    rig_both(PAIR_TCP, &c, channels_plain(1), 1, both);
    for (int side = 0; side < 2; side++) assert_int_equal(mconn_connection_start(both[side]->c), MCONN_OK);
    assert_int_equal(mconn_connection_send(both[0]->c, 1, bytes, sizeof bytes), MCONN_OK);
    rig_await_messages(both[1], 1);
    expect_message(both[1], 0, 1, bytes, sizeof bytes);
    rig_free(both[0]);
    rig_free(both[1]);
  }
}

/* MC-RATE-06, MC-CONN-16 */
static void no_other_clock_than_the_monotonic_one_is_read(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.send_rate = c.recv_rate = 20000000;
  c.flush_throttle = MILLI;
  c.ping = (mconn_ping_config){ .interval = 400 * MILLI, .timeout = 399 * MILLI };
  static uint8_t bytes[100000];
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  unsigned long before = wrap_clock_reads();
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  peer_send_message(r, 1, bytes, sizeof bytes);
  rig_await_messages(r, 1);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  assert_true(wrap_clock_reads() > before);
  assert_int_equal(wrap_other_clock_reads(), 0);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t); /* it would be noticed */
  assert_int_equal(wrap_other_clock_reads(), 1);
  rig_free(r);
}

/* ---- flushes */

/* MC-FLUSH-02 */
static void without_a_throttle_a_message_is_written_at_once(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t want[64];
  for (int k = 0; k < 100; k++) {
    assert_int_equal(mconn_connection_send(r->c, 1, &k, sizeof k), MCONN_OK);
    peer_expect(r, want, put_message(r, want, 0, 1, &k, sizeof k));
  }
  rig_free(r);
}

/* MC-FLUSH-03. Upstream: TestThrottle. */
static void with_a_throttle_a_message_is_written_when_it_fires(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.flush_throttle = 30 * MILLI;
  for (int rate = 0; rate < 2; rate++) {
    c.send_rate = rate == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    uint8_t want[64];
    for (int k = 0; k < 5; k++) {
      uint64_t start = now_ns();
      assert_int_equal(mconn_connection_send(r->c, 1, "once", 4), MCONN_OK);
      peer_expect(r, want, put_message(r, want, 0, 1, "once", 4));
      assert_true(now_ns() - start >= c.flush_throttle);
    }
    rig_free(r);
  }
}

/* MC-FLUSH-05 */
static void a_pong_takes_the_buffered_bytes_with_it(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.flush_throttle = MCONN_FLUSH_THROTTLE_MAX;
  for (int rate = 0; rate < 2; rate++) {
    c.send_rate = rate == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    uint8_t want[256], ping[8];
    size_t n = 0;
    uint64_t start = now_ns();
    for (uint8_t k = 0; k < 5; k++) {
      assert_int_equal(mconn_connection_send(r->c, 1, &k, 1), MCONN_OK);
      n = put_message(r, want, n, 1, &k, 1);
    }
    assert_true(mconn_connection_status(r->c, NULL, 0).bytes_sent == 0 || now_ns() - start >= c.flush_throttle);
    while (rig_channel(r, 0).packets_sent < 5) usleep(1000); /* with a limiter it is the send thread that cuts */
    peer_write(r, ping, put_ping(r, ping, 0));
    peer_expect(r, want, put_pong(r, want, n));
    rig_free(r);
  }
}

/* MC-FLUSH-05 */
static void a_ping_takes_the_buffered_bytes_with_it(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.flush_throttle = MCONN_FLUSH_THROTTLE_MAX;
  c.ping = (mconn_ping_config){ .interval = 300 * MILLI, .timeout = 299 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t want[64];
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_OK);
  peer_expect(r, want, put_ping(r, want, put_message(r, want, 0, 1, "x", 1)));
  rig_free(r);
}

/* MC-FLUSH-04 */
static void a_full_buffer_is_written_at_once(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.flush_throttle = MCONN_FLUSH_THROTTLE_MAX;
  for (int rate = 0; rate < 2; rate++) {
    c.send_rate = rate == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
    static uint8_t bytes[200000], want[210000];
    pattern(bytes, sizeof bytes, 7);
    size_t n = put_message(r, want, 0, 1, bytes, sizeof bytes);
    assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
    peer_expect(r, want, n / 65536 * 65536 - 2048); /* what is not the last, unfull buffer */
    rig_free(r);
  }
}

/* ---- time-outs of send */

/* Behind a closed gate: until nothing moves any more, and the queue is full. */
static void fill_up(rig *r, const uint8_t *bytes, size_t len)
{
  bool stuck = false;
  while (!stuck) {
    bool waits = wrap_gate_waits();
    stuck = mconn_connection_try_send(r->c, 1, bytes, len) == MCONN_E_QUEUE_FULL && waits;
  }
  assert_int_equal(mconn_connection_try_send(r->c, 1, bytes, len), MCONN_E_QUEUE_FULL);
  assert_false(mconn_connection_can_send(r->c, 1));
  assert_true(mconn_connection_can_send(r->c, 2)); /* its own queue has room (MC-CONN-13) */
}

/* MC-CONN-02, MC-CONN-03, MC-CONN-13 */
static void a_full_queue_times_out_and_takes_messages_again_when_the_peer_reads(void **state)
{
  (void)state;
  static uint8_t bytes[100000];
  mconn_config c = config_plain();
  for (int round = 0; round < 4; round++) {
    c.send_timeout = round % 2 == 0 ? 50 * MILLI : 0;
    c.send_rate = round / 2 == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_UNIX, &c, channels_plain(2), 2);
    wrap_send_gate(true);
    fill_up(r, bytes, sizeof bytes);
    uint64_t start = now_ns();
    assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_E_TIMEOUT);
    assert_true(now_ns() - start >= c.send_timeout);
    mconn_channel_status s = rig_channel(r, 0);
    assert_int_equal(s.queued, s.queue_capacity + 1); /* the queue, and the one under way */
    assert_true(mconn_connection_status(r->c, NULL, 0).running);
    wrap_send_gate(false);
    static uint8_t sink[1000];
    while (!mconn_connection_can_send(r->c, 1)) peer_read(r, sink, 1000);
    assert_int_equal(mconn_connection_try_send(r->c, 1, bytes, 1), MCONN_OK);
    rig_free(r);
  }
}

static void *send_one(void *x)
{
  rig *r = x;
  static enum mconn_err err;
  rig_flag(r);
  err = mconn_connection_send(r->c, 1, "last", 4);
  return &err;
}

/* MC-CONN-02 */
static void a_sender_without_limit_waits_until_there_is_room(void **state)
{
  (void)state;
  static uint8_t bytes[50000];
  mconn_config c = config_plain();
  c.send_timeout = UINT64_MAX;
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(2), 2);
  wrap_send_gate(true);
  fill_up(r, bytes, sizeof bytes);
  pthread_t t;
  assert_int_equal(real_pthread_create(&t, send_one, r), 0);
  rig_await_flag(r);
  wrap_send_gate(false);
  uint8_t want[16], tail[16] = { 0 }, p[1];
  size_t n = put_message(r, want, 0, 1, "last", 4);
  while (memcmp(want, tail, n) != 0) { /* the peer reads until the message comes */
    assert_int_equal(peer_read(r, p, 1), 1);
    memmove(tail, tail + 1, n - 1);
    tail[n - 1] = p[0];
  }
  void *err;
  assert_int_equal(pthread_join(t, &err), 0);
  assert_int_equal(*(enum mconn_err *)err, MCONN_OK);
  rig_free(r);
}

/* A sender is woken for the first place in a queue that is still nearly full, if nothing more moves (MC-CONN-02). */
static void a_waiting_sender_hears_of_one_place_when_the_peer_stops_reading(void **state)
{
  (void)state;
  static uint8_t bytes[50000], sink[1000];
  const mconn_channel d[2] = { { .id = 1, .priority = 1, .queue_capacity = 64 }, { .id = 2, .priority = 1 } };
  mconn_config c = config_plain();
  c.send_timeout = UINT64_MAX;
  rig *r = rig_open(PAIR_UNIX, &c, d, 2);
  wrap_send_gate(true);
  fill_up(r, bytes, sizeof bytes);
  pthread_t t;
  assert_int_equal(real_pthread_create(&t, send_one, r), 0);
  rig_await_flag(r);
  const uint64_t sent = rig_channel(r, 0).messages_sent;
  wrap_send_gate(false);
  while (rig_channel(r, 0).messages_sent == sent) peer_read(r, sink, sizeof sink);
  void *err;
  assert_int_equal(pthread_join(t, &err), 0);
  assert_int_equal(*(enum mconn_err *)err, MCONN_OK);
  rig_free(r);
}

/* ---- decay */

static uint64_t was_sent;

static bool decayed(rig *r)
{
  return rig_channel(r, 0).recently_sent < was_sent;
}

/* MC-SENDER-08, MC-CONN-16. gap: priorities and decay. */
static void counters_decay_also_when_only_callers_write(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[1000];
  uint8_t ping[8];
  was_sent = put_message(r, (uint8_t[1100]){ 0 }, 0, 1, bytes, sizeof bytes);
  peer_write(r, ping, put_ping(r, ping, 0)); /* bytes arrived, so the next write is the caller's */
  peer_expect_pong(r);
  usleep(20000); /* the send thread most likely sleeps by now; the test holds either way */
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  await_true(decayed, r);
  assert_true(rig_channel(r, 0).recently_sent == was_sent * 4 / 5);
  rig_free(r);
}

static long live_before;

static bool gave_back(rig *r)
{
  (void)r;
  usleep(10000);
  return wrap_live() <= live_before;
}

/* A message each way, so long that every buffer there is gets used. */
static void exchange(rig *r)
{
  static uint8_t bytes[100000], got[110000];
  const size_t before = rig_messages(r);
  pattern(bytes, sizeof bytes, 31);
  assert_int_equal(mconn_connection_send(r->c, 1, bytes, sizeof bytes), MCONN_OK);
  peer_expect(r, got, put_message(r, got, 0, 1, bytes, sizeof bytes));
  peer_send_message(r, 1, bytes, sizeof bytes);
  rig_await_messages(r, before + 1);
}

/* MC-CONN-15, and the buffers for sending and reading as well: they are gone some time after the last message, and
 * come back with the next. */
static void silent(bool nonblocking)
{
  mconn_config c = config_plain();
  rig *r = rig_bare(&c);
  int fd[2];
  stream_pair(PAIR_TCP, fd);
  r->fd = fd[0];
  r->peer = fd[1];
  if (nonblocking) assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
  assert_int_equal(mconn_connection_new(&r->c, fd[0], &c, channels_plain(2), 2, rig_callbacks(r)).err, MCONN_OK);
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  live_before = wrap_live();
  for (int k = 0; k < 2; k++) {
    exchange(r);
    assert_true(wrap_live() > live_before);
    await_true(gave_back, r);
  }
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

static void a_silent_connection_gives_its_buffers_back(void **state)
{
  (void)state;
  silent(false);
}

static void so_does_one_whose_socket_does_not_wait(void **state)
{
  (void)state;
  silent(true);
}

/* A ping takes no buffer, and what one of the few bytes leaves over is not lost. */
static void pings_and_short_messages_take_no_buffer(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  uint8_t stream[200];
  live_before = wrap_live();
  for (size_t k = 0; k < 3; k++) {
    size_t n = put_message(r, stream, put_ping(r, stream, 0), 1, "short", 5);
    peer_write(r, stream, n);
    peer_expect_pong(r);
    rig_await_messages(r, k + 1);
  }
  assert_int_equal(wrap_live(), live_before);
  /* as many bytes as are read at once, then more, then a packet that lies across */
  static uint8_t bytes[64];
  for (size_t len = 48; len < 64; len++) {
    peer_send_message(r, 1, bytes, len);
    peer_send_message(r, 1, bytes, 3);
  }
  rig_await_messages(r, 3 + 2 * 16);
  for (size_t k = 0; k < 16; k++) expect_message(r, 3 + 2 * k, 1, bytes, 48 + k);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
}

/* The decay rests with the connection, and what was due meanwhile shows in the status. */
static void counters_decay_also_while_nothing_is_sent(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_OK);
  was_sent = rig_channel(r, 0).recently_sent;
  assert_true(was_sent > 0);
  uint64_t begin = now_ns();
  while (rig_channel(r, 0).recently_sent > was_sent * 4 / 5 * 4 / 5 * 4 / 5) usleep(10000); /* two ticks are in rest */
  assert_true(now_ns() - begin > 3900 * MILLI);
  rig_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_silent_connection_gives_its_buffers_back),
    shell_test(so_does_one_whose_socket_does_not_wait),
    shell_test(pings_and_short_messages_take_no_buffer),
    shell_test(counters_decay_also_while_nothing_is_sent),
    shell_test(pings_come_every_interval_and_their_pongs_are_counted),
    shell_test(pings_are_sent_and_answered_whatever_other_traffic_there_is),
    shell_test(a_pong_counts_before_the_message_behind_it_is_handed_out),
    shell_test(a_ping_is_answered_while_the_owner_is_busy_with_the_message_behind_it),
    shell_test(pongs_nobody_waits_for_do_not_answer_a_later_ping),
    shell_test(in_silence_pings_go_on_and_wake_no_send_thread),
    shell_test(a_peer_that_is_dead_is_noticed_in_silence),
    shell_test(pings_and_their_deadline_come_while_the_owner_is_busy_with_what_ended_the_silence),
    shell_test(a_deadline_comes_while_half_a_packet_is_there),
    shell_test(pings_go_on_while_a_message_comes_slowly),
    shell_test(a_ping_that_is_due_goes_with_the_pong),
    shell_test(the_wait_for_a_pong_ends_with_its_deadline),
    shell_test(a_ping_past_the_deadline_of_ours_is_answered_first),
    shell_test(a_peer_that_pings_and_answers_none_is_dead),
    shell_test(pings_share_a_pong_that_waits_to_be_written),
    shell_test(receiving_keeps_its_rate_and_reads_in_portions),
    shell_test(sending_keeps_its_rate_also_while_flushing),
    shell_test(a_limited_reader_does_not_spin_on_a_peer_that_is_gone),
    shell_test(packets_larger_than_a_burst_pass_a_limiter),
    shell_test(no_other_clock_than_the_monotonic_one_is_read),
    shell_test(without_a_throttle_a_message_is_written_at_once),
    shell_test(with_a_throttle_a_message_is_written_when_it_fires),
    shell_test(a_pong_takes_the_buffered_bytes_with_it),
    shell_test(a_ping_takes_the_buffered_bytes_with_it),
    shell_test(a_full_buffer_is_written_at_once),
    shell_test(a_full_queue_times_out_and_takes_messages_again_when_the_peer_reads),
    shell_test(a_sender_without_limit_waits_until_there_is_room),
    shell_test(a_waiting_sender_hears_of_one_place_when_the_peer_stops_reading),
    shell_test(counters_decay_also_when_only_callers_write),
  };
  return cmocka_run_group_tests_name("shell: time", tests, NULL, NULL);
}
