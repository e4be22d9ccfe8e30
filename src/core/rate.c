/* Token bucket. Time may have stood still or jumped by years between two calls, so the refill is
 * compared before it is multiplied. */
#include "rate.h"

/*@ ghost
  /@ requires some: 0 < r;
     terminates \true; assigns \nothing;
     ensures whole: (room / r) * r <= room < (room / r + 1) * r; @/
  void lem_whole(uint64_t room, uint32_t r) { }

  /@ requires order: a <= b;
     terminates \true; assigns \nothing;
     ensures times: a * r <= b * r; @/
  void lem_times(uint64_t a, uint64_t b, uint32_t r) { }
*/

mconn_rate mconn_rate_start(uint32_t rate, uint32_t least, uint64_t now_us)
{
  uint32_t burst = rate / 10;
  if (burst < least) burst = least;
  if (burst == 0) burst = 1;
  mconn_rate s = { .credit = (uint64_t)burst * MCONN_RATE_HZ, .last = now_us, .rate = rate, .burst = burst };
  return s;
}

mconn_rate_result mconn_rate_take(mconn_rate s, uint64_t now_us, uint32_t want)
{
  mconn_rate_result r = { .s = s, .grant = 0, .wait = 0 };
  uint64_t full = (uint64_t)s.burst * MCONN_RATE_HZ, dt = now_us - s.last, room = full - s.credit;
  uint64_t ticks = room / s.rate; /* whole ticks until the bucket is full */
  //@ ghost lem_whole(room, s.rate);
  //@ ghost if (dt <= ticks) lem_times(dt, ticks, s.rate); else lem_times(ticks + 1, dt, s.rate);
  uint64_t credit = dt > ticks ? full : s.credit + dt * s.rate;
  //@ assert refilled: credit == rate_credit(s, dt);
  uint64_t most = credit / MCONN_RATE_HZ;
  r.grant = most < want ? (uint32_t)most : want;
  r.s.credit = credit - (uint64_t)r.grant * MCONN_RATE_HZ;
  r.s.last = now_us;
  if (r.grant < want) r.wait = (MCONN_RATE_HZ - r.s.credit + (s.rate - 1u)) / s.rate;
  return r;
}
