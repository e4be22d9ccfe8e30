/* Channel descriptors (MC-CHANNEL): defaults, limits, and which descriptor is named. */
#include "guard.h"
#include "core/channel.h"

static mconn_channel good(uint32_t id)
{
  mconn_channel d = { id, 1, 1, 4096, 22020096 };
  return d;
}

/* The check, on descriptors that end where readable memory ends. */
static mconn_channels_result guarded(const mconn_channel *d, size_t n)
{
  void *p = guard_end(d, n * sizeof *d);
  return mconn_channels_check(p, n);
}

static void checked(mconn_channel d, enum mconn_err err)
{
  assert_int_equal(mconn_channel_check(d), err);
  mconn_channel list[2] = { good(d.id == 7 ? 8 : 7), d };
  mconn_channels_result r = guarded(list, 2);
  assert_int_equal(r.err, err);
  assert_int_equal(r.at, err == MCONN_OK ? 0 : 1);
}

/* MC-CHANNEL-01 */
static void zeros_get_their_defaults_and_priority_has_none(void **state)
{
  (void)state;
  mconn_channel d = mconn_channel_defaults((mconn_channel){ 3, 0, 0, 0, 0 });
  assert_true(d.id == 3 && d.priority == 0);
  assert_true(d.queue_capacity == 1 && d.buffer_capacity == 4096 && d.message_capacity == 22020096);
  mconn_channel given = { 200, 9, 5, 6, 7 }, kept = mconn_channel_defaults(given);
  assert_memory_equal(&given, &kept, sizeof given);
  assert_int_equal(mconn_channel_check(d), MCONN_E_PRIORITY);
}

/* MC-CHANNEL-02 */
static void id_given_twice_is_refused_at_the_second(void **state)
{
  (void)state;
  mconn_channel d[4] = { good(1), good(2), good(3), good(2) };
  mconn_channels_result r = guarded(d, 4);
  assert_int_equal(r.err, MCONN_E_CHANNEL_DUPLICATE);
  assert_int_equal(r.at, 3);
  assert_int_equal(guarded(d, 3).err, MCONN_OK);
  for (size_t first = 0; first < 3; first++) {
    d[3] = d[first];
    r = guarded(d, 4);
    assert_true(r.err == MCONN_E_CHANNEL_DUPLICATE && r.at == 3);
  }
}

/* MC-CHANNEL-03 */
static void priority_is_between_one_and_its_limit(void **state)
{
  (void)state;
  mconn_channel d = good(1);
  d.priority = 0;
  checked(d, MCONN_E_PRIORITY);
  d.priority = MCONN_PRIORITY_MAX + 1;
  checked(d, MCONN_E_PRIORITY);
  d.priority = UINT32_MAX;
  checked(d, MCONN_E_PRIORITY);
  d.priority = MCONN_PRIORITY_MAX;
  checked(d, MCONN_OK);
  d.priority = 1;
  checked(d, MCONN_OK);
}

/* MC-CHANNEL-04 */
static void queue_capacity_has_a_limit(void **state)
{
  (void)state;
  mconn_channel d = good(1);
  d.queue_capacity = MCONN_QUEUE_CAPACITY_MAX;
  checked(d, MCONN_OK);
  d.queue_capacity++;
  checked(d, MCONN_E_QUEUE_CAPACITY);
  d.queue_capacity = 0;
  checked(d, MCONN_E_QUEUE_CAPACITY);
}

/* MC-CHANNEL-05 */
static void buffer_and_message_capacity_have_limits(void **state)
{
  (void)state;
  static const struct {
    uint32_t value;
    enum mconn_err err;
  } all[] = {
    { 0, MCONN_E_MESSAGE_CAPACITY },          { 1, MCONN_OK },
    { MCONN_MESSAGE_CAPACITY_MAX, MCONN_OK }, { MCONN_MESSAGE_CAPACITY_MAX + 1, MCONN_E_MESSAGE_CAPACITY },
    { UINT32_MAX, MCONN_E_MESSAGE_CAPACITY },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    mconn_channel d = good(1);
    d.message_capacity = all[k].value;
    checked(d, all[k].err);
    d = good(1);
    d.buffer_capacity = all[k].value;
    checked(d, all[k].err);
  }
}

/* MC-CHANNEL-06 */
static void there_are_between_1_and_256_channels(void **state)
{
  (void)state;
  static mconn_channel d[257];
  for (uint32_t k = 0; k < 257; k++) d[k] = good(k % 256);
  assert_int_equal(guarded(d, 256).err, MCONN_OK);
  mconn_channels_result none = guarded(d, 0), many = mconn_channels_check(d, 257);
  assert_true(none.err == MCONN_E_CHANNEL_COUNT && none.at == 0);
  assert_true(many.err == MCONN_E_CHANNEL_COUNT && many.at == 0);
  checked(good(255), MCONN_OK);
  checked(good(256), MCONN_E_CHANNEL_COUNT);
}

/* MC-CHANNEL-07 */
static void the_first_broken_descriptor_is_named_and_nothing_is_changed(void **state)
{
  (void)state;
  for (size_t bad = 0; bad < 5; bad++) {
    mconn_channel d[5] = { good(1), good(2), good(3), good(4), good(5) }, kept[5];
    d[bad].priority = 0;
    d[4].queue_capacity = 0;
    memcpy(kept, d, sizeof d);
    mconn_channels_result r = mconn_channels_check(d, 5);
    assert_int_equal(r.err, MCONN_E_PRIORITY);
    assert_int_equal(r.at, bad);
    assert_memory_equal(d, kept, sizeof d);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(zeros_get_their_defaults_and_priority_has_none),
    cmocka_unit_test(id_given_twice_is_refused_at_the_second),
    cmocka_unit_test(priority_is_between_one_and_its_limit),
    cmocka_unit_test(queue_capacity_has_a_limit),
    cmocka_unit_test(buffer_and_message_capacity_have_limits),
    cmocka_unit_test(there_are_between_1_and_256_channels),
    cmocka_unit_test(the_first_broken_descriptor_is_named_and_nothing_is_changed),
  };
  return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
