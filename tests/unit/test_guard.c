/* The guard pages themselves: a test that relies on them must die when it reads past them. Each read
 * happens in a child process, whose death is the expected result. */
#include "bytes.h"
#include <signal.h>
#include <sys/wait.h>

/* Signal that ended a child which read *p, or 0. Sanitizers turn the fault into an exit; both count. */
static bool child_dies_reading(const volatile uint8_t *p)
{
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    close(2); /* a sanitizer's report is not for the reader of this test */
    signal(SIGSEGV, SIG_DFL);
    uint8_t x = *p;
    (void)x;
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void reading_past_a_guarded_end_is_noticed(void **state)
{
  (void)state;
  uint8_t *p = guard_end("abc", 3);
  assert_memory_equal(p, "abc", 3);
  assert_false(child_dies_reading(p + 2));
  assert_true(child_dies_reading(p + 3));
}

static void reading_before_a_guarded_begin_is_noticed(void **state)
{
  (void)state;
  uint8_t *p = guard_begin("abc", 3);
  assert_memory_equal(p, "abc", 3);
  assert_false(child_dies_reading(p));
  assert_true(child_dies_reading(p - 1));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reading_past_a_guarded_end_is_noticed),
    cmocka_unit_test(reading_before_a_guarded_begin_is_noticed),
  };
  return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
