/* Lifecycle of a service (MC-SERVICE): any sequence of calls and returns, with a model that does what upstream does, one
 * compare-and-swap after another, and next to it what upstream leaves to luck: hooks that overlap. What goes wrong: a
 * flag that a refused call leaves changed, a stop that is lost between two hooks, on_stop twice.
 *
 * Input: whether there is an on_reset, then one event per byte. */
#include "fuzz.h"
#include "core/service.h"

typedef struct {
  bool started, stopped; /* upstream's */
  char hook;             /* of the hook that runs: s(tart), e(nd), r(eset); or 0 */
  bool owed;             /* a stop was taken while on_start runs */
  bool report;
  unsigned stops, ends, errors, reports; /* taken; on_stop called; errors taken; reports */
} model;

static bool swap(bool *flag, bool from, bool to)
{
  if (*flag != from) return false;
  *flag = to;
  return true;
}

static enum mconn_err model_start(model *m)
{
  if (!swap(&m->started, false, true)) return MCONN_E_ALREADY_STARTED;
  if (m->stopped) {
    m->started = false;
    return MCONN_E_ALREADY_STOPPED;
  }
  m->hook = 's';
  return MCONN_OK;
}

static enum mconn_err model_stop(model *m, bool error)
{
  if (!swap(&m->stopped, false, true)) return MCONN_E_ALREADY_STOPPED;
  if (!m->started) {
    m->stopped = false;
    return MCONN_E_NOT_STARTED;
  }
  m->stops++;
  m->errors += error;
  m->report = error;
  m->owed = m->hook == 's';
  if (!m->owed) m->hook = 'e';
  return MCONN_OK;
}

static enum mconn_err model_reset(model *m, bool resettable)
{
  if (m->hook != 0 || !m->stopped) return MCONN_E_NOT_STOPPED;
  if (!resettable) return MCONN_E_NO_RESET;
  m->hook = 'r';
  return MCONN_OK;
}

/* The hook that ran returned, well or not. */
static void model_return(model *m, bool well)
{
  char hook = m->hook;
  m->hook = 0;
  if (hook == 's' && !well) m->started = false;
  if (hook == 's' && m->owed) m->hook = 'e';
  if (hook == 's') m->owed = false;
  if (hook == 'r' && well) m->started = m->stopped = false;
}

static enum mconn_service_action called(char hook)
{
  return hook == 's'   ? MCONN_SERVICE_ON_START
         : hook == 'e' ? MCONN_SERVICE_ON_STOP
         : hook == 'r' ? MCONN_SERVICE_ON_RESET
                       : MCONN_SERVICE_NOTHING;
}

/* The next event; returns are made up mostly for the hook that runs. */
static enum mconn_service_event next(uint8_t x, char hook)
{
  if (x % 16 < 9) return (enum mconn_service_event)(x % 16);
  if (hook == 's') return x & 16 ? MCONN_SERVICE_STARTED : MCONN_SERVICE_START_FAILED;
  if (hook == 'e') return MCONN_SERVICE_STOPPED;
  if (hook == 'r') return x & 16 ? MCONN_SERVICE_RESET_DONE : MCONN_SERVICE_RESET_FAILED;
  return x & 16 ? MCONN_SERVICE_START : MCONN_SERVICE_STOP;
}

static mconn_service_result model_step(model *m, enum mconn_service_event e, bool resettable)
{
  static const char of[] = { 's', 's', 'e', 'r', 'r' };
  mconn_service_result want = { .err = MCONN_OK, .act = MCONN_SERVICE_NOTHING, .report = false };
  char before = m->hook;
  if (e == MCONN_SERVICE_START) want.err = model_start(m);
  else if (e == MCONN_SERVICE_STOP || e == MCONN_SERVICE_ERROR) want.err = model_stop(m, e == MCONN_SERVICE_ERROR);
  else if (e == MCONN_SERVICE_RESET) want.err = model_reset(m, resettable);
  else if (of[e - MCONN_SERVICE_STARTED] != m->hook) want.err = MCONN_E_STATE;
  else {
    model_return(m, e != MCONN_SERVICE_START_FAILED && e != MCONN_SERVICE_RESET_FAILED);
    if (e == MCONN_SERVICE_STOPPED) {
      want.act = MCONN_SERVICE_OPEN_QUIT;
      want.report = m->report;
      m->reports += m->report;
      m->report = false;
    }
    if (e == MCONN_SERVICE_RESET_DONE) want.act = MCONN_SERVICE_NEW_QUIT;
  }
  if (m->hook != before && m->hook != 0) want.act = called(m->hook);
  m->ends += want.act == MCONN_SERVICE_ON_STOP;
  return want;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_in in = { data, size };
  bool resettable = fuzz_u8(&in) & 1, open = false;
  model m = { .hook = 0 };
  mconn_service_state s = mconn_service_init(resettable);
  while (in.left > 0) {
    enum mconn_service_event e = next(fuzz_u8(&in), m.hook);
    mconn_service_result want = model_step(&m, e, resettable);
    mconn_service_result r = mconn_service_step(s, e);
    s = r.s;
    FUZZ_CHECK(r.err == want.err && r.act == want.act && r.report == want.report);
    FUZZ_CHECK(s.started == m.started && s.stopped == m.stopped && s.resettable == resettable);
    FUZZ_CHECK(s.hook == called(m.hook) && s.failed == m.report);
    if (r.act == MCONN_SERVICE_OPEN_QUIT) open = true;
    if (r.act == MCONN_SERVICE_NEW_QUIT) open = false;
    FUZZ_CHECK(mconn_service_ended(s) == open);
    FUZZ_CHECK(mconn_service_running(s) == (m.started && !m.stopped));
    /* each stop that was taken comes to its one on_stop, each error to its one report */
    FUZZ_CHECK(m.ends + m.owed == m.stops && m.reports + m.report == m.errors);
  }
  return 0;
}
