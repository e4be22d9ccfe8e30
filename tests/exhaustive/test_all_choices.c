/* Every state of three channels with small counters, against exact fractions: 60 is a multiple of every priority used,
 * so sent/priority is the integer sent * (60 / priority) divided by 60. */
#include "guard.h"
#include "core/sender.h"

#define SENT 14
#define PRIORITIES 6

/* MC-SENDER-01, MC-SENDER-02 */
static void every_small_state_of_three_channels(void **state)
{
  (void)state;
  mconn_sender s = { .dialect = MCONN_PROTO, .n = 3, .payload = 1024, .lo = 0, .hi = 3 };
  mconn_sender_channel *c = (void *)guard_end(NULL, 3 * sizeof *c);
  memset(c, 0, 3 * sizeof *c);
  unsigned long long chosen[4] = { 0 };
  const uint32_t one = SENT * PRIORITIES * 2;
  for (uint32_t x = 0; x < one * one * one; x++) {
    uint32_t best = 3, least = 0, y = x;
    for (uint32_t k = 0; k < 3; k++, y /= one) {
      c[k].pending = y % one % 2;
      c[k].prio = 1 + y % one / 2 % PRIORITIES;
      c[k].sent = y % one / 2 / PRIORITIES;
      uint32_t sixtieths = (uint32_t)c[k].sent * (60 / c[k].prio);
      if (!c[k].pending || (best < 3 && sixtieths >= least)) continue;
      best = k;
      least = sixtieths;
    }
    uint32_t k = mconn_sender_pick(&s, c);
    if (k != best) fail_msg("state %u: channel %u, expected %u", x, k, best);
    chosen[k]++;
  }
  for (int k = 0; k < 4; k++) assert_true(chosen[k] > 0);
}

/* MC-SENDER-08 */
static void every_small_count_decays_to_four_fifths(void **state)
{
  (void)state;
  mconn_sender s = { .dialect = MCONN_PROTO, .n = 1, .payload = 1024 };
  mconn_sender_channel c = { .prio = 1 };
  for (uint64_t x = 0; x < 1u << 22; x++) {
    c.sent = x;
    mconn_sender_decay(&s, &c);
    uint64_t want = x - x / 5 - (x % 5 != 0);
    if (c.sent != want) fail_msg("%llu becomes %llu", (unsigned long long)x, (unsigned long long)c.sent);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_small_state_of_three_channels),
    cmocka_unit_test(every_small_count_decays_to_four_fifths),
  };
  return cmocka_run_group_tests_name("all choices", tests, NULL, NULL);
}
