#include "node.h"
#include <stdlib.h>
#include <string.h>

/* The texts of a node info in the order of its rules, which is also theirs in memory. */
enum { ID, LISTEN_ADDRESS, NETWORK, VERSION, MONIKER, TX_INDEX, RPC_ADDRESS, TEXTS };

typedef struct {
  const void *bytes;
  size_t len;
} piece;

/* ---- the form for people */

/* One block: the struct, the channels, the texts with a zero byte each. */
static mconn_node_info *assemble(const uint64_t version[3], piece channels, const piece text[TEXTS])
{
  size_t room = channels.len;
  for (int k = 0; k < TEXTS; k++) room += text[k].len + 1;
  mconn_node_info *y = malloc(sizeof *y + room);
  if (y == NULL) return NULL;
  char *at = (char *)(y + 1), *copy[TEXTS];
  const uint8_t *ids = (const uint8_t *)at;
  if (channels.len > 0) memcpy(at, channels.bytes, channels.len);
  at += channels.len;
  for (int k = 0; k < TEXTS; k++) {
    copy[k] = at;
    if (text[k].len > 0) memcpy(at, text[k].bytes, text[k].len);
    at[text[k].len] = '\0';
    at += text[k].len + 1;
  }
  *y = (mconn_node_info){ .p2p_version = version[0],
                          .block_version = version[1],
                          .app_version = version[2],
                          .id = copy[ID],
                          .listen_address = copy[LISTEN_ADDRESS],
                          .network = copy[NETWORK],
                          .version = copy[VERSION],
                          .moniker = copy[MONIKER],
                          .tx_index = copy[TX_INDEX],
                          .rpc_address = copy[RPC_ADDRESS],
                          .channels = ids,
                          .channel_count = channels.len };
  return y;
}

static void texts(const mconn_node_info *x, piece text[TEXTS])
{
  const char *const all[TEXTS] = { x->id,      x->listen_address, x->network,    x->version,
                                   x->moniker, x->tx_index,       x->rpc_address };
  for (int k = 0; k < TEXTS; k++) text[k] = (piece){ all[k], all[k] != NULL ? strlen(all[k]) : 0 };
}

mconn_node_info *node_copy(const mconn_node_info *x)
{
  const uint64_t version[3] = { x->p2p_version, x->block_version, x->app_version };
  piece text[TEXTS];
  texts(x, text);
  return assemble(version, (piece){ x->channels, x->channel_count }, text);
}

/* ---- the form on the wire */

/* The refusal of a rule: which field, and where. */
static mconn_reason rule_broken(mconn_nodeinfo_result x)
{
  mconn_reason r = { .err = x.err, .offset = x.at };
  switch (x.err) {
  case MCONN_E_NODE_ID: r.field = "id"; break;
  case MCONN_E_NODEINFO_ADDRESS: r.field = "listen_address"; break;
  case MCONN_E_NODEINFO_VERSION: r.field = "version"; break;
  case MCONN_E_NODEINFO_CHANNELS: r.field = "channels"; break;
  case MCONN_E_NODEINFO_MONIKER: r.field = "moniker"; break;
  case MCONN_E_NODEINFO_TX_INDEX: r.field = "tx_index"; break;
  case MCONN_E_NODEINFO_RPC_ADDRESS: r.field = "rpc_address"; break;
  default: break;
  }
  return r;
}

/* Everything of x behind one another in p, as the core wants it; false: more than any node info has room for. */
static bool gather(const mconn_node_info *x, uint8_t p[MCONN_NODEINFO_MAX], mconn_nodeinfo *y)
{
  piece part[TEXTS + 1];
  mconn_span span[TEXTS + 1];
  size_t n = 0;
  texts(x, part);
  part[TEXTS] = (piece){ x->channels, x->channel_count };
  for (int k = 0; k <= TEXTS; k++) {
    if (part[k].len > MCONN_NODEINFO_MAX - n) return false;
    if (part[k].len > 0) memcpy(p + n, part[k].bytes, part[k].len);
    span[k] = part[k].len > 0 ? (mconn_span){ n, part[k].len } : (mconn_span){ 0, 0 };
    n += part[k].len;
  }
  *y = (mconn_nodeinfo){ .p2p = x->p2p_version,
                         .block = x->block_version,
                         .app = x->app_version,
                         .id = span[ID],
                         .listen_addr = span[LISTEN_ADDRESS],
                         .network = span[NETWORK],
                         .version = span[VERSION],
                         .channels = span[TEXTS],
                         .moniker = span[MONIKER],
                         .tx_index = span[TX_INDEX],
                         .rpc_address = span[RPC_ADDRESS] };
  return true;
}

mconn_reason node_encode(enum mconn_dialect dialect, const mconn_node_info *x, uint8_t out[MCONN_NODEINFO_BYTES_MAX],
                         size_t *len)
{
  const mconn_reason too_large = { .err = MCONN_E_NODEINFO_SIZE };
  uint8_t p[MCONN_NODEINFO_MAX];
  mconn_nodeinfo y;
  if (!gather(x, p, &y)) return too_large;
  mconn_reason r = rule_broken(mconn_nodeinfo_check(p, y));
  r.offset = 0; /* these are nobody's bytes */
  if (r.err != MCONN_OK) return r;
  if (mconn_nodeinfo_len(dialect, y) == 0) return too_large;
  *len = mconn_nodeinfo_put(dialect, out, 0, p, y);
  return r;
}

static piece taken(const uint8_t *bytes, mconn_span s)
{
  return (piece){ bytes + s.from, s.len };
}

mconn_reason node_decode(enum mconn_dialect dialect, const uint8_t *bytes, size_t len, mconn_node_info **out)
{
  const mconn_nodeinfo_read d = mconn_nodeinfo_get(dialect, bytes, 0, len);
  if (d.err != MCONN_OK) return (mconn_reason){ .err = d.err, .offset = d.at };
  /* less than one node info, or more: the transport's fault */
  if (!d.whole || d.z != len) return (mconn_reason){ .err = MCONN_E_HANDSHAKE, .offset = d.whole ? d.z : len };
  mconn_reason r = rule_broken(mconn_nodeinfo_check(bytes, d.x));
  if (r.err != MCONN_OK) return r;
  const uint64_t version[3] = { d.x.p2p, d.x.block, d.x.app };
  const piece text[TEXTS] = { [ID] = taken(bytes, d.x.id),
                              [LISTEN_ADDRESS] = taken(bytes, d.x.listen_addr),
                              [NETWORK] = taken(bytes, d.x.network),
                              [VERSION] = taken(bytes, d.x.version),
                              [MONIKER] = taken(bytes, d.x.moniker),
                              [TX_INDEX] = taken(bytes, d.x.tx_index),
                              [RPC_ADDRESS] = taken(bytes, d.x.rpc_address) };
  mconn_node_info *y = assemble(version, taken(bytes, d.x.channels), text);
  if (y == NULL) return (mconn_reason){ .err = MCONN_E_MEMORY };
  *out = y;
  return (mconn_reason){ .err = MCONN_OK };
}

enum mconn_err node_compatible(enum mconn_dialect dialect, const uint8_t *own, size_t own_len, const uint8_t *other,
                               size_t other_len)
{
  const mconn_nodeinfo x = mconn_nodeinfo_get(dialect, own, 0, own_len).x;
  const mconn_nodeinfo y = mconn_nodeinfo_get(dialect, other, 0, other_len).x;
  return mconn_nodeinfo_compatible(own, x, other, y);
}
