/* The system under the shell, seen by a test: counts the calls, lets one of them fail, hands out what a slow or
 * miserly kernel would. By the linker's --wrap, so that the shell is compiled as it is.
 *
 * The harness and the tests must not be hit themselves: they use the real_ functions. */
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
  WRAP_PTHREAD_CREATE,
  WRAP_PTHREAD_COND_INIT,
  WRAP_SEND,
  WRAP_RECV,
  WRAP_POLL,
  WRAP_PPOLL,
  WRAP_SETSOCKOPT,
  WRAP_GETSOCKOPT,
  WRAP_MMAP,
  WRAP_FCNTL,
  WRAP_COUNT
};

/* Everything as the system does it, counters at zero. */
void wrap_reset(void);
/* The nth call of w from now on (1 is the next) fails with err; nth 0: none does. */
void wrap_fail(enum wrapped w, unsigned long nth, int err);
/* Every call of w from now on fails with err, until the next wrap_fail of it. */
void wrap_fail_all(enum wrapped w, int err);
/* True if that call has come. */
bool wrap_failed(void);
unsigned long wrap_calls(enum wrapped w);
const char *wrap_name(enum wrapped w);
/* Looks at a clock, and those at another than the monotonic one. */
unsigned long wrap_clock_reads(void);
unsigned long wrap_other_clock_reads(void);
/* Blocks allocated by the shell and not freed, large buffers included. */
long wrap_live(void);
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
