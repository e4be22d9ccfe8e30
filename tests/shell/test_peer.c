/* A peer that misbehaves: what it says, how it cuts it, where it stops. Whatever comes, what was whole is delivered,
 * and the end is one error that names requirement and offset. */
#include "harness.h"
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM_ROOM 8192

/* A stream of many packets: where each ends, and what has been handed out by then. */
typedef struct {
  uint8_t bytes[STREAM_ROOM];
  size_t len, packets, end[64], messages_by[64];
} stream;

static void stream_packet(rig *r, stream *s, uint8_t channel, bool eof, size_t len)
{
  uint8_t body[256];
  pattern(body, len, s->packets);
  s->len = put_packet(r, s->bytes, s->len, channel, eof, body, len);
  size_t before = s->packets > 0 ? s->messages_by[s->packets - 1] : 0;
  s->messages_by[s->packets] = before + (eof ? 1 : 0);
  s->end[s->packets++] = s->len;
}

static void stream_control(rig *r, stream *s, bool ping)
{
  s->len = ping ? put_ping(r, s->bytes, s->len) : put_pong(r, s->bytes, s->len);
  s->messages_by[s->packets] = s->packets > 0 ? s->messages_by[s->packets - 1] : 0;
  s->end[s->packets++] = s->len;
}

/* Two channels interleaved, an empty message, an empty fragment, controls in between. */
static void stream_of_many(rig *r, stream *s)
{
  s->len = s->packets = 0;
  stream_packet(r, s, 1, true, 3);
  stream_packet(r, s, 1, false, 20);
  stream_control(r, s, true);
  stream_packet(r, s, 2, false, 0);
  stream_packet(r, s, 2, false, 40);
  stream_packet(r, s, 1, true, 0);
  stream_control(r, s, false);
  stream_packet(r, s, 2, true, 7);
  stream_packet(r, s, 2, true, 0);
  stream_packet(r, s, 1, true, 130);
  stream_control(r, s, true);
}

static size_t packets_whole(const stream *s, size_t cut)
{
  size_t k = 0;
  while (k < s->packets && s->end[k] <= cut) k++;
  return k;
}

static mconn_config with_dialect(enum mconn_dialect d)
{
  mconn_config c = config_plain();
  c.dialect = d;
  return c;
}

static void close_at(enum pair kind, const mconn_config *c, size_t cut, const message_seen *want)
{
  rig *r = rig_open(kind, c, channels_plain(2), 2);
  stream s;
  stream_of_many(r, &s);
  peer_write(r, s.bytes, cut);
  assert_int_equal(shutdown(r->peer, SHUT_WR), 0); /* a close with unread pongs would be a reset */
  size_t whole = packets_whole(&s, cut), messages = whole > 0 ? s.messages_by[whole - 1] : 0;
  bool clean = cut == 0 || (whole > 0 && s.end[whole - 1] == cut);
  mconn_reason x = rig_ended_with(r, clean ? MCONN_E_EOF : MCONN_E_EOF_INSIDE);
  assert_true(x.offset == cut);
  assert_int_equal(x.system, 0);
  assert_int_equal(rig_messages(r), messages);
  for (size_t k = 0; k < messages; k++) {
    assert_int_equal(r->seen[k].channel, want[k].channel);
    assert_int_equal(r->seen[k].len, want[k].len);
    assert_true(r->seen[k].hash == want[k].hash);
  }
  assert_true(mconn_connection_status(r->c, NULL, 0).bytes_received == cut);
  rig_free(r);
}

/* MC-CONN-05, MC-CONN-06, MC-CONN-10, MC-FRAME-06 */
static void every_cut_gives_the_same_messages_and_then_the_right_end(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    mconn_config c = with_dialect(d == 0 ? MCONN_PROTO : MCONN_AMINO);
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
    stream s;
    stream_of_many(r, &s);
    peer_write(r, s.bytes, s.len);
    rig_await_messages(r, s.messages_by[s.packets - 1]);
    message_seen want[16];
    memcpy(want, r->seen, sizeof want);
    expect_message(r, 3, 2, "", 0);
    rig_free(r);
    for (size_t cut = 0; cut <= s.len; cut++) close_at(cut % 2 == 0 ? PAIR_UNIX : PAIR_TCP, &c, cut, want);
  }
}

/* MC-FRAME-06, MC-CONN-01, MC-RECEIVER-05, MC-RECEIVER-07 */
static void one_byte_at_a_time_and_short_reads_change_nothing(void **state)
{
  (void)state;
  for (size_t most = 0; most < 6; most++) {
    mconn_config c = with_dialect(most % 2 == 0 ? MCONN_PROTO : MCONN_AMINO);
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
    stream s;
    stream_of_many(r, &s);
    wrap_recv_most(most);
    for (int round = 0; round < 3; round++)
      for (size_t k = 0; k < s.len; k++) peer_write(r, s.bytes + k, 1);
    rig_await_messages(r, 3 * s.messages_by[s.packets - 1]);
    for (size_t k = 0; k < 5; k++) assert_true(r->seen[k].hash == r->seen[k + 10].hash);
    mconn_channel_status one = rig_channel(r, 0), two = rig_channel(r, 1);
    assert_int_equal(one.messages_received, 9);
    assert_int_equal(one.packets_received, 12);
    assert_int_equal(one.bytes_received, 3 * (3 + 20 + 130));
    assert_int_equal(two.messages_received, 6);
    assert_int_equal(two.packets_received, 12);
    rig_free(r);
  }
}

/* What a peer may say that no continuation mends. */
typedef struct {
  const char *name;
  enum mconn_dialect dialect;
  enum mconn_err err;
  const char *requirement;
  size_t len, at; /* at: of the byte that decided, from the first of these */
  uint8_t bytes[24];
} refusal;

static const refusal refusals[] = {
  { "length prefix",
    MCONN_PROTO,
    MCONN_E_LENGTH_PREFIX,
    "MC-FRAME-02",
    11,
    9,
    { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 } },
  { "packet size", MCONN_PROTO, MCONN_E_PACKET_SIZE, "MC-FRAME-03", 3, 0, { 0xff, 0xff, 0x7f } },
  { "no member", MCONN_PROTO, MCONN_E_NO_MEMBER, "MC-PACKET-04", 1, 1, { 0x00 } },
  { "truncated field", MCONN_PROTO, MCONN_E_TRUNCATED, "MC-FIELD-02", 3, 2, { 0x02, 0x1a, 0x05 } },
  { "field number", MCONN_PROTO, MCONN_E_FIELD_NUMBER, "MC-FIELD-03", 3, 1, { 0x02, 0x00, 0x00 } },
  { "wire type", MCONN_PROTO, MCONN_E_WIRE_TYPE, "MC-FIELD-04", 3, 1, { 0x02, 0x0f, 0x00 } },
  { "field type", MCONN_PROTO, MCONN_E_FIELD_TYPE, "MC-FIELD-05", 3, 1, { 0x02, 0x08, 0x00 } },
  { "group", MCONN_PROTO, MCONN_E_GROUP, "MC-FIELD-06", 2, 1, { 0x01, 0x0c } },
  { "unknown channel",
    MCONN_PROTO,
    MCONN_E_CHANNEL,
    "MC-RECEIVER-02",
    7,
    1,
    { 0x06, 0x1a, 0x04, 0x08, 0x63, 0x10, 0x01 } },
  { "channel above a byte",
    MCONN_PROTO,
    MCONN_E_CHANNEL,
    "MC-RECEIVER-02",
    8,
    1,
    { 0x07, 0x1a, 0x05, 0x08, 0x81, 0x08, 0x10, 0x01 } },
  { "amino prefix", MCONN_AMINO, MCONN_E_PREFIX, "MC-PACKET-05", 5, 1, { 0x04, 0xff, 0xff, 0xff, 0xff } },
  { "amino order",
    MCONN_AMINO,
    MCONN_E_FIELD_ORDER,
    "MC-FIELD-07",
    9,
    7,
    { 0x08, 0xb0, 0x5b, 0x4f, 0x2c, 0x10, 0x01, 0x08, 0x01 } },
  { "amino byte",
    MCONN_AMINO,
    MCONN_E_UINT8,
    "MC-PACKET-06",
    8,
    5,
    { 0x07, 0xb0, 0x5b, 0x4f, 0x2c, 0x08, 0x80, 0x02 } },
};

static void refuse(const refusal *x, bool bytewise)
{
  mconn_config c = with_dialect(x->dialect);
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
  uint8_t before[64];
  size_t n = put_message(r, before, 0, 1, "before", 6);
  n = put_packet(r, before, n, 2, false, "half", 4);
  wrap_recv_most(bytewise ? 1 : 0);
  peer_write(r, before, n);
  peer_write(r, x->bytes, x->len);
  mconn_reason reason = rig_ended_with(r, x->err);
  if (reason.offset != n + x->at) fail_msg("%s: offset %zu", x->name, (size_t)reason.offset);
  assert_string_equal(mconn_requirement(reason.err), x->requirement);
  assert_int_equal(rig_messages(r), 1);
  expect_message(r, 0, 1, "before", 6);
  peer_read_to_end(r); /* the peer sees the end, too */
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_E_NOT_RUNNING);
  rig_free(r);
}

/* MC-CONN-14, MC-CONN-10, MC-FRAME-08 */
static void refused_bytes_end_the_connection_with_requirement_and_offset(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
    refuse(&refusals[k], false);
    refuse(&refusals[k], true);
  }
}

/* MC-CONN-14 */
static void other_connections_do_not_notice(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *good = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
  peer_send_message(good, 1, "one", 3);
  refuse(&refusals[0], false);
  peer_send_message(good, 2, "two", 3);
  rig_await_messages(good, 2);
  expect_message(good, 1, 2, "two", 3);
  assert_true(mconn_connection_status(good->c, NULL, 0).running);
  assert_int_equal(rig_errors(good), 0);
  rig_free(good);
}

/* MC-RECEIVER-03, MC-CONN-15 */
static void a_message_of_exactly_its_capacity_is_delivered_and_one_byte_more_is_refused(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const mconn_channel d = { .id = 1, .priority = 1, .message_capacity = 5000, .buffer_capacity = 100 };
  static uint8_t bytes[5001], out[8192];
  pattern(bytes, sizeof bytes, 1);
  for (size_t more = 0; more < 2; more++) {
    rig *r = rig_open(PAIR_UNIX, &c, &d, 1);
    size_t n = put_message(r, out, 0, 1, bytes, 5000 + more);
    peer_write(r, out, n);
    if (more == 0) {
      rig_await_messages(r, 1);
      expect_message(r, 0, 1, bytes, 5000);
    } else {
      mconn_reason x = rig_ended_with(r, MCONN_E_CAPACITY);
      assert_true(x.offset == n - (5001 - 4 * 1024)); /* first byte of the last payload */
      assert_int_equal(rig_messages(r), 0);
    }
    rig_free(r);
  }
}

/* MC-FRAME-03 */
static void a_packet_of_the_limit_is_delivered_and_a_larger_one_is_refused(void **state)
{
  (void)state;
  static uint8_t bytes[2048], out[4096];
  pattern(bytes, sizeof bytes, 2);
  for (int d = 0; d < 2; d++) {
    mconn_config c = with_dialect(d == 0 ? MCONN_PROTO : MCONN_AMINO);
    const mconn_channel ch = { .id = 0xff, .priority = 1 };
    rig *r = rig_open(PAIR_UNIX, &c, &ch, 1);
    size_t whole = put_packet(r, out, 0, 0xff, true, bytes, 1024),
           n = put_packet(r, out, whole, 0xff, true, bytes, 1124);
    peer_write(r, out, n);
    mconn_reason x = rig_ended_with(r, MCONN_E_PACKET_SIZE);
    assert_true(x.offset == whole);
    expect_message(r, 0, 0xff, bytes, 1024);
    rig_free(r);
  }
}

/* MC-RECEIVER-04 */
static void empty_fragments_without_end_are_refused(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  uint8_t one[16];
  size_t n = put_packet(r, one, 0, 1, false, NULL, 0);
  for (uint32_t k = 0; k <= MCONN_EMPTY_FRAGMENTS_MAX; k++) peer_try_write(r, one, n);
  mconn_reason x = rig_ended_with(r, MCONN_E_EMPTY_FRAGMENTS);
  assert_true(x.offset == MCONN_EMPTY_FRAGMENTS_MAX * n + 3); /* no payload there: where the fields of the msg begin */
  assert_int_equal(rig_messages(r), 0);
  rig_free(r);
}

/* MC-PING-05, MC-PING-06 */
static void floods_of_pings_and_pongs_are_harmless(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t flood[60000];
  size_t n = 0;
  while (n + 16 < sizeof flood) n = put_pong(r, flood, put_ping(r, flood, n));
  for (int k = 0; k < 20; k++) peer_write(r, flood, n);
  peer_send_message(r, 1, "still here", 10);
  rig_await_messages(r, 1);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.running);
  assert_true(s.pongs_received == 0 && s.pings_sent == 0);
  assert_true(s.bytes_sent <= s.bytes_received / 2); /* at most a pong for each ping */
  rig_free(r);
}

/* A payload limit with which packets of messages fill the send buffer to the last byte they may take. */
static uint32_t payload_that_fills(bool eof)
{
  const uint32_t room = 65536 - 16;
  for (uint32_t n = 1000; n < 4000; n++)
    if (room % (n + mconn_header_len(MCONN_PROTO, 1, eof, n)) == 0) return n;
  fail_msg("no payload fills the buffer");
  return 0;
}

/* Nothing is written: one buffer waits for the socket, the other fills to its end, a ping and a pong follow. */
static void controls_behind_a_full_buffer(uint64_t rate, uint64_t throttle)
{
  mconn_config c = config_plain();
  c.send_rate = rate;
  c.flush_throttle = throttle;
  c.payload = payload_that_fills(false);
  c.ping = (mconn_ping_config){ .interval = 40 * MILLI, .timeout = 39 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[400000];
  uint8_t controls[16];
  size_t n = put_pong(r, controls, put_ping(r, controls, 0));
  wrap_send_gate(true);
  for (int k = 0; k < 4; k++) mconn_connection_try_send(r->c, 1, bytes, sizeof bytes);
  /* the pongs answer no ping that was sent, so the deadline ends it; the pings ask for a pong each */
  while (rig_errors(r) == 0 && peer_try_write(r, controls, n)) sched_yield();
  rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  rig_free(r);
}

/* MC-PING-03, MC-PING-05, MC-PING-06 */
static void a_peer_that_asks_and_never_reads_can_neither_overfill_the_buffer_nor_stay(void **state)
{
  (void)state;
  controls_behind_a_full_buffer(0, 0);
  controls_behind_a_full_buffer(0, 30 * MILLI);
  controls_behind_a_full_buffer(MCONN_RATE_MAX, 0);
  controls_behind_a_full_buffer(MCONN_RATE_MAX, 30 * MILLI);
}

/* MC-SENDER-11 */
static void a_message_behind_a_ping_at_the_end_of_the_buffer_is_kept(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.payload = payload_that_fills(true);
  c.ping = (mconn_ping_config){ .interval = 500 * MILLI, .timeout = 499 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  static uint8_t bytes[4000], want[140000], got[140000];
  size_t n = put_message(r, want, 0, 1, "x", 1), sent = 0;
  wrap_send_gate(true);
  assert_int_equal(mconn_connection_send(r->c, 1, "x", 1), MCONN_OK);
  while (sent + 16 < 65536) {
    size_t before = n;
    assert_int_equal(mconn_connection_try_send(r->c, 1, bytes, c.payload), MCONN_OK);
    n = put_message(r, want, n, 1, bytes, c.payload);
    sent += n - before;
  }
  assert_int_equal(sent, 65536 - 16);
  while (mconn_connection_status(r->c, NULL, 0).pings_sent == 0) sched_yield();
  n = put_ping(r, want, n);
  enum mconn_err err = mconn_connection_try_send(r->c, 1, "y", 1);
  if (err == MCONN_OK) n = put_message(r, want, n, 1, "y", 1);
  else assert_int_equal(err, MCONN_E_NOT_RUNNING); /* a slow machine: the deadline was first */
  wrap_send_gate(false);
  size_t have = peer_read(r, got, n);
  assert_true(have <= n && (have == n || rig_await_error(r).err == MCONN_E_PONG_TIMEOUT));
  assert_memory_equal(got, want, have);
  rig_free(r);
}

/* MC-PING-03, MC-CONN-04 */
static void a_peer_that_reads_nothing_ends_by_the_pong_deadline_and_frees_the_senders(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 60 * MILLI, .timeout = 50 * MILLI };
  for (int rate = 0; rate < 2; rate++) {
    c.send_rate = rate == 0 ? 0 : MCONN_RATE_MAX;
    rig *r = rig_open(PAIR_UNIX, &c, channels_plain(2), 2);
    static uint8_t bytes[100000];
    enum mconn_err err = MCONN_OK;
    for (int k = 0; k < 1000 && err == MCONN_OK; k++) err = mconn_connection_send(r->c, 1, bytes, sizeof bytes);
    assert_int_equal(err, MCONN_E_NOT_RUNNING);
    rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
    rig_free(r);
  }
}

/* MC-PING-03 */
static void a_silent_peer_ends_by_the_pong_deadline(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.ping = (mconn_ping_config){ .interval = 40 * MILLI, .timeout = 20 * MILLI };
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  mconn_reason x = rig_ended_with(r, MCONN_E_PONG_TIMEOUT);
  assert_true(x.offset == 0 && x.system == 0);
  assert_string_equal(mconn_requirement(x.err), "MC-PING-03");
  peer_expect_ping(r);
  assert_int_equal(peer_read_to_end(r), 0);
  mconn_status s = mconn_connection_status(r->c, NULL, 0);
  assert_true(s.pings_sent == 1 && s.pongs_received == 0);
  rig_free(r);
}

/* MC-CONN-07, MC-CONN-10 */
static void a_reset_is_an_error_of_the_socket(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_TCP, &c, channels_plain(1), 1);
  const struct linger hard = { .l_onoff = 1, .l_linger = 0 };
  assert_int_equal(setsockopt(r->peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
  peer_send_message(r, 1, "last words", 10);
  rig_await_messages(r, 1);
  rig_close_peer(r);
  mconn_reason x = rig_ended_with(r, MCONN_E_IO);
  assert_int_equal(x.system, ECONNRESET);
  rig_free(r);
}

/* MC-CONN-07, MC-CONN-10 */
static void a_peer_that_is_gone_is_noticed_while_sending(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *r = rig_open(PAIR_UNIX, &c, channels_plain(1), 1);
  static uint8_t bytes[100000];
  assert_int_equal(shutdown(r->peer, SHUT_RD), 0); /* no end of the stream for our reader, only for our writer */
  enum mconn_err err = MCONN_OK;
  for (int k = 0; k < 1000 && err == MCONN_OK; k++) err = mconn_connection_send(r->c, 1, bytes, sizeof bytes);
  assert_int_equal(err, MCONN_E_NOT_RUNNING);
  mconn_reason x = rig_ended_with(r, MCONN_E_IO);
  assert_int_equal(x.system, EPIPE);
  rig_free(r);
}

/* MC-CONN-10. gap: errors at the same time, reported once. */
static void simultaneous_failures_are_one_error(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  static uint8_t bytes[100000];
  for (int round = 0; round < 40; round++) {
    rig *r = rig_open(PAIR_UNIX, &c, channels_plain(2), 2);
    mconn_connection_try_send(r->c, 1, bytes, sizeof bytes);
    peer_write(r, "\xff\xff\x7f", 3); /* our reader refuses that, our writer finds nobody */
    rig_close_peer(r);
    mconn_connection_try_send(r->c, 2, bytes, sizeof bytes);
    rig_await_error(r);
    assert_true(mconn_connection_wait(r->c, PATIENCE));
    assert_int_equal(rig_errors(r), 1);
    rig_free(r);
  }
}

/* MC-CONN-07 */
static void short_writes_and_a_full_socket_lose_nothing(void **state)
{
  (void)state;
  static uint8_t bytes[150000], want[160000];
  pattern(bytes, sizeof bytes, 3);
  for (size_t most = 1; most < 2000; most = most * 7 + 1) {
    mconn_config c = config_plain();
    rig *r = rig_open(PAIR_TCP, &c, channels_plain(2), 2);
    size_t len = most < 10 ? 3000 : sizeof bytes, n = put_message(r, want, 0, 1, bytes, len);
    wrap_send_most(most);
    wrap_send_gate(true);
    assert_int_equal(mconn_connection_send(r->c, 1, bytes, len), MCONN_OK);
    wrap_send_gate(false);
    peer_expect(r, want, n);
    rig_free(r);
  }
}

/* MC-CONN-15 */
static void memory_of_reassembly_grows_with_what_came_and_is_given_back(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const mconn_channel d = { .id = 1, .priority = 1, .buffer_capacity = 1000, .message_capacity = 3000000 };
  rig *r = rig_open(PAIR_TCP, &c, &d, 1);
  static uint8_t bytes[1000000];
  long before = wrap_live();
  for (int k = 1; k <= 3; k++) {
    peer_send_message(r, 1, bytes, sizeof bytes);
    rig_await_messages(r, (size_t)k);
  }
  uint64_t until = now_ns() + PATIENCE; /* the connection falls silent: not a block more than before */
  while (wrap_live() > before && now_ns() < until) sched_yield();
  assert_true(wrap_live() <= before);
  rig_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(every_cut_gives_the_same_messages_and_then_the_right_end),
    shell_test(one_byte_at_a_time_and_short_reads_change_nothing),
    shell_test(refused_bytes_end_the_connection_with_requirement_and_offset),
    shell_test(other_connections_do_not_notice),
    shell_test(a_message_of_exactly_its_capacity_is_delivered_and_one_byte_more_is_refused),
    shell_test(a_packet_of_the_limit_is_delivered_and_a_larger_one_is_refused),
    shell_test(empty_fragments_without_end_are_refused),
    shell_test(floods_of_pings_and_pongs_are_harmless),
    shell_test(a_peer_that_asks_and_never_reads_can_neither_overfill_the_buffer_nor_stay),
    shell_test(a_message_behind_a_ping_at_the_end_of_the_buffer_is_kept),
    shell_test(a_peer_that_reads_nothing_ends_by_the_pong_deadline_and_frees_the_senders),
    shell_test(a_silent_peer_ends_by_the_pong_deadline),
    shell_test(a_reset_is_an_error_of_the_socket),
    shell_test(a_peer_that_is_gone_is_noticed_while_sending),
    shell_test(simultaneous_failures_are_one_error),
    shell_test(short_writes_and_a_full_socket_lose_nothing),
    shell_test(memory_of_reassembly_grows_with_what_came_and_is_given_back),
  };
  return cmocka_run_group_tests_name("shell: a peer that misbehaves", tests, NULL, NULL);
}
