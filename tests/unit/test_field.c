/* Fields (MC-FIELD): keys, values, groups, and which byte a refusal points at. */
#include "bytes.h"
#include "core/field.h"

static mconn_element element(const char *h)
{
  bytes b = hex(h);
  mconn_element x = mconn_element_get(guard_end(b.p, b.n), 0, b.n);
  mconn_element y = mconn_element_get(guard_begin(b.p, b.n), 0, b.n);
  assert_true(x.err == y.err && x.at == y.at);
  if (x.err == MCONN_OK)
    assert_true(x.end == y.end && x.off == y.off && x.key == y.key && x.val == y.val && x.strict == y.strict);
  return x;
}

static mconn_field field(const char *h)
{
  bytes b = hex(h);
  mconn_field x = mconn_field_get(guard_end(b.p, b.n), 0, b.n);
  mconn_field y = mconn_field_get(guard_begin(b.p, b.n), 0, b.n);
  assert_true(x.err == y.err && x.at == y.at && (x.err != MCONN_OK || (x.end == y.end && x.num == y.num)));
  return x;
}

static void element_is(const char *h, uint64_t key, size_t off, uint64_t val, size_t end)
{
  mconn_element x = element(h);
  assert_int_equal(x.err, MCONN_OK);
  assert_true(x.key == key && x.val == val);
  assert_int_equal(x.off, off);
  assert_int_equal(x.end, end);
}

static void element_refused(const char *h, enum mconn_err err, size_t at)
{
  mconn_element x = element(h);
  assert_int_equal(x.err, err);
  assert_int_equal(x.at, at);
}

static void field_is(const char *h, uint32_t num, uint32_t wire, size_t end)
{
  mconn_field x = field(h);
  assert_int_equal(x.err, MCONN_OK);
  assert_int_equal(x.num, num);
  assert_int_equal(x.wire, wire);
  assert_int_equal(x.end, end);
}

static void field_refused(const char *h, enum mconn_err err, size_t at)
{
  mconn_field x = field(h);
  assert_int_equal(x.err, err);
  assert_int_equal(x.at, at);
}

/* MC-FIELD-01 */
static void each_wire_type_has_its_own_size(void **state)
{
  (void)state;
  element_is("0896 01 ff", 8, 1, 150, 3);
  element_is("09 0102030405060708 ff", 9, 1, 0, 9);
  element_is("0a 03 616263 ff", 10, 2, 3, 5);
  element_is("0b ff", 11, 1, 0, 1);
  element_is("0c ff", 12, 1, 0, 1);
  element_is("0d 01020304 ff", 13, 1, 0, 5);
}

static void empty_bytes_are_a_value(void **state)
{
  (void)state;
  element_is("0a00", 10, 2, 0, 2);
  element_is("0a8000", 10, 3, 0, 3);
}

/* MC-FIELD-02 */
static void value_past_the_end_is_truncated(void **state)
{
  (void)state;
  element_refused("80", MCONN_E_TRUNCATED, 1);
  element_refused("08", MCONN_E_TRUNCATED, 1);
  element_refused("0880", MCONN_E_TRUNCATED, 2);
  element_refused("09 01020304050607", MCONN_E_TRUNCATED, 8);
  element_refused("0d 010203", MCONN_E_TRUNCATED, 4);
  element_refused("0a", MCONN_E_TRUNCATED, 1);
  element_refused("0a80", MCONN_E_TRUNCATED, 2);
  element_refused("0a01", MCONN_E_TRUNCATED, 1);
  element_refused("0a 03 6162", MCONN_E_TRUNCATED, 1);
}

/* MC-FIELD-02: the length is compared before it is added to anything */
static void huge_length_is_truncated_and_does_not_wrap(void **state)
{
  (void)state;
  element_refused("0a ffffffffffffffffff01 00", MCONN_E_TRUNCATED, 1);
  element_refused("0a f5ffffffffffffffff01 00", MCONN_E_TRUNCATED, 1);
  element_refused("0a ffffffff0f", MCONN_E_TRUNCATED, 1);
}

/* MC-UVARINT-03 */
static void varint_without_end_is_refused_at_its_tenth_byte(void **state)
{
  (void)state;
  element_refused("8080808080808080808000", MCONN_E_VARINT, 9);
  element_refused("08 8080808080808080808000", MCONN_E_VARINT, 10);
  element_refused("0a 8080808080808080808000", MCONN_E_VARINT, 10);
}

/* MC-UVARINT-03: the verdict on excess bits is the dialect's */
static void excess_bits_are_cut_and_reported(void **state)
{
  (void)state;
  assert_true(element("0801").strict);
  element_is("08 81808080808080808002", 8, 1, 1, 11);
  assert_false(element("08 81808080808080808002").strict);
  element_is("8880808080808080807e 05", 8, 10, 5, 11);
  assert_false(element("8880808080808080807e 05").strict);
  element_is("0a 81808080808080808002 aa", 10, 11, 1, 12);
  assert_false(element("0a 81808080808080808002 aa").strict);
}

/* MC-FIELD-04 */
static void wire_types_six_and_seven_do_not_exist(void **state)
{
  (void)state;
  element_refused("0e00", MCONN_E_WIRE_TYPE, 0);
  element_refused("0f00", MCONN_E_WIRE_TYPE, 0);
  element_refused("8e0000", MCONN_E_WIRE_TYPE, 0);
}

/* MC-FIELD-03 */
static void field_number_zero_is_refused(void **state)
{
  (void)state;
  field_refused("0001", MCONN_E_FIELD_NUMBER, 0);
  field_refused("0200", MCONN_E_FIELD_NUMBER, 0);
  field_refused("800001", MCONN_E_FIELD_NUMBER, 0);
}

/* MC-FIELD-03 */
static void field_number_above_31_bits_is_refused(void **state)
{
  (void)state;
  field_is("f8ffffff3f 01", 0x7FFFFFFF, 0, 6);
  field_refused("8080808040 01", MCONN_E_FIELD_NUMBER, 0);
  field_refused("f8ffffff7f 01", MCONN_E_FIELD_NUMBER, 0);
}

/* MC-FIELD-08: a generated decoder keeps the low 32 bits of the number */
static void tag_above_32_bits_is_cut_as_go_does(void **state)
{
  (void)state;
  field_is("8a808080800400", 1, 2, 7);
  field_is("8880808080808080800105", 1, 0, 11);
  field_refused("8080808080 0400"
                "01",
                MCONN_E_FIELD_NUMBER, 0);
}

/* MC-FIELD-06 */
static void bare_end_of_group_is_refused(void **state)
{
  (void)state;
  field_refused("0c", MCONN_E_GROUP, 0);
  field_refused("0400", MCONN_E_GROUP, 0);
}

/* MC-FIELD-10 */
static void balanced_groups_are_one_field_whatever_their_numbers(void **state)
{
  (void)state;
  field_is("0b0c", 1, 3, 2);
  field_is("0b14", 1, 3, 2);
  field_is("0b 13 14 0c ff", 1, 3, 4);
  field_is("0b 0801 0a02aabb 0d01020304 09 0102030405060708 0c", 1, 3, 22);
  field_is("0b 0001 0c", 1, 3, 4);
}

/* MC-FIELD-06 */
static void group_without_end_is_refused_at_the_end_of_the_message(void **state)
{
  (void)state;
  field_refused("0b", MCONN_E_GROUP, 1);
  field_refused("0b 0801", MCONN_E_GROUP, 3);
  field_refused("0b 0b 0c", MCONN_E_GROUP, 3);
}

/* MC-FIELD-02, MC-FIELD-04, MC-UVARINT-03 */
static void what_is_wrong_inside_a_group_is_refused_where_it_is(void **state)
{
  (void)state;
  field_refused("0b 0e 0c", MCONN_E_WIRE_TYPE, 1);
  field_refused("0b 0a05 0c", MCONN_E_TRUNCATED, 2);
  field_refused("0b 08 80808080808080808080 0c", MCONN_E_VARINT, 11);
}

/* MC-FIELD-10 */
static void group_depth_costs_no_stack(void **state)
{
  (void)state;
  uint8_t *p = guard_end(NULL, 60000);
  memset(p, 0x0B, 30000);
  memset(p + 30000, 0x0C, 30000);
  mconn_field x = mconn_field_get(p, 0, 60000);
  assert_int_equal(x.err, MCONN_OK);
  assert_int_equal(x.end, 60000);
  mconn_group g = mconn_group_get(p, 1, 60000);
  assert_int_equal(g.err, MCONN_OK);
  assert_int_equal(g.end, 60000);
  assert_int_equal(mconn_field_get(p, 0, 59999).err, MCONN_E_GROUP);
}

/* MC-FIELD-06 */
static void group_with_nothing_left_is_refused(void **state)
{
  (void)state;
  uint8_t *p = guard_end(NULL, 0);
  mconn_group g = mconn_group_get(p, 0, 0);
  assert_int_equal(g.err, MCONN_E_GROUP);
  assert_int_equal(g.at, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_wire_type_has_its_own_size),
    cmocka_unit_test(empty_bytes_are_a_value),
    cmocka_unit_test(value_past_the_end_is_truncated),
    cmocka_unit_test(huge_length_is_truncated_and_does_not_wrap),
    cmocka_unit_test(varint_without_end_is_refused_at_its_tenth_byte),
    cmocka_unit_test(excess_bits_are_cut_and_reported),
    cmocka_unit_test(wire_types_six_and_seven_do_not_exist),
    cmocka_unit_test(field_number_zero_is_refused),
    cmocka_unit_test(field_number_above_31_bits_is_refused),
    cmocka_unit_test(tag_above_32_bits_is_cut_as_go_does),
    cmocka_unit_test(bare_end_of_group_is_refused),
    cmocka_unit_test(balanced_groups_are_one_field_whatever_their_numbers),
    cmocka_unit_test(group_without_end_is_refused_at_the_end_of_the_message),
    cmocka_unit_test(what_is_wrong_inside_a_group_is_refused_where_it_is),
    cmocka_unit_test(group_depth_costs_no_stack),
    cmocka_unit_test(group_with_nothing_left_is_refused),
  };
  return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
