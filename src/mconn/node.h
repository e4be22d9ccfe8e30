/* What a node says about itself before anything else, with text as C strings.
 *
 * The wire form and its limits are core/nodeinfo.h and core/nodeinfo_put.h, its rules core/nodeinfo_rules.h;
 * this is the form for people who fill it in and read it. Strings that came from a peer were checked
 * (MC-NODEINFO-10 and following), save network, which upstream does not check: it is shown up to its first zero
 * byte and compared in full. */
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
#ifdef __cplusplus
}
#endif
#endif
