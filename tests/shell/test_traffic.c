/* Messages of many threads on many channels both ways: each arrives once, whole, in the order its channel accepted it.
 *
 * A message says who sent it and how many came before: thread, number, and bytes that follow from both. So the receiver
 * needs no list of what was sent, and a byte from another message cannot go unseen. */
#include "harness.h"
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 3
#define HEAD 8 /* thread, channel, number */

typedef struct {
  rig *r;
  uint32_t channels, messages, biggest;
} load;

typedef struct {
  const load *l;
  uint32_t thread, sent;
  enum mconn_err err;
  pthread_t id;
} talker;

/* What has arrived at one end; of the receive thread, read when the connection has ended. */
typedef struct {
  uint32_t next[THREADS][256];
  uint32_t messages, wrong;
} arrivals;

static uint32_t mix(uint32_t a, uint32_t b)
{
  uint32_t x = a * 2654435761u ^ (b + 0x9E3779B9u) * 2246822519u;
  x ^= x >> 15;
  return x * 2246822519u;
}

/* Sizes of every order, edges of packets and buffers among them. */
static uint32_t size_of(const load *l, uint32_t thread, uint32_t number)
{
  uint32_t x = mix(thread + 1, number), payload = l->r->payload;
  uint32_t n = HEAD;
  switch (x % 6) {
  case 0: n = HEAD + x / 6 % 100; break;
  case 1: n = payload; break;
  case 2: n = 2 * payload + x / 6 % 3; break;
  case 3: n = x / 6 % 5000; break;
  case 4: n = 65536 - 20 + x / 6 % 40; break;
  default: n = x / 6 % l->biggest; break;
  }
  if (n > l->biggest) n = l->biggest;
  return n < HEAD ? HEAD : n;
}

static uint8_t byte_of(uint32_t thread, uint32_t number, uint32_t i)
{
  return (uint8_t)(thread * 31 + number * 7 + i + (i >> 8) * 13);
}

static void compose(uint8_t *p, uint32_t len, uint32_t thread, uint8_t channel, uint32_t number)
{
  p[0] = (uint8_t)thread;
  p[1] = channel;
  p[2] = p[3] = 0;
  memcpy(p + 4, &number, 4);
  for (uint32_t i = HEAD; i < len; i++) p[i] = byte_of(thread, number, i);
}

static bool is_intact(const load *l, const arrivals *a, uint8_t channel, const uint8_t *p, size_t len)
{
  uint32_t number;
  if (len < HEAD || p[0] >= THREADS || p[1] != channel) return false;
  memcpy(&number, p + 4, 4);
  /* a thread goes round the channels, so on each of them its numbers ascend by the number of channels */
  uint32_t want =
    a->next[p[0]][channel] * l->channels + (channel + l->channels - 1u - p[0] % l->channels) % l->channels;
  if (number != want || len != size_of(l, p[0], number)) return false;
  for (uint32_t i = HEAD; i < len; i++)
    if (p[i] != byte_of(p[0], number, i)) return false;
  return true;
}

typedef struct {
  load l;
  arrivals a;
} end;

static void check_message(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  end *e = r->more;
  e->a.messages++;
  if (!is_intact(&e->l, &e->a, channel, bytes, len)) e->a.wrong++;
  else e->a.next[bytes[0]][channel]++;
}

static void *talk(void *x)
{
  talker *t = x;
  const load *l = t->l;
  uint8_t *p = real_malloc(l->biggest + HEAD);
  t->err = p == NULL ? MCONN_E_MEMORY : MCONN_OK;
  for (t->sent = 0; t->sent < l->messages && t->err == MCONN_OK;) {
    uint8_t channel = (uint8_t)((t->sent + t->thread % l->channels) % l->channels + 1);
    uint32_t len = size_of(l, t->thread, t->sent);
    compose(p, len, t->thread, channel, t->sent);
    bool try = mix(t->sent, t->thread) % 4 == 0;
    t->err = (try ? mconn_connection_try_send : mconn_connection_send)(l->r->c, channel, p, len);
    memset(p, 0xEE, len); /* the bytes are the caller's again */
    if (t->err == MCONN_E_QUEUE_FULL) {
      t->err = MCONN_OK;
      sched_yield();
    } else if (t->err == MCONN_OK) {
      t->sent++;
    }
  }
  real_free(p);
  return NULL;
}

static void start_both(const mconn_config *c, load l, rig *both[2], end e[2], talker t[2][THREADS])
{
  rig_both(PAIR_TCP, c, channels_plain(l.channels), l.channels, both);
  for (int k = 0; k < 2; k++) {
    memset(&e[k], 0, sizeof e[k]);
    e[k].l = l;
    e[k].l.r = both[k];
    both[k]->more = &e[k];
    both[k]->on_message = check_message;
    assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
  }
  for (int k = 0; k < 2; k++)
    for (uint32_t n = 0; n < THREADS; n++) {
      t[k][n] = (talker){ .l = &e[k].l, .thread = n };
      assert_int_equal(real_pthread_create(&t[k][n].id, talk, &t[k][n]), 0);
    }
}

static uint32_t join_talkers(talker t[THREADS], bool all)
{
  uint32_t sent = 0;
  for (uint32_t n = 0; n < THREADS; n++) {
    assert_int_equal(pthread_join(t[n].id, NULL), 0);
    if (all) assert_int_equal(t[n].err, MCONN_OK);
    else assert_true(t[n].err == MCONN_OK || t[n].err == MCONN_E_NOT_RUNNING);
    sent += t[n].sent;
  }
  return sent;
}

/* Everything both ways, then flush_stop from one side. */
static void exchange(const mconn_config *c, uint32_t channels, uint32_t messages, uint32_t biggest)
{
  rig *both[2];
  static end e[2];
  static talker t[2][THREADS];
  start_both(c, (load){ .channels = channels, .messages = messages, .biggest = biggest }, both, e, t);
  uint32_t sent[2];
  for (int k = 0; k < 2; k++) sent[k] = join_talkers(t[k], true);
  rig_await_messages(both[0], sent[1]); /* so that the other end has nothing left to write when this one stops */
  assert_int_equal(mconn_connection_flush_stop(both[0]->c, 0), MCONN_OK);
  rig_ended_silently(both[0]);
  rig_ended_with(both[1], MCONN_E_EOF);
  for (int k = 0; k < 2; k++) {
    assert_int_equal(e[k].a.messages, sent[1 - k]);
    assert_int_equal(e[k].a.wrong, 0);
    rig_free(both[k]);
  }
}

/* MC-CONN-01, MC-CONN-12, MC-RECEIVER-05, MC-RECEIVER-07, MC-SENDER-10 */
static void many_threads_on_many_channels_both_ways(void **state)
{
  (void)state;
  const uint32_t payloads[] = { 64, 1024, 65536, 1 << 20 };
  for (int d = 0; d < 2; d++)
    for (size_t k = 0; k < 4; k++) {
      mconn_config c = config_plain();
      c.dialect = d == 0 ? MCONN_PROTO : MCONN_AMINO;
      c.payload = payloads[k];
      exchange(&c, 7, k == 0 ? 60 : 120, 300000);
    }
}

/* MC-CONN-01, MC-SENDER-03 */
static void packets_of_two_bytes(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.payload = 2;
  exchange(&c, 3, 40, 20000);
}

/* MC-RATE-02, MC-FLUSH-03 */
static void with_rates_and_with_a_throttle(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  c.send_rate = c.recv_rate = 20000000;
  exchange(&c, 5, 60, 60000);
  c.flush_throttle = 3 * MILLI;
  exchange(&c, 5, 60, 60000);
  c.send_rate = c.recv_rate = 0;
  exchange(&c, 5, 60, 60000);
}

/* A message is partly the caller's while the caller writes; with a socket that takes little at a time that is often. */
static void with_short_writes_and_short_reads(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  const size_t most[] = { 700, 70000, 20000 };
  for (size_t k = 0; k < 3; k++) {
    wrap_send_most(most[k]);
    wrap_recv_most(k == 1 ? 1500 : 0);
    exchange(&c, 4, k == 0 ? 20 : 80, 200000);
  }
}

/* MC-CHANNEL-06 */
static void on_255_channels(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  exchange(&c, 255, 600, 3000);
}

/* MC-CONN-11, MC-CONN-04: what has arrived by then is a beginning of what was accepted, on every channel */
static void stops_at_random_moments(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  for (uint32_t round = 0; round < 30; round++) {
    rig *both[2];
    static end e[2];
    static talker t[2][THREADS];
    c.send_rate = round % 3 == 0 ? MCONN_RATE_MAX : 0;
    c.flush_throttle = round % 5 == 0 ? 1 * MILLI : 0;
    start_both(&c, (load){ .channels = 4, .messages = 100000, .biggest = 20000 }, both, e, t);
    rig_await_messages(both[0], mix(round, 1) % 60);
    uint32_t how = mix(round, 2) % 3;
    if (how == 0) mconn_connection_stop(both[0]->c);
    else if (how == 1) assert_int_equal(mconn_connection_flush_stop(both[0]->c, 0), MCONN_OK);
    else mconn_connection_stop(both[1]->c);
    uint32_t sent[2];
    for (int k = 0; k < 2; k++) sent[k] = join_talkers(t[k], false);
    for (int k = 0; k < 2; k++) {
      assert_true(mconn_connection_wait(both[k]->c, PATIENCE));
      assert_true(rig_errors(both[k]) <= 1);
    }
    for (int k = 0; k < 2; k++) {
      assert_true(e[k].a.messages <= sent[1 - k]);
      assert_int_equal(e[k].a.wrong, 0);
    }
    for (int k = 0; k < 2; k++) rig_free(both[k]);
  }
}

/* ---- echo from within on_receive */

static void echo(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  /* one side asks on channel 1 and gets its answers there, the other on channel 2 */
  bool mine = (channel == 1) == (r->more != NULL);
  if (!mine && mconn_connection_send(r->c, channel, bytes, len) != MCONN_OK) rig_flag(r);
}

/* MC-CONN-01, MC-CLI-06 */
static void echo_inside_on_receive_both_ways(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  rig *both[2];
  rig_both(PAIR_TCP, &c, channels_plain(2), 2, both);
  both[0]->more = both[0];
  for (int k = 0; k < 2; k++) {
    both[k]->on_message = echo;
    assert_int_equal(mconn_connection_start(both[k]->c), MCONN_OK);
  }
  static uint8_t bytes[20000];
  pattern(bytes, sizeof bytes, 9);
  const size_t rounds = 300;
  for (size_t n = 0; n < rounds; n++) {
    size_t len = n % 10 == 0 ? sizeof bytes : n;
    for (int k = 0; k < 2; k++)
      assert_int_equal(mconn_connection_send(both[k]->c, (uint8_t)(k + 1), bytes, len), MCONN_OK);
    /* each side has seen a question and an answer for each round before the last few */
    for (int k = 0; k < 2; k++) rig_await_messages(both[k], n < 3 ? 0 : 2 * (n - 3));
  }
  for (int k = 0; k < 2; k++) rig_await_messages(both[k], 2 * rounds);
  for (int k = 0; k < 2; k++) {
    assert_false(both[k]->flag);
    mconn_channel_status one = rig_channel(both[k], 0), two = rig_channel(both[k], 1);
    assert_true(one.messages_received == rounds && two.messages_received == rounds);
    assert_true(one.bytes_received == one.bytes_sent && two.bytes_received == two.bytes_sent);
  }
  for (int k = 0; k < 2; k++) rig_free(both[k]);
}

/* The check of these tests can fail. */
static void a_spoilt_message_is_noticed(void **state)
{
  (void)state;
  rig r = { .payload = 1024 };
  end e = { .l = { .r = &r, .channels = 2, .messages = 10, .biggest = 4000 } };
  static uint8_t p[4000];
  r.more = &e;
  for (uint32_t number = 0; number < 6; number++) {
    uint32_t len = size_of(&e.l, 0, number);
    uint8_t channel = (uint8_t)(number % 2 + 1);
    compose(p, len, 0, channel, number);
    check_message(&r, channel, p, len);
    assert_int_equal(e.a.wrong, 0);
  }
  uint32_t len = size_of(&e.l, 0, 6);
  compose(p, len, 0, 1, 6);
  p[len - 1] ^= 1;
  check_message(&r, 1, p, len); /* a byte */
  p[len - 1] ^= 1;
  check_message(&r, 2, p, len);     /* the channel */
  check_message(&r, 1, p, len - 1); /* the length */
  compose(p, size_of(&e.l, 0, 8), 0, 1, 8);
  check_message(&r, 1, p, size_of(&e.l, 0, 8)); /* the order */
  assert_int_equal(e.a.wrong, 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_spoilt_message_is_noticed),
    shell_test(many_threads_on_many_channels_both_ways),
    shell_test(packets_of_two_bytes),
    shell_test(with_rates_and_with_a_throttle),
    shell_test(with_short_writes_and_short_reads),
    shell_test(on_255_channels),
    shell_test(stops_at_random_moments),
    shell_test(echo_inside_on_receive_both_ways),
  };
  return cmocka_run_group_tests_name("shell: traffic", tests, NULL, NULL);
}
