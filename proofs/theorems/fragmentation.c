/* The proof of theorem 7: an induction over the fragments, as a loop. */
#include "fragmentation.h"

/* p is where q full fragments end. */
/*@ ghost
  void lem_fragment(enum mconn_dialect d, uint32_t id, uint32_t payload, uint32_t total, uint32_t q, uint32_t off,
                    uint32_t n)
  {
    uint64_t p = (uint64_t)q * payload, left = total - off;
    /@ assert next: (q + 1) * payload == p + payload; @/
    if (p < total) {
      /@ assert here: off == p; @/
      if (left <= payload) {
        /@ assert end: total <= p + payload; @/
      } else {
        /@ assert more: p + payload < total && n == payload; @/
      }
    } else if (q == 0) {
      /@ assert empty: total == 0 && off == 0 && n == 0; @/
    } else {
      /@ assert left_over: p == total && off == total - 1 && n == 1; @/
    }
  }
*/

fragmentation theorem_fragmentation(mconn_sender *s, mconn_sender_channel *c, uint32_t k, uint32_t total, uint32_t want)
{
  fragmentation r = { .count = 0 };
  bool eof = false;
  uint32_t off = 0;
  mconn_sender_offer(s, c, k, total);
  /*@ loop invariant inv: tx_inv(s, c) && only_pending(c, s->n, k) && (c[k].pending <==> !eof);
      loop invariant message: c[k].id == \at(c[k].id, Pre) && c[k].total == total && c[k].off == off <= total;
      loop invariant count: eof ? 0 < r.count <= total + 1 : r.count <= off;
      loop invariant place: !eof ==> off == frag_off(s->payload, total, r.count);
      loop invariant more: !eof ==> frag_more(s->dialect, c[k].id, s->payload, total, r.count);
      loop invariant end: eof ==> off == total && frag_count(s->dialect, c[k].id, s->payload, total, r.count);
      loop invariant want: want < r.count ==> r.want.k == k && r.want.len <= s->payload &&
        frag_is(s->dialect, c[k].id, s->payload, total, want, r.want);
      loop invariant final: want < r.count ==> (r.want.eof <==> eof && want == r.count - 1);
      loop assigns r, eof, off, c[k].sent, c[k].off, c[k].pending;
      loop variant total - off + (eof ? 0 : 1); */
  while (!eof) {
    mconn_send x = mconn_sender_look(s, c, 0, MCONN_INDEX_MAX);
    //@ assert some: x.kind != MCONN_SEND_NONE && x.k == k && x.off == off;
    //@ ghost lem_fragment(s->dialect, c[k].id, s->payload, total, r.count, off, x.len);
    //@ assert is: frag_is(s->dialect, c[k].id, s->payload, total, r.count, x);
    if (r.count == want) r.want = x;
    mconn_sender_take(s, c, k, x.len, x.eof, (uint32_t)x.z);
    r.count++;
    off += x.len;
    eof = x.eof;
  }
  return r;
}
