/* Configuration (mconn_config_check): every number that a contract of the core relies on is looked at before anything
 * starts, and the first fault is named. */
#include "guard.h"
#include "mconn/connection.h"

static const mconn_channel channels[2] = { { 0x20, 1, 0, 0, 0 }, { 0x21, 5, 0, 0, 0 } };

static void checked(mconn_config c, enum mconn_err err)
{
  mconn_config kept = c;
  mconn_reason r = mconn_config_check(&c, channels, 2);
  assert_int_equal(r.err, err);
  assert_true(r.at == 0 && r.offset == 0 && r.system == 0);
  assert_memory_equal(&c, &kept, sizeof c);
}

static void defaults_are_accepted_and_are_upstreams(void **state)
{
  (void)state;
  mconn_config c = mconn_config_default();
  checked(c, MCONN_OK);
  assert_true(c.dialect == MCONN_PROTO && c.payload == 1024 && c.send_rate == 512000 && c.recv_rate == 512000);
  assert_true(c.ping.interval == 60000000000 && c.ping.timeout == 45000000000 && c.send_timeout == 10000000000);
}

/* MC-PACKET-01 */
static void dialect_that_does_not_exist_is_refused(void **state)
{
  (void)state;
  mconn_config c = mconn_config_default();
  c.dialect = MCONN_AMINO;
  checked(c, MCONN_OK);
  c.dialect = (enum mconn_dialect)2;
  checked(c, MCONN_E_DIALECT);
  c.dialect = (enum mconn_dialect)0x7FFFFFFF;
  checked(c, MCONN_E_DIALECT);
}

/* MC-HEADER-05 */
static void payload_limit_outside_its_range_is_refused(void **state)
{
  (void)state;
  static const struct {
    uint32_t payload;
    enum mconn_err err;
  } all[] = {
    { 0, MCONN_E_PAYLOAD_SIZE },
    { 1, MCONN_E_PAYLOAD_SIZE },
    { 2, MCONN_OK },
    { MCONN_PAYLOAD_MAX, MCONN_OK },
    { MCONN_PAYLOAD_MAX + 1, MCONN_E_PAYLOAD_SIZE },
    { UINT32_MAX, MCONN_E_PAYLOAD_SIZE },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    mconn_config c = mconn_config_default();
    c.payload = all[k].payload;
    checked(c, all[k].err);
  }
}

/* MC-RATE-01 */
static void rate_above_its_limit_is_refused(void **state)
{
  (void)state;
  static const struct {
    uint64_t rate;
    enum mconn_err err;
  } all[] = {
    { 0, MCONN_OK },
    { 1, MCONN_OK },
    { MCONN_RATE_MAX, MCONN_OK },
    { MCONN_RATE_MAX + 1ull, MCONN_E_RATE_CONFIG },
    { UINT64_MAX, MCONN_E_RATE_CONFIG },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    mconn_config c = mconn_config_default();
    c.send_rate = all[k].rate;
    checked(c, all[k].err);
    c = mconn_config_default();
    c.recv_rate = all[k].rate;
    checked(c, all[k].err);
  }
}

/* MC-FLUSH-01, MC-PING-01 */
static void flush_and_ping_are_checked_by_the_core(void **state)
{
  (void)state;
  mconn_config c = mconn_config_default();
  c.flush_throttle = MCONN_FLUSH_THROTTLE_MAX + 1;
  checked(c, MCONN_E_FLUSH_CONFIG);
  c = mconn_config_default();
  c.ping.timeout = c.ping.interval;
  checked(c, MCONN_E_PING_CONFIG);
}

/* MC-CHANNEL-07 */
static void the_first_descriptor_at_fault_is_named_with_its_defaults_filled_in(void **state)
{
  (void)state;
  mconn_config c = mconn_config_default();
  mconn_channel d[3] = { channels[0], channels[1], { 0x22, 0, 0, 0, 0 } };
  mconn_reason r = mconn_config_check(&c, d, 3);
  assert_true(r.err == MCONN_E_PRIORITY && r.at == 2);
  d[2] = channels[0];
  r = mconn_config_check(&c, d, 3);
  assert_true(r.err == MCONN_E_CHANNEL_DUPLICATE && r.at == 2);
  assert_int_equal(mconn_config_check(&c, d, 0).err, MCONN_E_CHANNEL_COUNT);
  static mconn_channel many[257];
  for (uint32_t k = 0; k < 257; k++) many[k] = (mconn_channel){ k % 256, 1, 0, 0, 0 };
  assert_int_equal(mconn_config_check(&c, many, 256).err, MCONN_OK);
  assert_int_equal(mconn_config_check(&c, many, 257).err, MCONN_E_CHANNEL_COUNT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults_are_accepted_and_are_upstreams),
    cmocka_unit_test(dialect_that_does_not_exist_is_refused),
    cmocka_unit_test(payload_limit_outside_its_range_is_refused),
    cmocka_unit_test(rate_above_its_limit_is_refused),
    cmocka_unit_test(flush_and_ping_are_checked_by_the_core),
    cmocka_unit_test(the_first_descriptor_at_fault_is_named_with_its_defaults_filled_in),
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
