/* JSON to a file descriptor through a caller's buffer, append only: no tree, no allocation.
 *
 * One JSON object per line is written up to a million times a second (decode --lines), so the writer
 * is a buffer and a few copies. Well-formedness is the caller's: it writes commas and braces itself. */
#ifndef MCONN_CLI_JSON_OUT_H
#define MCONN_CLI_JSON_OUT_H
#include "hex.h"
#include <string.h>

typedef struct {
  int fd;
  char *buffer;
  size_t used, room; /* room >= 64 */
} json_out;

json_out json_out_new(int fd, char *buffer, size_t room);
/* Everything buffered to fd; ends the process where that fails (cli_write_failed). */
void jout_flush(json_out *o);
void jout_text(json_out *o, const char *text, size_t n);
void jout_hex(json_out *o, const uint8_t *bytes, size_t n);
void jout_number(json_out *o, uint64_t v);
/* A double with at most six digits behind the point. */
void jout_real(json_out *o, double v);
/* A string with its quotes, control characters and quotes inside escaped; the rest is taken as UTF-8. */
void jout_string(json_out *o, const char *text);

/* A comma, the key and the value: the next member of an object. */
void jout_field_number(json_out *o, const char *key, uint64_t v);
void jout_field_real(json_out *o, const char *key, double v);
void jout_field_string(json_out *o, const char *key, const char *v);

#define JSON(o, literal) jout_text((o), (literal), sizeof(literal) - 1)
#endif
