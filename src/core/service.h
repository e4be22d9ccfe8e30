/* Lifecycle of a service: what each call and each return of a hook does to it, as one table.
 *
 * Upstream keeps two flags, started and stopped, and lets the calls run beside one another. What goes wrong
 * there: a stop during on_start runs on_stop at the same time, a reset during on_stop hands out a quit that
 * nobody will ever open, and a reset that fails has reset the service all the same. Here the hook that runs is
 * part of the state, so hooks never overlap: a stop during on_start is taken at once and carried out when on_start
 * has returned, and nothing is changed by a call that is refused.
 *
 * Threads are the caller's: one step at a time, and a hook is called outside. */
#ifndef MCONN_CORE_SERVICE_H
#define MCONN_CORE_SERVICE_H
#include "error.h"
#include <stdbool.h>

enum mconn_service_event {
  MCONN_SERVICE_START = 0,        /* somebody asks for a start, */
  MCONN_SERVICE_STOP = 1,         /* a stop, */
  MCONN_SERVICE_ERROR = 2,        /* a stop because of an error, which is to be reported, */
  MCONN_SERVICE_RESET = 3,        /* a reset */
  MCONN_SERVICE_STARTED = 4,      /* on_start returned, with success */
  MCONN_SERVICE_START_FAILED = 5, /* or without */
  MCONN_SERVICE_STOPPED = 6,      /* on_stop returned */
  MCONN_SERVICE_RESET_DONE = 7,   /* on_reset returned, with success */
  MCONN_SERVICE_RESET_FAILED = 8  /* or without */
};
enum mconn_service_action {
  MCONN_SERVICE_NOTHING = 0,
  MCONN_SERVICE_ON_START = 1,  /* call on_start, */
  MCONN_SERVICE_ON_STOP = 2,   /* on_stop, */
  MCONN_SERVICE_ON_RESET = 3,  /* on_reset, and tell the lifecycle of its return */
  MCONN_SERVICE_OPEN_QUIT = 4, /* wake who waits for the end */
  MCONN_SERVICE_NEW_QUIT = 5   /* a quit that is not open, for the next run */
};
typedef struct {
  bool started, stopped;          /* upstream's flags; stopped from the moment a stop is taken */
  bool resettable;                /* there is an on_reset */
  bool failed;                    /* this stop is for an error, not yet reported */
  enum mconn_service_action hook; /* the hook that runs, or nothing */
} mconn_service_state;
typedef struct {
  mconn_service_state s;
  enum mconn_err err;
  enum mconn_service_action act;
  bool report; /* report the error of this run, before quit is opened */
} mconn_service_result;
#ifdef __FRAMAC__
#include "logic/service.acsl"
#endif

/* Never started. */
/*@ terminates \true;
    assigns \nothing;
    ensures inv: service_inv(\result);
    ensures new: !\result.started && !\result.stopped && !\result.failed && \result.hook == MCONN_SERVICE_NOTHING;
    ensures resettable: \result.resettable <==> resettable; */
mconn_service_state mconn_service_init(bool resettable);

/* From before on_start until a stop is taken. */
/*@ terminates \true;
    assigns \nothing;
    ensures running_iff_started_and_not_stopped: \result <==> s.started && !s.stopped; */
bool mconn_service_running(mconn_service_state s);

/* on_stop of this run has returned: quit is open. */
/*@ terminates \true;
    assigns \nothing;
    ensures ended_iff_stopped_and_on_stop_returned: \result <==> service_ended(s); */
bool mconn_service_ended(mconn_service_state s);

/* One event. A call that is refused has no effect; nor has the return of a hook that does not run (MCONN_E_STATE). */
/*@ requires inv: service_inv(s);
    terminates \true;
    assigns \nothing;
    ensures inv: service_inv(\result.s);
    ensures accepted_iff: \result.err == MCONN_OK <==> service_accepts(s, e);
    ensures already_started_iff: \result.err == MCONN_E_ALREADY_STARTED <==> e == MCONN_SERVICE_START && s.started;
    ensures already_stopped_iff: \result.err == MCONN_E_ALREADY_STOPPED <==>
      s.stopped && (service_ends(e) || (e == MCONN_SERVICE_START && !s.started));
    ensures not_started_iff: \result.err == MCONN_E_NOT_STARTED <==> service_ends(e) && !s.started && !s.stopped;
    ensures not_stopped_iff: \result.err == MCONN_E_NOT_STOPPED <==>
      e == MCONN_SERVICE_RESET && !(s.stopped && s.hook == MCONN_SERVICE_NOTHING);
    ensures no_reset_iff: \result.err == MCONN_E_NO_RESET <==>
      e == MCONN_SERVICE_RESET && s.stopped && s.hook == MCONN_SERVICE_NOTHING && !s.resettable;
    ensures state_iff: \result.err == MCONN_E_STATE <==> !service_asks(e) && !service_returns(e, s.hook);
    ensures refused_changes_nothing: \result.err != MCONN_OK ==>
      service_same(\result.s, s) && \result.act == MCONN_SERVICE_NOTHING && !\result.report;
    ensures started: \result.s.started <==> (\result.err == MCONN_OK && e == MCONN_SERVICE_START) ||
      (s.started && !(\result.err == MCONN_OK && (e == MCONN_SERVICE_START_FAILED || e == MCONN_SERVICE_RESET_DONE)));
    ensures stopped: \result.s.stopped <==> (\result.err == MCONN_OK && service_ends(e)) ||
      (s.stopped && !(\result.err == MCONN_OK && e == MCONN_SERVICE_RESET_DONE));
    ensures resettable: \result.s.resettable == s.resettable;
    ensures failed: \result.s.failed <==> (\result.err == MCONN_OK && e == MCONN_SERVICE_ERROR) ||
      (s.failed && !\result.report);
    ensures hook_that_is_called_runs: service_hook(\result.act) ==> \result.s.hook == \result.act;
    ensures hook_runs_until_its_return: !service_hook(\result.act) && !service_returns(e, s.hook) ==>
      \result.s.hook == s.hook;
    ensures hook_is_over_with_its_return: !service_hook(\result.act) && service_returns(e, s.hook) ==>
      \result.s.hook == MCONN_SERVICE_NOTHING;
    ensures on_start_iff: \result.act == MCONN_SERVICE_ON_START <==>
      \result.err == MCONN_OK && e == MCONN_SERVICE_START;
    ensures on_stop_iff: \result.act == MCONN_SERVICE_ON_STOP <==> \result.err == MCONN_OK &&
      ((service_ends(e) && s.hook == MCONN_SERVICE_NOTHING) || (s.hook == MCONN_SERVICE_ON_START && s.stopped));
    ensures on_reset_iff: \result.act == MCONN_SERVICE_ON_RESET <==>
      \result.err == MCONN_OK && e == MCONN_SERVICE_RESET;
    ensures open_quit_iff: \result.act == MCONN_SERVICE_OPEN_QUIT <==>
      \result.err == MCONN_OK && e == MCONN_SERVICE_STOPPED;
    ensures new_quit_iff: \result.act == MCONN_SERVICE_NEW_QUIT <==>
      \result.err == MCONN_OK && e == MCONN_SERVICE_RESET_DONE;
    ensures act: MCONN_SERVICE_NOTHING <= \result.act <= MCONN_SERVICE_NEW_QUIT;
    ensures report_iff: \result.report <==> \result.act == MCONN_SERVICE_OPEN_QUIT && s.failed;
    ensures quit_is_open_iff_ended: service_ended(\result.s) <==> \result.act == MCONN_SERVICE_OPEN_QUIT ||
      (service_ended(s) && \result.act != MCONN_SERVICE_NEW_QUIT); */
mconn_service_result mconn_service_step(mconn_service_state s, enum mconn_service_event e);
#endif
