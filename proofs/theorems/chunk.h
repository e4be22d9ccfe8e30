/* Theorem 5: what is decoded depends on the consumed bytes alone, so cutting the stream anywhere changes
 * nothing. Step by step: a is a decision about [i, e), b one about the same bytes and more, [i, e2).
 *
 * What goes wrong in practice: a reader that takes the end of a read for the end of a packet, or that
 * waits for bytes it does not need. Both are excluded by packet_post alone; with e2 == e the lemmas also
 * say that a contract leaves no choice: two decisions about the same bytes are the same decision. */
#ifndef MCONN_THEOREMS_CHUNK_H
#define MCONN_THEOREMS_CHUNK_H
#include "receiver.h"

/*@ predicate undecided(mconn_packet r) = r.kind == 0 && r.err == 0;
    predicate same_msg(mconn_msg a, mconn_msg b) =
      a.ch == b.ch && (a.eof != 0 <==> b.eof != 0) && a.off == b.off && a.len == b.len;
    predicate same_packet(mconn_packet a, mconn_packet b) =
      a.err == b.err && a.kind == b.kind && a.b == b.b && a.z == b.z && same_msg(a.m, b.m) &&
      (a.err != 0 ==> a.at == b.at);
    predicate same_event(mconn_event a, mconn_event b) =
      a.kind == b.kind && a.err == b.err && a.k == b.k && a.place == b.place && same_packet(a.packet, b.packet) &&
      (a.err != 0 ==> a.at == b.at);
*/
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: i <= e <= e2 <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
     requires a: packet_post(d, p, i, e, max, a);
     requires b: packet_post(d, p, i, e2, max, b);
     terminates \true;
     assigns \nothing;
     ensures decided: !undecided(a) ==> same_packet(a, b);
     ensures honest_need: undecided(a) && e2 < a.z ==> undecided(b);
     ensures enough: undecided(a) && a.b > 0 && a.z <= e2 ==> !undecided(b) && b.b == a.b && b.z == a.z;
     ensures no_choice: e == e2 ==> same_packet(a, b); @/
  void lem_chunk(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t e2, size_t max,
                 mconn_packet a, mconn_packet b);
*/
/* The same for a receiver's look: one state, because looking does not change it. */
/*@ ghost
  /@ requires st: \valid_read(r) && \valid_read(c + (0 .. r->n - 1));
     requires inv: rx_inv(r, c);
     requires idx: i <= e <= e2 <= MCONN_INDEX_MAX;
     requires a: packet_post(r->dialect, p, i, e, r->max, a.packet) && rx_is(r, c, a);
     requires b: packet_post(r->dialect, p, i, e2, r->max, b.packet) && rx_is(r, c, b);
     terminates \true;
     assigns \nothing;
     ensures decided: a.kind != MCONN_EVENT_MORE ==> same_event(a, b);
     ensures honest_need: a.kind == MCONN_EVENT_MORE && e2 < a.packet.z ==> b.kind == MCONN_EVENT_MORE;
     ensures enough: a.kind == MCONN_EVENT_MORE && a.packet.b > 0 && a.packet.z <= e2 ==>
       b.kind != MCONN_EVENT_MORE && b.packet.z == a.packet.z; @/
  void lem_chunk_event(const mconn_receiver *r, const mconn_receiver_channel *c, const uint8_t *p, size_t i, size_t e,
                       size_t e2, mconn_event a, mconn_event b);
*/
#endif
