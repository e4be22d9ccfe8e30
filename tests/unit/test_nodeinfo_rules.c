/* Rules and compatibility of node infos (MC-NODEINFO-10 to 15, -20 to 22). The rows are those of upstream's
 * TestNodeInfoValidate and TestNodeInfoCompatible, with the edges around them. */
#include <stdlib.h>
#include "guard.h"
#include "core/nodeinfo_rules.h"

/* A node info made of texts; its spans are places in p. */
typedef struct {
  uint8_t p[512];
  size_t n;
  mconn_nodeinfo x;
} made;

static mconn_span add(made *m, const char *s, size_t n)
{
  mconn_span at = { .from = m->n, .len = n };
  assert_true(m->n + n <= sizeof m->p);
  memcpy(m->p + m->n, s, n);
  m->n += n;
  return at;
}
#define TEXT(m, s) add(m, s, sizeof(s) - 1)

static made good(void)
{
  made m = { { 0 }, 0, { .p2p = 8, .block = 11 } };
  m.x.id = TEXT(&m, "0123456789abcdef0123456789abcdef01234567");
  m.x.listen_addr = TEXT(&m, "127.0.0.1:26656");
  m.x.network = TEXT(&m, "testing");
  m.x.version = TEXT(&m, "1.2.3-rc0-deadbeef");
  m.x.channels = TEXT(&m, "\x01");
  m.x.moniker = TEXT(&m, "testing");
  m.x.tx_index = TEXT(&m, "on");
  m.x.rpc_address = TEXT(&m, "127.0.0.1:0");
  return m;
}

/* What mconn_nodeinfo_check says when memory ends with the last text. */
static mconn_nodeinfo_result check(const made *m)
{
  return mconn_nodeinfo_check(guard_end(m->p, m->n), m->x);
}

#define KEEPS(field, s)                                                                                                \
  do {                                                                                                                 \
    made m_ = good();                                                                                                  \
    m_.x.field = TEXT(&m_, s);                                                                                         \
    assert_int_equal(check(&m_).err, MCONN_OK);                                                                        \
    assert_int_equal(check(&m_).at, 0);                                                                                \
  } while (0)
/* The byte that decided is the k-th of the text. */
#define BREAKS(field, s, error, k)                                                                                     \
  do {                                                                                                                 \
    made m_ = good();                                                                                                  \
    m_.x.field = TEXT(&m_, s);                                                                                         \
    assert_int_equal(check(&m_).err, error);                                                                           \
    assert_int_equal(check(&m_).at, m_.x.field.from + (k));                                                            \
  } while (0)

/* MC-NODEINFO-10 */
static void a_listen_address_is_host_and_port_and_never_looked_up(void **state)
{
  (void)state;
  KEEPS(listen_addr, "0.0.0.0:26656");
  KEEPS(listen_addr, "tcp://0.0.0.0:26656");
  KEEPS(listen_addr, "[::1]:26656");
  KEEPS(listen_addr, "no.such.host.invalid:1");
  BREAKS(listen_addr, "not-an-address", MCONN_E_NODEINFO_ADDRESS, 14);
  BREAKS(listen_addr, "", MCONN_E_NODEINFO_ADDRESS, 0);
  BREAKS(listen_addr, ":26656", MCONN_E_NODEINFO_ADDRESS, 0);
  BREAKS(listen_addr, "0.0.0.0:65536", MCONN_E_NODEINFO_ADDRESS, 8);
  BREAKS(listen_addr, "a@0.0.0.0:1", MCONN_E_NODEINFO_ADDRESS, 1);
}

/* MC-NODEINFO-10, MC-ADDRESS-02: the id beside it must be one */
static void a_node_id_is_forty_digits(void **state)
{
  (void)state;
  BREAKS(id, "", MCONN_E_NODE_ID, 0);
  BREAKS(id, "0123456789abcdef0123456789abcdef0123456", MCONN_E_NODE_ID, 39);
  BREAKS(id, "0123456789abcdef0123456789abcdef012345678", MCONN_E_NODE_ID, 40);
  BREAKS(id, "0123456789abcdef0123456789abcdeg01234567", MCONN_E_NODE_ID, 31);
}

/* MC-NODEINFO-11 */
static void a_version_is_empty_or_printable(void **state)
{
  (void)state;
  KEEPS(version, "");
  KEEPS(version, " ~");
  BREAKS(version, "\xc2\xa2\xc2\xa7\xc2\xb5", MCONN_E_NODEINFO_VERSION, 0);
  BREAKS(version, "1.0\x7f", MCONN_E_NODEINFO_VERSION, 3);
  BREAKS(version, "\t", MCONN_E_NODEINFO_VERSION, 0);
  BREAKS(version, "  ", MCONN_E_NODEINFO_VERSION, 0);
}

/* MC-NODEINFO-12. Upstream: TestNodeInfoValidate. */
static void channels_are_sixteen_at_most_and_different(void **state)
{
  (void)state;
  KEEPS(channels, "");
  KEEPS(channels, "\x00\x01\x02\x03\x04");
  KEEPS(channels, "0123456789abcdef");
  BREAKS(channels, "0123456789abcdefg", MCONN_E_NODEINFO_CHANNELS, 16);
  BREAKS(channels, "\x00\x01\x02\x03\x04\x01", MCONN_E_NODEINFO_CHANNELS, 5);
  BREAKS(channels, "\xff\xff", MCONN_E_NODEINFO_CHANNELS, 1);
}

/* MC-NODEINFO-13 */
static void a_moniker_is_printable_and_not_empty(void **state)
{
  (void)state;
  KEEPS(moniker, "hey its me");
  BREAKS(moniker, "", MCONN_E_NODEINFO_MONIKER, 0);
  BREAKS(moniker, "  ", MCONN_E_NODEINFO_MONIKER, 0);
  BREAKS(moniker, "\t", MCONN_E_NODEINFO_MONIKER, 0);
  BREAKS(moniker, "\xc2\xa2\xc2\xa7\xc2\xb5", MCONN_E_NODEINFO_MONIKER, 0);
  BREAKS(moniker, "a\x1b[2J", MCONN_E_NODEINFO_MONIKER, 1);
}

/* MC-NODEINFO-14 */
static void a_tx_index_is_empty_on_or_off(void **state)
{
  (void)state;
  KEEPS(tx_index, "");
  KEEPS(tx_index, "on");
  KEEPS(tx_index, "off");
  static const char *const wrong[] = { "o", "of", "oN", "no", "offf", "ofg", "onn", "  ", "\t", "\xc2\xa2" };
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    made m = good();
    m.x.tx_index = add(&m, wrong[k], strlen(wrong[k]));
    assert_int_equal(check(&m).err, MCONN_E_NODEINFO_TX_INDEX);
    assert_int_equal(check(&m).at, m.x.tx_index.from);
  }
}

/* MC-NODEINFO-15 */
static void an_rpc_address_is_empty_or_printable(void **state)
{
  (void)state;
  KEEPS(rpc_address, "");
  KEEPS(rpc_address, "0.0.0.0:26657");
  BREAKS(rpc_address, "\xc2\xa2\xc2\xa7\xc2\xb5", MCONN_E_NODEINFO_RPC_ADDRESS, 0);
  BREAKS(rpc_address, "\t", MCONN_E_NODEINFO_RPC_ADDRESS, 0);
  BREAKS(rpc_address, "  ", MCONN_E_NODEINFO_RPC_ADDRESS, 0);
}

/* MC-NODEINFO-10 to 15: the first rule that is broken is named. Upstream: TestNodeInfoValidate. */
static void the_first_broken_rule_is_named(void **state)
{
  (void)state;
  made m = good();
  const enum mconn_err order[] = {
    MCONN_E_NODE_ID,          MCONN_E_NODEINFO_ADDRESS,  MCONN_E_NODEINFO_VERSION,    MCONN_E_NODEINFO_CHANNELS,
    MCONN_E_NODEINFO_MONIKER, MCONN_E_NODEINFO_TX_INDEX, MCONN_E_NODEINFO_RPC_ADDRESS
  };
  mconn_span *const fields[] = { &m.x.id,      &m.x.listen_addr, &m.x.version,    &m.x.channels,
                                 &m.x.moniker, &m.x.tx_index,    &m.x.rpc_address };
  mconn_span whole[7];
  for (int k = 0; k < 7; k++) whole[k] = *fields[k];
  mconn_span bad = TEXT(&m, "\t\t");
  for (int k = 0; k < 7; k++) *fields[k] = bad;
  for (int k = 0; k < 7; k++) {
    assert_int_equal(check(&m).err, order[k]);
    *fields[k] = whole[k];
  }
  assert_int_equal(check(&m).err, MCONN_OK);
}

static enum mconn_err together(const made *a, const made *b)
{
  return mconn_nodeinfo_compatible(guard_end(a->p, a->n), a->x, guard_begin(b->p, b->n), b->x);
}

/* MC-NODEINFO-20, -21. Upstream: TestNodeInfoCompatible. */
static void block_version_and_network_must_be_equal(void **state)
{
  (void)state;
  made a = good(), b = good();
  b.x.p2p = 9;
  b.x.app = 3;
  b.x.version = TEXT(&b, "2.0");
  assert_int_equal(together(&a, &b), MCONN_OK);
  b.x.block++;
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_BLOCK_VERSION);
  b = good();
  b.x.network = TEXT(&b, "testing-wrong");
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_NETWORK);
  b.x.network.len = 7;
  assert_int_equal(together(&a, &b), MCONN_OK);
  b.x.network.len = 6;
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_NETWORK);
  b.x.network = TEXT(&b, "testinG");
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_NETWORK);
}

/* MC-NODEINFO-22. Upstream: TestNodeInfoCompatible. */
static void one_channel_in_common_is_enough_and_an_empty_own_list_asks_for_none(void **state)
{
  (void)state;
  made a = good(), b = good();
  b.x.channels = TEXT(&b, "\x01\x02");
  assert_int_equal(together(&a, &b), MCONN_OK);
  b.x.channels = TEXT(&b, "\x02\x01");
  assert_int_equal(together(&a, &b), MCONN_OK);
  a.x.channels = TEXT(&a, "\x07\x02");
  assert_int_equal(together(&a, &b), MCONN_OK);
  b.x.channels = TEXT(&b, "\x03");
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_NO_CHANNEL);
  b.x.channels.len = 0;
  assert_int_equal(together(&a, &b), MCONN_E_NODEINFO_NO_CHANNEL);
  assert_int_equal(together(&b, &a), MCONN_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_listen_address_is_host_and_port_and_never_looked_up),
    cmocka_unit_test(a_node_id_is_forty_digits),
    cmocka_unit_test(a_version_is_empty_or_printable),
    cmocka_unit_test(channels_are_sixteen_at_most_and_different),
    cmocka_unit_test(a_moniker_is_printable_and_not_empty),
    cmocka_unit_test(a_tx_index_is_empty_on_or_off),
    cmocka_unit_test(an_rpc_address_is_empty_or_printable),
    cmocka_unit_test(the_first_broken_rule_is_named),
    cmocka_unit_test(block_version_and_network_must_be_equal),
    cmocka_unit_test(one_channel_in_common_is_enough_and_an_empty_own_list_asks_for_none),
  };
  return cmocka_run_group_tests_name("nodeinfo_rules", tests, NULL, NULL);
}
