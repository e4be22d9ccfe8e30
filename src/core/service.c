/* Lifecycle of a service: first whether the event is refused, then what it does. */
#include "service.h"

mconn_service_state mconn_service_init(bool resettable)
{
  mconn_service_state s = {
    .started = false, .stopped = false, .resettable = resettable, .failed = false, .hook = MCONN_SERVICE_NOTHING
  };
  return s;
}

bool mconn_service_running(mconn_service_state s)
{
  return s.started && !s.stopped;
}

bool mconn_service_ended(mconn_service_state s)
{
  return s.stopped && s.hook != MCONN_SERVICE_ON_START && s.hook != MCONN_SERVICE_ON_STOP;
}

/* The hook that returns with e; nothing where e is no return. */
/*@ terminates \true;
    assigns \nothing;
    ensures returns_iff: service_returns(e, \result) <==> \result != MCONN_SERVICE_NOTHING;
    ensures only: \forall integer h; h != \result ==> !service_returns(e, h);
    ensures hook: \result == MCONN_SERVICE_NOTHING || service_hook(\result); */
static enum mconn_service_action returning(enum mconn_service_event e)
{
  enum mconn_service_action hook = MCONN_SERVICE_NOTHING;
  if (e == MCONN_SERVICE_STARTED || e == MCONN_SERVICE_START_FAILED) hook = MCONN_SERVICE_ON_START;
  else if (e == MCONN_SERVICE_STOPPED) hook = MCONN_SERVICE_ON_STOP;
  else if (e == MCONN_SERVICE_RESET_DONE || e == MCONN_SERVICE_RESET_FAILED) hook = MCONN_SERVICE_ON_RESET;
  return hook;
}

/*@ requires inv: service_inv(s);
    terminates \true;
    assigns \nothing;
    ensures ok_iff: \result == MCONN_OK <==> service_accepts(s, e);
    ensures already_started_iff: \result == MCONN_E_ALREADY_STARTED <==> e == MCONN_SERVICE_START && s.started;
    ensures already_stopped_iff: \result == MCONN_E_ALREADY_STOPPED <==>
      s.stopped && (service_ends(e) || (e == MCONN_SERVICE_START && !s.started));
    ensures not_started_iff: \result == MCONN_E_NOT_STARTED <==> service_ends(e) && !s.started && !s.stopped;
    ensures not_stopped_iff: \result == MCONN_E_NOT_STOPPED <==>
      e == MCONN_SERVICE_RESET && !(s.stopped && s.hook == MCONN_SERVICE_NOTHING);
    ensures no_reset_iff: \result == MCONN_E_NO_RESET <==>
      e == MCONN_SERVICE_RESET && s.stopped && s.hook == MCONN_SERVICE_NOTHING && !s.resettable;
    ensures state_iff: \result == MCONN_E_STATE <==> !service_asks(e) && !service_returns(e, s.hook); */
static enum mconn_err refusal(mconn_service_state s, enum mconn_service_event e)
{
  enum mconn_service_action hook = returning(e);
  enum mconn_err err = hook != MCONN_SERVICE_NOTHING && hook == s.hook ? MCONN_OK : MCONN_E_STATE;
  if (e == MCONN_SERVICE_START) {
    if (s.started) err = MCONN_E_ALREADY_STARTED;
    else err = s.stopped ? MCONN_E_ALREADY_STOPPED : MCONN_OK;
  } else if (e == MCONN_SERVICE_STOP || e == MCONN_SERVICE_ERROR) {
    if (s.stopped) err = MCONN_E_ALREADY_STOPPED;
    else err = s.started ? MCONN_OK : MCONN_E_NOT_STARTED;
  } else if (e == MCONN_SERVICE_RESET) {
    if (!s.stopped || s.hook != MCONN_SERVICE_NOTHING) err = MCONN_E_NOT_STOPPED;
    else err = s.resettable ? MCONN_OK : MCONN_E_NO_RESET;
  }
  return err;
}

mconn_service_result mconn_service_step(mconn_service_state s, enum mconn_service_event e)
{
  mconn_service_result r = { .s = s, .err = refusal(s, e), .act = MCONN_SERVICE_NOTHING, .report = false };
  if (r.err != MCONN_OK) return r;
  if (returning(e) != MCONN_SERVICE_NOTHING) r.s.hook = MCONN_SERVICE_NOTHING;
  switch (e) {
  case MCONN_SERVICE_START:
    r.s.started = true;
    r.act = MCONN_SERVICE_ON_START;
    break;
  case MCONN_SERVICE_STOP:
  case MCONN_SERVICE_ERROR:
    r.s.stopped = true;
    r.s.failed = e == MCONN_SERVICE_ERROR;
    if (s.hook == MCONN_SERVICE_NOTHING) r.act = MCONN_SERVICE_ON_STOP; /* else when on_start has returned */
    break;
  case MCONN_SERVICE_STARTED:
  case MCONN_SERVICE_START_FAILED:
    if (e == MCONN_SERVICE_START_FAILED) r.s.started = false;
    if (s.stopped) r.act = MCONN_SERVICE_ON_STOP;
    break;
  case MCONN_SERVICE_STOPPED:
    r.act = MCONN_SERVICE_OPEN_QUIT;
    r.report = s.failed;
    r.s.failed = false;
    break;
  case MCONN_SERVICE_RESET: r.act = MCONN_SERVICE_ON_RESET; break;
  case MCONN_SERVICE_RESET_DONE:
    r.act = MCONN_SERVICE_NEW_QUIT;
    r.s.started = r.s.stopped = false;
    break;
  case MCONN_SERVICE_RESET_FAILED: break;
  }
  if (r.act != MCONN_SERVICE_NOTHING && r.act <= MCONN_SERVICE_ON_RESET) r.s.hook = r.act;
  return r;
}
