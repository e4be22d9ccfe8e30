/* Node info, written: fields in the order of their numbers, what is zero or empty left out, every length in the
 * fewest bytes; a sub-message that is empty is left out in amino and written in proto, as upstream's own encoders
 * do. Each length is computed before what it announces is written, by a function that mirrors the writing one. */
#include "nodeinfo_put.h"

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

/*@ requires bounds: m <= MCONN_INDEX_MAX && n <= MCONN_INDEX_MAX;
    terminates \true;
    assigns \nothing;
    ensures size: \result == pair_size(m, n);
    ensures rng: \result <= m + n + 22; */
static size_t pair_len(size_t m, size_t n)
{
  return text_len(m) + text_len(n);
}

/*@ requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures size: \result == texts_size(x);
    ensures rng: \result <= 0x300000100; */
static size_t texts_len(mconn_nodeinfo x)
{
  return pair_len(x.id.len, x.listen_addr.len) + pair_len(x.network.len, x.version.len) +
         pair_len(x.channels.len, x.moniker.len);
}

/* A sub-message of m bytes, or where it would be. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires bounds: m <= 0x100000100;
    terminates \true;
    assigns \nothing;
    ensures size: \result == head_size(d, m) + m;
    ensures rng: \result <= m + 11; */
static size_t part_len(enum mconn_dialect d, size_t m)
{
  return head_len(d, m) + m;
}

/* The message, without its length prefix. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_bounded(x);
    terminates \true;
    assigns \nothing;
    ensures size: \result == ni_body(d, x);
    ensures rng: \result <= 0x500000000; */
static size_t body_len(enum mconn_dialect d, mconn_nodeinfo x)
{
  size_t front = part_len(d, versions_len(x));
  size_t back = part_len(d, pair_len(x.tx_index.len, x.rpc_address.len));
  return front + texts_len(x) + back;
}

size_t mconn_nodeinfo_len(enum mconn_dialect d, mconn_nodeinfo x)
{
  size_t body = body_len(d, x), all = mconn_uvarint_len(body) + body;
  return (d == MCONN_PROTO ? body : all) <= MCONN_NODEINFO_MAX ? all : 0;
}

/* ---- pieces */
/*@ requires room: i + 16 <= MCONN_INDEX_MAX;
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
    ensures n: \result == i + s.len;
    ensures copy: \forall integer j; 0 <= j < s.len ==> o[i + j] == p[s.from + j]; */
static size_t copy(uint8_t *o, size_t i, const uint8_t *p, mconn_span s)
{
  size_t j = 0;
  /*@ loop invariant rng: 0 <= j <= s.len;
      loop invariant source: \forall integer k; 0 <= k < s.len ==> p[s.from + k] == \at(p[s.from + k], Pre);
      loop invariant copy: \forall integer k; 0 <= k < j ==> o[i + k] == \at(p[s.from + k], Pre);
      loop assigns j, o[i .. i + s.len - 1];
      loop variant s.len - j; */
  while (j < s.len) {
    o[i + j] = p[s.from + j];
    //@ assert here: \let l = j; o[i + l] == \at(p[s.from + l], Pre);
    //@ assert before: \forall integer k; 0 <= k < j ==> o[i + k] == \at(p[s.from + k], Pre);
    j++;
  }
  return i + s.len;
}

/* A text that is not empty. */
/*@ requires some: s.len > 0;
    requires bounds: s.from + s.len <= MCONN_INDEX_MAX;
    requires room: i + text_size(s.len) + 16 <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    requires wr: \valid(o + (i .. i + text_size(s.len) - 1));
    requires apart: span_apart(p, s, o, i, i + text_size(s.len));
    terminates \true;
    assigns o[i .. i + text_size(s.len) - 1];
    ensures n: \result == i + text_size(s.len);
    ensures enc: text_enc(o, i, tag, p, s);
    ensures in: text_in{Pre, Post}(o, i, p, s); */
static size_t some_text_put(uint8_t *o, size_t i, uint8_t tag, const uint8_t *p, mconn_span s)
{
  o[i] = tag;
  size_t a = mconn_uvarint_put(o, i + 1, s.len);
  //@ assert key: o[i] == tag;
  size_t r = copy(o, a, p, s);
  //@ assert key_stays: o[i] == tag;
  //@ assert length_stays: uv_enc(o, i + 1, s.len);
  //@ assert bytes: \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == p[s.from + j];
  //@ assert text: text_enc(o, i, tag, p, s);
  //@ assert source_stays: \forall integer j; 0 <= j < s.len ==> p[s.from + j] == \at(p[s.from + j], Pre);
  /*@ assert copied:
        \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == \at(p[s.from + j], Pre); */
  return r;
}

/* The clause bytes says part of enc again, about p as it was: what is written next does not change that. */
/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX;
    requires room: i + text_size(s.len) + 16 <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    requires wr: \valid(o + (i .. i + text_size(s.len) - 1));
    requires apart: span_apart(p, s, o, i, i + text_size(s.len));
    terminates \true;
    assigns o[i .. i + text_size(s.len) - 1];
    ensures n: \result == i + text_size(s.len);
    ensures enc: text_enc(o, i, tag, p, s);
    ensures bytes: \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == \old(p[s.from + j]); */
static size_t text_put(uint8_t *o, size_t i, uint8_t tag, const uint8_t *p, mconn_span s)
{
  size_t r = i;
  if (s.len > 0) r = some_text_put(o, i, tag, p, s);
  //@ assert in: text_in{Pre, Here}(o, i, p, s);
  return r;
}

/* Two texts, one behind the other. */
/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX && t.from + t.len <= MCONN_INDEX_MAX;
    requires room: i + pair_size(s.len, t.len) + 16 <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s) && span_readable(p, t);
    requires wr: \valid(o + (i .. i + pair_size(s.len, t.len) - 1));
    requires s_apart: span_apart(p, s, o, i, i + pair_size(s.len, t.len));
    requires t_apart: span_apart(p, t, o, i, i + pair_size(s.len, t.len));
    terminates \true;
    assigns o[i .. i + pair_size(s.len, t.len) - 1];
    ensures n: \result == i + pair_size(s.len, t.len);
    ensures enc: pair_enc(o, i, p, s_tag, s, t_tag, t); */
static size_t pair_put(uint8_t *o, size_t i, const uint8_t *p, uint8_t s_tag, mconn_span s, uint8_t t_tag, mconn_span t)
{
  size_t a = text_put(o, i, s_tag, p, s);
  /*@ assert bytes:
        \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == \at(p[s.from + j], Pre); */
  size_t r = text_put(o, a, t_tag, p, t);
  //@ assert source_stays: \forall integer j; 0 <= j < s.len ==> p[s.from + j] == \at(p[s.from + j], Pre);
  //@ assert key_stays: s.len > 0 ==> o[i] == s_tag;
  //@ assert length_stays: s.len > 0 ==> uv_enc(o, i + 1, s.len);
  /*@ assert bytes_stay:
        \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == \at(p[s.from + j], Pre); */
  /*@ assert bytes_are_there:
        \forall integer j; 0 <= j < s.len ==> o[i + 1 + uv_size(s.len) + j] == p[s.from + j]; */
  //@ assert first_stays: text_enc(o, i, s_tag, p, s);
  return r;
}

/* ---- the three parts */
/*@ requires room: i + ver_size(x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + ver_size(x) - 1));
    terminates \true;
    assigns o[i .. i + ver_size(x) - 1];
    ensures n: \result == i + ver_size(x);
    ensures enc: ver_enc(o, i, x); */
static size_t versions_put(uint8_t *o, size_t i, mconn_nodeinfo x)
{
  size_t b = int_put(o, i, 0x08, x.p2p);
  size_t c = int_put(o, b, 0x10, x.block);
  //@ assert p2p: is_int(o, i, 0x08, x.p2p);
  size_t r = int_put(o, c, 0x18, x.app);
  //@ assert p2p_stays: is_int(o, i, 0x08, x.p2p);
  //@ assert block: is_int(o, b, 0x10, x.block);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires room: i + front_size(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + front_size(d, x) - 1));
    terminates \true;
    assigns o[i .. i + front_size(d, x) - 1];
    ensures n: \result == i + front_size(d, x);
    ensures enc: front_enc(d, o, i, x); */
static size_t front_put(enum mconn_dialect d, uint8_t *o, size_t i, mconn_nodeinfo x)
{
  size_t m = versions_len(x);
  size_t a = head_put(d, o, i, 0x0A, m);
  size_t r = versions_put(o, a, x);
  //@ assert head_stays: head_enc(d, o, i, 0x0A, m);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + back_size(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + back_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + back_size(d, x));
    terminates \true;
    assigns o[i .. i + back_size(d, x) - 1];
    ensures n: \result == i + back_size(d, x);
    ensures enc: back_enc(d, o, i, p, x); */
static size_t back_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t m = pair_len(x.tx_index.len, x.rpc_address.len);
  size_t a = head_put(d, o, i, 0x42, m);
  size_t r = pair_put(o, a, p, 0x0A, x.tx_index, 0x12, x.rpc_address);
  //@ assert head_stays: head_enc(d, o, i, 0x42, m);
  return r;
}

/* From a field to the end: each of the next three writes two texts and leaves what follows to the one before, so that
 * no more than two texts at a time have to be shown to stay. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + from_channels_size(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + from_channels_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + from_channels_size(d, x));
    terminates \true;
    assigns o[i .. i + from_channels_size(d, x) - 1];
    ensures n: ends_at(\result, i, from_channels_size(d, x));
    ensures enc: from_channels_enc(d, o, i, p, x); */
static size_t from_channels_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t a = text_put(o, i, 0x32, p, x.channels);
  /*@ assert moniker_before: \forall integer j; 0 <= j < x.moniker.len ==>
        p[x.moniker.from + j] == \at(p[x.moniker.from + j], Pre); */
  size_t b = text_put(o, a, 0x3A, p, x.moniker);
  /*@ assert channels_copied: \forall integer j; 0 <= j < x.channels.len ==>
        o[i + 1 + uv_size(x.channels.len) + j] == \at(p[x.channels.from + j], Pre); */
  /*@ assert moniker_copied: \forall integer j; 0 <= j < x.moniker.len ==>
        o[a + 1 + uv_size(x.moniker.len) + j] == \at(p[x.moniker.from + j], Pre); */
  //@ assert order: i <= a <= b;
  //@ assert channels_head: text_head(o, i, 0x32, x.channels);
  size_t r = back_put(d, o, b, p, x);
  //@ assert channels_head_stays: text_head(o, i, 0x32, x.channels);
  //@ assert moniker_head_stays: text_head(o, a, 0x3A, x.moniker);
  /*@ assert channels_source: \forall integer j; 0 <= j < x.channels.len ==>
        p[x.channels.from + j] == \at(p[x.channels.from + j], Pre); */
  /*@ assert moniker_source: \forall integer j; 0 <= j < x.moniker.len ==>
        p[x.moniker.from + j] == \at(p[x.moniker.from + j], Pre); */
  /*@ assert channels_stays: \forall integer j; 0 <= j < x.channels.len ==>
        o[i + 1 + uv_size(x.channels.len) + j] == \at(p[x.channels.from + j], Pre); */
  /*@ assert channels: \forall integer j; 0 <= j < x.channels.len ==>
        o[i + 1 + uv_size(x.channels.len) + j] == p[x.channels.from + j]; */
  /*@ assert moniker_stays: \forall integer j; 0 <= j < x.moniker.len ==>
        o[a + 1 + uv_size(x.moniker.len) + j] == \at(p[x.moniker.from + j], Pre); */
  /*@ assert moniker: \forall integer j; 0 <= j < x.moniker.len ==>
        o[a + 1 + uv_size(x.moniker.len) + j] == p[x.moniker.from + j]; */
  //@ assert first: text_enc(o, i, 0x32, p, x.channels);
  //@ assert second: text_enc(o, a, 0x3A, p, x.moniker);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + from_network_size(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + from_network_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + from_network_size(d, x));
    terminates \true;
    assigns o[i .. i + from_network_size(d, x) - 1];
    ensures n: ends_at(\result, i, from_network_size(d, x));
    ensures enc: from_network_enc(d, o, i, p, x); */
static size_t from_network_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t a = text_put(o, i, 0x22, p, x.network);
  /*@ assert version_before: \forall integer j; 0 <= j < x.version.len ==>
        p[x.version.from + j] == \at(p[x.version.from + j], Pre); */
  size_t b = text_put(o, a, 0x2A, p, x.version);
  /*@ assert network_copied: \forall integer j; 0 <= j < x.network.len ==>
        o[i + 1 + uv_size(x.network.len) + j] == \at(p[x.network.from + j], Pre); */
  /*@ assert version_copied: \forall integer j; 0 <= j < x.version.len ==>
        o[a + 1 + uv_size(x.version.len) + j] == \at(p[x.version.from + j], Pre); */
  //@ assert order: i <= a <= b;
  //@ assert network_head: text_head(o, i, 0x22, x.network);
  size_t r = from_channels_put(d, o, b, p, x);
  //@ assert network_head_stays: text_head(o, i, 0x22, x.network);
  //@ assert version_head_stays: text_head(o, a, 0x2A, x.version);
  /*@ assert network_source: \forall integer j; 0 <= j < x.network.len ==>
        p[x.network.from + j] == \at(p[x.network.from + j], Pre); */
  /*@ assert version_source: \forall integer j; 0 <= j < x.version.len ==>
        p[x.version.from + j] == \at(p[x.version.from + j], Pre); */
  /*@ assert network_stays: \forall integer j; 0 <= j < x.network.len ==>
        o[i + 1 + uv_size(x.network.len) + j] == \at(p[x.network.from + j], Pre); */
  /*@ assert network: \forall integer j; 0 <= j < x.network.len ==>
        o[i + 1 + uv_size(x.network.len) + j] == p[x.network.from + j]; */
  /*@ assert version_stays: \forall integer j; 0 <= j < x.version.len ==>
        o[a + 1 + uv_size(x.version.len) + j] == \at(p[x.version.from + j], Pre); */
  /*@ assert version: \forall integer j; 0 <= j < x.version.len ==>
        o[a + 1 + uv_size(x.version.len) + j] == p[x.version.from + j]; */
  //@ assert first: text_enc(o, i, 0x22, p, x.network);
  //@ assert second: text_enc(o, a, 0x2A, p, x.version);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + from_id_size(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + from_id_size(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + from_id_size(d, x));
    terminates \true;
    assigns o[i .. i + from_id_size(d, x) - 1];
    ensures n: ends_at(\result, i, from_id_size(d, x));
    ensures enc: from_id_enc(d, o, i, p, x); */
static size_t from_id_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  size_t a = text_put(o, i, 0x12, p, x.id);
  /*@ assert listen_addr_before: \forall integer j; 0 <= j < x.listen_addr.len ==>
        p[x.listen_addr.from + j] == \at(p[x.listen_addr.from + j], Pre); */
  size_t b = text_put(o, a, 0x1A, p, x.listen_addr);
  /*@ assert id_copied: \forall integer j; 0 <= j < x.id.len ==>
        o[i + 1 + uv_size(x.id.len) + j] == \at(p[x.id.from + j], Pre); */
  /*@ assert listen_addr_copied: \forall integer j; 0 <= j < x.listen_addr.len ==>
        o[a + 1 + uv_size(x.listen_addr.len) + j] == \at(p[x.listen_addr.from + j], Pre); */
  //@ assert order: i <= a <= b;
  //@ assert id_head: text_head(o, i, 0x12, x.id);
  size_t r = from_network_put(d, o, b, p, x);
  //@ assert id_head_stays: text_head(o, i, 0x12, x.id);
  //@ assert listen_addr_head_stays: text_head(o, a, 0x1A, x.listen_addr);
  //@ assert id_source: \forall integer j; 0 <= j < x.id.len ==> p[x.id.from + j] == \at(p[x.id.from + j], Pre);
  /*@ assert listen_addr_source: \forall integer j; 0 <= j < x.listen_addr.len ==>
        p[x.listen_addr.from + j] == \at(p[x.listen_addr.from + j], Pre); */
  /*@ assert id_stays: \forall integer j; 0 <= j < x.id.len ==>
        o[i + 1 + uv_size(x.id.len) + j] == \at(p[x.id.from + j], Pre); */
  /*@ assert id: \forall integer j; 0 <= j < x.id.len ==>
        o[i + 1 + uv_size(x.id.len) + j] == p[x.id.from + j]; */
  /*@ assert listen_addr_stays: \forall integer j; 0 <= j < x.listen_addr.len ==>
        o[a + 1 + uv_size(x.listen_addr.len) + j] == \at(p[x.listen_addr.from + j], Pre); */
  /*@ assert listen_addr: \forall integer j; 0 <= j < x.listen_addr.len ==>
        o[a + 1 + uv_size(x.listen_addr.len) + j] == p[x.listen_addr.from + j]; */
  //@ assert first: text_enc(o, i, 0x12, p, x.id);
  //@ assert second: text_enc(o, a, 0x1A, p, x.listen_addr);
  return r;
}

/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires spans: ni_readable(p, x);
    requires room: i + ni_body(d, x) + 16 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + ni_body(d, x) - 1));
    requires apart: ni_apart(p, x, o, i, i + ni_body(d, x));
    terminates \true;
    assigns o[i .. i + ni_body(d, x) - 1];
    ensures n: \result == i + ni_body(d, x);
    ensures enc: body_enc(d, o, i, p, x); */
static size_t body_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  //@ assert id_behind: 0 <= pair_size(x.id.len, x.listen_addr.len);
  //@ assert network_behind: 0 <= pair_size(x.network.len, x.version.len);
  //@ assert channels_behind: 0 <= pair_size(x.channels.len, x.moniker.len);
  //@ assert back_behind: 0 <= back_size(d, x);
  //@ assert whole: ni_body(d, x) == front_size(d, x) + from_id_size(d, x) && 0 <= from_id_size(d, x);
  size_t t = front_put(d, o, i, x);
  //@ assert order: i <= t;
  size_t r = from_id_put(d, o, t, p, x);
  //@ assert head_stays: head_enc(d, o, i, 0x0A, ver_size(x));
  //@ assert p2p_stays: is_int(o, i + head_size(d, ver_size(x)), 0x08, x.p2p);
  //@ assert block_stays: is_int(o, i + head_size(d, ver_size(x)) + int_size(x.p2p), 0x10, x.block);
  /*@ assert app_stays:
        is_int(o, i + head_size(d, ver_size(x)) + int_size(x.p2p) + int_size(x.block), 0x18, x.app); */
  //@ assert id_pair: pair_enc(o, t, p, 0x12, x.id, 0x1A, x.listen_addr);
  //@ assert network_pair: pair_enc(o, t + pair_size(x.id.len, x.listen_addr.len), p, 0x22, x.network, 0x2A, x.version);
  //@ assert listen_addr: text_enc(o, t + text_size(x.id.len), 0x1A, p, x.listen_addr);
  /*@ assert network:
        text_enc(o, t + text_size(x.id.len) + text_size(x.listen_addr.len), 0x22, p, x.network); */
  /*@ assert version: text_enc(o, t + text_size(x.id.len) + text_size(x.listen_addr.len) + text_size(x.network.len),
        0x2A, p, x.version); */
  /*@ assert channels_pair: pair_enc(o, t + pair_size(x.id.len, x.listen_addr.len) +
        pair_size(x.network.len, x.version.len), p, 0x32, x.channels, 0x3A, x.moniker); */
  /*@ assert channels: text_enc(o, t + text_size(x.id.len) + text_size(x.listen_addr.len) +
        text_size(x.network.len) + text_size(x.version.len), 0x32, p, x.channels); */
  /*@ assert moniker: text_enc(o, t + text_size(x.id.len) + text_size(x.listen_addr.len) +
        text_size(x.network.len) + text_size(x.version.len) + text_size(x.channels.len), 0x3A, p, x.moniker); */
  //@ assert texts: texts_enc(o, t, p, x);
  //@ assert back: back_enc(d, o, t + texts_size(x), p, x);
  return r;
}

size_t mconn_nodeinfo_put(enum mconn_dialect d, uint8_t *o, size_t i, const uint8_t *p, mconn_nodeinfo x)
{
  if (mconn_nodeinfo_len(d, x) == 0) return i;
  size_t body = body_len(d, x);
  size_t b = mconn_uvarint_put(o, i, body);
  size_t r = body_put(d, o, b, p, x);
  //@ assert prefix_stays: uv_enc(o, i, body);
  return r;
}
