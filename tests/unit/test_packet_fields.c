/* What a packet makes of its fields: known and unknown ones, their order, their types, groups (MC-FIELD). */
#include "decode.h"
#include <stdio.h>

#define PING "15c3d289"
#define MSG "b05b4f2c"

/* MC-FIELD-02 */
static void field_past_the_end_of_its_message_is_refused(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "0a", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "0a0100 1a01", MCONN_E_TRUNCATED, 3);
  body_is_refused(MCONN_PROTO, "0a01", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "1a03 1a02aa", MCONN_E_TRUNCATED, 3);
  body_is_refused(MCONN_PROTO, "1a01 08 1001", MCONN_E_TRUNCATED, 3);
  body_is_refused(MCONN_PROTO, "1a 808080808080808001", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_AMINO, MSG "08", MCONN_E_TRUNCATED, 5);
  body_is_refused(MCONN_AMINO, MSG "1a02aa", MCONN_E_TRUNCATED, 5);
  body_is_refused(MCONN_AMINO, MSG "1affffffffffffffffff01aa", MCONN_E_TRUNCATED, 5);
}

/* MC-FIELD-03 */
static void field_number_outside_its_range_is_refused(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "0001", MCONN_E_FIELD_NUMBER, 0);
  body_is_refused(MCONN_PROTO, "0a00 8080808040 01", MCONN_E_FIELD_NUMBER, 2);
  body_is_control(MCONN_PROTO, "0a00 f8ffffff3f 01", MCONN_PACKET_PING);
  body_is_refused(MCONN_AMINO, MSG "0001", MCONN_E_FIELD_NUMBER, 4);
  body_is_msg(MCONN_AMINO, MSG "f8ffffff0f 01", 0, false, "");
  body_is_refused(MCONN_AMINO, MSG "8080808010 01", MCONN_E_FIELD_NUMBER, 4);
}

/* MC-FIELD-04 */
static void wire_types_that_do_not_exist_are_refused(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "0e00", MCONN_E_WIRE_TYPE, 0);
  body_is_refused(MCONN_PROTO, "1a02 0f00", MCONN_E_WIRE_TYPE, 2);
  body_is_refused(MCONN_AMINO, MSG "2600", MCONN_E_WIRE_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "2700", MCONN_E_WIRE_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "23", MCONN_E_WIRE_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "24", MCONN_E_WIRE_TYPE, 4);
}

/* MC-FIELD-05 */
static void known_field_with_another_wire_type_is_refused(void **state)
{
  (void)state;
  static const char *const proto[] = { "0801", "09 0000000000000000", "0d 00000000", "0b0c", "1001", "130c",
                                       "1801", "1d00000000" };
  for (size_t k = 0; k < sizeof proto / sizeof *proto; k++)
    body_is_refused(MCONN_PROTO, proto[k], MCONN_E_FIELD_TYPE, 0);
  static const char *const msg[] = { "0a00", "0d00000000", "1200", "1801", "1d00000000", "0b0c", "130c", "1b0c" };
  for (size_t k = 0; k < sizeof msg / sizeof *msg; k++) {
    char body[64];
    assert_true(snprintf(body, sizeof body, "1a%02zx%s", strlen(msg[k]) / 2, msg[k]) > 0);
    body_is_refused(MCONN_PROTO, body, MCONN_E_FIELD_TYPE, 2);
  }
  body_is_refused(MCONN_AMINO, MSG "0a00", MCONN_E_FIELD_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "1200", MCONN_E_FIELD_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "1801", MCONN_E_FIELD_TYPE, 4);
  body_is_refused(MCONN_AMINO, MSG "0801 1d00000000", MCONN_E_FIELD_TYPE, 6);
}

/* MC-FIELD-06 */
static void unbalanced_groups_are_refused(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "24", MCONN_E_GROUP, 0);
  body_is_refused(MCONN_PROTO, "23", MCONN_E_GROUP, 1);
  body_is_refused(MCONN_PROTO, "0a00 23 2001", MCONN_E_GROUP, 5);
  body_is_refused(MCONN_PROTO, "1a01 23 24", MCONN_E_GROUP, 3);
  body_is_refused(MCONN_PROTO, "0a01 0c", MCONN_E_GROUP, 2);
}

/* MC-FIELD-07 */
static void amino_fields_ascend(void **state)
{
  (void)state;
  body_is_refused(MCONN_AMINO, MSG "1001 0801", MCONN_E_FIELD_ORDER, 6);
  body_is_refused(MCONN_AMINO, MSG "0801 0801", MCONN_E_FIELD_ORDER, 6);
  body_is_refused(MCONN_AMINO, MSG "1a01aa 1001", MCONN_E_FIELD_ORDER, 7);
  body_is_refused(MCONN_AMINO, MSG "2001 1a01aa", MCONN_E_FIELD_ORDER, 6);
  body_is_refused(MCONN_AMINO, MSG "2801 2001", MCONN_E_FIELD_ORDER, 6);
  body_is_refused(MCONN_AMINO, PING "0801 0801", MCONN_E_FIELD_ORDER, 6);
}

/* MC-FIELD-08 */
static void proto_key_above_32_bits_may_name_a_known_field(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "8a8080808004 00", MCONN_PACKET_PING);
  body_is_msg(MCONN_PROTO, "1a07 888080808004 05", 5, false, "");
  body_is_refused(MCONN_PROTO, "888080808004 00", MCONN_E_FIELD_TYPE, 0);
}

/* MC-FIELD-09 */
static void unknown_proto_fields_are_skipped_wherever_they_stand(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "2001 0a00 2a0161 29 0102030405060708", MCONN_PACKET_PING);
  body_is_control(MCONN_PROTO, "0a04 0801 2001", MCONN_PACKET_PING);
  body_is_control(MCONN_PROTO, "1207 0801 35 01020304", MCONN_PACKET_PONG);
  body_is_msg(MCONN_PROTO, "2001 1a0a 2001 0803 2001 2001 1001 2001", 3, true, "");
}

/* MC-FIELD-10 */
static void proto_groups_are_skipped_to_their_end(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "23 0a05 0102030405 24 0a00", MCONN_PACKET_PING);
  body_is_control(MCONN_PROTO, "23 2b 33 0c 0c 0c 0a00", MCONN_PACKET_PING);
  body_is_control(MCONN_PROTO, "0a06 0b 0001 0c 0b 0c", MCONN_PACKET_PING);
  body_is_msg(MCONN_PROTO, "1a06 23 1001 24 0807", 7, false, "");
}

/* MC-FIELD-11 */
static void unknown_amino_fields_are_skipped_behind_the_known_ones(void **state)
{
  (void)state;
  body_is_msg(MCONN_AMINO, MSG "0801 1a01aa 2001 29 0102030405060708 3201bb 3d 01020304", 1, false, "aa");
  body_is_control(MCONN_AMINO, PING "0801 110102030405060708 1a01bb 25 01020304", MCONN_PACKET_PING);
}

/* MC-FIELD-12 */
static void proto_fields_come_in_any_order_and_the_last_counts(void **state)
{
  (void)state;
  body_is_msg(MCONN_PROTO, "1a07 1a01aa 1001 0805", 5, true, "aa");
  body_is_msg(MCONN_PROTO, "1a0f 0801 1001 1a01aa 0802 1000 1a02bbcc", 2, false, "bbcc");
  body_is_msg(MCONN_PROTO, "1a05 1a01aa 1a00", 0, false, "");
}

/* MC-FIELD-01: each wire type as an unknown field, in both dialects */
static void every_wire_type_is_read_at_its_size(void **state)
{
  (void)state;
  body_is_control(MCONN_PROTO, "0a00 2096 01 29 0807060504030201 32 03 616263 3d 04030201 43 44", MCONN_PACKET_PING);
  body_is_control(MCONN_AMINO, PING "2096 01 29 0807060504030201 32 03 616263 3d 04030201", MCONN_PACKET_PING);
}

/* MC-FIELD-02, MC-FIELD-07, MC-FIELD-12: fields that a recogniser of the usual layout might take for it */
static void what_is_nearly_the_usual_layout_is_judged_like_the_rest(void **state)
{
  (void)state;
  static const struct {
    const char *fields;
    enum mconn_err proto, amino;
  } all[] = {
    { "08", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0880", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0801 10", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0801 1080", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1001 1a", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1001 1a80", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a02aa", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a8002aa", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a01aa 08", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a01aa 1a00", MCONN_OK, MCONN_E_FIELD_ORDER },
    { "1001 0801", MCONN_OK, MCONN_E_FIELD_ORDER },
    { "0801 0802", MCONN_OK, MCONN_E_FIELD_ORDER },
    { "1001 1001", MCONN_OK, MCONN_E_FIELD_ORDER },
    { "1a01aa 1001", MCONN_OK, MCONN_E_FIELD_ORDER },
    { "0901", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1101", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0701", MCONN_E_WIRE_TYPE, MCONN_E_WIRE_TYPE },
    { "1b01aa", MCONN_E_TRUNCATED, MCONN_E_WIRE_TYPE },
    { "0f01", MCONN_E_WIRE_TYPE, MCONN_E_WIRE_TYPE },
    { "1901aa", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0810 01", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "081a 00", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1001 1a00aa", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a05 6162636465666768696a6b6c6d6e6f707172737475767778797a", MCONN_E_WIRE_TYPE, MCONN_E_WIRE_TYPE },
    { "1a03aa", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "1a02", MCONN_E_TRUNCATED, MCONN_E_TRUNCATED },
    { "0801 1002 1a01aa", MCONN_OK, MCONN_OK },
    { "0800 1000 1a00", MCONN_OK, MCONN_OK },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    char body[64];
    assert_true(snprintf(body, sizeof body, "1a%02zx%s", hex(all[k].fields).n, all[k].fields) > 0);
    if (decode_body(MCONN_PROTO, body).err != all[k].proto) fail_msg("proto, fields %s", all[k].fields);
    assert_true(snprintf(body, sizeof body, "%s%s", MSG, all[k].fields) > 0);
    if (decode_body(MCONN_AMINO, body).err != all[k].amino) fail_msg("amino, fields %s", all[k].fields);
  }
}

/* MC-FRAME-08 */
static void of_two_faults_the_first_is_named(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "1a04 0a00 2600", MCONN_E_FIELD_TYPE, 2);
  body_is_refused(MCONN_PROTO, "1a04 2600 0a00", MCONN_E_WIRE_TYPE, 2);
  body_is_refused(MCONN_PROTO, "0a04 2600 0c00", MCONN_E_WIRE_TYPE, 2);
  body_is_refused(MCONN_PROTO, "0801 2600", MCONN_E_FIELD_TYPE, 0);
  body_is_refused(MCONN_PROTO, "1a020a00 0801", MCONN_E_FIELD_TYPE, 2);
  body_is_refused(MCONN_AMINO, MSG "0a00 2700", MCONN_E_FIELD_TYPE, 4);
  body_is_refused(MCONN_AMINO, PING "2001 2001 2700", MCONN_E_FIELD_ORDER, 6);
}

/* MC-FIELD-02: a member whose length is not the rest of the body */
static void member_that_does_not_fill_the_body(void **state)
{
  (void)state;
  body_is_refused(MCONN_PROTO, "1a03 0801", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "1a04 0801", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "1b02 0801", MCONN_E_TRUNCATED, 2);
  body_is_refused(MCONN_PROTO, "1902 0801", MCONN_E_TRUNCATED, 4);
  body_is_refused(MCONN_PROTO, "1a05 0801 1001 1a02aabb", MCONN_E_TRUNCATED, 7);
  body_is_refused(MCONN_PROTO, "1a08 201a 05 6162636465", MCONN_E_FIELD_NUMBER, 4);
  body_is_refused(MCONN_PROTO, MSG "1001", MCONN_E_GROUP, 3);
  body_is_refused(MCONN_PROTO, "1a02", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "1a80", MCONN_E_TRUNCATED, 2);
  body_is_refused(MCONN_PROTO, "1a", MCONN_E_TRUNCATED, 1);
  body_is_refused(MCONN_PROTO, "1a01 0801", MCONN_E_TRUNCATED, 3);
  body_is_refused(MCONN_PROTO, "1b02 0801 1c", MCONN_E_TRUNCATED, 2);
  body_is_msg(MCONN_PROTO, "1a02 0801 2801", 1, false, "");
  body_is_refused(MCONN_PROTO, "1b 1c", MCONN_E_FIELD_TYPE, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(field_past_the_end_of_its_message_is_refused),
    cmocka_unit_test(field_number_outside_its_range_is_refused),
    cmocka_unit_test(wire_types_that_do_not_exist_are_refused),
    cmocka_unit_test(known_field_with_another_wire_type_is_refused),
    cmocka_unit_test(unbalanced_groups_are_refused),
    cmocka_unit_test(amino_fields_ascend),
    cmocka_unit_test(proto_key_above_32_bits_may_name_a_known_field),
    cmocka_unit_test(unknown_proto_fields_are_skipped_wherever_they_stand),
    cmocka_unit_test(proto_groups_are_skipped_to_their_end),
    cmocka_unit_test(unknown_amino_fields_are_skipped_behind_the_known_ones),
    cmocka_unit_test(proto_fields_come_in_any_order_and_the_last_counts),
    cmocka_unit_test(what_is_nearly_the_usual_layout_is_judged_like_the_rest),
    cmocka_unit_test(of_two_faults_the_first_is_named),
    cmocka_unit_test(member_that_does_not_fill_the_body),
    cmocka_unit_test(every_wire_type_is_read_at_its_size),
  };
  return cmocka_run_group_tests_name("packet fields", tests, NULL, NULL);
}
