/* Logging through one sink that the caller supplies. The library writes nothing anywhere by itself.
 *
 * A line is a level, a message that is the same for every occurrence, and key/value fields; so a log can
 * be read by people and filtered by machines. Payload bytes appear at MCONN_LOG_DEBUG only. */
#ifndef MCONN_LOG_H
#define MCONN_LOG_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
enum mconn_log_level { MCONN_LOG_ERROR = 0, MCONN_LOG_INFO = 1, MCONN_LOG_DEBUG = 2 };

enum mconn_log_kind { MCONN_LOG_TEXT, MCONN_LOG_NUMBER, MCONN_LOG_BYTES };
typedef struct {
  const char *key;
  enum mconn_log_kind kind;
  const char *text;     /* MCONN_LOG_TEXT */
  uint64_t number;      /* MCONN_LOG_NUMBER */
  const uint8_t *bytes; /* MCONN_LOG_BYTES */
  size_t len;
} mconn_log_field;

/* Called on any thread of the library and on threads that call it, several at once, never with a lock held.
 * Everything is the library's and only valid during the call. It may call whatever a callback may; what it calls
 * makes no lines, and what would wait for its own end is refused as in a callback. */
typedef struct {
  void (*write)(void *user, enum mconn_log_level level, const char *module, const char *message,
                const mconn_log_field *fields, size_t n); /* NULL: nothing is logged */
  void *user;
  enum mconn_log_level level; /* lines above it are not made; looked at once by a connection, when it is made */
} mconn_log;

/* A sink for people: one line each on standard error, time first. user: unused. */
void mconn_log_stderr(void *user, enum mconn_log_level level, const char *module, const char *message,
                      const mconn_log_field *fields, size_t n);
#ifdef __cplusplus
}
#endif
#endif
