/* Input of decode and encode: a whole file, or line after line, in large blocks. */
#ifndef MCONN_CLI_INPUT_H
#define MCONN_CLI_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines of a file descriptor. The buffer grows to the longest line and is used again for each. */
typedef struct {
  int fd;
  const char *name; /* for messages */
  char *buffer;
  size_t room, begin, end;
  bool at_end;     /* of the file */
  uint64_t number; /* of the line last returned, from 1 */
} input_lines;

typedef struct {
  char *text; /* writable, valid until the next call; NULL: no more lines */
  size_t len; /* without the line end */
} input_line;

/* A file by name, "-" being standard input; ends the command (cli_fail) where it cannot be opened. */
int input_open(const char *name);
const char *input_name(const char *name);
/* Room for a mebibyte where fd is a pipe, of either direction, and the system agrees. */
void input_widen_pipe(int fd);
input_lines input_lines_new(int fd, const char *name);
input_line input_next(input_lines *in);
/* True if the next line is there without waiting for the file. */
bool input_has_line(const input_lines *in);
void input_lines_free(input_lines *in);

/* All bytes of fd; the caller frees them. Ends the command where they cannot be read. */
char *input_all(int fd, const char *name, size_t *len);
#endif
