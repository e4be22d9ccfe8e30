/* Node ids and addresses (MC-ADDRESS): what is accepted, where the rest is refused, and which IP addresses are public.
 * The rows named after upstream's tests are those of netaddress_test.go. */
#include "guard.h"
#include "core/address.h"
#include <stdio.h>
#define ID "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

/* On text whose end is the end of readable memory, and once more behind other bytes. */
static mconn_address address(const char *s)
{
  size_t n = strlen(s);
  mconn_address r = mconn_address_get(guard_end(s, n), 0, n), q;
  char longer[512] = "@:[";
  memcpy(longer + 3, s, n);
  memcpy(longer + 3 + n, "@:]0", 4);
  q = mconn_address_get((const uint8_t *)longer, 3, 3 + n);
  assert_int_equal(q.err, r.err);
  assert_int_equal(q.port, r.port);
  assert_int_equal(q.bracketed, r.bracketed);
  if (r.err == MCONN_OK) assert_true(q.id_from == r.id_from + 3 && q.host_from == r.host_from + 3);
  else assert_int_equal(q.at, r.at + 3);
  return r;
}

static void accepted(const char *s, const char *host, uint32_t port, bool bracketed)
{
  mconn_address r = address(s);
  if (r.err != MCONN_OK) fail_msg("%s: refused with %d at %zu", s, (int)r.err, r.at);
  assert_int_equal(r.at, 0);
  assert_memory_equal(s + r.id_from, ID, 40);
  assert_int_equal(s[r.id_from + 40], '@');
  assert_int_equal(r.host_to - r.host_from, strlen(host));
  assert_memory_equal(s + r.host_from, host, strlen(host));
  assert_int_equal(r.port, port);
  assert_int_equal(r.bracketed, bracketed);
}

static void refused(const char *s, enum mconn_err err, size_t at)
{
  mconn_address r = address(s);
  if (r.err != err || r.at != at) fail_msg("%s: %d at %zu, expected %d at %zu", s, (int)r.err, r.at, (int)err, at);
  assert_true(r.id_from == 0 && r.host_from == 0 && r.host_to == 0 && !r.bracketed && r.port == 0);
}

/* MC-ADDRESS-01, -02, -03: upstream's TestNewNetAddressString.
 * Upstream: TestNewNetAddress, TestNewNetAddressStrings, TestNewNetAddressIPPort. */
static void addresses_of_upstreams_table(void **state)
{
  (void)state;
  accepted(ID "@127.0.0.1:8080", "127.0.0.1", 8080, false);
  accepted("tcp://" ID "@127.0.0.1:8080", "127.0.0.1", 8080, false);
  accepted("udp://" ID "@127.0.0.1:8080", "127.0.0.1", 8080, false);
  static const char *const no_sign[] = {
    "127.0.0.1:8080", "tcp://127.0.0.1:8080", "udp://127.0.0.1:8080", "notahost", "127.0.0.1:notapath", "notahost:8080",
    "8082",           "127.0.0:8080000",      "tcp://:26656",         "",
  };
  for (size_t k = 0; k < sizeof no_sign / sizeof *no_sign; k++)
    refused(no_sign[k], MCONN_E_ADDRESS, strlen(no_sign[k]));
  refused("tcp//" ID "@127.0.0.1:8080", MCONN_E_NODE_ID, 0);
  refused("udp//" ID "@127.0.0.1:8080", MCONN_E_NODE_ID, 0);
  refused("deadbeef@127.0.0.1:8080", MCONN_E_NODE_ID, 8);
  refused("this-isnot-hex@127.0.0.1:8080", MCONN_E_NODE_ID, 0);
  refused("xxxxbeefdeadbeefdeadbeefdeadbeefdeadbeef@127.0.0.1:8080", MCONN_E_NODE_ID, 0);
  refused("tcp://deadbeef@127.0.0.1:8080", MCONN_E_NODE_ID, 14);
  refused("tcp://this-isnot-hex@127.0.0.1:8080", MCONN_E_NODE_ID, 6);
  refused("tcp://xxxxbeefdeadbeefdeadbeefdeadbeefdeadbeef@127.0.0.1:8080", MCONN_E_NODE_ID, 6);
  refused("tcp://@127.0.0.1:8080", MCONN_E_NODE_ID, 6);
  refused("tcp://@", MCONN_E_NODE_ID, 6);
  refused("@", MCONN_E_NODE_ID, 0);
  refused(" @", MCONN_E_NODE_ID, 0);
  refused(" @ ", MCONN_E_NODE_ID, 0);
}

/* MC-ADDRESS-01: one sign, and what is between the first and the second "://" */
static void one_sign_and_any_protocol(void **state)
{
  (void)state;
  accepted("://" ID "@h:1", "h", 1, false);
  accepted("a@b://" ID "@h:1", "h", 1, false);
  accepted("a://" ID "@h:1://" ID "@other:2", "h", 1, false);
  accepted(":://" ID "@h:1://", "h", 1, false);
  accepted("a:/b://" ID "@h:1", "h", 1, false);
  refused(ID "@" ID "@h:1", MCONN_E_ADDRESS, 81);
  refused(ID "@h:1@", MCONN_E_ADDRESS, 44);
  refused("a://", MCONN_E_ADDRESS, 4);
  refused(ID "@h:1://x", MCONN_E_ADDRESS, 48);
}

/* MC-ADDRESS-02 */
static void a_node_id_is_forty_digits_of_either_case(void **state)
{
  (void)state;
  char text[64] = ID;
  for (size_t n = 0; n < 60; n++) {
    memset(text, 'a', n);
    mconn_node_id_result r = mconn_node_id_check(guard_end(text, n), 0, n);
    assert_int_equal(r.err, n == 40 ? MCONN_OK : MCONN_E_NODE_ID);
    assert_int_equal(r.at, n == 40 ? 0 : n < 40 ? n : 40);
  }
  for (int c = 0; c < 256; c++)
    for (size_t k = 0; k < 40; k += 13) {
      uint8_t id[40];
      memcpy(id, ID, 40);
      id[k] = (uint8_t)c;
      bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;
      mconn_node_id_result r = mconn_node_id_check(guard_end(id, 40), 0, 40);
      assert_true(digit ? r.err == MCONN_OK && r.at == 0 : r.err == MCONN_E_NODE_ID && r.at == k);
      assert_true(digit == (mconn_hex_value((uint8_t)c) < 16));
    }
}

/* MC-ADDRESS-03 */
static void the_host_is_there_and_ipv6_stands_in_brackets(void **state)
{
  (void)state;
  accepted(ID "@[::1]:80", "::1", 80, true);
  accepted(ID "@[fe80::1%lo0]:80", "fe80::1%lo0", 80, true);
  accepted(ID "@[example.org]:80", "example.org", 80, true);
  accepted(ID "@not a host, but nobody looks:80", "not a host, but nobody looks", 80, false);
  refused(ID "@", MCONN_E_HOST, 41);
  refused(ID "@:80", MCONN_E_HOST, 41);
  refused(ID "@[]:80", MCONN_E_HOST, 42);
  refused(ID "@[", MCONN_E_HOST, 42);
  refused(ID "@::1:80", MCONN_E_HOST, 41);
  refused(ID "@fe80::1:80", MCONN_E_HOST, 46);
  refused(ID "@1.2.3.4:80:90", MCONN_E_HOST, 51);
  refused(ID "@[::1:80", MCONN_E_HOST, 48);
  refused(ID "@[[::1]]:80", MCONN_E_HOST, 42);
  refused(ID "@[a[b]:80", MCONN_E_HOST, 43);
  refused(ID "@::1]:80", MCONN_E_HOST, 41);
  refused(ID "@a]:80", MCONN_E_HOST, 42);
  refused(ID "@a[b]:80", MCONN_E_HOST, 42);
}

/* MC-ADDRESS-04 */
static void the_port_is_decimal_and_fits_16_bits(void **state)
{
  (void)state;
  accepted(ID "@h:0", "h", 0, false);
  accepted(ID "@h:65535", "h", 65535, false);
  accepted(ID "@h:0000000000000000000000000065535", "h", 65535, false);
  static const struct {
    const char *text;
    size_t at;
  } all[] = {
    { "h", 1 },           { "h:", 2 },          { "h:65536", 2 },   { "h:99999999999999999999999999", 2 },
    { "h:+80", 2 },       { "h:-1", 2 },        { "h:8_0", 3 },     { "h:80 ", 4 },
    { "h: 80", 2 },       { "h:0x50", 3 },      { "[::1]", 5 },     { "[::1]80", 5 },
    { "[::1]:", 6 },      { "[::1]:80:90", 8 }, { "[::1]x:80", 5 }, { "h:4294967376", 2 },
    { "[::1]:65536", 6 },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    char s[128];
    assert_true(snprintf(s, sizeof s, ID "@%s", all[k].text) < (int)sizeof s);
    refused(s, MCONN_E_PORT, 41 + all[k].at);
  }
}

/* MC-ADDRESS-01, -03, -04: a listen address has no id. Upstream: TestNewNetAddressStringWithOptionalID. */
static void host_and_port_alone(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    enum mconn_err err;
    size_t at;
    uint32_t port;
  } all[] = {
    { "0.0.0.0:26656", MCONN_OK, 0, 26656 },
    { "tcp://[::]:26656", MCONN_OK, 0, 26656 },
    { "tcp://h:1://", MCONN_OK, 0, 1 },
    { ID "@h:1", MCONN_E_ADDRESS, 40, 0 },
    { "tcp://h@:1", MCONN_E_ADDRESS, 7, 0 },
    { "tcp://:26656", MCONN_E_HOST, 6, 0 },
    { "", MCONN_E_HOST, 0, 0 },
    { "h", MCONN_E_PORT, 1, 0 },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    size_t n = strlen(all[k].text);
    mconn_address r = mconn_host_port_get(guard_end(all[k].text, n), 0, n);
    assert_true(r.err == all[k].err && r.at == all[k].at && r.port == all[k].port && r.id_from == 0);
    assert_true((r.host_to > r.host_from) == (r.err == MCONN_OK));
  }
  mconn_address r = mconn_host_port_get((const uint8_t *)"x[::]:7y", 1, 7);
  assert_true(r.err == MCONN_OK && r.host_from == 2 && r.host_to == 4 && r.bracketed && r.port == 7);
}

/* MC-ADDRESS-05 */
static void ids_are_compared_and_written_without_regard_to_case(void **state)
{
  (void)state;
  static const char low[] = "0123456789abcdefabcdef0123456789abcdefab",
                    high[] = "0123456789ABCDEFABCDEF0123456789ABCDEFAB";
  uint8_t *p = guard_end(low, 40), out[42];
  uint8_t *q = guard_begin(high, 40);
  assert_true(mconn_node_id_equal(p, 0, q, 0));
  for (size_t k = 0; k < 40; k++) {
    q[k] = q[k] == '0' ? '1' : '0';
    assert_false(mconn_node_id_equal(p, 0, q, 0));
    q[k] = (uint8_t)high[k];
  }
  memset(out, '#', sizeof out);
  mconn_node_id_lower(q, 0, out, 1);
  assert_memory_equal(out + 1, low, 40);
  assert_true(out[0] == '#' && out[41] == '#');
  assert_true(mconn_node_id_equal(out, 1, q, 0));
  mconn_node_id_lower(p, 0, out, 1);
  assert_memory_equal(out + 1, low, 40);
}

static bool routable(const char *hex)
{
  uint8_t ip[16] = { 0 };
  size_t n = strlen(hex) / 2;
  if (n == 4) ip[10] = ip[11] = 255;
  for (size_t k = 0; k < n; k++)
    ip[(n == 4 ? 12 : 0) + k] =
      (uint8_t)(16 * mconn_hex_value((uint8_t)hex[2 * k]) + mconn_hex_value((uint8_t)hex[2 * k + 1]));
  return mconn_ip_routable(guard_end(ip, 16));
}

/* MC-ADDRESS-07: both edges of each range; upstream's TestNetAddressProperties has the first row */
static void addresses_of_no_special_range_are_routable(void **state)
{
  (void)state;
  static const char *const no[] = {
    "7f000001",
    "7fffffff",
    "00000000",
    "00ffffff",
    "0a000000",
    "0affffff",
    "ac100000",
    "ac1fffff",
    "c0a80000",
    "c0a8ffff",
    "a9fe0000",
    "a9feffff",
    "ffffffff",
    "00000000000000000000000000000000",
    "00000000000000000000000000000001",
    "20010db8000000000000000000000000",
    "20010db8ffffffffffffffffffffffff",
    "20010010000000000000000000000000",
    "2001001fffffffffffffffffffffffff",
    "fc000000000000000000000000000000",
    "fdffffffffffffffffffffffffffffff",
    "fe800000000000000000000000000000",
    "fe80000000000000ffffffffffffffff",
  };
  static const char *const yes[] = {
    "01000000",
    "ff000000",
    "ffff0000",
    "21010db8000000000000000000000000",
    "20020db8000000000000000000000000",
    "20010e00000000000000000000000000",
    "09ffffff",
    "0b000000",
    "7effffff",
    "80000000",
    "a9fdffff",
    "a9ff0000",
    "ac0fffff",
    "ac200000",
    "c0a7ffff",
    "c0a90000",
    "fffffffe",
    "e0000001",
    "00000000000000000000000000000002",
    "00000000000000000000000001020304",
    "20010db7ffffffffffffffffffffffff",
    "20010db9000000000000000000000000",
    "2001000fffffffffffffffffffffffff",
    "20010020000000000000000000000000",
    "fbffffffffffffffffffffffffffffff",
    "fe000000000000000000000000000000",
    "fe800000000000010000000000000000",
    "fe7fffffffffffffffffffffffffffff",
    "00000000000000000000fffe7f000001",
    "00000000000000000001ffff7f000001",
    "01000000000000000000ffff7f000001",
  };
  for (size_t k = 0; k < sizeof no / sizeof *no; k++)
    if (routable(no[k])) fail_msg("%s counts as routable", no[k]);
  for (size_t k = 0; k < sizeof yes / sizeof *yes; k++)
    if (!routable(yes[k])) fail_msg("%s does not count as routable", yes[k]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(addresses_of_upstreams_table),
    cmocka_unit_test(one_sign_and_any_protocol),
    cmocka_unit_test(a_node_id_is_forty_digits_of_either_case),
    cmocka_unit_test(the_host_is_there_and_ipv6_stands_in_brackets),
    cmocka_unit_test(the_port_is_decimal_and_fits_16_bits),
    cmocka_unit_test(host_and_port_alone),
    cmocka_unit_test(ids_are_compared_and_written_without_regard_to_case),
    cmocka_unit_test(addresses_of_no_special_range_are_routable),
  };
  return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
