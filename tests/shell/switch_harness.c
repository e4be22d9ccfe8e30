#include "switch_harness.h"
#include "shell/node.h"
#include "shell/switch_internal.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

const char *node_id(unsigned number)
{
  static _Thread_local char ids[8][MCONN_NODE_ID_DIGITS + 1];
  static _Thread_local unsigned next;
  char *id = ids[next++ % 8];
  snprintf(id, MCONN_NODE_ID_DIGITS + 1, "%040x", number);
  return id;
}

mconn_node_info stranger_info(unsigned number)
{
  static const uint8_t channels[] = { 1, 2, 3 };
  return (mconn_node_info){ .p2p_version = 8,
                            .block_version = 11,
                            .id = node_id(number),
                            .listen_address = "tcp://127.0.0.1:1",
                            .network = "test",
                            .version = "0.1",
                            .moniker = "node",
                            .channels = channels,
                            .channel_count = 3 };
}

mconn_switch_config node_config(unsigned number)
{
  mconn_switch_config c = mconn_switch_config_default();
  c.self = stranger_info(number);
  c.self.channels = NULL;
  c.self.channel_count = 0;
  c.self.listen_address = NULL;
  c.connection = config_plain();
  c.transport = mconn_transport_plaintext_insecure();
  c.max_inbound = c.max_outbound = 100;
  c.allow_duplicate_ip = true;
  c.dial_timeout = c.handshake_timeout = c.filter_timeout = PATIENCE;
  return c;
}

/* ---- writing down */

/* Messages without number must not take the place of what says that it is over. */
static void note(node *n, node_event e)
{
  const size_t most = e.kind == NODE_RECEIVE ? NODE_EVENTS - NODE_OTHERS : NODE_EVENTS;
  pthread_mutex_lock(&n->lock);
  if (n->count < most) n->events[n->count++] = e;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

static node_event about(node_reactor *r, enum node_event_kind kind, mconn_peer *p)
{
  node_event e = { .kind = kind, .reactor = r->number };
  if (p != NULL) memcpy(e.id, mconn_peer_id(p), sizeof e.id);
  return e;
}

static void on_set_switch(void *user, mconn_switch *sw)
{
  node_event e = about(user, NODE_SET_SWITCH, NULL);
  e.len = sw != NULL;
  note(((node_reactor *)user)->of, e);
}

static enum mconn_err on_start(void *user)
{
  node_reactor *r = user;
  note(r->of, about(r, NODE_START, NULL));
  return r->of->on_start != NULL ? r->of->on_start(r) : MCONN_OK;
}

static void on_stop(void *user)
{
  node_reactor *r = user;
  note(r->of, about(r, NODE_STOP, NULL));
  if (r->of->on_stop != NULL) r->of->on_stop(r);
}

static const mconn_channel *channels(void *user, size_t *n)
{
  node_reactor *r = user;
  *n = r->channel_count;
  return r->channels;
}

static enum mconn_err on_init(void *user, mconn_peer *p)
{
  node_reactor *r = user;
  note(r->of, about(r, NODE_INIT, p));
  return r->of->on_init != NULL ? r->of->on_init(r, p) : MCONN_OK;
}

static void on_add(void *user, mconn_peer *p)
{
  node_reactor *r = user;
  note(r->of, about(r, NODE_ADD, p));
  if (r->of->on_add != NULL) r->of->on_add(r, p);
}

static void on_remove(void *user, mconn_peer *p, mconn_reason reason)
{
  node_reactor *r = user;
  node_event e = about(r, NODE_REMOVE, p);
  e.err = reason.err;
  if (r->of->on_remove != NULL) r->of->on_remove(r, p, reason);
  note(r->of, e);
}

static void on_receive(void *user, mconn_peer *p, uint8_t channel, const uint8_t *bytes, size_t len)
{
  node_reactor *r = user;
  node_event e = about(r, NODE_RECEIVE, p);
  e.channel = channel;
  e.len = len;
  e.hash = hash_of(bytes, len);
  note(r->of, e);
  if (r->of->on_receive != NULL) r->of->on_receive(r, p, channel, bytes, len);
}

static enum mconn_err error_of(const char *name)
{
  for (int k = 0; k < MCONN_E_COUNT; k++)
    if (strcmp(mconn_error_name((enum mconn_err)k), name) == 0) return (enum mconn_err)k;
  return MCONN_E_COUNT;
}

/* The lock of the switch is not held here, or this would be the end of the test. */
static void on_log(void *user, enum mconn_log_level level, const char *module, const char *text,
                   const mconn_log_field *fields, size_t n)
{
  node *x = user;
  (void)level, (void)module;
  if (x->sw != NULL) (void)mconn_switch_port(x->sw);
  const char *error = "";
  for (size_t k = 0; k < n; k++)
    if (strcmp(fields[k].key, "error") == 0) error = fields[k].text;
  pthread_mutex_lock(&x->lock);
  bool refusal = strcmp(text, "no inbound peer") == 0 || strcmp(text, "no outbound peer") == 0;
  if (refusal && x->refused < NODE_REFUSALS) x->refusals[x->refused++] = error_of(error);
  if (strcmp(text, "persistent peer given up") == 0) x->given_up++;
  if (strcmp(text, "accepting pauses") == 0) x->pauses++;
  pthread_cond_broadcast(&x->changed);
  pthread_mutex_unlock(&x->lock);
}

/* ---- nodes */

node *node_bare(const mconn_switch_config *c)
{
  node *n = real_malloc(sizeof *n);
  assert_non_null(n);
  memset(n, 0, sizeof *n);
  n->events = real_malloc(NODE_EVENTS * sizeof *n->events);
  assert_non_null(n->events);
  pthread_condattr_t a;
  pthread_condattr_init(&a);
  pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
  pthread_mutex_init(&n->lock, NULL);
  assert_int_equal(real_pthread_cond_init(&n->changed, &a), 0);
  pthread_condattr_destroy(&a);
  mconn_switch_config mine = *c;
  mine.log = (mconn_log){ .write = on_log, .user = n, .level = MCONN_LOG_INFO };
  snprintf(n->id, sizeof n->id, "%s", c->self.id);
  mconn_reason r = mconn_switch_new(&n->sw, &mine);
  if (r.err != MCONN_OK) fail_msg("%s in %s", mconn_error_name(r.err), r.field != NULL ? r.field : "?");
  return n;
}

mconn_reason node_add_reactor(node *n, unsigned number)
{
  node_reactor *r = &n->reactors[number];
  r->of = n;
  r->number = number;
  r->channel_count = number == 0 ? 2 : number == 1 ? 1 : 0;
  for (uint32_t k = 0; k < r->channel_count; k++)
    r->channels[k] = (mconn_channel){ .id = 2 * number + k + 1, .priority = 1, .queue_capacity = 8 };
  char name[16];
  snprintf(name, sizeof name, "reactor %u", number);
  return mconn_switch_add_reactor(n->sw, name,
                                  (mconn_reactor){ .set_switch = on_set_switch,
                                                   .on_start = on_start,
                                                   .on_stop = on_stop,
                                                   .channels = channels,
                                                   .init_peer = on_init,
                                                   .add_peer = on_add,
                                                   .remove_peer = on_remove,
                                                   .receive = on_receive,
                                                   .user = r });
}

node *node_new(const mconn_switch_config *c)
{
  node *n = node_bare(c);
  for (unsigned k = 0; k < 3; k++) assert_int_equal(node_add_reactor(n, k).err, MCONN_OK);
  return n;
}

void node_listen(node *n)
{
  assert_int_equal(mconn_switch_listen(n->sw, "127.0.0.1:0").err, MCONN_OK);
  assert_true(mconn_switch_port(n->sw) > 0);
  snprintf(n->address, sizeof n->address, "%s@127.0.0.1:%u", n->id, mconn_switch_port(n->sw));
}

void node_start(node *n)
{
  assert_int_equal(mconn_switch_start(n->sw), MCONN_OK);
}

node *node_open(const mconn_switch_config *c)
{
  node *n = node_new(c);
  node_listen(n);
  node_start(n);
  return n;
}

void node_free_rest(node *n)
{
  pthread_mutex_destroy(&n->lock);
  pthread_cond_destroy(&n->changed);
  real_free(n->events);
  real_free(n);
}

void node_free(node *n)
{
  mconn_switch_free(n->sw);
  node_free_rest(n);
}

/* ---- waiting; the lock is held by callers of await_change */

static void await_change(node *n, uint64_t until, const char *what)
{
  struct timespec t = { .tv_sec = (time_t)(until / SECOND), .tv_nsec = (long)(until % SECOND) };
  if (pthread_cond_timedwait(&n->changed, &n->lock, &t) != ETIMEDOUT) return;
  pthread_mutex_unlock(&n->lock);
  fail_msg("%s did not come: %zu events, %zu refused, the last with %s", what, n->count, n->refused,
           n->refused > 0 ? mconn_error_name(n->refusals[n->refused - 1]) : "nothing");
}

static bool matches(const node_event *e, unsigned reactor, enum node_event_kind kind, const char *id)
{
  return e->reactor == reactor && e->kind == kind && (id == NULL || strcmp(id, e->id) == 0);
}

static size_t count_of(node *n, unsigned reactor, enum node_event_kind kind, const char *id)
{
  size_t count = 0;
  for (size_t k = 0; k < n->count; k++) count += matches(&n->events[k], reactor, kind, id);
  return count;
}

size_t node_count(node *n, unsigned reactor, enum node_event_kind kind, const char *id)
{
  pthread_mutex_lock(&n->lock);
  size_t count = count_of(n, reactor, kind, id);
  pthread_mutex_unlock(&n->lock);
  return count;
}

void node_await(node *n, enum node_event_kind kind, const char *id, size_t count)
{
  static const char *const names[] = { "set_switch", "on_start",    "on_stop", "init_peer",
                                       "add_peer",   "remove_peer", "receive" };
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&n->lock);
  while (count_of(n, 0, kind, id) < count) await_change(n, until, names[kind]);
  pthread_mutex_unlock(&n->lock);
}

node_event node_event_at(node *n, enum node_event_kind kind, size_t k)
{
  node_event e = { .kind = kind };
  bool there = false;
  pthread_mutex_lock(&n->lock);
  for (size_t j = 0, seen = 0; j < n->count && !there; j++) {
    if (!matches(&n->events[j], 0, kind, NULL)) continue;
    there = seen++ == k;
    if (there) e = n->events[j];
  }
  pthread_mutex_unlock(&n->lock);
  assert_true(there);
  return e;
}

static size_t refusals_of(node *n, enum mconn_err err)
{
  size_t count = 0;
  for (size_t k = 0; k < n->refused; k++) count += n->refusals[k] == err;
  return count;
}

size_t node_refusals(node *n, enum mconn_err err)
{
  pthread_mutex_lock(&n->lock);
  size_t count = refusals_of(n, err);
  pthread_mutex_unlock(&n->lock);
  return count;
}

void node_await_refusal(node *n, enum mconn_err err)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&n->lock);
  while (refusals_of(n, err) == 0) await_change(n, until, mconn_error_name(err));
  pthread_mutex_unlock(&n->lock);
}

static void count_peer(void *user, mconn_peer *p)
{
  (void)p;
  ++*(size_t *)user;
}

/* What is awaited may come without an event of the node, so this looks again now and then. */
void node_await_peers(node *n, size_t count)
{
  uint64_t until = now_ns() + PATIENCE;
  for (size_t seen = count + 1; seen != count;) {
    seen = 0;
    size_t visited = mconn_switch_each(n->sw, count_peer, &seen);
    assert_int_equal(visited, seen);
    if (seen == count) return;
    if (now_ns() > until) fail_msg("%zu peers, not %zu", seen, count);
    poll(NULL, 0, 2);
  }
}

void node_set_flag(node *n, int value)
{
  pthread_mutex_lock(&n->lock);
  n->flag = value;
  pthread_cond_broadcast(&n->changed);
  pthread_mutex_unlock(&n->lock);
}

void node_await_flag(node *n, int value)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&n->lock);
  while (n->flag != value) await_change(n, until, "the flag");
  pthread_mutex_unlock(&n->lock);
}

void node_expect_paired(node *n, bool all)
{
  uint64_t until = now_ns() + PATIENCE;
  pthread_mutex_lock(&n->lock);
  for (unsigned r = 0; r < 3 && all; r++)
    while (count_of(n, r, NODE_REMOVE, NULL) < count_of(n, r, NODE_ADD, NULL)) await_change(n, until, "a removal");
  assert_true(n->count < NODE_EVENTS);
  for (unsigned r = 0; r < 3; r++) {
    for (size_t k = 0; k < n->count; k++) {
      const node_event *e = &n->events[k];
      if (e->reactor != r || (e->kind != NODE_ADD && e->kind != NODE_REMOVE)) continue;
      int there = 0; /* 1 after add_peer, 0 after remove_peer, of this peer up to here */
      for (size_t j = 0; j <= k; j++) {
        if (matches(&n->events[j], r, NODE_ADD, e->id)) there++;
        if (matches(&n->events[j], r, NODE_REMOVE, e->id)) there--;
        assert_in_range(there, 0, 1);
        /* nobody is made known while one of the same id is still there */
        if (matches(&n->events[j], r, NODE_INIT, e->id)) assert_int_equal(there, 0);
      }
    }
    if (all) assert_int_equal(count_of(n, r, NODE_ADD, NULL), count_of(n, r, NODE_REMOVE, NULL));
  }
  pthread_mutex_unlock(&n->lock);
}

static void keep_peer(void *user, mconn_peer *p)
{
  mconn_peer **one = user;
  if (*one == NULL) *one = mconn_peer_hold(p);
}

mconn_peer *node_peer(node *n)
{
  mconn_peer *p = NULL;
  node_await_peers(n, 1);
  mconn_switch_each(n->sw, keep_peer, &p);
  assert_non_null(p);
  return p;
}

void node_expect_dial(node *n, const node *to, enum mconn_err err)
{
  mconn_reason r = mconn_switch_dial(n->sw, to->address);
  if (r.err != err) fail_msg("dial: %s, not %s", mconn_error_name(r.err), mconn_error_name(err));
}

/* ---- a transport of the test's */

static mconn_reason odd_upgrade(void *user, const mconn_upgrade *in, mconn_upgraded *out)
{
  odd_transport *t = user;
  mconn_transport plain = mconn_transport_plaintext_insecure();
  if (t->hold_while != 0) {
    pthread_mutex_lock(&t->of->lock);
    uint64_t until = now_ns() + PATIENCE;
    while (t->of->flag == t->hold_while) await_change(t->of, until, "the end of the hold");
    pthread_mutex_unlock(&t->of->lock);
  }
  mconn_reason r = plain.upgrade(plain.user, in, out);
  if (r.err == MCONN_OK && t->authenticated_id != NULL)
    snprintf(out->authenticated_id, sizeof out->authenticated_id, "%s", t->authenticated_id);
  return r;
}

mconn_transport odd_transport_of(odd_transport *t)
{
  return (mconn_transport){ .name = "odd", .upgrade = odd_upgrade, .user = t };
}

/* ---- strangers */

int stranger_connect(const node *n)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  at.sin_port = htons((uint16_t)mconn_switch_port(n->sw));
  assert_true(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
  return fd;
}

static void write_all(int fd, const uint8_t *p, size_t n)
{
  while (n > 0) {
    ssize_t sent = real_send(fd, p, n, MSG_NOSIGNAL);
    if (sent <= 0) return; /* the node closed: the test sees what it closed for */
    p += sent;
    n -= (size_t)sent;
  }
}

static bool read_all(int fd, uint8_t *p, size_t n)
{
  while (n > 0) {
    ssize_t got = real_recv(fd, p, n, 0);
    if (got <= 0) return false;
    p += got;
    n -= (size_t)got;
  }
  return true;
}

void stranger_greet(int fd, const mconn_node_info *info)
{
  uint8_t bytes[MCONN_NODEINFO_BYTES_MAX];
  size_t len = 0;
  assert_int_equal(node_encode(MCONN_PROTO, info, bytes, &len).err, MCONN_OK);
  write_all(fd, bytes, len);
  uint8_t theirs[MCONN_NODEINFO_BYTES_MAX];
  size_t have = 0;
  do {
    if (!read_all(fd, theirs + have, 1)) return;
    have++;
  } while (theirs[have - 1] >= 0x80);
  size_t body = 0;
  for (size_t k = have; k > 0; k--) body = body << 7 | (theirs[k - 1] & 0x7F);
  (void)read_all(fd, theirs + have, body);
}

int stranger_open(const node *n, const mconn_node_info *info)
{
  int fd = stranger_connect(n);
  stranger_greet(fd, info);
  return fd;
}

void stranger_send(int fd, uint8_t channel, const void *bytes, size_t len)
{
  uint8_t p[1024 + MCONN_HEADER_MAX];
  assert_true(len <= 1024);
  size_t at = mconn_header_put(MCONN_PROTO, p, 0, channel, true, (uint32_t)len);
  if (len > 0) memcpy(p + at, bytes, len);
  write_all(fd, p, at + len);
}

bool stranger_is_closed(int fd)
{
  uint8_t byte;
  struct pollfd p = { .fd = fd, .events = POLLIN };
  if (real_poll(&p, 1, (int)(PATIENCE / MILLI)) != 1) fail_msg("the node does not close");
  return real_recv(fd, &byte, 1, 0) <= 0;
}

int mute_listener(char address[128], unsigned number)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 16) == 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
  snprintf(address, 128, "%s@127.0.0.1:%u", node_id(number), ntohs(at.sin_port));
  return fd;
}
