/* Theorem 11: the limiter never lets more through than the rate times the window and one burst, over
 * ANY sequence of requests at times that do not run back. The window may begin at any reachable state,
 * so it is every window of a connection's life, not only the first. */
#include "rate.h"

/*@ requires inv: rate_inv(s);
    requires n: 0 < n <= 0xFFFFFFFF;
    requires rd: \valid_read(at + (0 .. n - 1)) && \valid_read(want + (0 .. n - 1));
    requires after_the_start: \forall integer i; 0 <= i < n ==> s.last <= at[i];
    requires clock_does_not_run_back: \forall integer i, j; 0 <= i <= j < n ==> at[i] <= at[j];
    terminates \true;
    assigns \nothing;
    ensures rate_times_window_and_a_burst:
      \result * MCONN_RATE_HZ <= s.burst * MCONN_RATE_HZ + s.rate * (at[n - 1] - s.last); */
uint64_t theorem_rate_window(mconn_rate s, const uint64_t *at, const uint32_t *want, uint32_t n)
{
  uint64_t sum = 0, t0 = s.last;
  /*@ loop invariant rng: 0 <= i <= n;
      loop invariant inv: rate_inv(s) && s.rate == \at(s.rate, Pre) && s.burst == \at(s.burst, Pre);
      loop invariant last: s.last == (i == 0 ? t0 : at[i - 1]) && t0 <= s.last;
      loop invariant sum: sum <= i * 0xFFFFFFFF;
      loop invariant spent: s.credit + sum * MCONN_RATE_HZ <= \at(s.credit, Pre) + s.rate * (s.last - t0);
      loop assigns i, s, sum;
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    mconn_rate_result r = mconn_rate_take(s, at[i], want[i]);
    //@ assert telescope: s.rate * (at[i] - s.last) + s.rate * (s.last - t0) == s.rate * (at[i] - t0);
    sum += r.grant;
    s = r.s;
  }
  return sum;
}
