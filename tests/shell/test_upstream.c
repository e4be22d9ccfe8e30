/* Upstream's own tests of its connection (tendermint p2p/conn/connection_test.go, v0.27 to CometBFT v1.0), each as one
 * test of ours, named after what it is about. Upstream's name stands above it. */
#include "harness.h"
#include <dirent.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

/* As upstream's tests set it up: one channel 0x01 of priority 1 and queue capacity 1. */
static const mconn_channel one = { .id = 0x01, .priority = 1, .queue_capacity = 1 };

static rig *open_one(enum mconn_dialect dialect)
{
  mconn_config c = config_plain();
  c.dialect = dialect;
  return rig_open(PAIR_TCP, &c, &one, 1);
}

/* Upstream answers within 45 ms of a ping each 90 ms; a machine under load gets more. */
static rig *open_with_pings(uint64_t interval_ms)
{
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = interval_ms * MILLI, .timeout = (interval_ms - 1) * MILLI };
  return rig_open(PAIR_TCP, &c, &one, 1);
}

static void *read_to_end(void *x)
{
  rig *r = x;
  static uint8_t got[64];
  static size_t n;
  n = peer_read(r, got, sizeof got);
  rig_close_peer(r);
  return n == 12 || n == 14 ? got : NULL;
}

/* TestMConnectionSendFlushStop. MC-CONN-12, MC-HEADER-01 */
static void a_message_sent_before_flush_stop_reaches_the_peer(void **state)
{
  (void)state;
  const uint8_t proto[] = { 11, 0x1a, 9, 0x08, 1, 0x10, 1, 0x1a, 3, 'a', 'b', 'c' };
  const uint8_t amino[] = { 13, 0xb0, 0x5b, 0x4f, 0x2c, 0x08, 1, 0x10, 1, 0x1a, 3, 'a', 'b', 'c' };
  for (int d = 0; d < 2; d++) {
    rig *r = open_one(d == 0 ? MCONN_PROTO : MCONN_AMINO);
    pthread_t t;
    void *got;
    assert_int_equal(real_pthread_create(&t, read_to_end, r), 0);
    assert_int_equal(mconn_connection_send(r->c, 0x01, "abc", 3), MCONN_OK);
    assert_int_equal(mconn_connection_flush_stop(r->c, 0), MCONN_OK);
    assert_int_equal(pthread_join(t, &got), 0);
    assert_non_null(got);
    if (d == 0) assert_memory_equal(got, proto, sizeof proto);
    else assert_memory_equal(got, amino, sizeof amino);
    rig_free(r);
  }
}

/* TestMConnectionSend. MC-CONN-13, MC-SENDER-06 */
static void send_and_try_send_produce_bytes(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  uint8_t want[64];
  assert_int_equal(mconn_connection_send(r->c, 0x01, "Ant-Man", 7), MCONN_OK);
  peer_expect(r, want, put_message(r, want, 0, 0x01, "Ant-Man", 7));
  assert_true(mconn_connection_can_send(r->c, 0x01));
  assert_int_equal(mconn_connection_try_send(r->c, 0x01, "Spider-Man", 10), MCONN_OK);
  peer_expect(r, want, put_message(r, want, 0, 0x01, "Spider-Man", 10));
  assert_false(mconn_connection_can_send(r->c, 0x05));
  assert_int_equal(mconn_connection_send(r->c, 0x05, "Absorbing Man", 13), MCONN_E_CHANNEL_UNKNOWN);
  rig_free(r);
}

/* TestMConnectionReceive, TestMConnectionReceiveEnvelope. MC-CONN-01, MC-RECEIVER-05 */
static void a_message_arrives_intact(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *both[2];
  rig_both(PAIR_TCP, &c, &one, 1, both);
  for (int k = 0; k < 2; k++) assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
  assert_int_equal(mconn_connection_send(both[1]->c, 0x01, "Cyclops", 7), MCONN_OK);
  rig_await_messages(both[0], 1);
  expect_message(both[0], 0, 0x01, "Cyclops", 7);
  for (int k = 0; k < 2; k++) rig_free(both[k]);
}

/* TestMConnectionStatus */
static void the_status_of_a_new_connection_shows_an_empty_queue(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  mconn_channel_status ch;
  mconn_status s = mconn_connection_status(r->c, &ch, 1);
  assert_true(s.running && s.channels == 1 && ch.queued == 0 && ch.id == 0x01);
  rig_free(r);
}

/* TestMConnectionPongTimeoutResultsInError. MC-PING-03 */
static void a_ping_that_was_read_and_not_answered_ends_the_connection(void **state)
{
  (void)state;
  rig *r = open_with_pings(90);
  peer_expect_ping(r);
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* TestMConnectionMultiplePongsInTheBeginning. MC-PING-05 */
static void pongs_in_the_beginning_are_harmless(void **state)
{
  (void)state;
  rig *r = open_with_pings(700);
  uint8_t p[8];
  size_t n = put_pong(r, p, 0);
  for (int k = 0; k < 3; k++) peer_write(r, p, n);
  peer_expect_ping(r);
  peer_write(r, p, n);
  peer_expect_ping(r); /* the next one: the first was answered */
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  assert_int_equal(mconn_connection_status(r->c, NULL, 0).pongs_received, 1);
  rig_free(r);
}

/* TestMConnectionMultiplePings. MC-PING-06 */
static void each_of_three_pings_gets_its_pong(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  uint8_t p[8];
  size_t n = put_ping(r, p, 0);
  for (int k = 0; k < 3; k++) {
    peer_write(r, p, n);
    peer_expect_pong(r);
  }
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  rig_free(r);
}

static size_t threads_now(void)
{
  size_t n = 0;
  DIR *d = opendir("/proc/self/task");
  assert_non_null(d);
  while (readdir(d) != NULL) n++;
  closedir(d);
  return n;
}

/* TestMConnectionPingPongs. MC-PING-02 */
static void two_rounds_of_ping_and_pong_and_no_thread_is_left(void **state)
{
  (void)state;
  size_t threads = threads_now();
  rig *r = open_with_pings(500);
  uint8_t p[8];
  size_t n = put_pong(r, p, 0);
  for (int k = 0; k < 2; k++) {
    peer_expect_ping(r);
    peer_write(r, p, n);
  }
  peer_expect_ping(r);
  assert_int_equal(rig_errors(r), 0);
  rig_free(r);
  uint64_t until = now_ns() + PATIENCE; /* the system takes a joined thread off its list a little later */
  while (threads_now() > threads && now_ns() < until) sched_yield();
  assert_int_equal(threads_now(), threads);
}

/* TestMConnectionStopsAndReturnsError. MC-CONN-10 */
static void a_socket_closed_under_the_connection_stops_it_with_an_error(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  assert_int_equal(shutdown(r->fd, SHUT_RDWR), 0); /* a close would leave the number to others */
  mconn_reason x = rig_await_error(r);
  assert_true(x.err == MCONN_E_EOF || x.err == MCONN_E_IO);
  rig_ended_with(r, x.err);
  rig_free(r);
}

static void ends_with(enum mconn_dialect d, const uint8_t *p, size_t n, enum mconn_err err)
{
  rig *r = open_one(d);
  peer_write(r, p, n);
  rig_ended_with(r, err);
  assert_int_equal(rig_messages(r), 0);
  rig_free(r);
}

/* TestMConnectionReadErrorBadEncoding. MC-CONN-14 */
static void bytes_that_are_no_packet_end_the_connection(void **state)
{
  (void)state;
  const uint8_t proto[] = { 1, 2, 3, 4, 5 };
  const uint8_t amino[] = { 4, 0xb0, 0x5b, 0x4f, 0x2c + 1 };
  ends_with(MCONN_PROTO, proto, sizeof proto, MCONN_E_TRUNCATED);
  ends_with(MCONN_AMINO, amino, sizeof amino, MCONN_E_PREFIX);
}

/* TestMConnectionReadErrorUnknownChannel. MC-RECEIVER-02, MC-SENDER-06 */
static void a_channel_unknown_here_cannot_be_sent_on_and_one_unknown_there_ends_the_connection(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *few = rig_new(PAIR_TCP, &c, &one, 1);
  assert_int_equal(mconn_connection_start(few->c), MCONN_OK);
  assert_int_equal(mconn_connection_send(few->c, 0x03, "Ant-Man", 7), MCONN_E_CHANNEL_UNKNOWN);
  peer_send_message(few, 0x02, "Ant-Man", 7);
  rig_ended_with(few, MCONN_E_CHANNEL);
  rig_free(few);
}

/* TestMConnectionReadErrorLongMessage. MC-FRAME-03 */
static void a_full_packet_is_delivered_and_one_too_long_ends_the_connection_for_the_writer_too(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  static uint8_t bytes[1124], out[2500];
  pattern(bytes, sizeof bytes, 1);
  peer_write(r, out, put_packet(r, out, 0, 0x01, true, bytes, 1024));
  rig_await_messages(r, 1);
  expect_message(r, 0, 0x01, bytes, 1024);
  size_t n = put_packet(r, out, 0, 0x01, true, bytes, 1124);
  peer_write(r, out, n);
  rig_ended_with(r, MCONN_E_PACKET_SIZE);
  while (peer_try_write(r, out, n)) sched_yield(); /* the writer notices */
  rig_free(r);
}

/* TestMConnectionReadErrorUnknownMsgType. MC-PACKET-04, MC-PACKET-05 */
static void a_packet_of_no_known_type_ends_the_connection(void **state)
{
  (void)state;
  const uint8_t amino[] = { 4, 0xff, 0xff, 0xff, 0xff };
  const uint8_t proto[] = { 4, 0x22, 2, 0x08, 1 }; /* member 4 */
  ends_with(MCONN_AMINO, amino, sizeof amino, MCONN_E_PREFIX);
  ends_with(MCONN_PROTO, proto, sizeof proto, MCONN_E_NO_MEMBER);
}

/* TestMConnectionTrySend. MC-CONN-03, MC-CONN-13 */
static void try_send_fails_without_waiting_while_the_queue_is_occupied(void **state)
{
  (void)state;
  rig *r = open_one(MCONN_PROTO);
  static uint8_t large[200000], sink[1000];
  uint8_t want[64];
  assert_int_equal(mconn_connection_try_send(r->c, 0x01, "Semicolon-Woman", 15), MCONN_OK);
  peer_expect(r, want, put_message(r, want, 0, 0x01, "Semicolon-Woman", 15));
  assert_true(mconn_connection_can_send(r->c, 0x01));
  wrap_send_gate(true);
  enum mconn_err err = MCONN_OK;
  for (int k = 0; k < 10 && err == MCONN_OK; k++) {
    bool waits = wrap_gate_waits();
    err = mconn_connection_try_send(r->c, 0x01, large, sizeof large);
    if (err == MCONN_E_QUEUE_FULL && !waits) err = MCONN_OK, k = 0, sched_yield(); /* still moving */
  }
  assert_int_equal(err, MCONN_E_QUEUE_FULL);
  assert_false(mconn_connection_can_send(r->c, 0x01));
  wrap_send_gate(false);
  while (!mconn_connection_can_send(r->c, 0x01)) peer_read(r, sink, sizeof sink);
  rig_free(r);
}

/* TestConnVectors. MC-HEADER-01, MC-HEADER-03 */
static void the_bytes_on_the_wire_are_upstreams_vectors(void **state)
{
  (void)state;
  const uint8_t msg[] = { 0x24, 0x1a, 0x22, 0x08, 0x01, 0x1a, 0x1e };
  const uint8_t end[] = { 0x09, 0x1a, 0x07, 0x08, 0x01, 0x10, 0x01, 0x1a, 0x01, '!' };
  const uint8_t ping[] = { 0x02, 0x0a, 0x00 }, pong[] = { 0x02, 0x12, 0x00 };
  mconn_config c = config_plain();
  c.payload = 30;
  c.ping = (mconn_ping_config){ .interval = 500 * MILLI, .timeout = 499 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, &one, 1);
  assert_int_equal(mconn_connection_send(r->c, 0x01, "data transmitted over the wire!", 31), MCONN_OK);
  peer_expect(r, msg, sizeof msg);
  peer_expect(r, "data transmitted over the wire", 30);
  peer_expect(r, end, sizeof end);
  peer_write(r, ping, sizeof ping);
  peer_expect(r, pong, sizeof pong);
  peer_expect(r, ping, sizeof ping);
  rig_free(r);
}

/* TestMConnectionChannelOverflow. MC-RECEIVER-02 */
static void channel_1025_does_not_reach_channel_1(void **state)
{
  (void)state;
  const uint8_t p[] = { 9, 0x1a, 7, 0x08, 0x81, 0x08, 0x10, 1, 0x1a, 0 };
  ends_with(MCONN_PROTO, p, sizeof p, MCONN_E_CHANNEL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_message_sent_before_flush_stop_reaches_the_peer),
    shell_test(send_and_try_send_produce_bytes),
    shell_test(a_message_arrives_intact),
    shell_test(the_status_of_a_new_connection_shows_an_empty_queue),
    shell_test(a_ping_that_was_read_and_not_answered_ends_the_connection),
    shell_test(pongs_in_the_beginning_are_harmless),
    shell_test(each_of_three_pings_gets_its_pong),
    shell_test(two_rounds_of_ping_and_pong_and_no_thread_is_left),
    shell_test(a_socket_closed_under_the_connection_stops_it_with_an_error),
    shell_test(bytes_that_are_no_packet_end_the_connection),
    shell_test(a_channel_unknown_here_cannot_be_sent_on_and_one_unknown_there_ends_the_connection),
    shell_test(a_full_packet_is_delivered_and_one_too_long_ends_the_connection_for_the_writer_too),
    shell_test(a_packet_of_no_known_type_ends_the_connection),
    shell_test(try_send_fails_without_waiting_while_the_queue_is_occupied),
    shell_test(the_bytes_on_the_wire_are_upstreams_vectors),
    shell_test(channel_1025_does_not_reach_channel_1),
  };
  return cmocka_run_group_tests_name("shell: upstream's tests", tests, NULL, NULL);
}
