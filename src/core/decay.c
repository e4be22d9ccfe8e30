/* Decay clock: a function of the state and the time, like the ping clock. */
#include "decay.h"

mconn_decay mconn_decay_start(uint64_t now)
{
  mconn_decay s = { .due = now + MCONN_DECAY_INTERVAL };
  return s;
}

mconn_decay_result mconn_decay_step(mconn_decay s, uint64_t now)
{
  mconn_decay_result r = { .s = s, .fire = now >= s.due };
  if (r.fire) r.s.due = now + MCONN_DECAY_INTERVAL;
  return r;
}
