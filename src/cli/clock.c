/* Clocks of demo and bench. */
#include "clock.h"
#include <sys/resource.h>
#include <time.h>

uint64_t clock_now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t of(struct timeval t)
{
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

uint64_t clock_cpu_ns(void)
{
  struct rusage r;
  if (getrusage(RUSAGE_SELF, &r) != 0) return 0;
  return of(r.ru_utime) + of(r.ru_stime);
}
