/* Bytes written as a person reads them: "1a02 0820". */
#ifndef MCONN_TEST_BYTES_H
#define MCONN_TEST_BYTES_H
#include "guard.h"

typedef struct {
  uint8_t p[2048];
  size_t n;
} bytes;

static inline int bytes_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

static inline bytes hex(const char *s)
{
  bytes b = { { 0 }, 0 };
  while (*s != '\0') {
    if (*s == ' ') {
      s++;
      continue;
    }
    int hi = bytes_digit(s[0]), lo = hi < 0 ? -1 : bytes_digit(s[1]);
    if (lo < 0 || b.n == sizeof b.p) fail_msg("bad hex at \"%s\"", s);
    b.p[b.n++] = (uint8_t)(16 * hi + lo);
    s += 2;
  }
  return b;
}
#endif
