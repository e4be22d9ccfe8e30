/* A service: a lock around the lifecycle of core/service.h, and the hooks that it asks for, called outside the lock.
 *
 * What goes wrong at this place: a waiter that frees the service as soon as it is woken. So after quit was opened
 * nothing of the service is touched but its lock; lines of the log are written before. */
#include "mconn/service.h"
#include "core/service.h"
#include "shell/log.h"
#include "shell/threads.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mconn_service {
  mconn_service_hooks hooks;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  /* behind the lock */
  mconn_service_state state;
  mconn_log log;
  pthread_t runner; /* while a hook runs: the thread that runs it */
  uint64_t ends;    /* runs that have ended */
  int quit;         /* eventfd, -1 until somebody asked for it */
  char name[];      /* set once */
};

enum mconn_err mconn_service_new(mconn_service **out, const char *name, mconn_service_hooks hooks, mconn_log log)
{
  size_t n = name != NULL ? strlen(name) : 0;
  mconn_service *s = calloc(1, sizeof *s + n + 1);
  if (s == NULL) return MCONN_E_MEMORY;
  if (pthread_mutex_init(&s->lock, NULL) != 0) goto no_lock;
  if (!shell_cond_init(&s->ended)) goto no_cond;
  if (n > 0) memcpy(s->name, name, n);
  s->hooks = hooks;
  s->log = log;
  s->state = mconn_service_init(hooks.on_reset != NULL);
  s->quit = -1;
  *out = s;
  return MCONN_OK;
no_cond:
  pthread_mutex_destroy(&s->lock);
no_lock:
  free(s);
  return MCONN_E_MEMORY;
}

/* This thread runs a hook, which whoever waits for the end waits for. The lock is held. */
static bool in_hook(const mconn_service *s)
{
  return s->state.hook != MCONN_SERVICE_NOTHING && pthread_equal(s->runner, pthread_self());
}

/* Waits until the present run has ended, or `until` ns has passed (0: no limit). The lock is held. */
static bool await_end(mconn_service *s, uint64_t until)
{
  uint64_t before = s->ends;
  bool in_time = true;
  while (in_time && s->ends == before && !mconn_service_ended(s->state))
    in_time = !in_hook(s) && shell_cond_wait(&s->ended, &s->lock, until);
  return s->ends != before || mconn_service_ended(s->state);
}

/* Runs the hook, without the lock; what came of it. */
static enum mconn_service_event run_hook(mconn_service *s, enum mconn_service_action hook, const mconn_log *log,
                                         enum mconn_err *err)
{
  void *user = s->hooks.user;
  if (hook == MCONN_SERVICE_ON_START) {
    shell_log(log, MCONN_LOG_INFO, "service", "start", shell_log_text("service", s->name));
    if (s->hooks.on_start != NULL) *err = s->hooks.on_start(user);
    if (*err == MCONN_OK) return MCONN_SERVICE_STARTED;
    shell_log(log, MCONN_LOG_ERROR, "service", "start failed", shell_log_text("service", s->name),
              shell_log_text("error", mconn_error_name(*err)));
    return MCONN_SERVICE_START_FAILED;
  }
  if (hook == MCONN_SERVICE_ON_STOP) {
    shell_log(log, MCONN_LOG_INFO, "service", "stop", shell_log_text("service", s->name));
    if (s->hooks.on_stop != NULL) s->hooks.on_stop(user);
    return MCONN_SERVICE_STOPPED;
  }
  shell_log(log, MCONN_LOG_INFO, "service", "reset", shell_log_text("service", s->name));
  *err = s->hooks.on_reset(user);
  return *err == MCONN_OK ? MCONN_SERVICE_RESET_DONE : MCONN_SERVICE_RESET_FAILED;
}

/* Makes quit what the state says; no failure but a signal can be in the way. The lock is held. */
static void set_quit(mconn_service *s, enum mconn_service_action act)
{
  eventfd_t n;
  if (act == MCONN_SERVICE_OPEN_QUIT) {
    s->ends++;
    while (s->quit >= 0 && eventfd_write(s->quit, 1) != 0 && errno == EINTR) {}
    pthread_cond_broadcast(&s->ended);
  } else if (s->quit >= 0) {
    while (eventfd_read(s->quit, &n) != 0 && errno == EINTR) {}
  }
}

/* One event, and the hooks that follow from it, one after another on this thread. The lock is held on entry and on
 * return. The error of a refusal, or else of the hook that was asked for. */
static enum mconn_err carry_out(mconn_service *s, enum mconn_service_event event)
{
  enum mconn_err err = MCONN_OK;
  mconn_service_result r = mconn_service_step(s->state, event);
  if (r.err != MCONN_OK) return r.err;
  s->state = r.s;
  while (r.act == MCONN_SERVICE_ON_START || r.act == MCONN_SERVICE_ON_STOP || r.act == MCONN_SERVICE_ON_RESET) {
    mconn_log log = s->log;
    s->runner = pthread_self();
    pthread_mutex_unlock(&s->lock);
    event = run_hook(s, r.act, &log, &err);
    pthread_mutex_lock(&s->lock);
    r = mconn_service_step(s->state, event);
    s->state = r.s;
  }
  if (r.act != MCONN_SERVICE_NOTHING) set_quit(s, r.act);
  return err;
}

enum mconn_err mconn_service_start(mconn_service *s)
{
  pthread_mutex_lock(&s->lock);
  enum mconn_err err = carry_out(s, MCONN_SERVICE_START);
  pthread_mutex_unlock(&s->lock);
  return err;
}

enum mconn_err mconn_service_stop(mconn_service *s)
{
  pthread_mutex_lock(&s->lock);
  enum mconn_err err = carry_out(s, MCONN_SERVICE_STOP);
  if (err != MCONN_E_NOT_STARTED) await_end(s, 0); /* where another thread runs on_start or on_stop */
  pthread_mutex_unlock(&s->lock);
  return err;
}

enum mconn_err mconn_service_reset(mconn_service *s)
{
  pthread_mutex_lock(&s->lock);
  enum mconn_err err = carry_out(s, MCONN_SERVICE_RESET);
  pthread_mutex_unlock(&s->lock);
  return err;
}

bool mconn_service_is_running(mconn_service *s)
{
  pthread_mutex_lock(&s->lock);
  bool running = mconn_service_running(s->state);
  pthread_mutex_unlock(&s->lock);
  return running;
}

int mconn_service_quit_fd(mconn_service *s)
{
  pthread_mutex_lock(&s->lock);
  if (s->quit < 0) s->quit = eventfd(mconn_service_ended(s->state) ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
  int fd = s->quit;
  pthread_mutex_unlock(&s->lock);
  return fd;
}

bool mconn_service_wait(mconn_service *s, uint64_t timeout)
{
  uint64_t until = timeout == 0 ? 0 : shell_until(timeout);
  pthread_mutex_lock(&s->lock);
  bool ended = await_end(s, until);
  pthread_mutex_unlock(&s->lock);
  return ended;
}

const char *mconn_service_name(const mconn_service *s)
{
  return s->name;
}

void mconn_service_set_log(mconn_service *s, mconn_log log)
{
  pthread_mutex_lock(&s->lock);
  s->log = log;
  pthread_mutex_unlock(&s->lock);
}

enum mconn_err mconn_service_free(mconn_service *s)
{
  if (s == NULL) return MCONN_OK;
  pthread_mutex_lock(&s->lock);
  bool busy = mconn_service_running(s->state) || s->state.hook != MCONN_SERVICE_NOTHING;
  pthread_mutex_unlock(&s->lock);
  if (busy) return MCONN_E_STATE;
  if (s->quit >= 0) close(s->quit);
  pthread_cond_destroy(&s->ended);
  pthread_mutex_destroy(&s->lock);
  free(s);
  return MCONN_OK;
}
