/* Flow monitor: upstream's figures at times of the test's choosing. */
#include "harness.h"
#include "shell/monitor.h"
#include <math.h>

#define MS 1000000ull

static bool near(double x, double y)
{
  return fabs(x - y) <= 1e-6 * (1 + fabs(y));
}

/* MC-FLOW-01: a sample ends with the first byte, or question, 100 ms or more after the last one ended. */
static void samples_of_100_ms(void **state)
{
  (void)state;
  shell_monitor m;
  shell_monitor_start(&m, 5 * MS);
  shell_monitor_add(&m, 5 * MS + 60 * MS, 1000);
  assert_int_equal(shell_monitor_read(&m, 5 * MS + 99 * MS).samples, 0);
  shell_monitor_add(&m, 5 * MS + 100 * MS, 1000);
  mconn_flow f = shell_monitor_read(&m, 5 * MS + 120 * MS);
  assert_int_equal(f.samples, 1);
  assert_int_equal(f.bytes, 2000);
  assert_true(near(f.instant, 20000) && near(f.mean, 20000) && near(f.peak, 20000) && near(f.average, 20000));
  assert_int_equal(f.duration, 100 * MS);
  assert_int_equal(f.idle, 20 * MS);
}

/* MC-FLOW-01: the mean moves by the weight of a window of one second; the peak stays. */
static void mean_and_peak(void **state)
{
  (void)state;
  shell_monitor m;
  shell_monitor_start(&m, 0);
  shell_monitor_add(&m, 100 * MS, 10000);
  shell_monitor_add(&m, 300 * MS, 4000);
  mconn_flow f = shell_monitor_read(&m, 300 * MS);
  double kept = exp(-0.2);
  assert_true(near(f.instant, 20000));
  assert_true(near(f.mean, 20000 + kept * (100000 - 20000)));
  assert_true(near(f.peak, 100000));
  assert_true(near(f.average, 14000 / 0.3));
}

/* MC-FLOW-01: silence counts: the figures of a quiet direction go down, its average too. */
static void silence_counts(void **state)
{
  (void)state;
  shell_monitor m;
  shell_monitor_start(&m, 0);
  shell_monitor_add(&m, 100 * MS, 10000);
  mconn_flow f = shell_monitor_read(&m, 2100 * MS);
  assert_true(near(f.instant, 0));
  assert_true(near(f.mean, exp(-2.0) * 100000));
  assert_true(near(f.average, 10000 / 2.1));
  assert_int_equal(f.idle, 2000 * MS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(samples_of_100_ms),
    cmocka_unit_test(mean_and_peak),
    cmocka_unit_test(silence_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
