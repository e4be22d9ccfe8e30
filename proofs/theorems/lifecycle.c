/* Theorem 12: start, stop and error in any order end in exactly one stop and at most one error report for each run of a
 * service; over ANY sequence of calls and returns, those that make no sense included.
 *
 * The statement speaks of the events and of what was said to each, not of the state: `in` is what happened, `err`, `act`
 * and `report` are the answers. A run begins when on_start is called. */
#include "service.h"
#include <stdint.h>

/*@ // j and k belong to one run
    predicate same_run(enum mconn_service_action *act, integer j, integer k) =
      \forall integer m; j < m <= k ==> act[m] != MCONN_SERVICE_ON_START;
    // a stop, or an error, that was taken
    predicate taken(enum mconn_service_event *in, enum mconn_err *err, integer j) =
      service_ends(in[j]) && err[j] == MCONN_OK;
    // the hook h returned
    predicate returned(enum mconn_service_event *in, enum mconn_err *err, integer j, integer h) =
      service_returns(in[j], h) && err[j] == MCONN_OK;
    // after event j on_start, called at p, has not returned
    predicate on_start_runs(enum mconn_service_event *in, enum mconn_err *err, enum mconn_service_action *act,
                            integer p, integer j) =
      0 <= p < j && act[p] == MCONN_SERVICE_ON_START &&
      \forall integer m; p < m <= j ==> !returned(in, err, m, MCONN_SERVICE_ON_START);
    // what allows another start
    predicate allows_start(enum mconn_service_event *in, enum mconn_err *err, integer j) =
      (in[j] == MCONN_SERVICE_START_FAILED || in[j] == MCONN_SERVICE_RESET_DONE) && err[j] == MCONN_OK;
*/

/*@ requires n: n <= 0xFFFFFFFE;
    requires rd: \valid_read(in + (0 .. n - 1));
    requires wr: \valid(err + (0 .. n - 1)) && \valid(act + (0 .. n - 1)) && \valid(report + (0 .. n - 1));
    requires sep: \separated(in + (0 .. n - 1), err + (0 .. n - 1), act + (0 .. n - 1), report + (0 .. n - 1));
    terminates \true;
    assigns err[0 .. n - 1], act[0 .. n - 1], report[0 .. n - 1];
    ensures one_stop_succeeds_in_a_run: \forall integer j, k; 0 <= j < k < n &&
      taken(in, err, j) && taken(in, err, k) ==> !same_run(act, j, k);
    ensures on_stop_once_in_a_run: \forall integer j, k; 0 <= j < k < n &&
      act[j] == MCONN_SERVICE_ON_STOP && act[k] == MCONN_SERVICE_ON_STOP ==> !same_run(act, j, k);
    ensures on_stop_only_for_a_stop_that_succeeded: \forall integer k; 0 <= k < n &&
      act[k] == MCONN_SERVICE_ON_STOP ==> \exists integer j; 0 <= j <= k && taken(in, err, j) && same_run(act, j, k);
    ensures a_stop_that_succeeded_calls_on_stop_at_once_or_waits_for_on_start: \forall integer j; 0 <= j < n &&
      taken(in, err, j) && act[j] != MCONN_SERVICE_ON_STOP ==> \exists integer p; on_start_runs(in, err, act, p, j);
    ensures on_start_has_returned_then_on_stop: \forall integer j, k; 0 <= j < k < n &&
      taken(in, err, j) && returned(in, err, k, MCONN_SERVICE_ON_START) && same_run(act, j, k) ==>
      act[k] == MCONN_SERVICE_ON_STOP;
    ensures hooks_never_overlap: \forall integer j, k; 0 <= j < k < n && service_hook(act[j]) && service_hook(act[k]) ==>
      \exists integer m; j < m <= k && returned(in, err, m, act[j]);
    ensures quit_opens_when_on_stop_has_returned: \forall integer k; 0 <= k < n && act[k] == MCONN_SERVICE_OPEN_QUIT ==>
      returned(in, err, k, MCONN_SERVICE_ON_STOP) &&
      \exists integer j; 0 <= j < k && act[j] == MCONN_SERVICE_ON_STOP && same_run(act, j, k);
    ensures reported_once_in_a_run: \forall integer j, k; 0 <= j < k < n && report[j] && report[k] ==>
      !same_run(act, j, k);
    ensures reported_only_for_an_error_that_ended_the_run: \forall integer k; 0 <= k < n && report[k] ==>
      \exists integer j; 0 <= j < k && taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k);
    ensures an_error_that_ended_the_run_is_reported: \forall integer j, k; 0 <= j < k < n && taken(in, err, j) &&
      in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k) && act[k] == MCONN_SERVICE_OPEN_QUIT ==> report[k];
    ensures no_second_start_without_failure_or_reset: \forall integer j, k; 0 <= j < k < n &&
      act[j] == MCONN_SERVICE_ON_START && act[k] == MCONN_SERVICE_ON_START ==>
      \exists integer m; j < m < k && allows_start(in, err, m); */
void theorem_lifecycle(bool resettable, const enum mconn_service_event *in, enum mconn_err *err,
                       enum mconn_service_action *act, bool *report, uint32_t n)
{
  mconn_service_state s = mconn_service_init(resettable);
  /* One past the last: start (b), stop taken (t), on_stop (o), report (p), hook called (h), hook returned (r), event
   * that allows a start (a), return of on_start (q). */
  //@ ghost uint32_t b = 0, t = 0, o = 0, p = 0, h = 0, r = 0, a = 0, q = 0;
  /*@ loop invariant rng: 0 <= i <= n && b <= i && t <= i && o <= i && p <= i && h <= i && r <= i && a <= i && q <= i;
      loop invariant inv: service_inv(s);
      loop invariant start: b > 0 ==> act[b - 1] == MCONN_SERVICE_ON_START;
      loop invariant last_start: \forall integer j; b <= j < i ==> act[j] != MCONN_SERVICE_ON_START;
      loop invariant stop: t > 0 ==> taken(in, err, t - 1);
      loop invariant last_stop: \forall integer j; t <= j < i ==> !taken(in, err, j);
      loop invariant on_stop: o > 0 ==> act[o - 1] == MCONN_SERVICE_ON_STOP;
      loop invariant last_on_stop: \forall integer j; o <= j < i ==> act[j] != MCONN_SERVICE_ON_STOP;
      loop invariant reports: p > 0 ==> report[p - 1];
      loop invariant last_report: \forall integer j; p <= j < i ==> !report[j];
      loop invariant hook: h > 0 ==> service_hook(act[h - 1]);
      loop invariant last_hook: \forall integer j; h <= j < i ==> !service_hook(act[j]);
      loop invariant allows: a > 0 ==> allows_start(in, err, a - 1);
      loop invariant last_return: \forall integer j; q <= j < i ==> !returned(in, err, j, MCONN_SERVICE_ON_START);
      loop invariant never_started: b == 0 ==> !s.started && !s.stopped && t == 0 && o == 0 && p == 0 && h == 0;
      loop invariant running: s.started && !s.stopped ==> t < b && o < b && p < b;
      loop invariant stopped: s.stopped ==> t > b;
      loop invariant on_start_runs: s.hook == MCONN_SERVICE_ON_START ==> b > 0 && q < b && o < b && p < b;
      loop invariant on_stop_runs: s.hook == MCONN_SERVICE_ON_STOP ==> o > b && p < b;
      loop invariant hook_runs: s.hook != MCONN_SERVICE_NOTHING ==> h > 0 && act[h - 1] == s.hook;
      loop invariant no_hook_runs: s.hook == MCONN_SERVICE_NOTHING && h > 0 ==>
        h < r && returned(in, err, r - 1, act[h - 1]);
      loop invariant on_start_last: s.hook == MCONN_SERVICE_ON_START ==> h == b;
      loop invariant failed: s.stopped && service_hook(s.hook) && s.hook != MCONN_SERVICE_ON_RESET ==>
        (s.failed <==> in[t - 1] == MCONN_SERVICE_ERROR);
      loop invariant again: b > 0 && !s.started && !s.stopped ==> a > b;
      loop invariant one_stop: \forall integer j, k; 0 <= j < k < i && taken(in, err, j) && taken(in, err, k) ==>
        !same_run(act, j, k);
      loop invariant one_on_stop: \forall integer j, k; 0 <= j < k < i &&
        act[j] == MCONN_SERVICE_ON_STOP && act[k] == MCONN_SERVICE_ON_STOP ==> !same_run(act, j, k);
      loop invariant only_for_a_stop: \forall integer k; 0 <= k < i && act[k] == MCONN_SERVICE_ON_STOP ==>
        \exists integer j; 0 <= j <= k && taken(in, err, j) && same_run(act, j, k);
      loop invariant at_once_or_waits: \forall integer j; 0 <= j < i && taken(in, err, j) &&
        act[j] != MCONN_SERVICE_ON_STOP ==> \exists integer c; on_start_runs(in, err, act, c, j);
      loop invariant then_on_stop: \forall integer j, k; 0 <= j < k < i && taken(in, err, j) &&
        returned(in, err, k, MCONN_SERVICE_ON_START) && same_run(act, j, k) ==> act[k] == MCONN_SERVICE_ON_STOP;
      loop invariant no_overlap: \forall integer j, k; 0 <= j < k < i && service_hook(act[j]) && service_hook(act[k]) ==>
        \exists integer m; j < m <= k && returned(in, err, m, act[j]);
      loop invariant quit: \forall integer k; 0 <= k < i && act[k] == MCONN_SERVICE_OPEN_QUIT ==>
        returned(in, err, k, MCONN_SERVICE_ON_STOP) &&
        \exists integer j; 0 <= j < k && act[j] == MCONN_SERVICE_ON_STOP && same_run(act, j, k);
      loop invariant one_report: \forall integer j, k; 0 <= j < k < i && report[j] && report[k] ==>
        !same_run(act, j, k);
      loop invariant only_for_an_error: \forall integer k; 0 <= k < i && report[k] ==> \exists integer j;
        0 <= j < k && taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k);
      loop invariant error_is_reported: \forall integer j, k; 0 <= j < k < i && taken(in, err, j) &&
        in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k) && act[k] == MCONN_SERVICE_OPEN_QUIT ==> report[k];
      loop invariant no_second_start: \forall integer j, k; 0 <= j < k < i &&
        act[j] == MCONN_SERVICE_ON_START && act[k] == MCONN_SERVICE_ON_START ==>
        \exists integer m; j < m < k && allows_start(in, err, m);
      loop assigns i, s, b, t, o, p, h, r, a, q, err[0 .. n - 1], act[0 .. n - 1], report[0 .. n - 1];
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    mconn_service_result x = mconn_service_step(s, in[i]);
    err[i] = x.err;
    act[i] = x.act;
    report[i] = x.report;
    //@ ghost uint32_t b0 = b, t0 = t, o0 = o, p0 = p, h0 = h, r0 = r;
    //@ ghost if (x.act == MCONN_SERVICE_ON_START) b = i + 1;
    //@ ghost if (x.err == MCONN_OK && (in[i] == MCONN_SERVICE_STOP || in[i] == MCONN_SERVICE_ERROR)) t = i + 1;
    //@ ghost if (x.act == MCONN_SERVICE_ON_STOP) o = i + 1;
    //@ ghost if (x.report) p = i + 1;
    //@ ghost if (x.act != MCONN_SERVICE_NOTHING && x.act <= MCONN_SERVICE_ON_RESET) h = i + 1;
    //@ ghost if (x.err == MCONN_OK && in[i] >= MCONN_SERVICE_STARTED) r = i + 1;
    /*@ ghost if (x.err == MCONN_OK && (in[i] == MCONN_SERVICE_START_FAILED || in[i] == MCONN_SERVICE_RESET_DONE))
          a = i + 1; */
    /*@ ghost if (x.err == MCONN_OK && (in[i] == MCONN_SERVICE_STARTED || in[i] == MCONN_SERVICE_START_FAILED))
          q = i + 1; */
    /*@ assert stop_now: taken(in, err, i) ==> \forall integer j; 0 <= j < i && taken(in, err, j) ==> j < b0 - 1 < i; */
    /*@ assert on_stop_now: act[i] == MCONN_SERVICE_ON_STOP ==>
          \forall integer j; 0 <= j < i && act[j] == MCONN_SERVICE_ON_STOP ==> j < b0 - 1 < i; */
    /*@ assert report_now: report[i] ==> \forall integer j; 0 <= j < i && report[j] ==> j < b0 - 1 < i; */
    /*@ assert hook_now: service_hook(act[i]) && h0 > 0 ==>
          (h0 < r0 && returned(in, err, r0 - 1, act[h0 - 1])) || returned(in, err, i, act[h0 - 1]); */
    s = x.s;
  }
}
