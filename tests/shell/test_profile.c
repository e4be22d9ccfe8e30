/* Profiles: what a generation of upstream has as its defaults. */
#include "harness.h"
#include "mconn/profile.h"
#include <string.h>

/* Every profile gives a configuration that is accepted, under a name that finds it. */
static void each_is_accepted(void **state)
{
  (void)state;
  size_t n = 0;
  const mconn_profile *p = mconn_profile_list(&n);
  const mconn_channel d = { .id = 1, .priority = 1 };
  assert_int_equal(n, 14);
  for (size_t k = 0; k < n; k++) {
    mconn_config c = mconn_profile_config(&p[k]);
    assert_int_equal(mconn_config_check(&c, &d, 1).err, MCONN_OK);
    assert_ptr_equal(mconn_profile_find(p[k].name), &p[k]);
    assert_int_equal(c.payload, 1024);
  }
  assert_null(mconn_profile_find("tm-v0.26"));
  assert_null(mconn_profile_find(""));
}

/* The dialect changed with TM v0.34, the throttle with CMT v0.39, the p2p version with CMT v1.0. */
static void where_generations_differ(void **state)
{
  (void)state;
  assert_int_equal(mconn_profile_find("tm-v0.33")->dialect, MCONN_AMINO);
  assert_int_equal(mconn_profile_find("tm-v0.34")->dialect, MCONN_PROTO);
  assert_int_equal(mconn_profile_find("cometbft-v0.38")->flush_throttle, 100000000);
  assert_int_equal(mconn_profile_find("cometbft-v0.39")->flush_throttle, 10000000);
  assert_int_equal(mconn_profile_find("cometbft-v0.40")->p2p_version, 8);
  assert_int_equal(mconn_profile_find("cometbft-v1.0")->p2p_version, 9);
  assert_int_equal(mconn_profile_find("tm-v0.29")->block_version, 9);
  assert_int_equal(mconn_profile_find("tm-v0.30")->block_version, 10);
  assert_string_equal(mconn_profile_find("tm-v0.34")->metrics_prefix, "tendermint");
  assert_string_equal(mconn_profile_find("cometbft-v0.34")->metrics_prefix, "cometbft");
  assert_int_equal(mconn_profile_find("cometbft-v0.34")->reconnect_first, 0);
  assert_int_equal(mconn_profile_find("cometbft-v0.37")->reconnect_first, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_is_accepted),
    cmocka_unit_test(where_generations_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
