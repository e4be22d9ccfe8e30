/* Decay clock: when the recently sent bytes of all channels are reduced (mconn_sender_decay). Times in
 * nanoseconds of one monotonic clock; the core never reads it.
 *
 * The choice of channel is a ratio of recently sent bytes, and this clock says what "recently" means.
 * What goes wrong in practice: a thread that slept too long makes up for the ticks it missed, all at
 * once, and the memory of which channel sent how much is gone. Here a late tick is one tick, and the
 * next one is a whole interval away.
 *
 * One decay clock belongs to one thread. */
#ifndef MCONN_CORE_DECAY_H
#define MCONN_CORE_DECAY_H
#include "ping.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_DECAY_INTERVAL 2000000000ull /* ns; upstream, not configurable there either */
typedef struct {
  uint64_t due; /* when the next tick fires */
} mconn_decay;
typedef struct {
  mconn_decay s;
  bool fire; /* decay once, now */
} mconn_decay_result;
#ifdef __FRAMAC__
#include "logic/decay.acsl"
#endif

/* The first tick is due one interval from now. */
/*@ requires time: now <= MCONN_TIME_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: decay_inv(\result);
    ensures one_interval_away: \result.due == now + MCONN_DECAY_INTERVAL; */
mconn_decay mconn_decay_start(uint64_t now);

/* Time has passed: at most one tick, however late. */
/*@ requires inv: decay_inv(s);
    requires time: now <= MCONN_TIME_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: decay_inv(\result.s);
    ensures fires_iff_due: \result.fire <==> now >= s.due;
    ensures next_a_whole_interval_after_a_tick:
      \result.s.due == (\result.fire ? now + MCONN_DECAY_INTERVAL : s.due); */
mconn_decay_result mconn_decay_step(mconn_decay s, uint64_t now);
#endif
