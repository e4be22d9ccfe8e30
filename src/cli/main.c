/* The command `mconn`: finds the subcommand and hands over. */
#include "cli.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const cli_command commands[] = {
  { "decode", "packets in readable form; on refusal, the byte and the requirement", cmd_decode },
  { "encode", "bytes from the JSON that decode --lines writes", cmd_encode },
  { "echo", "a peer that returns every message on its channel", cmd_echo },
  { "demo", "two endpoints over loopback, traffic checked on five channels", cmd_demo },
  { "bench", "throughput, round trips and processor time, with the bare socket beside", cmd_bench },
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
  fputs("Usage: mconn COMMAND [OPTION...]\n"
        "The Tendermint/CometBFT peer connection.\n\n"
        "Commands:\n",
        out);
  for (size_t i = 0; i < COMMANDS; i++) fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
  fputs("  help     this text, or with a command its own\n"
        "  version  the version\n\n"
        "'mconn COMMAND --help' explains a command and shows examples.\n" CLI_EXIT_TEXT,
        out);
}

static const cli_command *find(const char *name)
{
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

static int run(const cli_command *command, int argc, char **argv)
{
  static char name[32];
  snprintf(name, sizeof name, "mconn %s", command->name);
  cli_name = name;
  int status = command->run(argc, argv);
  cli_flush();
  return status;
}

static int help(int argc, char **argv)
{
  if (argc == 0) {
    print_help(stdout);
    cli_flush();
    return CLI_OK;
  }
  const cli_command *command = find(argv[0]);
  if (command == NULL) cli_usage("help: there is no command '%s'", argv[0]);
  char dashes[] = "--help";
  return run(command, 2, (char *[]){ argv[0], dashes, NULL });
}

static bool is_any(const char *word, const char *a, const char *b, const char *c)
{
  return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int main(int argc, char **argv)
{
  signal(SIGPIPE, SIG_IGN); /* a reader that has gone is an error of write, see cli_write_failed */
  if (argc < 2) {
    print_help(stderr);
    return CLI_USAGE;
  }
  if (is_any(argv[1], "help", "--help", "-h")) return help(argc - 2, argv + 2);
  if (is_any(argv[1], "version", "--version", "-V")) {
    printf("mconn %s\n", mconn_version());
    cli_flush();
    return CLI_OK;
  }
  const cli_command *command = find(argv[1]);
  if (command == NULL) cli_usage("there is no command '%s'", argv[1]);
  return run(command, argc - 1, argv + 1);
}
