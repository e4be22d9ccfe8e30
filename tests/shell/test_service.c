/* A service and its threads (MC-SERVICE): who calls which hook when, who waits for whom, one stop among many. */
#include "harness.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* A service whose hooks write down what they see, and do what the test says. */
typedef struct {
  mconn_service *s;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  char calls[64];                        /* one letter per hook: S(tart), E(nd), R(eset); small when it returns */
  atomic_int inside, overlaps;           /* hooks that run; how often one began beside another */
  atomic_uint starts, ends, resets;      /* hooks that have begun */
  bool hold_start, hold_end;             /* the hook waits for these to be taken back */
  bool running_in_start, running_in_end; /* what is_running said there */
  bool quit_in_end;                      /* quit was readable there */
  enum mconn_err start_says, reset_says; /* what the hooks return */
  bool stop_in_start, stop_in_end;       /* the hook stops the service itself */
  enum mconn_err said_in_start, said_in_end;
  bool waited_in_hook;
} fixture;

static void note(fixture *f, char c)
{
  pthread_mutex_lock(&f->lock);
  size_t n = strlen(f->calls);
  if (n + 1 < sizeof f->calls) f->calls[n] = c;
  pthread_cond_broadcast(&f->changed);
  pthread_mutex_unlock(&f->lock);
}

static void enter(fixture *f, char c)
{
  if (atomic_fetch_add(&f->inside, 1) != 0) atomic_fetch_add(&f->overlaps, 1);
  note(f, c);
}

static void leave(fixture *f, char c)
{
  note(f, c);
  atomic_fetch_sub(&f->inside, 1);
}

static void await_release(fixture *f, const bool *held)
{
  pthread_mutex_lock(&f->lock);
  while (*held) pthread_cond_wait(&f->changed, &f->lock);
  pthread_mutex_unlock(&f->lock);
}

static void set(fixture *f, bool *held, bool to)
{
  pthread_mutex_lock(&f->lock);
  *held = to;
  pthread_cond_broadcast(&f->changed);
  pthread_mutex_unlock(&f->lock);
}

/* Until a hook has left this letter as the last one. */
static void await_call(fixture *f, char c)
{
  pthread_mutex_lock(&f->lock);
  while (f->calls[0] == '\0' || f->calls[strlen(f->calls) - 1] != c) pthread_cond_wait(&f->changed, &f->lock);
  pthread_mutex_unlock(&f->lock);
}

static bool quit_is_readable(mconn_service *s)
{
  struct pollfd p = { .fd = mconn_service_quit_fd(s), .events = POLLIN };
  assert_true(p.fd >= 0);
  return real_poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0;
}

static enum mconn_err on_start(void *user)
{
  fixture *f = user;
  enter(f, 'S');
  atomic_fetch_add(&f->starts, 1);
  f->running_in_start = mconn_service_is_running(f->s);
  if (f->stop_in_start) f->said_in_start = mconn_service_stop(f->s);
  await_release(f, &f->hold_start);
  leave(f, 's');
  return f->start_says;
}

static void on_stop(void *user)
{
  fixture *f = user;
  enter(f, 'E');
  atomic_fetch_add(&f->ends, 1);
  f->running_in_end = mconn_service_is_running(f->s);
  f->quit_in_end = quit_is_readable(f->s);
  if (f->stop_in_end) {
    f->said_in_end = mconn_service_stop(f->s);
    f->waited_in_hook = mconn_service_wait(f->s, 0);
  }
  await_release(f, &f->hold_end);
  leave(f, 'e');
}

static enum mconn_err on_reset(void *user)
{
  fixture *f = user;
  enter(f, 'R');
  atomic_fetch_add(&f->resets, 1);
  leave(f, 'r');
  return f->reset_says;
}

static const mconn_log silent = { .write = NULL };

static fixture *fixture_new(bool resettable)
{
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  pthread_mutex_init(&f->lock, NULL);
  real_pthread_cond_init(&f->changed, NULL);
  mconn_service_hooks hooks = { on_start, on_stop, resettable ? on_reset : NULL, f };
  assert_int_equal(mconn_service_new(&f->s, "test", hooks, silent), MCONN_OK);
  return f;
}

static void fixture_free(fixture *f)
{
  assert_int_equal(atomic_load(&f->overlaps), 0);
  assert_int_equal(mconn_service_free(f->s), MCONN_OK);
  pthread_cond_destroy(&f->changed);
  pthread_mutex_destroy(&f->lock);
  free(f);
}

/* One call on a thread of its own. */
typedef struct {
  fixture *f;
  enum mconn_err (*call)(mconn_service *s);
  pthread_t thread;
  enum mconn_err said;
  unsigned ends_then; /* how many on_stop had begun when it returned */
} caller;

static void *call(void *x)
{
  caller *c = x;
  c->said = c->call(c->f->s);
  c->ends_then = atomic_load(&c->f->ends);
  return NULL;
}

static void begin(caller *c, fixture *f, enum mconn_err (*what)(mconn_service *s))
{
  c->f = f;
  c->call = what;
  assert_int_equal(real_pthread_create(&c->thread, call, c), 0);
}

static enum mconn_err finish(caller *c)
{
  assert_int_equal(pthread_join(c->thread, NULL), 0);
  return c->said;
}

static enum mconn_err wait_for_ever(mconn_service *s)
{
  return mconn_service_wait(s, 0) ? MCONN_OK : MCONN_E_TIMEOUT;
}

/* ---- the table, row by row */

/* MC-SERVICE-02, -03, -04, -05, -11 */
static void every_call_in_every_state(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  for (int run = 0; run < 3; run++) {
    assert_int_equal(mconn_service_stop(f->s), MCONN_E_NOT_STARTED);
    assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
    assert_false(mconn_service_is_running(f->s));
    assert_int_equal(mconn_service_start(f->s), MCONN_OK);
    assert_int_equal(mconn_service_start(f->s), MCONN_E_ALREADY_STARTED);
    assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
    assert_true(mconn_service_is_running(f->s));
    assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
    assert_int_equal(mconn_service_stop(f->s), MCONN_E_ALREADY_STOPPED);
    assert_int_equal(mconn_service_start(f->s), MCONN_E_ALREADY_STARTED);
    assert_false(mconn_service_is_running(f->s));
    assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
  }
  assert_string_equal(f->calls, "SsEeRrSsEeRrSsEeRr");
  fixture_free(f);
}

/* MC-SERVICE-07, -08 */
static void a_service_runs_inside_on_start_and_not_inside_on_stop(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_true(f->running_in_start);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_false(f->running_in_end);
  assert_false(f->quit_in_end);
  assert_true(quit_is_readable(f->s));
  fixture_free(f);
}

/* MC-SERVICE-01 */
static void a_start_that_fails_may_be_tried_again(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  f->start_says = MCONN_E_LISTEN;
  for (int k = 0; k < 3; k++) {
    assert_int_equal(mconn_service_start(f->s), MCONN_E_LISTEN);
    assert_true(f->running_in_start);
    assert_false(mconn_service_is_running(f->s));
    assert_int_equal(mconn_service_stop(f->s), MCONN_E_NOT_STARTED);
  }
  f->start_says = MCONN_OK;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_string_equal(f->calls, "SsSsSsSsEe");
  fixture_free(f);
}

/* MC-SERVICE-06 */
static void a_reset_without_on_reset_changes_nothing(void **state)
{
  (void)state;
  fixture *f = fixture_new(false);
  assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_int_equal(mconn_service_reset(f->s), MCONN_E_NO_RESET);
  assert_true(quit_is_readable(f->s));
  assert_int_equal(mconn_service_stop(f->s), MCONN_E_ALREADY_STOPPED);
  assert_int_equal(mconn_service_start(f->s), MCONN_E_ALREADY_STARTED);
  fixture_free(f);
}

/* MC-SERVICE-11 */
static void a_reset_that_fails_leaves_the_service_stopped(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  f->reset_says = MCONN_E_MEMORY;
  assert_int_equal(mconn_service_reset(f->s), MCONN_E_MEMORY);
  assert_true(quit_is_readable(f->s));
  assert_int_equal(mconn_service_start(f->s), MCONN_E_ALREADY_STARTED);
  f->reset_says = MCONN_OK;
  assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
  assert_false(quit_is_readable(f->s));
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  fixture_free(f);
}

/* MC-SERVICE-06, -07 */
static void hooks_may_be_missing(void **state)
{
  (void)state;
  mconn_service *s;
  mconn_service_hooks none = { NULL, NULL, NULL, NULL };
  assert_int_equal(mconn_service_new(&s, NULL, none, silent), MCONN_OK);
  assert_string_equal(mconn_service_name(s), "");
  assert_int_equal(mconn_service_start(s), MCONN_OK);
  assert_true(mconn_service_is_running(s));
  assert_int_equal(mconn_service_stop(s), MCONN_OK);
  assert_true(mconn_service_wait(s, 0));
  assert_int_equal(mconn_service_reset(s), MCONN_E_NO_RESET);
  assert_int_equal(mconn_service_free(s), MCONN_OK);
}

/* ---- hooks and calls beside one another */

/* MC-SERVICE-09, -08 */
static void a_stop_during_on_start_waits_and_then_on_stop_runs(void **state)
{
  (void)state;
  const enum mconn_err says[] = { MCONN_OK, MCONN_E_LISTEN };
  for (int k = 0; k < 2; k++) {
    fixture *f = fixture_new(true);
    caller starter, stopper;
    f->start_says = says[k];
    f->hold_start = true;
    begin(&starter, f, mconn_service_start);
    await_call(f, 'S');
    begin(&stopper, f, mconn_service_stop);
    while (mconn_service_is_running(f->s)) sched_yield();
    assert_int_equal(atomic_load(&f->ends), 0);
    assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
    assert_int_equal(mconn_service_start(f->s), MCONN_E_ALREADY_STARTED);
    assert_int_equal(mconn_service_free(f->s), MCONN_E_STATE);
    assert_false(quit_is_readable(f->s));
    set(f, &f->hold_start, false);
    assert_int_equal(finish(&starter), says[k]);
    assert_int_equal(finish(&stopper), MCONN_OK);
    assert_int_equal(stopper.ends_then, 1);
    assert_string_equal(f->calls, "SsEe");
    assert_true(quit_is_readable(f->s));
    assert_int_equal(mconn_service_start(f->s), k == 0 ? MCONN_E_ALREADY_STARTED : MCONN_E_ALREADY_STOPPED);
    f->start_says = MCONN_OK;
    assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
    assert_int_equal(mconn_service_start(f->s), MCONN_OK);
    assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
    fixture_free(f);
  }
}

/* MC-SERVICE-09, -03 */
static void a_stop_from_a_hook_returns_at_once(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  f->stop_in_start = f->stop_in_end = true;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(f->said_in_start, MCONN_OK);
  assert_int_equal(f->said_in_end, MCONN_E_ALREADY_STOPPED);
  assert_false(f->waited_in_hook);
  assert_string_equal(f->calls, "SsEe");
  assert_int_equal(mconn_service_stop(f->s), MCONN_E_ALREADY_STOPPED);
  fixture_free(f);
}

/* MC-SERVICE-07, -05 */
static void a_second_stop_returns_when_on_stop_has_returned(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  caller first, second;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  f->hold_end = true;
  begin(&first, f, mconn_service_stop);
  await_call(f, 'E');
  begin(&second, f, mconn_service_stop);
  assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
  assert_false(mconn_service_wait(f->s, MILLI));
  assert_false(quit_is_readable(f->s));
  assert_int_equal(mconn_service_free(f->s), MCONN_E_STATE);
  set(f, &f->hold_end, false);
  assert_int_equal(finish(&first), MCONN_OK);
  assert_int_equal(finish(&second), MCONN_E_ALREADY_STOPPED);
  assert_string_equal(f->calls, "SsEe");
  fixture_free(f);
}

/* MC-SERVICE-02, -07: of eight at once one starts it, and one stops it; no stop returns before on_stop has. */
static void of_many_starts_and_stops_one_succeeds(void **state)
{
  (void)state;
  for (int round = 0; round < 50; round++) {
    fixture *f = fixture_new(true);
    caller c[8];
    unsigned ok = 0;
    for (int k = 0; k < 8; k++) begin(&c[k], f, mconn_service_start);
    for (int k = 0; k < 8; k++) {
      if (finish(&c[k]) == MCONN_OK) ok++;
      else assert_int_equal(c[k].said, MCONN_E_ALREADY_STARTED);
    }
    assert_int_equal(ok, 1);
    for (int k = 0; k < 8; k++) begin(&c[k], f, mconn_service_stop);
    for (int k = 0; k < 8; k++) {
      if (finish(&c[k]) == MCONN_OK) ok++;
      else assert_int_equal(c[k].said, MCONN_E_ALREADY_STOPPED);
      assert_int_equal(c[k].ends_then, 1);
    }
    assert_int_equal(ok, 2);
    assert_string_equal(f->calls, "SsEe");
    fixture_free(f);
  }
}

typedef struct {
  fixture *f;
  pthread_t thread;
  uint64_t seed;
  unsigned starts, stops, resets; /* of its calls, those that succeeded */
  unsigned others;                /* answers that no state gives */
} storm;

static void *storm_main(void *x)
{
  storm *w = x;
  for (int k = 0; k < 2000; k++) {
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    unsigned what = (unsigned)(w->seed >> 33) % 4;
    enum mconn_err err = what == 0   ? mconn_service_start(w->f->s)
                         : what == 1 ? mconn_service_stop(w->f->s)
                         : what == 2 ? mconn_service_reset(w->f->s)
                                     : MCONN_OK;
    if (what == 3) mconn_service_wait(w->f->s, 1);
    w->starts += what == 0 && err == MCONN_OK;
    w->stops += what == 1 && err == MCONN_OK;
    w->resets += what == 2 && err == MCONN_OK;
    w->others += (what == 0 && err != MCONN_OK && err != MCONN_E_ALREADY_STARTED) ||
                 (what == 1 && err != MCONN_OK && err != MCONN_E_ALREADY_STOPPED && err != MCONN_E_NOT_STARTED) ||
                 (what == 2 && err != MCONN_OK && err != MCONN_E_NOT_STOPPED);
  }
  return NULL;
}

/* MC-SERVICE-07, -09, -11: eight threads that start, stop and reset as they like */
static void in_a_storm_of_calls_each_run_is_stopped_once(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  storm w[8] = { { NULL } };
  unsigned starts = 0, stops = 0, resets = 0;
  for (unsigned k = 0; k < 8; k++) {
    w[k].f = f;
    w[k].seed = k + 1;
    assert_int_equal(real_pthread_create(&w[k].thread, storm_main, &w[k]), 0);
  }
  for (int k = 0; k < 8; k++) {
    assert_int_equal(pthread_join(w[k].thread, NULL), 0);
    starts += w[k].starts;
    stops += w[k].stops;
    resets += w[k].resets;
    assert_int_equal(w[k].others, 0);
  }
  bool running = mconn_service_is_running(f->s);
  assert_true(starts > 1 && resets > 0);
  assert_int_equal(atomic_load(&f->starts), starts);
  assert_int_equal(atomic_load(&f->ends), stops);
  assert_int_equal(atomic_load(&f->resets), resets);
  assert_int_equal(starts, stops + running);
  assert_int_equal(mconn_service_stop(f->s), running          ? MCONN_OK
                                             : stops > resets ? MCONN_E_ALREADY_STOPPED
                                                              : MCONN_E_NOT_STARTED);
  fixture_free(f);
}

/* ---- quit and wait */

/* MC-SERVICE-07, -11 */
static void quit_is_readable_from_the_end_to_the_reset(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  int fd = mconn_service_quit_fd(f->s);
  for (int run = 0; run < 2; run++) {
    assert_false(quit_is_readable(f->s));
    assert_int_equal(mconn_service_start(f->s), MCONN_OK);
    assert_false(quit_is_readable(f->s));
    assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
    assert_true(quit_is_readable(f->s));
    assert_true(quit_is_readable(f->s));
    assert_int_equal(mconn_service_quit_fd(f->s), fd);
    assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
  }
  fixture_free(f);
}

/* MC-SERVICE-07 */
static void quit_asked_for_after_the_end_is_readable(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  mconn_service_hooks hooks = { NULL, NULL, NULL, NULL };
  mconn_service *s;
  assert_int_equal(mconn_service_new(&s, "late", hooks, silent), MCONN_OK);
  assert_int_equal(mconn_service_start(s), MCONN_OK);
  assert_int_equal(mconn_service_stop(s), MCONN_OK);
  assert_true(quit_is_readable(s));
  assert_int_equal(mconn_service_free(s), MCONN_OK);
  fixture_free(f);
}

static enum mconn_err poll_quit(mconn_service *s)
{
  struct pollfd p = { .fd = mconn_service_quit_fd(s), .events = POLLIN };
  return real_poll(&p, 1, -1) == 1 ? MCONN_OK : MCONN_E_IO;
}

/* MC-SERVICE-07: a stop wakes who polls */
static void a_stop_wakes_who_polls_quit(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  caller poller;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  begin(&poller, f, poll_quit);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_int_equal(finish(&poller), MCONN_OK);
  assert_int_equal(poller.ends_then, 1);
  fixture_free(f);
}

/* MC-SERVICE-10 */
static void wait_ends_with_its_time_out_on_a_service_that_is_not_stopped(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  assert_false(mconn_service_wait(f->s, 1));
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_false(mconn_service_wait(f->s, MILLI));
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_true(mconn_service_wait(f->s, 1));
  assert_true(mconn_service_wait(f->s, UINT64_MAX));
  assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
  assert_false(mconn_service_wait(f->s, 1));
  fixture_free(f);
}

/* MC-SERVICE-10: whoever waits, from before the start, across a start that fails, comes back with the end */
static void wait_before_the_start_waits_for_the_run_that_comes(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  caller waiting[3];
  for (int k = 0; k < 3; k++) begin(&waiting[k], f, wait_for_ever);
  f->start_says = MCONN_E_LISTEN;
  assert_int_equal(mconn_service_start(f->s), MCONN_E_LISTEN);
  f->start_says = MCONN_OK;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  for (int k = 0; k < 3; k++) {
    assert_int_equal(finish(&waiting[k]), MCONN_OK);
    assert_int_equal(waiting[k].ends_then, 1);
  }
  fixture_free(f);
}

/* MC-SERVICE-10: upstream's TestBaseServiceWait */
static void base_service_wait(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  caller waiting, stopping;
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  begin(&waiting, f, wait_for_ever);
  begin(&stopping, f, mconn_service_stop);
  assert_int_equal(finish(&waiting), MCONN_OK);
  assert_int_equal(finish(&stopping), MCONN_OK);
  fixture_free(f);
}

/* MC-SERVICE-05, -11: upstream's TestBaseServiceReset */
static void base_service_reset(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_reset(f->s), MCONN_E_NOT_STOPPED);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  assert_int_equal(mconn_service_reset(f->s), MCONN_OK);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  fixture_free(f);
}

/* ---- the rest */

typedef struct {
  unsigned lines;
  enum mconn_log_level level;
  char last[128];
} sink;

static void sink_write(void *user, enum mconn_log_level level, const char *module, const char *message,
                       const mconn_log_field *fields, size_t n)
{
  sink *x = user;
  x->lines++;
  x->level = level;
  assert_true(n >= 1 && fields[0].kind == MCONN_LOG_TEXT);
  snprintf(x->last, sizeof x->last, "%s %s %s=%s", module, message, fields[0].key, fields[0].text);
}

/* MC-LOG-01 */
static void a_service_has_a_name_and_writes_to_its_log(void **state)
{
  (void)state;
  char name[] = "first";
  sink one = { .lines = 0 }, two = { .lines = 0 };
  fixture *f = fixture_new(true);
  mconn_service *s;
  mconn_service_hooks hooks = { NULL, NULL, NULL, NULL };
  mconn_log log = { sink_write, &one, MCONN_LOG_INFO };
  assert_int_equal(mconn_service_new(&s, name, hooks, log), MCONN_OK);
  name[0] = '?';
  assert_string_equal(mconn_service_name(s), "first");
  assert_int_equal(mconn_service_start(s), MCONN_OK);
  assert_string_equal(one.last, "service start service=first");
  log.user = &two;
  mconn_service_set_log(s, log);
  assert_int_equal(mconn_service_stop(s), MCONN_OK);
  assert_string_equal(two.last, "service stop service=first");
  assert_true(one.lines == 1 && two.lines == 1 && two.level == MCONN_LOG_INFO);
  assert_int_equal(mconn_service_free(s), MCONN_OK);
  log.level = MCONN_LOG_ERROR;
  mconn_service_set_log(f->s, log);
  f->start_says = MCONN_E_LISTEN;
  assert_int_equal(mconn_service_start(f->s), MCONN_E_LISTEN);
  assert_string_equal(two.last, "service start failed service=test");
  assert_true(two.lines == 2 && two.level == MCONN_LOG_ERROR);
  fixture_free(f);
}

/* MC-CONN-09 */
static void a_running_service_is_not_freed(void **state)
{
  (void)state;
  fixture *f = fixture_new(true);
  assert_int_equal(mconn_service_free(NULL), MCONN_OK);
  assert_int_equal(mconn_service_start(f->s), MCONN_OK);
  assert_int_equal(mconn_service_free(f->s), MCONN_E_STATE);
  assert_true(mconn_service_is_running(f->s));
  assert_int_equal(mconn_service_stop(f->s), MCONN_OK);
  fixture_free(f);
}

/* MC-CONN-08 */
static void without_memory_there_is_no_service(void **state)
{
  (void)state;
  static const enum wrapped all[] = { WRAP_CALLOC, WRAP_PTHREAD_COND_INIT };
  mconn_service_hooks hooks = { NULL, NULL, NULL, NULL };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    long before = wrap_live();
    mconn_service *s = NULL;
    wrap_fail(all[k], 1, ENOMEM);
    assert_int_equal(mconn_service_new(&s, "none", hooks, silent), MCONN_E_MEMORY);
    assert_true(wrap_failed());
    assert_null(s);
    assert_int_equal(wrap_live(), before);
  }
}

/* MC-CONN-08 */
static void without_a_descriptor_quit_is_asked_for_again(void **state)
{
  (void)state;
  struct rlimit now, none;
  fixture *f = fixture_new(true);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
  none = now;
  none.rlim_cur = 0;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  int fd = mconn_service_quit_fd(f->s);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
  assert_int_equal(fd, -1);
  assert_false(quit_is_readable(f->s));
  fixture_free(f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(every_call_in_every_state),
    shell_test(a_service_runs_inside_on_start_and_not_inside_on_stop),
    shell_test(a_start_that_fails_may_be_tried_again),
    shell_test(a_reset_without_on_reset_changes_nothing),
    shell_test(a_reset_that_fails_leaves_the_service_stopped),
    shell_test(hooks_may_be_missing),
    shell_test(a_stop_during_on_start_waits_and_then_on_stop_runs),
    shell_test(a_stop_from_a_hook_returns_at_once),
    shell_test(a_second_stop_returns_when_on_stop_has_returned),
    shell_test(of_many_starts_and_stops_one_succeeds),
    shell_test(in_a_storm_of_calls_each_run_is_stopped_once),
    shell_test(quit_is_readable_from_the_end_to_the_reset),
    shell_test(quit_asked_for_after_the_end_is_readable),
    shell_test(a_stop_wakes_who_polls_quit),
    shell_test(wait_ends_with_its_time_out_on_a_service_that_is_not_stopped),
    shell_test(wait_before_the_start_waits_for_the_run_that_comes),
    shell_test(base_service_wait),
    shell_test(base_service_reset),
    shell_test(a_service_has_a_name_and_writes_to_its_log),
    shell_test(a_running_service_is_not_freed),
    shell_test(without_memory_there_is_no_service),
    shell_test(without_a_descriptor_quit_is_asked_for_again),
  };
  return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
