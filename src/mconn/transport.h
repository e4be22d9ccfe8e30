/* How a connected socket becomes an authenticated stream between two nodes.
 *
 * A transport is a struct of functions, so that the switch need not know which it is. Its upgrade runs on a
 * thread of its own per socket, so a slow peer delays no other, and ends by the deadline.
 *
 * The transport of this header encrypts nothing and proves nothing: the node id is what the peer claims. It
 * is for tests, for closed networks and for looking at the protocol; no real node accepts it. */
#ifndef MCONN_TRANSPORT_H
#define MCONN_TRANSPORT_H
#include "connection.h"
#include "node.h"
#ifdef __cplusplus
extern "C" {
#endif
#define MCONN_NODEINFO_BYTES_MAX 10250u /* most bytes of a node info on the wire, prefix included */

/* What an upgrade is given and what it gives. */
typedef struct {
  int fd; /* connected, blocking; stays the caller's */
  bool outbound;
  enum mconn_dialect dialect;
  uint64_t deadline;  /* ns of CLOCK_MONOTONIC */
  const uint8_t *own; /* this node's node info as it goes on the wire, prefix included */
  size_t own_len;
} mconn_upgrade;

typedef struct {
  char authenticated_id[MCONN_NODE_ID_DIGITS + 1]; /* "": the transport authenticates nobody */
  uint8_t bytes[MCONN_NODEINFO_BYTES_MAX];         /* the peer's node info, prefix included */
  size_t len;
} mconn_upgraded;

typedef struct {
  const char *name;
  /* Fills *out, which is untouched else. Of the node info it looks at the encoding, not at the rules. err:
   * MCONN_E_HANDSHAKE, MCONN_E_IO with system, and those of mconn_nodeinfo_get with the offset. */
  mconn_reason (*upgrade)(void *user, const mconn_upgrade *in, mconn_upgraded *out);
  void *user;
} mconn_transport;

/* Node infos in the clear, both ways at once. */
mconn_transport mconn_transport_plaintext_insecure(void);
#ifdef __cplusplus
}
#endif
#endif
