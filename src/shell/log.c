/* The one place that calls a sink, and a sink for people. What a peer sent may stand in a line, so nothing in
 * it may end the line, pass for another, or speak to the terminal: whatever is not printable ASCII is escaped. */
#include "shell/log.h"
#include "shell/threads.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 2048u /* of a line on standard error; what does not fit is cut, and the cut is marked */
static const char cut[] = "...\n";

static _Thread_local bool inside;

bool shell_log_inside(void)
{
  return inside;
}

void shell_log_write(const mconn_log *log, enum mconn_log_level level, const char *module, const char *message,
                     const mconn_log_field *fields, size_t n)
{
  if (!shell_log_on(log, level) || inside) return;
  if (n > SHELL_LOG_FIELDS_MAX) n = SHELL_LOG_FIELDS_MAX;
  mconn_log_field shown[SHELL_LOG_FIELDS_MAX];
  for (size_t k = 0; k < n; k++) {
    shown[k] = fields[k];
    if (fields[k].kind == MCONN_LOG_BYTES && level != MCONN_LOG_DEBUG)
      shown[k] = shell_log_number(fields[k].key, fields[k].len);
  }
  inside = true;
  shell_enter_user();
  log->write(log->user, level, module, message, n > 0 ? shown : NULL, n);
  shell_leave_user();
  inside = false;
}

typedef struct {
  char text[LINE_BYTES];
  size_t n;
  bool full; /* something was left out */
} line;

static void put(line *l, const char *text)
{
  size_t n = strlen(text);
  if (l->full || n > LINE_BYTES - sizeof cut - l->n) {
    l->full = true;
    return;
  }
  memcpy(l->text + l->n, text, n);
  l->n += n;
}

static bool plain(char c)
{
  return c > ' ' && c < 0x7F && c != '"' && c != '\\' && c != '=';
}

/* As it is where it is one plain word, else in quotes. */
static void put_text(line *l, const char *text)
{
  size_t k = 0;
  while (plain(text[k])) k++;
  if (k > 0 && text[k] == '\0') {
    put(l, text);
    return;
  }
  put(l, "\"");
  for (k = 0; text[k] != '\0' && !l->full; k++) {
    char one[] = { text[k], '\0' }, escaped[5];
    snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)(unsigned char)text[k]);
    put(l, plain(text[k]) || text[k] == ' ' || text[k] == '=' ? one : escaped);
  }
  put(l, "\"");
}

static void put_field(line *l, const mconn_log_field *f)
{
  char number[24];
  put(l, " ");
  put(l, f->key);
  put(l, "=");
  if (f->kind == MCONN_LOG_TEXT) put_text(l, f->text != NULL ? f->text : "");
  if (f->kind == MCONN_LOG_NUMBER) {
    snprintf(number, sizeof number, "%llu", (unsigned long long)f->number);
    put(l, number);
  }
  for (size_t k = 0; f->kind == MCONN_LOG_BYTES && k < f->len && !l->full; k++) {
    snprintf(number, sizeof number, "%02x", (unsigned)f->bytes[k]);
    put(l, number);
  }
}

static void put_time(line *l)
{
  struct timespec now;
  struct tm utc;
  char text[40];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(text + n, sizeof text - n, ".%06ldZ", now.tv_nsec / 1000);
  put(l, text);
}

/* The line goes out in one write, so that lines of several threads do not mix. */
void mconn_log_stderr(void *user, enum mconn_log_level level, const char *module, const char *message,
                      const mconn_log_field *fields, size_t n)
{
  (void)user;
  line l = { .n = 0, .full = false };
  int before = errno;
  put_time(&l);
  put(&l, level == MCONN_LOG_ERROR ? " ERROR " : level == MCONN_LOG_INFO ? " INFO  " : " DEBUG ");
  put(&l, module);
  put(&l, ": ");
  put(&l, message);
  for (size_t k = 0; k < n; k++) put_field(&l, &fields[k]);
  size_t tail = l.full ? strlen(cut) : 1;
  memcpy(l.text + l.n, l.full ? cut : "\n", tail);
  while (write(STDERR_FILENO, l.text, l.n + tail) < 0 && errno == EINTR) {}
  errno = before;
}
