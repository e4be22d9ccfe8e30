/* Error values as text: every value of the enum has a name, a sentence, and a requirement that spec/mconn.md holds. */
#include "guard.h"
#include "mconn/error.h"
#include "mconn/version.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* A file of the source tree as text. */
static char *file_text(const char *path)
{
  FILE *f = fopen(path, "rb");
  if (f == NULL) fail_msg("%s cannot be read", path);
  static char text[262144];
  size_t n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  assert_true(n > 0 && n < sizeof text - 1);
  text[n] = '\0';
  return text;
}

static void every_value_has_a_requirement_of_the_specification(void **state)
{
  (void)state;
  const char *spec = file_text(MCONN_SOURCE_DIR "/spec/mconn.md");
  for (int e = 1; e < MCONN_E_COUNT; e++) {
    char entry[64];
    const char *id = mconn_requirement((enum mconn_err)e);
    assert_true(strncmp(id, "MC-", 3) == 0);
    assert_true(snprintf(entry, sizeof entry, "\n- **%s** ", id) < (int)sizeof entry);
    const char *at = strstr(spec, entry);
    if (at == NULL) fail_msg("%s is no requirement", id);
    /* the sentence of the requirement names the error */
    const char *end = strchr(at + 1, '\n'), *name = strstr(at, mconn_error_name((enum mconn_err)e));
    if (name == NULL || name > end) fail_msg("%s does not name %s", id, mconn_error_name((enum mconn_err)e));
  }
}

/* error.h gives the number, the name and the requirement of each value; the table must say the same. */
static void the_table_says_what_the_header_says(void **state)
{
  (void)state;
  const char *header = file_text(MCONN_SOURCE_DIR "/src/core/error.h");
  for (int e = 1; e < MCONN_E_COUNT; e++) {
    char row[96];
    const char *name = mconn_error_name((enum mconn_err)e);
    assert_true(snprintf(row, sizeof row, "  %s = %d,", name, e) < (int)sizeof row);
    const char *at = strstr(header, row);
    if (at == NULL) fail_msg("error.h has no line \"%s\"", row);
    const char *end = strchr(at, '\n'), *id = strstr(at, mconn_requirement((enum mconn_err)e));
    if (id == NULL || id > end) fail_msg("error.h names another requirement for %s", name);
  }
}

static void every_value_has_its_own_name_and_sentence(void **state)
{
  (void)state;
  for (int e = 0; e < MCONN_E_COUNT; e++) {
    const char *sentence = mconn_strerror((enum mconn_err)e);
    assert_true(strlen(sentence) >= 8 && sentence[strlen(sentence) - 1] != '.' && !isupper((unsigned char)sentence[0]));
    assert_string_not_equal(sentence, "unknown error");
    for (int other = 0; other < e; other++) {
      assert_string_not_equal(sentence, mconn_strerror((enum mconn_err)other));
      assert_string_not_equal(mconn_error_name((enum mconn_err)e), mconn_error_name((enum mconn_err)other));
      assert_string_not_equal(mconn_requirement((enum mconn_err)e), mconn_requirement((enum mconn_err)other));
    }
  }
}

static void what_is_no_error_value_is_unknown(void **state)
{
  (void)state;
  static const int numbers[] = { MCONN_E_COUNT, MCONN_E_COUNT + 1, -1, 0x7FFFFFFF, -0x7FFFFFFF - 1 };
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    volatile int number = numbers[k];
    enum mconn_err e;
    int copy = number;
    memcpy(&e, &copy, sizeof e);
    assert_string_equal(mconn_strerror(e), "unknown error");
    assert_string_equal(mconn_error_name(e), "MCONN_E_UNKNOWN");
    assert_string_equal(mconn_requirement(e), "");
  }
}

static void no_error_names_no_requirement(void **state)
{
  (void)state;
  assert_string_equal(mconn_requirement(MCONN_OK), "");
  assert_string_equal(mconn_error_name(MCONN_OK), "MCONN_OK");
  assert_string_equal(mconn_version(), MCONN_VERSION);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_value_has_a_requirement_of_the_specification),
    cmocka_unit_test(the_table_says_what_the_header_says),
    cmocka_unit_test(every_value_has_its_own_name_and_sentence),
    cmocka_unit_test(what_is_no_error_value_is_unknown),
    cmocka_unit_test(no_error_names_no_requirement),
  };
  return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
