/* What a node says about itself before anything else, with text as C strings.
 *
 * The wire form, its limits and its rules are core/nodeinfo.h; this is the form for people who fill it in
 * and read it. Strings that came from a peer were checked (MC-NODEINFO-10 and following), save network,
 * which upstream does not check: it is shown up to its first zero byte and compared in full. */
#ifndef MCONN_NODE_H
#define MCONN_NODE_H
#include "error.h"
#include "core.h"
#ifdef __cplusplus
extern "C" {
#endif
#define MCONN_NODE_ID_DIGITS 40u

typedef struct {
  uint64_t p2p_version, block_version, app_version;
  const char *id;                                                                    /* 40 hexadecimal digits */
  const char *listen_address, *network, *version, *moniker, *tx_index, *rpc_address; /* NULL counts as "" */
  const uint8_t *channels;                                                           /* ids, channel_count of them */
  size_t channel_count;
} mconn_node_info;

/* Node info as bytes: its spans are places in p. Not proved yet (src/shell/nodeinfo_put.c).
 * len: bytes of the encoding of x, length prefix included; 0: above the limit (MC-NODEINFO-02).
 * put: writes it at o[i], which has room for len bytes and overlaps no span; returns the index after it. */
size_t mconn_nodeinfo_len(enum mconn_dialect d, mconn_nodeinfo x);
size_t mconn_nodeinfo_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x);
#ifdef __cplusplus
}
#endif
#endif
