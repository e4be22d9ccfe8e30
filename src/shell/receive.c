/* The receiving half: 64 KiB at a time from the socket, packets parsed where they lie, messages handed
 * to the owner on this thread.
 *
 * The peer decides what comes and where it is cut. What goes wrong in practice: a read per packet, a
 * copy per packet, memory reserved for what a length promises before it has come. Here a packet is
 * taken when it is whole (core/receiver.h decides), a message of one packet is handed out in place, a
 * longer one grows by what has arrived and never past its channel's capacity, and a connection that
 * falls silent gives its buffers back: it waits in poll then, and reads a few bytes first, which is all
 * that a ping takes. Under traffic it waits in recv, one system call per portion.
 *
 * In silence this thread minds the ping clock, too, so that a ping and its pong wake one thread and no deadline
 * wakes another to find that it was met. Bytes that are there go before a time that passed: a pong in the socket
 * is in time. */
#include "internal.h"
#include "connection_log.h"
#include "trace.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static mconn_reason reason_at(const mconn_connection *c, enum mconn_err err, size_t at)
{
  return (mconn_reason){ .err = err, .offset = c->origin + at };
}

/* ---- reassembly */

/* Room for n bytes, of which there are some already: at least the channel's first size, then doubling, at most its
 * capacity. */
static bool reserve(mconn_connection *c, in_channel *ch, uint32_t have, uint32_t n)
{
  if (n <= ch->room) return true;
  uint32_t room = ch->room <= ch->most / 2 ? 2 * ch->room : ch->most;
  if (room < ch->first) room = ch->first;
  if (room < n) room = n;
  if (room > ch->most) room = ch->most;
  uint8_t *p = shell_buffer_new(room);
  if (p == NULL) return false;
  if (have > 0) memcpy(p, ch->buffer, have);
  shell_buffer_free(ch->buffer, ch->room);
  ch->buffer = p;
  ch->room = room;
  c->assembles = true;
  return true;
}

static void release_buffer(in_channel *ch)
{
  shell_buffer_free(ch->buffer, ch->room);
  ch->buffer = NULL;
  ch->room = 0;
}

/* Back to ordinary waits, and to the owner's code. */
static void end_silence(mconn_connection *c)
{
  if (!c->silent) return;
  c->silent = false;
  shell_give_ping_back(c);
}

static void hand_out(mconn_connection *c, uint32_t k, const uint8_t *bytes, size_t len)
{
  end_silence(c);
  shell_add(&c->in[k].messages, 1);
  shell_add(&c->in[k].octets, len);
  shell_say_received(c, (uint8_t)c->rc[k].id, bytes, len);
  c->call.on_receive(c->call.user, (uint8_t)c->rc[k].id, bytes, len);
}

/* One fragment, already accounted for by the core: in place, or to its place in the channel's buffer. */
static enum mconn_err take_fragment(mconn_connection *c, const mconn_event *x)
{
  in_channel *ch = &c->in[x->k];
  const mconn_msg m = x->packet.m;
  shell_add(&ch->packets, 1);
  if (x->place == 0 && m.eof) {
    hand_out(c, x->k, c->read + m.off, m.len);
    return MCONN_OK;
  }
  uint32_t end = x->place + (uint32_t)m.len;
  if (!reserve(c, ch, x->place, end)) return MCONN_E_MEMORY;
  if (m.len > 0) memcpy(ch->buffer + x->place, c->read + m.off, m.len);
  if (m.eof) {
    hand_out(c, x->k, ch->buffer, end);
    if (ch->room > SHELL_KEEP_BYTES && ch->room > ch->first) release_buffer(ch);
  }
  return MCONN_OK;
}

/* ---- what is in the buffer */

static bool is_large(const mconn_connection *c)
{
  return c->read != NULL && c->read != c->few;
}

/* Tells the send thread of the pings and pongs since the last time. */
static void report_pings(mconn_connection *c, bool *ping, uint32_t *pongs)
{
  if (*ping) shell_say_ping(c);
  if (*ping || *pongs > 0) shell_pongs_arrived(c, *pongs, *ping);
  *ping = false;
  *pongs = 0;
}

/* Takes every whole packet until the connection ends; what remains moves to the front. */
static mconn_reason take_packets(mconn_connection *c)
{
  uint32_t pongs = 0;
  bool ping = false, spoken = false;
  mconn_reason r = { .err = MCONN_OK };
  while (r.err == MCONN_OK && !atomic_load_explicit(&c->over, memory_order_relaxed)) {
    mconn_event x = mconn_receiver_step(&c->receiver, c->rc, c->read, c->begin, c->end);
    if (x.kind == MCONN_EVENT_MORE) break;
    if (x.kind == MCONN_EVENT_REFUSED) {
      r = reason_at(c, x.err, x.at);
      break;
    }
    if (x.kind == MCONN_EVENT_PING) ping = true;
    else if (x.kind == MCONN_EVENT_PONG) pongs++;
    else {
      /* the owner may take its time with a message; a pong that came before it was in time (MC-PING-04) */
      if (x.packet.m.eof) report_pings(c, &ping, &pongs);
      spoken = true;
      r = reason_at(c, take_fragment(c, &x), c->begin);
    }
    c->begin = x.packet.z;
  }
  report_pings(c, &ping, &pongs);
  if (!spoken && c->begin == c->end && !is_large(c)) c->silent = true;
  if (c->begin > 0) {
    memmove(c->read, c->read + c->begin, c->end - c->begin);
    c->origin += c->begin;
    c->end -= c->begin;
    c->begin = 0;
  }
  return r;
}

/* ---- the socket */

void shell_free_read(mconn_connection *c)
{
  if (is_large(c)) shell_buffer_free(c->read, c->read_room);
  c->read = NULL;
}

/* Gives back what holds no byte of the peer's. */
static void give_memory_back(mconn_connection *c)
{
  if (c->end == 0) {
    shell_free_read(c);
    c->traffic = false;
  }
  if (!c->assembles) return;
  c->assembles = false;
  for (uint32_t k = 0; k < c->n; k++) {
    if (c->in[k].buffer != NULL && c->rc[k].len == 0) release_buffer(&c->in[k]);
    if (c->in[k].buffer != NULL) c->assembles = true;
  }
}

/* The pong of a ping just written comes soon: a recv that waits is a system call less than poll and recv, and it gives
 * up long before the deadline. */
static bool pong_is_near(const mconn_connection *c)
{
  return c->asked && c->recv_flags == 0 && c->config.ping.timeout >= 2 * SHELL_QUIET_NS;
}

/* Nothing came for a while: waits for more. False: a ping was not answered in time. */
static bool await_bytes(mconn_connection *c)
{
  uint64_t due = 0;
  give_memory_back(c);
  bool alive = !c->silent || shell_mind_ping(c, false, &due);
  while (alive && !pong_is_near(c) && !shell_poll(c->fd, POLLIN, due)) alive = shell_mind_ping(c, true, &due);
  c->quiet = false;
  return alive;
}

/* Nothing to read now. Few bytes were read after a wait, and a recv that waits has waited; else it is done here. */
static void note_silence(mconn_connection *c)
{
  const bool large = is_large(c);
  c->quiet = !large || c->recv_flags == 0 || !shell_poll(c->fd, POLLIN, shell_until(SHELL_QUIET_NS));
  if (large && c->quiet) c->silent = true;
}

/* Room to read into: few bytes, until they did not do. */
static bool have_room(mconn_connection *c)
{
  if (is_large(c)) return true;
  if (!c->traffic) {
    c->read = c->few;
    return true;
  }
  uint8_t *large = shell_buffer_new(c->read_room);
  if (large == NULL) return false;
  memcpy(large, c->few, c->end);
  c->read = large;
  return true;
}

/* Bytes that may be read now; waits for the limiter where there is one. 0: come back. */
static size_t granted(mconn_connection *c, uint64_t now_us)
{
  if (c->config.recv_rate == 0) return SHELL_IO_BYTES;
  uint32_t grant = mconn_rate_take(c->recv_rate, now_us, SHELL_IO_BYTES).grant;
  if (grant >= shell_rate_portion(&c->recv_rate)) return grant;
  end_silence(c);
  /* not in poll: a peer that is gone would wake that at once, again and again */
  pthread_mutex_lock(&c->lock);
  if (shell_running(c)) shell_wait(c, &c->ended, shell_until(SHELL_RATE_SLEEP_NS));
  pthread_mutex_unlock(&c->lock);
  return 0;
}

static void count_received(mconn_connection *c, uint64_t n)
{
  shell_add(&c->bytes_received, n);
  pthread_mutex_lock(&c->received_lock);
  shell_monitor_add(&c->received, shell_now_ns(), n);
  pthread_mutex_unlock(&c->received_lock);
}

static mconn_reason read_once(mconn_connection *c)
{
  mconn_reason r = { .err = MCONN_OK };
  if (c->quiet && !pong_is_near(c) && !await_bytes(c)) return (mconn_reason){ .err = MCONN_E_PONG_TIMEOUT };
  const uint64_t now_us = c->config.recv_rate > 0 ? shell_now_ns() / 1000 : 0;
  size_t n = granted(c, now_us);
  if (n == 0) return r;
  if (!have_room(c)) return reason_at(c, MCONN_E_MEMORY, c->end);
  const bool large = is_large(c);
  if (large) end_silence(c); /* the recv may wait */
  if (!large && n > SHELL_FEW_BYTES) n = SHELL_FEW_BYTES;
  ssize_t got = recv(c->fd, c->read + c->end, n, large || pong_is_near(c) ? c->recv_flags : MSG_DONTWAIT);
  const int err = got < 0 ? errno : 0; /* before a poll says something else */
  c->asked = false;
  if (err == EAGAIN || err == EWOULDBLOCK) note_silence(c);
  if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return r;
  if (err != 0) return (mconn_reason){ .err = MCONN_E_IO, .offset = c->origin + c->end, .system = err };
  if (got == 0) return reason_at(c, c->end > 0 ? MCONN_E_EOF_INSIDE : MCONN_E_EOF, c->end);
  SHELL_TRACE(c, R0, 0);
  atomic_store_explicit(&c->turn, true, memory_order_relaxed);
  if (c->config.recv_rate > 0) c->recv_rate = mconn_rate_take(c->recv_rate, now_us, (uint32_t)got).s;
  count_received(c, (uint64_t)got);
  c->end += (size_t)got;
  r = take_packets(c);
  if (!large) c->traffic = (size_t)got == n || c->end > 0;
  if (!large) c->quiet = !c->traffic;
  return r;
}

void *shell_receive_main(void *connection)
{
  mconn_connection *c = connection;
  mconn_reason r = { .err = MCONN_OK };
  shell_enter(c);
  while (r.err == MCONN_OK && !atomic_load_explicit(&c->over, memory_order_relaxed)) r = read_once(c);
  end_silence(c); /* after its end, a connection that is being flushed goes on */
  if (r.err != MCONN_OK) shell_fail(c, r);
  shell_leave(c);
  return NULL;
}
