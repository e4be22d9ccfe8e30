/* Packets (MC-PACKET, and of MC-FIELD what only a packet shows), dialect by dialect. */
#include "decode.h"
#include "core/header.h"

#define PING "15c3d289"
#define PONG "8a797fe2"
#define MSG "b05b4f2c"

/* MC-PACKET-02 */
static void the_three_members_of_a_proto_packet(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "0a00", MCONN_PACKET_PING);
  body_is_control(MCONN_PROTO, "1200", MCONN_PACKET_PONG);
  body_is_msg(MCONN_PROTO, "1a09 0820 1001 1a03616263", 0x20, true, "616263");
  body_is_msg(MCONN_PROTO, "1a05 1a03616263", 0, false, "616263");
}

/* MC-PACKET-03 */
static void the_three_types_of_an_amino_packet(void **state)
{
  (void)state;
  body_is_control(MCONN_AMINO, PING, MCONN_PACKET_PING);
  body_is_control(MCONN_AMINO, PONG, MCONN_PACKET_PONG);
  body_is_msg(MCONN_AMINO, MSG "0820 1001 1a03616263", 0x20, true, "616263");
  body_is_msg(MCONN_AMINO, MSG "1a03616263", 0, false, "616263");
}

/* MC-PACKET-04 */
static void proto_packet_without_a_member_is_refused_at_its_end(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "", MCONN_E_NO_MEMBER, 0);
  body_is_refused(MCONN_PROTO, "2001", MCONN_E_NO_MEMBER, 2);
  body_is_refused(MCONN_PROTO, "23 0a00 24", MCONN_E_NO_MEMBER, 4);
}

/* MC-PACKET-05 */
static void amino_body_without_the_prefix_of_a_packet_is_refused_at_its_first_byte(void **state)
{
  (void)state;
  static const char *const bodies[] = {
    "",
    "15c3d2",
    "b05b4f",
    "00",
    "00000000",
    "1624de64",
    "15c3d288",
    "b15b4f2c",
    "af5b4f2c",
    "b05c4f2c",
    "b05b502c",
    "b05b4f2b",
    "1a05 1a03616263",
    "305b4f2c",
    "b0db4f2c",
    "b05bcf2c",
    "b05b4fac",
    "15c3d389",
    "15c2d289",
    "14c3d289",
    "8a797fe3",
    "8a797ee2",
    "8a787fe2",
    "b05b4f2d",
    "b05b4e2c",
    "b05a4f2c",
    "00ac2679 1624de64",
    "00e37e84 8a797fe2",
    "00887a12 15c3d289",
    "00e37e84 b05b4f2c",
    "00f1bb97 15c3d289",
    "00e37e85 15c3d289",
    "00e37f84 15c3d289",
    "00e27e84 15c3d289",
    "00887a13 8a797fe2",
    "00887b12 8a797fe2",
    "00897a12 8a797fe2",
    "00f1bb98 b05b4f2c",
    "00f1bc97 b05b4f2c",
    "00f2bb97 b05b4f2c",
    "00e37e84 15c3d2",
    "00 00e37e84 15c3d289",
    "0a00",
  };
  for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++)
    body_is_refused(MCONN_AMINO, bodies[k], MCONN_E_PREFIX, 0);
}

/* MC-PACKET-06 */
static void amino_channel_and_eof_are_bytes(void **state)
{
  (void)state;
  body_is_msg(MCONN_AMINO, MSG "08ff01", 255, false, "");
  body_is_msg(MCONN_AMINO, MSG "10ff01", 0, false, "");
  body_is_refused(MCONN_AMINO, MSG "088002", MCONN_E_UINT8, 4);
  body_is_refused(MCONN_AMINO, MSG "108002", MCONN_E_UINT8, 4);
  body_is_refused(MCONN_AMINO, MSG "0801 10ffffffffffffffffff01", MCONN_E_UINT8, 6);
  body_is_control(MCONN_AMINO, PING "088002", MCONN_PACKET_PING);
}

/* MC-PACKET-07 */
static void the_last_member_counts_and_members_are_not_merged(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "0a00 1200", MCONN_PACKET_PONG);
  body_is_control(MCONN_PROTO, "1a020801 0a00", MCONN_PACKET_PING);
  body_is_msg(MCONN_PROTO, "1a020801 1a021001", 0, true, "");
  body_is_msg(MCONN_PROTO, "1a03 1a01aa 1a00", 0, false, "");
  body_is_msg(MCONN_PROTO, "0a00 1a05 1a03616263 2001", 0, false, "616263");
  body_is_refused(MCONN_PROTO, "1a0108 0a00", MCONN_E_TRUNCATED, 3);
  body_is_refused(MCONN_PROTO, "0a0108 0a00", MCONN_E_TRUNCATED, 3);
}

/* MC-PACKET-08 */
static void proto_channel_is_the_low_32_bits(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "1a03 08ff01", 255, false, "");
  body_is_msg(MCONN_PROTO, "1a03 088108", 1025, false, "");
  body_is_msg(MCONN_PROTO, "1a06 08a080808010", 0x20, false, "");
  body_is_msg(MCONN_PROTO, "1a06 08ffffffff0f", 0xFFFFFFFFu, false, "");
  body_is_msg(MCONN_PROTO, "1a0b 08ffffffffffffffffff01", 0xFFFFFFFFu, false, "");
}

/* MC-PACKET-09 */
static void any_proto_eof_but_zero_ends_the_message(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "1a02 1002", 0, true, "");
  body_is_msg(MCONN_PROTO, "1a03 108002", 0, true, "");
  body_is_msg(MCONN_PROTO, "1a06 108080808010", 0, true, "");
  body_is_msg(MCONN_PROTO, "1a0b 1080808080808080808001", 0, true, "");
  body_is_msg(MCONN_PROTO, "1a02 1000", 0, false, "");
}

/* MC-UVARINT-05 */
static void excess_bits_of_a_proto_value_are_dropped(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "1a0b 1080808080808080808002", 0, false, "");
  body_is_msg(MCONN_PROTO, "1a0b 088180808080808080807e", 1, false, "");
  body_is_msg(MCONN_PROTO, "1a 86808080808080808002 1a0401020304", 0, false, "01020304");
}

/* MC-PACKET-10 */
static void only_the_amino_eof_one_ends_the_message(void **state)
{
  (void)state;
  body_is_msg(MCONN_AMINO, MSG "1001", 0, true, "");
  body_is_msg(MCONN_AMINO, MSG "108100", 0, true, "");
  body_is_msg(MCONN_AMINO, MSG "1000", 0, false, "");
  body_is_msg(MCONN_AMINO, MSG "1002", 0, false, "");
  body_is_msg(MCONN_AMINO, MSG "10ff01", 0, false, "");
}

/* MC-PACKET-11 */
static void absent_and_explicit_zero_read_the_same(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "1a00", 0, false, "");
  body_is_msg(MCONN_PROTO, "1a06 0800 1000 1a00", 0, false, "");
  body_is_msg(MCONN_AMINO, MSG, 0, false, "");
  body_is_msg(MCONN_AMINO, MSG "0800 1000 1a00", 0, false, "");
}

/* MC-PACKET-12 */
static void the_eight_byte_form_of_an_amino_prefix_is_accepted(void **state)
{
  (void)state;
  body_is_control(MCONN_AMINO, "00e37e84" PING, MCONN_PACKET_PING);
  body_is_control(MCONN_AMINO, "00887a12" PONG, MCONN_PACKET_PONG);
  body_is_msg(MCONN_AMINO, "00f1bb97" MSG "0820 1001 1a01aa", 0x20, true, "aa");
}

/* MC-PACKET-13 */
static void the_payload_is_named_by_place_and_length(void **state)
{
  (void)state;
  mconn_packet q = decode_body(MCONN_PROTO, "1a09 0820 1001 1a03616263");
  assert_true(q.m.off == 9 && q.m.len == 3);
  q = decode_body(MCONN_AMINO, MSG "0820 1001 1a03616263");
  assert_true(q.m.off == 11 && q.m.len == 3);
  bytes b = hex("ffff 051a031a01aa ffff"), kept = b;
  q = mconn_packet_get(MCONN_PROTO, b.p, 2, b.n, NO_LIMIT);
  assert_true(q.b == 3 && q.z == 8 && q.m.off == 7 && q.m.len == 1);
  assert_memory_equal(b.p, kept.p, sizeof b.p);
}

/* MC-UVARINT-03 */
static void varint_without_end_or_above_64_bits_is_refused(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "8080808080808080808001", MCONN_E_VARINT, 9);
  body_is_refused(MCONN_PROTO, "1a0c 088080808080808080808001", MCONN_E_VARINT, 12);
  body_is_refused(MCONN_AMINO, MSG "088080808080808080808001", MCONN_E_VARINT, 14);
  body_is_refused(MCONN_AMINO, MSG "088180808080808080807e", MCONN_E_VARINT, 4);
  body_is_refused(MCONN_AMINO, MSG "0801 90808080808080808002 01", MCONN_E_VARINT, 6);
  body_is_refused(MCONN_AMINO, PING "0a 81808080808080808002 61", MCONN_E_VARINT, 4);
}

/* MC-UVARINT-04 */
static void varints_longer_than_needed_are_accepted_everywhere(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "9a8000 8e8000 8800 818000 9000 8100 9a00 8100 aa", 1, true, "aa");
  body_is_msg(MCONN_AMINO, MSG "8800 818000 9000 8100 9a00 8100 aa", 1, true, "aa");
  bytes b = hex("8280808080808080 8000 0a00");
  mconn_packet q = decode_cut(MCONN_PROTO, &b, b.n, 2);
  assert_int_equal(q.kind, MCONN_PACKET_PING);
  assert_true(q.b == 10 && q.z == 12);
}

/* A packet as Go senders write it: channel 5, n bytes of payload, final or not; header of both dialects alike
 * in that every byte of it decides something. */
static bytes usual_packet(size_t n, bool eof)
{
  bytes f = { { 0 }, 0 };
  f.n = mconn_header_put(MCONN_PROTO, f.p, 0, 5, eof, (uint32_t)n);
  memset(f.p + f.n, 'x', n);
  f.n += n;
  return f;
}

/* MC-PACKET-02, MC-PACKET-13: whatever one byte of the header becomes, both decoders say the same, also where the
 * packet is cut short and where the limit is one too small. */
static void one_changed_byte_is_judged_alike(void **state)
{
  (void)state;
  static const size_t sizes[] = { 1, 64, 111, 112, 113, 128, 300, 1024 };
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    for (int eof = 0; eof <= 1; eof++) {
      const bytes f = usual_packet(sizes[s], eof != 0);
      mconn_packet whole = decode_cut(MCONN_PROTO, &f, f.n, NO_LIMIT);
      assert_int_equal(whole.kind, MCONN_PACKET_MSG);
      assert_int_equal(whole.m.len, sizes[s]);
      assert_int_equal(decode_cut(MCONN_PROTO, &f, f.n, whole.z - whole.b - 1).err, MCONN_E_PACKET_SIZE);
      assert_int_equal(decode_cut(MCONN_PROTO, &f, f.n - 1, NO_LIMIT).kind, MCONN_PACKET_NONE);
      for (size_t at = 0; at < whole.m.off; at++) {
        for (unsigned value = 0; value < 256; value++) {
          bytes g = f;
          g.p[at] = (uint8_t)value;
          (void)decode_cut(MCONN_PROTO, &g, g.n, NO_LIMIT);
        }
      }
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_three_members_of_a_proto_packet),
    cmocka_unit_test(the_three_types_of_an_amino_packet),
    cmocka_unit_test(proto_packet_without_a_member_is_refused_at_its_end),
    cmocka_unit_test(amino_body_without_the_prefix_of_a_packet_is_refused_at_its_first_byte),
    cmocka_unit_test(amino_channel_and_eof_are_bytes),
    cmocka_unit_test(the_last_member_counts_and_members_are_not_merged),
    cmocka_unit_test(proto_channel_is_the_low_32_bits),
    cmocka_unit_test(any_proto_eof_but_zero_ends_the_message),
    cmocka_unit_test(excess_bits_of_a_proto_value_are_dropped),
    cmocka_unit_test(only_the_amino_eof_one_ends_the_message),
    cmocka_unit_test(absent_and_explicit_zero_read_the_same),
    cmocka_unit_test(the_eight_byte_form_of_an_amino_prefix_is_accepted),
    cmocka_unit_test(the_payload_is_named_by_place_and_length),
    cmocka_unit_test(varint_without_end_or_above_64_bits_is_refused),
    cmocka_unit_test(varints_longer_than_needed_are_accepted_everywhere),
    cmocka_unit_test(one_changed_byte_is_judged_alike),
  };
  return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
