/* Wrong use of the interface: each fault is refused with its own error, and nothing has changed. */
#include "harness.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static void ignore(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)user, (void)channel, (void)bytes, (void)len;
}

/* *out untouched, nothing allocated, the socket as it was and the caller's. */
static void refused(const mconn_config *config, const mconn_channel *d, size_t n, enum mconn_err err, size_t at)
{
  int fd[2], mark;
  mconn_connection *out = (void *)&mark;
  const mconn_callbacks call = { .on_receive = ignore };
  long live = wrap_live();
  stream_pair(PAIR_UNIX, fd);
  mconn_reason check = mconn_config_check(config, d, n);
  assert_int_equal(check.err, err);
  assert_int_equal(check.at, at);
  mconn_reason r = mconn_connection_new(&out, fd[0], config, d, n, call);
  assert_int_equal(r.err, err);
  assert_int_equal(r.at, at);
  assert_ptr_equal(out, &mark);
  assert_true(wrap_live() == live);
  char x = 0;
  assert_int_equal(real_send(fd[1], "x", 1, 0), 1);
  assert_int_equal(real_recv(fd[0], &x, 1, 0), 1);
  assert_int_equal(x, 'x');
  assert_int_equal(close(fd[0]), 0);
  assert_int_equal(close(fd[1]), 0);
}

static void config_refused(mconn_config config, enum mconn_err err)
{
  refused(&config, channels_plain(1), 1, err, 0);
}

/* MC-PACKET-01, MC-HEADER-05, MC-RATE-01, MC-FLUSH-01, MC-PING-01 */
static void each_number_has_its_own_refusal(void **state)
{
  (void)state;
  mconn_config good = config_plain(), c;
  c = good, c.dialect = (enum mconn_dialect)2, config_refused(c, MCONN_E_DIALECT);
  c = good, c.payload = 0, config_refused(c, MCONN_E_PAYLOAD_SIZE);
  c = good, c.payload = 1, config_refused(c, MCONN_E_PAYLOAD_SIZE);
  c = good, c.payload = MCONN_PAYLOAD_MAX + 1, config_refused(c, MCONN_E_PAYLOAD_SIZE);
  c = good, c.send_rate = MCONN_RATE_MAX + 1ull, config_refused(c, MCONN_E_RATE_CONFIG);
  c = good, c.recv_rate = MCONN_RATE_MAX + 1ull, config_refused(c, MCONN_E_RATE_CONFIG);
  c = good, c.flush_throttle = MCONN_FLUSH_THROTTLE_MAX + 1, config_refused(c, MCONN_E_FLUSH_CONFIG);
  c = good, c.ping.timeout = 0, config_refused(c, MCONN_E_PING_CONFIG);
  c = good, c.ping.timeout = c.ping.interval, config_refused(c, MCONN_E_PING_CONFIG);
  c = good, c.ping.interval = MCONN_TIME_MAX + 1, config_refused(c, MCONN_E_PING_CONFIG);
}

/* MC-CHANNEL-02, MC-CHANNEL-03, MC-CHANNEL-04, MC-CHANNEL-05, MC-CHANNEL-07 */
static void a_bad_descriptor_is_named_by_its_index(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  mconn_channel d[3];
  for (size_t at = 0; at < 3; at++) {
    memcpy(d, channels_plain(3), sizeof d);
    d[at].priority = 0, refused(&c, d, 3, MCONN_E_PRIORITY, at);
    d[at].priority = MCONN_PRIORITY_MAX + 1, refused(&c, d, 3, MCONN_E_PRIORITY, at);
    d[at].priority = 1;
    d[at].queue_capacity = MCONN_QUEUE_CAPACITY_MAX + 1, refused(&c, d, 3, MCONN_E_QUEUE_CAPACITY, at);
    d[at].queue_capacity = 0;
    d[at].message_capacity = MCONN_MESSAGE_CAPACITY_MAX + 1, refused(&c, d, 3, MCONN_E_MESSAGE_CAPACITY, at);
    d[at].message_capacity = 0;
    d[at].buffer_capacity = MCONN_MESSAGE_CAPACITY_MAX + 1, refused(&c, d, 3, MCONN_E_MESSAGE_CAPACITY, at);
    d[at].buffer_capacity = 0;
    d[at].id = 256, refused(&c, d, 3, MCONN_E_CHANNEL_COUNT, at);
    if (at > 0) d[at].id = d[0].id, refused(&c, d, 3, MCONN_E_CHANNEL_DUPLICATE, at);
  }
}

/* MC-CHANNEL-06 */
static void no_channel_and_too_many_are_refused(void **state)
{
  (void)state;
  static mconn_channel d[257];
  mconn_config c = config_plain();
  for (uint32_t k = 0; k < 257; k++) d[k] = (mconn_channel){ .id = k & 255, .priority = 1 };
  refused(&c, d, 0, MCONN_E_CHANNEL_COUNT, 0);
  refused(&c, NULL, 0, MCONN_E_CHANNEL_COUNT, 0);
  refused(&c, d, 257, MCONN_E_CHANNEL_COUNT, 0);
}

static void new_refused_as_state(int fd, mconn_callbacks call)
{
  int mark;
  mconn_connection *out = (void *)&mark;
  mconn_config c = config_plain();
  long live = wrap_live();
  mconn_reason r = mconn_connection_new(&out, fd, &c, channels_plain(1), 1, call);
  assert_int_equal(r.err, MCONN_E_STATE);
  assert_ptr_equal(out, &mark);
  assert_true(wrap_live() == live);
}

/* MC-CONN-09, MC-CONN-01 */
static void what_is_no_stream_socket_is_refused(void **state)
{
  (void)state;
  const mconn_callbacks call = { .on_receive = ignore };
  int pipes[2], dgram[2], stream[2], null = open("/dev/null", O_RDWR);
  assert_int_equal(pipe(pipes), 0);
  assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram), 0);
  stream_pair(PAIR_UNIX, stream);
  new_refused_as_state(-1, call);
  new_refused_as_state(null, call);
  new_refused_as_state(pipes[0], call);
  new_refused_as_state(dgram[0], call);
  new_refused_as_state(stream[0], (mconn_callbacks){ .on_receive = NULL });
  int all[] = { null, pipes[0], pipes[1], dgram[0], dgram[1], stream[0], stream[1] };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) assert_int_equal(close(all[k]), 0);
}

/* MC-CONN-07 */
static void a_stream_socket_that_is_not_connected_ends_with_an_error_of_the_socket(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  int loose = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(loose >= 0 && dup2(loose, r->fd) == r->fd);
  close(loose);
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  assert_int_equal(rig_await_error(r).err, MCONN_E_IO);
  assert_true(mconn_connection_wait(r->c, PATIENCE));
  assert_int_equal(rig_errors(r), 1);
  rig_free(r);
}

/* MC-CHANNEL-01 */
static void zero_fields_of_a_descriptor_count_as_their_defaults(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const mconn_channel d = { .id = 0x40, .priority = 7 };
  rig *r = rig_new(PAIR_UNIX, &c, &d, 1);
  mconn_channel_status s = rig_channel(r, 0);
  assert_int_equal(s.id, 0x40);
  assert_int_equal(s.priority, 7);
  assert_int_equal(s.queue_capacity, MCONN_QUEUE_CAPACITY_DEFAULT);
  rig_free(r);
}

static void the_defaults_are_upstreams(void **state)
{
  (void)state;
  mconn_config c = mconn_config_default();
  assert_int_equal(c.dialect, MCONN_PROTO);
  assert_int_equal(c.payload, 1024);
  assert_true(c.send_rate == 512000 && c.recv_rate == 512000);
  assert_true(c.flush_throttle == 0);
  assert_true(c.ping.interval == 60 * SECOND && c.ping.timeout == 45 * SECOND);
  assert_true(c.send_timeout == 10 * SECOND);
  assert_int_equal(mconn_config_check(&c, channels_plain(1), 1).err, MCONN_OK);
}

/* MC-SENDER-06, MC-SENDER-07 */
static void a_message_that_cannot_be_sent_is_refused(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(2), 2);
  for (unsigned ch = 0; ch < 256; ch++) {
    bool known = ch == 1 || ch == 2;
    assert_true(mconn_connection_can_send(r->c, (uint8_t)ch) == known);
    if (known) continue;
    assert_int_equal(mconn_connection_send(r->c, (uint8_t)ch, "x", 1), MCONN_E_CHANNEL_UNKNOWN);
    assert_int_equal(mconn_connection_try_send(r->c, (uint8_t)ch, "x", 1), MCONN_E_CHANNEL_UNKNOWN);
  }
  assert_int_equal(mconn_connection_send(r->c, 1, "x", (size_t)MCONN_MESSAGE_MAX + 1), MCONN_E_MESSAGE_SIZE);
  assert_int_equal(mconn_connection_try_send(r->c, 1, "x", SIZE_MAX), MCONN_E_MESSAGE_SIZE);
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  /* and not a byte of any of them was written */
  uint8_t want[64];
  size_t n = put_message(r, want, 0, 2, "whole", 5);
  assert_int_equal(mconn_connection_send(r->c, 2, "whole", 5), MCONN_OK);
  peer_expect(r, want, n);
  rig_free(r);
}

/* MC-CONN-09, MC-CONN-04 */
static void calls_out_of_order_are_refused(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_int_equal(mconn_connection_try_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_false(mconn_connection_can_send(r->c, 1));
  assert_int_equal(mconn_connection_flush_stop(r->c, 0), MCONN_E_NOT_RUNNING);
  assert_false(mconn_connection_wait(r->c, 0));
  assert_int_equal(mconn_connection_start(r->c), MCONN_OK);
  assert_int_equal(mconn_connection_start(r->c), MCONN_E_STATE);
  assert_true(mconn_connection_status(r->c, NULL, 0).running);
  mconn_connection_stop(r->c);
  assert_int_equal(mconn_connection_start(r->c), MCONN_E_STATE);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_int_equal(mconn_connection_try_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_false(mconn_connection_can_send(r->c, 1));
  assert_int_equal(mconn_connection_flush_stop(r->c, 0), MCONN_E_NOT_RUNNING);
  rig_ended_silently(r);
  rig_free(r);
}

/* MC-CONN-09, MC-CONN-11 */
static void a_connection_stopped_before_its_start_never_starts(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  mconn_connection_stop(r->c);
  mconn_connection_stop(r->c);
  assert_int_equal(mconn_connection_start(r->c), MCONN_E_STATE);
  assert_false(mconn_connection_status(r->c, NULL, 0).running);
  assert_int_equal(wrap_calls(WRAP_PTHREAD_CREATE), 0);
  rig_free(r);
}

static void free_of_null_and_of_what_never_started_is_allowed(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  long live = wrap_live();
  mconn_connection_free(NULL);
  rig *r = rig_new(PAIR_UNIX, &c, channels_plain(1), 1);
  mconn_connection_free(r->c);
  assert_true(wrap_live() == live);
  assert_int_equal(peer_read_to_end(r), 0);
  r->c = NULL;
  rig_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(each_number_has_its_own_refusal),
    shell_test(a_bad_descriptor_is_named_by_its_index),
    shell_test(no_channel_and_too_many_are_refused),
    shell_test(what_is_no_stream_socket_is_refused),
    shell_test(a_stream_socket_that_is_not_connected_ends_with_an_error_of_the_socket),
    shell_test(zero_fields_of_a_descriptor_count_as_their_defaults),
    shell_test(the_defaults_are_upstreams),
    shell_test(a_message_that_cannot_be_sent_is_refused),
    shell_test(calls_out_of_order_are_refused),
    shell_test(a_connection_stopped_before_its_start_never_starts),
    shell_test(free_of_null_and_of_what_never_started_is_allowed),
  };
  return cmocka_run_group_tests_name("shell: wrong use", tests, NULL, NULL);
}
