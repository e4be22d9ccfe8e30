/* Lines of the log (MC-LOG): made only when asked for, payload at debug only, and nothing a peer sent can end a line. */
#include "harness.h"
#include "shell/log.h"
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  unsigned lines;
  enum mconn_log_level level;
  size_t n;
  mconn_log_field fields[SHELL_LOG_FIELDS_MAX];
  const char *module, *message;
} sink;

static void sink_write(void *user, enum mconn_log_level level, const char *module, const char *message,
                       const mconn_log_field *fields, size_t n)
{
  sink *x = user;
  assert_true(n <= SHELL_LOG_FIELDS_MAX);
  x->lines++;
  x->level = level;
  x->module = module;
  x->message = message;
  x->n = n;
  for (size_t k = 0; k < n; k++) x->fields[k] = fields[k];
}

static unsigned evaluated;
static mconn_log_field counted(void)
{
  evaluated++;
  return shell_log_number("n", evaluated);
}

/* MC-LOG-01 */
static void below_its_level_a_line_is_not_even_made(void **state)
{
  (void)state;
  sink x = { .lines = 0 };
  mconn_log log = { sink_write, &x, MCONN_LOG_ERROR };
  evaluated = 0;
  for (int level = MCONN_LOG_ERROR; level <= MCONN_LOG_DEBUG; level++) {
    log.level = (enum mconn_log_level)level;
    x.lines = evaluated = 0;
    shell_log(&log, MCONN_LOG_ERROR, "m", "e", counted());
    shell_log(&log, MCONN_LOG_INFO, "m", "i", counted());
    shell_log(&log, MCONN_LOG_DEBUG, "m", "d", counted());
    assert_int_equal(x.lines, level + 1);
    assert_int_equal(evaluated, level + 1);
  }
  log.write = NULL;
  x.lines = evaluated = 0;
  shell_log(&log, MCONN_LOG_ERROR, "m", "e", counted());
  shell_log_plain(&log, MCONN_LOG_ERROR, "m", "e");
  assert_true(x.lines == 0 && evaluated == 0);
}

/* MC-LOG-01 */
static void a_line_has_level_module_message_and_fields(void **state)
{
  (void)state;
  sink x = { .lines = 0 };
  const mconn_log log = { sink_write, &x, MCONN_LOG_DEBUG };
  static const uint8_t bytes[] = { 1, 2, 3 };
  shell_log(&log, MCONN_LOG_DEBUG, "peer", "received", shell_log_text("id", "abc"), shell_log_number("channel", 7),
            shell_log_bytes("payload", bytes, 3));
  assert_true(x.lines == 1 && x.level == MCONN_LOG_DEBUG && x.n == 3);
  assert_string_equal(x.module, "peer");
  assert_string_equal(x.message, "received");
  assert_true(x.fields[0].kind == MCONN_LOG_TEXT && strcmp(x.fields[0].key, "id") == 0);
  assert_string_equal(x.fields[0].text, "abc");
  assert_true(x.fields[1].kind == MCONN_LOG_NUMBER && x.fields[1].number == 7);
  assert_true(x.fields[2].kind == MCONN_LOG_BYTES && x.fields[2].bytes == bytes && x.fields[2].len == 3);
  shell_log_plain(&log, MCONN_LOG_INFO, "peer", "gone");
  assert_true(x.lines == 2 && x.level == MCONN_LOG_INFO && x.n == 0);
}

/* MC-LOG-02 */
static void payload_leaves_at_debug_only(void **state)
{
  (void)state;
  sink x = { .lines = 0 };
  const mconn_log log = { sink_write, &x, MCONN_LOG_DEBUG };
  static const uint8_t bytes[] = { 1, 2, 3 };
  static const enum mconn_log_level shown[] = { MCONN_LOG_ERROR, MCONN_LOG_INFO };
  for (size_t k = 0; k < 2; k++) {
    shell_log(&log, shown[k], "peer", "received", shell_log_text("id", "abc"), shell_log_bytes("payload", bytes, 3));
    assert_true(x.n == 2 && x.fields[1].kind == MCONN_LOG_NUMBER && x.fields[1].number == 3);
    assert_null(x.fields[1].bytes);
    assert_string_equal(x.fields[1].key, "payload");
    assert_string_equal(x.fields[0].text, "abc");
  }
  shell_log(&log, MCONN_LOG_DEBUG, "peer", "received", shell_log_bytes("payload", bytes, 3));
  assert_true(x.fields[0].kind == MCONN_LOG_BYTES && x.fields[0].bytes == bytes);
}

/* MC-LOG-01 */
static void no_line_has_more_fields_than_a_sink_is_promised(void **state)
{
  (void)state;
  sink x = { .lines = 0 };
  const mconn_log log = { sink_write, &x, MCONN_LOG_INFO };
  mconn_log_field many[SHELL_LOG_FIELDS_MAX + 1];
  for (size_t k = 0; k <= SHELL_LOG_FIELDS_MAX; k++) many[k] = shell_log_number("n", k);
  shell_log_write(&log, MCONN_LOG_INFO, "m", "many", many, SHELL_LOG_FIELDS_MAX + 1);
  assert_int_equal(x.n, SHELL_LOG_FIELDS_MAX);
}

/* What mconn_log_stderr writes for this line; the caller frees it. */
static char *on_stderr(enum mconn_log_level level, const char *message, const mconn_log_field *fields, size_t n)
{
  int p[2], saved = dup(STDERR_FILENO);
  char *text = calloc(1, 8192);
  assert_non_null(text);
  assert_true(saved >= 0 && pipe(p) == 0 && dup2(p[1], STDERR_FILENO) >= 0);
  mconn_log_stderr(NULL, level, "peer", message, fields, n);
  assert_true(dup2(saved, STDERR_FILENO) >= 0);
  close(saved);
  close(p[1]);
  ssize_t got = read(p[0], text, 8191);
  assert_true(got > 0);
  assert_int_equal(read(p[0], text + got, 1), 0);
  close(p[0]);
  return text;
}

/* The line behind its time, which must look like one. */
static void expect_line(const char *wanted, enum mconn_log_level level, const char *message,
                        const mconn_log_field *fields, size_t n)
{
  regex_t time;
  regmatch_t at;
  char *text = on_stderr(level, message, fields, n);
  assert_int_equal(
    regcomp(&time, "^2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6}Z ", REG_EXTENDED), 0);
  assert_int_equal(regexec(&time, text, 1, &at, 0), 0);
  regfree(&time);
  assert_string_equal(text + at.rm_eo, wanted);
  free(text);
}

/* MC-LOG-01 */
static void a_line_on_standard_error_can_be_read(void **state)
{
  (void)state;
  static const uint8_t bytes[] = { 0, 0x0a, 0xff };
  const mconn_log_field fields[] = { shell_log_text("id", "abc"),       shell_log_text("name", "two words"),
                                     shell_log_text("none", ""),        shell_log_text("null", NULL),
                                     shell_log_number("n", UINT64_MAX), shell_log_bytes("payload", bytes, 3) };
  expect_line("ERROR peer: broken\n", MCONN_LOG_ERROR, "broken", NULL, 0);
  expect_line("INFO  peer: added id=abc name=\"two words\"\n", MCONN_LOG_INFO, "added", fields, 2);
  expect_line("DEBUG peer: got none=\"\" null=\"\" n=18446744073709551615 payload=000aff\n", MCONN_LOG_DEBUG, "got",
              fields + 2, 4);
}

/* MC-LOG-01: what a peer sent neither ends the line, nor passes for a field, nor speaks to the terminal */
static void text_of_a_peer_stays_within_its_quotes(void **state)
{
  (void)state;
  const mconn_log_field fields[] = { shell_log_text("a", "x\nERROR peer: forged"), shell_log_text("b", "\x1b[2J"),
                                     shell_log_text("c", "say \"no\" \\"), shell_log_text("d", "k=v"),
                                     shell_log_text("e", "\xff\x7f") };
  expect_line("INFO  peer: added a=\"x\\x0aERROR peer: forged\" b=\"\\x1b[2J\" c=\"say \\x22no\\x22 \\x5c\" d=\"k=v\" "
              "e=\"\\xff\\x7f\"\n",
              MCONN_LOG_INFO, "added", fields, 5);
}

/* MC-LOG-01 */
static void a_line_too_long_is_cut_and_says_so(void **state)
{
  (void)state;
  static uint8_t bytes[4000];
  static char text[4000];
  memset(text, '\n', sizeof text - 1);
  const mconn_log_field fields[] = { shell_log_bytes("payload", bytes, sizeof bytes), shell_log_number("n", 1) };
  const mconn_log_field quoted[] = { shell_log_text("text", text) };
  for (size_t shorter = 0; shorter < 8; shorter++) {
    char message[16] = "12345678";
    message[8 - shorter] = '\0';
    for (int k = 0; k < 2; k++) {
      char *line = on_stderr(MCONN_LOG_DEBUG, message, k == 0 ? fields : quoted, k == 0 ? 2 : 1);
      size_t n = strlen(line);
      assert_true(n > 2000 && n <= 2048);
      assert_string_equal(line + n - 4, "...\n");
      assert_ptr_equal(strchr(line, '\n'), line + n - 1);
      for (size_t j = 0; j + 1 < n; j++) assert_true(isprint((unsigned char)line[j]));
      free(line);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(below_its_level_a_line_is_not_even_made),
    shell_test(a_line_has_level_module_message_and_fields),
    shell_test(payload_leaves_at_debug_only),
    shell_test(no_line_has_more_fields_than_a_sink_is_promised),
    shell_test(a_line_on_standard_error_can_be_read),
    shell_test(text_of_a_peer_stays_within_its_quotes),
    shell_test(a_line_too_long_is_cut_and_says_so),
  };
  return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
