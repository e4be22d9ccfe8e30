/* Theorem 10: a connection is declared dead only if the last ping was not answered within the time-out,
 * and never when every ping was; over ANY sequence of ticks and pongs at times that do not run back.
 *
 * The statement speaks of the events alone, not of the state of the clock: `in` and `at` are what
 * happened, `out` is what the clock said to each of them. */
#include "ping.h"

/*@ // ping p was still open at event d: nothing but ticks came between
    predicate open_until(enum mconn_ping_in *in, integer p, integer d) =
      \forall integer j; p < j < d ==> in[j] == MCONN_PING_TICK;
    // d says dead, and ping p is the reason
    predicate dead_of(enum mconn_ping_in *in, enum mconn_ping_out *out, uint64_t *at, integer p, integer d,
                      integer timeout) =
      0 <= p < d && out[p] == MCONN_PING_SEND && open_until(in, p, d) && at[d] - at[p] >= timeout;
    // ping p was answered in time
    predicate answered(enum mconn_ping_in *in, uint64_t *at, integer p, integer n, integer timeout) =
      \exists integer j; p < j < n && in[j] == MCONN_PING_PONG && at[j] - at[p] < timeout;
*/

/*@ requires config: ping_config_ok(c);
    requires n: n <= 0xFFFFFFFE;
    requires rd: \valid_read(in + (0 .. n - 1)) && \valid_read(at + (0 .. n - 1));
    requires wr: \valid(out + (0 .. n - 1)) && \separated(out + (0 .. n - 1), in + (0 .. n - 1), at + (0 .. n - 1));
    requires events: \forall integer j; 0 <= j < n ==> in[j] == MCONN_PING_TICK || in[j] == MCONN_PING_PONG;
    requires after_the_start: start <= MCONN_TIME_MAX &&
      \forall integer j; 0 <= j < n ==> start <= at[j] <= MCONN_TIME_MAX;
    requires clock_does_not_run_back: \forall integer j, k; 0 <= j <= k < n ==> at[j] <= at[k];
    terminates \true;
    assigns out[0 .. n - 1];
    ensures dead_only_if_that_ping_is_unanswered: \forall integer d; 0 <= d < n && out[d] == MCONN_PING_DEAD ==>
      \exists integer p; dead_of(in, out, at, p, d, c.timeout);
    ensures unanswered_ping_is_dead_at_the_first_late_tick: \forall integer p, d;
      0 <= p < d < n && out[p] == MCONN_PING_SEND && open_until(in, p, d + 1) && at[d] - at[p] >= c.timeout ==>
      \exists integer k; p < k <= d && out[k] == MCONN_PING_DEAD;
    ensures answered_pings_never_kill:
      (\forall integer p; 0 <= p < n && out[p] == MCONN_PING_SEND ==> answered(in, at, p, n, c.timeout)) ==>
      \forall integer d; 0 <= d < n ==> out[d] != MCONN_PING_DEAD;
    ensures dead_once: \forall integer j, k; 0 <= j < k < n && out[j] == MCONN_PING_DEAD ==>
      out[k] == MCONN_PING_NOTHING; */
void theorem_ping_once(mconn_ping_config c, uint64_t start, const enum mconn_ping_in *in, const uint64_t *at,
                       enum mconn_ping_out *out, uint32_t n)
{
  mconn_ping s = mconn_ping_start(start);
  /* p: the last ping; d: the event that said dead; a: one past the last pong */
  //@ ghost uint32_t p = 0, d = 0, a = 0;
  /*@ loop invariant rng: 0 <= i <= n && p <= i && d <= i && 0 <= a <= i;
      loop invariant inv: ping_inv(s) && s.last <= MCONN_TIME_MAX;
      loop invariant time: s.last == (s.sent == 0 ? start : at[p]) && (i > 0 ==> s.last <= at[i - 1]);
      loop invariant ping: s.sent > 0 ==> p < i && out[p] == MCONN_PING_SEND;
      loop invariant no_ping: s.sent == 0 ==> \forall integer j; 0 <= j < i ==> out[j] != MCONN_PING_SEND;
      loop invariant last_ping: s.sent > 0 ==> \forall integer j; p < j < i ==> out[j] != MCONN_PING_SEND;
      loop invariant earlier: \forall integer q; 0 <= q < i && q != p && out[q] == MCONN_PING_SEND ==>
        !open_until(in, q, i);
      loop invariant pong: a > 0 ==> in[a - 1] == MCONN_PING_PONG && out[a - 1] != MCONN_PING_SEND;
      loop invariant last_pong: \forall integer j; a <= j < i ==> in[j] == MCONN_PING_TICK;
      loop invariant open: !s.dead ==> (ping_open(s) <==> s.sent > 0 && a <= p);
      loop invariant alive: !s.dead ==> \forall integer j; 0 <= j < i ==> out[j] != MCONN_PING_DEAD;
      loop invariant dead: s.dead ==> d < i && out[d] == MCONN_PING_DEAD && dead_of(in, out, at, p, d, c.timeout);
      loop invariant one_dead: s.dead ==> \forall integer j; 0 <= j < i && j != d ==> out[j] != MCONN_PING_DEAD;
      loop invariant quiet: s.dead ==> \forall integer j; d < j < i ==> out[j] == MCONN_PING_NOTHING;
      loop invariant late: \forall integer q, k;
        0 <= q < k < i && out[q] == MCONN_PING_SEND && open_until(in, q, k + 1) && at[k] - at[q] >= c.timeout ==>
        s.dead && q < d <= k;
      loop assigns i, s, p, d, a, out[0 .. n - 1];
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    mconn_ping_step_result r = mconn_ping_step(s, in[i], at[i], c);
    //@ ghost uint32_t before = p;
    out[i] = r.out;
    //@ ghost if (r.out == MCONN_PING_SEND) p = i;
    //@ ghost if (r.out == MCONN_PING_DEAD) d = i;
    //@ ghost if (in[i] == MCONN_PING_PONG) a = i + 1;
    /*@ assert only_the_last: \forall integer q;
          0 <= q < i && out[q] == MCONN_PING_SEND && open_until(in, q, i) ==> q == before; */
    s = r.s;
    /*@ assert this_tick: \forall integer q;
          0 <= q < i && out[q] == MCONN_PING_SEND && open_until(in, q, i + 1) && at[i] - at[q] >= c.timeout ==>
          s.dead && q < d <= i; */
  }
  //@ assert witness: s.dead ==> !answered(in, at, p, n, c.timeout);
}
