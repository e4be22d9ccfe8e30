/* Theorem 12: start, stop and error in any order end in exactly one stop and at most one error report for each run of
 * a service; over ANY sequence of calls and returns, those that make no sense included.
 *
 * The statements speak of the events and of what was said to each, not of the state: `in` is what happened, `err`,
 * `act` and `report` are the answers. Each function goes through such a record and gives false at an answer that is
 * not the lifecycle's; so what it ensures holds for every record of a service. A run begins when on_start is called. */
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

/* In a run one stop succeeds, and for it on_stop is called once: at once, or when on_start has returned. */
/*@ requires rd: \valid_read(in + (0 .. n - 1)) && \valid_read(err + (0 .. n - 1)) &&
      \valid_read(act + (0 .. n - 1)) && \valid_read(report + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures one_stop_succeeds_in_a_run: \result ==> \forall integer j, k; 0 <= j < k < n && taken(in, err, j) &&
      taken(in, err, k) ==> !same_run(act, j, k);
    ensures on_stop_once_in_a_run: \result ==> \forall integer j, k; 0 <= j < k < n &&
      act[j] == MCONN_SERVICE_ON_STOP && act[k] == MCONN_SERVICE_ON_STOP ==> !same_run(act, j, k);
    ensures on_stop_only_for_a_stop_that_succeeded: \result ==> \forall integer k; 0 <= k < n &&
      act[k] == MCONN_SERVICE_ON_STOP ==> \exists integer j; 0 <= j <= k && taken(in, err, j) && same_run(act, j, k);
    ensures on_stop_at_once_unless_on_start_runs: \result ==> \forall integer j; 0 <= j < n && taken(in, err, j) &&
      act[j] != MCONN_SERVICE_ON_STOP ==> \exists integer c; on_start_runs(in, err, act, c, j);
    ensures else_on_stop_when_on_start_has_returned: \result ==> \forall integer j, k; 0 <= j < k < n &&
      taken(in, err, j) && returned(in, err, k, MCONN_SERVICE_ON_START) && same_run(act, j, k) ==>
      act[k] == MCONN_SERVICE_ON_STOP; */
bool theorem_one_stop(bool resettable, const enum mconn_service_event *in, const enum mconn_err *err,
                      const enum mconn_service_action *act, const bool *report, uint32_t n)
{
  mconn_service_state s = mconn_service_init(resettable);
  /* One past the last start (b), the last stop that was taken (t), the last on_stop (o), the last return of on_start
   * (q); 0: there was none. */
  //@ ghost uint32_t b = 0, t = 0, o = 0, q = 0;
  /*@ loop invariant rng: 0 <= i <= n && b <= i && t <= i && o <= i && q <= i;
      loop invariant inv: service_inv(s);
      loop invariant start: b > 0 ==> act[b - 1] == MCONN_SERVICE_ON_START && in[b - 1] == MCONN_SERVICE_START;
      loop invariant last_start: \forall integer j; b <= j < i ==> act[j] != MCONN_SERVICE_ON_START;
      loop invariant stop: t > 0 ==> taken(in, err, t - 1);
      loop invariant last_stop: \forall integer j; t <= j < i ==> !taken(in, err, j);
      loop invariant on_stop: o > 0 ==> act[o - 1] == MCONN_SERVICE_ON_STOP;
      loop invariant last_on_stop: \forall integer j; o <= j < i ==> act[j] != MCONN_SERVICE_ON_STOP;
      loop invariant last_return: \forall integer j; q <= j < i ==> !returned(in, err, j, MCONN_SERVICE_ON_START);
      loop invariant running: s.started && !s.stopped ==> t < b && o < b;
      loop invariant stopped: s.stopped ==> t > b;
      loop invariant starting: s.hook == MCONN_SERVICE_ON_START ==> b > 0 && q < b && o < b;
      loop invariant one_stop_succeeds_in_a_run: \forall integer j, k; 0 <= j < k < i && taken(in, err, j) &&
        taken(in, err, k) ==> !same_run(act, j, k);
      loop invariant on_stop_once_in_a_run: \forall integer j, k; 0 <= j < k < i && act[j] == MCONN_SERVICE_ON_STOP &&
        act[k] == MCONN_SERVICE_ON_STOP ==> !same_run(act, j, k);
      loop invariant on_stop_only_for_a_stop_that_succeeded: \forall integer k; 0 <= k < i &&
        act[k] == MCONN_SERVICE_ON_STOP ==> \exists integer j; 0 <= j <= k && taken(in, err, j) &&
        same_run(act, j, k);
      loop invariant on_stop_at_once_unless_on_start_runs: \forall integer j; 0 <= j < i && taken(in, err, j) &&
        act[j] != MCONN_SERVICE_ON_STOP ==> \exists integer c; on_start_runs(in, err, act, c, j);
      loop invariant else_on_stop_when_on_start_has_returned: \forall integer j, k; 0 <= j < k < i &&
        taken(in, err, j) && returned(in, err, k, MCONN_SERVICE_ON_START) && same_run(act, j, k) ==>
        act[k] == MCONN_SERVICE_ON_STOP;
      loop assigns i, s, b, t, o, q;
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    enum mconn_service_event e = in[i];
    mconn_service_result x = mconn_service_step(s, e);
    if (x.err != err[i] || x.act != act[i] || x.report != report[i]) return false;
    //@ ghost uint32_t b0 = b, t0 = t;
    //@ ghost b = x.act == MCONN_SERVICE_ON_START ? i + 1 : b;
    //@ ghost t = x.err == MCONN_OK && (e == MCONN_SERVICE_STOP || e == MCONN_SERVICE_ERROR) ? i + 1 : t;
    //@ ghost o = x.act == MCONN_SERVICE_ON_STOP ? i + 1 : o;
    //@ ghost q = x.err == MCONN_OK && (e == MCONN_SERVICE_STARTED || e == MCONN_SERVICE_START_FAILED) ? i + 1 : q;
    //@ assert stop_now: taken(in, err, i) ==> \forall integer j; 0 <= j < i && taken(in, err, j) ==> j < b0 - 1 < i;
    /*@ assert on_stop_now: act[i] == MCONN_SERVICE_ON_STOP ==> \forall integer j; 0 <= j < i &&
          act[j] == MCONN_SERVICE_ON_STOP ==> j < b0 - 1 < i; */
    /*@ assert carried_out: act[i] == MCONN_SERVICE_ON_STOP ==> 0 < t && taken(in, err, t - 1) &&
          same_run(act, t - 1, i); */
    //@ assert waits: taken(in, err, i) && act[i] != MCONN_SERVICE_ON_STOP ==> on_start_runs(in, err, act, b - 1, i);
    /*@ assert waited_for: returned(in, err, i, MCONN_SERVICE_ON_START) && b0 < t0 ==>
          act[i] == MCONN_SERVICE_ON_STOP; */
    /*@ assert this_run: b == b0 ==> \forall integer j; 0 <= j < i && taken(in, err, j) && same_run(act, j, i) ==>
          b0 <= j < t0; */
    s = x.s;
  }
  return true;
}

/* Between the calls of two hooks the first returns. */
/*@ requires rd: \valid_read(in + (0 .. n - 1)) && \valid_read(err + (0 .. n - 1)) &&
      \valid_read(act + (0 .. n - 1)) && \valid_read(report + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures hooks_never_overlap: \result ==> \forall integer j, k; 0 <= j < k < n && service_hook(act[j]) &&
      service_hook(act[k]) ==> \exists integer m; j < m <= k && returned(in, err, m, act[j]); */
bool theorem_no_overlap(bool resettable, const enum mconn_service_event *in, const enum mconn_err *err,
                        const enum mconn_service_action *act, const bool *report, uint32_t n)
{
  mconn_service_state s = mconn_service_init(resettable);
  /* One past the last call of a hook (h), the last return of a hook (r); 0: there was none. */
  //@ ghost uint32_t h = 0, r = 0;
  /*@ loop invariant rng: 0 <= i <= n && h <= i && r <= i;
      loop invariant inv: service_inv(s);
      loop invariant hook: h > 0 ==> service_hook(act[h - 1]);
      loop invariant last_hook: \forall integer j; h <= j < i ==> !service_hook(act[j]);
      loop invariant hook_runs: s.hook != MCONN_SERVICE_NOTHING ==> h > 0 && act[h - 1] == s.hook;
      loop invariant no_hook_runs: s.hook == MCONN_SERVICE_NOTHING && h > 0 ==> h < r &&
        returned(in, err, r - 1, act[h - 1]);
      loop invariant hooks_never_overlap: \forall integer j, k; 0 <= j < k < i && service_hook(act[j]) &&
        service_hook(act[k]) ==> \exists integer m; j < m <= k && returned(in, err, m, act[j]);
      loop assigns i, s, h, r;
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    enum mconn_service_event e = in[i];
    mconn_service_result x = mconn_service_step(s, e);
    if (x.err != err[i] || x.act != act[i] || x.report != report[i]) return false;
    //@ ghost uint32_t h0 = h, r0 = r;
    //@ ghost h = x.act != MCONN_SERVICE_NOTHING && x.act <= MCONN_SERVICE_ON_RESET ? i + 1 : h;
    //@ ghost r = x.err == MCONN_OK && e >= MCONN_SERVICE_STARTED ? i + 1 : r;
    //@ assert return_now: x.err == MCONN_OK && e >= MCONN_SERVICE_STARTED ==> returned(in, err, i, s.hook);
    /*@ assert call_now: service_hook(act[i]) && h0 > 0 ==> (h0 < r0 && returned(in, err, r0 - 1, act[h0 - 1])) ||
          returned(in, err, i, act[h0 - 1]); */
    /*@ assert returned_by_now: service_hook(act[i]) && h0 > 0 ==> \exists integer m; h0 - 1 < m <= i &&
          returned(in, err, m, act[h0 - 1]); */
    s = x.s;
  }
  return true;
}

/* Quit opens when on_stop has returned, and an error is reported then if and only if it is what ended the run. */
/*@ requires rd: \valid_read(in + (0 .. n - 1)) && \valid_read(err + (0 .. n - 1)) &&
      \valid_read(act + (0 .. n - 1)) && \valid_read(report + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures quit_opens_when_on_stop_has_returned: \result ==> \forall integer k; 0 <= k < n &&
      act[k] == MCONN_SERVICE_OPEN_QUIT ==> returned(in, err, k, MCONN_SERVICE_ON_STOP) && \exists integer j;
      0 <= j < k && act[j] == MCONN_SERVICE_ON_STOP && same_run(act, j, k);
    ensures reported_once_in_a_run: \result ==> \forall integer j, k; 0 <= j < k < n && report[j] && report[k] ==>
      !same_run(act, j, k);
    ensures reported_only_for_an_error_that_ended_the_run: \result ==> \forall integer k; 0 <= k < n && report[k] ==>
      \exists integer j; 0 <= j < k && taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k);
    ensures an_error_that_ended_the_run_is_reported: \result ==> \forall integer j, k; 0 <= j < k < n &&
      taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k) &&
      act[k] == MCONN_SERVICE_OPEN_QUIT ==> report[k]; */
bool theorem_one_report(bool resettable, const enum mconn_service_event *in, const enum mconn_err *err,
                        const enum mconn_service_action *act, const bool *report, uint32_t n)
{
  mconn_service_state s = mconn_service_init(resettable);
  /* One past the last start (b), the last stop that was taken (t), the last on_stop (o), the last report (p); 0:
   * there was none. */
  //@ ghost uint32_t b = 0, t = 0, o = 0, p = 0;
  /*@ loop invariant rng: 0 <= i <= n && b <= i && t <= i && o <= i && p <= i;
      loop invariant inv: service_inv(s);
      loop invariant start: b > 0 ==> act[b - 1] == MCONN_SERVICE_ON_START && in[b - 1] == MCONN_SERVICE_START;
      loop invariant last_start: \forall integer j; b <= j < i ==> act[j] != MCONN_SERVICE_ON_START;
      loop invariant stop: t > 0 ==> taken(in, err, t - 1);
      loop invariant last_stop: \forall integer j; t <= j < i ==> !taken(in, err, j);
      loop invariant on_stop: o > 0 ==> act[o - 1] == MCONN_SERVICE_ON_STOP;
      loop invariant last_on_stop: \forall integer j; o <= j < i ==> act[j] != MCONN_SERVICE_ON_STOP;
      loop invariant last_report: \forall integer j; p <= j < i ==> !report[j];
      loop invariant running: s.started && !s.stopped ==> t < b && p < b;
      loop invariant stopped: s.stopped ==> t > b;
      loop invariant starting: s.hook == MCONN_SERVICE_ON_START ==> p < b;
      loop invariant stopping: s.hook == MCONN_SERVICE_ON_STOP ==> o > b && p < b;
      loop invariant failed: s.stopped && (s.hook == MCONN_SERVICE_ON_START || s.hook == MCONN_SERVICE_ON_STOP) ==>
        (s.failed <==> in[t - 1] == MCONN_SERVICE_ERROR);
      loop invariant one_of_this_run: \forall integer j; b <= j < i && taken(in, err, j) ==> j == t - 1;
      loop invariant quit_opens_when_on_stop_has_returned: \forall integer k; 0 <= k < i &&
        act[k] == MCONN_SERVICE_OPEN_QUIT ==> returned(in, err, k, MCONN_SERVICE_ON_STOP) && \exists integer j;
        0 <= j < k && act[j] == MCONN_SERVICE_ON_STOP && same_run(act, j, k);
      loop invariant reported_once_in_a_run: \forall integer j, k; 0 <= j < k < i && report[j] && report[k] ==>
        !same_run(act, j, k);
      loop invariant reported_only_for_an_error_that_ended_the_run: \forall integer k; 0 <= k < i && report[k] ==>
        \exists integer j; 0 <= j < k && taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k);
      loop invariant an_error_that_ended_the_run_is_reported: \forall integer j, k; 0 <= j < k < i &&
        taken(in, err, j) && in[j] == MCONN_SERVICE_ERROR && same_run(act, j, k) &&
        act[k] == MCONN_SERVICE_OPEN_QUIT ==> report[k];
      loop assigns i, s, b, t, o, p;
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    enum mconn_service_event e = in[i];
    mconn_service_result x = mconn_service_step(s, e);
    if (x.err != err[i] || x.act != act[i] || x.report != report[i]) return false;
    //@ ghost uint32_t b0 = b, t0 = t, o0 = o;
    //@ ghost b = x.act == MCONN_SERVICE_ON_START ? i + 1 : b;
    //@ ghost t = x.err == MCONN_OK && (e == MCONN_SERVICE_STOP || e == MCONN_SERVICE_ERROR) ? i + 1 : t;
    //@ ghost o = x.act == MCONN_SERVICE_ON_STOP ? i + 1 : o;
    //@ ghost p = x.report ? i + 1 : p;
    //@ assert report_now: report[i] ==> \forall integer j; 0 <= j < i && report[j] ==> j < b0 - 1 < i;
    /*@ assert quit_now: act[i] == MCONN_SERVICE_OPEN_QUIT ==> returned(in, err, i, MCONN_SERVICE_ON_STOP) &&
          0 < o0 <= i && act[o0 - 1] == MCONN_SERVICE_ON_STOP && same_run(act, o0 - 1, i); */
    /*@ assert error_now: report[i] ==> 0 < t0 <= i && taken(in, err, t0 - 1) && in[t0 - 1] == MCONN_SERVICE_ERROR &&
          same_run(act, t0 - 1, i); */
    //@ assert reported_now: act[i] == MCONN_SERVICE_OPEN_QUIT && in[t0 - 1] == MCONN_SERVICE_ERROR ==> report[i];
    /*@ assert this_run: b == b0 && t == t0 ==> \forall integer j; 0 <= j < i && taken(in, err, j) &&
          same_run(act, j, i) ==> j == t0 - 1; */
    s = x.s;
  }
  return true;
}

/* Between two starts one has failed, or the service was reset. */
/*@ requires rd: \valid_read(in + (0 .. n - 1)) && \valid_read(err + (0 .. n - 1)) &&
      \valid_read(act + (0 .. n - 1)) && \valid_read(report + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures no_second_start_without_failure_or_reset: \result ==> \forall integer j, k; 0 <= j < k < n &&
      act[j] == MCONN_SERVICE_ON_START && act[k] == MCONN_SERVICE_ON_START ==> \exists integer m; j < m < k &&
      allows_start(in, err, m); */
bool theorem_one_start(bool resettable, const enum mconn_service_event *in, const enum mconn_err *err,
                       const enum mconn_service_action *act, const bool *report, uint32_t n)
{
  mconn_service_state s = mconn_service_init(resettable);
  /* One past the last start (b), the last event that allows a start (a); 0: there was none. */
  //@ ghost uint32_t b = 0, a = 0;
  /*@ loop invariant rng: 0 <= i <= n && b <= i && a <= i;
      loop invariant inv: service_inv(s);
      loop invariant start: b > 0 ==> act[b - 1] == MCONN_SERVICE_ON_START && in[b - 1] == MCONN_SERVICE_START;
      loop invariant last_start: \forall integer j; b <= j < i ==> act[j] != MCONN_SERVICE_ON_START;
      loop invariant allows: a > 0 ==> allows_start(in, err, a - 1);
      loop invariant never_started: b == 0 ==> !s.started && !s.stopped;
      loop invariant again: b > 0 && !s.started && !s.stopped ==> b < a;
      loop invariant no_second_start_without_failure_or_reset: \forall integer j, k; 0 <= j < k < i &&
        act[j] == MCONN_SERVICE_ON_START && act[k] == MCONN_SERVICE_ON_START ==> \exists integer m; j < m < k &&
        allows_start(in, err, m);
      loop assigns i, s, b, a;
      loop variant n - i; */
  for (uint32_t i = 0; i < n; i++) {
    enum mconn_service_event e = in[i];
    mconn_service_result x = mconn_service_step(s, e);
    if (x.err != err[i] || x.act != act[i] || x.report != report[i]) return false;
    //@ ghost uint32_t b0 = b, a0 = a;
    //@ ghost b = x.act == MCONN_SERVICE_ON_START ? i + 1 : b;
    //@ ghost a = x.err == MCONN_OK && (e == MCONN_SERVICE_START_FAILED || e == MCONN_SERVICE_RESET_DONE) ? i + 1 : a;
    /*@ assert start_now: act[i] == MCONN_SERVICE_ON_START && 0 < b0 ==> b0 < a0 <= i &&
          allows_start(in, err, a0 - 1); */
    /*@ assert allowed_by_now: act[i] == MCONN_SERVICE_ON_START && 0 < b0 ==> \exists integer m; b0 - 1 < m < i &&
          allows_start(in, err, m); */
    s = x.s;
  }
  return true;
}
