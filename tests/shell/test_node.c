/* Node infos between their two forms: what one side writes the other reads, copies hold what they point to, and a rule
 * that is broken is named with its field. */
#include "harness.h"
#include "shell/node.h"
#include "core/address.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ID "730a5edc28c2f8daf2d9dce3a01d5f205e35e555"

static const uint8_t channels[] = { 0x20, 0x21, 0x30 };

static mconn_node_info info(void)
{
  return (mconn_node_info){ .p2p_version = 8,
                            .block_version = 11,
                            .id = ID,
                            .listen_address = "tcp://127.0.0.1:26656",
                            .network = "test",
                            .version = "0.34.24",
                            .moniker = "n0",
                            .tx_index = "on",
                            .channels = channels,
                            .channel_count = sizeof channels };
}

static void expect_text(const char *a, const char *b)
{
  assert_string_equal(a, b != NULL ? b : "");
}

static void expect_same(const mconn_node_info *a, const mconn_node_info *b)
{
  assert_true(a->p2p_version == b->p2p_version && a->block_version == b->block_version);
  assert_true(a->app_version == b->app_version && a->channel_count == b->channel_count);
  assert_non_null(a->channels);
  if (b->channel_count > 0) assert_memory_equal(a->channels, b->channels, b->channel_count);
  expect_text(a->id, b->id);
  expect_text(a->listen_address, b->listen_address);
  expect_text(a->network, b->network);
  expect_text(a->version, b->version);
  expect_text(a->moniker, b->moniker);
  expect_text(a->tx_index, b->tx_index);
  expect_text(a->rpc_address, b->rpc_address);
}

static void a_copy_holds_everything(void **state)
{
  (void)state;
  mconn_node_info x = info();
  mconn_node_info *y = node_copy(&x);
  expect_same(y, &x);
  assert_true(y->id != x.id && y->moniker != x.moniker && y->channels != x.channels);
  free(y);
  const mconn_node_info empty = { .p2p_version = 1 };
  y = node_copy(&empty);
  expect_same(y, &empty);
  free(y);
  wrap_fail(WRAP_MALLOC, 1, ENOMEM);
  assert_null(node_copy(&x));
}

static size_t unhex(uint8_t *p, const char *hex)
{
  size_t n = 0;
  for (; hex[0] != '\0'; hex += 2)
    p[n++] = (uint8_t)(mconn_hex_value((uint8_t)hex[0]) << 4 | mconn_hex_value((uint8_t)hex[1]));
  return n;
}

/* The bytes that Go nodes of both generations wrote for this node info. MC-NODEINFO-01 */
static void what_is_written_is_upstreams_and_is_read_back(void **state)
{
  (void)state;
  static const char *const id = "37333061356564633238633266386461663264396463653361303164356632303565333565353535";
  static const char *const address = "7463703a2f2f3132372e302e302e313a3236363536";
  char hex[512];
  uint8_t want[256], got[MCONN_NODEINFO_BYTES_MAX];
  for (int amino = 0; amino < 2; amino++) {
    const enum mconn_dialect d = amino ? MCONN_AMINO : MCONN_PROTO;
    mconn_node_info x = info(), *y = NULL;
    if (amino) x.p2p_version = 7, x.block_version = 10, x.version = "0.29.0";
    snprintf(hex, sizeof hex, "%s1228%s1a15%s220474657374%s32032021303a026e3042040a026f6e",
             amino ? "640a040807100a" : "650a040808100b", id, address,
             amino ? "2a06302e32392e30" : "2a07302e33342e3234");
    const size_t n = unhex(want, hex);
    size_t len = 0;
    assert_int_equal(node_encode(d, &x, got, &len).err, MCONN_OK);
    assert_int_equal(len, n);
    assert_memory_equal(got, want, n);
    assert_int_equal(node_decode(d, got, len, &y).err, MCONN_OK);
    expect_same(y, &x);
    free(y);
  }
}

/* One field out of order, and what it must be called. */
static void expect_refused(mconn_node_info x, enum mconn_err err, const char *field)
{
  static uint8_t out[MCONN_NODEINFO_BYTES_MAX];
  size_t len = 77;
  mconn_reason r = node_encode(MCONN_PROTO, &x, out, &len);
  if (r.err != err) fail_msg("%s, not %s", mconn_error_name(r.err), mconn_error_name(err));
  assert_int_equal(len, 77);
  if (field == NULL) assert_null(r.field);
  else assert_string_equal(r.field, field);
}

/* MC-NODEINFO-02, MC-NODEINFO-10 to 15, MC-ADDRESS-02 */
static void a_broken_rule_is_named_with_its_field(void **state)
{
  (void)state;
  static const uint8_t twice[] = { 1, 2, 1 };
  static char large[MCONN_NODEINFO_MAX + 1];
  memset(large, 'x', sizeof large - 1);
  mconn_node_info x = info();
  x.id = "730a";
  expect_refused(x, MCONN_E_NODE_ID, "id");
  x = info();
  x.listen_address = "nowhere";
  expect_refused(x, MCONN_E_NODEINFO_ADDRESS, "listen_address");
  x = info();
  x.version = "\t";
  expect_refused(x, MCONN_E_NODEINFO_VERSION, "version");
  x = info();
  x.channels = twice;
  expect_refused(x, MCONN_E_NODEINFO_CHANNELS, "channels");
  x = info();
  x.moniker = NULL;
  expect_refused(x, MCONN_E_NODEINFO_MONIKER, "moniker");
  x = info();
  x.tx_index = "maybe";
  expect_refused(x, MCONN_E_NODEINFO_TX_INDEX, "tx_index");
  x = info();
  x.rpc_address = "  ";
  expect_refused(x, MCONN_E_NODEINFO_RPC_ADDRESS, "rpc_address");
  x = info();
  x.network = large; /* no room for the rest */
  expect_refused(x, MCONN_E_NODEINFO_SIZE, NULL);
  x.network = large + 85; /* all of it gathered, and too large on the wire */
  expect_refused(x, MCONN_E_NODEINFO_SIZE, NULL);
}

/* A peer's: the same rules, its place among the bytes, nothing made of it. MC-TRANSPORT-04 */
static void a_peers_node_info_is_held_to_the_rules(void **state)
{
  (void)state;
  uint8_t p[MCONN_NODEINFO_BYTES_MAX];
  size_t len = 0;
  mconn_node_info x = info(), *y = NULL;
  assert_int_equal(node_encode(MCONN_PROTO, &x, p, &len).err, MCONN_OK);
  for (size_t k = 0; k < len; k++) { /* cut anywhere, no node info */
    mconn_reason r = node_decode(MCONN_PROTO, p, k, &y);
    assert_true(r.err == MCONN_E_HANDSHAKE && r.offset == k);
  }
  p[len] = 0;
  assert_int_equal(node_decode(MCONN_PROTO, p, len + 1, &y).err, MCONN_E_HANDSHAKE);
  uint8_t *moniker = memmem(p, len, "n0", 2);
  assert_non_null(moniker);
  moniker[1] = 0x1b; /* an escape */
  mconn_reason r = node_decode(MCONN_PROTO, p, len, &y);
  assert_int_equal(r.err, MCONN_E_NODEINFO_MONIKER);
  assert_string_equal(r.field, "moniker");
  assert_int_equal(r.offset, moniker + 1 - p);
  moniker[1] = '0';
  p[1] = 1 << 3 | 7;
  assert_int_equal(node_decode(MCONN_PROTO, p, len, &y).err, MCONN_E_WIRE_TYPE);
  p[1] = 1 << 3 | 2;
  wrap_fail(WRAP_MALLOC, 1, ENOMEM);
  assert_int_equal(node_decode(MCONN_PROTO, p, len, &y).err, MCONN_E_MEMORY);
  assert_null(y);
}

static enum mconn_err compare(const mconn_node_info *a, const mconn_node_info *b, bool cut_network)
{
  static uint8_t p[2][MCONN_NODEINFO_BYTES_MAX];
  size_t len[2];
  assert_int_equal(node_encode(MCONN_AMINO, a, p[0], &len[0]).err, MCONN_OK);
  assert_int_equal(node_encode(MCONN_AMINO, b, p[1], &len[1]).err, MCONN_OK);
  if (cut_network) {
    uint8_t *network = memmem(p[1], len[1], "test", 4);
    assert_non_null(network);
    network[3] = 0; /* reads "tes" as a C string */
  }
  return node_compatible(MCONN_AMINO, p[0], len[0], p[1], len[1]);
}

/* MC-NODEINFO-20, MC-NODEINFO-21, MC-NODEINFO-22 */
static void compatible_nodes_share_block_version_network_and_a_channel(void **state)
{
  (void)state;
  static const uint8_t others[] = { 1, 2, 3 };
  mconn_node_info a = info(), b = info();
  b.p2p_version = b.app_version = 99; /* not compared */
  b.version = "9";
  assert_int_equal(compare(&a, &b, false), MCONN_OK);
  b.block_version++;
  assert_int_equal(compare(&a, &b, false), MCONN_E_NODEINFO_BLOCK_VERSION);
  b = info();
  b.network = "tes";
  assert_int_equal(compare(&a, &b, false), MCONN_E_NODEINFO_NETWORK);
  a.network = "tes";
  b.network = "test";
  assert_int_equal(compare(&a, &b, true), MCONN_E_NODEINFO_NETWORK); /* compared in full, not to the zero byte */
  a = b = info();
  b.channels = others;
  assert_int_equal(compare(&a, &b, false), MCONN_E_NODEINFO_NO_CHANNEL);
  a.channel_count = 0;
  assert_int_equal(compare(&a, &b, false), MCONN_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(a_copy_holds_everything),
    shell_test(what_is_written_is_upstreams_and_is_read_back),
    shell_test(a_broken_rule_is_named_with_its_field),
    shell_test(a_peers_node_info_is_held_to_the_rules),
    shell_test(compatible_nodes_share_block_version_network_and_a_channel),
  };
  return cmocka_run_group_tests_name("shell: node info", tests, NULL, NULL);
}
