/* Lines for the caller's sink, made only when its level asks for them.
 *
 * What goes wrong with logs is their cost where nobody reads them, and what they give away where somebody
 * does. So the fields of a line are not even evaluated below its level, and bytes, which are always a
 * payload, leave at MCONN_LOG_DEBUG only: elsewhere their number stands in their place (MC-LOG-02). */
#ifndef MCONN_SHELL_LOG_H
#define MCONN_SHELL_LOG_H
#include "mconn/log.h"
#include <stdbool.h>

#define SHELL_LOG_FIELDS_MAX 16u /* of one line */

static inline bool shell_log_on(const mconn_log *log, enum mconn_log_level level)
{
  return log->write != NULL && level <= log->level;
}

static inline mconn_log_field shell_log_text(const char *key, const char *text)
{
  return (mconn_log_field){ .key = key, .kind = MCONN_LOG_TEXT, .text = text };
}

static inline mconn_log_field shell_log_number(const char *key, uint64_t number)
{
  return (mconn_log_field){ .key = key, .kind = MCONN_LOG_NUMBER, .number = number };
}

static inline mconn_log_field shell_log_bytes(const char *key, const uint8_t *bytes, size_t len)
{
  return (mconn_log_field){ .key = key, .kind = MCONN_LOG_BYTES, .bytes = bytes, .len = len };
}

/* Hands one line to the sink if it wants lines of this level. Never call it with a lock held: the sink is
 * the user's code, and may call the library again; what it calls makes no lines, or there would be no end of
 * them. A log that may be replaced meanwhile is copied first. */
void shell_log_write(const mconn_log *log, enum mconn_log_level level, const char *module, const char *message,
                     const mconn_log_field *fields, size_t n);
/* This is a sink's thread, in the sink: what would wait for a line to end must not. */
bool shell_log_inside(void);

/* A line with at least one field: shell_log(&log, MCONN_LOG_INFO, "switch", "peer added",
 * shell_log_text("peer", id), shell_log_number("peers", n)). For a line without, shell_log_plain. */
#define shell_log(log, level, module, message, ...)                                                                    \
  do {                                                                                                                 \
    if (shell_log_on((log), (level))) {                                                                                \
      const mconn_log_field shell_fields[] = { __VA_ARGS__ };                                                          \
      _Static_assert(sizeof shell_fields / sizeof *shell_fields <= SHELL_LOG_FIELDS_MAX, "too many fields in a line"); \
      shell_log_write((log), (level), (module), (message), shell_fields, sizeof shell_fields / sizeof *shell_fields);  \
    }                                                                                                                  \
  } while (0)

static inline void shell_log_plain(const mconn_log *log, enum mconn_log_level level, const char *module,
                                   const char *message)
{
  shell_log_write(log, level, module, message, NULL, 0);
}
#endif
