/* Node infos (MC-NODEINFO-01 to 03): decoder and encoder of both dialects. What the same bytes mean to upstream is
 * held against upstream itself in tests/interop. */
#include <stdio.h>
#include <stdlib.h>
#include "bytes.h"
#include "core/nodeinfo.h"
#include "core/nodeinfo_put.h"

#define ID40 "30313233343536373839616263646566303132333435363738396162636465663031323334353637"

static mconn_nodeinfo_read read_at_edge(enum mconn_dialect d, const bytes *b, size_t n)
{
  return mconn_nodeinfo_get(d, guard_end(b->p, n), 0, n);
}

static mconn_nodeinfo_read read_hex(enum mconn_dialect d, const char *h)
{
  bytes b = hex(h);
  return read_at_edge(d, &b, b.n);
}

static void whole_upto(enum mconn_dialect d, const char *h, size_t z)
{
  mconn_nodeinfo_read r = read_hex(d, h);
  if (!r.whole) fail_msg("\"%s\": error %d at %zu, %zu", h, (int)r.err, r.at, r.z);
  assert_int_equal(r.err, MCONN_OK);
  assert_int_equal(r.z, z);
}

static void refused(enum mconn_dialect d, const char *h, enum mconn_err err, size_t at)
{
  mconn_nodeinfo_read r = read_hex(d, h);
  const mconn_nodeinfo none = { 0 };
  assert_false(r.whole);
  if (r.err != err || r.at != at) fail_msg("\"%s\": error %d at %zu", h, (int)r.err, r.at);
  assert_memory_equal(&r.x, &none, sizeof none);
}

static void more(enum mconn_dialect d, const char *h, size_t least)
{
  mconn_nodeinfo_read r = read_hex(d, h);
  assert_false(r.whole);
  assert_int_equal(r.err, MCONN_OK);
  if (r.z != least) fail_msg("\"%s\": needs %zu", h, r.z);
}

static void text_is(const uint8_t *p, mconn_span s, const char *text)
{
  assert_int_equal(s.len, strlen(text));
  assert_memory_equal(p + s.from, text, s.len);
}

/* x is encoded as h, in exactly the announced room, with nothing around it touched. */
static void encodes_as(enum mconn_dialect d, const uint8_t *p, mconn_nodeinfo x, const bytes *h)
{
  size_t n = mconn_nodeinfo_len(d, x);
  assert_int_equal(n, h->n);
  uint8_t *o = malloc(n + 3);
  assert_non_null(o);
  memset(o, 0xA5, n + 3);
  assert_int_equal(mconn_nodeinfo_put(d, o, 3, p, x), 3 + n);
  for (int k = 0; k < 3; k++) assert_int_equal(o[k], 0xA5);
  assert_memory_equal(o + 3, h->p, n);
  free(o);
}

static void example(enum mconn_dialect d, const char *h, uint64_t p2p, uint64_t block, const char *version)
{
  bytes b = hex(h);
  for (size_t n = 0; n < b.n; n++) {
    mconn_nodeinfo_read r = read_at_edge(d, &b, n);
    assert_false(r.whole);
    assert_int_equal(r.err, MCONN_OK);
    assert_int_equal(r.z, n == 0 ? 1 : b.n);
  }
  mconn_nodeinfo_read r = mconn_nodeinfo_get(d, b.p, 0, b.n);
  assert_true(r.whole);
  assert_int_equal(r.z, b.n);
  assert_int_equal(r.x.p2p, p2p);
  assert_int_equal(r.x.block, block);
  assert_int_equal(r.x.app, 0);
  text_is(b.p, r.x.id, "0123456789abcdef0123456789abcdef01234567");
  text_is(b.p, r.x.listen_addr, "tcp://127.0.0.1:26656");
  text_is(b.p, r.x.network, "test");
  text_is(b.p, r.x.version, version);
  text_is(b.p, r.x.channels, "\x20\x21\x30");
  text_is(b.p, r.x.moniker, "n0");
  text_is(b.p, r.x.tx_index, "on");
  text_is(b.p, r.x.rpc_address, "");
  encodes_as(d, b.p, r.x, &b);
}

/* MC-NODEINFO-01 */
static void what_upstream_sends_is_read_and_written(void **state)
{
  (void)state;
  const char *const listen = "1a15 7463703a2f2f3132372e302e302e313a3236363536";
  char h[512];
  snprintf(h, sizeof h, "64 0a040807100a 1228 %s %s 220474657374 2a06302e32392e30 3203202130 3a026e30 42040a026f6e",
           ID40, listen);
  example(MCONN_AMINO, h, 7, 10, "0.29.0");
  snprintf(h, sizeof h, "65 0a040808100b 1228 %s %s 220474657374 2a07302e33342e3234 3203202130 3a026e30 42040a026f6e",
           ID40, listen);
  example(MCONN_PROTO, h, 8, 11, "0.34.24");
}

/* MC-NODEINFO-01: empty sub-messages */
static void an_empty_one_is_nothing_in_amino_and_two_fields_in_proto(void **state)
{
  (void)state;
  const mconn_nodeinfo none = { 0 };
  bytes amino = hex("00"), proto = hex("040a004200");
  encodes_as(MCONN_AMINO, amino.p, none, &amino);
  encodes_as(MCONN_PROTO, proto.p, none, &proto);
  whole_upto(MCONN_AMINO, "00", 1);
  whole_upto(MCONN_AMINO, "040a004200", 5);
  whole_upto(MCONN_PROTO, "00", 1);
  whole_upto(MCONN_PROTO, "040a004200", 5);
}

/* A node info of which field 9 fills the rest: body bytes in all, behind a prefix of k bytes. */
static mconn_nodeinfo_read filled(enum mconn_dialect d, size_t body, size_t k)
{
  static uint8_t p[16384];
  size_t i = 0, left = body;
  for (size_t j = 0; j < k; j++, left >>= 7) p[i++] = (uint8_t)(left % 128 + (j + 1 < k ? 128 : 0));
  size_t n = body - 3;
  p[i] = 0x4a;
  p[i + 1] = (uint8_t)(128 + n % 128);
  p[i + 2] = (uint8_t)(n / 128);
  memset(p + i + 3, 0, n);
  return mconn_nodeinfo_get(d, guard_end(p, i + body), 0, i + body);
}

/* MC-NODEINFO-02 */
static void the_limit_counts_the_prefix_in_amino_and_not_in_proto(void **state)
{
  (void)state;
  assert_true(filled(MCONN_PROTO, 10240, 2).whole);
  assert_true(filled(MCONN_PROTO, 10240, 10).whole);
  assert_int_equal(filled(MCONN_PROTO, 10241, 2).err, MCONN_E_NODEINFO_SIZE);
  assert_true(filled(MCONN_AMINO, 10238, 2).whole);
  assert_int_equal(filled(MCONN_AMINO, 10239, 2).err, MCONN_E_NODEINFO_SIZE);
  assert_true(filled(MCONN_AMINO, 10230, 10).whole);
  assert_int_equal(filled(MCONN_AMINO, 10231, 10).err, MCONN_E_NODEINFO_SIZE);
  /* refused as soon as the prefix is there, whatever it announces */
  refused(MCONN_PROTO, "8150", MCONN_E_NODEINFO_SIZE, 0);
  refused(MCONN_AMINO, "ff4f", MCONN_E_NODEINFO_SIZE, 0);
  refused(MCONN_PROTO, "ffffffffffffffffff01", MCONN_E_NODEINFO_SIZE, 0);
  more(MCONN_PROTO, "8050", 10242);
  more(MCONN_AMINO, "fe4f", 10240);
}

/* MC-NODEINFO-02: nothing above the limit is written */
static void an_encoding_above_the_limit_has_no_length(void **state)
{
  (void)state;
  static uint8_t p[10240], o[MCONN_NODEINFO_BYTES_MAX];
  for (int d = 0; d < 2; d++) {
    const size_t most = d == MCONN_PROTO ? 10240 - 4 - 3 : 10240 - 2 - 3; /* fields 1 and 8; prefix; key and length */
    mconn_nodeinfo x = { .moniker = { .from = 0, .len = most } };
    size_t n = mconn_nodeinfo_len((enum mconn_dialect)d, x);
    assert_int_equal(n, d == MCONN_PROTO ? 10242 : 10240);
    assert_int_equal(mconn_nodeinfo_put((enum mconn_dialect)d, o, 0, p, x), n);
    mconn_nodeinfo_read r = mconn_nodeinfo_get((enum mconn_dialect)d, o, 0, n);
    assert_true(r.whole && r.z == n && r.x.moniker.len == most);
    x.moniker.len++;
    assert_int_equal(mconn_nodeinfo_len((enum mconn_dialect)d, x), 0);
    memset(o, 0xA5, sizeof o);
    assert_int_equal(mconn_nodeinfo_put((enum mconn_dialect)d, o, 7, p, x), 7);
    for (size_t k = 0; k < sizeof o; k++) assert_int_equal(o[k], 0xA5);
    x.moniker.len = MCONN_INDEX_MAX;
    assert_int_equal(mconn_nodeinfo_len((enum mconn_dialect)d, x), 0);
  }
}

/* MC-NODEINFO-03, MC-FRAME-02 */
static void a_prefix_without_end_is_refused(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    refused((enum mconn_dialect)d, "80808080808080808080", MCONN_E_LENGTH_PREFIX, 9);
    refused((enum mconn_dialect)d, "80808080808080808002", MCONN_E_LENGTH_PREFIX, 9);
    more((enum mconn_dialect)d, "808080808080808080", 10);
    whole_upto((enum mconn_dialect)d, "80808080808080808000", 10);
  }
}

/* MC-NODEINFO-03: proto, any order, unknown fields and groups anywhere */
static void proto_takes_fields_as_generated_code_does(void **state)
{
  (void)state;
  whole_upto(MCONN_PROTO, "08 3a0161 4a0162 2200", 9);
  whole_upto(MCONN_PROTO, "04 4b 0801 4c", 5);
  whole_upto(MCONN_PROTO, "04 0a02 4b4c", 5);
  whole_upto(MCONN_PROTO, "04 4202 4b4c", 5);
  refused(MCONN_PROTO, "03 4b0801", MCONN_E_GROUP, 4);
  refused(MCONN_PROTO, "01 4c", MCONN_E_GROUP, 1);
  refused(MCONN_PROTO, "02 0000", MCONN_E_FIELD_NUMBER, 1);
  refused(MCONN_PROTO, "02 1001", MCONN_E_FIELD_TYPE, 1);
  refused(MCONN_PROTO, "04 0a02 0a00", MCONN_E_FIELD_TYPE, 3);
  refused(MCONN_PROTO, "04 4202 0801", MCONN_E_FIELD_TYPE, 3);
  refused(MCONN_PROTO, "04 4202 1001", MCONN_E_FIELD_TYPE, 3);
  refused(MCONN_PROTO, "02 4001", MCONN_E_FIELD_TYPE, 1);
  refused(MCONN_PROTO, "03 0a02 08", MCONN_E_TRUNCATED, 2);
  refused(MCONN_PROTO, "03 0a01 08", MCONN_E_TRUNCATED, 4);
  refused(MCONN_PROTO, "02 4e00", MCONN_E_WIRE_TYPE, 1);
  /* field number 2^32 + 2 is 2 to generated code */
  mconn_nodeinfo_read r = read_hex(MCONN_PROTO, "08 928080808001 01 61");
  assert_true(r.whole && r.x.id.len == 1 && r.x.id.from == 8);
  /* a varint with bits above 64 */
  r = read_hex(MCONN_PROTO, "0d 0a0b 08 ffffffffffffffffff7f");
  assert_true(r.whole && r.x.p2p == UINT64_MAX);
}

/* MC-NODEINFO-03: the last text counts, sub-messages are merged */
static void proto_merges_repeated_sub_messages(void **state)
{
  (void)state;
  mconn_nodeinfo_read r = read_hex(MCONN_PROTO, "13 0a0408011002 3a0161 0a0418030805 0a00 3a00");
  assert_true(r.whole);
  assert_int_equal(r.x.p2p, 5);
  assert_int_equal(r.x.block, 2);
  assert_int_equal(r.x.app, 3);
  assert_int_equal(r.x.moniker.len, 0);
  bytes b = hex("0e 42050a03 6f6666 4205 1203 616263");
  r = mconn_nodeinfo_get(MCONN_PROTO, b.p, 0, b.n);
  assert_true(r.whole);
  text_is(b.p, r.x.tx_index, "off");
  text_is(b.p, r.x.rpc_address, "abc");
  /* every occurrence must decode, also one that is overruled */
  refused(MCONN_PROTO, "06 0a0108 0a0108", MCONN_E_TRUNCATED, 4);
}

/* MC-NODEINFO-03: amino, ascending numbers, unknown ones last, no groups, strict varints */
static void amino_takes_fields_in_order_only(void **state)
{
  (void)state;
  whole_upto(MCONN_AMINO, "08 220161 3a0162 4a00", 9);
  whole_upto(MCONN_AMINO, "04 0a02 2001", 5);
  whole_upto(MCONN_AMINO, "04 4202 1a00", 5);
  whole_upto(MCONN_AMINO, "03 3a8000", 4); /* a text's length may be in more bytes than needed */
  refused(MCONN_AMINO, "06 3a0161 220161", MCONN_E_FIELD_ORDER, 4);
  refused(MCONN_AMINO, "06 3a0161 3a0161", MCONN_E_FIELD_ORDER, 4);
  refused(MCONN_AMINO, "04 4a00 3a00", MCONN_E_FIELD_ORDER, 3);
  refused(MCONN_AMINO, "06 0a04 1001 0801", MCONN_E_FIELD_ORDER, 5);
  refused(MCONN_AMINO, "06 0a0408010802", MCONN_E_FIELD_ORDER, 5);
  refused(MCONN_AMINO, "02 4b4c", MCONN_E_WIRE_TYPE, 1);
  refused(MCONN_AMINO, "02 1001", MCONN_E_FIELD_TYPE, 1);
  refused(MCONN_AMINO, "04 0a02 0a00", MCONN_E_FIELD_TYPE, 3);
  refused(MCONN_AMINO, "02 0000", MCONN_E_FIELD_NUMBER, 1);
  refused(MCONN_AMINO, "06 8080808010 00", MCONN_E_FIELD_NUMBER, 1);
  refused(MCONN_AMINO, "0d 0a0b 08 ffffffffffffffffff7f", MCONN_E_VARINT, 3);
  mconn_nodeinfo_read r = read_hex(MCONN_AMINO, "0d 0a0b 08 ffffffffffffffffff01");
  assert_true(r.whole && r.x.p2p == UINT64_MAX);
}

/* MC-NODEINFO-03: Go's amino forgets that the length of a sub-message was longer than needed, and reads the last
 * bytes of the sub-message again */
static void amino_reads_the_end_of_a_sub_message_twice(void **state)
{
  (void)state;
  /* length 3 in two bytes: the last byte, 12, is the key of the text that follows */
  bytes b = hex("0a 0a8400 08071012 02 6869");
  mconn_nodeinfo_read r = mconn_nodeinfo_get(MCONN_AMINO, b.p, 0, b.n);
  assert_true(r.whole);
  assert_int_equal(r.x.p2p, 7);
  assert_int_equal(r.x.block, 0x12);
  text_is(b.p, r.x.id, "hi");
  refused(MCONN_AMINO, "07 0a8400 08071008", MCONN_E_TRUNCATED, 8);
  /* behind the other sub-message: 4a, the last byte of its text, is the key of an unknown field */
  bytes o = hex("0b 428700 0a026f6e 12014a 00");
  r = mconn_nodeinfo_get(MCONN_AMINO, o.p, 0, o.n);
  assert_true(r.whole);
  text_is(o.p, r.x.tx_index, "on");
  text_is(o.p, r.x.rpc_address, "J");
  /* proto does not */
  refused(MCONN_PROTO, "0a 0a8400 08071012 02 6869", MCONN_E_TRUNCATED, 9);
}

/* MC-NODEINFO-01, -03: what was written is read as what it was, at every width of every field */
static void what_is_encoded_is_decoded(void **state)
{
  (void)state;
  static const size_t lens[] = { 0, 1, 2, 126, 127, 128, 129, 1200 };
  static const uint64_t values[] = { 0, 1, 127, 128, 1u << 14, UINT32_MAX, UINT64_MAX };
  static uint8_t p[4096], o[16 + MCONN_NODEINFO_BYTES_MAX];
  uint64_t x = 7;
  for (size_t k = 0; k < sizeof p; k++) p[k] = (uint8_t)(k * 31 + k / 256);
  for (int turn = 0; turn < 4000; turn++) {
    mconn_nodeinfo a;
    mconn_span *const spans[] = { &a.id,       &a.listen_addr, &a.network,  &a.version,
                                  &a.channels, &a.moniker,     &a.tx_index, &a.rpc_address };
    uint64_t *const numbers[] = { &a.p2p, &a.block, &a.app };
#define NEXT(n) ((size_t)((x = x * 6364136223846793005u + 1442695040888963407u) >> 33) % (n))
    for (int k = 0; k < 3; k++) *numbers[k] = values[NEXT(7)];
    for (int k = 0; k < 8; k++) spans[k]->len = lens[NEXT(8)], spans[k]->from = NEXT(2048);
    enum mconn_dialect d = turn % 2 == 0 ? MCONN_PROTO : MCONN_AMINO;
    size_t i = NEXT(16), n = mconn_nodeinfo_len(d, a);
    assert_int_equal(mconn_nodeinfo_put(d, o, i, p, a), i + n);
    mconn_nodeinfo_read r = mconn_nodeinfo_get(d, o, i, i + n);
    assert_true(r.whole && r.z == i + n);
    assert_true(r.x.p2p == a.p2p && r.x.block == a.block && r.x.app == a.app);
    mconn_span *const got[] = { &r.x.id,       &r.x.listen_addr, &r.x.network,  &r.x.version,
                                &r.x.channels, &r.x.moniker,     &r.x.tx_index, &r.x.rpc_address };
    for (int k = 0; k < 8; k++) {
      assert_int_equal(got[k]->len, spans[k]->len);
      assert_memory_equal(o + got[k]->from, p + spans[k]->from, spans[k]->len);
    }
  }
#undef NEXT
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_upstream_sends_is_read_and_written),
    cmocka_unit_test(an_empty_one_is_nothing_in_amino_and_two_fields_in_proto),
    cmocka_unit_test(the_limit_counts_the_prefix_in_amino_and_not_in_proto),
    cmocka_unit_test(an_encoding_above_the_limit_has_no_length),
    cmocka_unit_test(a_prefix_without_end_is_refused),
    cmocka_unit_test(proto_takes_fields_as_generated_code_does),
    cmocka_unit_test(proto_merges_repeated_sub_messages),
    cmocka_unit_test(amino_takes_fields_in_order_only),
    cmocka_unit_test(amino_reads_the_end_of_a_sub_message_twice),
    cmocka_unit_test(what_is_encoded_is_decoded),
  };
  return cmocka_run_group_tests_name("nodeinfo", tests, NULL, NULL);
}
