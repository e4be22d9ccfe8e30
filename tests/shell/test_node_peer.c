/* A peer: its facts, its channels, its values, its end while others hold it; and the queues of bounded delivery.
 * The misbehaving end of a bare connection is test_peer.c. */
#include "harness.h"
#include "shell/peer.h"
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "00112233445566778899AABBCCDDEEFF00112233"
#define LOWER_ID "00112233445566778899aabbccddeeff00112233"

static const uint8_t advertised[] = { 1, 2, 200 };

static mconn_node_info info_plain(void)
{
  return (mconn_node_info){ .p2p_version = 8,
                            .block_version = 11,
                            .app_version = 3,
                            .id = ID,
                            .listen_address = "tcp://127.0.0.1:26656",
                            .network = "testing",
                            .version = "1.2.3-rc0",
                            .moniker = "peer",
                            .channels = advertised,
                            .channel_count = sizeof advertised };
}

/* The peer under test, and the rig on the other end of its stream. */
typedef struct {
  mconn_peer *p;
  rig *r;
  atomic_size_t sent; /* calls of on_sent */
  atomic_bool over;   /* peer_join has returned */
  atomic_size_t late; /* calls of on_sent after that */
  bool go_on;         /* behind the rig's lock: the slow reactor may return */
  enum mconn_err verdict;
} node;

static void received(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  node *n = user;
  if (peer_owner(peer) != n) abort(); /* no cmocka assertion on this thread */
  const mconn_callbacks call = rig_callbacks(n->r);
  call.on_receive(call.user, channel, bytes, len);
}

static void failed(void *user, mconn_peer *peer, mconn_reason reason)
{
  node *n = user;
  if (peer_owner(peer) != n) abort(); /* no cmocka assertion on this thread */
  const mconn_callbacks call = rig_callbacks(n->r);
  call.on_error(call.user, reason);
}

static void counted(void *user, mconn_peer *peer, uint8_t channel, size_t len)
{
  node *n = user;
  (void)peer, (void)channel, (void)len;
  if (atomic_load(&n->over)) atomic_fetch_add(&n->late, 1);
  atomic_fetch_add(&n->sent, 1);
}

static peer_config config_of(node *n, const mconn_config *config, const mconn_node_info *info)
{
  return (peer_config){ .outbound = true,
                        .address = LOWER_ID "@127.0.0.1:26656",
                        .remote_ip = "127.0.0.1",
                        .node_info = info,
                        .fd = n->r->fd,
                        .connection = config,
                        .channels = channels_plain(3),
                        .channel_count = 3,
                        .events = { .on_receive = received, .on_error = failed, .user = n },
                        .owner = n };
}

/* Over a new stream, with channels 1 to 3 and those of `advertised` advertised; not started. */
static node *node_new(size_t delivery_bytes, const uint8_t *lanes)
{
  node *n = real_malloc(sizeof *n); /* not one of the blocks that are counted */
  assert_non_null(n);
  memset(n, 0, sizeof *n);
  mconn_config c = config_plain();
  mconn_node_info info = info_plain();
  int fd[2];
  stream_pair(PAIR_TCP, fd);
  n->r = rig_bare(&c);
  n->r->fd = fd[0];
  n->r->peer = fd[1];
  n->r->more = n;
  peer_config x = config_of(n, &c, &info);
  x.delivery_bytes = delivery_bytes;
  x.lanes = lanes;
  x.events.on_sent = counted;
  assert_int_equal(peer_new(&n->p, &x).err, MCONN_OK);
  return n;
}

static node *node_open(size_t delivery_bytes, const uint8_t *lanes)
{
  node *n = node_new(delivery_bytes, lanes);
  assert_int_equal(peer_start(n->p), MCONN_OK);
  return n;
}

/* The owner's way out. */
static void node_end(node *n)
{
  peer_stop(n->p);
  peer_join(n->p);
  atomic_store(&n->over, true);
  mconn_peer_release(n->p);
  n->p = NULL;
}

static void node_free(node *n)
{
  if (n->p != NULL) node_end(n);
  assert_int_equal(atomic_load(&n->late), 0);
  rig_free(n->r);
  real_free(n);
}

/* ---- facts */

/* Upstream's TestPeerBasic. MC-PEER-01 */
static void a_peer_keeps_the_facts_of_its_connection(void **state)
{
  (void)state;
  node *n = node_new(0, NULL);
  assert_false(mconn_peer_is_running(n->p));
  assert_int_equal(peer_start(n->p), MCONN_OK);
  assert_true(mconn_peer_is_running(n->p));
  assert_true(mconn_peer_is_outbound(n->p));
  assert_false(mconn_peer_is_persistent(n->p));
  assert_false(peer_is_unconditional(n->p));
  assert_string_equal(mconn_peer_id(n->p), LOWER_ID);
  assert_string_equal(mconn_peer_address(n->p), LOWER_ID "@127.0.0.1:26656");
  assert_string_equal(mconn_peer_remote_ip(n->p), "127.0.0.1");
  assert_false(peer_removal_failed(n->p));
  peer_set_removal_failed(n->p);
  assert_true(peer_removal_failed(n->p));
  node_free(n);
}

/* MC-PEER-01 */
static void the_facts_are_copies(void **state)
{
  (void)state;
  mconn_config c = config_plain();
  char id[] = ID, address[] = "a@b:1", ip[] = "::1", moniker[] = "m";
  uint8_t channels[] = { 0, 255 };
  mconn_node_info info = { .id = id, .moniker = moniker, .channels = channels, .channel_count = 2 };
  node *n = node_new(0, NULL);
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  peer_config x = config_of(n, &c, &info);
  x.fd = fd[0];
  x.address = address;
  x.remote_ip = ip;
  x.outbound = false;
  x.persistent = x.unconditional = true;
  mconn_peer *p;
  assert_int_equal(peer_new(&p, &x).err, MCONN_OK);
  memset(id, 'x', sizeof id - 1);
  address[0] = ip[0] = moniker[0] = 'x';
  memset(channels, 9, sizeof channels);
  assert_true(!mconn_peer_is_outbound(p) && mconn_peer_is_persistent(p) && peer_is_unconditional(p));
  assert_string_equal(mconn_peer_address(p), "a@b:1");
  assert_string_equal(mconn_peer_remote_ip(p), "::1");
  const mconn_node_info *y = mconn_peer_node_info(p);
  assert_string_equal(y->id, ID); /* as it came */
  assert_string_equal(y->moniker, "m");
  assert_string_equal(y->network, ""); /* NULL counts as empty */
  assert_true(y->channel_count == 2 && y->channels[0] == 0 && y->channels[1] == 255);
  for (int ch = 0; ch < 256; ch++) assert_true(mconn_peer_has_channel(p, (uint8_t)ch) == (ch == 0 || ch == 255));
  mconn_peer_release(p);
  close(fd[1]);
  node_free(n);
}

/* ---- channels */

/* Upstream's TestPeerSend. MC-PEER-03 */
static void a_message_goes_out_on_an_advertised_channel(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  assert_true(mconn_peer_can_send(n->p, 1));
  assert_int_equal(mconn_peer_send(n->p, 1, "Asylum", 6), MCONN_OK);
  assert_int_equal(mconn_peer_try_send(n->p, 2, "x", 1), MCONN_OK);
  uint8_t want[64];
  size_t len = put_message(n->r, want, 0, 1, "Asylum", 6);
  peer_expect(n->r, want, put_message(n->r, want, len, 2, "x", 1));
  assert_int_equal(atomic_load(&n->sent), 2);
  mconn_channel_status ch[3];
  assert_int_equal(mconn_peer_status(n->p, ch, 3).channels, 3);
  assert_true(ch[0].id == 1 && ch[0].messages_sent == 1 && ch[0].bytes_sent == 6);
  node_free(n);
}

/* Channel 3 is registered and not advertised, 9 neither, 200 advertised and not registered. MC-PEER-03 */
static void a_channel_that_was_not_advertised_is_refused(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  assert_false(mconn_peer_can_send(n->p, 3));
  assert_int_equal(mconn_peer_send(n->p, 3, "x", 1), MCONN_E_NOT_ADVERTISED);
  assert_int_equal(mconn_peer_try_send(n->p, 3, "x", 1), MCONN_E_NOT_ADVERTISED);
  assert_false(mconn_peer_can_send(n->p, 9));
  assert_int_equal(mconn_peer_send(n->p, 9, "x", 1), MCONN_E_NOT_ADVERTISED);
  assert_false(mconn_peer_can_send(n->p, 200));
  assert_int_equal(mconn_peer_send(n->p, 200, "x", 1), MCONN_E_CHANNEL_UNKNOWN);
  assert_int_equal(atomic_load(&n->sent), 0);
  node_free(n);
}

/* What the peer advertises is what it takes, not what it may say. MC-PEER-02 */
static void every_channel_is_received(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  peer_send_message(n->r, 3, "abc", 3);
  rig_await_messages(n->r, 1);
  expect_message(n->r, 0, 3, "abc", 3);
  node_free(n);
}

/* ---- values */

static atomic_int drops[4];

static void drop(void *value)
{
  atomic_fetch_add((atomic_int *)value, 1);
}

/* MC-PEER-04 */
static void a_value_is_dropped_when_replaced_and_when_the_last_hold_goes(void **state)
{
  (void)state;
  node *n = node_new(0, NULL);
  for (int k = 0; k < 4; k++) atomic_store(&drops[k], 0);
  char key[] = "a";
  assert_null(mconn_peer_get(n->p, "a"));
  assert_int_equal(mconn_peer_set(n->p, key, &drops[0], drop), MCONN_OK);
  key[0] = 'z'; /* the key was copied */
  assert_int_equal(mconn_peer_set(n->p, "b", &drops[1], drop), MCONN_OK);
  assert_int_equal(mconn_peer_set(n->p, "c", &drops[2], NULL), MCONN_OK);
  assert_ptr_equal(mconn_peer_get(n->p, "a"), &drops[0]);
  assert_int_equal(mconn_peer_set(n->p, "a", &drops[3], drop), MCONN_OK);
  assert_true(drops[0] == 1 && drops[1] == 0 && drops[3] == 0);
  assert_ptr_equal(mconn_peer_get(n->p, "a"), &drops[3]);
  assert_ptr_equal(mconn_peer_get(n->p, "b"), &drops[1]);
  assert_ptr_equal(mconn_peer_get(n->p, "c"), &drops[2]);
  wrap_fail(WRAP_MALLOC, 1, ENOMEM);
  assert_int_equal(mconn_peer_set(n->p, "a", &drops[0], drop), MCONN_E_MEMORY);
  assert_ptr_equal(mconn_peer_get(n->p, "a"), &drops[3]);
  mconn_peer *p = mconn_peer_hold(n->p);
  node_end(n);
  assert_ptr_equal(mconn_peer_get(p, "a"), &drops[3]); /* it is removed, and held */
  mconn_peer_release(p);
  assert_true(drops[0] == 1 && drops[1] == 1 && drops[2] == 0 && drops[3] == 1);
  node_free(n);
}

#define SETTERS 4
#define SETS 500

static atomic_long values; /* made and not dropped */

static void drop_made(void *value)
{
  atomic_fetch_sub(&values, 1);
  real_free(value);
}

static void *set_and_get(void *peer)
{
  static const char *const keys[] = { "height", "votes", "txs" };
  mconn_peer *p = peer;
  for (size_t k = 0; k < SETS; k++) {
    void *value = real_malloc(1);
    atomic_fetch_add(&values, 1);
    if (mconn_peer_set(p, keys[k % 3], value, drop_made) != MCONN_OK) return NULL;
    if (mconn_peer_get(p, keys[k % 3]) == NULL) return NULL; /* replaced, perhaps, but never away */
  }
  return p;
}

/* MC-PEER-04. Upstream: TestIterateKeysWithValues. */
static void values_are_safe_from_any_thread(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  pthread_t t[SETTERS];
  atomic_store(&values, 0);
  for (int k = 0; k < SETTERS; k++) assert_int_equal(real_pthread_create(&t[k], set_and_get, n->p), 0);
  for (int k = 0; k < SETTERS; k++) {
    void *done;
    pthread_join(t[k], &done);
    assert_ptr_equal(done, n->p);
  }
  assert_int_equal(atomic_load(&values), 3);
  node_end(n);
  assert_int_equal(atomic_load(&values), 0);
  node_free(n);
}

/* ---- holds and the end */

#define USERS 4

typedef struct {
  mconn_peer *p;
  bool refused;
} user;

/* Holds, uses and gives back, and once the peer is refused does so for a while longer. */
static void *use(void *arg)
{
  user *u = arg;
  size_t after = 0;
  while (after < 50) {
    mconn_peer *p = mconn_peer_hold(u->p);
    enum mconn_err err = mconn_peer_send(p, 1, "some bytes", 10);
    (void)mconn_peer_try_send(p, 2, "y", 1);
    (void)mconn_peer_status(p, NULL, 0);
    (void)mconn_peer_can_send(p, 1);
    (void)mconn_peer_id(p)[0];
    if (err == MCONN_E_NOT_RUNNING) after++;
    if (after == 10) mconn_peer_close(p);
    if (after == 20) u->refused = mconn_peer_flush_stop(p, 0) == MCONN_E_NOT_RUNNING;
    mconn_peer_release(p);
  }
  mconn_peer_release(u->p); /* its own; perhaps the last */
  return NULL;
}

static void *drain(void *arg)
{
  (void)peer_read_to_end(arg);
  return NULL;
}

static void use_while_it_ends(size_t delivery_bytes)
{
  const long live = wrap_live();
  node *n = node_open(delivery_bytes, NULL);
  user u[USERS];
  pthread_t t[USERS], reader;
  assert_int_equal(real_pthread_create(&reader, drain, n->r), 0);
  for (int k = 0; k < USERS; k++) {
    u[k] = (user){ .p = mconn_peer_hold(n->p) };
    assert_int_equal(real_pthread_create(&t[k], use, &u[k]), 0);
  }
  while (atomic_load(&n->sent) < 200) sched_yield();
  node_end(n);
  const size_t sent = atomic_load(&n->sent);
  for (int k = 0; k < USERS; k++) {
    pthread_join(t[k], NULL);
    assert_true(u[k].refused);
  }
  pthread_join(reader, NULL);
  assert_int_equal(atomic_load(&n->sent), sent); /* the owner is not told after peer_join */
  assert_int_equal(wrap_live(), live);           /* the last user freed the rest */
  node_free(n);
}

/* MC-PEER-05 */
static void a_peer_may_be_used_while_and_after_it_ends(void **state)
{
  (void)state;
  for (int k = 0; k < 5; k++) {
    use_while_it_ends(0);
    use_while_it_ends(10000);
  }
}

/* The peer's end of the stream sees it. MC-PEER-05 */
static void a_held_peer_keeps_no_socket(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  assert_int_equal(mconn_peer_send(n->p, 1, "x", 1), MCONN_OK);
  uint8_t want[16];
  peer_expect(n->r, want, put_message(n->r, want, 0, 1, "x", 1));
  mconn_peer *p = mconn_peer_hold(n->p);
  const int fd = n->r->fd;
  struct sockaddr_storage s;
  socklen_t len = sizeof s;
  assert_int_equal(getsockname(fd, (struct sockaddr *)&s, &len), 0);
  node_end(n);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&s, &len), -1);
  assert_int_equal(peer_read_to_end(n->r), 0);
  mconn_channel_status ch[3];
  mconn_status x = mconn_peer_status(p, ch, 3);
  assert_true(!x.running && x.channels == 3 && x.bytes_sent > 0 && ch[0].messages_sent == 1);
  assert_int_equal(mconn_peer_send(p, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_int_equal(mconn_peer_try_send(p, 1, "x", 1), MCONN_E_NOT_RUNNING);
  assert_int_equal(mconn_peer_send(p, 3, "x", 1), MCONN_E_NOT_ADVERTISED);
  assert_int_equal(mconn_peer_flush_stop(p, 0), MCONN_E_NOT_RUNNING);
  assert_false(mconn_peer_can_send(p, 1));
  mconn_peer_close(p);
  assert_int_equal(peer_start(p), MCONN_E_STATE);
  mconn_peer_release(p);
  node_free(n);
}

static void start_is_once(void **state)
{
  (void)state;
  node *n = node_open(1000, NULL);
  assert_int_equal(peer_start(n->p), MCONN_E_STATE);
  assert_true(mconn_peer_is_running(n->p));
  node_free(n);
  n = node_new(1000, NULL);
  peer_stop(n->p);
  peer_stop(n->p);
  const unsigned long threads = wrap_calls(WRAP_PTHREAD_CREATE);
  assert_int_equal(peer_start(n->p), MCONN_E_STATE);
  assert_int_equal(wrap_calls(WRAP_PTHREAD_CREATE), threads);
  node_free(n);
  n = node_new(1000, NULL); /* never started, and just released */
  mconn_peer_release(n->p);
  n->p = NULL;
  node_free(n);
}

static void stop_at_second(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  node *n = r->more;
  if (rig_messages(r) != 2) return;
  peer_stop(n->p);
  rig_flag(r);
}

static void a_stop_from_on_receive_is_the_last_message(void **state)
{
  (void)state;
  for (size_t delivery_bytes = 0; delivery_bytes <= 10000; delivery_bytes += 10000) {
    node *n = node_new(delivery_bytes, NULL);
    n->r->on_message = stop_at_second;
    uint8_t out[256];
    size_t len = 0;
    for (int k = 0; k < 10; k++) len = put_message(n->r, out, len, 1, "x", 1);
    peer_write(n->r, out, len); /* there before the start */
    assert_int_equal(peer_start(n->p), MCONN_OK);
    rig_await_flag(n->r);
    node_end(n);
    assert_int_equal(rig_messages(n->r), 2);
    assert_int_equal(rig_errors(n->r), 0);
    node_free(n);
  }
}

static void stop_on_error(rig *r, mconn_reason reason)
{
  (void)reason;
  node *n = r->more;
  if (mconn_peer_is_running(n->p)) abort();
  peer_stop(n->p);
}

static void a_closed_peer_fails_once(void **state)
{
  (void)state;
  for (size_t delivery_bytes = 0; delivery_bytes <= 1000; delivery_bytes += 1000) {
    node *n = node_open(delivery_bytes, NULL);
    n->r->on_error = stop_on_error;
    mconn_peer_close(n->p);
    mconn_peer_close(n->p);
    assert_int_equal(rig_await_error(n->r).err, MCONN_E_EOF);
    node_end(n);
    assert_int_equal(rig_errors(n->r), 1);
    node_free(n);
  }
}

static void flush_stop_within(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)channel, (void)bytes, (void)len;
  node *n = r->more;
  n->verdict = mconn_peer_flush_stop(n->p, 0);
  rig_flag(r);
}

static void flush_stop_writes_what_was_accepted(void **state)
{
  (void)state;
  node *n = node_open(0, NULL);
  n->r->on_message = flush_stop_within;
  peer_send_message(n->r, 1, "x", 1);
  rig_await_flag(n->r);
  assert_int_equal(n->verdict, MCONN_E_STATE);
  assert_true(mconn_peer_is_running(n->p));
  pthread_t reader;
  static uint8_t big[100000];
  for (int k = 0; k < 4; k++) assert_int_equal(mconn_peer_send(n->p, 1, big, sizeof big), MCONN_OK);
  assert_int_equal(real_pthread_create(&reader, drain, n->r), 0);
  assert_int_equal(mconn_peer_flush_stop(n->p, PATIENCE), MCONN_OK);
  assert_int_equal(mconn_peer_flush_stop(n->p, PATIENCE), MCONN_E_NOT_RUNNING);
  const mconn_status s = mconn_peer_status(n->p, NULL, 0);
  assert_true(s.bytes_sent > 4 * sizeof big);
  assert_int_equal(mconn_peer_send(n->p, 1, "x", 1), MCONN_E_NOT_RUNNING);
  node_end(n);
  pthread_join(reader, NULL);
  assert_int_equal(rig_errors(n->r), 0);
  node_free(n);
}

/* ---- bounded delivery */

/* The reactor of channel 1 is slow: it returns when it may. */
static void slow_on_1(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)bytes, (void)len;
  node *n = r->more;
  if (channel != 1) return;
  pthread_mutex_lock(&r->lock);
  while (!n->go_on) pthread_cond_wait(&r->changed, &r->lock);
  pthread_mutex_unlock(&r->lock);
}

static void let_go(node *n)
{
  pthread_mutex_lock(&n->r->lock);
  n->go_on = true;
  pthread_cond_broadcast(&n->r->changed);
  pthread_mutex_unlock(&n->r->lock);
}

/* With a first message of 1 in the hands of its slow reactor. */
static node *node_slow(size_t delivery_bytes, const uint8_t *lanes)
{
  node *n = node_new(delivery_bytes, lanes);
  n->r->on_message = slow_on_1;
  assert_int_equal(peer_start(n->p), MCONN_OK);
  peer_send_message(n->r, 1, "slow", 4);
  rig_await_messages(n->r, 1);
  return n;
}

#define RUN 400

/* Channels by turns, sizes from nothing to several packets; each channel's messages carry their number. */
static void send_numbered(rig *r)
{
  static uint8_t m[3000];
  for (uint32_t k = 0; k < RUN; k++)
    for (uint8_t ch = 1; ch <= 3; ch++) {
      const size_t len = 4 + (k * 7 + ch) % 2996;
      memcpy(m, &k, sizeof k);
      peer_send_message(r, ch, m, len);
    }
}

static atomic_uint next_of[4], wrong, running_of[4];
static const uint8_t two_lanes[] = { 0, 1, 1 };

static void check_number(rig *r, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)r;
  uint32_t k;
  memcpy(&k, bytes, sizeof k);
  const unsigned lane = two_lanes[channel - 1];
  if (atomic_fetch_add(&running_of[lane], 1) != 0) atomic_fetch_add(&wrong, 1); /* one at a time per lane */
  if (k != atomic_fetch_add(&next_of[channel], 1) || len != 4 + (k * 7 + channel) % 2996) atomic_fetch_add(&wrong, 1);
  if (k % 50 == 0) sched_yield();
  atomic_fetch_sub(&running_of[lane], 1);
}

/* Whether the queues are long or take one message each. MC-SWITCH-01 */
static void messages_of_a_channel_stay_in_order(void **state)
{
  (void)state;
  static const size_t sizes[] = { 0, 1, 5000, 1000000 };
  for (size_t s = 0; s < 4; s++) {
    for (int k = 0; k < 4; k++) atomic_store(&next_of[k], 0);
    atomic_store(&wrong, 0);
    node *n = node_new(sizes[s], two_lanes);
    n->r->on_message = check_number;
    assert_int_equal(peer_start(n->p), MCONN_OK);
    send_numbered(n->r);
    rig_await_messages(n->r, 3 * RUN);
    node_end(n);
    assert_int_equal(atomic_load(&wrong), 0);
    for (int k = 1; k < 4; k++) assert_int_equal(atomic_load(&next_of[k]), RUN);
    node_free(n);
  }
}

/* MC-SWITCH-22 */
static void a_slow_reactor_delays_neither_pings_nor_other_reactors(void **state)
{
  (void)state;
  node *n = node_slow(100000, two_lanes);
  uint8_t ping[8];
  peer_send_message(n->r, 1, "more", 4); /* waits in its queue */
  peer_write(n->r, ping, put_ping(n->r, ping, 0));
  peer_expect_pong(n->r);
  peer_send_message(n->r, 2, "two", 3);
  peer_send_message(n->r, 3, "three", 5);
  rig_await_messages(n->r, 3);
  expect_message(n->r, 1, 2, "two", 3);
  expect_message(n->r, 2, 3, "three", 5);
  let_go(n);
  rig_await_messages(n->r, 4);
  expect_message(n->r, 3, 1, "more", 4);
  node_free(n);
}

/* One lane for all: it is the turn of the others after each message of the slow one. MC-SWITCH-22 */
static void channels_of_one_lane_take_turns(void **state)
{
  (void)state;
  node *n = node_slow(100000, NULL);
  uint8_t out[512];
  size_t len = 0;
  for (int k = 0; k < 8; k++) len = put_message(n->r, out, len, 1, "more", 4);
  len = put_message(n->r, out, len, 2, "two", 3);
  len = put_ping(n->r, out, len);
  peer_write(n->r, out, len);
  peer_expect_pong(n->r); /* all of it was taken */
  assert_int_equal(rig_messages(n->r), 1);
  let_go(n);
  rig_await_messages(n->r, 10);
  expect_message(n->r, 1, 2, "two", 3);
  node_free(n);
}

static uint64_t received_on_1(node *n)
{
  mconn_channel_status ch[3];
  (void)mconn_peer_status(n->p, ch, 3);
  return ch[0].messages_received;
}

/* Messages of `len` bytes behind one that is being handed out: so many are taken, the next one waits, and what is
 * behind it is not read. The status counts a message before it is put into its queue. */
static void expect_bound(size_t delivery_bytes, size_t len, uint64_t fit)
{
  static uint8_t m[5000], out[6000];
  node *n = node_new(delivery_bytes, NULL);
  n->r->on_message = slow_on_1;
  assert_int_equal(peer_start(n->p), MCONN_OK);
  for (uint64_t k = 0; k < fit; k++) peer_write(n->r, out, put_message(n->r, out, 0, 1, m, len));
  peer_write(n->r, out, put_ping(n->r, out, 0));
  peer_expect_pong(n->r); /* all were taken, or this would hang */
  for (int k = 0; k < 5; k++) peer_write(n->r, out, put_message(n->r, out, 0, 1, m, len));
  while (received_on_1(n) < fit + 1) sched_yield();
  for (int k = 0; k < 200; k++) sched_yield(); /* time for one too many */
  assert_int_equal(received_on_1(n), fit + 1);
  rig_await_messages(n->r, 1);
  assert_int_equal(rig_messages(n->r), 1);
  let_go(n);
  rig_await_messages(n->r, (size_t)fit + 5);
  for (size_t k = 0; k < fit + 5; k++) expect_message(n->r, k, 1, m, len);
  node_free(n);
}

/* MC-SWITCH-22, MC-SWITCH-23 */
static void a_queue_holds_as_many_bytes_as_configured(void **state)
{
  (void)state;
  const size_t each = 100 + SHELL_DELIVERY_EXTRA_BYTES;
  expect_bound(10 * each, 100, 10);
  expect_bound(10 * each - 1, 100, 9);
  expect_bound(10 * each + 1, 100, 10);
  expect_bound(1, 100, 1);                                  /* one may always be there */
  expect_bound(4999, 5000, 1);                              /* also if it is too large by itself */
  expect_bound(10 * SHELL_DELIVERY_EXTRA_BYTES + 5, 0, 10); /* messages of no bytes count */
}

/* MC-SWITCH-22 */
static void an_error_comes_behind_the_messages_before_it(void **state)
{
  (void)state;
  node *n = node_slow(100000, two_lanes);
  for (int k = 0; k < 3; k++) peer_send_message(n->r, 1, "more", 4);
  peer_send_message(n->r, 2, "two", 3);
  rig_close_peer(n->r);
  rig_await_messages(n->r, 2);
  while (mconn_peer_is_running(n->p)) sched_yield();
  assert_int_equal(rig_errors(n->r), 0);
  let_go(n);
  assert_int_equal(rig_await_error(n->r).err, MCONN_E_EOF);
  assert_int_equal(rig_messages(n->r), 5);
  node_end(n);
  assert_int_equal(rig_errors(n->r), 1);
  node_free(n);
}

static void a_violation_ends_it_with_its_reason(void **state)
{
  (void)state;
  for (size_t delivery_bytes = 0; delivery_bytes <= 1000; delivery_bytes += 1000) {
    node *n = node_open(delivery_bytes, NULL);
    peer_send_message(n->r, 1, "x", 1);
    peer_send_message(n->r, 77, "x", 1);
    assert_int_equal(rig_await_error(n->r).err, MCONN_E_CHANNEL);
    assert_int_equal(mconn_peer_status(n->p, NULL, 0).reason.err, MCONN_E_CHANNEL);
    assert_int_equal(rig_messages(n->r), 1);
    node_end(n);
    assert_int_equal(rig_errors(n->r), 1);
    node_free(n);
  }
}

static void *end_it(void *arg)
{
  node_end(arg);
  return NULL;
}

/* With the receive thread before a full queue and a lane in its reactor: both come back, nothing is handed out any
 * more, and the join waits for the reactor. MC-SWITCH-22, MC-PEER-05 */
static void a_stop_wakes_who_waits_for_room(void **state)
{
  (void)state;
  const long live = wrap_live();
  node *n = node_slow(1000, NULL);
  for (int k = 0; k < 50; k++) peer_send_message(n->r, 1, "more", 4);
  while (received_on_1(n) < 1 + 1000 / (4 + SHELL_DELIVERY_EXTRA_BYTES)) sched_yield();
  pthread_t ender;
  peer_stop(n->p); /* returns with the reactor still in its hands */
  assert_int_equal(real_pthread_create(&ender, end_it, n), 0);
  assert_int_equal(peer_read_to_end(n->r), 0);
  assert_false(atomic_load(&n->over));
  let_go(n);
  pthread_join(ender, NULL);
  assert_int_equal(rig_messages(n->r), 1);
  assert_int_equal(rig_errors(n->r), 0);
  assert_int_equal(wrap_live(), live);
  node_free(n);
}

/* ---- the system says no */

/* MC-SWITCH-23 */
static void a_message_that_cannot_be_kept_ends_the_peer(void **state)
{
  (void)state;
  node *n = node_new(100000, NULL);
  n->r->on_message = slow_on_1;
  uint8_t out[64];
  size_t len = put_message(n->r, out, 0, 1, "slow", 4);
  peer_write(n->r, out, len);
  assert_int_equal(peer_start(n->p), MCONN_OK);
  rig_await_messages(n->r, 1);
  wrap_fail(WRAP_MALLOC, 1, ENOMEM);
  peer_write(n->r, out, len);
  while (mconn_peer_is_running(n->p)) sched_yield();
  assert_true(wrap_failed());
  let_go(n);
  assert_int_equal(rig_await_error(n->r).err, MCONN_E_MEMORY);
  node_free(n);
}

static const enum wrapped denied[] = { WRAP_MALLOC, WRAP_CALLOC, WRAP_PTHREAD_CREATE, WRAP_PTHREAD_COND_INIT,
                                       WRAP_GETSOCKOPT };

/* Sets up and starts with the nth call of w denied; false when there were not so many. */
static bool denied_once(enum wrapped w, unsigned long nth)
{
  const long live = wrap_live();
  node *n = node_new(0, NULL);
  mconn_config c = config_plain();
  mconn_node_info info = info_plain();
  int fd[2];
  stream_pair(PAIR_UNIX, fd);
  peer_config x = config_of(n, &c, &info);
  x.fd = fd[0];
  x.delivery_bytes = 1000;
  x.lanes = two_lanes;
  mconn_peer *p = NULL;
  wrap_fail(w, nth, ENOMEM);
  mconn_reason r = peer_new(&p, &x);
  if (r.err != MCONN_OK) {
    assert_null(p);
    assert_int_equal(r.err, w == WRAP_GETSOCKOPT ? MCONN_E_STATE : MCONN_E_MEMORY);
    assert_int_equal(close(fd[0]), 0); /* still ours */
  } else {
    const enum mconn_err err = peer_start(p);
    assert_true(err == MCONN_OK || err == MCONN_E_MEMORY);
    assert_true(mconn_peer_is_running(p) == (err == MCONN_OK));
    assert_true(err == MCONN_OK || wrap_failed());
    peer_stop(p);
    peer_join(p);
    mconn_peer_release(p);
  }
  const bool hit = wrap_failed();
  wrap_fail(w, 0, 0);
  close(fd[1]);
  node_free(n);
  assert_int_equal(wrap_live(), live);
  return hit;
}

static void every_refusal_of_the_system_is_named_and_nothing_leaks(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof denied / sizeof *denied; k++) {
    unsigned long nth = 1;
    while (denied_once(denied[k], nth)) nth++;
    assert_true(nth > 1); /* the call is made at all */
  }
}

static void a_configuration_is_refused_with_its_reason(void **state)
{
  (void)state;
  node *n = node_new(0, NULL);
  mconn_config c = config_plain();
  mconn_node_info info = info_plain();
  peer_config x = config_of(n, &c, &info);
  const mconn_channel twice[] = { { .id = 1, .priority = 1 }, { .id = 1, .priority = 1 } };
  mconn_peer *p = NULL;
  x.fd = -1;
  assert_int_equal(peer_new(&p, &x).err, MCONN_E_STATE);
  x.channels = twice;
  x.channel_count = 2;
  mconn_reason r = peer_new(&p, &x);
  assert_true(r.err == MCONN_E_CHANNEL_DUPLICATE && r.at == 1 && p == NULL);
  node_free(n);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_peer_keeps_the_facts_of_its_connection),
    shell_test(the_facts_are_copies),
    shell_test(a_message_goes_out_on_an_advertised_channel),
    shell_test(a_channel_that_was_not_advertised_is_refused),
    shell_test(every_channel_is_received),
    shell_test(a_value_is_dropped_when_replaced_and_when_the_last_hold_goes),
    shell_test(values_are_safe_from_any_thread),
    shell_test(a_peer_may_be_used_while_and_after_it_ends),
    shell_test(a_held_peer_keeps_no_socket),
    shell_test(start_is_once),
    shell_test(a_stop_from_on_receive_is_the_last_message),
    shell_test(a_closed_peer_fails_once),
    shell_test(flush_stop_writes_what_was_accepted),
    shell_test(messages_of_a_channel_stay_in_order),
    shell_test(a_slow_reactor_delays_neither_pings_nor_other_reactors),
    shell_test(channels_of_one_lane_take_turns),
    shell_test(a_queue_holds_as_many_bytes_as_configured),
    shell_test(an_error_comes_behind_the_messages_before_it),
    shell_test(a_violation_ends_it_with_its_reason),
    shell_test(a_stop_wakes_who_waits_for_room),
    shell_test(a_message_that_cannot_be_kept_ends_the_peer),
    shell_test(every_refusal_of_the_system_is_named_and_nothing_leaks),
    shell_test(a_configuration_is_refused_with_its_reason),
  };
  return cmocka_run_group_tests_name("shell: peer and delivery", tests, NULL, NULL);
}
