#include "threads.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

static _Thread_local unsigned inside;

void shell_enter_user(void)
{
  inside++;
}

void shell_leave_user(void)
{
  inside--;
}

bool shell_inside(void)
{
  return inside > 0;
}

bool shell_cond_init(pthread_cond_t *cond)
{
  pthread_condattr_t monotonic;
  if (pthread_condattr_init(&monotonic) != 0) return false;
  bool ok = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_cond_init(cond, &monotonic) == 0;
  pthread_condattr_destroy(&monotonic);
  return ok;
}

bool shell_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until)
{
  if (until == 0) return pthread_cond_wait(cond, lock) == 0;
  const struct timespec t = shell_timespec(until);
  return pthread_cond_timedwait(cond, lock, &t) != ETIMEDOUT;
}

bool shell_poll(int fd, short events, uint64_t until)
{
  const uint64_t now = until == 0 ? 0 : shell_now_ns();
  const struct timespec t = shell_timespec(until > now ? until - now : 0);
  struct pollfd p = { .fd = fd, .events = events };
  const int n = ppoll(&p, 1, until == 0 ? NULL : &t, NULL);
  const struct timespec pause = shell_timespec(SHELL_POLL_PAUSE_NS);
  if (n < 0 && errno != EINTR) nanosleep(&pause, NULL);
  return n != 0;
}

bool shell_thread_create(pthread_t *t, void *(*run)(void *arg), void *arg)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = pthread_create(t, NULL, run, arg) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

bool shell_threads_init(shell_threads *g)
{
  *g = (shell_threads){ .running = 0 };
  if (pthread_mutex_init(&g->lock, NULL) != 0) return false;
  if (shell_cond_init(&g->changed)) return true;
  pthread_mutex_destroy(&g->lock);
  return false;
}

typedef struct {
  shell_threads *g;
  void (*run)(void *arg);
  void *arg;
} start;

/* The one that ended before this one does nothing any more but to wait for its own predecessor, so this
 * waits for no work of anybody. Behind the lock, *g may be gone as soon as this thread is joined. */
static void leave(shell_threads *g)
{
  pthread_mutex_lock(&g->lock);
  bool any = g->any_ended;
  pthread_t before = g->last_ended;
  g->any_ended = true;
  g->last_ended = pthread_self();
  g->running--;
  pthread_cond_broadcast(&g->changed);
  pthread_mutex_unlock(&g->lock);
  if (any) pthread_join(before, NULL);
}

static void *thread_main(void *p)
{
  start s = *(start *)p;
  free(p);
  shell_enter_user();
  s.run(s.arg);
  leave(s.g);
  return NULL;
}

bool shell_threads_spawn(shell_threads *g, void (*run)(void *arg), void *arg)
{
  start *s = malloc(sizeof *s);
  if (s == NULL) return false;
  *s = (start){ .g = g, .run = run, .arg = arg };
  pthread_mutex_lock(&g->lock);
  g->running++;
  pthread_mutex_unlock(&g->lock);
  pthread_t t;
  if (shell_thread_create(&t, thread_main, s)) return true;
  pthread_mutex_lock(&g->lock);
  g->running--;
  pthread_cond_broadcast(&g->changed);
  pthread_mutex_unlock(&g->lock);
  free(s);
  return false;
}

void shell_threads_free(shell_threads *g)
{
  pthread_mutex_lock(&g->lock);
  while (g->running > 0) shell_cond_wait(&g->changed, &g->lock, 0);
  pthread_mutex_unlock(&g->lock);
  if (g->any_ended) pthread_join(g->last_ended, NULL);
  pthread_cond_destroy(&g->changed);
  pthread_mutex_destroy(&g->lock);
}
