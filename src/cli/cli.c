/* Messages, exit codes and option values of all subcommands; cli.h says why they are in one place. */
#include "cli.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_name = "mconn";

static void say(const char *format, va_list args)
{
  fflush(stdout); /* what was said before stands before, also where both go to one place */
  flockfile(stderr);
  fprintf(stderr, "%s: ", cli_name);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  funlockfile(stderr);
}

void cli_say(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
}

void cli_usage(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
  fprintf(stderr, "Try '%s --help'.\n", cli_name);
  exit(CLI_USAGE);
}

void cli_fail(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
  exit(CLI_USAGE);
}

void cli_write_failed(int error)
{
  /* stdio must not try again at exit, and must not report a second time */
  if (error != EPIPE) fprintf(stderr, "%s: standard output: %s\n", cli_name, strerror(error));
  _exit(CLI_REFUSED);
}

void cli_flush(void)
{
  errno = 0;
  if (fflush(stdout) != 0 || ferror(stdout)) cli_write_failed(errno != 0 ? errno : EIO);
}

enum mconn_dialect cli_dialect(const char *name, const char *text)
{
  if (strcmp(text, "proto") == 0) return MCONN_PROTO;
  if (strcmp(text, "amino") == 0) return MCONN_AMINO;
  cli_usage("%s: '%s' is neither proto nor amino", name, text);
}

const char *cli_dialect_name(enum mconn_dialect d)
{
  return d == MCONN_AMINO ? "amino" : "proto";
}

uint64_t cli_number(const char *name, const char *text, uint64_t least, uint64_t most)
{
  char *end = NULL;
  errno = 0;
  /* strtoull takes a minus sign and turns the number round */
  unsigned long long v = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 0) : 0;
  if (end == NULL || *end != '\0' || errno != 0 || v < least || v > most)
    cli_usage("%s: '%s' is no number from %llu to %llu", name, text, (unsigned long long)least,
              (unsigned long long)most);
  return v;
}

uint64_t cli_seconds(const char *name, const char *text)
{
  char *end = NULL;
  double v = (text[0] >= '0' && text[0] <= '9') || text[0] == '.' ? strtod(text, &end) : 0;
  if (end == NULL || end == text || *end != '\0' || !(v >= 0 && v <= 3600))
    cli_usage("%s: '%s' is no number of seconds from 0 to 3600", name, text);
  return (uint64_t)(v * 1e9 + 0.5);
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *options)
{
  int first = argc;
  argp_err_exit_status = CLI_USAGE;
  argv[0] = (char *)cli_name; /* argp takes the name of messages from here */
  error_t err = argp_parse(argp, argc, argv, 0, &first, options);
  if (err != 0) cli_fail("%s", strerror(err));
  return first;
}
