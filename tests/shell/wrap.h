/* The system under the shell, seen by a test: counts the calls, lets one of them fail, hands out what a slow or
 * miserly kernel would. By the linker's --wrap, so that the shell is compiled as it is.
 *
 * The harness and the tests must not be hit themselves: real.h, which is included before everything else in them,
 * gives them the system's own functions, all but those of memory; for these they use the real_ functions.
 *
 * What a failed call does: nothing, and it says so; but
 * - shutdown, close, munmap and fclose are carried out and then say that they failed, as the system's do;
 * - a wait on a condition returns at once, as if woken, without anything having happened;
 * - ferror says that something was lost. */
#ifndef MCONN_TEST_WRAP_H
#define MCONN_TEST_WRAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <sys/types.h>

enum wrapped {
  WRAP_MALLOC,
  WRAP_CALLOC,
  WRAP_STRDUP,
  WRAP_MMAP,
  WRAP_MUNMAP,
  WRAP_OPEN_MEMSTREAM,
  WRAP_FERROR,
  WRAP_FCLOSE,
  WRAP_PTHREAD_CREATE,
  WRAP_PTHREAD_MUTEX_INIT,
  WRAP_PTHREAD_MUTEXATTR_INIT,
  WRAP_PTHREAD_MUTEXATTR_SETTYPE,
  WRAP_PTHREAD_COND_INIT,
  WRAP_PTHREAD_CONDATTR_INIT,
  WRAP_PTHREAD_CONDATTR_SETCLOCK,
  WRAP_PTHREAD_COND_WAIT,
  WRAP_PTHREAD_COND_TIMEDWAIT,
  WRAP_SEM_INIT,
  WRAP_SEM_WAIT,
  WRAP_SEM_CLOCKWAIT,
  WRAP_SEND,
  WRAP_RECV,
  WRAP_POLL,
  WRAP_PPOLL,
  WRAP_SETSOCKOPT,
  WRAP_GETSOCKOPT,
  WRAP_FCNTL,
  WRAP_IOCTL,
  WRAP_SOCKET,
  WRAP_BIND,
  WRAP_LISTEN,
  WRAP_ACCEPT4,
  WRAP_CONNECT,
  WRAP_SHUTDOWN,
  WRAP_CLOSE,
  WRAP_GETSOCKNAME,
  WRAP_GETADDRINFO,
  WRAP_INET_NTOP,
  WRAP_GETRANDOM,
  WRAP_EVENTFD,
  WRAP_EVENTFD_READ,
  WRAP_EVENTFD_WRITE,
  WRAP_READ,
  WRAP_WRITE,
  WRAP_MHD_START_DAEMON,
  WRAP_MHD_CREATE_RESPONSE,
  WRAP_MHD_ADD_HEADER,
  WRAP_MHD_QUEUE_RESPONSE,
  WRAP_COUNT
};

/* Everything as the system does it, counters at zero. */
void wrap_reset(void);
/* The nth call of w from now on (1 is the next) fails with err; nth 0: none does. */
void wrap_fail(enum wrapped w, unsigned long nth, int err);
/* Every call of w from now on fails with err, until the next wrap_fail of it. */
void wrap_fail_all(enum wrapped w, int err);
/* True if the call that wrap_fail named has come. */
bool wrap_failed(void);
unsigned long wrap_calls(enum wrapped w);
const char *wrap_name(enum wrapped w);
/* Looks at a clock, and those at another than the monotonic one. */
unsigned long wrap_clock_reads(void);
unsigned long wrap_other_clock_reads(void);
/* From now on the shell reads a monotonic clock that is ahead by so much more; what already waits is not woken. */
void wrap_clock_skip(uint64_t ns);
/* Blocks allocated by the shell and not freed, large buffers included. */
long wrap_live(void);
/* What was taken and not given back. */
typedef struct {
  long blocks, threads, mutexes, conditions, semaphores, attributes, address_lists, streams;
  size_t descriptors; /* of the process */
} wrap_taken;
wrap_taken wrap_taken_now(void);
/* The name of the first that differs, else NULL. */
const char *wrap_difference(wrap_taken a, wrap_taken b);
/* Where calls were failed, for tests/shell/faults: a line each on standard output, if MCONN_FAULTS is set. */
void wrap_print_places(void);
/* One send takes at most n bytes, one recv gives at most n; 0: no limit. */
void wrap_send_most(size_t n);
void wrap_recv_most(size_t n);
/* While closed, send finds no room in the socket, and poll finds none either: ppoll sleeps to its time. */
void wrap_send_gate(bool closed);
/* The send thread waits before the gate. */
bool wrap_gate_waits(void);
/* The next send waits inside the call until wrap_send_go; wrap_send_held is true while it does. */
void wrap_send_hold(void);
bool wrap_send_held(void);
void wrap_send_go(void);

ssize_t real_send(int fd, const void *p, size_t n, int flags);
ssize_t real_recv(int fd, void *p, size_t n, int flags);
int real_poll(struct pollfd *p, nfds_t n, int ms);
int real_pthread_create(pthread_t *t, void *(*f)(void *), void *x);
int real_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
void *real_malloc(size_t n);
void real_free(void *p);
#endif
