/* The transport that encrypts nothing: two node infos cross, and the stream is a peer's.
 *
 * The stranger at the other end decides how slowly its bytes come and what is behind them. What goes wrong in
 * practice: both sides read first and wait for each other, a stall that holds a thread for ever because every
 * byte renews the time, and a read of one byte too many, which belongs to the first packet. Here both ways
 * are polled at once, the deadline is one moment, and a read never asks for more than what the length prefix
 * has announced. */
#include "internal.h"
#include "node.h"
#include "mconn/transport.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
  const mconn_upgrade *in;
  size_t sent;
  uint8_t bytes[MCONN_NODEINFO_BYTES_MAX];
  size_t len;    /* bytes that came */
  size_t wanted; /* bytes up to which may be read: the prefix byte by byte, then to the end */
  bool whole;
} exchange;

/* What the system answered; EAGAIN and EINTR are no fault. A reset is one way to cut a stream off. */
static mconn_reason verdict(const exchange *x, int err)
{
  mconn_reason r = { .err = MCONN_OK };
  if (err == EAGAIN || err == EWOULDBLOCK || err == EINTR) return r;
  r.offset = x->len;
  r.err = err == EPIPE || err == ECONNRESET ? MCONN_E_HANDSHAKE : MCONN_E_IO;
  r.system = r.err == MCONN_E_IO ? err : 0;
  return r;
}

static mconn_reason write_own(exchange *x)
{
  const mconn_upgrade *in = x->in;
  if (x->sent == in->own_len) return (mconn_reason){ .err = MCONN_OK };
  ssize_t n = send(in->fd, in->own + x->sent, in->own_len - x->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) return verdict(x, errno);
  x->sent += (size_t)n;
  return (mconn_reason){ .err = MCONN_OK };
}

/* How far to read, from what is there: the core's answer, which is by the length prefix alone until the node
 * info is whole. */
static mconn_reason look(exchange *x)
{
  const mconn_nodeinfo_read d = mconn_nodeinfo_get(x->in->dialect, x->bytes, 0, x->len);
  x->wanted = d.z;
  x->whole = d.whole;
  return (mconn_reason){ .err = d.err, .offset = d.err != MCONN_OK ? d.at : 0 };
}

static mconn_reason read_other(exchange *x, bool *progress)
{
  mconn_reason r = { .err = MCONN_OK };
  if (x->whole) return r;
  ssize_t n = recv(x->in->fd, x->bytes + x->len, x->wanted - x->len, MSG_DONTWAIT);
  if (n < 0) return verdict(x, errno);
  if (n == 0) return (mconn_reason){ .err = MCONN_E_HANDSHAKE, .offset = x->len };
  x->len += (size_t)n;
  *progress = true;
  return look(x);
}

/* Waits until either way can go on; false at the deadline. */
static bool await(const exchange *x)
{
  if (shell_now_ns() >= x->in->deadline) return false; /* also for a stranger whose next byte is there */
  const int events = (x->whole ? 0 : POLLIN) | (x->sent < x->in->own_len ? POLLOUT : 0);
  (void)shell_poll(x->in->fd, (short)events, x->in->deadline);
  return true;
}

static mconn_reason upgrade(void *user, const mconn_upgrade *in, mconn_upgraded *out)
{
  (void)user;
  exchange x = { .in = in, .wanted = 1 };
  mconn_reason r = { .err = MCONN_OK };
  while (x.sent < in->own_len || !x.whole) {
    bool progress = false;
    r = write_own(&x);
    if (r.err == MCONN_OK) r = read_other(&x, &progress);
    if (r.err != MCONN_OK) return r;
    if (!progress && (x.sent < in->own_len || !x.whole) && !await(&x))
      return (mconn_reason){ .err = MCONN_E_HANDSHAKE, .offset = x.len };
  }
  out->authenticated_id[0] = '\0';
  memcpy(out->bytes, x.bytes, x.len);
  out->len = x.len;
  return r;
}

mconn_transport mconn_transport_plaintext_insecure(void)
{
  return (mconn_transport){ .name = "plaintext_insecure", .upgrade = upgrade };
}
