/* Dials: what becomes of them, once, again and both ways at once. */
#include "switch_harness.h"
#include "shell/switch_internal.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HURRY 1000 /* pauses of seconds take milliseconds */

/* An address where nobody listens, nor can, until the socket is closed. */
static int nobodys_address(char address[128], unsigned number)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
  snprintf(address, 128, "%s@127.0.0.1:%u", node_id(number), ntohs(at.sin_port));
  return fd;
}

static mconn_reason dial(node *n, const char *address)
{
  return mconn_switch_dial(n->sw, address);
}

/* An entry for the address may be there yet, of a peer that has just ended. */
static void expect_dial_in_the_end(node *n, const node *to)
{
  mconn_reason r = { .err = MCONN_E_DIALING };
  while (r.err == MCONN_E_DIALING) r = dial(n, to->address);
  assert_int_equal(r.err, MCONN_OK);
}

static void await_entries(node *n, size_t count)
{
  for (size_t have = count + 1; have != count;) {
    pthread_mutex_lock(&n->sw->lock);
    have = n->sw->entry_count;
    pthread_mutex_unlock(&n->sw->lock);
    poll(NULL, 0, 1);
  }
}

/* ---- one dial */

/* MC-SWITCH-17, MC-ADDRESS-06, MC-ADDRESS-01 */
static void a_dial_that_cannot_succeed_says_why(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  node_start(n);
  char address[128];
  int nobody = nobodys_address(address, 2);
  mconn_reason r = dial(n, address);
  assert_true(r.err == MCONN_E_DIAL && r.system == ECONNREFUSED);
  assert_int_equal(dial(n, "127.0.0.1:1").err, MCONN_E_ADDRESS);
  assert_int_equal(dial(n, NULL).err, MCONN_E_ADDRESS);
  snprintf(address, sizeof address, "%s@no.such.name.invalid:1", node_id(2));
  assert_int_equal(dial(n, address).err, MCONN_E_ADDRESS_LOOKUP);
  mconn_peer_counts count = mconn_switch_count(n->sw);
  assert_true(count.dialing == 0 && count.outbound == 0);
  close(nobody);
  node_free(n);
}

/* MC-SWITCH-17, MC-TRANSPORT-03 */
static void a_dial_ends_by_its_time_outs(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.dial_timeout = 20 * MILLI;
  c.handshake_timeout = 20 * MILLI;
  node *n = node_new(&c);
  node_start(n);
  char address[128];
  int fd = mute_listener(address, 2);
  assert_int_equal(dial(n, address).err, MCONN_E_HANDSHAKE); /* it is connected, and nothing comes */
  close(fd);
  node_free(n);
}

/* TestTransportMultiplexDialRejectWrongID. MC-SWITCH-12 */
static void a_node_with_another_id_than_the_dialed_one_is_refused(void **state)
{
  (void)state;
  for (int proved = 0; proved < 2; proved++) {
    odd_transport odd = { .authenticated_id = proved ? "0000000000000000000000000000000000000002" : NULL };
    mconn_switch_config c1 = node_config(1), c2 = node_config(2);
    c1.transport = odd_transport_of(&odd);
    node *n = node_new(&c1), *other = node_open(&c2);
    node_start(n);
    char address[128];
    snprintf(address, sizeof address, "%s@127.0.0.1:%u", node_id(3), mconn_switch_port(other->sw));
    assert_int_equal(dial(n, address).err, MCONN_E_PEER_ID);
    assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 0);
    node_free(n);
    node_free(other);
  }
}

/* TestTransportMultiplexRejectSelf, TestSwitchFiltersOutItself. MC-SWITCH-11 */
static void a_node_does_not_dial_itself(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(0xab);
  node *n = node_open(&c);
  assert_int_equal(dial(n, n->address).err, MCONN_E_PEER_SELF);
  char address[128]; /* nor under its id in upper case: MC-ADDRESS-05 */
  snprintf(address, sizeof address, "00000000000000000000000000000000000000AB@127.0.0.1:%u", mconn_switch_port(n->sw));
  assert_int_equal(dial(n, address).err, MCONN_E_PEER_SELF);
  /* under another id it finds out in the handshake */
  snprintf(address, sizeof address, "%s@127.0.0.1:%u", node_id(2), mconn_switch_port(n->sw));
  assert_int_equal(dial(n, address).err, MCONN_E_PEER_SELF);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 0);
  node_free(n);
}

/* MC-SWITCH-16, MC-ADDRESS-05 */
static void a_peer_is_not_dialed_twice(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(0xcd);
  node *n = node_new(&c1), *other = node_open(&c2);
  node_start(n);
  char address[128];
  snprintf(address, sizeof address, "00000000000000000000000000000000000000CD@127.0.0.1:%u",
           mconn_switch_port(other->sw));
  assert_int_equal(dial(n, address).err, MCONN_OK);
  node_expect_dial(n, other, MCONN_E_DIALING);
  mconn_peer *p = node_peer(n);
  assert_true(mconn_peer_is_outbound(p) && !mconn_peer_is_persistent(p));
  assert_string_equal(mconn_peer_id(p), other->id);
  assert_string_equal(mconn_peer_address(p), other->address);
  mconn_peer_release(p);
  assert_int_equal(mconn_switch_count(n->sw).outbound, 1);
  node_free(n);
  node_free(other);
}

/* MC-ADMISSION-04 */
static void outbound_peers_are_limited(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2), c3 = node_config(3), c4 = node_config(4);
  const char *const unconditional[] = { "0000000000000000000000000000000000000004" };
  c1.max_outbound = 1;
  c1.unconditional = unconditional;
  c1.unconditional_count = 1;
  node *n = node_new(&c1), *a = node_open(&c2), *b = node_open(&c3), *always = node_open(&c4);
  node_start(n);
  node_expect_dial(n, a, MCONN_OK);
  node_expect_dial(n, b, MCONN_E_OUTBOUND_LIMIT);
  node_expect_dial(n, always, MCONN_OK);
  mconn_peer_counts count = mconn_switch_count(n->sw);
  assert_true(count.outbound == 1 && count.unconditional == 1);
  node_free(a);
  node_await(n, NODE_REMOVE, NULL, 1);
  mconn_reason r = { .err = MCONN_E_OUTBOUND_LIMIT };
  while (r.err == MCONN_E_OUTBOUND_LIMIT) r = dial(n, b->address); /* the place is given back */
  assert_int_equal(r.err, MCONN_OK);
  node_free(n);
  node_free(b);
  node_free(always);
}

/* MC-SWITCH-15, MC-SWITCH-10: he may be the very node that is dialed, whose own dial is refused for this one. */
static void a_dial_goes_on_where_a_stranger_of_that_address_has_not_said_who_he_is(void **state)
{
  (void)state;
  for (int same = 0; same < 2; same++) {
    mconn_switch_config c1 = node_config(1), c2 = node_config(2);
    c1.allow_duplicate_ip = false;
    node *n = node_open(&c1), *other = node_open(&c2);
    int fd = stranger_connect(n);
    await_entries(n, 1);
    node_expect_dial(n, other, MCONN_OK);
    mconn_node_info x = stranger_info(same ? 2 : 3);
    stranger_greet(fd, &x);
    node_await_refusal(n, same ? MCONN_E_PEER_DUPLICATE : MCONN_E_IP_DUPLICATE);
    node_await_peers(n, 1);
    close(fd);
    node_free(n);
    node_free(other);
  }
}

/* ---- several */

/* TestSwitchFullConnectivity. MC-SWITCH-06 */
static void three_switches_see_two_peers_each(void **state)
{
  (void)state;
  node *n[3];
  for (unsigned k = 0; k < 3; k++) {
    mconn_switch_config c = node_config(1 + k);
    n[k] = node_open(&c);
  }
  for (unsigned k = 0; k < 3; k++)
    for (unsigned j = 0; j < k; j++) node_expect_dial(n[k], n[j], MCONN_OK);
  for (unsigned k = 0; k < 3; k++) node_await_peers(n[k], 2);
  for (unsigned k = 0; k < 3; k++) node_free(n[k]);
}

/* TestSwitchDialPeersAsync. MC-SWITCH-16, MC-SWITCH-17: and one that fails keeps no other. */
static void many_dials_are_made_without_waiting(void **state)
{
  (void)state;
  enum { MANY = 8 };
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c), *others[MANY];
  switch_set_hurry(n->sw, HURRY);
  char nobody[128];
  int nobodys = nobodys_address(nobody, 99);
  const char *list[MANY + 2];
  for (unsigned k = 0; k < MANY; k++) {
    mconn_switch_config o = node_config(10 + k);
    others[k] = node_open(&o);
    list[k] = others[k]->address;
  }
  list[MANY] = nobody;
  list[MANY + 1] = "x";
  assert_int_equal(mconn_switch_dial_async(n->sw, list, MANY + 1).err, MCONN_E_NOT_RUNNING);
  node_start(n);
  mconn_reason r = mconn_switch_dial_async(n->sw, list, MANY + 2);
  assert_true(r.err == MCONN_E_ADDRESS && r.at == MANY + 1);
  assert_int_equal(mconn_switch_dial_async(n->sw, list, MANY + 1).err, MCONN_OK);
  node_await(n, NODE_ADD, NULL, MANY);
  node_await_refusal(n, MCONN_E_DIAL);
  close(nobodys);
  node_free(n);
  for (unsigned k = 0; k < MANY; k++) node_free(others[k]);
}

typedef struct {
  node *from, *to;
  pthread_barrier_t *begin;
  enum mconn_err err;
} caller;

static void *call_main(void *arg)
{
  caller *x = arg;
  pthread_barrier_wait(x->begin);
  x->err = mconn_switch_dial(x->from->sw, x->to->address).err;
  return NULL;
}

static bool calls_end_as_they_may(enum mconn_err err)
{
  return err == MCONN_OK || err == MCONN_E_DIALING || err == MCONN_E_PEER_DUPLICATE || err == MCONN_E_HANDSHAKE ||
         err == MCONN_E_PEER_REMOVED;
}

/* MC-SWITCH-10, MC-SWITCH-15, MC-SWITCH-16: one connection is left, whichever dial is the quicker. */
static void two_nodes_that_dial_each_other_at_once_end_with_one_connection(void **state)
{
  (void)state;
  for (unsigned round = 0; round < 40; round++) {
    mconn_switch_config c1 = node_config(1), c2 = node_config(2);
    c1.allow_duplicate_ip = c2.allow_duplicate_ip = round % 2 == 0;
    node *a = node_open(&c1), *b = node_open(&c2);
    pthread_barrier_t begin;
    pthread_barrier_init(&begin, NULL, 2);
    caller x[2] = { { .from = a, .to = b, .begin = &begin }, { .from = b, .to = a, .begin = &begin } };
    pthread_t t[2];
    for (int k = 0; k < 2; k++) assert_int_equal(real_pthread_create(&t[k], call_main, &x[k]), 0);
    for (int k = 0; k < 2; k++) pthread_join(t[k], NULL);
    for (int k = 0; k < 2; k++)
      if (!calls_end_as_they_may(x[k].err)) fail_msg("a dial ended with %s", mconn_error_name(x[k].err));
    node_await_peers(a, 1);
    node_await_peers(b, 1);
    size_t took = 0; /* and it works: whatever was short-lived is gone by then */
    uint64_t until = now_ns() + PATIENCE;
    while (node_count(b, 0, NODE_RECEIVE, NULL) == 0 && now_ns() < until) {
      took += mconn_switch_broadcast(a->sw, 1, "x", 1);
      poll(NULL, 0, 1); /* what b does not read yet must not fill its record */
    }
    assert_true(took > 0 && node_count(b, 0, NODE_RECEIVE, NULL) > 0);
    node_expect_paired(a, false);
    node_expect_paired(b, false);
    pthread_barrier_destroy(&begin);
    node_free(a);
    node_free(b);
  }
}

/* ---- persistent peers */

/* A node that keeps the peer of this number at this address up. */
static node *keeper_of(unsigned number, const char *const *address, uint64_t hurry)
{
  mconn_switch_config c = node_config(number);
  c.persistent = address;
  c.persistent_count = 1;
  node *n = node_new(&c);
  switch_set_hurry(n->sw, hurry);
  node_listen(n);
  node_start(n);
  return n;
}

/* TestSwitchReconnectsToOutboundPersistentPeer. MC-SWITCH-19, MC-RECONNECT-01 */
static void a_persistent_peer_is_dialed_at_start_and_after_a_loss(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(2);
  node *other = node_open(&c);
  const char *address = other->address;
  node *n = keeper_of(1, &address, HURRY);
  node_await(n, NODE_ADD, NULL, 1);
  mconn_peer *p = node_peer(n);
  assert_true(mconn_peer_is_persistent(p) && mconn_peer_is_outbound(p));
  mconn_peer_close(p); /* as a network does */
  mconn_peer_release(p);
  node_await(n, NODE_ADD, NULL, 2);
  p = NULL;
  for (uint64_t until = now_ns() + PATIENCE; p == NULL && now_ns() < until;) p = mconn_switch_peer(n->sw, other->id);
  assert_non_null(p);
  assert_int_equal(mconn_switch_stop_peer_for_error(n->sw, p, MCONN_E_REACTOR), MCONN_OK);
  mconn_peer_release(p);
  node_await(n, NODE_ADD, NULL, 3);
  node_expect_paired(n, false);
  node_free(n);
  node_free(other);
}

/* TestSwitchReconnectsToOutboundPersistentPeer, its second half. MC-RECONNECT-01: the first dials fail. */
static void a_persistent_peer_that_is_not_there_is_dialed_until_it_is(void **state)
{
  (void)state;
  char nobody[128];
  int nobodys = nobodys_address(nobody, 2);
  const char *address = nobody;
  node *n = keeper_of(1, &address, HURRY);
  node_await_refusal(n, MCONN_E_DIAL);
  mconn_switch_config c = node_config(2);
  node *other = node_new(&c);
  close(nobodys);
  assert_int_equal(mconn_switch_listen(other->sw, strchr(nobody, '@') + 1).err, MCONN_OK);
  node_start(other);
  node_await(n, NODE_ADD, NULL, 1);
  node_free(n);
  node_free(other);
}

/* TestSwitchReconnectsToInboundPersistentPeer. MC-SWITCH-19 */
static void an_inbound_persistent_peer_is_dialed_after_a_loss(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(2);
  node *other = node_open(&c);
  const char *address = other->address;
  node *n = keeper_of(1, &address, 1); /* its own first dial may be three seconds away */
  mconn_reason r = mconn_switch_dial(other->sw, n->address);
  assert_true(calls_end_as_they_may(r.err));
  node_await(n, NODE_ADD, NULL, 1);
  mconn_peer *p = node_peer(n);
  assert_true(mconn_peer_is_persistent(p));
  mconn_peer_close(p);
  mconn_peer_release(p);
  node_await(n, NODE_ADD, NULL, 2);
  p = node_peer(n);
  assert_true(mconn_peer_is_persistent(p) && mconn_peer_is_outbound(p));
  mconn_peer_release(p);
  node_free(n);
  node_free(other);
}

/* MC-SWITCH-19: after a graceful end nobody calls. */
static void a_persistent_peer_that_was_stopped_gracefully_is_left_alone(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(2);
  node *other = node_open(&c);
  const char *address = other->address;
  node *n = keeper_of(1, &address, 100 * HURRY);
  node_await(n, NODE_ADD, NULL, 1);
  mconn_peer *p = node_peer(n);
  assert_int_equal(mconn_switch_stop_peer_gracefully(n->sw, p), MCONN_OK);
  mconn_peer_release(p);
  node_await(n, NODE_REMOVE, NULL, 1);
  poll(NULL, 0, 50); /* time for many dials that must not come */
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 1);
  expect_dial_in_the_end(n, other); /* until somebody asks */
  node_free(n);
  node_free(other);
}

/* MC-SWITCH-19: of a peer that is not persistent, nothing is heard again. */
static void a_peer_that_is_not_persistent_is_not_dialed_again(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *n = node_new(&c1), *other = node_open(&c2);
  switch_set_hurry(n->sw, 100 * HURRY);
  node_start(n);
  node_expect_dial(n, other, MCONN_OK);
  mconn_peer *p = node_peer(n);
  mconn_peer_close(p);
  mconn_peer_release(p);
  node_await(n, NODE_REMOVE, NULL, 1);
  poll(NULL, 0, 50);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 1);
  node_free(n);
  node_free(other);
}

/* TestSwitchReconnectsAfterTransientError: which errors pass is for the owner to know, who dials again.
 * MC-SWITCH-16, MC-SWITCH-20 */
static void a_peer_that_was_stopped_for_an_error_may_be_dialed_again(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *n = node_open(&c1), *other = node_open(&c2);
  node_expect_dial(n, other, MCONN_OK);
  mconn_peer *p = node_peer(n);
  assert_false(mconn_peer_is_persistent(p));
  assert_int_equal(mconn_switch_stop_peer_for_error(n->sw, p, MCONN_E_REACTOR), MCONN_OK);
  mconn_peer_release(p);
  node_await(n, NODE_REMOVE, NULL, 1);
  assert_int_equal(node_event_at(n, NODE_REMOVE, 0).err, MCONN_E_REACTOR);
  node_await(other, NODE_REMOVE, NULL, 1); /* else it would be a second peer of one id there */
  expect_dial_in_the_end(n, other);
  node_await(n, NODE_ADD, NULL, 2);
  node_free(n);
  node_free(other);
}

/* MC-RECONNECT-01, MC-RECONNECT-02, MC-RECONNECT-03: as many attempts as the policy has, then none. */
static void a_persistent_peer_is_given_up_after_the_last_attempt(void **state)
{
  (void)state;
  char nobody[128];
  int nobodys = nobodys_address(nobody, 2);
  const char *address = nobody;
  node *n = keeper_of(1, &address, 1000 * HURRY);
  for (uint64_t until = now_ns() + PATIENCE; now_ns() < until;) {
    pthread_mutex_lock(&n->lock);
    unsigned given_up = n->given_up;
    pthread_mutex_unlock(&n->lock);
    if (given_up > 0) break;
    poll(NULL, 0, 5);
  }
  assert_int_equal(n->given_up, 1);
  assert_int_equal(node_refusals(n, MCONN_E_DIAL), MCONN_RECONNECT_ATTEMPTS);
  close(nobodys);
  node_free(n);
}

/* MC-RECONNECT-01, MC-RECONNECT-02, MC-RECONNECT-03: when each attempt is due; the first at once, but not sooner
 * than 5 s after a dial. */
static void the_attempts_to_reach_a_lost_peer_are_due_as_planned(void **state)
{
  (void)state;
  static mconn_switch sw = { .hurry = 1, .config.reconnect_first = 1 };
  const uint64_t second = 1000 * MILLI, now = 1000000 * second;
  switch_persistent p = { .sw = &sw };
  for (unsigned round = 0; round < 100; round++) {
    p.last = 0;
    assert_true(switch_redial_plan(&p, 0, now).due == now); /* it was never dialed */
    p.last = now - 8 * second;
    assert_true(switch_redial_plan(&p, 0, now).due == now); /* it was there for long enough */
    p.last = now - 2 * second;
    assert_in_range(switch_redial_plan(&p, 0, now).due, now + 3 * second, now + 6 * second - 1);
    p.last = now;
    assert_in_range(switch_redial_plan(&p, 0, now).due, now + 5 * second, now + 8 * second - 1);
    for (uint32_t made = 1; made < MCONN_RECONNECT_STEADY; made++)
      assert_in_range(switch_redial_plan(&p, made, now).due, now + 5 * second, now + 8 * second - 1);
    assert_in_range(switch_redial_plan(&p, MCONN_RECONNECT_STEADY, now).due, now + 8 * second, now + 14 * second - 1);
    assert_in_range(switch_redial_plan(&p, 29, now).due, now + 59049 * second, now + 59052 * second - 1);
    assert_false(switch_redial_plan(&p, 29, now).give_up);
    assert_true(switch_redial_plan(&p, MCONN_RECONNECT_ATTEMPTS, now).give_up);
  }
}

/* MC-RECONNECT-01: a peer that is lost as soon as it is there is not dialed in a loop. */
static void a_peer_that_fails_at_once_is_dialed_at_its_distance(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(2);
  c.max_inbound = 0; /* accepts nobody */
  c.unconditional_count = 1;
  const char *const other_id[] = { "0000000000000000000000000000000000000009" };
  c.unconditional = other_id; /* but has a socket to find out */
  node *other = node_open(&c);
  const char *address = other->address;
  node *n = keeper_of(1, &address, 20); /* 250 ms and more between two dials */
  node_await_refusal(other, MCONN_E_INBOUND_LIMIT);
  uint64_t begin = now_ns();
  poll(NULL, 0, 600);
  uint64_t most = (now_ns() - begin) / (250 * MILLI) + 2;
  assert_in_range(node_refusals(other, MCONN_E_INBOUND_LIMIT), 1, most);
  node_free(n);
  node_free(other);
}

/* ---- a stop during all that */

typedef struct {
  node *n;
  const char *address;
  mconn_reason r;
} dialer;

static void *dial_main(void *arg)
{
  dialer *d = arg;
  d->r = mconn_switch_dial(d->n->sw, d->address);
  return NULL;
}

/* MC-SWITCH-05 */
static void a_stop_ends_dials_that_are_under_way(void **state)
{
  (void)state;
  char mute[128];
  int fd = mute_listener(mute, 2);
  const char *address = "0000000000000000000000000000000000000003@127.0.0.1:1";
  node *n = keeper_of(1, &address, 1);
  dialer d = { .n = n, .address = mute };
  pthread_t t;
  assert_int_equal(real_pthread_create(&t, dial_main, &d), 0);
  while (mconn_switch_count(n->sw).dialing == 0) poll(NULL, 0, 1);
  const char *list[1] = { mute };
  assert_int_equal(mconn_switch_dial_async(n->sw, list, 1).err, MCONN_OK);
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_OK);
  pthread_join(t, NULL);
  assert_int_equal(d.r.err, MCONN_E_NOT_RUNNING);
  close(fd);
  node_free(n);
}

/* MC-CONN-08, MC-SWITCH-05: no thread for what start needs: nothing is left running. */
static void a_start_without_threads_fails_as_a_whole(void **state)
{
  (void)state;
  const char *address = "0000000000000000000000000000000000000003@127.0.0.1:1";
  mconn_switch_config c = node_config(1);
  c.persistent = &address;
  c.persistent_count = 1;
  node *n = node_new(&c);
  node_listen(n);
  for (unsigned nth = 1; nth <= 2; nth++) {
    wrap_fail(WRAP_PTHREAD_CREATE, nth, EAGAIN);
    assert_int_equal(mconn_switch_start(n->sw), MCONN_E_MEMORY);
    assert_true(wrap_failed());
    assert_false(mconn_switch_is_running(n->sw));
    assert_int_equal(node_count(n, 0, NODE_STOP, NULL), nth);
  }
  node_start(n);
  node_free(n);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_dial_that_cannot_succeed_says_why),
    shell_test(a_dial_ends_by_its_time_outs),
    shell_test(a_node_with_another_id_than_the_dialed_one_is_refused),
    shell_test(a_node_does_not_dial_itself),
    shell_test(a_peer_is_not_dialed_twice),
    shell_test(outbound_peers_are_limited),
    shell_test(a_dial_goes_on_where_a_stranger_of_that_address_has_not_said_who_he_is),
    shell_test(three_switches_see_two_peers_each),
    shell_test(many_dials_are_made_without_waiting),
    shell_test(two_nodes_that_dial_each_other_at_once_end_with_one_connection),
    shell_test(a_persistent_peer_is_dialed_at_start_and_after_a_loss),
    shell_test(a_persistent_peer_that_is_not_there_is_dialed_until_it_is),
    shell_test(an_inbound_persistent_peer_is_dialed_after_a_loss),
    shell_test(a_persistent_peer_that_was_stopped_gracefully_is_left_alone),
    shell_test(a_peer_that_is_not_persistent_is_not_dialed_again),
    shell_test(a_peer_that_was_stopped_for_an_error_may_be_dialed_again),
    shell_test(a_persistent_peer_is_given_up_after_the_last_attempt),
    shell_test(the_attempts_to_reach_a_lost_peer_are_due_as_planned),
    shell_test(a_peer_that_fails_at_once_is_dialed_at_its_distance),
    shell_test(a_stop_ends_dials_that_are_under_way),
    shell_test(a_start_without_threads_fails_as_a_whole),
  };
  return cmocka_run_group_tests_name("switch_dial", tests, NULL, NULL);
}
