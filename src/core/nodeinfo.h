/* Node info: what two nodes tell each other before the first packet, in either dialect.
 *
 * A stranger writes these bytes and everything that follows leans on them: the id that is compared with its
 * key, the network, the channels it serves. What goes wrong in practice: a repeated sub-message that one
 * reader merges and another replaces, so that they disagree about the block version; a text that carries a
 * terminal escape into a log; a listen address looked up in the name service in the middle of the handshake.
 * So the accepted language is written down (spec/logic/nodeinfo.acsl), and reading and judging are apart
 * (nodeinfo_rules.h).
 *
 * Nothing is copied: a node info is three numbers and places in the caller's bytes. */
#ifndef MCONN_CORE_NODEINFO_H
#define MCONN_CORE_NODEINFO_H
#include "error.h"
#include "header.h"
#include "packet.h"
#define MCONN_NODEINFO_MAX 10240u       /* wire: bytes; amino counts the length prefix, proto does not */
#define MCONN_NODEINFO_BYTES_MAX 10250u /* no node info that is accepted is longer, prefix included */

/* len bytes from index from on; a field that is not there has from 0 and len 0. */
typedef struct {
  size_t from;
  size_t len;
} mconn_span;
typedef struct {
  uint64_t p2p, block, app; /* protocol versions */
  mconn_span id, listen_addr, network, version, channels, moniker, tx_index, rpc_address;
} mconn_nodeinfo;

/* whole: a node info. Not whole: need more (err == OK), or refused (err). */
typedef struct {
  enum mconn_err err;
  bool whole;
  size_t b;         /* index of the body (after the length prefix); 0 while the prefix is incomplete or bad */
  size_t z;         /* whole, or body refused: index after it; need more: the least end that could suffice */
  size_t at;        /* refused: index of the byte that decided */
  mconn_nodeinfo x; /* whole: what it says; else nothing */
} mconn_nodeinfo_read;
typedef struct {
  enum mconn_err err;
  size_t at; /* refused: index of the byte that decided, or where the missing one had to be; else 0 */
} mconn_nodeinfo_result;
#ifdef __FRAMAC__
#include "logic/nodeinfo.acsl"
#endif

/* The node info that begins at p[i], looking at nothing from p[e] on. Errors: MCONN_E_LENGTH_PREFIX,
 * MCONN_E_NODEINFO_SIZE, and those of fields. */
/*@ requires idx: i <= e <= MCONN_INDEX_MAX;
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures post: nodeinfo_post(d, p, i, e, \result); */
mconn_nodeinfo_read mconn_nodeinfo_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e);

#endif
