/* Hex digits to bytes and back, at the speed of a pipe. */
#ifndef MCONN_CLI_HEX_H
#define MCONN_CLI_HEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  bool ok;
  size_t len; /* ok: bytes written; else index of the character at fault, n when a digit is missing at the end */
} hex_result;

/* The n characters of text as bytes to out, which may be text itself. Blanks, tabs and line ends may stand
 * between bytes, not inside one. */
hex_result hex_decode(const char *text, size_t n, uint8_t *out);

/* Two lower-case digits for each of n bytes; out has room for 2 * n characters. */
void hex_encode(const uint8_t *bytes, size_t n, char *out);
#endif
