/* Theorem 2, of node infos: what the encoder writes, the decoder reads back, in both dialects.
 *
 * The encoding of any node info within the limit, with ANY bytes behind it, is one node info that says the same
 * numbers and, text for text, the same bytes; of any part of it that is cut short the decoder says need more. The
 * lemma speaks of predicates only, the encoding as ni_enc and a decoder's decision as nodeinfo_post (both in
 * spec/logic/nodeinfo.acsl) state it, so it holds of every function that has these contracts. */
#ifndef MCONN_THEOREMS_NODEINFO_ROUNDTRIP_H
#define MCONN_THEOREMS_NODEINFO_ROUNDTRIP_H
#include "nodeinfo_put.h"

/*@ // the len bytes at o[off] are the text s, a place in p
  predicate text_at(uint8_t *o, integer off, integer len, uint8_t *p, mconn_span s) =
    len == s.len && (\forall integer j; 0 <= j < s.len ==> o[off + j] == p[s.from + j]);
  predicate same_text(uint8_t *o, mconn_span t, uint8_t *p, mconn_span s) = text_at(o, t.from, t.len, p, s);
  predicate same_texts(uint8_t *o, mconn_nodeinfo y, uint8_t *p, mconn_nodeinfo x) =
    same_text(o, y.id, p, x.id) && same_text(o, y.listen_addr, p, x.listen_addr) &&
    same_text(o, y.network, p, x.network) && same_text(o, y.version, p, x.version) &&
    same_text(o, y.channels, p, x.channels) && same_text(o, y.moniker, p, x.moniker);
  predicate same_rest(uint8_t *o, mconn_nodeinfo y, uint8_t *p, mconn_nodeinfo x) =
    y.p2p == x.p2p && y.block == x.block && y.app == x.app &&
    same_text(o, y.tx_index, p, x.tx_index) && same_text(o, y.rpc_address, p, x.rpc_address);
  // y, read from o, says what x, with its texts in p, says
  predicate same_nodeinfo(uint8_t *o, mconn_nodeinfo y, uint8_t *p, mconn_nodeinfo x) =
    same_texts(o, y, p, x) && same_rest(o, y, p, x);
*/

/* The encoding of x at i, any bytes after it, and a decision r about [i, e). */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires limit: ni_counted(d, x) <= MCONN_NODEINFO_MAX;
     requires idx: i <= e <= MCONN_INDEX_MAX && z == i + ni_size(d, x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (i .. z - 1));
     requires encoded: ni_enc(d, o, i, p, x);
     requires decision: nodeinfo_post(d, o, i, e, r);
     terminates \true;
     assigns \nothing;
     ensures whole: z <= e ==> r.whole != 0 && r.err == 0 && r.z == z;
     ensures read_back: z <= e ==> same_nodeinfo(o, r.x, p, x);
     ensures cut_short: e < z ==> r.whole == 0 && r.err == 0; @/
  void lem_nodeinfo_roundtrip(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t z, const uint8_t *p,
                              mconn_nodeinfo x, mconn_nodeinfo_read r);
*/
#endif
