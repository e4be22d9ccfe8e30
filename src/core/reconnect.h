/* When a persistent peer that was lost is dialed again, and when it is given up.
 *
 * Upstream computes the pauses with floating-point powers inside the loop that dials. What goes wrong around
 * such a loop: two of them for one peer, a pause that cannot be broken off, and a schedule that nobody can
 * state: it waits behind each of the first 20 attempts but before each of the last ten, so that the 21st
 * attempt waits twice. Here the schedule is a function of the number of the attempt; clock, random numbers and
 * the one loop per peer are the caller's. */
#ifndef MCONN_CORE_RECONNECT_H
#define MCONN_CORE_RECONNECT_H
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_RECONNECT_STEADY 20u   /* attempts 5 s apart; upstream */
#define MCONN_RECONNECT_ATTEMPTS 30u /* all of them; upstream */
#define MCONN_RECONNECT_FIRST_MAX 1u /* exponent of the first growing pause; upstream: 0, later 1 */
typedef struct {
  bool give_up;   /* every attempt was made: stop */
  uint64_t delay; /* else: ns to wait from now, the end of the attempt before, until this attempt */
} mconn_reconnect_result;
#ifdef __FRAMAC__
#include "logic/reconnect.acsl"
#endif

/* A random part: whole ms below 3 s, in ns. Also how long a dial at start waits. random: any number. */
/*@ terminates \true;
    assigns \nothing;
    ensures part: \result == re_jitter(random);
    ensures below_3_s: \result < 3000000000; */
uint64_t mconn_reconnect_jitter(uint64_t random);

/* What comes after `made` attempts to reach the peer failed. first: exponent of the first growing pause, 0, or 1
 * as CometBFT from v0.37.14, v0.38.15 and v1.0 on. random: a new random number each time. */
/*@ requires first: first <= MCONN_RECONNECT_FIRST_MAX;
    terminates \true;
    assigns \nothing;
    ensures give_up_iff_all_were_made: \result.give_up <==> made >= MCONN_RECONNECT_ATTEMPTS;
    ensures delay: !\result.give_up ==> \result.delay == re_delay(made, first, random);
    ensures none_when_given_up: \result.give_up ==> \result.delay == 0;
    ensures less_than_a_day: \result.delay < 86400 * 1000000000; */
mconn_reconnect_result mconn_reconnect_next(uint32_t made, uint32_t first, uint64_t random);
#endif
