/* The schedule of reconnection, in whole numbers. */
#include "reconnect.h"

uint64_t mconn_reconnect_jitter(uint64_t random)
{
  return random % 3000 * 1000000;
}

/*@ requires small: k <= 10;
    terminates \true;
    assigns \nothing;
    ensures power: \result == pow3(k);
    ensures rng: 1 <= \result <= 59049; */
static uint64_t power_of_3(uint32_t k)
{
  uint64_t x = 1;
  /*@ loop invariant rng: 0 <= j <= k;
      loop invariant power: x == pow3(j);
      loop invariant small: 1 <= x <= 59049;
      loop assigns j, x;
      loop variant k - j; */
  for (uint32_t j = 0; j < k; j++) {
    //@ assert small: 1 <= pow3(j) <= 19683;
    //@ assert thrice: pow3(j + 1) == 3 * pow3(j);
    x *= 3;
  }
  return x;
}

mconn_reconnect_result mconn_reconnect_next(uint32_t made, uint32_t first, uint64_t random)
{
  mconn_reconnect_result r = { .give_up = made >= MCONN_RECONNECT_ATTEMPTS, .delay = 0 };
  if (r.give_up || made == 0) return r;
  uint64_t seconds = made <= MCONN_RECONNECT_STEADY ? 5 : 0, part = mconn_reconnect_jitter(random);
  if (made >= MCONN_RECONNECT_STEADY) seconds += power_of_3(made - MCONN_RECONNECT_STEADY + first);
  if (made == MCONN_RECONNECT_STEADY) part += mconn_reconnect_jitter(random / 3000);
  r.delay = seconds * 1000000000 + part;
  return r;
}
