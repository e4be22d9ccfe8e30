/* What a node info must keep to, and which two nodes can be peers.
 *
 * A stranger's node info is well formed before it comes here, and that is all. What goes wrong in practice: a
 * moniker that carries a terminal escape into a log; a listen address that is looked up in the name service in
 * the middle of the handshake, which lets the stranger choose how long it takes; an empty list of channels that
 * one side takes for "any" and the other for "none". Here nothing is looked up. */
#ifndef MCONN_CORE_NODEINFO_RULES_H
#define MCONN_CORE_NODEINFO_RULES_H
#include "address.h"
#include "nodeinfo.h"
#define MCONN_NODEINFO_CHANNELS_MAX 16u /* wire */
#ifdef __FRAMAC__
#include "logic/nodeinfo_rules.acsl"
#endif

/* Whether x, whose spans are places in p, keeps the rules of a node info: MC-NODEINFO-10 to 15, and its id is
 * one. The first rule that is broken is named, in this order: id, listen address, version, channels, moniker,
 * tx_index, rpc_address. */
/*@ requires spans: ni_readable(p, x);
    terminates \true;
    assigns \nothing;
    ensures accepted_or_first_fault: \result.err == ni_rule(p, x);
    ensures offender_named: \result.at == (\result.err == MCONN_OK ? 0 : ni_rule_at(p, x)); */
mconn_nodeinfo_result mconn_nodeinfo_check(const uint8_t *p, mconn_nodeinfo x);

/* MCONN_OK, or why nodes cannot be peers (MC-NODEINFO-20 to 22): x, with its spans in p, is this node's own,
 * y, with its spans in q, the other's. */
/*@ requires own: ni_readable(p, x);
    requires other: ni_readable(q, y);
    terminates \true;
    assigns \nothing;
    ensures block: \result == MCONN_E_NODEINFO_BLOCK_VERSION <==> x.block != y.block;
    ensures network: \result == MCONN_E_NODEINFO_NETWORK <==>
      x.block == y.block && !same_text(p, x.network, q, y.network);
    ensures channel: \result == MCONN_E_NODEINFO_NO_CHANNEL <==>
      x.block == y.block && same_text(p, x.network, q, y.network) &&
      x.channels.len > 0 && !in_common(p, x.channels, q, y.channels);
    ensures else_compatible: \result \in {MCONN_OK, MCONN_E_NODEINFO_BLOCK_VERSION, MCONN_E_NODEINFO_NETWORK,
      MCONN_E_NODEINFO_NO_CHANNEL}; */
enum mconn_err mconn_nodeinfo_compatible(const uint8_t *p, mconn_nodeinfo x, const uint8_t *q, mconn_nodeinfo y);
#endif
