/* One side of a link between two processes over loopback TCP, through mconn or over the bare socket:
 *
 *   link raw|mconn listen|dial PORT throughput|latency|latency-thread BYTES SECONDS
 *
 * Port 0 takes a free one. Says what it did as JSON lines, in the words of the Go peers' `bench`, so that
 * one reader understands all three. Processor time is that of the whole process. */
#include "link.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t link_now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void link_sample(link_result *r, uint64_t rtt_ns)
{
  if (r->samples < LINK_SAMPLES) r->rtt_ns[r->samples++] = rtt_ns < UINT32_MAX ? (uint32_t)rtt_ns : UINT32_MAX;
}

static double cpu_seconds(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int accept_one(struct sockaddr_in *a)
{
  socklen_t n = sizeof *a;
  int l = socket(AF_INET, SOCK_STREAM, 0);
  if (l < 0 || bind(l, (struct sockaddr *)a, n) != 0 || listen(l, 1) != 0) return -1;
  if (getsockname(l, (struct sockaddr *)a, &n) != 0) return -1;
  printf("{\"event\":\"listening\",\"address\":\"127.0.0.1:%u\"}\n", ntohs(a->sin_port));
  fflush(stdout);
  int fd = accept(l, NULL, NULL);
  close(l);
  return fd;
}

static int connected(bool dials, uint16_t port)
{
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  int fd, on = 1;
  if (dials) {
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) return -1;
  } else {
    fd = accept_one(&a);
  }
  if (fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return -1;
  return fd;
}

static int ascending(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void report(const link_plan *p, link_result *r, double cpu)
{
  printf("{\"event\":\"bench\",\"size\":%zu,\"bytes\":%llu,\"messages\":%llu,\"seconds\":%.6f,\"cpu_seconds\":%.6f",
         p->size, (unsigned long long)r->bytes, (unsigned long long)r->messages,
         (double)(r->last_ns - r->first_ns) / 1e9, cpu);
  if (r->samples > 0) {
    qsort(r->rtt_ns, r->samples, sizeof *r->rtt_ns, ascending);
    printf(",\"rtt_p50_us\":%.2f,\"rtt_p99_us\":%.2f", r->rtt_ns[r->samples / 2] / 1e3,
           r->rtt_ns[r->samples * 99 / 100] / 1e3);
  }
  printf("}\n");
}

static bool plan_read(char **v, link_plan *p)
{
  static const char *const modes[] = { "throughput", "latency", "latency-thread" };
  size_t m = 0;
  while (m < 3 && strcmp(v[4], modes[m]) != 0) m++;
  p->mode = (enum link_mode)m;
  p->dials = strcmp(v[2], "dial") == 0;
  p->size = strtoul(v[5], NULL, 10);
  p->span_ns = (uint64_t)(strtod(v[6], NULL) * 1e9);
  return m < 3 && p->size > 0 && p->span_ns > 0 && (p->dials || strcmp(v[2], "listen") == 0);
}

int main(int argc, char **argv)
{
  link_plan plan;
  link_result result = { .rtt_ns = calloc(LINK_SAMPLES, sizeof(uint32_t)) };
  bool raw = argc == 7 && strcmp(argv[1], "raw") == 0;
  if (argc != 7 || (!raw && strcmp(argv[1], "mconn") != 0) || !plan_read(argv, &plan) || result.rtt_ns == NULL) {
    fprintf(stderr, "usage: link raw|mconn listen|dial PORT throughput|latency|latency-thread BYTES SECONDS\n");
    return 2;
  }
  int fd = connected(plan.dials, (uint16_t)strtoul(argv[3], NULL, 10));
  if (fd < 0) {
    perror("link");
    return 1;
  }
  double before = cpu_seconds();
  if (!(raw ? link_raw : link_mconn)(fd, &plan, &result)) return 1;
  report(&plan, &result, cpu_seconds() - before);
  free(result.rtt_ns);
  return 0;
}
