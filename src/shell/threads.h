/* Threads of which none is forgotten, and the mark of a thread that runs code of the user.
 *
 * What goes wrong in practice: a detached thread that still touches what is being freed, a thread nobody
 * joins, and a callback that waits for the very thread it runs on. Here every thread of a group is joined,
 * each by the one that ends after it and the last by whoever frees the group, so that no further thread is
 * needed for it; and code that would wait asks shell_inside first. */
#ifndef MCONN_SHELL_THREADS_H
#define MCONN_SHELL_THREADS_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t shell_now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct timespec shell_timespec(uint64_t ns)
{
  return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u) };
}

/* The time `span` ns from now; never 0, which means never. */
static inline uint64_t shell_until(uint64_t span)
{
  uint64_t now = shell_now_ns();
  return span < UINT64_MAX - now ? now + span : UINT64_MAX;
}

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  size_t running;
  bool any_ended;
  pthread_t last_ended; /* has joined all that ended before it, or is about to */
} shell_threads;

/* A condition that counts monotonic time; false: the system gave none. */
bool shell_cond_init(pthread_cond_t *cond);
/* Waits on cond, whose lock is held, until `until` ns (0: no limit); false when that passed. */
bool shell_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until);

#define SHELL_POLL_PAUSE_NS 10000000 /* where the system cannot wait, a thread must not ask it again at once for ever */
/* Waits until fd is ready for `events`, until `until` ns (0: no limit) or for less; false when that passed. */
bool shell_poll(int fd, short events, uint64_t until);

/* A thread with every signal blocked: signals are the application's. False: the system gave none. */
bool shell_thread_create(pthread_t *t, void *(*run)(void *arg), void *arg);

bool shell_threads_init(shell_threads *g);
/* run(arg) on a thread of its own; false: the system gave none, and nothing happened. */
bool shell_threads_spawn(shell_threads *g, void (*run)(void *arg), void *arg);
/* Waits until every thread of the group has ended. Not from one of them. */
void shell_threads_free(shell_threads *g);

/* Around every call of user code. A thread of a group is inside from its beginning. */
void shell_enter_user(void);
void shell_leave_user(void);
/* This thread may be one that a stop waits for. */
bool shell_inside(void);
#endif
