/* Rate limiter (MC-RATE): what is granted, and when the next byte is. */
#include "guard.h"
#include "core/rate.h"
#include <glob.h>
#include <stdio.h>

static mconn_rate take(mconn_rate s, uint64_t now_us, uint32_t want, uint32_t grant, uint64_t wait)
{
  mconn_rate_result r = mconn_rate_take(s, now_us, want);
  assert_int_equal(r.grant, grant);
  assert_true(r.wait == wait);
  return r.s;
}

/* MC-RATE-03 */
static void burst_is_a_tenth_of_the_rate_or_what_was_asked_for(void **state)
{
  (void)state;
  assert_int_equal(mconn_rate_start(512000, 0, 0).burst, 51200);
  assert_int_equal(mconn_rate_start(512000, 1, 0).burst, 51200);
  assert_int_equal(mconn_rate_start(512000, 51201, 0).burst, 51201);
  assert_int_equal(mconn_rate_start(9, 0, 0).burst, 1);
  assert_int_equal(mconn_rate_start(MCONN_RATE_MAX, 0, 0).burst, MCONN_RATE_MAX / 10);
  assert_int_equal(mconn_rate_start(1, MCONN_RATE_MAX, 0).burst, MCONN_RATE_MAX);
}

/* MC-RATE-02 */
static void the_bucket_begins_full_and_refills_at_the_rate(void **state)
{
  (void)state;
  mconn_rate s = mconn_rate_start(1000, 0, 50);
  s = take(s, 50, 30, 30, 0);
  s = take(s, 50, 100, 70, 1000);
  s = take(s, 1049, 1, 0, 1);
  s = take(s, 1050, 5, 1, 1000);
  s = take(s, 11050, 100, 10, 1000);
  s = take(s, 1000000000, 1000, 100, 1000);
}

/* MC-RATE-02 */
static void no_span_grants_more_than_rate_times_span_and_one_burst(void **state)
{
  (void)state;
  static const uint32_t rates[] = { 1, 3, 7, 999, 1000003, 512000, MCONN_RATE_MAX };
  for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
    mconn_rate s = mconn_rate_start(rates[k], 0, 0);
    uint64_t granted[64], at[64], now = 0, x = 12345;
    for (int i = 0; i < 64; i++) {
      x = x * 6364136223846793005u + 1442695040888963407u;
      now += (x >> 33) % 2000000;
      mconn_rate_result r = mconn_rate_take(s, now, UINT32_MAX);
      s = r.s;
      granted[i] = r.grant;
      at[i] = now;
      unsigned __int128 sum = 0;
      for (int j = i; j >= 0; j--) {
        sum += granted[j];
        assert_true(sum * MCONN_RATE_HZ <=
                    (unsigned __int128)rates[k] * (now - at[j]) + (uint64_t)s.burst * MCONN_RATE_HZ);
      }
    }
  }
}

/* MC-RATE-04 */
static void after_the_wait_one_more_byte_is_granted_and_not_before(void **state)
{
  (void)state;
  static const uint32_t rates[] = { 1, 3, 7, 999, 1000003, 512000, MCONN_RATE_MAX };
  for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
    mconn_rate s = mconn_rate_start(rates[k], 0, 1000);
    mconn_rate_result r = mconn_rate_take(s, 1000, UINT32_MAX);
    for (int round = 0; round < 20; round++) {
      assert_true(r.grant < UINT32_MAX && r.wait > 0);
      if (r.wait > 1) assert_int_equal(mconn_rate_take(r.s, r.s.last + r.wait - 1, 1).grant, 0);
      assert_int_equal(mconn_rate_take(r.s, r.s.last + r.wait, 1).grant, 1);
      r = mconn_rate_take(r.s, r.s.last + r.wait, UINT32_MAX);
      assert_true(r.grant >= 1);
    }
  }
}

/* MC-RATE-04 */
static void a_grant_in_full_waits_for_nothing(void **state)
{
  (void)state;
  mconn_rate s = mconn_rate_start(1000, 0, 0);
  s = take(s, 0, 0, 0, 0);
  s = take(s, 0, 100, 100, 0);
  s = take(s, 0, 0, 0, 0);
  s = take(s, 0, 1, 0, 1000);
}

/* MC-RATE-02 */
static void a_long_silence_neither_overflows_nor_gives_more_than_one_burst(void **state)
{
  (void)state;
  mconn_rate s = mconn_rate_start(MCONN_RATE_MAX, MCONN_RATE_MAX, 0);
  s = take(s, 0, UINT32_MAX, UINT32_MAX, 0);
  mconn_rate_result r = mconn_rate_take(s, UINT64_MAX, UINT32_MAX);
  assert_int_equal(r.grant, UINT32_MAX);
  assert_true(r.s.credit == 0 && r.s.last == UINT64_MAX);
}

/* Whether every clock this text reads is the monotonic one, and how many it reads. */
static bool reads_monotonic_time_only(const char *text, unsigned *reads)
{
  static const char *const others[] = { "gettimeofday(", "time(NULL",      "timespec_get(",
                                        "ftime(",        "CLOCK_REALTIME", "CLOCK_TAI" };
  for (size_t k = 0; k < sizeof others / sizeof *others; k++)
    if (strstr(text, others[k]) != NULL) return false;
  for (const char *at = text; (at = strstr(at, "clock_gettime(")) != NULL; at++, (*reads)++)
    if (strncmp(at, "clock_gettime(CLOCK_MONOTONIC,", 30) != 0) return false;
  return true;
}

/* MC-RATE-06: the core has no clock (tools/core-law); those who call it read no other. The log, which calls nothing of
 * the core's, says the time of day. */
static void whoever_feeds_the_limiter_reads_monotonic_time_only(void **state)
{
  (void)state;
  static char text[262144];
  unsigned reads = 0;
  glob_t g;
  assert_int_equal(glob(MCONN_SOURCE_DIR "/src/shell/*.[ch]", 0, NULL, &g), 0);
  for (size_t k = 0; k < g.gl_pathc; k++) {
    if (strstr(g.gl_pathv[k], "/shell/log.c") != NULL) continue;
    FILE *f = fopen(g.gl_pathv[k], "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    assert_true(n < sizeof text - 1);
    text[n] = '\0';
    if (!reads_monotonic_time_only(text, &reads)) fail_msg("%s", g.gl_pathv[k]);
  }
  globfree(&g);
  assert_true(reads > 0);
  assert_false(
    reads_monotonic_time_only("clock_gettime(CLOCK_MONOTONIC, &a); clock_gettime(CLOCK_BOOTTIME, &b);", &reads));
  assert_false(reads_monotonic_time_only("gettimeofday(&t, NULL);", &reads));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(burst_is_a_tenth_of_the_rate_or_what_was_asked_for),
    cmocka_unit_test(the_bucket_begins_full_and_refills_at_the_rate),
    cmocka_unit_test(no_span_grants_more_than_rate_times_span_and_one_burst),
    cmocka_unit_test(after_the_wait_one_more_byte_is_granted_and_not_before),
    cmocka_unit_test(a_grant_in_full_waits_for_nothing),
    cmocka_unit_test(whoever_feeds_the_limiter_reads_monotonic_time_only),
    cmocka_unit_test(a_long_silence_neither_overflows_nor_gives_more_than_one_burst),
  };
  return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
