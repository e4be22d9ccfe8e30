/* The rules of a node info, in upstream's order, and compatibility. */
#include "nodeinfo_rules.h"

/* First byte of a text that is not printable ASCII, or its end. */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures first: \result == ni_print(p, from, to);
    ensures in: from <= \result <= to; */
static size_t printable_to(const uint8_t *p, size_t from, size_t to)
{
  size_t j = from;
  /*@ loop invariant rng: from <= j <= to;
      loop invariant same: ni_print(p, from, to) == ni_print(p, j, to);
      loop assigns j;
      loop variant to - j; */
  while (j < to && p[j] >= 32 && p[j] <= 126) j++;
  return j;
}

/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures first: \result == ni_ink(p, from, to);
    ensures in: from <= \result <= to; */
static size_t spaces_to(const uint8_t *p, size_t from, size_t to)
{
  size_t j = from;
  /*@ loop invariant rng: from <= j <= to;
      loop invariant same: ni_ink(p, from, to) == ni_ink(p, j, to);
      loop assigns j;
      loop variant to - j; */
  while (j < to && p[j] == 32) j++;
  return j;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    requires err: err != MCONN_OK;
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == (text_bad(p, s) != 0 ? err : MCONN_OK);
    ensures at: \result.at == (text_bad(p, s) != 0 ? text_bad_at(p, s) : 0); */
static mconn_nodeinfo_result text_check(const uint8_t *p, mconn_span s, enum mconn_err err)
{
  size_t to = s.from + s.len, bad = printable_to(p, s.from, to);
  if (bad < to) return (mconn_nodeinfo_result){ .err = err, .at = bad };
  if (spaces_to(p, s.from, to) == to) return (mconn_nodeinfo_result){ .err = err, .at = s.from };
  return (mconn_nodeinfo_result){ .err = MCONN_OK, .at = 0 };
}

/* Whether channel c stands in [from, to). */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures found: \result <==> ad_find(p, from, to, c, c, c) < to;
    ensures there: \result <==> \exists integer k; from <= k < to && p[k] == c; */
static bool has_channel(const uint8_t *p, size_t from, size_t to, uint8_t c)
{
  size_t j = from;
  /*@ loop invariant rng: from <= j <= to;
      loop invariant same: ad_find(p, from, to, c, c, c) == ad_find(p, j, to, c, c, c);
      loop invariant before: \forall integer k; from <= k < j ==> p[k] != c;
      loop assigns j;
      loop variant to - j; */
  while (j < to) {
    if (p[j] == c) return true;
    j++;
  }
  return false;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == (chans_bad(p, s) != 0 ? MCONN_E_NODEINFO_CHANNELS : MCONN_OK);
    ensures at: \result.at == (chans_bad(p, s) != 0 ? chans_bad_at(p, s) : 0); */
static mconn_nodeinfo_result channels_check(const uint8_t *p, mconn_span s)
{
  mconn_nodeinfo_result r = { .err = MCONN_E_NODEINFO_CHANNELS, .at = 0 };
  size_t to = s.from + s.len, j = s.from;
  if (s.len > MCONN_NODEINFO_CHANNELS_MAX) {
    r.at = s.from + MCONN_NODEINFO_CHANNELS_MAX;
    return r;
  }
  /*@ loop invariant rng: s.from <= j <= to;
      loop invariant same: ni_twice(p, s.from, s.from, to) == ni_twice(p, s.from, j, to);
      loop assigns j, r.at;
      loop variant to - j; */
  while (j < to) {
    if (has_channel(p, s.from, j, p[j])) {
      r.at = j;
      return r;
    }
    j++;
  }
  r.err = MCONN_OK;
  r.at = 0;
  return r;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s);
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == (index_bad(p, s) != 0 ? MCONN_E_NODEINFO_TX_INDEX : MCONN_OK);
    ensures at: \result.at == (index_bad(p, s) != 0 ? s.from : 0); */
static mconn_nodeinfo_result tx_index_check(const uint8_t *p, mconn_span s)
{
  size_t i = s.from;
  bool on = s.len == 2 && p[i] == 'o' && p[i + 1] == 'n';
  bool off = s.len == 3 && p[i] == 'o' && p[i + 1] == 'f' && p[i + 2] == 'f';
  if (s.len == 0 || on || off) return (mconn_nodeinfo_result){ .err = MCONN_OK, .at = 0 };
  return (mconn_nodeinfo_result){ .err = MCONN_E_NODEINFO_TX_INDEX, .at = i };
}

/*@ requires listen_bounds: listen.from + listen.len <= MCONN_INDEX_MAX;
    requires id_bounds: id.from + id.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, id) && span_readable(p, listen);
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == (id_bad(p, id) != 0 ? MCONN_E_NODE_ID :
      listen_bad(p, listen) != 0 ? MCONN_E_NODEINFO_ADDRESS : MCONN_OK);
    ensures at: \result.at == (id_bad(p, id) != 0 ? id_at(p, id.from, span_to(id)) :
      listen_bad(p, listen) != 0 ?
        lone_at(p, ad_begin(p, listen.from, span_to(listen)), ad_end(p, listen.from, span_to(listen))) : 0); */
static mconn_nodeinfo_result address_check(const uint8_t *p, mconn_span id, mconn_span listen)
{
  mconn_node_id_result n = mconn_node_id_check(p, id.from, id.from + id.len);
  if (n.err != MCONN_OK) return (mconn_nodeinfo_result){ .err = MCONN_E_NODE_ID, .at = n.at };
  mconn_address a = mconn_host_port_get(p, listen.from, listen.from + listen.len);
  return (mconn_nodeinfo_result){ .err = a.err != MCONN_OK ? MCONN_E_NODEINFO_ADDRESS : MCONN_OK, .at = a.at };
}

mconn_nodeinfo_result mconn_nodeinfo_check(const uint8_t *p, mconn_nodeinfo x)
{
  mconn_nodeinfo_result r = address_check(p, x.id, x.listen_addr);
  if (r.err != MCONN_OK) return r;
  if (x.version.len > 0) {
    r = text_check(p, x.version, MCONN_E_NODEINFO_VERSION);
    if (r.err != MCONN_OK) return r;
  }
  r = channels_check(p, x.channels);
  if (r.err != MCONN_OK) return r;
  r = text_check(p, x.moniker, MCONN_E_NODEINFO_MONIKER);
  if (r.err != MCONN_OK) return r;
  r = tx_index_check(p, x.tx_index);
  if (r.err != MCONN_OK || x.rpc_address.len == 0) return r;
  return text_check(p, x.rpc_address, MCONN_E_NODEINFO_RPC_ADDRESS);
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX && t.from + t.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s) && span_readable(q, t);
    terminates \true;
    assigns \nothing;
    ensures same: \result <==> same_text(p, s, q, t); */
static bool same(const uint8_t *p, mconn_span s, const uint8_t *q, mconn_span t)
{
  if (s.len != t.len) return false;
  size_t j = 0;
  /*@ loop invariant rng: 0 <= j <= s.len;
      loop invariant before: \forall integer k; 0 <= k < j ==> p[s.from + k] == q[t.from + k];
      loop assigns j;
      loop variant s.len - j; */
  while (j < s.len) {
    if (p[s.from + j] != q[t.from + j]) {
      //@ assert differ: \exists integer k; 0 <= k < s.len && p[s.from + k] != q[t.from + k];
      //@ assert other: !same_text(p, s, q, t);
      return false;
    }
    j++;
  }
  //@ assert equal: \forall integer k; 0 <= k < s.len ==> p[s.from + k] == q[t.from + k];
  //@ assert same: same_text(p, s, q, t);
  return true;
}

/*@ requires bounds: s.from + s.len <= MCONN_INDEX_MAX && t.from + t.len <= MCONN_INDEX_MAX;
    requires rd: span_readable(p, s) && span_readable(q, t);
    terminates \true;
    assigns \nothing;
    ensures common: \result <==> in_common(p, s, q, t); */
static bool common(const uint8_t *p, mconn_span s, const uint8_t *q, mconn_span t)
{
  size_t j = s.from, to = s.from + s.len;
  /*@ loop invariant rng: s.from <= j <= to;
      loop invariant before: \forall integer m, k; s.from <= m < j && t.from <= k < t.from + t.len ==> p[m] != q[k];
      loop assigns j;
      loop variant to - j; */
  while (j < to) {
    if (has_channel(q, t.from, t.from + t.len, p[j])) return true;
    j++;
  }
  return false;
}

enum mconn_err mconn_nodeinfo_compatible(const uint8_t *p, mconn_nodeinfo x, const uint8_t *q, mconn_nodeinfo y)
{
  if (x.block != y.block) return MCONN_E_NODEINFO_BLOCK_VERSION;
  if (!same(p, x.network, q, y.network)) return MCONN_E_NODEINFO_NETWORK;
  if (x.channels.len > 0 && !common(p, x.channels, q, y.channels)) return MCONN_E_NODEINFO_NO_CHANNEL;
  return MCONN_OK;
}
