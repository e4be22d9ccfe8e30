/* The sending half: queues, the send buffer, and who writes it.
 *
 * What goes wrong in practice, in speed: a system call, a lock or a wake-up per packet. Messages are cut
 * straight into a 64 KiB buffer by whoever holds the lock, so a packet costs its header and one copy;
 * the buffer is written when nothing more is pending or when it is full (core/flush.h decides). Waking
 * a thread on another core costs as much as 30 KiB of TCP, so the caller writes by itself in two cases:
 * the buffer is full and nobody writes, or it is the caller's turn: bytes arrived since it last did, as
 * in a conversation. A caller that only talks leaves its short writes to the send thread, and they gather.
 *
 * What goes wrong in correctness: a peer that reads nothing. No call here blocks in the socket: the send
 * thread waits for room in poll(2), no longer than its next deadline, so a ping that is not answered
 * ends the connection also then. */
#include "internal.h"
#include "connection_log.h"
#include "trace.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- messages */

/* A long message is made of pages, so that it leaves no hole in the heap of whoever sent it. */
static bool is_paged(size_t room)
{
  return room >= SHELL_PAGED_BYTES;
}

static message *allocate(size_t len)
{
  message *m = is_paged(len) ? (message *)(void *)shell_buffer_new(sizeof *m + len) : malloc(sizeof *m + len);
  if (m != NULL) m->room = len;
  return m;
}

static void release(message *m)
{
  if (m != NULL && is_paged(m->room)) shell_buffer_free((uint8_t *)m, sizeof *m + m->room);
  else free(m);
}

/* Fresh memory costs more than the copy into it: released messages are kept, the last one first. */
static message *message_new(mconn_connection *c, size_t len)
{
  message *m = c->spare;
  if (m != NULL) {
    c->spare = m->next;
    c->spare_bytes -= m->room;
    if (m->room < len || m->room / 4 > len) {
      release(m);
      m = NULL;
    }
  }
  if (m == NULL) m = allocate(len);
  if (m == NULL) return NULL;
  m->next = NULL;
  m->len = (uint32_t)len;
  return m;
}

static void message_free(mconn_connection *c, message *m)
{
  if (m == NULL) return;
  if (m->room > SHELL_KEEP_BYTES || c->spare_bytes + m->room > SHELL_SPARE_BYTES) {
    release(m);
    return;
  }
  m->next = c->spare;
  c->spare = m;
  c->spare_bytes += m->room;
}

static void free_messages(message *m)
{
  for (message *next; m != NULL; m = next) {
    next = m->next;
    release(m);
  }
}

/* ---- the buffers: the lock is held */

static bool is_large(const mconn_connection *c, const uint8_t *buffer)
{
  return buffer != NULL && buffer != c->control[0] && buffer != c->control[1];
}

static void free_large(mconn_connection *c, uint8_t *buffer)
{
  if (is_large(c, buffer)) shell_buffer_free(buffer, c->fill_room);
}

static bool nothing_to_drain(const mconn_connection *c)
{
  return c->drained == c->drain_end;
}

/* A large buffer to fill, for messages. Where there is one that nobody writes, it is that: callers that write by
 * themselves never need a second. What is in the small one goes with it. */
static bool have_buffer(mconn_connection *c)
{
  if (c->fill_end > 0) return true;
  uint8_t *large = NULL;
  if (is_large(c, c->drain) && nothing_to_drain(c) && !c->writing) {
    large = c->drain;
    c->drain = NULL;
  } else {
    large = shell_buffer_new(c->fill_room);
  }
  if (large == NULL) return false;
  if (c->filled > 0) memcpy(large, c->fill, c->filled);
  c->fill = large;
  c->fill_end = c->fill_room - SHELL_CONTROL_BYTES;
  return true;
}

/* Gives what was filled to the writer; drain is empty. */
static void swap(mconn_connection *c)
{
  uint8_t *empty = is_large(c, c->drain) ? c->drain : NULL;
  c->drain = c->fill;
  c->drained = 0;
  c->drain_end = c->filled;
  c->fill = empty;
  c->filled = 0;
  c->fill_end = empty != NULL ? c->fill_room - SHELL_CONTROL_BYTES : 0;
  c->ping_filled = c->pong_filled = false;
}

/* Nothing is buffered and the decay rests: an idle connection holds no buffers. */
static void release_buffers(mconn_connection *c)
{
  if (c->decaying || c->writing || c->pending > 0 || c->filled > 0 || !nothing_to_drain(c)) return;
  free_large(c, c->fill);
  free_large(c, c->drain);
  free_messages(c->spare);
  c->fill = c->drain = NULL;
  c->fill_end = 0;
  c->spare = NULL;
  c->spare_bytes = 0;
}

void shell_free_queues(mconn_connection *c)
{
  for (uint32_t k = 0; k < c->n; k++) {
    release(c->out[k].under_way);
    free_messages(c->out[k].head);
  }
  free_messages(c->spare);
  free_large(c, c->fill);
  free_large(c, c->drain);
}

/* ---- cutting: the lock is held */

/* A message becomes the one under way on slot k. */
static void begin(mconn_connection *c, uint32_t k, message *m, const uint8_t *bytes, uint32_t len)
{
  out_channel *o = &c->out[k];
  o->under_way = m;
  o->bytes = bytes;
  o->base = 0;
  o->ticket++;
  mconn_sender_offer(&c->sender, c->sc, k, len);
  c->pending++;
}

/* Wakes the senders that wait for room, if there is some. Waking one costs as much as 30 KiB of TCP, so it
 * is put off until a queue is half empty, but never past the moment when this thread itself waits. */
static void tell_room(mconn_connection *c)
{
  if (c->room_made && c->senders_waiting > 0) {
    SHELL_TRACE(c, W2, 0);
    pthread_cond_broadcast(&c->space);
  }
  c->room_made = false;
}

/* The message under way on slot k is cut to its end: the next one of its queue follows. */
static void finish(mconn_connection *c, uint32_t k)
{
  out_channel *o = &c->out[k];
  SHELL_TRACE(c, S1, o->waiting);
  o->messages++;
  o->octets += c->sc[k].total;
  message_free(c, o->under_way);
  o->under_way = NULL;
  o->bytes = NULL;
  c->pending--;
  if (o->head == NULL) return;
  message *m = o->head;
  o->head = m->next;
  o->waiting--;
  begin(c, k, m, m->bytes, m->len);
  c->room_made = true;
  if (o->waiting <= o->capacity / 2) tell_room(c);
}

/* Bytes that packets of messages may still take of the buffer; a ping and a pong may stand behind them. */
static size_t room_left(const mconn_connection *c)
{
  return c->filled < c->fill_end ? c->fill_end - c->filled : 0;
}

static bool any_sent(const mconn_connection *c)
{
  for (uint32_t k = 0; k < c->n; k++)
    if (c->sc[k].sent > 0) return true;
  return false;
}

/* The decay of the counters rests while nothing is sent. What was due meanwhile is made up for before anyone can
 * tell, so no counter is ever more than a tick behind. */
void shell_decay_catch_up(mconn_connection *c)
{
  if (c->decaying || !shell_running(c)) return;
  const uint64_t now = shell_now_ns();
  while (now >= c->decay.due && any_sent(c)) {
    c->decay = mconn_decay_step(c->decay, c->decay.due).s;
    mconn_sender_decay(&c->sender, c->sc);
  }
  if (now >= c->decay.due) c->decay = mconn_decay_start(now); /* all are zero: no tick since made a difference */
}

/* Something is about to be sent: the send thread, which may wait for something later, minds the decay again. */
static void resume_decay(mconn_connection *c)
{
  SHELL_TRACE(c, T2, 0);
  shell_decay_catch_up(c);
  c->decaying = true;
  shell_wake_sender(c);
}

/* Packets of at most `most` bytes in all into the buffer. False: the next packet does not fit. */
static bool cut(mconn_connection *c, uint64_t most)
{
  size_t room = room_left(c), end = c->filled + (most < room ? (size_t)most : room);
  if (!c->decaying && c->pending > 0) resume_decay(c);
  while (c->pending > 0) {
    mconn_send x = mconn_sender_step(&c->sender, c->sc, c->fill, c->filled, end);
    if (x.kind != MCONN_SEND_FRAGMENT) return false;
    out_channel *o = &c->out[x.k];
    if (x.len > 0) memcpy(c->fill + x.h, o->bytes + (x.off - o->base), x.len);
    c->filled = x.z;
    o->packets++;
    c->used = true;
    if (x.eof) finish(c, x.k);
  }
  return true;
}

/* ---- writing */

static bool is_urgent(const mconn_connection *c)
{
  return c->ping_filled || c->pong_filled;
}

static enum mconn_ping_out step_ping(mconn_connection *c, enum mconn_ping_in in, uint64_t now)
{
  mconn_ping_step_result r = mconn_ping_step(c->ping, in, now, c->config.ping);
  c->ping = r.s;
  c->ping_due = r.due;
  return r.out;
}

static bool is_again(int err)
{
  return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

/* One write, without the lock but in the writer's role; takes the next buffer if the last is through.
 * Returns 0, EAGAIN or the error. */
static int write_once(mconn_connection *c)
{
  const bool fresh = nothing_to_drain(c), ping = fresh && c->ping_filled, pong = fresh && c->pong_filled;
  if (fresh) swap(c);
  SHELL_TRACE(c, S2, 0);
  c->writing = true;
  const uint8_t *from = c->drain + c->drained;
  size_t n = c->drain_end - c->drained;
  pthread_mutex_unlock(&c->lock);
  shell_say_flush(c, n, ping, pong);
  ssize_t sent = send(c->fd, from, n, MSG_DONTWAIT | MSG_NOSIGNAL);
  int err = sent < 0 ? errno : 0;
  pthread_mutex_lock(&c->lock);
  c->writing = false;
  if (sent > 0) {
    c->drained += (size_t)sent;
    c->bytes_sent += (uint64_t)sent;
    shell_monitor_add(&c->sent, shell_now_ns(), (uint64_t)sent);
    /* a peer that closed its side can answer no ping, but it shows by reading that it is there */
    if (c->peer_done && !c->ping_filled) step_ping(c, MCONN_PING_PONG, c->ping.last);
  }
  SHELL_TRACE(c, S2, err == 0 ? (nothing_to_drain(c) ? 1 : 2) : is_again(err) ? 3 : 4);
  if (c->life == LIFE_ENDING || (c->life == LIFE_DRAINING && shell_is_drained(c))) pthread_cond_broadcast(&c->ended);
  return is_again(err) ? EAGAIN : err;
}

void shell_wake_sender(mconn_connection *c)
{
  if (!c->send_thread_waits) return;
  SHELL_TRACE(c, W1, 0);
  c->send_thread_waits = false; /* once is enough until it waits again */
  sem_post(&c->work);
}

/* The caller writes once. True if the buffer is through. */
static bool caller_writes(mconn_connection *c)
{
  SHELL_TRACE(c, S3, 0);
  int err = write_once(c);
  if (err != 0 && err != EAGAIN) c->write_errno = err;
  if (!nothing_to_drain(c)) shell_wake_sender(c);
  return nothing_to_drain(c);
}

/* What becomes of the buffer after a caller cut into it. */
static void caller_flushes(mconn_connection *c)
{
  if (c->writing || !nothing_to_drain(c)) return; /* the writer comes back to it */
  const bool throttled = c->config.flush_throttle > 0, my_turn = atomic_load_explicit(&c->turn, memory_order_relaxed);
  if (!throttled && !my_turn && !c->send_thread_waits) return; /* the send thread is awake and comes to it */
  if (throttled && c->flush.armed && c->pending == 0 && !is_urgent(c)) return; /* the send thread has its time */
  mconn_flush_result f =
    mconn_flush_step(c->flush, c->filled, c->pending > 0, c->pending > 0, is_urgent(c), throttled ? shell_now_ns() : 0);
  c->flush = f.s;
  if (f.now && my_turn) {
    SHELL_TRACE(c, Q3, 0);
    atomic_store_explicit(&c->turn, false, memory_order_relaxed);
    caller_writes(c);
  }
  if (c->filled > 0 || c->pending > 0) shell_wake_sender(c);
}

/* ---- accepting a message: the lock is held */

/* All packets of the message fit the buffer now and no other channel wants it. */
static bool fits_whole(const mconn_connection *c, size_t len)
{
  return c->pending == 0 && len + (len / c->config.payload + 2) * MCONN_HEADER_MAX <= room_left(c);
}

/* The message with this ticket is not yet cut to its end; the lock may have been dropped since it began. */
static bool is_under_way(const mconn_connection *c, uint32_t k, uint64_t ticket)
{
  return c->sc[k].pending && c->out[k].ticket == ticket;
}

/* Cuts the message while it is the caller's; what is left at the end is copied into m. */
static void cut_callers(mconn_connection *c, uint32_t k, const uint8_t *bytes, uint32_t len, message *m)
{
  out_channel *o = &c->out[k];
  SHELL_TRACE(c, length, len);
  SHELL_TRACE(c, Q2, 0);
  begin(c, k, NULL, bytes, len);
  const uint64_t ticket = o->ticket;
  while (!cut(c, UINT64_MAX) && is_under_way(c, k, ticket) && !c->writing && nothing_to_drain(c) && caller_writes(c) &&
         have_buffer(c) && is_under_way(c, k, ticket)) {}
  if (is_under_way(c, k, ticket) && m != NULL) { /* without m, fits_whole saw to it that nothing is left */
    o->base = c->sc[k].off;
    m->len = len - o->base;
    if (m->len > 0) memcpy(m->bytes, bytes + o->base, m->len);
    o->under_way = m;
    o->bytes = m->bytes;
  } else {
    message_free(c, m);
  }
}

static void enqueue(mconn_connection *c, uint32_t k, message *m)
{
  out_channel *o = &c->out[k];
  if (!c->sc[k].pending) {
    begin(c, k, m, m->bytes, m->len);
    return;
  }
  if (o->head == NULL) o->head = m;
  else o->tail->next = m;
  o->tail = m;
  o->waiting++;
  SHELL_TRACE(c, length, m->len);
  SHELL_TRACE(c, Q4, o->waiting);
}

static enum mconn_err accept_message(mconn_connection *c, uint32_t k, const uint8_t *bytes, uint32_t len)
{
  bool direct = !c->sc[k].pending && c->config.send_rate == 0 && have_buffer(c);
  message *m = NULL;
  if (!direct || !fits_whole(c, len)) {
    m = message_new(c, len);
    if (m == NULL) return MCONN_E_MEMORY;
  }
  if (direct) {
    cut_callers(c, k, bytes, len, m);
    caller_flushes(c);
    return MCONN_OK;
  }
  if (len > 0) memcpy(m->bytes, bytes, len);
  enqueue(c, k, m);
  if (c->writing || !nothing_to_drain(c)) return MCONN_OK;
  shell_wake_sender(c);
  return MCONN_OK;
}

/* Nothing waits anywhere, and the message is one packet that has room: how most are sent where bytes are few or
 * the peer is quick. Without limit on the rate, as fits_whole. */
static bool goes_straight(const mconn_connection *c, uint32_t k, size_t len)
{
  return c->pending == 0 && c->life == LIFE_RUNNING && len <= c->out[k].one_packet &&
         c->filled + len + MCONN_HEADER_MAX <= c->fill_end && c->decaying && c->config.send_rate == 0;
}

/* What begin, cut and finish do for such a message. */
static void put_straight(mconn_connection *c, uint32_t k, const uint8_t *bytes, uint32_t len)
{
  out_channel *o = &c->out[k];
  SHELL_TRACE(c, length, len);
  SHELL_TRACE(c, Q2, 0);
  SHELL_TRACE(c, S1, o->waiting);
  mconn_sender_offer(&c->sender, c->sc, k, len);
  mconn_send x = mconn_sender_step(&c->sender, c->sc, c->fill, c->filled, c->fill_end);
  if (len > 0) memcpy(c->fill + x.h, bytes, len);
  c->filled = x.z;
  c->used = true;
  o->packets++;
  o->messages++;
  o->octets += len;
}

static bool has_room(const mconn_connection *c, uint32_t k)
{
  return c->out[k].waiting < c->out[k].capacity;
}

static enum mconn_err refused(mconn_connection *c, enum mconn_err why)
{
  SHELL_TRACE(c, Q5, why != MCONN_E_NOT_RUNNING);
  return why;
}

/* Room in the queue of slot k, waiting for it up to the send time-out if it may wait. */
static enum mconn_err await_room(mconn_connection *c, uint32_t k, bool may_wait)
{
  uint64_t until = 0;
  while (c->life == LIFE_RUNNING && !has_room(c, k)) {
    if (!may_wait) return refused(c, MCONN_E_QUEUE_FULL);
    if (until == 0) until = shell_until(c->config.send_timeout);
    SHELL_TRACE(c, Q1, 0);
    c->senders_waiting++;
    bool in_time = shell_wait(c, &c->space, until);
    c->senders_waiting--;
    if (!in_time && !has_room(c, k) && c->life == LIFE_RUNNING) return refused(c, MCONN_E_TIMEOUT);
  }
  return c->life == LIFE_RUNNING ? MCONN_OK : refused(c, MCONN_E_NOT_RUNNING);
}

static enum mconn_err submit(mconn_connection *c, uint8_t channel, const void *bytes, size_t len, bool may_wait)
{
  uint32_t k = c->receiver.slot[channel];
  enum mconn_err err = k == MCONN_NO_SLOT ? MCONN_E_CHANNEL_UNKNOWN : MCONN_OK;
  if (err == MCONN_OK && len > MCONN_MESSAGE_MAX) err = MCONN_E_MESSAGE_SIZE;
  if (err != MCONN_OK) {
    shell_say_sent(c, channel, bytes, len, err);
    return err;
  }
  pthread_mutex_lock(&c->lock);
  if (goes_straight(c, k, len)) {
    put_straight(c, k, bytes, (uint32_t)len);
    caller_flushes(c);
  } else {
    err = await_room(c, k, may_wait);
    if (err == MCONN_OK) err = accept_message(c, k, bytes, (uint32_t)len);
    tell_room(c);
  }
  pthread_mutex_unlock(&c->lock);
  shell_say_sent(c, channel, bytes, len, err);
  return err;
}

enum mconn_err mconn_connection_send(mconn_connection *c, uint8_t channel, const void *bytes, size_t len)
{
  return submit(c, channel, bytes, len, !(c->debug && shell_log_inside())); /* the sink may be the writer's */
}

enum mconn_err mconn_connection_try_send(mconn_connection *c, uint8_t channel, const void *bytes, size_t len)
{
  return submit(c, channel, bytes, len, false);
}

bool mconn_connection_can_send(mconn_connection *c, uint8_t channel)
{
  uint32_t k = c->receiver.slot[channel];
  if (k == MCONN_NO_SLOT) return false;
  pthread_mutex_lock(&c->lock);
  bool room = c->life == LIFE_RUNNING && has_room(c, k);
  pthread_mutex_unlock(&c->lock);
  return room;
}

/* ---- pings and pongs: the lock is held, save where a function says otherwise */

/* Always fits: packets of messages leave SHELL_CONTROL_BYTES, and the buffer holds one of each kind. */
static void put_control(mconn_connection *c, enum mconn_packet_kind kind)
{
  if (c->fill == NULL) c->fill = c->drain == c->control[0] ? c->control[1] : c->control[0];
  c->filled = mconn_control_put(c->config.dialect, c->fill, c->filled, kind);
}

/* Pings share a pong that is not yet being written (MC-PING-06). */
static void put_pong(mconn_connection *c)
{
  if (c->pong_owed && !c->pong_filled) {
    SHELL_TRACE(c, S4, 0);
    put_control(c, MCONN_PACKET_PONG);
    c->pong_filled = true;
  }
  c->pong_owed = false;
}

/* Time has passed. False: the deadline of a ping with it, the connection is dead. A ping in the buffer is open, so
 * there is no second. */
static bool tick_ping(mconn_connection *c, uint64_t now)
{
  const enum mconn_ping_out out = step_ping(c, MCONN_PING_TICK, now);
  if (out == MCONN_PING_SEND) {
    SHELL_TRACE(c, ping, 0);
    put_control(c, MCONN_PACKET_PING);
    c->ping_filled = true;
  }
  return out != MCONN_PING_DEAD;
}

static bool ping_is_open(const mconn_connection *c)
{
  return c->ping.sent > c->ping.answered;
}

/* The clock of a peer that is like us is due when ours is: in silence, where its ping comes first, ours goes with the
 * pong, in one write. What an open ping comes to is not asked here: its pong may be behind the ping that came. */
static void join_ping(mconn_connection *c, uint64_t now)
{
  if (!c->ping_with_receiver || ping_is_open(c)) return;
  (void)tick_ping(c, now);
  c->asked = c->ping_filled;
}

/* What arrived; on the receive thread, without the lock. */
void shell_pongs_arrived(mconn_connection *c, uint32_t pongs, bool ping)
{
  bool answered = false;
  uint64_t rtt = 0;
  pthread_mutex_lock(&c->lock);
  const uint64_t now = shell_now_ns(); /* under the lock: the ping clock's time must not run back */
  if (ping) SHELL_TRACE(c, R1, 0);
  if (pongs > 0 && !c->ping_filled) { /* a ping that nobody has begun to write is not answered (MC-PING-05) */
    const uint64_t before = c->ping.answered;
    step_ping(c, MCONN_PING_PONG, now);
    answered = c->ping.answered > before;
    if (answered) c->last_rtt = rtt = now - c->ping.last;
  }
  if (ping) c->pong_owed = true;
  if (ping && (c->life == LIFE_RUNNING || c->life == LIFE_DRAINING)) {
    if (!c->writing) put_pong(c); /* else who writes may share it with pings to come */
    join_ping(c, now);
    caller_flushes(c);
    if (c->pong_owed) shell_wake_sender(c);
  }
  pthread_mutex_unlock(&c->lock);
  if (pongs > 0) shell_say_pong(c, answered, rtt);
}

/* When the receive thread must come back for the ping clock, at the latest: a deadline to the point, a ping with its
 * share, so that of two ends whose pings are due at once one comes first and the other joins. 0: not at all. */
static uint64_t mind_until(const mconn_connection *c)
{
  if (!c->ping_with_receiver || c->ping_due == 0) return 0;
  return ping_is_open(c) ? c->ping_due : c->ping_due + c->config.ping.interval / SHELL_PING_SHARE;
}

/* On the receive thread, which is silent, without the lock. */
bool shell_mind_ping(mconn_connection *c, bool passed, uint64_t *due)
{
  bool alive = true;
  pthread_mutex_lock(&c->lock);
  c->ping_with_receiver = c->life == LIFE_RUNNING || c->life == LIFE_DRAINING;
  if (c->ping_with_receiver && passed) {
    alive = tick_ping(c, shell_now_ns());
    c->asked = c->ping_filled;
    if (c->ping_filled) { /* nobody else is awake to write it */
      atomic_store_explicit(&c->turn, true, memory_order_relaxed);
      caller_flushes(c);
    }
  }
  *due = mind_until(c);
  pthread_mutex_unlock(&c->lock);
  return alive;
}

/* On the receive thread, without the lock. What is due never becomes due earlier, so a send thread that wakes by then
 * anyway is in time. */
void shell_give_ping_back(mconn_connection *c)
{
  pthread_mutex_lock(&c->lock);
  c->ping_with_receiver = false;
  if (c->send_thread_waits && c->ping_due != 0 && (c->rests_until == 0 || c->rests_until > c->ping_due)) {
    SHELL_TRACE(c, R3, 0);
    shell_wake_sender(c);
  }
  pthread_mutex_unlock(&c->lock);
}

/* ---- the send thread: the lock is held, save where a function says otherwise */

/* The earlier of two times; 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
  return a == 0 || (b != 0 && b < a) ? b : a;
}

/* The decay rests from the first tick on that finds nothing sent since the one before. */
static void tick_decay(mconn_connection *c, uint64_t now, uint64_t *due)
{
  if (!c->decaying) return;
  mconn_decay_result r = mconn_decay_step(c->decay, now);
  c->decay = r.s;
  if (r.fire) {
    mconn_sender_decay(&c->sender, c->sc);
    c->decaying = c->used;
    c->used = false;
    if (!c->decaying) SHELL_TRACE(c, T1, 0);
  }
  if (c->decaying) *due = earlier(*due, c->decay.due);
}

/* Cuts what the limiter grants, which is asked for the whole buffer and charged for what was cut. False:
 * the buffer is full. */
static bool cut_granted(mconn_connection *c, uint64_t now, uint64_t *due)
{
  if (c->pending == 0) return true;
  if (c->config.send_rate == 0) return cut(c, UINT64_MAX);
  uint32_t grant = mconn_rate_take(c->send_rate, now / 1000, (uint32_t)c->fill_room).grant;
  size_t before = c->filled;
  bool all = cut(c, grant < shell_rate_portion(&c->send_rate) ? 0 : grant);
  c->send_rate = mconn_rate_take(c->send_rate, now / 1000, (uint32_t)(c->filled - before)).s;
  if (all) return true;
  if (room_left(c) < c->config.payload + MCONN_HEADER_MAX) return false;
  *due = earlier(*due, now + SHELL_RATE_SLEEP_NS);
  return true;
}

/* The send thread sleeps until it is woken, at most until due. A post that comes as the time passes is found by the
 * next rest, which is then none. */
static void rest(mconn_connection *c, uint64_t due)
{
  SHELL_TRACE(c, S6, 0);
  c->send_thread_waits = true;
  c->rests_until = due;
  pthread_mutex_unlock(&c->lock);
  const struct timespec t = shell_timespec(due);
  int status = due == 0 ? sem_wait(&c->work) : sem_clockwait(&c->work, CLOCK_MONOTONIC, &t);
  pthread_mutex_lock(&c->lock);
  (void)status; /* only the trace asks which it was */
  SHELL_TRACE(c, S6, status == 0 ? 1 : 2);
  c->send_thread_waits = false;
}

/* Waits, without the lock, until the socket takes bytes, at most until due. */
static void await_socket(mconn_connection *c, uint64_t due)
{
  tell_room(c);
  SHELL_TRACE(c, S5, 0);
  c->writing = true;
  pthread_mutex_unlock(&c->lock);
  (void)shell_poll(c->fd, POLLOUT, due);
  pthread_mutex_lock(&c->lock);
  SHELL_TRACE(c, S5, 1);
  c->writing = false;
}

/* One turn of the send thread; an error ends it. */
static mconn_reason turn(mconn_connection *c)
{
  mconn_reason r = { .err = MCONN_OK };
  uint64_t now = shell_now_ns(), due = 0;
  if (c->write_errno != 0) return (mconn_reason){ .err = MCONN_E_IO, .system = c->write_errno };
  if (c->pending > 0 && !have_buffer(c)) return (mconn_reason){ .err = MCONN_E_MEMORY };
  const bool room = cut_granted(c, now, &due);
  put_pong(c);
  if (!tick_ping(c, now)) return (mconn_reason){ .err = MCONN_E_PONG_TIMEOUT };
  tick_decay(c, now, &due);
  /* with room left, what is pending waits for the limiter, and the buffer need not wait for it */
  mconn_flush_result f = mconn_flush_step(c->flush, c->filled, c->pending > 0 && !room, !room,
                                          is_urgent(c) || c->life == LIFE_DRAINING, now);
  c->flush = f.s;
  due = earlier(due, f.due);
  if (!c->writing && (f.now || !nothing_to_drain(c))) {
    int err = write_once(c);
    if (err == EAGAIN) await_socket(c, earlier(due, c->ping_due));
    else if (err != 0) return (mconn_reason){ .err = MCONN_E_IO, .system = err };
    return r;
  }
  release_buffers(c);
  tell_room(c);
  rest(c, c->ping_with_receiver ? due : earlier(due, c->ping_due));
  return r;
}

void *shell_send_main(void *connection)
{
  mconn_connection *c = connection;
  mconn_reason r = { .err = MCONN_OK };
  shell_enter(c);
  pthread_mutex_lock(&c->lock);
  while (shell_running(c) && r.err == MCONN_OK) {
    if (c->life == LIFE_LINGERING) rest(c, 0); /* our side is closed: no ping, no pong */
    else r = turn(c);
  }
  pthread_mutex_unlock(&c->lock);
  if (r.err != MCONN_OK) shell_fail(c, r);
  shell_leave(c);
  return NULL;
}
