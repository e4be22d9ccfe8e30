/* Ping clock: when to send a ping, and when silence has lasted too long. Times in nanoseconds of one
 * monotonic clock; the core never reads it.
 *
 * The peer decides when a pong arrives. What goes wrong in practice: upstream starts a timer per ping
 * without stopping the earlier one, so an answered ping can still kill the connection, and a pong
 * nobody waited for can answer a later ping. Here at most one ping is open, its deadline is the only
 * one, and a pong without an open ping counts for nothing.
 *
 * One ping clock belongs to one thread. */
#ifndef MCONN_CORE_PING_H
#define MCONN_CORE_PING_H
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_TIME_MAX 0x3FFFFFFFFFFFFFFFull /* ours: 146 years in ns; the sum of two times fits 64 bits */
typedef struct {
  uint64_t interval, timeout;
} mconn_ping_config; /* ns; 0 < timeout < interval */
typedef struct {
  uint64_t last;           /* time of the last ping, or of the start */
  uint64_t sent, answered; /* pings sent; pongs that answered one */
  bool dead;               /* the deadline of a ping passed; nothing happens any more */
} mconn_ping;
enum mconn_ping_in { MCONN_PING_TICK = 0, MCONN_PING_PONG = 1 };
enum mconn_ping_out { MCONN_PING_NOTHING = 0, MCONN_PING_SEND = 1, MCONN_PING_DEAD = 2 };
typedef struct {
  mconn_ping s;
  enum mconn_ping_out out;
  uint64_t due; /* when to tick again; 0 when dead */
} mconn_ping_step_result;
#ifdef __FRAMAC__
#include "logic/ping.acsl"
#endif

/*@ terminates \true;
    assigns \nothing;
    ensures accepted_iff_timeout_below_interval: \result == MCONN_OK <==> ping_config_ok(c);
    ensures else_ping_config: \result != MCONN_OK ==> \result == MCONN_E_PING_CONFIG; */
enum mconn_err mconn_ping_check(mconn_ping_config c);

/* No ping open; the first is due one interval from now. */
/*@ requires time: now <= MCONN_TIME_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: ping_inv(\result);
    ensures fresh: \result.last == now && \result.sent == 0 && \result.answered == 0 && !\result.dead; */
mconn_ping mconn_ping_start(uint64_t now);

/* TICK: time has passed. PONG: a pong arrived; it only ever answers the open ping, whenever it comes. */
/*@ requires inv: ping_inv(s);
    requires config: ping_config_ok(c);
    requires clock_does_not_run_back: s.last <= now <= MCONN_TIME_MAX;
    requires in: in == MCONN_PING_TICK || in == MCONN_PING_PONG;
    terminates \true;
    assigns \nothing;
    ensures inv: ping_inv(\result.s);
    ensures dead_iff_that_ping_is_unanswered_in_time: \result.out == MCONN_PING_DEAD <==>
      !s.dead && in == MCONN_PING_TICK && ping_open(s) && now - s.last >= c.timeout;
    ensures sends_iff_an_interval_passed: \result.out == MCONN_PING_SEND <==>
      !s.dead && in == MCONN_PING_TICK && !ping_open(s) && now - s.last >= c.interval;
    ensures out: \result.out \in {MCONN_PING_NOTHING, MCONN_PING_SEND, MCONN_PING_DEAD};
    ensures clock_restarts_with_each_ping: \result.s.last == (\result.out == MCONN_PING_SEND ? now : s.last);
    ensures sent_counts_pings: \result.s.sent == s.sent + (\result.out == MCONN_PING_SEND ? 1 : 0);
    ensures answered_counts_pongs_to_an_open_ping: !s.dead && in == MCONN_PING_PONG && ping_open(s) ?
      \result.s.answered == s.answered + 1 : \result.s.answered == s.answered;
    ensures dead_stays_dead: \result.s.dead <==> s.dead || \result.out == MCONN_PING_DEAD;
    ensures due_is_the_one_deadline: \result.due == (\result.s.dead ? 0 :
      \result.s.last + (\result.s.sent > \result.s.answered ? c.timeout : c.interval)); */
mconn_ping_step_result mconn_ping_step(mconn_ping s, enum mconn_ping_in in, uint64_t now, mconn_ping_config c);
#endif
