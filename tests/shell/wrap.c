#include "wrap.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef MCONN_TEST_HTTP
#include <microhttpd.h>
#endif

/* Both declarations of a function that is wrapped, with the very types that the system declares it with. */
#define WRAPPED(type, name, arguments)                                                                                 \
  type __real_##name arguments;                                                                                        \
  type __wrap_##name arguments

WRAPPED(void *, malloc, (size_t n));
WRAPPED(void *, calloc, (size_t n, size_t size));
WRAPPED(char *, strdup, (const char *text));
WRAPPED(void, free, (void *p));
WRAPPED(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at));
WRAPPED(int, munmap, (void *p, size_t n));
WRAPPED(FILE *, open_memstream, (char **text, size_t *n));
WRAPPED(int, ferror, (FILE * f));
WRAPPED(int, fclose, (FILE * f));
WRAPPED(int, pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*f)(void *), void *x));
WRAPPED(int, pthread_join, (pthread_t t, void **result));
WRAPPED(int, pthread_mutex_init, (pthread_mutex_t * m, const pthread_mutexattr_t *a));
WRAPPED(int, pthread_mutex_destroy, (pthread_mutex_t * m));
WRAPPED(int, pthread_mutexattr_init, (pthread_mutexattr_t * a));
WRAPPED(int, pthread_mutexattr_settype, (pthread_mutexattr_t * a, int type));
WRAPPED(int, pthread_mutexattr_destroy, (pthread_mutexattr_t * a));
WRAPPED(int, pthread_cond_init, (pthread_cond_t * c, const pthread_condattr_t *a));
WRAPPED(int, pthread_cond_destroy, (pthread_cond_t * c));
WRAPPED(int, pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m));
WRAPPED(int, pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t));
WRAPPED(int, pthread_condattr_init, (pthread_condattr_t * a));
WRAPPED(int, pthread_condattr_setclock, (pthread_condattr_t * a, clockid_t clock));
WRAPPED(int, pthread_condattr_destroy, (pthread_condattr_t * a));
WRAPPED(int, sem_init, (sem_t * s, int shared, unsigned value));
WRAPPED(int, sem_wait, (sem_t * s));
WRAPPED(int, sem_clockwait, (sem_t * s, clockid_t clock, const struct timespec *t));
WRAPPED(int, sem_destroy, (sem_t * s));
WRAPPED(ssize_t, send, (int fd, const void *p, size_t n, int flags));
WRAPPED(ssize_t, recv, (int fd, void *p, size_t n, int flags));
WRAPPED(int, poll, (struct pollfd * p, nfds_t n, int ms));
WRAPPED(int, ppoll, (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *s));
WRAPPED(int, setsockopt, (int fd, int level, int name, const void *v, socklen_t n));
WRAPPED(int, getsockopt, (int fd, int level, int name, void *v, socklen_t *n));
WRAPPED(int, fcntl, (int fd, int what, ...));
WRAPPED(int, ioctl, (int fd, unsigned long what, ...));
WRAPPED(int, socket, (int family, int type, int protocol));
WRAPPED(int, bind, (int fd, __CONST_SOCKADDR_ARG at, socklen_t n));
WRAPPED(int, listen, (int fd, int backlog));
WRAPPED(int, accept4, (int fd, __SOCKADDR_ARG at, socklen_t *n, int flags));
WRAPPED(int, connect, (int fd, __CONST_SOCKADDR_ARG at, socklen_t n));
WRAPPED(int, shutdown, (int fd, int how));
WRAPPED(int, close, (int fd));
WRAPPED(int, getsockname, (int fd, __SOCKADDR_ARG at, socklen_t *n));
WRAPPED(int, getaddrinfo, (const char *, const char *, const struct addrinfo *, struct addrinfo **));
WRAPPED(void, freeaddrinfo, (struct addrinfo * list));
WRAPPED(const char *, inet_ntop, (int family, const void *at, char *text, socklen_t n));
WRAPPED(ssize_t, getrandom, (void *p, size_t n, unsigned flags));
WRAPPED(int, eventfd, (unsigned value, int flags));
WRAPPED(int, eventfd_read, (int fd, eventfd_t *value));
WRAPPED(int, eventfd_write, (int fd, eventfd_t value));
WRAPPED(ssize_t, read, (int fd, void *p, size_t n));
WRAPPED(ssize_t, write, (int fd, const void *p, size_t n));
WRAPPED(int, clock_gettime, (clockid_t clock, struct timespec *t));

static atomic_ulong clock_reads, other_clock_reads;
static _Atomic uint64_t clock_ahead; /* ns */
static atomic_ulong calls[WRAP_COUNT];
static atomic_ulong fail_at[WRAP_COUNT];
static atomic_int fail_errno[WRAP_COUNT];
static atomic_bool fail_all[WRAP_COUNT];
static atomic_bool failed, gate, before_gate;
static atomic_size_t send_most, recv_most;
static atomic_long live, threads, mutexes, conditions, semaphores, attributes, lists, streams;

/* Places in the program where a call was failed: return addresses, from the program's beginning. */
#define PLACES 512
extern const char __executable_start[];
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  enum wrapped w;
  int err;
  unsigned long at, times;
} places[PLACES];
static size_t place_count;

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
  atomic_store(&clock_ahead, 0);
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
  static const char *const names[WRAP_COUNT] = {
    [WRAP_MALLOC] = "malloc",
    [WRAP_CALLOC] = "calloc",
    [WRAP_STRDUP] = "strdup",
    [WRAP_MMAP] = "mmap",
    [WRAP_MUNMAP] = "munmap",
    [WRAP_OPEN_MEMSTREAM] = "open_memstream",
    [WRAP_FERROR] = "ferror",
    [WRAP_FCLOSE] = "fclose",
    [WRAP_PTHREAD_CREATE] = "pthread_create",
    [WRAP_PTHREAD_MUTEX_INIT] = "pthread_mutex_init",
    [WRAP_PTHREAD_MUTEXATTR_INIT] = "pthread_mutexattr_init",
    [WRAP_PTHREAD_MUTEXATTR_SETTYPE] = "pthread_mutexattr_settype",
    [WRAP_PTHREAD_COND_INIT] = "pthread_cond_init",
    [WRAP_PTHREAD_CONDATTR_INIT] = "pthread_condattr_init",
    [WRAP_PTHREAD_CONDATTR_SETCLOCK] = "pthread_condattr_setclock",
    [WRAP_PTHREAD_COND_WAIT] = "pthread_cond_wait",
    [WRAP_PTHREAD_COND_TIMEDWAIT] = "pthread_cond_timedwait",
    [WRAP_SEM_INIT] = "sem_init",
    [WRAP_SEM_WAIT] = "sem_wait",
    [WRAP_SEM_CLOCKWAIT] = "sem_clockwait",
    [WRAP_SEND] = "send",
    [WRAP_RECV] = "recv",
    [WRAP_POLL] = "poll",
    [WRAP_PPOLL] = "ppoll",
    [WRAP_SETSOCKOPT] = "setsockopt",
    [WRAP_GETSOCKOPT] = "getsockopt",
    [WRAP_FCNTL] = "fcntl",
    [WRAP_IOCTL] = "ioctl",
    [WRAP_SOCKET] = "socket",
    [WRAP_BIND] = "bind",
    [WRAP_LISTEN] = "listen",
    [WRAP_ACCEPT4] = "accept4",
    [WRAP_CONNECT] = "connect",
    [WRAP_SHUTDOWN] = "shutdown",
    [WRAP_CLOSE] = "close",
    [WRAP_GETSOCKNAME] = "getsockname",
    [WRAP_GETADDRINFO] = "getaddrinfo",
    [WRAP_INET_NTOP] = "inet_ntop",
    [WRAP_GETRANDOM] = "getrandom",
    [WRAP_EVENTFD] = "eventfd",
    [WRAP_EVENTFD_READ] = "eventfd_read",
    [WRAP_EVENTFD_WRITE] = "eventfd_write",
    [WRAP_READ] = "read",
    [WRAP_WRITE] = "write",
    [WRAP_MHD_START_DAEMON] = "MHD_start_daemon",
    [WRAP_MHD_CREATE_RESPONSE] = "MHD_create_response_from_buffer",
    [WRAP_MHD_ADD_HEADER] = "MHD_add_response_header",
    [WRAP_MHD_QUEUE_RESPONSE] = "MHD_queue_response",
  };
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

/* ---- what was taken */

static size_t descriptors(void)
{
  size_t n = 0;
  DIR *d = opendir("/proc/self/fd");
  while (d != NULL && readdir(d) != NULL) n++;
  if (d != NULL) closedir(d);
  return n;
}

wrap_taken wrap_taken_now(void)
{
  return (wrap_taken){ .blocks = atomic_load(&live),
                       .threads = atomic_load(&threads),
                       .mutexes = atomic_load(&mutexes),
                       .conditions = atomic_load(&conditions),
                       .semaphores = atomic_load(&semaphores),
                       .attributes = atomic_load(&attributes),
                       .address_lists = atomic_load(&lists),
                       .streams = atomic_load(&streams),
                       .descriptors = descriptors() };
}

const char *wrap_difference(wrap_taken a, wrap_taken b)
{
  const struct {
    const char *name;
    bool same;
  } all[] = {
    { "a block of memory", a.blocks == b.blocks },
    { "a thread", a.threads == b.threads },
    { "a mutex", a.mutexes == b.mutexes },
    { "a condition", a.conditions == b.conditions },
    { "a semaphore", a.semaphores == b.semaphores },
    { "attributes", a.attributes == b.attributes },
    { "a list of addresses", a.address_lists == b.address_lists },
    { "a stream", a.streams == b.streams },
    { "a descriptor", a.descriptors == b.descriptors },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; k++)
    if (!all[k].same) return all[k].name;
  return NULL;
}

/* ---- where calls were failed */

static void note_place(enum wrapped w, int err, const void *from)
{
  const unsigned long at = (unsigned long)((const char *)from - __executable_start);
  pthread_mutex_lock(&places_lock);
  size_t k = 0;
  while (k < place_count && !(places[k].w == w && places[k].err == err && places[k].at == at)) k++;
  if (k == place_count && place_count < PLACES) {
    places[place_count].w = w;
    places[place_count].err = err;
    places[place_count++].at = at;
  }
  if (k < PLACES) places[k].times++;
  pthread_mutex_unlock(&places_lock);
}

void wrap_print_places(void)
{
  pthread_mutex_lock(&places_lock);
  for (size_t k = 0; k < place_count && getenv("MCONN_FAULTS") != NULL; k++)
    printf("fault %s %s %lx %lu\n", wrap_name(places[k].w), strerrorname_np(places[k].err), places[k].at,
           places[k].times);
  pthread_mutex_unlock(&places_lock);
}

/* ---- the calls */

/* Counts a call; true if this is the one that fails. */
static bool fails_at(enum wrapped w, const void *from)
{
  unsigned long n = atomic_fetch_add(&calls[w], 1) + 1;
  if (n != atomic_load(&fail_at[w]) && !atomic_load(&fail_all[w])) return false;
  const int err = atomic_load(&fail_errno[w]);
  note_place(w, err, from);
  if (n == atomic_load(&fail_at[w])) atomic_store(&failed, true);
  errno = err;
  return true;
}
#define fails(w) fails_at(w, __builtin_return_address(0))

/* One more of something, unless that failed. */
static int taken(atomic_long *of, int err)
{
  if (err == 0) atomic_fetch_add(of, 1);
  return err;
}

static int given_back(atomic_long *of, int err)
{
  if (err == 0) atomic_fetch_sub(of, 1);
  return err;
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

char *__wrap_strdup(const char *text)
{
  return fails(WRAP_STRDUP) ? NULL : counted(__real_strdup(text));
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
  const int done = __real_munmap(p, n);
  return fails(WRAP_MUNMAP) ? -1 : done;
}

/* The text that it makes is a block. */
FILE *__wrap_open_memstream(char **text, size_t *n)
{
  FILE *f = fails(WRAP_OPEN_MEMSTREAM) ? NULL : __real_open_memstream(text, n);
  if (f != NULL) atomic_fetch_add(&streams, 1);
  return counted(f);
}

int __wrap_ferror(FILE *f)
{
  return fails(WRAP_FERROR) ? 1 : __real_ferror(f);
}

int __wrap_fclose(FILE *f)
{
  atomic_fetch_sub(&streams, 1);
  const int done = __real_fclose(f);
  return fails(WRAP_FCLOSE) ? EOF : done;
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x)
{
  if (fails(WRAP_PTHREAD_CREATE)) return errno;
  return taken(&threads, __real_pthread_create(t, a, f, x));
}

int __wrap_pthread_join(pthread_t t, void **result)
{
  return given_back(&threads, __real_pthread_join(t, result));
}

int __wrap_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
  return fails(WRAP_PTHREAD_MUTEX_INIT) ? errno : taken(&mutexes, __real_pthread_mutex_init(m, a));
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *m)
{
  return given_back(&mutexes, __real_pthread_mutex_destroy(m));
}

int __wrap_pthread_mutexattr_init(pthread_mutexattr_t *a)
{
  return fails(WRAP_PTHREAD_MUTEXATTR_INIT) ? errno : taken(&attributes, __real_pthread_mutexattr_init(a));
}

int __wrap_pthread_mutexattr_settype(pthread_mutexattr_t *a, int type)
{
  return fails(WRAP_PTHREAD_MUTEXATTR_SETTYPE) ? errno : __real_pthread_mutexattr_settype(a, type);
}

int __wrap_pthread_mutexattr_destroy(pthread_mutexattr_t *a)
{
  return given_back(&attributes, __real_pthread_mutexattr_destroy(a));
}

int __wrap_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
  return fails(WRAP_PTHREAD_COND_INIT) ? errno : taken(&conditions, __real_pthread_cond_init(c, a));
}

int __wrap_pthread_cond_destroy(pthread_cond_t *c)
{
  return given_back(&conditions, __real_pthread_cond_destroy(c));
}

int __wrap_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
  return fails(WRAP_PTHREAD_COND_WAIT) ? 0 : __real_pthread_cond_wait(c, m);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *t)
{
  return fails(WRAP_PTHREAD_COND_TIMEDWAIT) ? 0 : __real_pthread_cond_timedwait(c, m, t);
}

int __wrap_pthread_condattr_init(pthread_condattr_t *a)
{
  return fails(WRAP_PTHREAD_CONDATTR_INIT) ? errno : taken(&attributes, __real_pthread_condattr_init(a));
}

int __wrap_pthread_condattr_setclock(pthread_condattr_t *a, clockid_t clock)
{
  return fails(WRAP_PTHREAD_CONDATTR_SETCLOCK) ? errno : __real_pthread_condattr_setclock(a, clock);
}

int __wrap_pthread_condattr_destroy(pthread_condattr_t *a)
{
  return given_back(&attributes, __real_pthread_condattr_destroy(a));
}

int __wrap_sem_init(sem_t *s, int shared, unsigned value)
{
  return fails(WRAP_SEM_INIT) ? -1 : taken(&semaphores, __real_sem_init(s, shared, value));
}

int __wrap_sem_wait(sem_t *s)
{
  return fails(WRAP_SEM_WAIT) ? -1 : __real_sem_wait(s);
}

int __wrap_sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *t)
{
  return fails(WRAP_SEM_CLOCKWAIT) ? -1 : __real_sem_clockwait(s, clock, t);
}

int __wrap_sem_destroy(sem_t *s)
{
  return given_back(&semaphores, __real_sem_destroy(s));
}

static void wait_while_held(void)
{
  pthread_mutex_lock(&hold_lock);
  if (hold == HOLD_NEXT) {
    hold = HOLD_HELD;
    while (hold == HOLD_HELD) __real_pthread_cond_wait(&hold_changed, &hold_lock);
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

/* Behind a closed gate the socket has no room: who waits for that is woken by the end of the connection and by the
 * time only. The gate is looked at again every millisecond, so that opening it wakes as well. */
int __wrap_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s)
{
  if (fails(WRAP_PPOLL)) return -1;
  const struct timespec slice = { .tv_nsec = 1000000 };
  long left_ms = t == NULL ? -1 : t->tv_sec * 1000 + t->tv_nsec / 1000000;
  const short events = p->events;
  int got = 0;
  if ((events & POLLOUT) == 0) return __real_ppoll(p, n, t, s);
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

int __wrap_fcntl(int fd, int what, ...)
{
  va_list more;
  va_start(more, what);
  const int value = what == F_GETFL ? 0 : va_arg(more, int);
  va_end(more);
  return fails(WRAP_FCNTL) ? -1 : __real_fcntl(fd, what, value);
}

int __wrap_ioctl(int fd, unsigned long what, ...)
{
  va_list more;
  va_start(more, what);
  void *p = va_arg(more, void *);
  va_end(more);
  return fails(WRAP_IOCTL) ? -1 : __real_ioctl(fd, what, p);
}

int __wrap_socket(int family, int type, int protocol)
{
  return fails(WRAP_SOCKET) ? -1 : __real_socket(family, type, protocol);
}

int __wrap_bind(int fd, __CONST_SOCKADDR_ARG at, socklen_t n)
{
  return fails(WRAP_BIND) ? -1 : __real_bind(fd, at, n);
}

int __wrap_listen(int fd, int backlog)
{
  return fails(WRAP_LISTEN) ? -1 : __real_listen(fd, backlog);
}

int __wrap_accept4(int fd, __SOCKADDR_ARG at, socklen_t *n, int flags)
{
  return fails(WRAP_ACCEPT4) ? -1 : __real_accept4(fd, at, n, flags);
}

int __wrap_connect(int fd, __CONST_SOCKADDR_ARG at, socklen_t n)
{
  return fails(WRAP_CONNECT) ? -1 : __real_connect(fd, at, n);
}

int __wrap_shutdown(int fd, int how)
{
  const int done = __real_shutdown(fd, how);
  return fails(WRAP_SHUTDOWN) ? -1 : done;
}

int __wrap_close(int fd)
{
  const int done = __real_close(fd);
  return fails(WRAP_CLOSE) ? -1 : done;
}

int __wrap_getsockname(int fd, __SOCKADDR_ARG at, socklen_t *n)
{
  return fails(WRAP_GETSOCKNAME) ? -1 : __real_getsockname(fd, at, n);
}

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list)
{
  if (!fails(WRAP_GETADDRINFO)) return taken(&lists, __real_getaddrinfo(host, port, hints, list));
  return errno == ENOMEM ? EAI_MEMORY : EAI_SYSTEM;
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
  atomic_fetch_sub(&lists, 1);
  __real_freeaddrinfo(list);
}

const char *__wrap_inet_ntop(int family, const void *at, char *text, socklen_t n)
{
  return fails(WRAP_INET_NTOP) ? NULL : __real_inet_ntop(family, at, text, n);
}

ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags)
{
  return fails(WRAP_GETRANDOM) ? -1 : __real_getrandom(p, n, flags);
}

int __wrap_eventfd(unsigned value, int flags)
{
  return fails(WRAP_EVENTFD) ? -1 : __real_eventfd(value, flags);
}

int __wrap_eventfd_read(int fd, eventfd_t *value)
{
  return fails(WRAP_EVENTFD_READ) ? -1 : __real_eventfd_read(fd, value);
}

int __wrap_eventfd_write(int fd, eventfd_t value)
{
  return fails(WRAP_EVENTFD_WRITE) ? -1 : __real_eventfd_write(fd, value);
}

ssize_t __wrap_read(int fd, void *p, size_t n)
{
  return fails(WRAP_READ) ? -1 : __real_read(fd, p, n);
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
  return fails(WRAP_WRITE) ? -1 : __real_write(fd, p, n);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
  atomic_fetch_add(&clock_reads, 1);
  if (clock != CLOCK_MONOTONIC) atomic_fetch_add(&other_clock_reads, 1);
  const int status = __real_clock_gettime(clock, t);
  if (clock != CLOCK_MONOTONIC) return status;
  const uint64_t ahead = (uint64_t)t->tv_nsec + atomic_load(&clock_ahead);
  t->tv_sec += (time_t)(ahead / 1000000000u);
  t->tv_nsec = (long)(ahead % 1000000000u);
  return status;
}

void wrap_clock_skip(uint64_t ns)
{
  atomic_fetch_add(&clock_ahead, ns);
}

unsigned long wrap_clock_reads(void)
{
  return atomic_load(&clock_reads);
}

unsigned long wrap_other_clock_reads(void)
{
  return atomic_load(&other_clock_reads);
}

#ifdef MCONN_TEST_HTTP
WRAPPED(struct MHD_Response *, MHD_create_response_from_buffer, (size_t n, void *p, enum MHD_ResponseMemoryMode mode));
struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback policy,
                                           void *policy_user, MHD_AccessHandlerCallback answer, void *user, ...);
WRAPPED(enum MHD_Result, MHD_add_response_header, (struct MHD_Response * r, const char *name, const char *value));
WRAPPED(enum MHD_Result, MHD_queue_response, (struct MHD_Connection * c, unsigned status, struct MHD_Response *r));

struct MHD_Response *__wrap_MHD_create_response_from_buffer(size_t n, void *p, enum MHD_ResponseMemoryMode mode)
{
  return fails(WRAP_MHD_CREATE_RESPONSE) ? NULL : __real_MHD_create_response_from_buffer(n, p, mode);
}

struct MHD_Daemon *__wrap_MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback policy,
                                           void *policy_user, MHD_AccessHandlerCallback answer, void *user, ...)
{
  va_list more;
  va_start(more, user);
  struct MHD_Daemon *d =
    fails(WRAP_MHD_START_DAEMON) ? NULL : MHD_start_daemon_va(flags, port, policy, policy_user, answer, user, more);
  va_end(more);
  return d;
}

enum MHD_Result __wrap_MHD_add_response_header(struct MHD_Response *r, const char *name, const char *value)
{
  return fails(WRAP_MHD_ADD_HEADER) ? MHD_NO : __real_MHD_add_response_header(r, name, value);
}

enum MHD_Result __wrap_MHD_queue_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
  return fails(WRAP_MHD_QUEUE_RESPONSE) ? MHD_NO : __real_MHD_queue_response(c, status, r);
}
#endif
