/* Strangers: who is let in, who is not and why, and that one of them never delays another. */
#include "switch_harness.h"
#include "shell/node.h"
#include "shell/switch_internal.h"
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- upstream's transport, row by row */

static enum mconn_err let_in(void *user, const char *ip, unsigned port)
{
  (void)port;
  if (strcmp(ip, "127.0.0.1") != 0) return MCONN_E_STATE;
  atomic_fetch_add((atomic_int *)user, 1);
  return MCONN_OK;
}
static enum mconn_err refuse(void *user, const char *ip, unsigned port)
{
  (void)ip, (void)port;
  atomic_fetch_add((atomic_int *)user, 1);
  return MCONN_E_STATE;
}

/* TestTransportMultiplexConnFilter. MC-SWITCH-13 */
static void one_filter_of_three_refuses_a_connection(void **state)
{
  (void)state;
  atomic_int asked = 0;
  const mconn_filter filters[3] = { { .connection = let_in, .user = &asked },
                                    { .connection = let_in, .user = &asked },
                                    { .connection = refuse, .user = &asked } };
  mconn_switch_config c = node_config(1);
  c.filters = filters;
  c.filter_count = 3;
  node *n = node_open(&c);
  int fd = stranger_connect(n);
  node_await_refusal(n, MCONN_E_PEER_FILTERED);
  assert_true(stranger_is_closed(fd));
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 0);
  close(fd);
  node_free(n);
  assert_int_equal(atomic_load(&asked), 3);
}

static enum mconn_err hang(void *user, const char *ip, unsigned port)
{
  (void)ip, (void)port;
  node_await_flag(user, 1);
  return MCONN_OK;
}

/* TestTransportMultiplexConnFilterTimeout, TestSwitchAcceptRoutineErrorCases. MC-SWITCH-14 */
static void a_filter_that_hangs_refuses_a_connection(void **state)
{
  (void)state;
  mconn_switch_config self = node_config(9);
  node *flag = node_new(&self); /* for its flag */
  const mconn_filter filter = { .connection = hang, .user = flag };
  mconn_switch_config c = node_config(1);
  c.filters = &filter;
  c.filter_count = 1;
  c.filter_timeout = 5 * MILLI;
  c.max_inbound = 2;
  c.max_outbound = 1;
  node *n = node_open(&c);
  for (int k = 0; k < 5; k++) { /* threads left behind by a time-out are bounded: 3 here */
    int fd = stranger_connect(n);
    assert_true(stranger_is_closed(fd));
    close(fd);
  }
  node_await_refusal(n, MCONN_E_FILTER_TIMEOUT);
  assert_true(mconn_switch_is_running(n->sw));
  pthread_mutex_lock(&n->sw->lock);
  assert_int_equal(n->sw->filters_running, 3);
  pthread_mutex_unlock(&n->sw->lock);
  node_set_flag(flag, 1);
  node_free(n); /* waits for the filters */
  node_free(flag);
}

/* TestTransportMultiplexMaxIncomingConnections. MC-ADMISSION-03 */
static void the_third_socket_waits_where_two_are_allowed(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.max_inbound = 2;
  node *n = node_open(&c);
  int fd[3];
  for (unsigned k = 0; k < 2; k++) {
    mconn_node_info x = stranger_info(10 + k);
    fd[k] = stranger_open(n, &x);
  }
  node_await(n, NODE_ADD, NULL, 2);
  fd[2] = stranger_connect(n); /* in the backlog: nothing comes */
  struct pollfd p = { .fd = fd[2], .events = POLLIN };
  assert_int_equal(real_poll(&p, 1, 100), 0);
  assert_int_equal(mconn_switch_count(n->sw).inbound, 2);
  close(fd[0]); /* a place becomes free, and the third is served */
  assert_int_equal(real_poll(&p, 1, (int)(PATIENCE / MILLI)), 1);
  for (int k = 1; k < 3; k++) close(fd[k]);
  node_free(n);
}

/* TestTransportMultiplexAcceptMultiple. MC-SWITCH-06 */
static void many_strangers_at_once_are_all_accepted(void **state)
{
  (void)state;
  enum { MANY = 64 };
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd[MANY];
  for (unsigned k = 0; k < MANY; k++) fd[k] = stranger_connect(n);
  for (unsigned k = 0; k < MANY; k++) { /* all are connected before the first says anything */
    mconn_node_info x = stranger_info(100 + k);
    uint8_t bytes[MCONN_NODEINFO_BYTES_MAX];
    size_t len = 0;
    assert_int_equal(node_encode(MCONN_PROTO, &x, bytes, &len).err, MCONN_OK);
    assert_int_equal(real_send(fd[k], bytes, len, MSG_NOSIGNAL), (ssize_t)len);
  }
  node_await(n, NODE_ADD, NULL, MANY);
  assert_int_equal(mconn_switch_count(n->sw).inbound, MANY);
  for (unsigned k = 0; k < MANY; k++) close(fd[k]);
  node_await(n, NODE_REMOVE, NULL, MANY);
  node_expect_paired(n, true);
  node_free(n);
}

/* TestTransportMultiplexAcceptNonBlocking. MC-TRANSPORT-03 */
static void a_stranger_who_says_nothing_delays_no_other(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int mute = stranger_connect(n);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  assert_int_equal(node_refusals(n, MCONN_E_HANDSHAKE), 0); /* the mute one is still waited for */
  close(mute);
  node_await_refusal(n, MCONN_E_HANDSHAKE);
  close(fd);
  node_free(n);
}

/* MC-TRANSPORT-03: and it is not waited for longer than the time-out. */
static void a_stranger_who_says_nothing_is_closed(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.handshake_timeout = 20 * MILLI;
  node *n = node_open(&c);
  int mute = stranger_connect(n);
  node_await_refusal(n, MCONN_E_HANDSHAKE);
  close(mute);
  node_free(n);
}

/* What a stranger says, with `from` replaced by `to`, which is as long. */
static int stranger_with(const node *n, const char *from, const char *to)
{
  mconn_node_info x = stranger_info(2);
  uint8_t bytes[MCONN_NODEINFO_BYTES_MAX];
  size_t len = 0, at = 0;
  assert_int_equal(node_encode(MCONN_PROTO, &x, bytes, &len).err, MCONN_OK);
  while (at < len && memcmp(bytes + at, from, strlen(from)) != 0) at++;
  assert_true(at < len);
  memcpy(bytes + at, to, strlen(to));
  int fd = stranger_connect(n);
  assert_int_equal(real_send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
  return fd;
}

/* TestTransportMultiplexValidateNodeInfo. MC-TRANSPORT-04, MC-NODEINFO-13 */
static void a_bad_node_info_ends_the_attempt(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = stranger_with(n, "node", "\t\t\t\t");
  node_await_refusal(n, MCONN_E_NODEINFO_MONIKER);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 0);
  close(fd);
  node_free(n);
}

/* TestTransportMultiplexRejectIncompatible. MC-TRANSPORT-04, MC-NODEINFO-21 */
static void a_node_of_another_network_is_refused(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd = stranger_with(n, "test", "best");
  node_await_refusal(n, MCONN_E_NODEINFO_NETWORK);
  close(fd);
  node_free(n);
}

/* TestTransportMultiplexRejectMissmatchID. MC-SWITCH-12 */
static void a_node_that_claims_another_id_than_it_proved_is_refused(void **state)
{
  (void)state;
  odd_transport odd = { .authenticated_id = "00000000000000000000000000000000000000aa" };
  mconn_switch_config c = node_config(1);
  c.transport = odd_transport_of(&odd);
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_PEER_ID);
  close(fd);
  x = stranger_info(0xaa); /* and who proved the one it claims is let in */
  fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  close(fd);
  node_free(n);
}

/* TestTransportMultiplexRejectSelf, TestSwitchFiltersOutItself. MC-SWITCH-11 */
static void a_stranger_with_our_own_id_is_refused(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(1);
  int fd = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_PEER_SELF);
  close(fd);
  node_free(n);
}

/* TestTransportConnDuplicateIPFilter. MC-SWITCH-15 */
static void a_second_peer_of_one_address_is_refused_unless_that_is_allowed(void **state)
{
  (void)state;
  for (int allowed = 0; allowed < 2; allowed++) {
    mconn_switch_config c = node_config(1);
    c.allow_duplicate_ip = allowed == 1;
    node *n = node_open(&c);
    mconn_node_info x = stranger_info(2), y = stranger_info(3);
    int first = stranger_open(n, &x);
    node_await(n, NODE_ADD, NULL, 1);
    int second = stranger_open(n, &y);
    if (allowed) {
      node_await(n, NODE_ADD, NULL, 2);
    } else {
      node_await_refusal(n, MCONN_E_IP_DUPLICATE);
      close(first); /* once it is gone, the next one may come */
      node_await_peers(n, 0);
      first = stranger_open(n, &y);
      node_await(n, NODE_ADD, y.id, 1);
    }
    close(first);
    close(second);
    node_free(n);
  }
}

/* ---- upstream's switch */

static enum mconn_err refuse_peer(void *user, mconn_peer *p)
{
  return strcmp(mconn_peer_id(p), user) == 0 ? MCONN_E_STATE : MCONN_OK;
}

/* TestSwitchPeerFilter. MC-SWITCH-13 */
static void a_filter_refuses_a_peer(void **state)
{
  (void)state;
  char id[MCONN_NODE_ID_DIGITS + 1];
  memcpy(id, node_id(2), sizeof id);
  const mconn_filter filters[2] = { { .connection = NULL }, { .peer = refuse_peer, .user = id } };
  mconn_switch_config c = node_config(1);
  c.filters = filters;
  c.filter_count = 2;
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_PEER_FILTERED);
  assert_true(stranger_is_closed(fd));
  close(fd);
  x = stranger_info(3);
  fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 1);
  close(fd);
  node_free(n);
}

static enum mconn_err hang_peer(void *user, mconn_peer *p)
{
  node_await_flag(user, 1);
  return mconn_peer_id(p)[0] != 0 ? MCONN_OK : MCONN_E_STATE; /* it is still there */
}

/* TestSwitchPeerFilterTimeout. MC-SWITCH-14, MC-PEER-05 */
static void a_filter_that_hangs_refuses_a_peer(void **state)
{
  (void)state;
  mconn_switch_config self = node_config(9);
  node *flag = node_new(&self);
  const mconn_filter filter = { .peer = hang_peer, .user = flag };
  mconn_switch_config c = node_config(1);
  c.filters = &filter;
  c.filter_count = 1;
  c.filter_timeout = 5 * MILLI;
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_FILTER_TIMEOUT);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 0);
  close(fd);
  node_set_flag(flag, 1);
  node_free(n);
  node_free(flag);
}

/* TestSwitchPeerFilterDuplicate. MC-SWITCH-10 */
static void a_second_peer_of_one_id_is_refused(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  mconn_node_info x = stranger_info(2);
  int first = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  int second = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_PEER_DUPLICATE);
  assert_int_equal(node_count(n, 0, NODE_REMOVE, NULL), 0);
  assert_int_equal(node_count(n, 0, NODE_INIT, NULL), 1);
  close(second);
  close(first);
  node_free(n);
}

/* TestSwitchAcceptRoutine. MC-ADMISSION-01, MC-ADMISSION-02 */
static void inbound_peers_are_limited_and_unconditional_ones_are_not(void **state)
{
  (void)state;
  char ids[2][MCONN_NODE_ID_DIGITS + 1];
  memcpy(ids[0], node_id(0xA), sizeof ids[0]);
  memcpy(ids[1], node_id(0xB), sizeof ids[1]);
  const char *const unconditional[2] = { ids[0], ids[1] };
  mconn_switch_config c = node_config(1);
  c.max_inbound = 2;
  c.unconditional = unconditional;
  c.unconditional_count = 2;
  node *n = node_open(&c);
  int fd[5];
  for (unsigned k = 0; k < 2; k++) {
    mconn_node_info x = stranger_info(20 + k);
    fd[k] = stranger_open(n, &x);
  }
  node_await(n, NODE_ADD, NULL, 2);
  mconn_node_info x = stranger_info(30); /* one too many: closed, and nobody hears of it */
  fd[2] = stranger_open(n, &x);
  node_await_refusal(n, MCONN_E_INBOUND_LIMIT);
  assert_int_equal(node_count(n, 0, NODE_INIT, x.id), 0);
  for (unsigned k = 0; k < 2; k++) {
    x = stranger_info(0xA + k);
    fd[3 + k] = stranger_open(n, &x);
    node_await(n, NODE_ADD, x.id, 1);
  }
  mconn_peer_counts count = mconn_switch_count(n->sw);
  assert_true(count.inbound == 2 && count.unconditional == 2 && count.outbound == 0 && count.dialing == 0);
  close(fd[0]); /* its place is given back, once */
  node_await(n, NODE_REMOVE, node_id(20), 1);
  while (mconn_switch_count(n->sw).inbound != 1) poll(NULL, 0, 1);
  x = stranger_info(30);
  int again = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  close(again);
  for (unsigned k = 1; k < 5; k++) close(fd[k]);
  node_free(n);
}

/* MC-ADMISSION-02: whatever way they end, a hundred strangers leave every place free. */
static void no_place_is_lost(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  c.max_inbound = 3;
  node *n = node_open(&c);
  for (unsigned k = 0; k < 100; k++) {
    mconn_node_info x = stranger_info(k % 5 == 0 ? 1 : 10 + k);
    int fd = k % 3 == 0 ? stranger_connect(n) : stranger_open(n, &x);
    if (k % 4 == 0) stranger_send(fd, 200, "x", 1);
    close(fd);
  }
  uint64_t until = now_ns() + PATIENCE;
  mconn_admission left = { .sockets = 1 };
  while ((left.sockets > 0 || left.inbound > 0) && now_ns() < until) {
    poll(NULL, 0, 1);
    pthread_mutex_lock(&n->sw->lock);
    left = n->sw->admission;
    pthread_mutex_unlock(&n->sw->lock);
  }
  assert_true(left.sockets == 0 && left.inbound == 0 && left.outbound == 0 && left.unconditional == 0);
  node_expect_paired(n, true);
  node_free(n);
}

/* ---- the loop */

/* TestSwitchAcceptRoutineErrorCases. MC-ADMISSION-03: errors that pass, and the loop goes on. */
static void accepting_survives_errors_of_the_system(void **state)
{
  (void)state;
  static const int errors[] = { EMFILE, ENFILE, ECONNABORTED, ENOBUFS, EINTR, EPROTO };
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  for (unsigned k = 0; k < sizeof errors / sizeof *errors; k++) {
    wrap_fail(WRAP_ACCEPT4, 1, errors[k]);
    mconn_node_info x = stranger_info(10 + k);
    int fd = stranger_open(n, &x);
    node_await(n, NODE_ADD, x.id, 1);
    assert_true(wrap_failed());
    close(fd);
  }
  assert_int_equal(n->pauses, 4); /* not for the aborted and the interrupted one */
  node_free(n);
}

/* MC-CONN-08: no thread for a socket: that one is closed, the next one is served. */
static void accepting_survives_a_lack_of_threads_and_memory(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  static const enum wrapped what[] = { WRAP_PTHREAD_CREATE, WRAP_CALLOC, WRAP_MALLOC };
  for (unsigned k = 0; k < 3; k++) {
    wrap_fail(what[k], 1, ENOMEM);
    int fd = stranger_connect(n);
    assert_true(stranger_is_closed(fd));
    assert_true(wrap_failed());
    close(fd);
  }
  mconn_node_info x = stranger_info(2);
  int fd = stranger_open(n, &x);
  node_await(n, NODE_ADD, x.id, 1);
  close(fd);
  node_free(n);
}

/* MC-TRANSPORT-02 */
static void an_address_that_cannot_be_listened_on_is_refused(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c), *other = node_new(&c);
  char taken[64];
  snprintf(taken, sizeof taken, "127.0.0.1:%u", mconn_switch_port(n->sw));
  mconn_reason r = mconn_switch_listen(other->sw, taken);
  assert_true(r.err == MCONN_E_LISTEN && r.system == EADDRINUSE);
  assert_int_equal(mconn_switch_listen(other->sw, "127.0.0.1").err, MCONN_E_PORT);
  assert_int_equal(mconn_switch_listen(other->sw, "127.0.0.1:70000").err, MCONN_E_PORT);
  assert_int_equal(mconn_switch_listen(other->sw, NULL).err, MCONN_E_ADDRESS);
  assert_int_equal(mconn_switch_port(other->sw), 0);
  assert_int_equal(mconn_switch_listen(other->sw, "127.0.0.1:0").err, MCONN_OK);
  assert_int_equal(mconn_switch_listen(other->sw, "127.0.0.1:0").err, MCONN_E_STATE); /* one is enough */
  assert_int_equal(mconn_switch_listen(n->sw, "127.0.0.1:0").err, MCONN_E_STATE);
  node_free(other);
  node_free(n);
}

/* MC-SWITCH-05: a stop ends the handshakes and filters that are under way. */
static void a_stop_does_not_wait_for_strangers(void **state)
{
  (void)state;
  mconn_switch_config c = node_config(1);
  node *n = node_open(&c);
  int fd[8];
  for (int k = 0; k < 8; k++) fd[k] = stranger_connect(n);
  poll(NULL, 0, 10); /* some of them are in their handshake by now, others not: all must end */
  assert_int_equal(mconn_switch_stop(n->sw), MCONN_OK);
  for (int k = 0; k < 8; k++) close(fd[k]);
  assert_int_equal(node_refusals(n, MCONN_E_HANDSHAKE), 0);
  node_free(n);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(one_filter_of_three_refuses_a_connection),
    shell_test(a_filter_that_hangs_refuses_a_connection),
    shell_test(the_third_socket_waits_where_two_are_allowed),
    shell_test(many_strangers_at_once_are_all_accepted),
    shell_test(a_stranger_who_says_nothing_delays_no_other),
    shell_test(a_stranger_who_says_nothing_is_closed),
    shell_test(a_bad_node_info_ends_the_attempt),
    shell_test(a_node_of_another_network_is_refused),
    shell_test(a_node_that_claims_another_id_than_it_proved_is_refused),
    shell_test(a_stranger_with_our_own_id_is_refused),
    shell_test(a_second_peer_of_one_address_is_refused_unless_that_is_allowed),
    shell_test(a_filter_refuses_a_peer),
    shell_test(a_filter_that_hangs_refuses_a_peer),
    shell_test(a_second_peer_of_one_id_is_refused),
    shell_test(inbound_peers_are_limited_and_unconditional_ones_are_not),
    shell_test(no_place_is_lost),
    shell_test(accepting_survives_errors_of_the_system),
    shell_test(accepting_survives_a_lack_of_threads_and_memory),
    shell_test(an_address_that_cannot_be_listened_on_is_refused),
    shell_test(a_stop_does_not_wait_for_strangers),
  };
  return cmocka_run_group_tests_name("switch_accept", tests, NULL, NULL);
}
