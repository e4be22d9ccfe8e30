/* Theorem 5 at step level, proofs, and the two functions it is about. The lemmas have no code to look at:
 * chunk independence is a consequence of contracts that mention the bytes of one packet only. */
#include "chunk.h"

/* A length prefix is found in one place or nowhere, whatever follows it. */
/*@ ghost
  /@ requires idx: i <= e <= e2 <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
     requires a: packet_post(d, p, i, e, max, a);
     requires b: packet_post(d, p, i, e2, max, b);
     terminates \true;
     assigns \nothing;
     ensures bad: a.err == 1 ==> b.err == 1;
     ensures none: a.b == 0 && a.err == 0 && e == e2 ==> b.b == 0 && b.err == 0;
     ensures found: a.b > 0 ==> b.b == a.b && b.err != 1; @/
  void lem_prefix(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t e2, size_t max,
                  mconn_packet a, mconn_packet b)
  {
    /@ assert a_is: a.b > 0 ==> uv_is(p, i, a.b - i) && uv_fits(p, i, a.b - i) && a.b <= e; @/
    /@ assert b_is: b.b > 0 ==> uv_is(p, i, b.b - i) && uv_fits(p, i, b.b - i) && b.b <= e2; @/
    /@ assert b_more: b.b == 0 && b.err == 0 ==> uv_more(p, i, e2); @/
    /@ assert b_none: b.b == 0 && b.err != 0 ==> b.err == 1; @/
  }
*/
/*@ ghost
  void lem_chunk(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t e2, size_t max,
                 mconn_packet a, mconn_packet b)
  {
    lem_prefix(d, p, i, e, e2, max, a, b);
    /@ assert len: a.b > 0 && a.z > 0 && b.z > 0 ==> b.z == a.z; @/
    /@ assert big: a.err == 2 ==> b.err == 2; @/
    /@ assert framed: a.b > 0 && a.z > 0 ==> b.z == a.z; @/
    /@ assert err: !undecided(a) ==> a.err == b.err && (a.err != 0 ==> a.at == b.at); @/
    /@ assert kind: !undecided(a) ==> a.kind == b.kind; @/
  }
*/
/*@ ghost
  void lem_chunk_event(const mconn_receiver *r, const mconn_receiver_channel *c, const uint8_t *p, size_t i, size_t e,
                       size_t e2, mconn_event a, mconn_event b)
  {
    lem_chunk(r->dialect, p, i, e, e2, r->max, a.packet, b.packet);
  }
*/

typedef struct {
  mconn_packet a, b;
} packets;
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires idx: i <= e <= e2 <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e2 - 1));
    terminates \true;
    assigns \nothing;
    ensures decided: !undecided(\result.a) ==> same_packet(\result.a, \result.b);
    ensures honest_need: undecided(\result.a) && e2 < \result.a.z ==> undecided(\result.b); */
packets theorem_chunk_packet(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t e2, size_t max)
{
  packets x = { .a = mconn_packet_get(d, p, i, e, max), .b = mconn_packet_get(d, p, i, e2, max) };
  //@ ghost lem_chunk(d, p, i, e, e2, max, x.a, x.b);
  return x;
}

typedef struct {
  mconn_event a, b;
} events;
/*@ requires st: \valid_read(r) && \valid_read(c + (0 .. r->n - 1));
    requires inv: rx_inv(r, c);
    requires idx: i <= e <= e2 <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e2 - 1));
    terminates \true;
    assigns \nothing;
    ensures decided: \result.a.kind != MCONN_EVENT_MORE ==> same_event(\result.a, \result.b);
    ensures honest_need: \result.a.kind == MCONN_EVENT_MORE && e2 < \result.a.packet.z ==>
      \result.b.kind == MCONN_EVENT_MORE; */
events theorem_chunk_look(const mconn_receiver *r, const mconn_receiver_channel *c, const uint8_t *p, size_t i,
                          size_t e, size_t e2)
{
  events x = { .a = mconn_receiver_look(r, c, p, i, e), .b = mconn_receiver_look(r, c, p, i, e2) };
  //@ ghost lem_chunk_event(r, c, p, i, e, e2, x.a, x.b);
  return x;
}
