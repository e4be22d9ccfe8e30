/* What a connection costs that does nothing: many of them in one process, their other ends in a second one, over
 * loopback TCP. idle [CONNECTIONS [CHANNELS [SECONDS]]]; one JSON object on stdout.
 *
 * What goes wrong with such figures: they are taken before the first message, when no buffer was ever touched, or
 * in a window in which no timer fires. So each connection carries a message either way first, then rests until
 * nothing of that is left and the first ping is over, and the window is as long as the ping interval: in it, each end
 * sends one ping and answers the other end's. Both ends' clocks begin together, as those of a connection do.
 *
 * Library-owned are the blocks that the library holds, with what the allocator adds to them, seen by the linker's
 * --wrap; stacks of threads are in the resident set only. */
#include "mconn/mconn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES 65536u
#define SETTLE_S 66 /* buffers go after 4 s at most; the first ping, after 60 s, is before the window */
#define MANY 4096u
#define PAGE_KIB 4.0

/* ---- what the library holds */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__real_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __real_munmap(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);
void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __wrap_munmap(void *p, size_t n);

static atomic_long held;

static long size_of(void *p)
{
  return p == NULL ? 0 : (long)(malloc_usable_size(p) + sizeof(size_t));
}

static void *count(void *p)
{
  atomic_fetch_add(&held, size_of(p));
  return p;
}

void *__wrap_malloc(size_t n)
{
  return count(__real_malloc(n));
}
void *__wrap_calloc(size_t n, size_t size)
{
  return count(__real_calloc(n, size));
}

void __wrap_free(void *p)
{
  atomic_fetch_sub(&held, size_of(p));
  __real_free(p);
}

void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)
{
  p = __real_mmap(p, n, prot, flags, fd, at);
  if (p != MAP_FAILED) atomic_fetch_add(&held, (long)n);
  return p;
}

int __wrap_munmap(void *p, size_t n)
{
  atomic_fetch_sub(&held, (long)n);
  return __real_munmap(p, n);
}

/* ---- one process and its ends */

static mconn_connection *end[MANY];
static int sockets[MANY];
static uint32_t connections = 1000, channels = 10, seconds = 60;
static atomic_uint received, failed;

static void stop(const char *what)
{
  fprintf(stderr, "idle: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double cpu_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_kib(void)
{
  unsigned long size = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%lu %lu", &size, &resident) != 2) stop("/proc/self/statm");
  fclose(f);
  return (double)resident * PAGE_KIB;
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  (void)user, (void)channel, (void)bytes, (void)len;
  atomic_fetch_add(&received, 1);
}

static void on_error(void *user, mconn_reason reason)
{
  (void)user, (void)reason;
  atomic_fetch_add(&failed, 1);
}

static void start_all(void)
{
  mconn_config c = mconn_config_default();
  mconn_channel d[MCONN_CHANNELS_MAX] = { { 0 } };
  mconn_callbacks callbacks = { .on_receive = on_receive, .on_error = on_error };
  c.send_rate = c.recv_rate = 0;
  for (uint32_t k = 0; k < channels; k++) d[k] = (mconn_channel){ .id = 0x20 + k, .priority = 1 };
  for (uint32_t i = 0; i < connections; i++) {
    mconn_reason r = mconn_connection_new(&end[i], sockets[i], &c, d, channels, callbacks);
    if (r.err == MCONN_OK) r.err = mconn_connection_start(end[i]);
    if (r.err != MCONN_OK) stop(mconn_strerror(r.err));
  }
}

static void exchange(void)
{
  static const uint8_t message[MESSAGE_BYTES];
  for (uint32_t i = 0; i < connections; i++)
    if (mconn_connection_send(end[i], 0x20, message, sizeof message) != MCONN_OK) stop("a message was refused");
  while (atomic_load(&received) < connections && atomic_load(&failed) == 0) usleep(10000);
}

/* The dialling process: the same, until the other one has seen enough. */
static void other_ends(const struct sockaddr_in *to)
{
  for (uint32_t i = 0; i < connections; i++) {
    sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (sockets[i] < 0 || connect(sockets[i], (const struct sockaddr *)to, sizeof *to) != 0) stop("connect");
  }
  start_all();
  exchange();
  for (;;) pause();
}

static pid_t connect_all(void)
{
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof a;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&a, size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, (struct sockaddr *)&a, &size) != 0)
    stop("listen");
  pid_t child = fork();
  if (child < 0) stop("fork");
  if (child == 0) other_ends(&a);
  for (uint32_t i = 0; i < connections; i++)
    if ((sockets[i] = accept(listener, NULL, NULL)) < 0) stop("accept");
  close(listener);
  return child;
}

static void allow_descriptors(void)
{
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r) != 0) stop("getrlimit");
  r.rlim_cur = r.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &r);
}

static void measure(void)
{
  const double n = connections, bare = resident_kib();
  const long none = atomic_load(&held);
  start_all();
  exchange();
  const double owned_busy = (double)(atomic_load(&held) - none) / n, busy = (resident_kib() - bare) / n;
  sleep(SETTLE_S);
  const double owned = (double)(atomic_load(&held) - none) / n, idle = (resident_kib() - bare) / n;
  struct rusage before, after;
  const double cpu = cpu_s();
  getrusage(RUSAGE_SELF, &before);
  sleep(seconds);
  const double used = cpu_s() - cpu;
  getrusage(RUSAGE_SELF, &after);
  uint64_t pings = 0, pongs = 0;
  for (uint32_t i = 0; i < connections; i++) {
    mconn_status s = mconn_connection_status(end[i], NULL, 0);
    pings += s.pings_sent;
    pongs += s.pongs_received;
  }
  printf("{\"connections\":%u,\"channels\":%u,\"seconds\":%u,\"owned_bytes\":%.1f,\"owned_bytes_in_traffic\":%.1f,"
         "\"resident_kib_in_traffic\":%.2f,\"resident_kib\":%.2f,\"resident_kib_after\":%.2f,"
         "\"cpu_us_per_s\":%.4f,\"switches_per_s\":%.4f,\"pings\":%.3f,\"pongs\":%.3f,\"failed\":%u}\n",
         connections, channels, seconds, owned, owned_busy, busy, idle, (resident_kib() - bare) / n,
         seconds == 0 ? 0.0 : used / seconds / n * 1e6,
         seconds == 0 ? 0.0 : (double)(after.ru_nvcsw - before.ru_nvcsw) / seconds / n, (double)pings / n,
         (double)pongs / n, atomic_load(&failed));
}

static uint32_t number(const char *text, uint32_t most)
{
  char *rest = NULL;
  const unsigned long v = strtoul(text, &rest, 10);
  if (*text < '0' || *text > '9' || *rest != '\0' || v > most) {
    fprintf(stderr, "idle: %s: a number up to %u is wanted\n", text, most);
    exit(2);
  }
  return (uint32_t)v;
}

int main(int argc, char **argv)
{
  if (argc > 1) connections = number(argv[1], MANY);
  if (argc > 2) channels = number(argv[2], 200);
  if (argc > 3) seconds = number(argv[3], 3600);
  if (argc > 4 || connections == 0 || channels == 0) {
    fprintf(stderr, "usage: idle [CONNECTIONS [CHANNELS [SECONDS]]]\n");
    return 2;
  }
  allow_descriptors();
  const pid_t child = connect_all();
  measure();
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  _exit(fflush(stdout) == 0 ? 0 : 1);
}
