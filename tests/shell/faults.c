#include "faults.h"
#include <time.h>

#define CALLS_MAX 600ul /* more calls than that are no short life */
#define MISSES 3ul      /* how many calls there are depends on the threads; so a few lives beyond the last one seen */

/* One life; true if the nth call came. */
static bool one(const char *area, fault f, unsigned long nth, faults_life life, const void *arg)
{
  wrap_reset();
  const wrap_taken before = wrap_taken_now();
  wrap_fail(f.w, nth, f.err);
  life(arg);
  const bool came = wrap_failed();
  wrap_fail(f.w, 0, 0);
  const char *left = wrap_difference(before, wrap_taken_now());
  if (left != NULL) fail_msg("%s: %s, call %lu: %s is left", area, wrap_name(f.w), nth, left);
  return came;
}

void faults_in_turn(const char *area, fault f, faults_life life, const void *arg)
{
  unsigned long n = 0, missed = 0, came = 0;
  while (missed < MISSES && n < CALLS_MAX) {
    const bool is_there = one(area, f, ++n, life, arg);
    missed = is_there ? 0 : missed + 1;
    came += is_there;
  }
  print_message("%s: %lu calls of %s failed in turn, errno %d\n", area, came, wrap_name(f.w), f.err);
  if (came < f.least) fail_msg("%s: only %lu calls of %s", area, came, wrap_name(f.w));
  if (missed < MISSES) fail_msg("%s: there is no end of calls of %s", area, wrap_name(f.w));
}

void faults_each(const char *area, const fault *f, size_t n, faults_life life, const void *arg)
{
  assert_false(one(area, (fault){ .w = WRAP_MALLOC }, 0, life, arg));
  for (size_t k = 0; k < n; k++) faults_in_turn(area, f[k], life, arg);
}

void faults_pause(void)
{
  const struct timespec moment = { .tv_nsec = 200000 };
  nanosleep(&moment, NULL);
}
