/* A switch as a whole: its configuration, its reactors, start and stop, and messages to every peer. */
#include "switch_harness.h"
#include <poll.h>
#include <unistd.h>

/* ---- configuration */

static const char *const three_addresses[] = { "0000000000000000000000000000000000000007@127.0.0.1:1",
                                               "0000000000000000000000000000000000000008@127.0.0.1:1",
                                               "0000000000000000000000000000000000000007@127.0.0.1:2" };
static const char *const bad_address[] = { "0000000000000000000000000000000000000007@127.0.0.1:1", "127.0.0.1:1" };
static const char *const own_address[] = { "0000000000000000000000000000000000000001@127.0.0.1:1" };
static const char *const bad_id[] = { "0000000000000000000000000000000000000007", "07" };

static void refused(const mconn_switch_config *c, enum mconn_err err, const char *field, size_t at)
{
  mconn_switch *sw = NULL;
  mconn_reason r = mconn_switch_new(&sw, c);
  if (r.err != err) fail_msg("%s is refused with %s, not %s", field, mconn_error_name(r.err), mconn_error_name(err));
  assert_non_null(r.field);
  if (strstr(r.field, field) == NULL) fail_msg("the field is %s, not %s", r.field, field);
  assert_int_equal(r.at, at);
  assert_null(sw);
}

/* MC-SWITCH-04 */
static void a_number_outside_its_limits_is_refused_with_its_field(void **state)
{
  (void)state;
  const mconn_switch_config good = node_config(1);
#define REFUSED(member, value)                                                                                         \
  do {                                                                                                                 \
    mconn_switch_config c = good;                                                                                      \
    c.member = (value);                                                                                                \
    refused(&c, MCONN_E_LIMIT_CONFIG, #member, 0);                                                                     \
  } while (0)
  REFUSED(max_inbound, 65536);
  REFUSED(max_outbound, 65536);
  REFUSED(dial_timeout, 0);
  REFUSED(dial_timeout, 3600 * SECOND + 1);
  REFUSED(handshake_timeout, 0);
  REFUSED(handshake_timeout, UINT64_MAX);
  REFUSED(filter_timeout, 0);
  REFUSED(filter_timeout, UINT64_MAX);
  REFUSED(persistent_count, 65536);
  REFUSED(unconditional_count, 65536);
  REFUSED(filter_count, 17);
  REFUSED(delivery_bytes, ((size_t)1 << 30) + 1);
  REFUSED(reconnect_first, 2);
#undef REFUSED
  mconn_switch_config c = good;
  c.transport.upgrade = NULL;
  refused(&c, MCONN_E_LIMIT_CONFIG, "transport", 0);
  c = good;
  c.persistent_count = 1; /* and no list */
  refused(&c, MCONN_E_LIMIT_CONFIG, "persistent", 0);
  c = good;
  c.unconditional_count = 1;
  refused(&c, MCONN_E_LIMIT_CONFIG, "unconditional", 0);
  c = good;
  c.filter_count = 1;
  refused(&c, MCONN_E_LIMIT_CONFIG, "filters", 0);
}

/* MC-SWITCH-04, MC-ADDRESS-01, MC-ADDRESS-02, MC-SWITCH-11 */
static void a_list_with_a_bad_member_is_refused_with_its_place(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.persistent = bad_address;
  c.persistent_count = 2;
  refused(&c, MCONN_E_ADDRESS, "persistent", 1);
  c.persistent = three_addresses;
  c.persistent_count = 3;
  refused(&c, MCONN_E_PEER_DUPLICATE, "persistent", 2);
  c.persistent = own_address;
  c.persistent_count = 1;
  refused(&c, MCONN_E_PEER_SELF, "persistent", 0);
  c = node_config(1);
  c.unconditional = bad_id;
  c.unconditional_count = 2;
  refused(&c, MCONN_E_NODE_ID, "unconditional", 1);
}

/* MC-SWITCH-04, MC-NODEINFO-13 */
static void a_bad_connection_or_node_info_is_refused_with_its_field(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.connection.payload = 1;
  refused(&c, MCONN_E_PAYLOAD_SIZE, "", 0);
  c = node_config(1);
  c.self.moniker = " ";
  refused(&c, MCONN_E_NODEINFO_MONIKER, "moniker", 0);
  c = node_config(1);
  c.self.id = NULL;
  refused(&c, MCONN_E_NODE_ID, "self.id", 0);
  c.self.id = "x";
  refused(&c, MCONN_E_NODE_ID, "self.id", 0);
}

/* MC-SWITCH-04: the defaults are upstream's. */
static void the_default_configuration_is_upstreams(void **state)
{
  (void)state;
  mconn_switch_config c = mconn_switch_config_default();
  assert_int_equal(c.max_inbound, 40);
  assert_int_equal(c.max_outbound, 10);
  assert_false(c.allow_duplicate_ip);
  assert_true(c.dial_timeout == SECOND && c.handshake_timeout == 3 * SECOND && c.filter_timeout == 5 * SECOND);
  assert_int_equal(c.delivery_bytes, 0);
}

/* ---- reactors */

static const mconn_channel *four(void *user, size_t *n)
{
  *n = 4;
  return user;
}

static mconn_reason add_four(node *n, const char *name, const mconn_channel d[4])
{
  mconn_channel copy[4];
  memcpy(copy, d, sizeof copy);
  return mconn_switch_add_reactor(n->sw, name, (mconn_reactor){ .channels = four, .user = copy });
}

#define C(number)                                                                                                      \
  {                                                                                                                    \
    .id = (number), .priority = 1                                                                                      \
  }
/* MC-SWITCH-02 */
static void a_channel_has_one_reactor(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  const mconn_channel claimed[4] = { C(9), C(10), C(3), C(11) }, twice[4] = { C(9), C(10), C(9), C(11) },
                      bad[4] = { C(9), { .id = 10 }, C(11), C(12) }, good[4] = { C(9), C(10), C(11), C(12) };
  mconn_reason r = add_four(n, "claims", claimed);
  assert_true(r.err == MCONN_E_CHANNEL_CLAIMED && r.at == 2);
  r = add_four(n, "twice", twice);
  assert_true(r.err == MCONN_E_CHANNEL_CLAIMED && r.at == 2);
  r = add_four(n, "bad", bad);
  assert_true(r.err == MCONN_E_PRIORITY && r.at == 1);
  assert_int_equal(add_four(n, "reactor 1", good).err, MCONN_E_STATE); /* the name is there */
  assert_int_equal(add_four(n, "good", good).err, MCONN_OK);           /* nothing of the refused ones was kept */
  node_free(n);
}

/* TestTransportAddChannel. MC-PEER-02, MC-NODEINFO-12 */
static void the_node_info_names_each_channel_once_and_no_more_than_fit(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *n = node_new(&c1), *other = node_open(&c2);
  const mconn_channel more[3][4] = { { C(21), C(22), C(23), C(24) },
                                     { C(31), C(32), C(33), C(34) },
                                     { C(41), C(42), C(43), C(44) } };
  assert_int_equal(add_four(n, "1", more[0]).err, MCONN_OK);
  assert_int_equal(add_four(n, "2", more[1]).err, MCONN_OK);
  assert_int_equal(add_four(n, "3", more[2]).err, MCONN_OK);
  const mconn_channel one_too_many[4] = { C(51), C(52), C(53), C(54) };
  assert_int_equal(add_four(n, "4", one_too_many).err, MCONN_E_NODEINFO_CHANNELS);
  node_start(n);
  node_expect_dial(n, other, MCONN_OK);
  mconn_peer *p = node_peer(other);
  const mconn_node_info *x = mconn_peer_node_info(p);
  assert_int_equal(x->channel_count, 15);
  for (size_t k = 0; k < x->channel_count; k++)
    for (size_t j = 0; j < k; j++) assert_int_not_equal(x->channels[j], x->channels[k]);
  assert_true(mconn_peer_has_channel(p, 44));
  mconn_peer_release(p);
  node_free(n);
  node_free(other);
}

/* MC-SWITCH-02, MC-SWITCH-06: set_switch comes when it is added, and again with nothing when it is removed. */
static void a_removed_reactor_gives_its_channels_back(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_bare(&c);
  assert_int_equal(mconn_switch_remove_reactor(n->sw, "reactor 0"), MCONN_E_NO_REACTOR);
  assert_int_equal(node_add_reactor(n, 0).err, MCONN_OK);
  assert_int_equal(node_event_at(n, NODE_SET_SWITCH, 0).len, 1);
  assert_int_equal(mconn_switch_remove_reactor(n->sw, "reactor 0"), MCONN_OK);
  assert_int_equal(node_event_at(n, NODE_SET_SWITCH, 1).len, 0);
  assert_int_equal(node_add_reactor(n, 0).err, MCONN_OK);
  node_start(n);
  assert_int_equal(mconn_switch_remove_reactor(n->sw, "reactor 0"), MCONN_E_STATE);
  assert_int_equal(node_add_reactor(n, 1).err, MCONN_E_STATE);
  node_free(n);
}

/* ---- start and stop */

/* MC-SWITCH-05 */
static void reactors_start_in_order_and_stop_when_no_peer_is_left(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *a = node_open(&c1), *b = node_open(&c2);
  node_expect_dial(a, b, MCONN_OK);
  node_await(b, NODE_ADD, NULL, 1);
  assert_int_equal(mconn_switch_stop(b->sw), MCONN_OK);
  unsigned starts = 0, removes = 0, stops = 0;
  for (size_t k = 0; k < b->count; k++) {
    const node_event *e = &b->events[k];
    if (e->kind == NODE_START) assert_int_equal(e->reactor, starts++);
    if (e->kind == NODE_INIT) assert_int_equal(starts, 3);
    if (e->kind == NODE_REMOVE) {
      assert_int_equal(stops, 0);
      assert_int_equal(e->err, MCONN_OK);
      removes++;
    }
    if (e->kind == NODE_STOP) assert_int_equal(e->reactor, 2 - stops++);
  }
  assert_true(starts == 3 && removes == 3 && stops == 3);
  node_free(a);
  node_free(b);
}

static enum mconn_err second_fails(node_reactor *r)
{
  return r->number == 1 && r->of->flag == 0 ? MCONN_E_MEMORY : MCONN_OK;
}

/* MC-SWITCH-05, MC-SERVICE-01 */
static void a_reactor_that_does_not_start_ends_the_start(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  node_listen(n);
  n->on_start = second_fails;
  assert_int_equal(mconn_switch_start(n->sw), MCONN_E_MEMORY);
  assert_false(mconn_switch_is_running(n->sw));
  assert_int_equal(node_count(n, 0, NODE_STOP, NULL), 1);
  assert_int_equal(node_count(n, 1, NODE_STOP, NULL), 0);
  assert_int_equal(node_count(n, 2, NODE_START, NULL), 0);
  n->flag = 1;
  node_start(n); /* it may be tried again, and listens as before */
  int fd = stranger_open(n, &(mconn_node_info){ .block_version = 11,
                                                .id = node_id(2),
                                                .listen_address = "127.0.0.1:1",
                                                .network = "test",
                                                .moniker = "x",
                                                .channels = (const uint8_t *)"\1",
                                                .channel_count = 1 });
  node_await(n, NODE_ADD, NULL, 1);
  close(fd);
  node_free(n);
}

/* MC-SERVICE-02, MC-SERVICE-03, MC-SERVICE-04, MC-SERVICE-07 */
static void a_switch_is_a_service(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_E_NOT_STARTED);
  assert_int_equal(mconn_switch_dial(n->sw, "0000000000000000000000000000000000000002@127.0.0.1:1").err,
                   MCONN_E_NOT_RUNNING);
  node_start(n);
  assert_true(mconn_switch_is_running(n->sw));
  struct pollfd quit = { .fd = mconn_switch_quit_fd(n->sw), .events = POLLIN };
  assert_int_equal(real_poll(&quit, 1, 0), 0);
  assert_int_equal(mconn_switch_start(n->sw), MCONN_E_ALREADY_STARTED);
  assert_false(mconn_switch_wait(n->sw, 1));
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_OK);
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_E_ALREADY_STOPPED);
  assert_true(mconn_switch_wait(n->sw, PATIENCE));
  assert_int_equal(real_poll(&quit, 1, 0), 1);
  assert_false(mconn_switch_is_running(n->sw));
  node_free(n);
  mconn_switch_free(NULL);
}

/* MC-SWITCH-05: a connection has at least one channel. */
static void a_switch_without_channels_does_not_start(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_bare(&c);
  assert_int_equal(mconn_switch_start(n->sw), MCONN_E_CHANNEL_COUNT);
  node_free(n);
}

/* ---- messages to every peer */

/* TestSwitches. MC-SWITCH-01, MC-SWITCH-08 */
static void a_broadcast_on_three_channels_reaches_the_right_reactors(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *a = node_open(&c1), *b = node_open(&c2);
  node_expect_dial(a, b, MCONN_OK);
  node_await(b, NODE_ADD, NULL, 1);
  for (uint8_t channel = 1; channel <= 3; channel++) {
    char text[2] = { (char)('a' + channel), 0 };
    assert_int_equal(mconn_switch_broadcast(a->sw, channel, text, 1), 1);
  }
  node_await(b, NODE_RECEIVE, a->id, 2);
  while (node_count(b, 1, NODE_RECEIVE, a->id) < 1) poll(NULL, 0, 1);
  assert_int_equal(node_event_at(b, NODE_RECEIVE, 0).channel + node_event_at(b, NODE_RECEIVE, 1).channel, 3);
  assert_int_equal(node_count(b, 2, NODE_RECEIVE, NULL), 0);
  node_free(a);
  node_await(b, NODE_REMOVE, NULL, 1);
  node_free(b);
}

static void hold_on_receive(node_reactor *r, mconn_peer *p, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)p, (void)channel, (void)bytes, (void)len;
  node_await_flag(r->of, 1);
}

/* MC-SWITCH-08: two peers that read nothing; all others have the message while it waits for those. */
static void a_slow_peer_delays_no_other(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.connection.send_timeout = 500 * MILLI;
  node *a = node_open(&c), *others[6];
  for (unsigned k = 0; k < 6; k++) {
    mconn_switch_config o = node_config(10 + k);
    others[k] = node_new(&o);
    if (k < 2) others[k]->on_receive = hold_on_receive;
    node_start(others[k]);
    node_expect_dial(others[k], a, MCONN_OK);
  }
  node_await(a, NODE_ADD, NULL, 6);
  static uint8_t big[1 << 20];
  size_t took = 6, rounds = 0;
  for (; took == 6; rounds++) took = mconn_switch_try_broadcast(a->sw, 1, big, sizeof big);
  /* whoever reads may be full for a moment only; who does not read, for good */
  took = mconn_switch_broadcast(a->sw, 2, "x", 1);
  assert_in_range(took, 4, 6);
  size_t all = 0;
  for (unsigned tries = 0; tries < 100 && all != 4; tries++) all = mconn_switch_broadcast(a->sw, 1, big, 1);
  assert_int_equal(all, 4); /* the two did not take it, within their time-out */
  for (unsigned k = 2; k < 6; k++) node_await(others[k], NODE_RECEIVE, NULL, 2);
  for (unsigned k = 0; k < 2; k++) node_set_flag(others[k], 1);
  node_free(a);
  for (unsigned k = 0; k < 6; k++) node_free(others[k]);
}

static void *broadcast_main(void *arg)
{
  node *n = arg;
  n->flag = (int)mconn_switch_broadcast(n->sw, 1, "last", 4);
  return NULL;
}

static bool has_the_last(node *n)
{
  pthread_mutex_lock(&n->lock);
  bool has = false;
  for (size_t k = 0; k < n->count; k++) has = has || (n->events[k].kind == NODE_RECEIVE && n->events[k].len == 4);
  pthread_mutex_unlock(&n->lock);
  return has;
}

/* MC-SWITCH-08: of two peers that are full, whichever has room again gets the message while the other is full. */
static void full_peers_are_waited_for_side_by_side(void **state)
{
  (void)state;
  static uint8_t big[1 << 20];
  for (unsigned first = 0; first < 2; first++) {
    mconn_switch_config c = node_config(1);
    node *a = node_open(&c), *full[2];
    for (unsigned k = 0; k < 2; k++) {
      mconn_switch_config o = node_config(10 + k);
      full[k] = node_new(&o);
      full[k]->on_receive = hold_on_receive;
      node_start(full[k]);
      node_expect_dial(full[k], a, MCONN_OK);
      node_await(a, NODE_ADD, full[k]->id, 1);
    }
    for (unsigned quiet = 0; quiet < 50; quiet++) { /* until the sockets are full, too */
      if (mconn_switch_try_broadcast(a->sw, 1, big, sizeof big) > 0) quiet = 0;
      poll(NULL, 0, 2);
    }
    pthread_t t;
    assert_int_equal(real_pthread_create(&t, broadcast_main, a), 0);
    node_set_flag(full[first], 1);
    for (uint64_t until = now_ns() + PATIENCE / 2; !has_the_last(full[first]) && now_ns() < until;) poll(NULL, 0, 1);
    assert_true(has_the_last(full[first]));
    assert_false(has_the_last(full[1 - first]));
    node_set_flag(full[1 - first], 1);
    pthread_join(t, NULL);
    assert_int_equal(a->flag, 2);
    for (unsigned k = 0; k < 2; k++) node_free(full[k]);
    node_free(a);
  }
}

/* MC-PEER-03, MC-SWITCH-08 */
static void a_broadcast_skips_peers_without_the_channel(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(2);
  x.channel_count = 1; /* channel 1 only */
  int fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, NULL, 1);
  assert_int_equal(mconn_switch_broadcast(n->sw, 1, "x", 1), 1);
  assert_int_equal(mconn_switch_broadcast(n->sw, 2, "x", 1), 0);
  assert_int_equal(mconn_switch_try_broadcast(n->sw, 3, "x", 1), 0);
  close(fd);
  node_free(n);
}

/* ---- stops from callbacks */

static void stop_on_receive(node_reactor *r, mconn_peer *p, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)p, (void)channel, (void)bytes, (void)len;
  node *n = r->of;
  enum mconn_err err = mconn_switch_stop(n->sw);
  bool running = mconn_switch_is_running(n->sw);
  enum mconn_err again = mconn_switch_stop(n->sw);
  node_set_flag(n, err == MCONN_OK && again == MCONN_E_ALREADY_STOPPED && !running ? 1 : -1);
}

/* MC-SWITCH-05, MC-SWITCH-09 */
static void a_stop_from_receive_returns_and_is_carried_out(void **state)
{
  (void)state;
  for (int delivery = 0; delivery < 2; delivery++) {
    mconn_switch_config c = node_config(1);
    c.delivery_bytes = delivery ? 65536 : 0;
    node *n = node_new(&c);
    n->on_receive = stop_on_receive;
    node_listen(n);
    node_start(n);
    mconn_node_info x = stranger_info(2);
    int fd = stranger_open(n, &x);
    stranger_send(fd, 1, "x", 1);
    node_await_flag(n, 1);
    assert_true(mconn_switch_wait(n->sw, PATIENCE));
    assert_int_equal(node_count(n, 0, NODE_REMOVE, NULL), node_count(n, 0, NODE_ADD, NULL));
    assert_int_equal(node_count(n, 0, NODE_STOP, NULL), 1);
    close(fd);
    node_free(n);
  }
}

static enum mconn_err stop_in_start(node_reactor *r)
{
  return r->number == 0 ? mconn_switch_stop(r->of->sw) : MCONN_OK;
}
static enum mconn_err stop_in_init(node_reactor *r, mconn_peer *p)
{
  (void)p;
  (void)mconn_switch_stop(r->of->sw);
  return MCONN_OK;
}
static void stop_in_add(node_reactor *r, mconn_peer *p)
{
  (void)p;
  (void)mconn_switch_stop(r->of->sw);
}
static void stop_in_remove(node_reactor *r, mconn_peer *p, mconn_reason reason)
{
  (void)p, (void)reason;
  (void)mconn_switch_stop(r->of->sw);
}
static void stop_in_stop(node_reactor *r)
{
  if (mconn_switch_stop(r->of->sw) != MCONN_E_ALREADY_STOPPED) node_set_flag(r->of, -1);
}

/* MC-SWITCH-05, MC-SERVICE-09 */
static void a_stop_from_any_callback_ends_the_switch(void **state)
{
  (void)state;
  for (int which = 0; which < 4; which++) {
    mconn_switch_config c = node_config(1);
    node *n = node_new(&c);
    node_listen(n);
    if (which == 0) n->on_start = stop_in_start;
    if (which == 1) n->on_init = stop_in_init;
    if (which == 2) n->on_add = stop_in_add;
    if (which == 3) n->on_remove = stop_in_remove;
    n->on_stop = stop_in_stop;
    assert_int_equal(mconn_switch_start(n->sw), MCONN_OK);
    if (which > 0) {
      mconn_node_info x = stranger_info(2);
      int fd = stranger_open(n, &x);
      if (which == 3) { /* earlier, it might fail before it is admitted, and no remove_peer would come */
        node_await(n, NODE_ADD, NULL, 1);
        stranger_send(fd, 99, "x", 1);
      }
      assert_true(mconn_switch_wait(n->sw, PATIENCE));
      close(fd);
    }
    assert_true(mconn_switch_wait(n->sw, PATIENCE));
    assert_int_equal(node_count(n, 0, NODE_STOP, NULL), 1);
    assert_int_equal(n->flag, 0);
    node_expect_paired(n, true);
    node_free(n);
  }
}

typedef struct {
  node *n[2];
} two;

static void broadcast_and_stop_the_other(node_reactor *r, mconn_peer *p, uint8_t channel, const uint8_t *bytes,
                                         size_t len)
{
  (void)p, (void)bytes;
  two *t = r->of->more;
  node *other = t->n[r->of == t->n[0]];
  if (len > 1) {
    (void)mconn_switch_stop(other->sw);
    return;
  }
  (void)mconn_switch_broadcast(r->of->sw, channel, bytes, len);
}

/* MC-SWITCH-09 */
static void two_switches_that_broadcast_and_stop_each_other_end(void **state)
{
  (void)state;
  for (int round = 0; round < 10; round++) {
    mconn_switch_config c1 = node_config(1), c2 = node_config(2);
    /* both may be waiting for room in what the other does not read because it waits, too */
    c1.connection.send_timeout = c2.connection.send_timeout = 20 * MILLI;
    node *a = node_new(&c1), *b = node_new(&c2);
    two t = { { a, b } };
    a->more = b->more = &t;
    a->on_receive = b->on_receive = broadcast_and_stop_the_other;
    node_listen(b);
    node_start(a);
    node_start(b);
    node_expect_dial(a, b, MCONN_OK);
    node_await(b, NODE_ADD, NULL, 1);
    for (int k = 0; k < 8; k++) (void)mconn_switch_try_broadcast(a->sw, 1, "x", 1);
    for (int k = 0; k < 8; k++) (void)mconn_switch_try_broadcast(b->sw, 2, "x", 1);
    while (mconn_switch_is_running(a->sw) && mconn_switch_is_running(b->sw)) {
      (void)mconn_switch_broadcast(a->sw, 2, "end", 3);
      (void)mconn_switch_broadcast(b->sw, 1, "end", 3);
    }
    (void)mconn_switch_stop(a->sw); /* both, before either is freed: each is known to the other's reactors */
    (void)mconn_switch_stop(b->sw);
    node_expect_paired(a, true);
    node_expect_paired(b, true);
    node_free(a);
    node_free(b);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_number_outside_its_limits_is_refused_with_its_field),
    shell_test(a_list_with_a_bad_member_is_refused_with_its_place),
    shell_test(a_bad_connection_or_node_info_is_refused_with_its_field),
    shell_test(the_default_configuration_is_upstreams),
    shell_test(a_channel_has_one_reactor),
    shell_test(the_node_info_names_each_channel_once_and_no_more_than_fit),
    shell_test(a_removed_reactor_gives_its_channels_back),
    shell_test(reactors_start_in_order_and_stop_when_no_peer_is_left),
    shell_test(a_reactor_that_does_not_start_ends_the_start),
    shell_test(a_switch_is_a_service),
    shell_test(a_switch_without_channels_does_not_start),
    shell_test(a_broadcast_on_three_channels_reaches_the_right_reactors),
    shell_test(a_slow_peer_delays_no_other),
    shell_test(full_peers_are_waited_for_side_by_side),
    shell_test(a_broadcast_skips_peers_without_the_channel),
    shell_test(a_stop_from_receive_returns_and_is_carried_out),
    shell_test(a_stop_from_any_callback_ends_the_switch),
    shell_test(two_switches_that_broadcast_and_stop_each_other_end),
  };
  return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
