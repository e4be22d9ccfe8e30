/* Framing (MC-FRAME): where packets begin and end, when more bytes are needed, and which byte decided. */
#include "decode.h"

static void refused(enum mconn_dialect d, const char *h, size_t max, enum mconn_err err, size_t at)
{
  bytes b = hex(h);
  mconn_packet q = decode_cut(d, &b, b.n, max);
  assert_int_equal(q.err, err);
  assert_int_equal(q.kind, MCONN_PACKET_NONE);
  assert_int_equal(q.at, at);
}

static void needs(enum mconn_dialect d, const char *h, size_t max, size_t least)
{
  bytes b = hex(h);
  mconn_packet q = decode_cut(d, &b, b.n, max);
  assert_int_equal(q.err, MCONN_OK);
  assert_int_equal(q.kind, MCONN_PACKET_NONE);
  assert_int_equal(q.z, least);
}

static void accepted(enum mconn_dialect d, const char *h, size_t max, size_t z)
{
  bytes b = hex(h);
  mconn_packet q = decode_cut(d, &b, b.n, max);
  assert_int_equal(q.err, MCONN_OK);
  assert_int_not_equal(q.kind, MCONN_PACKET_NONE);
  assert_int_equal(q.z, z);
}

/* MC-FRAME-01. Upstream: TestVarintNormal. */
static void packets_follow_one_another(void **state)
{
  (void)state;
  static const char *const streams[] = { "020a00 021200 051a031a01aa 020a00",
                                         "0415c3d289 048a797fe2 07b05b4f2c1a01aa 0415c3d289" };
  for (int d = 0; d < 2; d++) {
    bytes b = hex(streams[d]);
    const uint8_t *p = guard_end(b.p, b.n);
    static const enum mconn_packet_kind kinds[] = { MCONN_PACKET_PING, MCONN_PACKET_PONG, MCONN_PACKET_MSG,
                                                    MCONN_PACKET_PING };
    size_t i = 0;
    for (int k = 0; k < 4; k++) {
      mconn_packet q = mconn_packet_get((enum mconn_dialect)d, p, i, b.n, NO_LIMIT);
      mconn_packet g = mconn_packet_decode((enum mconn_dialect)d, p, i, b.n, NO_LIMIT);
      assert_same_packet(&q, &g);
      assert_int_equal(q.kind, kinds[k]);
      assert_int_equal(q.b, i + 1);
      i = q.z;
    }
    assert_int_equal(i, b.n);
    assert_int_equal(mconn_packet_get((enum mconn_dialect)d, p, i, b.n, NO_LIMIT).z, b.n + 1);
  }
}

/* MC-FRAME-02. Upstream: TestVarintError. */
static void length_prefix_that_does_not_fit_64_bits_is_refused_at_its_tenth_byte(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    refused((enum mconn_dialect)d, "80808080808080808080", NO_LIMIT, MCONN_E_LENGTH_PREFIX, 9);
    refused((enum mconn_dialect)d, "80808080808080808002", NO_LIMIT, MCONN_E_LENGTH_PREFIX, 9);
    refused((enum mconn_dialect)d, "82808080808080808002 0a00", NO_LIMIT, MCONN_E_LENGTH_PREFIX, 9);
  }
}

/* MC-FRAME-03. Upstream: TestVarintMaxSize. */
static void packet_above_the_limit_is_refused_when_its_prefix_ends(void **state)
{
  (void)state;
  refused(MCONN_PROTO, "8b08", 1034, MCONN_E_PACKET_SIZE, 0);
  needs(MCONN_PROTO, "8a08", 1034, 2 + 1034);
  refused(MCONN_AMINO, "9608", 1047, MCONN_E_PACKET_SIZE, 0);
  needs(MCONN_AMINO, "9508", 1047, 2 + 1045);
  for (int d = 0; d < 2; d++) {
    refused((enum mconn_dialect)d, "ffffffffffffffffff01", NO_LIMIT, MCONN_E_PACKET_SIZE, 0);
    refused((enum mconn_dialect)d, "ffffffffffffffff7f", NO_LIMIT, MCONN_E_PACKET_SIZE, 0);
    refused((enum mconn_dialect)d, "05", 4, MCONN_E_PACKET_SIZE, 0);
    refused((enum mconn_dialect)d, "020a00", 1, MCONN_E_PACKET_SIZE, 0);
  }
  refused(MCONN_AMINO, "8000", 1, MCONN_E_PACKET_SIZE, 0);
  refused(MCONN_AMINO, "00", 0, MCONN_E_PACKET_SIZE, 0);
  refused(MCONN_AMINO, "00", 1, MCONN_E_PREFIX, 1);
  refused(MCONN_PROTO, "00", 0, MCONN_E_NO_MEMBER, 1);
}

/* MC-FRAME-04 */
static void proto_counts_the_body_and_amino_the_prefix_too(void **state)
{
  (void)state;
  accepted(MCONN_PROTO, "020a00", 2, 3);
  accepted(MCONN_PROTO, "8200 0a00", 2, 4);
  accepted(MCONN_AMINO, "0415c3d289", 5, 5);
  refused(MCONN_AMINO, "0415c3d289", 4, MCONN_E_PACKET_SIZE, 0);
  refused(MCONN_AMINO, "8400 15c3d289", 5, MCONN_E_PACKET_SIZE, 0);
  accepted(MCONN_AMINO, "8400 15c3d289", 6, 6);
  accepted(MCONN_AMINO, "07b05b4f2c1a01aa", 8, 8);
  refused(MCONN_AMINO, "07b05b4f2c1a01aa", 7, MCONN_E_PACKET_SIZE, 0);
  accepted(MCONN_PROTO, "051a031a01aa", 5, 6);
  refused(MCONN_PROTO, "051a031a01aa", 4, MCONN_E_PACKET_SIZE, 0);
}

/* MC-FRAME-05 */
static void verdict_on_a_body_waits_for_its_last_byte(void **state)
{
  (void)state;
  needs(MCONN_PROTO, "050c0c0c0c", NO_LIMIT, 6);
  refused(MCONN_PROTO, "050c0c0c0c0c", NO_LIMIT, MCONN_E_GROUP, 1);
  needs(MCONN_AMINO, "05ffffffff", NO_LIMIT, 6);
  refused(MCONN_AMINO, "05ffffffffff", NO_LIMIT, MCONN_E_PREFIX, 1);
}

/* MC-FRAME-06 */
static void bytes_behind_a_packet_change_nothing(void **state)
{
  (void)state;
  bytes b = hex("051a031a01aa ffffffffffffffffffffff");
  mconn_packet whole = decode_cut(MCONN_PROTO, &b, 6, NO_LIMIT);
  for (size_t n = 6; n <= b.n; n++) {
    mconn_packet q = decode_cut(MCONN_PROTO, &b, n, NO_LIMIT);
    assert_same_packet(&whole, &q);
  }
  b = hex("040a000c01 0a00");
  whole = decode_cut(MCONN_PROTO, &b, 5, NO_LIMIT);
  assert_int_equal(whole.err, MCONN_E_GROUP);
  mconn_packet q = decode_cut(MCONN_PROTO, &b, 7, NO_LIMIT);
  assert_same_packet(&whole, &q);
}

/* MC-FRAME-07. Upstream: TestVarintTruncated, TestShort. */
static void need_more_names_the_least_end(void **state)
{
  (void)state;
  for (int d = 0; d < 2; d++) {
    needs((enum mconn_dialect)d, "", NO_LIMIT, 1);
    needs((enum mconn_dialect)d, "80", NO_LIMIT, 2);
    needs((enum mconn_dialect)d, "808080808080808080", NO_LIMIT, 10);
    needs((enum mconn_dialect)d, "05", NO_LIMIT, 6);
    needs((enum mconn_dialect)d, "051a03", NO_LIMIT, 6);
    needs((enum mconn_dialect)d, "8001", NO_LIMIT, 130);
  }
}

/* These bytes, then zeros up to n bytes in all, decoded at the guard page. */
static mconn_packet padded(enum mconn_dialect d, const char *h, size_t n)
{
  bytes b = hex(h);
  uint8_t *p = guard_end(NULL, n);
  memset(p, 0, n);
  memcpy(p, b.p, b.n);
  mconn_packet q = mconn_packet_decode(d, p, 0, n, NO_LIMIT), fast = mconn_packet_get(d, p, 0, n, NO_LIMIT);
  assert_same_packet(&q, &fast);
  return q;
}

/* MC-UVARINT-01, MC-FRAME-05: read with one byte of the length left out, each of these would be a whole packet */
static void a_length_goes_on_while_its_bytes_have_the_highest_bit(void **state)
{
  (void)state;
  assert_int_equal(padded(MCONN_PROTO, "80 1a7e 1a7c", 129).z, 2 + 26 * 128);
  assert_int_equal(padded(MCONN_PROTO, "8080 1afd7f 1afa7f", 2 + 16384).z, 3 + 26 * 16384);
  assert_int_equal(padded(MCONN_AMINO, "80 b05b4f2c 1a7a", 129).z, 3 + 48 * 128 + 91 * 16384);
  assert_int_equal(padded(MCONN_PROTO, "801a fd19 1afa19", 3329).z, 3330);
  mconn_packet q = padded(MCONN_PROTO, "8201 1a80 1a7e", 2 + 130);
  assert_true(q.err == MCONN_E_TRUNCATED && q.at == 3);
  q = padded(MCONN_PROTO, "8501 1a8201 1a80 7f", 135);
  assert_true(q.err == MCONN_E_TRUNCATED && q.at == 6);
  q = padded(MCONN_PROTO, "888100 1a848100 1a808100", 139);
  assert_true(q.err == MCONN_OK && q.m.len == 128 && q.m.off == 11);
}

/* MC-FRAME-08: one line per row of the table */
static void refusal_names_the_byte_that_decided(void **state)
{
  (void)state;
  refused(MCONN_PROTO, "ffffffffffffffffff02", NO_LIMIT, MCONN_E_LENGTH_PREFIX, 9);
  refused(MCONN_PROTO, "03", 2, MCONN_E_PACKET_SIZE, 0);
  refused(MCONN_PROTO, "0b 08 80808080808080808080", NO_LIMIT, MCONN_E_VARINT, 11);
  refused(MCONN_AMINO, "10b05b4f2c 08 808080808080808080 7f 00", NO_LIMIT, MCONN_E_VARINT, 5);
  refused(MCONN_PROTO, "020a80", NO_LIMIT, MCONN_E_TRUNCATED, 3);
  refused(MCONN_PROTO, "020a05", NO_LIMIT, MCONN_E_TRUNCATED, 2);
  refused(MCONN_PROTO, "040a000001", NO_LIMIT, MCONN_E_FIELD_NUMBER, 3);
  refused(MCONN_PROTO, "030a000e", NO_LIMIT, MCONN_E_WIRE_TYPE, 3);
  refused(MCONN_PROTO, "040a000801", NO_LIMIT, MCONN_E_FIELD_TYPE, 3);
  refused(MCONN_AMINO, "08b05b4f2c10010801", NO_LIMIT, MCONN_E_FIELD_ORDER, 7);
  refused(MCONN_AMINO, "07b05b4f2c088002", NO_LIMIT, MCONN_E_UINT8, 5);
  refused(MCONN_PROTO, "030a000c", NO_LIMIT, MCONN_E_GROUP, 3);
  refused(MCONN_PROTO, "030a000b", NO_LIMIT, MCONN_E_GROUP, 4);
  refused(MCONN_PROTO, "022001", NO_LIMIT, MCONN_E_NO_MEMBER, 3);
  refused(MCONN_AMINO, "0415c3d288", NO_LIMIT, MCONN_E_PREFIX, 1);
}

/* MC-FRAME-08: the order in which the rules of one field are looked at */
static void a_field_that_breaks_several_rules_breaks_the_first(void **state)
{
  (void)state;
  refused(MCONN_PROTO, "0100", NO_LIMIT, MCONN_E_TRUNCATED, 2);
  refused(MCONN_PROTO, "0106", NO_LIMIT, MCONN_E_WIRE_TYPE, 1);
  refused(MCONN_PROTO, "0104", NO_LIMIT, MCONN_E_GROUP, 1);
  refused(MCONN_PROTO, "0103", NO_LIMIT, MCONN_E_FIELD_NUMBER, 1);
  refused(MCONN_PROTO, "010b", NO_LIMIT, MCONN_E_GROUP, 2);
  refused(MCONN_AMINO, "0eb05b4f2c 80808080808080808002", NO_LIMIT, MCONN_E_TRUNCATED, 15);
  refused(MCONN_AMINO, "0fb05b4f2c 80808080808080808002 00", NO_LIMIT, MCONN_E_VARINT, 5);
  refused(MCONN_AMINO, "08b05b4f2c 2001 0001", NO_LIMIT, MCONN_E_FIELD_NUMBER, 7);
  refused(MCONN_AMINO, "07b05b4f2c 2001 23", NO_LIMIT, MCONN_E_FIELD_ORDER, 7);
  refused(MCONN_AMINO, "07b05b4f2c 2001 2b", NO_LIMIT, MCONN_E_WIRE_TYPE, 7);
  refused(MCONN_AMINO, "07b05b4f2c 2001 1b", NO_LIMIT, MCONN_E_FIELD_ORDER, 7);
  refused(MCONN_AMINO, "05b05b4f2c 0b", NO_LIMIT, MCONN_E_WIRE_TYPE, 5);
  refused(MCONN_AMINO, "09b05b4f2c 2001 088002", NO_LIMIT, MCONN_E_FIELD_ORDER, 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(packets_follow_one_another),
    cmocka_unit_test(length_prefix_that_does_not_fit_64_bits_is_refused_at_its_tenth_byte),
    cmocka_unit_test(packet_above_the_limit_is_refused_when_its_prefix_ends),
    cmocka_unit_test(proto_counts_the_body_and_amino_the_prefix_too),
    cmocka_unit_test(verdict_on_a_body_waits_for_its_last_byte),
    cmocka_unit_test(bytes_behind_a_packet_change_nothing),
    cmocka_unit_test(need_more_names_the_least_end),
    cmocka_unit_test(a_length_goes_on_while_its_bytes_have_the_highest_bit),
    cmocka_unit_test(refusal_names_the_byte_that_decided),
    cmocka_unit_test(a_field_that_breaks_several_rules_breaks_the_first),
  };
  return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
