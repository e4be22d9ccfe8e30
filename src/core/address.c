/* Node ids and addresses. Read once per connection, so written for the reader and not for speed. */
#include "address.h"

uint8_t mconn_hex_value(uint8_t c)
{
  if (c >= '0' && c <= '9') return (uint8_t)(c - '0');
  if (c >= 'a' && c <= 'f') return (uint8_t)(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return (uint8_t)(c - 'A' + 10);
  return 16;
}

mconn_node_id_result mconn_node_id_check(const uint8_t *p, size_t from, size_t to)
{
  mconn_node_id_result r = { .err = MCONN_OK, .at = 0 };
  size_t j = from, e = to - from < 40 ? to : from + 40;
  /*@ loop invariant rng: from <= j <= e;
      loop invariant digits: \forall integer q; from <= q < j ==> hex_val(p[q]) <= 15;
      loop invariant same: ad_hex(p, from, e) == ad_hex(p, j, e);
      loop assigns j;
      loop variant e - j; */
  while (j < e && mconn_hex_value(p[j]) <= 15) j++;
  if (j == from + 40 && j == to) return r;
  r.err = MCONN_E_NODE_ID;
  r.at = j;
  return r;
}

bool mconn_node_id_equal(const uint8_t *p, size_t i, const uint8_t *q, size_t k)
{
  /*@ loop invariant rng: 0 <= j <= 40;
      loop invariant same: \forall integer x; 0 <= x < j ==> hex_val(p[i + x]) == hex_val(q[k + x]);
      loop assigns j;
      loop variant 40 - j; */
  for (size_t j = 0; j < 40; j++) {
    uint8_t x = mconn_hex_value(p[i + j]), y = mconn_hex_value(q[k + j]);
    //@ assert values: x == hex_val(p[i + j]) && y == hex_val(q[k + j]);
    if (x != y) {
      //@ assert differ: \exists integer z; 0 <= z < 40 && hex_val(p[i + z]) != hex_val(q[k + z]);
      return false;
    }
  }
  //@ assert same: \forall integer x; 0 <= x < 40 ==> hex_val(p[i + x]) == hex_val(q[k + x]);
  return true;
}

void mconn_node_id_lower(const uint8_t *p, size_t i, uint8_t *o, size_t k)
{
  /*@ loop invariant rng: 0 <= j <= 40;
      loop invariant lowered: \forall integer x; 0 <= x < j ==> o[k + x] == hex_lower(p[i + x]);
      loop assigns j, o[k .. k + 39];
      loop variant 40 - j; */
  for (size_t j = 0; j < 40; j++) {
    uint8_t c = p[i + j];
    o[k + j] = (uint8_t)(c >= 'A' && c <= 'F' ? c + 32 : c);
    //@ assert read: c == p[i + j] && o[k + j] == hex_lower(c);
    //@ assert stays: \forall integer x; 0 <= x < j ==> o[k + x] == hex_lower(p[i + x]);
  }
}

/* The first of three bytes. */
/*@ requires bounds: j <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (j .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures first: \result == ad_find(p, j, e, a, b, c);
    ensures in: j <= \result <= e;
    ensures one_of_them: \result < e ==> p[\result] == a || p[\result] == b || p[\result] == c;
    ensures none_before: \forall integer q; j <= q < \result ==> p[q] != a && p[q] != b && p[q] != c; */
static size_t find(const uint8_t *p, size_t j, size_t e, uint8_t a, uint8_t b, uint8_t c)
{
  size_t k = j;
  /*@ loop invariant rng: j <= k <= e;
      loop invariant none: \forall integer q; j <= q < k ==> p[q] != a && p[q] != b && p[q] != c;
      loop invariant same: ad_find(p, j, e, a, b, c) == ad_find(p, k, e, a, b, c);
      loop assigns k;
      loop variant e - k; */
  while (k < e && p[k] != a && p[k] != b && p[k] != c) k++;
  return k;
}

/* Where "://" begins; e: nowhere. */
/*@ requires bounds: j <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (j .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures first: \result == ad_mark(p, j, e);
    ensures in: j <= \result && (\result + 3 <= e || \result == e); */
static size_t find_mark(const uint8_t *p, size_t j, size_t e)
{
  size_t k = j;
  /*@ loop invariant rng: j <= k <= e;
      loop invariant same: ad_mark(p, j, e) == ad_mark(p, k, e);
      loop assigns k;
      loop variant e - k; */
  while (e - k >= 3) {
    if (p[k] == ':' && p[k + 1] == '/' && p[k + 2] == '/') return k;
    k++;
  }
  return e;
}

typedef struct {
  size_t from, to;
} span;

/* What is left of an address without its protocol. Upstream splits at "://" and takes the second piece. */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures begin: \result.from == ad_begin(p, from, to);
    ensures end: \result.to == ad_end(p, from, to);
    ensures in: from <= \result.from <= \result.to <= to; */
static span without_protocol(const uint8_t *p, size_t from, size_t to)
{
  span r = { .from = from, .to = to };
  size_t k = find_mark(p, from, to);
  if (k < to) {
    r.from = k + 3;
    r.to = find_mark(p, k + 3, to);
  }
  return r;
}

/*@ terminates \true;
    assigns \nothing;
    ensures said: \result.err == err && \result.at == at;
    ensures nothing_else: \result.id_from == 0 && \result.host_from == 0 && \result.host_to == 0 &&
      !\result.bracketed && \result.port == 0; */
static mconn_address refused(enum mconn_err err, size_t at)
{
  mconn_address r = { .err = err, .at = at };
  return r;
}

/* The host of [b, e). Refused with MCONN_E_HOST, or with MCONN_E_PORT where no colon follows it. */
/*@ requires bounds: b <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == host_err(p, b, e);
    ensures at: \result.err != MCONN_OK ==> \result.at == host_at(p, b, e);
    ensures nowhere: \result.err == MCONN_OK ==> \result.at == 0;
    ensures host: \result.err == MCONN_OK ==>
      \result.host_from == host_from(p, b, e) && \result.host_to == host_to(p, b, e);
    ensures in: \result.err == MCONN_OK ==>
      b <= \result.host_from < \result.host_to <= host_colon(p, b, e) < e;
    ensures bracketed: \result.err == MCONN_OK ==> (\result.bracketed <==> host_open(p, b, e));
    ensures rest: \result.id_from == 0 && \result.port == 0;
    ensures refused: \result.err != MCONN_OK ==>
      \result.host_from == 0 && \result.host_to == 0 && !\result.bracketed; */
static mconn_address host_get(const uint8_t *p, size_t b, size_t e)
{
  bool open = b < e && p[b] == '[';
  size_t from = open ? b + 1 : b;
  size_t k = open ? find(p, from, e, '[', ']', ']') : find(p, from, e, ':', '[', ']');
  //@ assert ends: from == host_from(p, b, e) && k == host_to(p, b, e);
  if (k == from) return refused(MCONN_E_HOST, k);
  if (open && (k == e || p[k] == '[')) return refused(MCONN_E_HOST, k);
  if (!open && k < e && p[k] != ':') return refused(MCONN_E_HOST, k);
  if (!open && k < e) {
    size_t second = find(p, k + 1, e, ':', ':', ':');
    if (second < e) return refused(MCONN_E_HOST, second);
  }
  size_t colon = open ? k + 1 : k;
  if (colon == e || p[colon] != ':') return refused(MCONN_E_PORT, colon);
  mconn_address r = { .err = MCONN_OK, .host_from = from, .host_to = k, .bracketed = open };
  return r;
}

typedef struct {
  bool ok;
  size_t at;
  uint32_t port;
} port_result;

/* The port [a, e): decimal digits of any number, up to 65535. */
/*@ requires bounds: a <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (a .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures ok: \result.ok <==> port_err(p, a, e) == 0;
    ensures value: \result.ok ==> \result.port == ad_num(p, a, e, 0) && \result.port <= 65535;
    ensures at: !\result.ok ==> \result.at == port_at(p, a, e); */
static port_result port_get(const uint8_t *p, size_t a, size_t e)
{
  port_result r = { .ok = false, .at = a, .port = 0 };
  size_t k = a;
  /*@ loop invariant rng: a <= k <= e;
      loop invariant digits: \forall integer q; a <= q < k ==> 48 <= p[q] <= 57;
      loop invariant same: ad_dec(p, a, e) == ad_dec(p, k, e);
      loop assigns k;
      loop variant e - k; */
  while (k < e && p[k] >= '0' && p[k] <= '9') k++;
  if (k < e || a == e) {
    r.at = k;
    return r;
  }
  k = a;
  uint32_t n = 0;
  /*@ loop invariant rng: a <= k <= e;
      loop invariant small: n <= 655359;
      loop invariant same: ad_num(p, a, e, 0) == ad_num(p, k, e, n);
      loop assigns k, n;
      loop variant e - k; */
  while (k < e && n <= 65535) {
    n = 10 * n + p[k] - '0';
    k++;
  }
  r.ok = n <= 65535;
  r.port = n;
  return r;
}

/* Host and port [b, e). */
/*@ requires bounds: b <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == hp_err(p, b, e);
    ensures at: \result.err != MCONN_OK ==> \result.at == hp_at(p, b, e);
    ensures nowhere: \result.err == MCONN_OK ==> \result.at == 0;
    ensures host: \result.err == MCONN_OK ==>
      \result.host_from == host_from(p, b, e) && \result.host_to == host_to(p, b, e);
    ensures in: \result.err == MCONN_OK ==> b <= \result.host_from < \result.host_to < e;
    ensures bracketed: \result.err == MCONN_OK ==> (\result.bracketed <==> host_open(p, b, e));
    ensures port: \result.err == MCONN_OK ==>
      \result.port == ad_num(p, host_colon(p, b, e) + 1, e, 0) && \result.port <= 65535;
    ensures rest: \result.id_from == 0;
    ensures refused: \result.err != MCONN_OK ==>
      \result.host_from == 0 && \result.host_to == 0 && !\result.bracketed && \result.port == 0; */
static mconn_address host_port(const uint8_t *p, size_t b, size_t e)
{
  mconn_address r = host_get(p, b, e);
  if (r.err != MCONN_OK) return r;
  size_t a = r.host_to + (r.bracketed ? 2 : 1);
  //@ assert behind: a == host_colon(p, b, e) + 1 && a <= e;
  port_result n = port_get(p, a, e);
  if (!n.ok) return refused(MCONN_E_PORT, n.at);
  r.port = n.port;
  return r;
}

mconn_address mconn_address_get(const uint8_t *p, size_t from, size_t to)
{
  span s = without_protocol(p, from, to);
  size_t sign = find(p, s.from, s.to, '@', '@', '@');
  if (sign == s.to) return refused(MCONN_E_ADDRESS, sign);
  size_t second = find(p, sign + 1, s.to, '@', '@', '@');
  if (second < s.to) return refused(MCONN_E_ADDRESS, second);
  mconn_node_id_result id = mconn_node_id_check(p, s.from, sign);
  if (id.err != MCONN_OK) return refused(MCONN_E_NODE_ID, id.at);
  mconn_address r = host_port(p, sign + 1, s.to);
  if (r.err == MCONN_OK) r.id_from = s.from;
  return r;
}

mconn_address mconn_host_port_get(const uint8_t *p, size_t from, size_t to)
{
  span s = without_protocol(p, from, to);
  size_t sign = find(p, s.from, s.to, '@', '@', '@');
  if (sign < s.to) return refused(MCONN_E_ADDRESS, sign);
  return host_port(p, s.from, s.to);
}

/*@ requires rd: \valid_read(ip + (i .. e - 1));
    requires order: i <= e <= 16;
    terminates \true;
    assigns \nothing;
    ensures zero: \result <==> ip_zero(ip, i, e); */
static bool all_zero(const uint8_t *ip, size_t i, size_t e)
{
  /*@ loop invariant rng: i <= k <= e;
      loop invariant zero: ip_zero(ip, i, k);
      loop assigns k;
      loop variant e - k; */
  for (size_t k = i; k < e; k++)
    if (ip[k] != 0) return false;
  return true;
}

/*@ terminates \true;
    assigns \nothing;
    ensures in_a_range: \result <==> ip4_local(a, b, c, d); */
static bool ip4_local(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
  if (a == 0 || a == 127) return true;                                                    /* 0.0.0.0/8, loopback */
  if (a == 10 || (a == 172 && b >= 16 && b <= 31) || (a == 192 && b == 168)) return true; /* RFC 1918 */
  if (a == 169 && b == 254) return true;                                                  /* RFC 3927 */
  return a == 255 && b == 255 && c == 255 && d == 255;
}

/*@ requires rd: \valid_read(ip + (0 .. 15));
    terminates \true;
    assigns \nothing;
    ensures in_a_range: \result <==> ip6_local(ip); */
static bool ip6_local(const uint8_t *ip)
{
  if (all_zero(ip, 0, 15) && ip[15] <= 1) return true;                               /* unspecified, loopback */
  if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0x0D && ip[3] == 0xB8) return true; /* RFC 3849 */
  if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0 && ip[3] >= 0x10 && ip[3] <= 0x1F) return true; /* RFC 4843 */
  if (ip[0] == 0xFC || ip[0] == 0xFD) return true;                                                 /* RFC 4193 */
  return ip[0] == 0xFE && ip[1] == 0x80 && all_zero(ip, 2, 8);                                     /* RFC 4862 */
}

bool mconn_ip_routable(const uint8_t *ip)
{
  if (all_zero(ip, 0, 10) && ip[10] == 255 && ip[11] == 255) return !ip4_local(ip[12], ip[13], ip[14], ip[15]);
  return !ip6_local(ip);
}
