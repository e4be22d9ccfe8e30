/* The plaintext transport: node infos cross whole, however the stream cuts them; nothing behind them is read; and a
 * stranger that stalls, drips, cuts off or promises too much is told from one that does not. */
#include "harness.h"
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGEST 10240u

/* A node info of `len` bytes, all of them in a field that nobody knows, behind a prefix of `prefix` bytes or as few as
 * can be (0); the index after it. len is 0 or can be made so. */
static size_t info_of(uint8_t *p, uint64_t len, size_t prefix, uint64_t seed)
{
  size_t n = mconn_uvarint_put(p, 0, len);
  for (; n < prefix; n++) {
    p[n - 1] |= 0x80;
    p[n] = 0;
  }
  const size_t end = n + len;
  if (len == 0) return n;
  size_t rest = len - 2;
  while (1 + mconn_uvarint_len(rest) + rest > len) rest--;
  assert_true(1 + mconn_uvarint_len(rest) + rest == len);
  p[n] = 15 << 3 | 2;
  n = mconn_uvarint_put(p, n + 1, rest);
  pattern(p + n, rest, seed);
  return end;
}

static mconn_upgrade upgrade_of(int fd, const uint8_t *own, size_t own_len, enum mconn_dialect dialect)
{
  return (
    mconn_upgrade){ .fd = fd, .dialect = dialect, .deadline = now_ns() + PATIENCE, .own = own, .own_len = own_len };
}

static mconn_reason upgrade(const mconn_upgrade *in, mconn_upgraded *out)
{
  const mconn_transport t = mconn_transport_plaintext_insecure();
  return t.upgrade(t.user, in, out);
}

typedef struct {
  mconn_upgrade in;
  mconn_upgraded out;
  mconn_reason r;
} side;

static void *run_side(void *arg)
{
  side *s = arg;
  s->r = upgrade(&s->in, &s->out);
  return NULL;
}

static void expect_exchange(enum pair kind, enum mconn_dialect dialect, size_t a, size_t b)
{
  static uint8_t own[2][MCONN_NODEINFO_BYTES_MAX];
  const size_t len[2] = { info_of(own[0], a, 0, 1), info_of(own[1], b, 0, 2) };
  side *s = real_malloc(2 * sizeof *s);
  pthread_t t[2];
  int fd[2];
  assert_non_null(s);
  stream_pair(kind, fd);
  for (int k = 0; k < 2; k++) {
    memset(&s[k], 0xA5, sizeof s[k]);
    s[k].in = upgrade_of(fd[k], own[k], len[k], dialect);
    assert_int_equal(real_pthread_create(&t[k], run_side, &s[k]), 0);
  }
  for (int k = 0; k < 2; k++) pthread_join(t[k], NULL);
  for (int k = 0; k < 2; k++) {
    assert_int_equal(s[k].r.err, MCONN_OK);
    assert_string_equal(s[k].out.authenticated_id, "");
    assert_int_equal(s[k].out.len, len[1 - k]);
    assert_memory_equal(s[k].out.bytes, own[1 - k], len[1 - k]);
    close(fd[k]);
  }
  real_free(s);
}

/* Upstream's TestTransportHandshake. MC-TRANSPORT-01 */
static void node_infos_cross(void **state)
{
  (void)state;
  for (int kind = PAIR_UNIX; kind <= PAIR_TCP; kind++) {
    expect_exchange((enum pair)kind, MCONN_PROTO, 100, 104);
    expect_exchange((enum pair)kind, MCONN_AMINO, 0, 127);
    expect_exchange((enum pair)kind, MCONN_PROTO, LARGEST, LARGEST);
    expect_exchange((enum pair)kind, MCONN_AMINO, LARGEST - 2, 0);
  }
}

/* MC-TRANSPORT-01 */
static void however_the_stream_is_cut(void **state)
{
  (void)state;
  for (size_t most = 1; most <= 3; most++) {
    wrap_send_most(most);
    wrap_recv_most(most);
    expect_exchange(PAIR_UNIX, MCONN_PROTO, 300, 5);
    wrap_recv_most(0);
    expect_exchange(PAIR_TCP, MCONN_AMINO, 2000, 5);
    wrap_reset();
  }
}

/* One end of a stream for the upgrade, the other the test's. */
typedef struct {
  int fd, peer;
  uint8_t own[64];
  size_t own_len;
} ends;

static ends ends_new(void)
{
  ends e;
  int fd[2];
  stream_pair(PAIR_TCP, fd);
  e.fd = fd[0];
  e.peer = fd[1];
  e.own_len = info_of(e.own, 20, 0, 7);
  return e;
}

static void ends_free(ends *e)
{
  close(e->fd);
  if (e->peer >= 0) close(e->peer);
}

static void write_all(int fd, const uint8_t *p, size_t n)
{
  assert_int_equal(real_send(fd, p, n, MSG_NOSIGNAL), n);
}

/* The upgrade fails, with this error and untouched output, within `span` ns. */
static mconn_reason expect_failure(const ends *e, enum mconn_dialect dialect, uint64_t span, enum mconn_err err)
{
  static mconn_upgraded out, before;
  mconn_upgrade in = upgrade_of(e->fd, e->own, e->own_len, dialect);
  memset(&out, 0xA5, sizeof out);
  memset(&before, 0xA5, sizeof before);
  in.deadline = now_ns() + span;
  mconn_reason r = upgrade(&in, &out);
  if (r.err != err) fail_msg("%s, not %s", mconn_error_name(r.err), mconn_error_name(err));
  assert_memory_equal(&out, &before, sizeof out);
  assert_true((r.system != 0) == (err == MCONN_E_IO));
  return r;
}

/* Packets may stand in the segment of the node info. MC-TRANSPORT-01 */
static void what_follows_the_node_info_is_left_in_the_stream(void **state)
{
  (void)state;
  static mconn_upgraded out;
  for (size_t len = 0; len <= 300; len += 100) {
    ends e = ends_new();
    uint8_t p[512], rest[64];
    size_t n = info_of(p, len, 0, len);
    memcpy(p + n, "first packet", 12);
    write_all(e.peer, p, n + 12);
    mconn_upgrade in = upgrade_of(e.fd, e.own, e.own_len, MCONN_PROTO);
    assert_int_equal(upgrade(&in, &out).err, MCONN_OK);
    assert_int_equal(out.len, n);
    assert_memory_equal(out.bytes, p, n);
    assert_int_equal(real_recv(e.fd, rest, sizeof rest, MSG_DONTWAIT), 12);
    assert_memory_equal(rest, "first packet", 12);
    ends_free(&e);
  }
}

/* MC-TRANSPORT-03 */
static void a_stall_ends_at_the_deadline(void **state)
{
  (void)state;
  uint8_t p[512];
  const size_t n = info_of(p, 200, 0, 1);
  static const size_t there[] = { 0, 1, 2, 100, 201 };
  for (size_t k = 0; k < 5; k++) {
    ends e = ends_new();
    if (there[k] > 0) write_all(e.peer, p, there[k]);
    assert_true(there[k] < n);
    mconn_reason r = expect_failure(&e, MCONN_PROTO, 20 * MILLI, MCONN_E_HANDSHAKE);
    assert_int_equal(r.offset, there[k]);
    ends_free(&e);
  }
  ends e = ends_new();
  (void)expect_failure(&e, MCONN_PROTO, 0, MCONN_E_HANDSHAKE); /* a deadline that is past */
  ends_free(&e);
}

typedef struct {
  int fd;
  atomic_bool over;
} dripper;

static void *drip(void *arg)
{
  dripper *d = arg;
  uint8_t p[3];
  (void)mconn_uvarint_put(p, 0, LARGEST);
  for (size_t k = 0; !atomic_load(&d->over); k++) {
    (void)real_send(d->fd, k < 2 ? &p[k] : p, 1, MSG_NOSIGNAL);
    (void)real_poll(NULL, 0, 5);
  }
  return NULL;
}

/* A byte now and then does not renew the time: the node info would take 50 s. MC-TRANSPORT-03 */
static void a_drip_ends_at_the_deadline(void **state)
{
  (void)state;
  ends e = ends_new();
  dripper d = { .fd = e.peer };
  pthread_t t;
  assert_int_equal(real_pthread_create(&t, drip, &d), 0);
  mconn_reason r = expect_failure(&e, MCONN_PROTO, 100 * MILLI, MCONN_E_HANDSHAKE);
  atomic_store(&d.over, true);
  pthread_join(t, NULL);
  assert_true(r.offset < LARGEST);
  ends_free(&e);
}

/* The other side has said all and reads nothing. MC-TRANSPORT-03 */
static void a_peer_that_takes_nothing_ends_it_at_the_deadline(void **state)
{
  (void)state;
  ends e = ends_new();
  uint8_t p[64];
  write_all(e.peer, p, info_of(p, 30, 0, 1));
  wrap_send_gate(true);
  (void)expect_failure(&e, MCONN_PROTO, 20 * MILLI, MCONN_E_HANDSHAKE);
  ends_free(&e);
}

/* MC-TRANSPORT-03 */
static void a_stream_that_is_cut_off_ends_it(void **state)
{
  (void)state;
  uint8_t p[256];
  const size_t n = info_of(p, 150, 0, 1);
  for (size_t k = 0; k < n; k++) {
    ends e = ends_new();
    if (k > 0) write_all(e.peer, p, k);
    if (k % 2 == 0) { /* and a reset now and then */
      const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
      setsockopt(e.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close(e.peer);
    e.peer = -1;
    (void)expect_failure(&e, MCONN_PROTO, PATIENCE, MCONN_E_HANDSHAKE);
    ends_free(&e);
  }
}

static void expect_size(enum mconn_dialect dialect, uint64_t len, size_t prefix, enum mconn_err err)
{
  static uint8_t p[MCONN_NODEINFO_BYTES_MAX + 8];
  static mconn_upgraded out;
  ends e = ends_new();
  const size_t n = info_of(p, len <= LARGEST ? len : 0, prefix, 3);
  if (err == MCONN_OK) {
    write_all(e.peer, p, n);
    mconn_upgrade in = upgrade_of(e.fd, e.own, e.own_len, dialect);
    assert_int_equal(upgrade(&in, &out).err, MCONN_OK);
    assert_int_equal(out.len, n);
    assert_memory_equal(out.bytes, p, n);
  } else {
    uint8_t q[16];
    size_t m = mconn_uvarint_put(q, 0, len);
    for (; m < prefix; m++) {
      q[m - 1] |= 0x80;
      q[m] = 0;
    }
    write_all(e.peer, q, m); /* the prefix decides: no byte behind it is waited for */
    (void)expect_failure(&e, dialect, PATIENCE, err);
  }
  ends_free(&e);
}

/* Amino counts the prefix, proto does not. MC-TRANSPORT-04, MC-NODEINFO-02 */
static void a_node_info_that_is_too_large_is_refused_by_its_length(void **state)
{
  (void)state;
  expect_size(MCONN_PROTO, LARGEST, 0, MCONN_OK);
  expect_size(MCONN_PROTO, LARGEST + 1, 0, MCONN_E_NODEINFO_SIZE);
  expect_size(MCONN_PROTO, LARGEST, 10, MCONN_OK);
  expect_size(MCONN_PROTO, UINT64_MAX, 0, MCONN_E_NODEINFO_SIZE);
  expect_size(MCONN_AMINO, LARGEST - 2, 0, MCONN_OK);
  expect_size(MCONN_AMINO, LARGEST - 1, 0, MCONN_E_NODEINFO_SIZE);
  expect_size(MCONN_AMINO, LARGEST - 10, 10, MCONN_OK);
  expect_size(MCONN_AMINO, LARGEST - 9, 10, MCONN_E_NODEINFO_SIZE);
  expect_size(MCONN_AMINO, UINT64_MAX, 0, MCONN_E_NODEINFO_SIZE);
}

/* MC-TRANSPORT-04 */
static void a_prefix_without_end_is_refused(void **state)
{
  (void)state;
  uint8_t p[10];
  memset(p, 0x80, sizeof p);
  for (int over = 0; over < 2; over++) {
    if (over == 1) p[9] = 2; /* ends, with bits above 64 */
    ends e = ends_new();
    write_all(e.peer, p, sizeof p);
    mconn_reason r = expect_failure(&e, MCONN_PROTO, PATIENCE, MCONN_E_LENGTH_PREFIX);
    assert_int_equal(r.offset, 9);
    ends_free(&e);
  }
}

/* The wire type of its first field does not exist, whatever comes behind. MC-TRANSPORT-04 */
static void a_malformed_node_info_is_refused_when_it_is_whole(void **state)
{
  (void)state;
  uint8_t p[64];
  for (int d = MCONN_PROTO; d <= MCONN_AMINO; d++) {
    ends e = ends_new();
    const size_t n = info_of(p, 30, 0, 1);
    p[1] = 1 << 3 | 7;
    write_all(e.peer, p, n);
    (void)expect_failure(&e, (enum mconn_dialect)d, PATIENCE, MCONN_E_WIRE_TYPE);
    ends_free(&e);
  }
}

static void what_the_system_refuses_is_named(void **state)
{
  (void)state;
  static const enum wrapped w[] = { WRAP_SEND, WRAP_RECV };
  uint8_t p[64];
  const size_t n = info_of(p, 30, 0, 1);
  for (size_t k = 0; k < 2; k++) {
    ends e = ends_new();
    write_all(e.peer, p, n);
    wrap_fail(w[k], 1, EIO);
    assert_int_equal(expect_failure(&e, MCONN_PROTO, PATIENCE, MCONN_E_IO).system, EIO);
    ends_free(&e);
  }
  static const int again[] = { EINTR, EAGAIN };
  static mconn_upgraded out;
  for (size_t k = 0; k < 4; k++) {
    ends e = ends_new();
    write_all(e.peer, p, n);
    wrap_fail(w[k % 2], 1, again[k / 2]);
    mconn_upgrade in = upgrade_of(e.fd, e.own, e.own_len, MCONN_PROTO);
    assert_int_equal(upgrade(&in, &out).err, MCONN_OK);
    assert_true(wrap_failed());
    ends_free(&e);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(node_infos_cross),
    shell_test(however_the_stream_is_cut),
    shell_test(what_follows_the_node_info_is_left_in_the_stream),
    shell_test(a_stall_ends_at_the_deadline),
    shell_test(a_drip_ends_at_the_deadline),
    shell_test(a_peer_that_takes_nothing_ends_it_at_the_deadline),
    shell_test(a_stream_that_is_cut_off_ends_it),
    shell_test(a_node_info_that_is_too_large_is_refused_by_its_length),
    shell_test(a_prefix_without_end_is_refused),
    shell_test(a_malformed_node_info_is_refused_when_it_is_whole),
    shell_test(what_the_system_refuses_is_named),
  };
  return cmocka_run_group_tests_name("shell: plaintext transport", tests, NULL, NULL);
}
