/* What the subcommands share: names, exit codes, and how a bad argument ends the command.
 *
 * The rules of a good citizen of a pipe are kept here once: data on standard output, messages on
 * standard error, exit code 2 for what the user can mend, a quiet end when the reader has gone. */
#ifndef MCONN_CLI_H
#define MCONN_CLI_H
#include "mconn/mconn.h"
#include <argp.h>

enum cli_exit {
  CLI_OK = 0,
  CLI_REFUSED = 1, /* the bytes or the peer were refused, a check failed, or output could not be written */
  CLI_USAGE = 2    /* an argument, the input's form or the environment */
};

/* In every --help. */
#define CLI_EXIT_TEXT                                                                                                  \
  "\nExit status:\n"                                                                                                   \
  "  0  all went well\n"                                                                                               \
  "  1  bytes or peer refused, a check failed, or output not writable\n"                                               \
  "  2  bad argument, malformed input, or the environment\n"

typedef struct {
  const char *name, *summary;
  int (*run)(int argc, char **argv);
} cli_command;

int cmd_decode(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_echo(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_bench(int argc, char **argv);

/* "mconn decode", for messages; set by main before the command runs. */
extern const char *cli_name;

/* "mconn decode: TEXT" on standard error. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, then how to get help; ends the process with CLI_USAGE. */
void cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* The same without the hint: the environment or the input is at fault, not the way of calling. */
void cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* Standard output took no more bytes: ends the process with CLI_REFUSED, without a word if the reader has gone. */
void cli_write_failed(int error) __attribute__((noreturn));
/* Flushes stdio's standard output, with cli_write_failed where that fails. */
void cli_flush(void);

/* ---- values of options; each ends the command where the text is no such value. `name` is "--max". */

enum mconn_dialect cli_dialect(const char *name, const char *text);
uint64_t cli_number(const char *name, const char *text, uint64_t least, uint64_t most);
/* Seconds with fractions, as nanoseconds; at most an hour. */
uint64_t cli_seconds(const char *name, const char *text);
/* argp_parse with our exit code; returns the index of the first argument that is no option. */
int cli_parse(const struct argp *argp, int argc, char **argv, void *options);

const char *cli_dialect_name(enum mconn_dialect d);
#endif
