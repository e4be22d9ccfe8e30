/* Theorem 2, of node infos: proofs. From the inside out: one field, the walk over the fields of a message, the two
 * sub-messages, the node info, its frame; and at the end the round trip as a program, encoder against decoder.
 *
 * The decoder looks each field up by itself (deep_val, part_val and the rest, spec/logic/nodeinfo.acsl), so a walk
 * looks for one: it says that what is found from the first field on is what is found from the present one on, given
 * what was found so far. */
#include "nodeinfo_roundtrip.h"
#include "roundtrip.h"

/* Where a walk is: at a, behind the field numbered last, with what was found so far. */
typedef struct {
  size_t a, last, off;
  uint64_t val;
} walk;

/*@ // a field numbered k of wire type w is written at a, its value or length is v
  predicate field_put(uint8_t *o, integer a, integer k, integer w, integer v) =
    o[a] == 8 * k + w && uv_enc(o, a + 1, v);
  logic integer field_size(integer w, integer v) = 1 + uv_size(v) + (w == 2 ? v : 0);
  logic integer field_off(integer a, integer w, integer v) = w == 2 ? a + 1 + uv_size(v) : a + 1;
  // where it ends, and with what value, the element at a is read
  predicate elem_is(uint8_t *o, integer a, integer z, integer k, integer w, integer v) =
    elem_err(o, a, z) == 0 && elem_wire(o, a, z) == w && elem_over(o, a, z) == 0 && am_num(o, a, z) == k &&
    elem_num(o, a, z) == k && elem_val(o, a, z) == v;
  predicate elem_ends(uint8_t *o, integer a, integer z, integer w, integer v) =
    elem_off(o, a, z) == field_off(a, w, v) && elem_end(o, a, z) == a + field_size(w, v);
*/

/* ---- sizes, for ghost code: it may not call the encoder's own functions */
/*@ ghost
  /@ terminates \true;
     assigns \nothing;
     ensures size: \result == int_size(v) && \result <= 11; @/
  size_t ghost_int_size(uint64_t v)
  {
    size_t n = 0;
    if (v > 0) n = 1 + ghost_varint_size(v);
    return n;
  }
  /@ requires rng: n <= MCONN_INDEX_MAX;
     terminates \true;
     assigns \nothing;
     ensures size: \result == text_size(n) && n <= \result <= n + 11; @/
  size_t ghost_text_size(size_t n)
  {
    size_t m = 0;
    if (n > 0) m = 1 + ghost_varint_size(n) + n;
    return m;
  }
  /@ terminates \true;
     assigns \nothing;
     ensures size: \result == ver_size(x) && \result <= 33; @/
  size_t ghost_versions_size(mconn_nodeinfo x)
  {
    size_t a = ghost_int_size(x.p2p), b = ghost_int_size(x.block), c = ghost_int_size(x.app);
    return a + b + c;
  }
  /@ requires rng: x.tx_index.len <= MCONN_INDEX_MAX && x.rpc_address.len <= MCONN_INDEX_MAX;
     terminates \true;
     assigns \nothing;
     ensures size: \result == oth_size(x) && \result <= x.tx_index.len + x.rpc_address.len + 22; @/
  size_t ghost_other_size(mconn_nodeinfo x)
  {
    size_t a = ghost_text_size(x.tx_index.len), b = ghost_text_size(x.rpc_address.len);
    return a + b;
  }
*/

/* ---- one field */
/*@ ghost
  /@ requires kinds: 1 <= k <= 8 && (w == 0 || w == 2);
     requires idx: a + field_size(w, v) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires put: field_put(o, a, k, w, v);
     terminates \true;
     assigns \nothing;
     ensures is: elem_is(o, a, z, k, w, v);
     ensures ends: elem_ends(o, a, z, w, v);
     ensures field: fld_err(o, a, z) == 0 && fld_end(o, a, z) == a + field_size(w, v);
     ensures amino: \forall integer last; last < k ==> af_one(o, a, z, 0, last) == 0;
     ensures canonical: elem_a(o, a, z) == a + 1; @/
  void lem_elem(const uint8_t *o, size_t a, size_t z, size_t k, size_t w, uint64_t v)
  {
    lem_one_byte(o, a, z);
    lem_uvarint(o, a + 1, z, v);
    /@ assert key: elem_key(o, a, z) == 8 * k + w && elem_a(o, a, z) == a + 1 && elem_wire(o, a, z) == w; @/
    /@ assert num: elem_num(o, a, z) == k && am_num(o, a, z) == k; @/
    /@ assert val: elem_err(o, a, z) == 0 && elem_val(o, a, z) == v; @/
    /@ assert end: elem_end(o, a, z) == a + field_size(w, v) && elem_off(o, a, z) == field_off(a, w, v); @/
    /@ assert strict: elem_over(o, a, z) == 0; @/
  }
*/

/* The field, as a field of message q behind one numbered last. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: 1 <= k <= 8 && (q == 0 || q == 1 || q == 8) && w == ni_wire(q, k) && (w == 0 || w == 2);
     requires order: last < k;
     requires idx: a + field_size(w, v) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires put: field_put(o, a, k, w, v);
     terminates \true;
     assigns \nothing;
     ensures accepted: ni_one(d, o, a, z, q, last) == 0;
     ensures num: ni_num(d, o, a, z) == k;
     ensures next: ni_next(d, o, a, z, q) == a + field_size(w, v);
     ensures val: elem_val(o, a, z) == v;
     ensures off: elem_off(o, a, z) == field_off(a, w, v); @/
  void lem_field(enum mconn_dialect d, const uint8_t *o, size_t a, size_t z, size_t q, size_t k, size_t w, uint64_t v,
                 size_t last)
  {
    lem_elem(o, a, z, k, w, v);
    /@ assert num: ni_num(d, o, a, z) == k; @/
    /@ assert typed: ni_wire(q, ni_num(d, o, a, z)) == elem_wire(o, a, z); @/
  }
*/

/* ---- a step of a walk: over the field numbered k, if it is here */
/* Fields of a message q, sub-messages not looked into; n is looked for. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: 1 <= k <= 8 && (q == 0 || q == 1 || q == 8) && w == ni_wire(q, k) && (w == 0 || w == 2);
     requires order: s.last < k;
     requires idx: (here != 0 ==> s.a + field_size(w, v) <= z) && s.a <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (s.a .. z - 1));
     requires put: here != 0 ==> field_put(o, s.a, k, w, v);
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == s.a + (here != 0 ? field_size(w, v) : 0);
     ensures last: \result.last == (here != 0 ? k : s.last);
     ensures found: \result.val == (here != 0 && k == n ? v : s.val);
     ensures found_at: \result.off == (here != 0 && k == n ? field_off(s.a, w, v) : s.off);
     ensures err: part_err(d, o, s.a, z, q, s.last) == part_err(d, o, \result.a, z, q, \result.last);
     ensures val: part_val(d, o, s.a, z, q, s.last, n, s.val) ==
       part_val(d, o, \result.a, z, q, \result.last, n, \result.val);
     ensures off: part_off(d, o, s.a, z, q, s.last, n, s.off) ==
       part_off(d, o, \result.a, z, q, \result.last, n, \result.off); @/
  walk part_step(enum mconn_dialect d, const uint8_t *o, size_t z, size_t q, size_t k, size_t w, uint8_t here,
                 uint64_t v, size_t n, walk s)
  {
    walk r = s;
    if (here != 0) {
      lem_field(d, o, s.a, z, q, k, w, v, s.last);
      r.a = s.a + 1 + ghost_varint_size(v);
      if (w == 2) r.a = r.a + v;
      r.last = k;
      if (k == n) {
        r.val = v;
        r.off = s.a + 1;
        if (w == 2) r.off = s.a + 1 + ghost_varint_size(v);
      }
      /@ assert place: r.a == ni_next(d, o, s.a, z, q) && r.last == ni_num(d, o, s.a, z); @/
      /@ assert accepted: s.a < z && ni_one(d, o, s.a, z, q, s.last) == 0; @/
    }
    return r;
  }
*/
/* Fields of the node info; n of sub-message m is looked for. Of a sub-message that is here and is m, u says what is
 * found in it, given what was found so far. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: 1 <= k <= 8 && (m == 1 || m == 8);
     requires order: s.last < k;
     requires idx: (here != 0 ==> s.a + field_size(2, v) <= z) && s.a <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (s.a .. z - 1));
     requires put: here != 0 ==> field_put(o, s.a, k, 2, v);
     requires sub_err: here != 0 && (k == 1 || k == 8) ==>
       part_err(d, o, field_off(s.a, 2, v), s.a + field_size(2, v), k, 0) == 0;
     requires sub_val: here != 0 && k == m ==>
       part_val(d, o, field_off(s.a, 2, v), s.a + field_size(2, v), m, 0, n, s.val) == u.val;
     requires sub_off: here != 0 && k == m ==>
       part_off(d, o, field_off(s.a, 2, v), s.a + field_size(2, v), m, 0, n, s.off) == u.off;
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == s.a + (here != 0 ? field_size(2, v) : 0);
     ensures last: \result.last == (here != 0 ? k : s.last);
     ensures found: \result.val == (here != 0 && k == m ? u.val : s.val);
     ensures found_at: \result.off == (here != 0 && k == m ? u.off : s.off);
     ensures err: ni_err(d, o, s.a, z, s.last) == ni_err(d, o, \result.a, z, \result.last);
     ensures val: deep_val(d, o, s.a, z, s.last, m, n, s.val) ==
       deep_val(d, o, \result.a, z, \result.last, m, n, \result.val);
     ensures off: deep_off(d, o, s.a, z, s.last, m, n, s.off) ==
       deep_off(d, o, \result.a, z, \result.last, m, n, \result.off); @/
  walk info_step(enum mconn_dialect d, const uint8_t *o, size_t z, size_t k, uint8_t here, size_t v, size_t m,
                 size_t n, walk u, walk s)
  {
    walk r = s;
    if (here != 0) {
      lem_field(d, o, s.a, z, 0, k, 2, v, s.last);
      r.a = s.a + 1 + ghost_varint_size(v) + v;
      r.last = k;
      /@ assert place: r.a == ni_next(d, o, s.a, z, 0) && r.last == ni_num(d, o, s.a, z); @/
      /@ assert sub: elem_off(o, s.a, z) == field_off(s.a, 2, v) && ni_to(o, s.a, z) == s.a + field_size(2, v); @/
      /@ assert accepted: s.a < z && ni_one(d, o, s.a, z, 0, s.last) == 0; @/
      /@ assert field: ni_field(d, o, s.a, z, s.last) == 0; @/
      if (k == m) {
        r.val = u.val;
        r.off = u.off;
        /@ assert val_in: part_val(d, o, elem_off(o, s.a, z), ni_to(o, s.a, z), m, 0, n, s.val) == r.val; @/
        /@ assert off_in: part_off(d, o, elem_off(o, s.a, z), ni_to(o, s.a, z), m, 0, n, s.off) == r.off; @/
      }
      /@ assert val: deep_val(d, o, s.a, z, s.last, m, n, s.val) == deep_val(d, o, r.a, z, r.last, m, n, r.val); @/
      /@ assert off: deep_off(d, o, s.a, z, s.last, m, n, s.off) == deep_off(d, o, r.a, z, r.last, m, n, r.off); @/
    }
    return r;
  }
*/

/* ---- the versions, [a, z): n is looked for */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == a + ver_size(x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires put: ver_enc(o, a, x);
     terminates \true;
     assigns \nothing;
     ensures err: part_err(d, o, a, z, 1, 0) == 0;
     ensures val: \result.val == part_val(d, o, a, z, 1, 0, n, 0);
     ensures off: \result.off == part_off(d, o, a, z, 1, 0, n, 0);
     ensures p2p: n == 1 ==> \result.val == x.p2p;
     ensures block: n == 2 ==> \result.val == x.block;
     ensures app: n == 3 ==> \result.val == x.app; @/
  walk walk_versions(enum mconn_dialect d, const uint8_t *o, size_t a, size_t z, mconn_nodeinfo x, size_t n)
  {
    walk s0, s1, s2, s3;
    uint8_t h1 = 0, h2 = 0, h3 = 0;
    if (x.p2p > 0) h1 = 1;
    if (x.block > 0) h2 = 1;
    if (x.app > 0) h3 = 1;
    s0.a = a;
    s0.last = 0;
    s0.off = 0;
    s0.val = 0;
    s1 = part_step(d, o, z, 1, 1, 0, h1, x.p2p, n, s0);
    /@ assert at1: s1.a == a + int_size(x.p2p); @/
    s2 = part_step(d, o, z, 1, 2, 0, h2, x.block, n, s1);
    /@ assert at2: s2.a == a + int_size(x.p2p) + int_size(x.block); @/
    s3 = part_step(d, o, z, 1, 3, 0, h3, x.app, n, s2);
    /@ assert at3: s3.a == z; @/
    return s3;
  }
*/

/* ---- texts */
/* Where the bytes of an encoded text are. */
/*@ ghost
  /@ requires put: s.len > 0 && text_enc(o, a, tag, p, s);
     requires at: off == a + 1 + uv_size(s.len);
     terminates \true;
     assigns \nothing;
     ensures at: text_at(o, off, s.len, p, s); @/
  void lem_text_at(const uint8_t *o, size_t a, size_t off, size_t tag, const uint8_t *p, mconn_span s)
  {
    /@ assert bytes: \forall integer j; 0 <= j < s.len ==> o[a + 1 + uv_size(s.len) + j] == p[s.from + j]; @/
  }
*/
/* A step over the text s numbered k of message q. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: 1 <= k <= 8 && (q == 0 || q == 8) && ni_wire(q, k) == 2;
     requires order: w.last < k;
     requires idx: w.a + text_size(s.len) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (w.a .. z - 1));
     requires put: text_enc(o, w.a, 8 * k + 2, p, s);
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == w.a + text_size(s.len);
     ensures last: \result.last <= k;
     ensures other: k != n ==> \result.val == w.val && \result.off == w.off;
     ensures found: k == n && w.val == 0 ==> text_at(o, \result.off, \result.val, p, s);
     ensures err: part_err(d, o, w.a, z, q, w.last) == part_err(d, o, \result.a, z, q, \result.last);
     ensures val: part_val(d, o, w.a, z, q, w.last, n, w.val) ==
       part_val(d, o, \result.a, z, q, \result.last, n, \result.val);
     ensures off: part_off(d, o, w.a, z, q, w.last, n, w.off) ==
       part_off(d, o, \result.a, z, q, \result.last, n, \result.off); @/
  walk text_step(enum mconn_dialect d, const uint8_t *o, size_t z, size_t q, size_t k, const uint8_t *p, mconn_span s,
                 size_t n, walk w)
  {
    walk r;
    uint8_t here = 0;
    if (s.len > 0) here = 1;
    /@ assert size: here != 0 ==> text_size(s.len) == field_size(2, s.len); @/
    r = part_step(d, o, z, q, k, 2, here, s.len, n, w);
    if (here != 0 && k == n) {
      /@ assert at: r.off == w.a + 1 + uv_size(s.len) && r.val == s.len; @/
      lem_text_at(o, w.a, r.off, 8 * k + 2, p, s);
      /@ assert found: text_at(o, r.off, r.val, p, s); @/
    }
    return r;
  }
*/

/* The other two, [a, z): n is looked for. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == a + oth_size(x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (a .. z - 1));
     requires put: oth_enc(o, a, p, x);
     terminates \true;
     assigns \nothing;
     ensures err: part_err(d, o, a, z, 8, 0) == 0;
     ensures val: \result.val == part_val(d, o, a, z, 8, 0, n, 0);
     ensures off: \result.off == part_off(d, o, a, z, 8, 0, n, 0);
     ensures tx_index: n == 1 ==> text_at(o, \result.off, \result.val, p, x.tx_index);
     ensures rpc_address: n == 2 ==> text_at(o, \result.off, \result.val, p, x.rpc_address); @/
  walk walk_other(enum mconn_dialect d, const uint8_t *o, size_t a, size_t z, const uint8_t *p, mconn_nodeinfo x,
                  size_t n)
  {
    walk s0, s1, s2;
    s0.a = a;
    s0.last = 0;
    s0.off = 0;
    s0.val = 0;
    s1 = text_step(d, o, z, 8, 1, p, x.tx_index, n, s0);
    s2 = text_step(d, o, z, 8, 2, p, x.rpc_address, n, s1);
    /@ assert tx_index: n == 1 ==> text_at(o, s1.off, s1.val, p, x.tx_index); @/
    /@ assert end: s2.a == z; @/
    return s2;
  }
*/

/* ---- the node info [b, z): its parts */
/*@ ghost
  /@ terminates \true;
     assigns \nothing;
     ensures size: n <= text_size(n); @/
  void lem_text_size(size_t n)
  {
    /@ assert varint: uv_size(n) >= 1; @/
  }
  /@ terminates \true;
     assigns \nothing;
     ensures size: 0 <= texts_size(x); @/
  void lem_texts_size(mconn_nodeinfo x)
  {
    lem_text_size(x.id.len);
    lem_text_size(x.listen_addr.len);
    lem_text_size(x.network.len);
    lem_text_size(x.version.len);
    lem_text_size(x.channels.len);
    lem_text_size(x.moniker.len);
  }
  /@ terminates \true;
     assigns \nothing;
     ensures tx_index: x.tx_index.len <= oth_size(x);
     ensures rpc_address: x.rpc_address.len <= oth_size(x); @/
  void lem_other_size(mconn_nodeinfo x)
  {
    lem_text_size(x.tx_index.len);
    lem_text_size(x.rpc_address.len);
  }
*/

/* The versions, v bytes, end at f, and are a field if h1; the texts end at t; the others are the last m bytes, and
 * are a field if h8. */
typedef struct {
  size_t v, f, t, m;
  uint8_t h1, h8;
} parts;

/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == b + ni_body(d, x) && z <= MCONN_INDEX_MAX;
     terminates \true;
     assigns \nothing;
     ensures v: \result.v == ver_size(x);
     ensures m: \result.m == oth_size(x);
     ensures f: \result.f == b + front_size(d, x);
     ensures t: \result.t == b + front_size(d, x) + texts_size(x);
     ensures order: b <= \result.f - \result.v && \result.f <= \result.t && \result.t <= z - \result.m;
     ensures head: \result.f - \result.v == b + head_size(d, ver_size(x));
     ensures tail: z - \result.m == b + front_size(d, x) + texts_size(x) + head_size(d, oth_size(x));
     ensures front: \result.h1 != 0 ==> \result.f == b + field_size(2, \result.v) && (d == 0 || \result.v > 0);
     ensures no_front: \result.h1 == 0 ==> \result.f == b && x.p2p == 0 && x.block == 0 && x.app == 0;
     ensures back: \result.h8 != 0 ==> z == \result.t + field_size(2, \result.m) && (d == 0 || \result.m > 0);
     ensures no_back: \result.h8 == 0 ==> z == \result.t && x.tx_index.len == 0 && x.rpc_address.len == 0; @/
  parts body_parts(enum mconn_dialect d, size_t b, size_t z, mconn_nodeinfo x)
  {
    parts r;
    lem_texts_size(x);
    lem_other_size(x);
    size_t v = ghost_versions_size(x);
    /@ assert front_rng: v <= front_size(d, x); @/
    /@ assert back_rng: oth_size(x) <= back_size(d, x) <= z; @/
    size_t m = ghost_other_size(x), f = b, t = z;
    uint8_t h1 = 0, h8 = 0;
    if (d == MCONN_PROTO || v > 0) h1 = 1;
    if (d == MCONN_PROTO || m > 0) h8 = 1;
    /@ assert front: front_size(d, x) == (h1 != 0 ? field_size(2, v) : 0); @/
    /@ assert back: back_size(d, x) == (h8 != 0 ? field_size(2, m) : 0); @/
    if (h1 != 0) f = b + 1 + ghost_varint_size(v) + v;
    if (h8 != 0) t = z - m - ghost_varint_size(m) - 1;
    /@ assert f: f == b + front_size(d, x); @/
    /@ assert t: t == z - back_size(d, x); @/
    /@ assert no_versions: v == 0 ==> int_size(x.p2p) == 0 && int_size(x.block) == 0 && int_size(x.app) == 0; @/
    r.v = v;
    r.m = m;
    r.f = f;
    r.t = t;
    r.h1 = h1;
    r.h8 = h8;
    return r;
  }
*/
/* What is written in them. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires put: body_enc(d, o, b, p, x);
     requires v: v == ver_size(x);
     requires m: m == oth_size(x);
     requires f: f == b + front_size(d, x);
     requires t: t == b + front_size(d, x) + texts_size(x);
     requires head: va == b + head_size(d, ver_size(x));
     requires tail: ma == b + front_size(d, x) + texts_size(x) + head_size(d, oth_size(x));
     terminates \true;
     assigns \nothing;
     ensures front: d == 0 || v > 0 ==> field_put(o, b, 1, 2, v);
     ensures versions: ver_enc(o, va, x);
     ensures texts: texts_enc(o, f, p, x);
     ensures back: d == 0 || m > 0 ==> field_put(o, t, 8, 2, m);
     ensures other: oth_enc(o, ma, p, x); @/
  void lem_parts(enum mconn_dialect d, const uint8_t *o, size_t b, size_t va, size_t f, size_t t, size_t ma, size_t v,
                 size_t m, const uint8_t *p, mconn_nodeinfo x)
  {
    /@ assert front: front_enc(d, o, b, x); @/
    /@ assert back: back_enc(d, o, t, p, x); @/
  }
*/

/* ---- the node info [b, z): texts */
/* Over the six texts, from where w is; n is looked for. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires start: w.last < 2 && w.val == 0;
     requires idx: w.a + texts_size(x) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (w.a .. z - 1));
     requires put: texts_enc(o, w.a, p, x);
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == w.a + texts_size(x);
     ensures last: \result.last <= 7;
     ensures val: part_val(d, o, w.a, z, 0, w.last, n, w.val) ==
       part_val(d, o, \result.a, z, 0, \result.last, n, \result.val);
     ensures off: part_off(d, o, w.a, z, 0, w.last, n, w.off) ==
       part_off(d, o, \result.a, z, 0, \result.last, n, \result.off);
     ensures id: n == 2 ==> text_at(o, \result.off, \result.val, p, x.id);
     ensures listen_addr: n == 3 ==> text_at(o, \result.off, \result.val, p, x.listen_addr);
     ensures network: n == 4 ==> text_at(o, \result.off, \result.val, p, x.network);
     ensures version: n == 5 ==> text_at(o, \result.off, \result.val, p, x.version);
     ensures channels: n == 6 ==> text_at(o, \result.off, \result.val, p, x.channels);
     ensures moniker: n == 7 ==> text_at(o, \result.off, \result.val, p, x.moniker); @/
  walk walk_six(enum mconn_dialect d, const uint8_t *o, size_t z, const uint8_t *p, mconn_nodeinfo x, size_t n, walk w)
  {
    walk w2, w3, w4, w5, w6, w7;
    w2 = text_step(d, o, z, 0, 2, p, x.id, n, w);
    /@ assert id: n == 2 ==> text_at(o, w2.off, w2.val, p, x.id); @/
    w3 = text_step(d, o, z, 0, 3, p, x.listen_addr, n, w2);
    /@ assert listen_addr: n == 3 ==> text_at(o, w3.off, w3.val, p, x.listen_addr); @/
    w4 = text_step(d, o, z, 0, 4, p, x.network, n, w3);
    /@ assert network: n == 4 ==> text_at(o, w4.off, w4.val, p, x.network); @/
    w5 = text_step(d, o, z, 0, 5, p, x.version, n, w4);
    /@ assert version: n == 5 ==> text_at(o, w5.off, w5.val, p, x.version); @/
    w6 = text_step(d, o, z, 0, 6, p, x.channels, n, w5);
    /@ assert channels: n == 6 ==> text_at(o, w6.off, w6.val, p, x.channels); @/
    w7 = text_step(d, o, z, 0, 7, p, x.moniker, n, w6);
    return w7;
  }
*/
/* Over all fields; n, a text, is looked for. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: b <= f <= t <= z <= MCONN_INDEX_MAX && t == f + texts_size(x);
     requires front: h1 != 0 ==> f == b + field_size(2, v) && field_put(o, b, 1, 2, v);
     requires no_front: h1 == 0 ==> f == b;
     requires back: h8 != 0 ==> z == t + field_size(2, m) && field_put(o, t, 8, 2, m);
     requires no_back: h8 == 0 ==> z == t;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: texts_enc(o, f, p, x);
     requires text: 2 <= n <= 7;
     terminates \true;
     assigns \nothing;
     ensures val: \result.val == part_val(d, o, b, z, 0, 0, n, 0);
     ensures off: \result.off == part_off(d, o, b, z, 0, 0, n, 0);
     ensures id: n == 2 ==> text_at(o, \result.off, \result.val, p, x.id);
     ensures listen_addr: n == 3 ==> text_at(o, \result.off, \result.val, p, x.listen_addr);
     ensures network: n == 4 ==> text_at(o, \result.off, \result.val, p, x.network);
     ensures version: n == 5 ==> text_at(o, \result.off, \result.val, p, x.version);
     ensures channels: n == 6 ==> text_at(o, \result.off, \result.val, p, x.channels);
     ensures moniker: n == 7 ==> text_at(o, \result.off, \result.val, p, x.moniker); @/
  walk walk_fields(enum mconn_dialect d, const uint8_t *o, size_t b, size_t f, size_t t, size_t z, uint8_t h1,
                   size_t v, uint8_t h8, size_t m, const uint8_t *p, mconn_nodeinfo x, size_t n)
  {
    walk w0, w1, w7, w8;
    w0.a = b;
    w0.last = 0;
    w0.off = 0;
    w0.val = 0;
    w1 = part_step(d, o, z, 0, 1, 2, h1, v, n, w0);
    /@ assert behind_front: w1.a == f && w1.val == 0 && w1.last < 2; @/
    w7 = walk_six(d, o, z, p, x, n, w1);
    /@ assert behind_texts: w7.a == t && w7.last <= 7; @/
    w8 = part_step(d, o, z, 0, 8, 2, h8, m, n, w7);
    /@ assert end: w8.a == z && w8.val == w7.val && w8.off == w7.off; @/
    return w8;
  }
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == b + ni_body(d, x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: body_enc(d, o, b, p, x);
     requires text: 2 <= n <= 7;
     terminates \true;
     assigns \nothing;
     ensures val: \result.val == part_val(d, o, b, z, 0, 0, n, 0);
     ensures off: \result.off == part_off(d, o, b, z, 0, 0, n, 0);
     ensures id: n == 2 ==> text_at(o, \result.off, \result.val, p, x.id);
     ensures listen_addr: n == 3 ==> text_at(o, \result.off, \result.val, p, x.listen_addr);
     ensures network: n == 4 ==> text_at(o, \result.off, \result.val, p, x.network);
     ensures version: n == 5 ==> text_at(o, \result.off, \result.val, p, x.version);
     ensures channels: n == 6 ==> text_at(o, \result.off, \result.val, p, x.channels);
     ensures moniker: n == 7 ==> text_at(o, \result.off, \result.val, p, x.moniker); @/
  walk walk_texts(enum mconn_dialect d, const uint8_t *o, size_t b, size_t z, const uint8_t *p, mconn_nodeinfo x,
                  size_t n)
  {
    parts r;
    walk w;
    r = body_parts(d, b, z, x);
    lem_parts(d, o, b, r.f - r.v, r.f, r.t, z - r.m, r.v, r.m, p, x);
    w = walk_fields(d, o, b, r.f, r.t, z, r.h1, r.v, r.h8, r.m, p, x, n);
    return w;
  }
*/

/* ---- the node info [b, z): errors, and what its sub-messages say */
/* Over the six texts, from where w is. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: 2 <= k <= 7 && (m == 1 || m == 8);
     requires order: w.last < k;
     requires idx: w.a + text_size(s.len) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (w.a .. z - 1));
     requires put: text_enc(o, w.a, 8 * k + 2, p, s);
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == w.a + text_size(s.len);
     ensures last: \result.last <= k;
     ensures same: \result.val == w.val && \result.off == w.off;
     ensures err: ni_err(d, o, w.a, z, w.last) == ni_err(d, o, \result.a, z, \result.last);
     ensures val: deep_val(d, o, w.a, z, w.last, m, n, w.val) ==
       deep_val(d, o, \result.a, z, \result.last, m, n, \result.val);
     ensures off: deep_off(d, o, w.a, z, w.last, m, n, w.off) ==
       deep_off(d, o, \result.a, z, \result.last, m, n, \result.off); @/
  walk info_text_step(enum mconn_dialect d, const uint8_t *o, size_t z, size_t k, const uint8_t *p, mconn_span s,
                      size_t m, size_t n, walk w)
  {
    walk r;
    uint8_t here = 0;
    if (s.len > 0) here = 1;
    /@ assert size: here != 0 ==> text_size(s.len) == field_size(2, s.len); @/
    r = info_step(d, o, z, k, here, s.len, m, n, w, w);
    return r;
  }
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires kinds: m == 1 || m == 8;
     requires start: w.last < 2;
     requires idx: w.a + texts_size(x) <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (w.a .. z - 1));
     requires put: texts_enc(o, w.a, p, x);
     terminates \true;
     assigns \nothing;
     ensures place: \result.a == w.a + texts_size(x);
     ensures last: \result.last <= 7;
     ensures same: \result.val == w.val && \result.off == w.off;
     ensures err: ni_err(d, o, w.a, z, w.last) == ni_err(d, o, \result.a, z, \result.last);
     ensures val: deep_val(d, o, w.a, z, w.last, m, n, w.val) ==
       deep_val(d, o, \result.a, z, \result.last, m, n, \result.val);
     ensures off: deep_off(d, o, w.a, z, w.last, m, n, w.off) ==
       deep_off(d, o, \result.a, z, \result.last, m, n, \result.off); @/
  walk over_six(enum mconn_dialect d, const uint8_t *o, size_t z, const uint8_t *p, mconn_nodeinfo x, size_t m,
                size_t n, walk w)
  {
    walk w2, w3, w4, w5, w6, w7;
    w2 = info_text_step(d, o, z, 2, p, x.id, m, n, w);
    w3 = info_text_step(d, o, z, 3, p, x.listen_addr, m, n, w2);
    w4 = info_text_step(d, o, z, 4, p, x.network, m, n, w3);
    w5 = info_text_step(d, o, z, 5, p, x.version, m, n, w4);
    w6 = info_text_step(d, o, z, 6, p, x.channels, m, n, w5);
    w7 = info_text_step(d, o, z, 7, p, x.moniker, m, n, w6);
    return w7;
  }
*/
/* Over all fields; n of sub-message m is looked for. Of the sub-messages, u1 and u8 say what is found in them. */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: b <= f - v && f <= t && t <= z - w && t == f + texts_size(x) && z <= MCONN_INDEX_MAX;
     requires front: h1 != 0 ==> f == b + field_size(2, v) && field_put(o, b, 1, 2, v);
     requires no_front: h1 == 0 ==> f == b && u1.val == 0 && u1.off == 0;
     requires back: h8 != 0 ==> z == t + field_size(2, w) && field_put(o, t, 8, 2, w);
     requires no_back: h8 == 0 ==> z == t && u8.val == 0 && u8.off == 0;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: texts_enc(o, f, p, x);
     requires sub: m == 1 || m == 8;
     requires err_1: h1 != 0 ==> part_err(d, o, f - v, f, 1, 0) == 0;
     requires val_1: h1 != 0 ==> u1.val == part_val(d, o, f - v, f, 1, 0, n, 0);
     requires off_1: h1 != 0 ==> u1.off == part_off(d, o, f - v, f, 1, 0, n, 0);
     requires err_8: h8 != 0 ==> part_err(d, o, z - w, z, 8, 0) == 0;
     requires val_8: h8 != 0 ==> u8.val == part_val(d, o, z - w, z, 8, 0, n, 0);
     requires off_8: h8 != 0 ==> u8.off == part_off(d, o, z - w, z, 8, 0, n, 0);
     terminates \true;
     assigns \nothing;
     ensures err: ni_err(d, o, b, z, 0) == 0;
     ensures val: \result.val == deep_val(d, o, b, z, 0, m, n, 0);
     ensures off: \result.off == deep_off(d, o, b, z, 0, m, n, 0);
     ensures found_1: m == 1 ==> \result.val == u1.val && \result.off == u1.off;
     ensures found_8: m == 8 ==> \result.val == u8.val && \result.off == u8.off; @/
  walk walk_subs(enum mconn_dialect d, const uint8_t *o, size_t b, size_t f, size_t t, size_t z, uint8_t h1, size_t v,
                 uint8_t h8, size_t w, const uint8_t *p, mconn_nodeinfo x, size_t m, size_t n, walk u1, walk u8)
  {
    walk w0, w1, w7, w8;
    w0.a = b;
    w0.last = 0;
    w0.off = 0;
    w0.val = 0;
    /@ assert sub_1: h1 != 0 ==> f - v == field_off(b, 2, v) && f == b + field_size(2, v); @/
    w1 = info_step(d, o, z, 1, h1, v, m, n, u1, w0);
    /@ assert behind_front: w1.a == f && w1.last < 2; @/
    w7 = over_six(d, o, z, p, x, m, n, w1);
    /@ assert behind_texts: w7.a == t && w7.last <= 7; @/
    /@ assert none_yet: m == 8 ==> w7.val == 0 && w7.off == 0; @/
    /@ assert sub_8: h8 != 0 ==> z - w == field_off(w7.a, 2, w) && z == w7.a + field_size(2, w); @/
    /@ assert err_8: h8 != 0 ==> part_err(d, o, field_off(w7.a, 2, w), w7.a + field_size(2, w), 8, 0) == 0; @/
    w8 = info_step(d, o, z, 8, h8, w, m, n, u8, w7);
    /@ assert end: w8.a == z; @/
    return w8;
  }
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == b + ni_body(d, x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: body_enc(d, o, b, p, x);
     requires sub: m == 1 && 1 <= n <= 3 || m == 8 && 1 <= n <= 2;
     terminates \true;
     assigns \nothing;
     ensures err: ni_err(d, o, b, z, 0) == 0;
     ensures val: \result.val == deep_val(d, o, b, z, 0, m, n, 0);
     ensures off: \result.off == deep_off(d, o, b, z, 0, m, n, 0);
     ensures p2p: m == 1 && n == 1 ==> \result.val == x.p2p;
     ensures block: m == 1 && n == 2 ==> \result.val == x.block;
     ensures app: m == 1 && n == 3 ==> \result.val == x.app;
     ensures tx_index: m == 8 && n == 1 ==> text_at(o, \result.off, \result.val, p, x.tx_index);
     ensures rpc_address: m == 8 && n == 2 ==> text_at(o, \result.off, \result.val, p, x.rpc_address); @/
  walk walk_info(enum mconn_dialect d, const uint8_t *o, size_t b, size_t z, const uint8_t *p, mconn_nodeinfo x,
                 size_t m, size_t n)
  {
    parts r;
    walk u1, u8, w;
    r = body_parts(d, b, z, x);
    lem_parts(d, o, b, r.f - r.v, r.f, r.t, z - r.m, r.v, r.m, p, x);
    u1.a = b;
    u1.last = 0;
    u1.off = 0;
    u1.val = 0;
    u8 = u1;
    if (r.h1 != 0) u1 = walk_versions(d, o, r.f - r.v, r.f, x, n);
    if (r.h8 != 0) u8 = walk_other(d, o, z - r.m, z, p, x, n);
    w = walk_subs(d, o, b, r.f, r.t, z, r.h1, r.v, r.h8, r.m, p, x, m, n, u1, u8);
    return w;
  }
*/

/* ---- the node info [b, z), read as y */
/*@ ghost
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == b + ni_body(d, x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: body_enc(d, o, b, p, x);
     requires read: ni_is(d, o, b, z, y);
     terminates \true;
     assigns \nothing;
     ensures same: same_texts(o, y, p, x); @/
  void lem_texts(enum mconn_dialect d, const uint8_t *o, size_t b, size_t z, const uint8_t *p, mconn_nodeinfo x,
                 mconn_nodeinfo y)
  {
    walk w;
    w = walk_texts(d, o, b, z, p, x, 2);
    /@ assert id: same_text(o, y.id, p, x.id); @/
    w = walk_texts(d, o, b, z, p, x, 3);
    /@ assert listen_addr: same_text(o, y.listen_addr, p, x.listen_addr); @/
    w = walk_texts(d, o, b, z, p, x, 4);
    /@ assert network: same_text(o, y.network, p, x.network); @/
    w = walk_texts(d, o, b, z, p, x, 5);
    /@ assert version: same_text(o, y.version, p, x.version); @/
    w = walk_texts(d, o, b, z, p, x, 6);
    /@ assert channels: same_text(o, y.channels, p, x.channels); @/
    w = walk_texts(d, o, b, z, p, x, 7);
    /@ assert moniker: same_text(o, y.moniker, p, x.moniker); @/
  }
  /@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
     requires idx: z == b + ni_body(d, x) && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(o + (b .. z - 1));
     requires put: body_enc(d, o, b, p, x);
     requires read: ni_is(d, o, b, z, y);
     terminates \true;
     assigns \nothing;
     ensures same: same_rest(o, y, p, x); @/
  void lem_rest(enum mconn_dialect d, const uint8_t *o, size_t b, size_t z, const uint8_t *p, mconn_nodeinfo x,
                mconn_nodeinfo y)
  {
    walk w;
    w = walk_info(d, o, b, z, p, x, 1, 1);
    /@ assert p2p: y.p2p == x.p2p; @/
    w = walk_info(d, o, b, z, p, x, 1, 2);
    /@ assert block: y.block == x.block; @/
    w = walk_info(d, o, b, z, p, x, 1, 3);
    /@ assert app: y.app == x.app; @/
    w = walk_info(d, o, b, z, p, x, 8, 1);
    /@ assert tx_index: same_text(o, y.tx_index, p, x.tx_index); @/
    w = walk_info(d, o, b, z, p, x, 8, 2);
    /@ assert rpc_address: same_text(o, y.rpc_address, p, x.rpc_address); @/
  }
*/

/* ---- the frame: a prefix [i, b) that announces len bytes, and a decision about [i, e) */
/*@ ghost
  /@ requires idx: i <= e <= MCONN_INDEX_MAX;
     requires prefix: prefix_is(o, i, b, len);
     requires counted: counted(d, i, b, len) <= MCONN_NODEINFO_MAX;
     requires fine: ni_err(d, o, b, b + len, 0) == 0;
     requires decision: nodeinfo_post(d, o, i, e, r);
     terminates \true;
     assigns \nothing;
     ensures whole: b + len <= e ==> r.whole != 0 && r.err == 0 && r.b == b && r.z == b + len &&
       ni_is(d, o, b, b + len, r.x);
     ensures cut_short: e < b + len ==> r.whole == 0 && r.err == 0; @/
  void lem_nodeinfo_frame(enum mconn_dialect d, const uint8_t *o, size_t i, size_t b, size_t len, size_t e,
                          mconn_nodeinfo_read r)
  {
    /@ assert not_bad: r.err != 1; @/
    /@ assert same_prefix: r.b != 0 ==> r.b == b; @/
    /@ assert not_big: r.err != 47; @/
    /@ assert not_refused: r.err == 0; @/
  }
*/

/*@ ghost
  void lem_nodeinfo_roundtrip(enum mconn_dialect d, const uint8_t *o, size_t i, size_t e, size_t z, const uint8_t *p,
                              mconn_nodeinfo x, mconn_nodeinfo_read r)
  {
    walk w;
    // a body of 127 bytes has a prefix of one byte, one of 128 a prefix of two
    size_t k = 1;
    if (z - i > 128) k = 2;
    size_t b = i + k, body = z - b;
    /@ assert short: ni_body(d, x) <= 10240 && z - i == uv_size(ni_body(d, x)) + ni_body(d, x); @/
    /@ assert prefix_size: k == uv_size(ni_body(d, x)) && body == ni_body(d, x); @/
    /@ assert encoded: body_enc(d, o, b, p, x); @/
    lem_uvarint(o, i, z, body);
    w = walk_info(d, o, b, z, p, x, 1, 1);
    /@ assert fine: ni_err(d, o, b, z, 0) == 0; @/
    /@ assert prefix: prefix_is(o, i, b, body); @/
    lem_nodeinfo_frame(d, o, i, b, body, e, r);
    if (z <= e) {
      /@ assert read: ni_is(d, o, b, z, r.x); @/
      lem_texts(d, o, b, z, p, x, r.x);
      lem_rest(d, o, b, z, p, x, r.x);
    }
  }
*/

/* ---- as a program: any bytes behind it */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires limit: ni_counted(d, x) <= MCONN_NODEINFO_MAX;
    requires idx: i + MCONN_NODEINFO_BYTES_MAX + 16 <= e <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. e - 1));
    requires apart: ni_apart(p, x, o, i, e);
    terminates \true;
    assigns o[i .. i + ni_size(d, x) - 1];
    ensures whole: \result.whole != 0 && \result.err == MCONN_OK && \result.z == i + ni_size(d, x);
    ensures read_back: same_nodeinfo(o, \result.x, p, x); */
mconn_nodeinfo_read nodeinfo_round_trip(enum mconn_dialect d, uint8_t *o, size_t i, size_t e, const uint8_t *p,
                                        mconn_nodeinfo x)
{
  size_t z = mconn_nodeinfo_put(d, o, i, p, x);
  mconn_nodeinfo_read r = mconn_nodeinfo_get(d, o, i, e);
  //@ ghost lem_nodeinfo_roundtrip(d, o, i, e, z, p, x, r);
  return r;
}
