/* The core in an event loop of one's own: no thread, no lock, no allocation, nothing of mconn but <mconn/core.h>.
 *
 * Two ends of a stream in one loop. Each has a few numbers for sending, a few for receiving, and two buffers; what
 * the core decides comes back as values: "this packet's header is written, its payload is bytes 1024..2047 of the
 * message", "bytes 3..1026 of the input are a fragment of channel 0x21, at place 0 of its message". */
#include <mconn/core.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHANNELS = 2, OUT = 4096, IN = 8192, LONGEST = 10000 };

typedef struct {
  const char *name;
  int fd;
  mconn_sender s;
  mconn_sender_channel sc[CHANNELS];
  mconn_receiver r;
  mconn_receiver_channel rc[CHANNELS];
  mconn_ping ping;
  const uint8_t *message[CHANNELS]; /* under way; the bytes stay the caller's until it is sent */
  uint8_t out[OUT], in[IN], whole[CHANNELS][LONGEST];
  size_t filled, read;
  int pong_owed; /* pings that come together share a pong, so a flood of them costs nothing */
  uint32_t got;
} end;

static const mconn_ping_config PING = { .interval = 60000000000u, .timeout = 45000000000u };

static uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void setup(end *x, const char *name, int fd)
{
  const mconn_channel d[CHANNELS] = { { .id = 0x20, .priority = 5, .message_capacity = LONGEST },
                                      { .id = 0x21, .priority = 1, .message_capacity = LONGEST } };
  x->name = name;
  x->fd = fd;
  mconn_sender_init(&x->s, x->sc, MCONN_PROTO, 1024, d, CHANNELS);
  mconn_receiver_init(&x->r, x->rc, MCONN_PROTO, mconn_packet_max_accept(MCONN_PROTO, 1024), d, CHANNELS);
  x->ping = mconn_ping_start(now_ns());
  fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void offer(end *x, uint32_t slot, const void *bytes, uint32_t len)
{
  x->message[slot] = bytes;
  mconn_sender_offer(&x->s, x->sc, slot, len);
}

/* Into the buffer: packets while there are some and they leave 16 bytes, a pong if it leaves 5 for a ping. The next
 * ping is due only when this one was answered. False: a ping was not answered in time. */
static int fill(end *x)
{
  mconn_ping_step_result r = mconn_ping_step(x->ping, MCONN_PING_TICK, now_ns(), PING);
  x->ping = r.s;
  if (r.out == MCONN_PING_SEND) x->filled = mconn_control_put(MCONN_PROTO, x->out, x->filled, MCONN_PACKET_PING);
  if (x->pong_owed && OUT - x->filled >= 10) {
    x->filled = mconn_control_put(MCONN_PROTO, x->out, x->filled, MCONN_PACKET_PONG);
    x->pong_owed = 0;
  }
  for (;;) {
    mconn_send p = mconn_sender_step(&x->s, x->sc, x->out, x->filled, OUT - 16);
    if (p.kind != MCONN_SEND_FRAGMENT) return r.out != MCONN_PING_DEAD;
    if (p.len > 0) memcpy(x->out + p.h, x->message[p.k] + p.off, p.len);
    x->filled = p.z;
  }
}

static void on_writable(end *x)
{
  ssize_t n = write(x->fd, x->out, x->filled);
  if (n <= 0) return;
  memmove(x->out, x->out + n, x->filled - (size_t)n);
  x->filled -= (size_t)n;
}

/* Every whole packet that is there. False: the peer broke a rule. */
static int on_readable(end *x)
{
  ssize_t n = read(x->fd, x->in + x->read, IN - x->read);
  if (n <= 0) return 0;
  x->read += (size_t)n;
  size_t at = 0;
  for (;;) {
    mconn_event e = mconn_receiver_step(&x->r, x->rc, x->in, at, x->read);
    if (e.kind == MCONN_EVENT_MORE) break;
    if (e.kind == MCONN_EVENT_REFUSED) return 0;
    if (e.kind == MCONN_EVENT_PING) x->pong_owed = 1;
    if (e.kind == MCONN_EVENT_PONG) x->ping = mconn_ping_step(x->ping, MCONN_PING_PONG, now_ns(), PING).s;
    if (e.kind == MCONN_EVENT_FRAGMENT) {
      memcpy(x->whole[e.k] + e.place, x->in + e.packet.m.off, e.packet.m.len);
      if (e.packet.m.eof) {
        printf("%s: channel 0x%02x: %zu bytes\n", x->name, (unsigned)x->rc[e.k].id, e.place + e.packet.m.len);
        x->got++;
      }
    }
    at = e.packet.z;
  }
  memmove(x->in, x->in + at, x->read - at);
  x->read -= at;
  return 1;
}

int main(void)
{
  static end a, b;
  static const uint8_t vote[9000] = "a vote, and then some";
  int fd[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0) return 1;
  setup(&a, "a", fd[0]);
  setup(&b, "b", fd[1]);
  offer(&a, 1, vote, sizeof vote);
  offer(&a, 0, "height 7", 8);
  offer(&b, 0, "", 0);
  end *ends[] = { &a, &b };
  while (a.got < 1 || b.got < 2) {
    struct pollfd p[2];
    for (int k = 0; k < 2; k++) {
      if (!fill(ends[k])) return 1;
      p[k] = (struct pollfd){ .fd = fd[k], .events = (short)(POLLIN | (ends[k]->filled > 0 ? POLLOUT : 0)) };
    }
    if (poll(p, 2, 10000) <= 0) return 1;
    for (int k = 0; k < 2; k++) {
      if (p[k].revents & POLLOUT) on_writable(ends[k]);
      if ((p[k].revents & POLLIN) && !on_readable(ends[k])) return 1;
    }
  }
  close(fd[0]);
  close(fd[1]);
  return 0;
}
