/* Life of a connection: set up, start, stop, wait, free, and its status.
 *
 * What goes wrong in practice: two threads fail at once and the owner hears of it twice; a stop comes
 * from a callback and waits for itself; a stop leaves a thread in a system call for ever. Here the end
 * is one transition behind the lock, whoever brings it about; it shuts the socket down, which wakes
 * every system call on it; and only free waits for threads. */
#include "internal.h"
#include "connection_log.h"
#include "trace.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The connection whose thread this is, if any: a callback must not wait for itself. */
static _Thread_local const mconn_connection *inside;

/* The lock makes a thread wait until start has decided whether there is a connection. */
void shell_enter(mconn_connection *c)
{
  inside = c;
  pthread_mutex_lock(&c->lock);
  pthread_mutex_unlock(&c->lock);
}

void shell_leave(mconn_connection *c)
{
  pthread_mutex_lock(&c->lock);
  c->threads--;
  pthread_cond_broadcast(&c->ended);
  pthread_mutex_unlock(&c->lock);
}

bool shell_wait(mconn_connection *c, pthread_cond_t *cond, uint64_t until)
{
  return shell_cond_wait(cond, &c->lock, until);
}

bool shell_end(mconn_connection *c, mconn_reason reason)
{
  if (!shell_running(c)) return false;
  SHELL_TRACE(c, E1, 0);
  c->life = LIFE_ENDING;
  atomic_store_explicit(&c->over, true, memory_order_relaxed);
  c->reason = reason;
  shutdown(c->fd, SHUT_RDWR);
  shell_wake_sender(c);
  pthread_cond_broadcast(&c->space);
  pthread_cond_broadcast(&c->ended);
  return true;
}

/* Who asked for the end hears of a failure as the result of that call, not through on_error; once
 * everything is written, no failure is one, and before that a peer that says no more may still read. */
void shell_fail(mconn_connection *c, mconn_reason reason)
{
  const mconn_reason none = { .err = MCONN_OK };
  pthread_mutex_lock(&c->lock);
  bool unasked = c->life == LIFE_RUNNING, ended = false;
  SHELL_TRACE(c, E2, reason.err == MCONN_E_EOF);
  if (c->life == LIFE_DRAINING && reason.err == MCONN_E_EOF) c->peer_done = true;
  else ended = shell_end(c, c->life == LIFE_LINGERING ? none : reason);
  pthread_mutex_unlock(&c->lock);
  if (unasked) SHELL_TRACE(c, E4, 0);
  if (unasked) shell_say_ended(c, reason);
  else if (ended) shell_say_stopped(c);
  if (unasked && c->call.on_error != NULL) c->call.on_error(c->call.user, reason);
}

/* Memory of the parts whose number depends on the channels; all or nothing. */
static bool allocate(mconn_connection *c, size_t n)
{
  c->sc = calloc(n, sizeof *c->sc);
  c->rc = calloc(n, sizeof *c->rc);
  c->out = calloc(n, sizeof *c->out);
  c->in = calloc(n, sizeof *c->in);
  return c->sc != NULL && c->rc != NULL && c->out != NULL && c->in != NULL;
}

static void release(mconn_connection *c)
{
  free(c->sc);
  free(c->rc);
  free(c->out);
  free(c->in);
  free(c);
}

uint8_t *shell_buffer_new(size_t room)
{
  void *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

void shell_buffer_free(uint8_t *buffer, size_t room)
{
  if (buffer != NULL) munmap(buffer, room);
}

/* The lock is held for less time than a thread takes to fall asleep, so it is worth a few tries. */
static bool lock_init(pthread_mutex_t *lock)
{
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
  pthread_mutexattr_t adaptive;
  if (pthread_mutexattr_init(&adaptive) != 0) return false;
  bool ok =
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP) == 0 && pthread_mutex_init(lock, &adaptive) == 0;
  pthread_mutexattr_destroy(&adaptive);
  return ok;
#else
  return pthread_mutex_init(lock, NULL) == 0;
#endif
}

/* All or nothing. */
static bool locks_init(mconn_connection *c)
{
  if (!lock_init(&c->lock)) return false;
  if (pthread_mutex_init(&c->received_lock, NULL) != 0) goto no_received_lock;
  if (sem_init(&c->work, 0, 0) != 0) goto no_work;
  if (!shell_cond_init(&c->space)) goto no_space;
  if (shell_cond_init(&c->ended)) return true;
  pthread_cond_destroy(&c->space);
no_space:
  sem_destroy(&c->work);
no_work:
  pthread_mutex_destroy(&c->received_lock);
no_received_lock:
  pthread_mutex_destroy(&c->lock);
  return false;
}

static void channels_init(mconn_connection *c, const mconn_channel *d, size_t n)
{
  mconn_channel filled[MCONN_CHANNELS_MAX];
  for (size_t k = 0; k < n; k++) {
    filled[k] = mconn_channel_defaults(d[k]);
    c->out[k].capacity = filled[k].queue_capacity;
    c->out[k].one_packet = c->config.payload - (c->config.dialect == MCONN_PROTO && filled[k].id > 127 ? 1u : 0u);
    c->in[k].first = filled[k].buffer_capacity;
    c->in[k].most = filled[k].message_capacity;
  }
  enum mconn_dialect dialect = c->config.dialect;
  uint32_t max = mconn_packet_max_accept(dialect, c->config.payload);
  mconn_sender_init(&c->sender, c->sc, dialect, c->config.payload, filled, (uint32_t)n);
  mconn_receiver_init(&c->receiver, c->rc, dialect, max, filled, (uint32_t)n);
  c->n = (uint32_t)n;
  /* a whole packet always fits, and a read always has room for SHELL_IO_BYTES behind a partial one */
  c->read_room = SHELL_IO_BYTES + max + MCONN_HEADER_MAX;
  c->fill_room = SHELL_IO_BYTES;
  if (c->fill_room < c->config.payload + MCONN_HEADER_MAX + SHELL_CONTROL_BYTES)
    c->fill_room = c->config.payload + MCONN_HEADER_MAX + SHELL_CONTROL_BYTES;
}

static bool is_stream_socket(int fd)
{
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

/* What the socket is told; none of it is needed. */
static void socket_init(mconn_connection *c)
{
  int on = 1, flags = fcntl(c->fd, F_GETFL);
  struct timeval quiet = { .tv_sec = SHELL_QUIET_NS / 1000000000u, .tv_usec = SHELL_QUIET_NS % 1000000000u / 1000u };
  /* packets are gathered here, so the kernel need not; no TCP socket, no such option */
  (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  /* a recv that waits is a system call less per wait than poll and recv; one that waits for ever keeps its buffer */
  bool waits =
    flags != -1 && (flags & O_NONBLOCK) == 0 && setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet) == 0;
  c->recv_flags = waits ? 0 : MSG_DONTWAIT;
}

mconn_reason mconn_connection_new(mconn_connection **out, int fd, const mconn_config *config, const mconn_channel *d,
                                  size_t n, mconn_callbacks callbacks)
{
  mconn_reason r = mconn_config_check(config, d, n);
  if (r.err != MCONN_OK) return r;
  r.err = MCONN_E_STATE;
  if (callbacks.on_receive == NULL || !is_stream_socket(fd)) return r;
  r.err = MCONN_E_MEMORY;
  mconn_connection *c = calloc(1, sizeof *c);
  if (c == NULL) return r;
  if (!allocate(c, n) || !locks_init(c)) {
    release(c);
    return r;
  }
  c->fd = fd;
  c->config = *config;
  c->call = callbacks;
  c->debug = shell_log_on(&c->call.log, MCONN_LOG_DEBUG);
  shell_monitor_start(&c->sent, shell_now_ns());
  c->received = c->sent;
  channels_init(c, d, n);
  atomic_init(&c->turn, true);
  atomic_init(&c->over, false);
  c->quiet = true;
  socket_init(c);
  SHELL_TRACE_NEW(c);
  *out = c;
  r.err = MCONN_OK;
  return r;
}

/* Clocks and limiters begin to run. */
static void clocks_start(mconn_connection *c)
{
  uint64_t now = shell_now_ns();
  uint32_t least = c->receiver.max + MCONN_HEADER_MAX;
  c->ping = mconn_ping_start(now);
  c->ping_due = mconn_ping_step(c->ping, MCONN_PING_TICK, now, c->config.ping).due;
  c->flush = mconn_flush_start(c->config.flush_throttle);
  c->decay = mconn_decay_start(now);
  if (c->config.send_rate > 0) c->send_rate = mconn_rate_start((uint32_t)c->config.send_rate, least, now / 1000);
  if (c->config.recv_rate > 0) c->recv_rate = mconn_rate_start((uint32_t)c->config.recv_rate, least, now / 1000);
}

/* Both threads. The lock is held, so neither gets anywhere before the outcome is known. */
static bool threads_start(mconn_connection *c)
{
  if (!shell_thread_create(&c->send_thread, shell_send_main, c)) return false;
  if (shell_thread_create(&c->receive_thread, shell_receive_main, c)) return true;
  pthread_mutex_unlock(&c->lock); /* the sender sees a connection that is not running, and leaves */
  pthread_join(c->send_thread, NULL);
  pthread_mutex_lock(&c->lock);
  return false;
}

enum mconn_err mconn_connection_start(mconn_connection *c)
{
  pthread_mutex_lock(&c->lock);
  enum mconn_err err = c->life == LIFE_NEW && !c->started ? MCONN_OK : MCONN_E_STATE;
  if (err == MCONN_OK) {
    clocks_start(c);
    c->threads = 2;
    c->started = true; /* before the lock may be dropped: there is one start at a time */
    if (threads_start(c)) {
      c->life = LIFE_RUNNING;
    } else {
      c->threads = 0;
      c->started = false;
      err = MCONN_E_MEMORY;
      pthread_cond_broadcast(&c->ended);
    }
  }
  pthread_mutex_unlock(&c->lock);
  if (err == MCONN_OK) shell_say_started(c);
  return err;
}

void mconn_connection_stop(mconn_connection *c)
{
  mconn_reason asked = { .err = MCONN_OK };
  pthread_mutex_lock(&c->lock);
  SHELL_TRACE(c, E3, 0);
  if (c->life == LIFE_NEW) c->life = LIFE_ENDING;
  const bool now = shell_end(c, asked);
  pthread_mutex_unlock(&c->lock);
  if (now) shell_say_stopped(c);
}

bool shell_is_drained(const mconn_connection *c)
{
  return c->pending == 0 && c->filled == 0 && c->drained == c->drain_end && !c->writing;
}

/* Nothing new is accepted, and what was is written, until `until` at most. */
static enum mconn_err drain(mconn_connection *c, uint64_t until)
{
  bool in_time = true;
  SHELL_TRACE(c, F1, c->life == LIFE_RUNNING ? 1 : 0);
  if (c->life != LIFE_RUNNING) return MCONN_E_NOT_RUNNING;
  c->life = LIFE_DRAINING;
  pthread_cond_broadcast(&c->space);
  shell_wake_sender(c);
  while (in_time && c->life == LIFE_DRAINING && !shell_is_drained(c)) {
    SHELL_TRACE(c, F1, 2);
    in_time = shell_wait(c, &c->ended, until);
  }
  if (c->life != LIFE_DRAINING) return MCONN_E_NOT_RUNNING;
  if (shell_is_drained(c)) return MCONN_OK;
  SHELL_TRACE(c, F1, 3);
  return MCONN_E_TIMEOUT;
}

/* Bytes that the peer's side has not taken yet, where the system tells; else none. */
static int in_kernel(const mconn_connection *c)
{
  int n = 0;
  return ioctl(c->fd, TIOCOUTQ, &n) == 0 ? n : 0;
}

/* A close with unread bytes would reset the stream under the peer's nose: let it read to the end, for as
 * long as bytes move either way (it may be draining itself), until `until` at most. */
static void linger(mconn_connection *c, uint64_t until)
{
  int left = in_kernel(c);
  uint64_t received = atomic_load_explicit(&c->bytes_received, memory_order_relaxed);
  bool moves = true;
  SHELL_TRACE(c, F2, 0);
  c->life = LIFE_LINGERING;
  shutdown(c->fd, SHUT_WR);
  while (c->life == LIFE_LINGERING && !c->peer_done && moves && (until == 0 || shell_now_ns() < until)) {
    const int left_before = left;
    const uint64_t received_before = received;
    uint64_t next = shell_until(SHELL_LINGER_NS);
    if (until != 0 && until < next) next = until;
    while (c->life == LIFE_LINGERING && !c->peer_done && shell_wait(c, &c->ended, next)) {}
    left = in_kernel(c);
    received = atomic_load_explicit(&c->bytes_received, memory_order_relaxed);
    moves = left < left_before || received > received_before;
  }
}

enum mconn_err mconn_connection_flush_stop(mconn_connection *c, uint64_t timeout)
{
  if (inside == c || shell_log_inside()) return MCONN_E_STATE;
  const uint64_t until = timeout == 0 ? 0 : shell_until(timeout);
  pthread_mutex_lock(&c->lock);
  enum mconn_err err = drain(c, until);
  if (err == MCONN_OK) linger(c, until);
  pthread_mutex_unlock(&c->lock);
  if (err == MCONN_E_NOT_RUNNING) return err;
  mconn_connection_stop(c);
  return err;
}

bool mconn_connection_wait(mconn_connection *c, uint64_t timeout)
{
  if (inside == c || shell_log_inside()) return false;
  uint64_t until = timeout == 0 ? 0 : shell_until(timeout);
  pthread_mutex_lock(&c->lock);
  bool in_time = true;
  while (c->started && c->threads > 0 && in_time) in_time = shell_wait(c, &c->ended, until);
  bool over = c->started && c->threads == 0;
  pthread_mutex_unlock(&c->lock);
  return over;
}

void shell_retire(mconn_connection *c)
{
  mconn_connection_stop(c);
  if (c->retired) return;
  if (c->started) {
    pthread_join(c->send_thread, NULL);
    pthread_join(c->receive_thread, NULL);
  }
  pthread_mutex_lock(&c->lock);
  while (c->writing) shell_wait(c, &c->ended, 0); /* a caller is in its last write; nobody begins another */
  close(c->fd);
  c->fd = -1; /* a call of flush_stop may be on its way out */
  c->retired = true;
  shell_free_queues(c);
  shell_free_read(c);
  for (uint32_t k = 0; k < c->n; k++) shell_buffer_free(c->in[k].buffer, c->in[k].room);
  pthread_mutex_unlock(&c->lock);
}

void shell_shutdown(mconn_connection *c)
{
  pthread_mutex_lock(&c->lock);
  if (!c->retired) shutdown(c->fd, SHUT_RDWR);
  pthread_mutex_unlock(&c->lock);
}

void mconn_connection_free(mconn_connection *c)
{
  if (c == NULL || inside == c || shell_log_inside()) return;
  shell_retire(c);
  sem_destroy(&c->work);
  pthread_cond_destroy(&c->space);
  pthread_cond_destroy(&c->ended);
  pthread_mutex_destroy(&c->received_lock);
  pthread_mutex_destroy(&c->lock);
  release(c);
}

static uint64_t get(_Atomic uint64_t *x)
{
  return atomic_load_explicit(x, memory_order_relaxed);
}

static mconn_channel_status channel_status(mconn_connection *c, uint32_t k)
{
  out_channel *o = &c->out[k];
  mconn_channel_status s = {
    .id = (uint8_t)c->sc[k].id,
    .priority = c->sc[k].prio,
    .queue_capacity = o->capacity,
    .queued = o->waiting + (c->sc[k].pending ? 1u : 0u),
    .recently_sent = c->sc[k].sent,
    .messages_sent = o->messages,
    .messages_received = get(&c->in[k].messages),
    .bytes_sent = o->octets,
    .bytes_received = get(&c->in[k].octets),
    .packets_sent = o->packets,
    .packets_received = get(&c->in[k].packets),
  };
  return s;
}

static mconn_flow received_flow(mconn_connection *c)
{
  pthread_mutex_lock(&c->received_lock);
  mconn_flow f = shell_monitor_read(&c->received, shell_now_ns());
  pthread_mutex_unlock(&c->received_lock);
  return f;
}

mconn_status mconn_connection_status(mconn_connection *c, mconn_channel_status *ch, size_t room)
{
  pthread_mutex_lock(&c->lock);
  shell_decay_catch_up(c);
  const uint64_t now = shell_now_ns();
  mconn_status s = {
    .running = shell_running(c),
    .reason = c->reason,
    .bytes_sent = c->bytes_sent,
    .bytes_received = get(&c->bytes_received),
    .pings_sent = c->ping.sent,
    .pongs_received = c->ping.answered,
    .last_rtt = c->last_rtt,
    .age = now - c->sent.start,
    .sent = shell_monitor_read(&c->sent, now),
    .received = received_flow(c),
    .channels = c->n,
  };
  for (uint32_t k = 0; k < c->n && k < room; k++) ch[k] = channel_status(c, k);
  pthread_mutex_unlock(&c->lock);
  return s;
}
