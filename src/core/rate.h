/* Byte-rate limiter: a token bucket. Credit is counted in byte-ticks; tick = 1 us.
 *
 * Nobody hostile feeds it, but clocks do: upstream's limiter reads the wall clock of a container and
 * rounds to samples of 100 ms. What goes wrong in practice: credit that overflows after a long silence,
 * rounding that loses a fraction of the rate at every call. Here the refill is exact, capped by the
 * burst, and compared before it is multiplied.
 *
 * One limiter belongs to one thread. A rate of zero (no limit) is the caller's to notice: it has no
 * bucket. */
#ifndef MCONN_CORE_RATE_H
#define MCONN_CORE_RATE_H
#include "error.h"
#include <stdint.h>
#define MCONN_RATE_HZ 1000000u
#define MCONN_RATE_MAX 0xFFFFFFFFu /* bytes per second; ours, Go: 63 bits */
typedef struct {
  uint64_t credit, last; /* byte-ticks; time of the last refill in us */
  uint32_t rate, burst;  /* bytes per second, > 0; most bytes granted at once, > 0 */
} mconn_rate;
typedef struct {
  mconn_rate s;
  uint32_t grant; /* bytes that may pass now, <= want */
  uint64_t wait;  /* us until one more byte would be granted; 0 if grant == want */
} mconn_rate_result;
#ifdef __FRAMAC__
#include "logic/rate.acsl"
#endif

/* A full bucket. burst: rate/10 (one upstream sample), at least `least`, at least one byte. */
/*@ requires limited: rate > 0;
    terminates \true;
    assigns \nothing;
    ensures inv: rate_inv(\result);
    ensures full: \result.credit == \result.burst * MCONN_RATE_HZ;
    ensures as_given: \result.rate == rate && \result.last == now_us;
    ensures burst_is_a_sample_or_more: \result.burst == \max(\max(rate / 10, least), 1); */
mconn_rate mconn_rate_start(uint32_t rate, uint32_t least, uint64_t now_us);

/* As many of the wanted bytes as the credit allows at this time. */
/*@ requires inv: rate_inv(s);
    requires clock_does_not_run_back: s.last <= now_us;
    terminates \true;
    assigns \nothing;
    ensures inv: rate_inv(\result.s);
    ensures fixed: \result.s.rate == s.rate && \result.s.burst == s.burst && \result.s.last == now_us;
    ensures never_more_than_wanted: \result.grant <= want;
    ensures never_more_than_the_refill:
      \result.s.credit + \result.grant * MCONN_RATE_HZ <= s.credit + s.rate * (now_us - s.last);
    ensures no_credit_is_lost_below_the_burst:
      \result.s.credit + \result.grant * MCONN_RATE_HZ == rate_credit(s, now_us - s.last);
    ensures less_only_for_want_of_credit: \result.grant < want ==> \result.s.credit < MCONN_RATE_HZ;
    ensures no_wait_when_satisfied: \result.wait == 0 <==> \result.grant == want;
    ensures wait_suffices: \result.grant < want ==> rate_credit(\result.s, \result.wait) >= MCONN_RATE_HZ;
    ensures wait_is_the_least: \result.grant < want ==> rate_credit(\result.s, \result.wait - 1) < MCONN_RATE_HZ; */
mconn_rate_result mconn_rate_take(mconn_rate s, uint64_t now_us, uint32_t want);
#endif
