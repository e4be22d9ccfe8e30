/* Node info, written: our own words about ourselves, read by every generation of Go peer.
 *
 * What goes wrong in practice: a length that was announced and another that was written, a sub-message that is
 * left out where the peer's generation always writes it, or written empty where its generation leaves it out, a
 * node info that the peer refuses as too long when the connection is already there. So there is exactly one
 * encoding (spec/logic/nodeinfo.acsl), its size is a function stated beside it, nothing above the limit is written,
 * and the lemma in proofs/theorems/nodeinfo_roundtrip.c says that our decoder reads it back. */
#ifndef MCONN_CORE_NODEINFO_PUT_H
#define MCONN_CORE_NODEINFO_PUT_H
#include "nodeinfo.h"
#ifdef __FRAMAC__
#include "logic/nodeinfo_put.acsl"
#endif

/* Bytes of the encoding of x, length prefix included; 0: above the limit (MC-NODEINFO-02). */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures exact: \result == ni_len(d, x);
    ensures limit: \result == 0 <==> ni_counted(d, x) > MCONN_NODEINFO_MAX;
    ensures bounded: \result <= MCONN_NODEINFO_BYTES_MAX; */
size_t mconn_nodeinfo_len(enum mconn_dialect d, mconn_nodeinfo x);

/* Writes it at o[i] (room for MCONN_NODEINFO_BYTES_MAX is required of index arithmetic only, the bytes written are
 * exactly mconn_nodeinfo_len, so none above the limit); returns the index after it. The spans of x are places in p,
 * and overlap nothing that is written. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + MCONN_NODEINFO_BYTES_MAX + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + ni_len(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + ni_len(d, x));
    terminates \true;
    assigns o[i .. i + ni_len(d, x) - 1];
    ensures exactly_the_announced_size: \result == i + ni_len(d, x);
    ensures the_one_encoding: ni_counted(d, x) <= MCONN_NODEINFO_MAX ==> ni_enc(d, o, i, p, x); */
size_t mconn_nodeinfo_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x);
#endif
