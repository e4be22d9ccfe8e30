/* Reading for decode and encode. A line may be as long as an index of the core allows; what is longer
 * is refused by name, not cut. */
#include "input.h"
#include "cli.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256u * 1024u)
#define TEXT_MAX (2ull * MCONN_INDEX_MAX + 2) /* two digits for each byte the core can index */

int input_open(const char *name)
{
  if (strcmp(name, "-") == 0) return STDIN_FILENO;
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) cli_fail("%s: %s", name, strerror(errno));
  return fd;
}

const char *input_name(const char *name)
{
  return strcmp(name, "-") == 0 ? "standard input" : name;
}

/* A pipe holds 64 KiB unless asked; with more, its two ends wait for each other less often. Only a wish. */
void input_widen_pipe(int fd)
{
  (void)fcntl(fd, F_SETPIPE_SZ, 4 * BLOCK_BYTES);
}

input_lines input_lines_new(int fd, const char *name)
{
  input_widen_pipe(fd);
  return (input_lines){ .fd = fd, .name = name };
}

void input_lines_free(input_lines *in)
{
  free(in->buffer);
  if (in->fd != STDIN_FILENO) close(in->fd);
}

/* Room for one more block behind `end`. */
static void make_room(char **buffer, size_t *room, size_t end, const char *name)
{
  if (*room - end >= BLOCK_BYTES) return;
  size_t want = *room == 0 ? 2 * BLOCK_BYTES : 2 * *room;
  if (want > TEXT_MAX + 2 * BLOCK_BYTES) cli_fail("%s: more than %llu bytes at a time", name, TEXT_MAX);
  char *p = realloc(*buffer, want);
  if (p == NULL) cli_fail("%s: no memory for %zu bytes", name, want);
  *buffer = p;
  *room = want;
}

static size_t read_block(int fd, const char *name, char *to)
{
  ssize_t n;
  do n = read(fd, to, BLOCK_BYTES);
  while (n < 0 && errno == EINTR);
  if (n < 0) cli_fail("%s: %s", name, strerror(errno));
  return (size_t)n;
}

/* What is left moves to the front, and a block follows it. */
static void fill(input_lines *in)
{
  if (in->begin > 0) {
    memmove(in->buffer, in->buffer + in->begin, in->end - in->begin);
    in->end -= in->begin;
    in->begin = 0;
  }
  make_room(&in->buffer, &in->room, in->end, in->name);
  size_t n = read_block(in->fd, in->name, in->buffer + in->end);
  if (n == 0) in->at_end = true;
  in->end += n;
}

input_line input_next(input_lines *in)
{
  size_t seen = 0; /* bytes of this line known to hold no line end */
  for (;;) {
    char *line = in->buffer + in->begin;
    size_t n = in->end - in->begin;
    char *stop = n > seen ? memchr(line + seen, '\n', n - seen) : NULL;
    if (stop == NULL && !in->at_end) {
      seen = n;
      fill(in);
      continue;
    }
    if (stop == NULL && n == 0) return (input_line){ NULL, 0 };
    size_t len = stop != NULL ? (size_t)(stop - line) : n;
    in->begin += stop != NULL ? len + 1 : len;
    in->number++;
    return (input_line){ line, len };
  }
}

bool input_has_line(const input_lines *in)
{
  return in->end > in->begin && memchr(in->buffer + in->begin, '\n', in->end - in->begin) != NULL;
}

char *input_all(int fd, const char *name, size_t *len)
{
  char *buffer = NULL;
  size_t room = 0, end = 0, n;
  do {
    make_room(&buffer, &room, end, name);
    n = read_block(fd, name, buffer + end);
    end += n;
  } while (n > 0);
  *len = end;
  return buffer;
}
