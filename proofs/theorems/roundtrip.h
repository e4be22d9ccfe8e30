/* Theorem 2: what the encoder writes, the decoder reads back, in both dialects.
 *
 * A header followed by ANY n bytes is one packet that says (ch, eof, those n bytes); it does not matter
 * what lies behind it, and of any part of it that is cut short the decoder says need more. The lemmas
 * speak of predicates only, header bytes as hdr (spec/logic/header.acsl) states them and a decoder's
 * decision as packet_post (spec/logic/packet.acsl) states it, so they hold of every function that has
 * these contracts. */
#ifndef MCONN_THEOREMS_ROUNDTRIP_H
#define MCONN_THEOREMS_ROUNDTRIP_H
#include "header.h"

/*@ // bytes of a msg packet that count against the limit, as mconn_packet_get counts them
  logic integer counted_size(integer d, integer ch, integer eof, integer n) =
    d == 0 ? body_size(0, msg_size(ch, eof, n)) : wire_size(1, ch, eof, n);
  // r is the msg packet [i, z) whose n payload bytes end it
  predicate msg_packet(mconn_packet r, integer z, integer ch, integer eof, integer n) =
    r.kind == 3 && r.err == 0 && r.z == z && r.m.ch == ch && (r.m.eof != 0 <==> eof == 1) &&
    r.m.len == n && (n > 0 ==> r.m.off == z - n);
  predicate need_more(mconn_packet r) = r.kind == 0 && r.err == 0;
*/

/* Sizes, for ghost code: it may not call the encoder's own functions. */
/*@ ghost
  /@ terminates \true;
     assigns \nothing;
     ensures size: \result == uv_size(x); @/
  size_t ghost_varint_size(uint64_t x);
  /@ requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     terminates \true;
     assigns \nothing;
     ensures size: \result == msg_size(ch, eof, n) && n <= \result <= n + 10; @/
  size_t ghost_msg_size(uint32_t ch, uint32_t eof, uint32_t n);
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: m <= MCONN_PAYLOAD_MAX + 10;
     terminates \true;
     assigns \nothing;
     ensures size: \result == body_size(d, m) && m + 2 <= \result <= m + 5; @/
  size_t ghost_body_size(enum mconn_dialect d, size_t m);
*/

/* The header of n payload bytes at i, any bytes after it, and a decision r about [i, e). */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires rng: ch <= 255 && eof <= 1 && n <= MCONN_PAYLOAD_MAX;
     requires idx: i <= e <= MCONN_INDEX_MAX && z == i + wire_size(d, ch, eof, n) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (i .. (e < z ? z : e) - 1));
     requires max: counted_size(d, ch, eof, n) <= max <= MCONN_INDEX_MAX;
     requires header: hdr(d, o, i, ch, eof, n);
     requires decision: packet_post(d, o, i, e, max, r);
     terminates \true;
     assigns \nothing;
     ensures read_back: z <= e ==> msg_packet(r, z, ch, eof, n);
     ensures cut_short: e < z ==> need_more(r); @/
  void lem_roundtrip(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t z, size_t max,
                     uint32_t ch, uint32_t eof, uint32_t n, mconn_packet r);
*/

/* A ping (1) or pong (2) packet at i, any bytes after it, and a decision r about [i, e). */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kind: kind == 1 || kind == 2;
     requires idx: i <= e <= MCONN_INDEX_MAX && i + control_size(d) <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (i .. i + control_size(d) - 1)) && \valid_read(o + (i .. e - 1));
     requires max: 5 <= max <= MCONN_INDEX_MAX;
     requires control: control(d, o, i, kind);
     requires decision: packet_post(d, o, i, e, max, r);
     terminates \true;
     assigns \nothing;
     ensures read_back: i + control_size(d) <= e ==> r.kind == kind && r.err == 0 && r.z == i + control_size(d);
     ensures cut_short: e < i + control_size(d) ==> need_more(r); @/
  void lem_roundtrip_control(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t max,
                             uint32_t kind, mconn_packet r);
*/
#endif
