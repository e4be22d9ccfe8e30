/* Node info, written. There is one encoding: fields in the order of their numbers, what is zero or empty left out,
 * every length in the fewest bytes; a sub-message that is empty is left out in amino and written in proto, as
 * upstream's own encoders do.
 *
 * Pure, and written for the core with its contracts, but not proved yet: it moves to src/core when every goal of it
 * is. Until then it is tested (unit, vectors, fuzz, and against upstream by tests/interop). */
#include "mconn/node.h"

/* ---- sizes */
/*@ terminates \true;
    assigns \nothing;
    ensures size: \result == int_size(v);
    ensures rng: \result <= 11; */
static size_t int_len(uint64_t v)
{
  return v > 0 ? 1 + mconn_uvarint_len(v) : 0;
}

/*@ requires bounds: n <= MCONN_INDEX_MAX;
    terminates \true;
    assigns \nothing;
    ensures size: \result == text_size(n);
    ensures rng: n <= \result <= n + 11; */
static size_t text_len(size_t n)
{
  return n > 0 ? 1 + mconn_uvarint_len(n) + n : 0;
}

/* Key and length of a sub-message of m bytes. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    terminates \true;
    assigns \nothing;
    ensures size: \result == head_size(d, m);
    ensures rng: \result <= 11; */
static size_t head_len(enum mconn_dialect d, size_t m)
{
  return d == MCONN_PROTO || m > 0 ? 1 + mconn_uvarint_len(m) : 0;
}

/*@ terminates \true;
    assigns \nothing;
    ensures size: \result == ver_size(x);
    ensures rng: \result <= 33; */
static size_t versions_len(mconn_nodeinfo x)
{
  return int_len(x.p2p) + int_len(x.block) + int_len(x.app);
}

/*@ requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures size: \result == oth_size(x);
    ensures rng: \result <= 0x100000020; */
static size_t other_len(mconn_nodeinfo x)
{
  return text_len(x.tx_index.len) + text_len(x.rpc_address.len);
}

/*@ requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures size: \result == texts_size(x);
    ensures rng: \result <= 0x300000100; */
static size_t texts_len(mconn_nodeinfo x)
{
  return text_len(x.id.len) + text_len(x.listen_addr.len) + text_len(x.network.len) + text_len(x.version.len) +
         text_len(x.channels.len) + text_len(x.moniker.len);
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures size: \result == ni_body(d, x);
    ensures rng: \result <= 0x500000000; */
static size_t body_len(enum mconn_dialect d, mconn_nodeinfo x)
{
  size_t v = versions_len(x), o = other_len(x);
  return head_len(d, v) + v + texts_len(x) + head_len(d, o) + o;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures exact: ni_counted(d, x) <= MCONN_NODEINFO_MAX ==> \result == ni_size(d, x);
    ensures limit: ni_counted(d, x) > MCONN_NODEINFO_MAX <==> \result == 0;
    ensures bounded: \result <= MCONN_NODEINFO_BYTES_MAX; */
size_t mconn_nodeinfo_len(enum mconn_dialect d, mconn_nodeinfo x)
{
  size_t body = body_len(d, x), all = mconn_uvarint_len(body) + body;
  return (d == MCONN_PROTO ? body : all) <= MCONN_NODEINFO_MAX ? all : 0;
}

/* ---- pieces */
/*@ requires key: tag <= 127;
    requires room: i + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + int_size(v) - 1));
    terminates \true;
    assigns o[i .. i + int_size(v) - 1];
    ensures n: \result == i + int_size(v);
    ensures enc: is_int(o, i, tag, v); */
static size_t int_put(uint8_t *o, size_t i, uint8_t tag, uint64_t v)
{
  if (v == 0) return i;
  o[i] = tag;
  size_t r = mconn_uvarint_put(o, i + 1, v);
  //@ assert tag_stays: o[i] == tag;
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires room: i + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + head_size(d, m) - 1));
    terminates \true;
    assigns o[i .. i + head_size(d, m) - 1];
    ensures n: \result == i + head_size(d, m);
    ensures enc: head_enc(d, o, i, tag, m); */
static size_t head_put(enum mconn_dialect d, uint8_t *o, size_t i, uint8_t tag, size_t m)
{
  if (d == MCONN_AMINO && m == 0) return i;
  o[i] = tag;
  size_t r = mconn_uvarint_put(o, i + 1, m);
  //@ assert tag_stays: o[i] == tag;
  return r;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX && i + s.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    requires wr: \valid(o + (i .. i + s.len - 1));
    requires apart: span_apart(p, s, o, i, i + s.len);
    terminates \true;
    assigns o[i .. i + s.len - 1];
    ensures copy: \forall integer j; 0 <= j < s.len ==> o[i + j] == p[s.from + j];
    ensures n: \result == i + s.len; */
static size_t copy(uint8_t *o, size_t i, const uint8_t *p, mconn_span s)
{
  size_t j = 0;
  /*@ loop invariant rng: 0 <= j <= s.len;
      loop invariant copy: \forall integer k; 0 <= k < j ==> o[i + k] == p[s.from + k];
      loop assigns j, o[i .. i + s.len - 1];
      loop variant s.len - j; */
  while (j < s.len) {
    o[i + j] = p[s.from + j];
    j++;
  }
  return i + s.len;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX && i + s.len + 16 <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    requires wr: \valid(o + (i .. i + text_size(s.len) - 1));
    requires apart: span_apart(p, s, o, i, i + text_size(s.len));
    terminates \true;
    assigns o[i .. i + text_size(s.len) - 1];
    ensures n: \result == i + text_size(s.len);
    ensures enc: text_enc(o, i, tag, p, s); */
static size_t text_put(uint8_t *o, size_t i, uint8_t tag, const uint8_t *p, mconn_span s)
{
  if (s.len == 0) return i;
  o[i] = tag;
  size_t a = mconn_uvarint_put(o, i + 1, s.len);
  //@ assert key: o[i] == tag;
  size_t r = copy(o, a, p, s);
  //@ assert key_stays: o[i] == tag;
  //@ assert length_stays: uv_enc(o, i + 1, s.len);
  return r;
}

/* ---- the three parts */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires room: i + 64 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + front_size(d, x) - 1));
    terminates \true;
    assigns o[i .. i + front_size(d, x) - 1];
    ensures n: \result == i + front_size(d, x);
    ensures enc: front_enc(d, o, i, x); */
static size_t front_put(enum mconn_dialect d, uint8_t *o, size_t i, mconn_nodeinfo x)
{
  size_t m = versions_len(x);
  size_t a = head_put(d, o, i, 0x0A, m);
  size_t b = int_put(o, a, 0x08, x.p2p);
  //@ assert head: head_enc(d, o, i, 0x0A, m);
  size_t c = int_put(o, b, 0x10, x.block);
  //@ assert head_stays: head_enc(d, o, i, 0x0A, m);
  //@ assert p2p: is_int(o, a, 0x08, x.p2p);
  size_t r = int_put(o, c, 0x18, x.app);
  //@ assert head_still: head_enc(d, o, i, 0x0A, m);
  //@ assert p2p_stays: is_int(o, a, 0x08, x.p2p);
  //@ assert block: is_int(o, b, 0x10, x.block);
  return r;
}

/*@ requires spans: ni_readable(p, x);
    requires limit: texts_size(x) <= MCONN_NODEINFO_MAX;
    requires room: i + MCONN_NODEINFO_MAX + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + texts_size(x) - 1));
    requires apart: ni_apart(p, x, o, i, i + texts_size(x));
    terminates \true;
    assigns o[i .. i + texts_size(x) - 1];
    ensures n: \result == i + texts_size(x);
    ensures enc: texts_enc(o, i, p, x); */
static size_t texts_put(uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t a3 = text_put(o, i, 0x12, p, x.id);
  size_t a4 = text_put(o, a3, 0x1A, p, x.listen_addr);
  //@ assert at4: text_enc(o, i, 0x12, p, x.id);
  size_t a5 = text_put(o, a4, 0x22, p, x.network);
  //@ assert at5: text_enc(o, i, 0x12, p, x.id) && text_enc(o, a3, 0x1A, p, x.listen_addr);
  size_t a6 = text_put(o, a5, 0x2A, p, x.version);
  //@ assert at6: text_enc(o, i, 0x12, p, x.id) && text_enc(o, a3, 0x1A, p, x.listen_addr);
  //@ assert at6_network: text_enc(o, a4, 0x22, p, x.network);
  size_t a7 = text_put(o, a6, 0x32, p, x.channels);
  //@ assert at7: text_enc(o, i, 0x12, p, x.id) && text_enc(o, a3, 0x1A, p, x.listen_addr);
  //@ assert at7_network: text_enc(o, a4, 0x22, p, x.network) && text_enc(o, a5, 0x2A, p, x.version);
  size_t r = text_put(o, a7, 0x3A, p, x.moniker);
  //@ assert at8: text_enc(o, i, 0x12, p, x.id) && text_enc(o, a3, 0x1A, p, x.listen_addr);
  //@ assert at8_network: text_enc(o, a4, 0x22, p, x.network) && text_enc(o, a5, 0x2A, p, x.version);
  //@ assert at8_channels: text_enc(o, a6, 0x32, p, x.channels);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires limit: back_size(d, x) <= MCONN_NODEINFO_MAX;
    requires room: i + MCONN_NODEINFO_MAX + 32 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + back_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + back_size(d, x));
    terminates \true;
    assigns o[i .. i + back_size(d, x) - 1];
    ensures n: \result == i + back_size(d, x);
    ensures enc: back_enc(d, o, i, p, x); */
static size_t back_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t m = other_len(x);
  size_t a = head_put(d, o, i, 0x42, m);
  size_t b = text_put(o, a, 0x0A, p, x.tx_index);
  //@ assert head: head_enc(d, o, i, 0x42, m);
  size_t r = text_put(o, b, 0x12, p, x.rpc_address);
  //@ assert head_stays: head_enc(d, o, i, 0x42, m);
  //@ assert tx_index: text_enc(o, a, 0x0A, p, x.tx_index);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires limit: ni_counted(d, x) <= MCONN_NODEINFO_MAX;
    requires room: i + MCONN_NODEINFO_BYTES_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + ni_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + ni_size(d, x));
    terminates \true;
    assigns o[i .. i + ni_size(d, x) - 1];
    ensures exactly_the_announced_size: \result == i + ni_size(d, x);
    ensures the_one_encoding: ni_enc(d, o, i, p, x); */
size_t mconn_nodeinfo_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t body = body_len(d, x);
  size_t b = mconn_uvarint_put(o, i, body);
  size_t t = front_put(d, o, b, x);
  //@ assert prefix: uv_enc(o, i, body);
  size_t c = texts_put(o, t, p, x);
  //@ assert prefix_stays: uv_enc(o, i, body);
  //@ assert front: front_enc(d, o, b, x);
  size_t r = back_put(d, o, c, p, x);
  //@ assert prefix_still: uv_enc(o, i, body);
  //@ assert front_stays: front_enc(d, o, b, x);
  //@ assert texts: texts_enc(o, t, p, x);
  return r;
}
