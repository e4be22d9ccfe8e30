/* Dialing: a name, an address, a connection, a handshake, each with its end.
 *
 * What goes wrong in practice: a name server that is slow while a lock is held; two dials of one id at once;
 * every node of a network dialing at the same second after a restart; a reconnect that is still asleep when
 * the process wants to end. Here the id is taken before anything else, the lookup holds no lock, every first
 * dial waits a random while, and a stop wakes whoever waits: all but the name lookup, which the system offers
 * no way to interrupt, and which dial_timeout does not bound. */
#include "switch_internal.h"
#include "core/address.h"
#include "listen.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- one dial */

static mconn_reason lookup(switch_entry *e, struct sockaddr_storage *at, socklen_t *size)
{
  char port[8];
  snprintf(port, sizeof port, "%u", e->port);
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
  errno = 0;
  int fault = getaddrinfo(e->host, port, &hints, &list);
  if (fault != 0) return (mconn_reason){ .err = MCONN_E_ADDRESS_LOOKUP, .system = shell_lookup_errno(fault) };
  memcpy(at, list->ai_addr, list->ai_addrlen);
  *size = list->ai_addrlen;
  freeaddrinfo(list);
  return (mconn_reason){ .err = switch_entry_set_ip(e, at) };
}

/* Milliseconds until the deadline, rounded up, for poll. */
static int left_ms(uint64_t until)
{
  uint64_t now = shell_now_ns();
  return now >= until ? 0 : (int)((until - now + 999999) / 1000000);
}

/* 0, or why the connection under way did not come about by its deadline. */
static int await_connection(int fd, uint64_t until)
{
  struct pollfd p = { .fd = fd, .events = POLLOUT };
  int n = 0;
  do n = poll(&p, 1, left_ms(until));
  while (n < 0 && errno == EINTR);
  if (n < 0) return errno;
  if (n == 0) return ETIMEDOUT;
  int err = 0;
  socklen_t size = sizeof err;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) != 0) return errno;
  return err;
}

/* The socket, connected and blocking, is the entry's. It is the entry's before it waits, so that a stop can
 * shut it down; and it is connecting before it is the entry's, for a socket that does nothing yet would not
 * notice. */
static mconn_reason connect_to(switch_entry *e, const struct sockaddr_storage *at, socklen_t size)
{
  const uint64_t until = shell_until(e->sw->config.dial_timeout);
  int fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return (mconn_reason){ .err = MCONN_E_DIAL, .system = errno };
  int err = connect(fd, (const struct sockaddr *)at, size) == 0 ? 0 : errno;
  if (!switch_entry_set_fd(e, fd)) err = ECANCELED;
  if (err == EINPROGRESS || err == EINTR) err = await_connection(fd, until);
  if (err == 0) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0) err = errno;
  }
  return (mconn_reason){ .err = err == 0 ? MCONN_OK : MCONN_E_DIAL, .system = err };
}

/* An entry for this address, with its id taken; NULL: *r says why not. */
static switch_entry *begin(mconn_switch *sw, const char *text, bool kept, mconn_reason *r)
{
  mconn_address a = mconn_address_get((const uint8_t *)text, 0, strlen(text));
  *r = (mconn_reason){ .err = a.err };
  if (a.err != MCONN_OK) return NULL;
  switch_entry *e = switch_entry_new(sw, true);
  r->err = MCONN_E_MEMORY;
  if (e == NULL) { /* nobody hears of it where many are dialed */
    shell_log(&sw->config.log, MCONN_LOG_ERROR, SWITCH_MODULE, "no outbound peer", shell_log_text("address", text),
              shell_log_text("error", mconn_error_name(r->err)));
    return NULL;
  }
  mconn_node_id_lower((const uint8_t *)text, a.id_from, (uint8_t *)e->id, 0);
  e->id[MCONN_NODE_ID_DIGITS] = 0;
  e->kept = kept;
  e->port = a.port;
  e->host = switch_text(text + a.host_from, a.host_to - a.host_from);
  if (e->host != NULL) r->err = switch_entry_begin(e);
  if (r->err == MCONN_OK) return e;
  *r = switch_entry_drop(e, *r);
  return NULL;
}

static mconn_reason finish(switch_entry *e)
{
  struct sockaddr_storage at;
  socklen_t size = 0;
  mconn_reason r = lookup(e, &at, &size);
  if (r.err == MCONN_OK) r = connect_to(e, &at, size);
  if (r.err == MCONN_OK) r.err = switch_ask_filters(e->sw, e->ip, e->port, NULL);
  if (r.err == MCONN_OK) r = switch_upgrade(e);
  if (r.err != MCONN_OK) return switch_entry_drop(e, r);
  return switch_admit(e);
}

mconn_reason mconn_switch_dial(mconn_switch *sw, const char *address)
{
  mconn_reason r = { .err = MCONN_E_ADDRESS };
  switch_entry *e = address != NULL ? begin(sw, address, false, &r) : NULL;
  return e != NULL ? finish(e) : r;
}

/* ---- many dials */

typedef struct {
  uint64_t due; /* ns */
  char *address;
} appointment;

typedef struct {
  mconn_switch *sw;
  size_t n;
  appointment list[];
} batch;

static void batch_free(batch *b)
{
  for (size_t k = 0; k < b->n; k++) free(b->list[k].address);
  free(b);
}

static int earlier(const void *a, const void *b)
{
  const appointment *x = a, *y = b;
  return (x->due > y->due) - (x->due < y->due);
}

static void dial_run(void *arg)
{
  (void)finish(arg);
}

/* One thread keeps the appointments; each dial that has its place then gets one of its own. */
static void batch_run(void *arg)
{
  batch *b = arg;
  mconn_switch *sw = b->sw;
  for (size_t k = 0; k < b->n && switch_sleep(sw, b->list[k].due); k++) {
    mconn_reason r;
    switch_entry *e = begin(sw, b->list[k].address, false, &r);
    if (e != NULL && !shell_threads_spawn(&sw->threads, dial_run, e)) finish(e);
  }
  batch_free(b);
  switch_runner_ends(sw);
}

/* When a dial that need not be at once is due: a node that starts again does not call everybody at once. */
static uint64_t some_time_later(const mconn_switch *sw)
{
  return shell_until(mconn_reconnect_jitter(switch_random()) / sw->hurry);
}

static batch *batch_new(mconn_switch *sw, const char *const *addresses, size_t n)
{
  batch *b = calloc(1, sizeof *b + n * sizeof b->list[0]);
  if (b == NULL) return NULL;
  b->sw = sw;
  b->n = n;
  bool all = true;
  for (size_t k = 0; k < n; k++) {
    b->list[k] =
      (appointment){ .due = some_time_later(sw), .address = switch_text(addresses[k], strlen(addresses[k])) };
    all = all && b->list[k].address != NULL;
  }
  if (all) {
    qsort(b->list, n, sizeof b->list[0], earlier);
    return b;
  }
  batch_free(b);
  return NULL;
}

mconn_reason mconn_switch_dial_async(mconn_switch *sw, const char *const *addresses, size_t n)
{
  mconn_reason r = { .err = MCONN_OK };
  for (size_t k = 0; k < n && r.err == MCONN_OK; k++) {
    char id[MCONN_NODE_ID_DIGITS + 1];
    r = (mconn_reason){ .err = switch_address_id(addresses[k], id), .at = k };
  }
  if (r.err != MCONN_OK) return r;
  r.at = 0;
  pthread_mutex_lock(&sw->lock);
  bool open = sw->open;
  pthread_mutex_unlock(&sw->lock);
  if (!open) return (mconn_reason){ .err = MCONN_E_NOT_RUNNING };
  batch *b = batch_new(sw, addresses, n);
  if (b == NULL) return (mconn_reason){ .err = MCONN_E_MEMORY };
  if (switch_run(sw, batch_run, b)) return r;
  batch_free(b);
  return (mconn_reason){ .err = MCONN_E_MEMORY };
}

/* ---- persistent peers */

/* The peer is there, or on its way, or will never be one. */
static bool is_settled(enum mconn_err err)
{
  return err == MCONN_OK || err == MCONN_E_DIALING || err == MCONN_E_PEER_DUPLICATE || err == MCONN_E_PEER_SELF;
}

/* core/reconnect.h decides. The first attempt, which it makes at once, keeps the distance between two attempts
 * from the last dial of before as well: a peer that is lost as soon as it is there, as that of a node without a
 * free place is, would be dialed in a loop (D-92). */
switch_redial switch_redial_plan(const switch_persistent *p, uint32_t made, uint64_t now)
{
  const uint32_t first = p->sw->config.reconnect_first;
  mconn_reconnect_result next = mconn_reconnect_next(made, first, switch_random());
  switch_redial r = { .give_up = next.give_up, .due = now + next.delay / p->sw->hurry };
  if (made > 0 || p->last == 0) return r;
  const uint64_t apart = p->last + mconn_reconnect_next(1, first, switch_random()).delay / p->sw->hurry;
  if (r.due < apart) r.due = apart;
  return r;
}

/* Dials until the peer is there or the attempts of RECONNECT are used up. */
static void keep_dialing(switch_persistent *p)
{
  mconn_switch *sw = p->sw;
  for (uint32_t made = 0;; made++) {
    const switch_redial next = switch_redial_plan(p, made, shell_now_ns());
    if (next.give_up) break;
    if (!switch_sleep(sw, next.due)) return;
    mconn_reason r;
    switch_entry *e = begin(sw, p->address, true, &r);
    if (e != NULL) r = finish(e);
    p->last = shell_now_ns();
    if (is_settled(r.err)) return;
  }
  shell_log(&sw->config.log, MCONN_LOG_ERROR, SWITCH_MODULE, "persistent peer given up", shell_log_text("peer", p->id));
}

/* Waits until the peer is to be dialed; false: the switch stops. */
static bool await_wanted(switch_persistent *p)
{
  mconn_switch *sw = p->sw;
  pthread_mutex_lock(&sw->lock);
  while (sw->open && !p->wanted) shell_cond_wait(&sw->changed, &sw->lock, 0);
  p->wanted = false;
  bool open = sw->open;
  pthread_mutex_unlock(&sw->lock);
  return open;
}

void switch_persistent_run(void *arg)
{
  switch_persistent *p = arg;
  mconn_switch *sw = p->sw;
  switch_sleep(sw, some_time_later(sw));
  while (await_wanted(p)) keep_dialing(p);
  switch_runner_ends(sw);
}
