/* The peer set: in once, out once, with one reason, whoever asks and however many at once. */
#include "switch_harness.h"
#include "shell/peer.h"
#include "shell/switch_internal.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* One stranger at one node, admitted. */
static int one_peer(node *n, unsigned number)
{
  mconn_node_info x = stranger_info(number);
  int fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, node_id(number), 1);
  return fd;
}

/* ---- upstream's switch, row by row */

/* TestSwitchStopsNonPersistentPeerOnError. MC-SWITCH-07 */
static void a_closed_socket_removes_the_peer(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = one_peer(n, 2);
  close(fd);
  node_await(n, NODE_REMOVE, NULL, 1);
  assert_int_equal(node_event_at(n, NODE_REMOVE, 0).err, MCONN_E_EOF);
  node_await_peers(n, 0);
  node_free(n);
}

/* MC-SWITCH-07, MC-CONN-14: the reason names what was broken. */
static void a_peer_that_breaks_a_rule_is_removed_with_that_rule(void **state)
{
  (void)state;
  static const struct {
    uint8_t bytes[8];
    size_t len;
    enum mconn_err err;
  } cases[] = {
    { { 0xff, 0xff, 0xff, 0x7f }, 4, MCONN_E_PACKET_SIZE },
    { { 1, 0x1f }, 2, MCONN_E_WIRE_TYPE },
    { { 0 }, 1, MCONN_E_NO_MEMBER },
  };
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  for (unsigned k = 0; k < 3; k++) {
    int fd = one_peer(n, 10 + k);
    assert_int_equal(real_send(fd, cases[k].bytes, cases[k].len, 0), (ssize_t)cases[k].len);
    node_await(n, NODE_REMOVE, NULL, k + 1);
    enum mconn_err err = node_event_at(n, NODE_REMOVE, k).err;
    if (err != cases[k].err) fail_msg("case %u: %s", k, mconn_error_name(err));
    close(fd);
  }
  node_free(n);
}

/* MC-SWITCH-03 */
static void a_message_on_a_channel_that_no_reactor_owns_ends_the_peer(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = one_peer(n, 2);
  stranger_send(fd, 77, "x", 1);
  node_await(n, NODE_REMOVE, NULL, 1);
  assert_int_equal(node_event_at(n, NODE_REMOVE, 0).err, MCONN_E_NO_REACTOR);
  close(fd);
  node_free(n);
}

typedef struct {
  node *n;
  mconn_peer *p;
  int fd;
  unsigned how;
  atomic_uint *won;
  pthread_barrier_t *begin;
} killer;

static void *kill_main(void *arg)
{
  killer *k = arg;
  pthread_barrier_wait(k->begin);
  enum mconn_err err = MCONN_E_NO_PEER;
  if (k->how % 4 == 0) err = mconn_switch_stop_peer_for_error(k->n->sw, k->p, MCONN_E_REACTOR);
  else if (k->how % 4 == 1) err = mconn_switch_stop_peer_gracefully(k->n->sw, k->p);
  else if (k->how % 4 == 2) mconn_peer_close(k->p);
  else (void)real_send(k->fd, "\xff\xff\xff\x7f", 4, MSG_NOSIGNAL);
  if (err == MCONN_OK) atomic_fetch_add(k->won, 1);
  return NULL;
}

/* TestSwitchStopPeerForError. MC-SWITCH-07, MC-ADMISSION-02 */
static void eight_killers_at_once_remove_a_peer_once(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  for (unsigned round = 0; round < 30; round++) {
    int fd = one_peer(n, 100 + round);
    mconn_peer *p = mconn_switch_peer(n->sw, node_id(100 + round));
    assert_non_null(p);
    atomic_uint won = 0;
    pthread_barrier_t begin;
    pthread_barrier_init(&begin, NULL, 8);
    pthread_t t[8];
    killer k[8];
    for (unsigned j = 0; j < 8; j++) {
      k[j] = (killer){ .n = n, .p = p, .fd = fd, .how = j, .won = &won, .begin = &begin };
      assert_int_equal(real_pthread_create(&t[j], kill_main, &k[j]), 0);
    }
    for (unsigned j = 0; j < 8; j++) pthread_join(t[j], NULL);
    assert_in_range(atomic_load(&won), 0, 1); /* 0: the connection found out first */
    node_await(n, NODE_REMOVE, node_id(100 + round), 1);
    assert_int_equal(mconn_switch_stop_peer_for_error(n->sw, p, MCONN_E_REACTOR), MCONN_E_NO_PEER);
    mconn_peer_release(p);
    pthread_barrier_destroy(&begin);
    close(fd);
  }
  node_expect_paired(n, true);
  assert_int_equal(node_count(n, 0, NODE_REMOVE, NULL), 30);
  node_free(n);
}

static void slow_remove(node_reactor *r, mconn_peer *p, mconn_reason reason)
{
  (void)p, (void)reason;
  if (r->number == 0) node_await_flag(r->of, 1);
}

/* TestSwitchInitPeerIsNotCalledBeforeRemovePeer. MC-SWITCH-06: the same id comes again while remove_peer runs. */
static void init_peer_waits_for_the_end_of_remove_peer(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  n->on_remove = slow_remove;
  node_listen(n);
  node_start(n);
  int first = one_peer(n, 2);
  close(first);
  node_await_peers(n, 0); /* nobody sees it any more, and it is still being removed */
  mconn_node_info x = stranger_info(2);
  int second = stranger_open(n, &x);
  poll(NULL, 0, 20); /* time for an init_peer that must not come */
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 1);
  char address[128];
  snprintf(address, sizeof address, "%s@127.0.0.1:1", x.id);
  assert_int_equal(mconn_switch_dial(n->sw, address).err, MCONN_E_DIALING); /* MC-SWITCH-16 */
  node_set_flag(n, 1);
  node_await(n, NODE_ADD, NULL, 2);
  node_expect_paired(n, false);
  close(second);
  node_free(n);
}

static void fail_in_init(node_reactor *r, mconn_peer *p);
static enum mconn_err stop_peer_in_init(node_reactor *r, mconn_peer *p)
{
  if (r->number == 1) fail_in_init(r, p);
  return MCONN_OK;
}
static void fail_in_init(node_reactor *r, mconn_peer *p)
{
  enum mconn_err first = mconn_switch_stop_peer_for_error(r->of->sw, p, MCONN_E_REACTOR);
  enum mconn_err second = mconn_switch_stop_peer_for_error(r->of->sw, p, MCONN_E_REACTOR);
  node_set_flag(r->of, first == MCONN_OK && second == MCONN_E_NO_PEER && peer_removal_failed(p) ? 1 : -1);
}

/* TestSwitchRemovalErr. MC-SWITCH-18, MC-ADMISSION-02: #9500 */
static void a_peer_that_fails_before_it_is_admitted_never_is(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  n->on_init = stop_peer_in_init;
  node_listen(n);
  node_start(n);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_PEER_REMOVED);
  assert_true(stranger_is_closed(fd));
  assert_int_equal(n->flag, 1);
  assert_int_equal(node_count(n, 0, NODE_ADD, NULL), 0);
  assert_int_equal(node_count(n, 0, NODE_REMOVE, NULL), 0);
  assert_int_equal(mconn_switch_count(n->sw).inbound, 0);
  close(fd);
  node_free(n);
}

static enum mconn_err refuse_in_init(node_reactor *r, mconn_peer *p)
{
  (void)p;
  return r->number == 1 ? MCONN_E_MEMORY : MCONN_OK;
}

/* MC-SWITCH-06: an error of init_peer refuses the peer. */
static void an_error_of_init_peer_refuses_the_peer(void **state)
{
  (void)state;
  mconn_switch_config c1 = node_config(1), c2 = node_config(2);
  node *n = node_new(&c1), *other = node_open(&c2);
  n->on_init = refuse_in_init;
  node_start(n);
  node_expect_dial(n, other, MCONN_E_MEMORY);
  assert_int_equal(node_count(n, 2, NODE_INIT, NULL), 0);
  assert_int_equal(node_count(n, 0, NODE_ADD, NULL), 0);
  assert_int_equal(mconn_switch_count(n->sw).dialing, 0);
  node_free(n);
  node_free(other);
}

static void stop_peer_in_add(node_reactor *r, mconn_peer *p)
{
  if (r->number != 0) return;
  enum mconn_err first = mconn_switch_stop_peer_gracefully(r->of->sw, p);
  enum mconn_err second = mconn_switch_stop_peer_for_error(r->of->sw, p, MCONN_OK);
  node_set_flag(r->of, first == MCONN_OK && second == MCONN_E_NO_PEER ? 1 : -1);
}

/* MC-SWITCH-06, MC-SWITCH-07: every reactor hears of it before the first hears that it is gone. */
static void a_peer_stopped_in_add_peer_is_removed_after_all_heard_of_it(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  n->on_add = stop_peer_in_add;
  node_listen(n);
  node_start(n);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await(n, NODE_REMOVE, NULL, 1);
  assert_int_equal(n->flag, 1);
  node_expect_paired(n, true);
  size_t adds = 0;
  pthread_mutex_lock(&n->lock);
  for (size_t k = 0; k < n->count && n->events[k].kind != NODE_REMOVE; k++) adds += n->events[k].kind == NODE_ADD;
  pthread_mutex_unlock(&n->lock);
  assert_int_equal(adds, 3);
  assert_int_equal(node_event_at(n, NODE_REMOVE, 0).err, MCONN_OK);
  close(fd);
  node_free(n);
}

/* ---- from receive */

static void stop_peer_on_receive(node_reactor *r, mconn_peer *p, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)bytes, (void)len;
  enum mconn_err err = channel == 1 ? mconn_switch_stop_peer_for_error(r->of->sw, p, MCONN_OK)
                                    : mconn_switch_stop_peer_gracefully(r->of->sw, p);
  if (err != MCONN_OK) node_set_flag(r->of, -1);
  poll(NULL, 0, 5); /* time for a remove_peer that must not come yet */
  if (node_count(r->of, 0, NODE_REMOVE, mconn_peer_id(p)) != 0) node_set_flag(r->of, -2);
}

/* TestSwitchMsgBytesFilter: bytes are looked at in receive, and nothing of that peer is received after it.
 * MC-SWITCH-20, MC-SWITCH-07: remove_peer comes when receive has returned, on both ways of delivery. */
static void a_reactor_ends_a_peer_from_receive(void **state)
{
  (void)state;
  for (int delivery = 0; delivery < 2; delivery++) {
    mconn_switch_config c = node_config(1);
    c.delivery_bytes = delivery ? 65536 : 0;
    node *n = node_new(&c);
    n->on_receive = stop_peer_on_receive;
    node_listen(n);
    node_start(n);
    for (unsigned channel = 1; channel <= 2; channel++) {
      int fd = one_peer(n, 10 + channel);
      for (int k = 0; k < 5; k++) stranger_send(fd, (uint8_t)channel, "x", 1);
      node_await(n, NODE_REMOVE, NULL, channel);
      assert_int_equal(node_event_at(n, NODE_REMOVE, channel - 1).err, channel == 1 ? MCONN_E_REACTOR : MCONN_OK);
      assert_int_equal(node_count(n, 0, NODE_RECEIVE, node_id(10 + channel)), 1);
      close(fd);
    }
    assert_int_equal(n->flag, 0);
    node_free(n);
  }
}

/* ---- calls about peers */

/* MC-SWITCH-21, MC-PEER-05. Upstream: TestPeerSetGet. */
static void a_peer_is_found_while_it_is_there_and_stays_while_it_is_held(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = one_peer(n, 0xab);
  mconn_peer *p = mconn_switch_peer(n->sw, "00000000000000000000000000000000000000AB");
  assert_non_null(p);
  assert_null(mconn_switch_peer(n->sw, node_id(3)));
  assert_null(mconn_switch_peer(n->sw, "x"));
  assert_int_equal(mconn_switch_stop_peer_gracefully(n->sw, NULL), MCONN_E_NO_PEER);
  assert_int_equal(mconn_switch_stop_peer_gracefully(n->sw, p), MCONN_OK);
  assert_int_equal(mconn_switch_stop_peer_gracefully(n->sw, p), MCONN_E_NO_PEER);
  assert_null(mconn_switch_peer(n->sw, node_id(0xab)));
  assert_int_equal(mconn_peer_send(p, 1, "x", 1), MCONN_E_NOT_RUNNING);
  node_free(n); /* and it is still there */
  assert_string_equal(mconn_peer_id(p), node_id(0xab));
  assert_string_equal(mconn_peer_remote_ip(p), "127.0.0.1");
  assert_int_equal(mconn_peer_try_send(p, 1, "x", 1), MCONN_E_NOT_RUNNING);
  mconn_peer_release(p);
  close(fd);
}

static void stop_each(void *user, mconn_peer *p)
{
  node *n = user;
  assert_int_equal(mconn_switch_stop_peer_gracefully(n->sw, p), MCONN_OK);
}

/* MC-SWITCH-09: a picture is walked while the set changes. */
static void peers_may_be_stopped_while_they_are_visited(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd[20];
  for (unsigned k = 0; k < 20; k++) fd[k] = one_peer(n, 100 + k);
  assert_int_equal(mconn_switch_each(n->sw, stop_each, n), 20);
  node_await(n, NODE_REMOVE, NULL, 20);
  assert_int_equal(mconn_switch_each(n->sw, stop_each, n), 0);
  node_expect_paired(n, true);
  for (unsigned k = 0; k < 20; k++) close(fd[k]);
  node_free(n);
}

static atomic_int dropped;
static void drop(void *value)
{
  (void)value;
  atomic_fetch_add(&dropped, 1);
}
static enum mconn_err set_in_init(node_reactor *r, mconn_peer *p)
{
  return r->number == 0 ? mconn_peer_set(p, "state", r, drop) : MCONN_OK;
}

/* MC-PEER-04, MC-ADMISSION-02: what init_peer took is given back also where add_peer never came (CVE-2020-5303). */
static void what_a_peer_keeps_for_a_reactor_is_dropped_on_every_way(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_new(&c);
  n->on_init = set_in_init;
  node_listen(n);
  node_start(n);
  atomic_store(&dropped, 0);
  for (unsigned k = 0; k < 20; k++) {
    mconn_node_info x = stranger_info(50 + k);
    int fd = stranger_open(n, &x);
    if (k % 2 == 0) node_await(n, NODE_ADD, x.id, 1);
    close(fd);
  }
  node_await_peers(n, 0);
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_OK);
  assert_int_equal(atomic_load(&dropped), node_count(n, 0, NODE_INIT, NULL));
  node_free(n);
}

/* ---- storms */

typedef struct {
  node *n;
  unsigned number;
} storm;

static void *storm_main(void *arg)
{
  storm *s = arg;
  for (unsigned k = 0; k < 25; k++) {
    mconn_node_info x = stranger_info(1000 + (s->number + k) % 6); /* ids meet one another */
    int fd = stranger_open(s->n, &x);
    stranger_send(fd, 1, "x", 1);
    if (k % 3 == 0) stranger_send(fd, 99, "x", 1);
    if (k % 5 == 0) {
      mconn_peer *p = mconn_switch_peer(s->n->sw, x.id);
      if (p != NULL) (void)mconn_switch_stop_peer_gracefully(s->n->sw, p);
      mconn_peer_release(p);
    }
    (void)mconn_switch_try_broadcast(s->n->sw, 2, "y", 1);
    close(fd);
  }
  return NULL;
}

/* TestPeerSetAddRemoveOne, TestPeerSetAddRemoveMany, TestPeerSetAddDuplicate. MC-SWITCH-06, MC-SWITCH-07,
 * MC-SWITCH-10, MC-ADMISSION-02 */
static void storms_of_peers_leave_nothing_behind(void **state)
{
  (void)state;
  for (int delivery = 0; delivery < 2; delivery++) {
    mconn_switch_config c = node_config(1);
    c.max_inbound = 4;
    c.handshake_timeout = 200 * MILLI;
    c.delivery_bytes = delivery ? 4096 : 0;
    node *n = node_open(&c);
    pthread_t t[6];
    storm s[6];
    for (unsigned k = 0; k < 6; k++) {
      s[k] = (storm){ .n = n, .number = k };
      assert_int_equal(real_pthread_create(&t[k], storm_main, &s[k]), 0);
    }
    for (unsigned k = 0; k < 6; k++) pthread_join(t[k], NULL);
    node_expect_paired(n, true);
    assert_int_equal(mconn_switch_stop(n->sw), MCONN_OK);
    pthread_mutex_lock(&n->sw->lock);
    mconn_admission left = n->sw->admission;
    pthread_mutex_unlock(&n->sw->lock);
    assert_true(left.sockets == 0 && left.inbound == 0 && left.unconditional == 0);
    node_expect_paired(n, true);
    node_free(n);
  }
}

/* MC-CONN-08, MC-SWITCH-07: no thread for a removal: the keeper does it. */
static void a_peer_is_removed_without_a_thread_to_be_had(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = one_peer(n, 2);
  wrap_fail(WRAP_PTHREAD_CREATE, 1, EAGAIN);
  close(fd);
  node_await(n, NODE_REMOVE, NULL, 1);
  assert_true(wrap_failed());
  node_await_peers(n, 0);
  node_expect_paired(n, true);
  node_free(n);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_closed_socket_removes_the_peer),
    shell_test(a_peer_that_breaks_a_rule_is_removed_with_that_rule),
    shell_test(a_message_on_a_channel_that_no_reactor_owns_ends_the_peer),
    shell_test(eight_killers_at_once_remove_a_peer_once),
    shell_test(init_peer_waits_for_the_end_of_remove_peer),
    shell_test(a_peer_that_fails_before_it_is_admitted_never_is),
    shell_test(an_error_of_init_peer_refuses_the_peer),
    shell_test(a_peer_stopped_in_add_peer_is_removed_after_all_heard_of_it),
    shell_test(a_reactor_ends_a_peer_from_receive),
    shell_test(a_peer_is_found_while_it_is_there_and_stays_while_it_is_held),
    shell_test(peers_may_be_stopped_while_they_are_visited),
    shell_test(what_a_peer_keeps_for_a_reactor_is_dropped_on_every_way),
    shell_test(storms_of_peers_leave_nothing_behind),
    shell_test(a_peer_is_removed_without_a_thread_to_be_had),
  };
  return cmocka_run_group_tests_name("switch_peers", tests, NULL, NULL);
}
