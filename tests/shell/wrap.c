#include "wrap.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x);
int __real_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
ssize_t __real_send(int fd, const void *p, size_t n, int flags);
ssize_t __real_recv(int fd, void *p, size_t n, int flags);
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __real_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s);
int __real_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
int __real_getsockopt(int fd, int level, int name, void *v, socklen_t *n);

void *__real_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __real_munmap(void *p, size_t n);
int __real_fcntl(int fd, int what, ...);

void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __wrap_munmap(void *p, size_t n);
int __wrap_fcntl(int fd, int what, ...);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x);
int __wrap_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
ssize_t __wrap_send(int fd, const void *p, size_t n, int flags);
ssize_t __wrap_recv(int fd, void *p, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s);
int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
int __wrap_getsockopt(int fd, int level, int name, void *v, socklen_t *n);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);

static atomic_ulong clock_reads, other_clock_reads;
static atomic_ulong calls[WRAP_COUNT];
static atomic_ulong fail_at[WRAP_COUNT];
static atomic_int fail_errno[WRAP_COUNT];
static atomic_bool fail_all[WRAP_COUNT];
static atomic_bool failed, gate, before_gate;
static atomic_size_t send_most, recv_most;
static atomic_long live;

static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hold_changed = PTHREAD_COND_INITIALIZER;
static enum { HOLD_NONE, HOLD_NEXT, HOLD_HELD } hold;

void wrap_reset(void)
{
  for (int w = 0; w < WRAP_COUNT; w++) {
    atomic_store(&calls[w], 0);
    atomic_store(&fail_at[w], 0);
    atomic_store(&fail_all[w], false);
  }
  atomic_store(&clock_reads, 0);
  atomic_store(&other_clock_reads, 0);
  atomic_store(&failed, false);
  atomic_store(&gate, false);
  atomic_store(&send_most, 0);
  atomic_store(&recv_most, 0);
  wrap_send_go();
}

void wrap_fail(enum wrapped w, unsigned long nth, int err)
{
  atomic_store(&failed, false);
  atomic_store(&fail_errno[w], err);
  atomic_store(&fail_all[w], false);
  atomic_store(&fail_at[w], nth == 0 ? 0 : atomic_load(&calls[w]) + nth);
}

void wrap_fail_all(enum wrapped w, int err)
{
  atomic_store(&fail_errno[w], err);
  atomic_store(&fail_all[w], true);
}

bool wrap_failed(void)
{
  return atomic_load(&failed);
}
unsigned long wrap_calls(enum wrapped w)
{
  return atomic_load(&calls[w]);
}
long wrap_live(void)
{
  return atomic_load(&live);
}
void wrap_send_most(size_t n)
{
  atomic_store(&send_most, n);
}
void wrap_recv_most(size_t n)
{
  atomic_store(&recv_most, n);
}
bool wrap_gate_waits(void)
{
  return atomic_load(&before_gate);
}
void wrap_send_gate(bool closed)
{
  atomic_store(&gate, closed);
}

const char *wrap_name(enum wrapped w)
{
  static const char *const names[WRAP_COUNT] = { "malloc",     "calloc",     "pthread_create", "pthread_cond_init",
                                                 "send",       "recv",       "poll",           "ppoll",
                                                 "setsockopt", "getsockopt", "mmap",           "fcntl" };
  return names[w];
}

void wrap_send_hold(void)
{
  pthread_mutex_lock(&hold_lock);
  hold = HOLD_NEXT;
  pthread_mutex_unlock(&hold_lock);
}

bool wrap_send_held(void)
{
  pthread_mutex_lock(&hold_lock);
  bool held = hold == HOLD_HELD;
  pthread_mutex_unlock(&hold_lock);
  return held;
}

void wrap_send_go(void)
{
  pthread_mutex_lock(&hold_lock);
  hold = HOLD_NONE;
  pthread_cond_broadcast(&hold_changed);
  pthread_mutex_unlock(&hold_lock);
}

ssize_t real_send(int fd, const void *p, size_t n, int flags)
{
  return __real_send(fd, p, n, flags);
}
ssize_t real_recv(int fd, void *p, size_t n, int flags)
{
  return __real_recv(fd, p, n, flags);
}
int real_poll(struct pollfd *p, nfds_t n, int ms)
{
  return __real_poll(p, n, ms);
}
int real_pthread_create(pthread_t *t, void *(*f)(void *), void *x)
{
  return __real_pthread_create(t, NULL, f, x);
}
int real_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
  return __real_pthread_cond_init(c, a);
}
void *real_malloc(size_t n)
{
  return __real_malloc(n);
}
void real_free(void *p)
{
  __real_free(p);
}

/* Counts a call; true if this is the one that fails. */
static bool fails(enum wrapped w)
{
  unsigned long n = atomic_fetch_add(&calls[w], 1) + 1;
  if (n != atomic_load(&fail_at[w]) && !atomic_load(&fail_all[w])) return false;
  atomic_store(&failed, true);
  errno = atomic_load(&fail_errno[w]);
  return true;
}

static void *counted(void *p)
{
  if (p != NULL) atomic_fetch_add(&live, 1);
  return p;
}

void *__wrap_malloc(size_t n)
{
  return fails(WRAP_MALLOC) ? NULL : counted(__real_malloc(n));
}
void *__wrap_calloc(size_t n, size_t size)
{
  return fails(WRAP_CALLOC) ? NULL : counted(__real_calloc(n, size));
}

void __wrap_free(void *p)
{
  if (p != NULL) atomic_fetch_sub(&live, 1);
  __real_free(p);
}

void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)
{
  if (fails(WRAP_MMAP)) return MAP_FAILED;
  p = __real_mmap(p, n, prot, flags, fd, at);
  if (p != MAP_FAILED) atomic_fetch_add(&live, 1);
  return p;
}

int __wrap_munmap(void *p, size_t n)
{
  atomic_fetch_sub(&live, 1);
  return __real_munmap(p, n);
}

int __wrap_fcntl(int fd, int what, ...)
{
  if (what == F_GETFL) return fails(WRAP_FCNTL) ? -1 : __real_fcntl(fd, what);
  va_list more;
  va_start(more, what);
  const long value = va_arg(more, long);
  va_end(more);
  return __real_fcntl(fd, what, value);
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x)
{
  return fails(WRAP_PTHREAD_CREATE) ? errno : __real_pthread_create(t, a, f, x);
}

int __wrap_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
  return fails(WRAP_PTHREAD_COND_INIT) ? errno : __real_pthread_cond_init(c, a);
}

static void wait_while_held(void)
{
  pthread_mutex_lock(&hold_lock);
  if (hold == HOLD_NEXT) {
    hold = HOLD_HELD;
    while (hold == HOLD_HELD) pthread_cond_wait(&hold_changed, &hold_lock);
  }
  pthread_mutex_unlock(&hold_lock);
}

ssize_t __wrap_send(int fd, const void *p, size_t n, int flags)
{
  if (fails(WRAP_SEND)) return -1;
  wait_while_held();
  if (atomic_load(&gate)) {
    errno = EAGAIN;
    return -1;
  }
  size_t most = atomic_load(&send_most);
  return __real_send(fd, p, most > 0 && most < n ? most : n, flags);
}

ssize_t __wrap_recv(int fd, void *p, size_t n, int flags)
{
  if (fails(WRAP_RECV)) return -1;
  size_t most = atomic_load(&recv_most);
  return __real_recv(fd, p, most > 0 && most < n ? most : n, flags);
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
  return fails(WRAP_POLL) ? -1 : __real_poll(p, n, ms);
}

/* Behind a closed gate the socket has no room: only the end of the connection and the time wake. The gate is looked
 * at again every millisecond, so that opening it wakes as well. */
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s)
{
  if (fails(WRAP_PPOLL)) return -1;
  const struct timespec slice = { .tv_nsec = 1000000 };
  long left_ms = t == NULL ? -1 : t->tv_sec * 1000 + t->tv_nsec / 1000000;
  const short events = p->events;
  int got = 0;
  while (atomic_load(&gate) && got == 0 && left_ms != 0) {
    atomic_store(&before_gate, true);
    p->events = 0;
    got = __real_ppoll(p, n, &slice, s);
    p->events = events;
    if (left_ms > 0) left_ms--;
  }
  atomic_store(&before_gate, false);
  return got != 0 || left_ms == 0 ? got : __real_ppoll(p, n, t, s);
}

int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n)
{
  return fails(WRAP_SETSOCKOPT) ? -1 : __real_setsockopt(fd, level, name, v, n);
}

int __wrap_getsockopt(int fd, int level, int name, void *v, socklen_t *n)
{
  return fails(WRAP_GETSOCKOPT) ? -1 : __real_getsockopt(fd, level, name, v, n);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
  atomic_fetch_add(&clock_reads, 1);
  if (clock != CLOCK_MONOTONIC) atomic_fetch_add(&other_clock_reads, 1);
  return __real_clock_gettime(clock, t);
}

unsigned long wrap_clock_reads(void)
{
  return atomic_load(&clock_reads);
}

unsigned long wrap_other_clock_reads(void)
{
  return atomic_load(&other_clock_reads);
}
