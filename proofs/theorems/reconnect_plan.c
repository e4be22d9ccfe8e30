/* A whole schedule: a peer that cannot be reached is tried exactly 30 times, whatever the random numbers, and the
 * pauses add up to 29 624 s (88 672 s where the growing ones begin with 3^1) and at most 30 random parts. */
#include "reconnect.h"

typedef struct {
  uint32_t attempts;
  uint64_t waited; /* ns */
} plan;

/*@ requires first: first <= 1;
    requires rd: \valid_read(random + (0 .. 30));
    terminates \true;
    assigns \nothing;
    ensures thirty: \result.attempts == 30;
    ensures at_least: \result.waited >= (first == 0 ? 29624 : 88672) * 1000000000;
    ensures at_most: \result.waited <= (first == 0 ? 29624 : 88672) * 1000000000 + 30 * 2999000000; */
plan theorem_reconnect_plan(uint32_t first, const uint64_t *random)
{
  plan r = { .attempts = 0, .waited = 0 };
  /*@ loop invariant rng: 0 <= r.attempts <= 30;
      loop invariant begin: r.attempts == 0 ==> r.waited == 0;
      loop invariant steady: 1 <= r.attempts <= 20 ==>
        5 * (r.attempts - 1) * 1000000000 <= r.waited <=
          (r.attempts - 1) * (5000000000 + 2999000000);
      loop invariant growing: r.attempts > 20 ==>
        (200 + pow3(r.attempts - 20 + first) - pow3(first)) * 1000000000 <= 2 * r.waited;
      loop invariant not_more: r.attempts > 20 ==> 2 * r.waited <=
        (200 + pow3(r.attempts - 20 + first) - pow3(first)) * 1000000000 + 2 * r.attempts * 2999000000;
      loop assigns r;
      loop variant 31 - r.attempts; */
  while (true) {
    mconn_reconnect_result x = mconn_reconnect_next(r.attempts, first, random[r.attempts]);
    if (x.give_up) break;
    //@ assert next: r.attempts >= 20 ==> pow3(r.attempts - 20 + first + 1) == 3 * pow3(r.attempts - 20 + first);
    /*@ assert at_20: r.attempts == 20 ==>
          (5 + pow3(first)) * 1000000000 <= x.delay <= (5 + pow3(first)) * 1000000000 + 2 * 2999000000; */
    /*@ assert later: r.attempts > 20 ==> pow3(r.attempts - 20 + first) * 1000000000 <= x.delay <=
          pow3(r.attempts - 20 + first) * 1000000000 + 2999000000; */
    //@ assert no_overflow: r.waited <= 100000 * 1000000000;
    r.waited += x.delay;
    r.attempts++;
  }
  return r;
}
