/* A table look-up for each digit; a branch per byte is enough, because a wrong character ends the run. */
#include "hex.h"

#define BAD 0x80 /* outside the range of a digit, and kept by or-ing two of them */

static uint8_t digit[256];
static char pair[256][2];

/* The tables are computed once, before main, so that no call has to ask. */
__attribute__((constructor)) static void tables_init(void)
{
  static const char digits[] = "0123456789abcdef";
  for (unsigned i = 0; i < 256; i++) {
    digit[i] = BAD;
    pair[i][0] = digits[i >> 4];
    pair[i][1] = digits[i & 15];
  }
  for (unsigned i = 0; i < 16; i++) {
    digit[(uint8_t)digits[i]] = (uint8_t)i;
    if (i > 9) digit[(uint8_t)(digits[i] - 'a' + 'A')] = (uint8_t)i;
  }
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

hex_result hex_decode(const char *text, size_t n, uint8_t *out)
{
  size_t i = 0, len = 0;
  for (;;) {
    while (n - i >= 2) {
      unsigned hi = digit[(uint8_t)text[i]], lo = digit[(uint8_t)text[i + 1]];
      if ((hi | lo) & BAD) break;
      out[len++] = (uint8_t)(hi << 4 | lo);
      i += 2;
    }
    if (i == n) return (hex_result){ true, len };
    if (is_blank(text[i])) {
      i++;
      continue;
    }
    bool first_is_digit = digit[(uint8_t)text[i]] != BAD;
    return (hex_result){ false, first_is_digit ? i + 1 : i };
  }
}

void hex_encode(const uint8_t *bytes, size_t n, char *out)
{
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = pair[bytes[i]][0];
    out[2 * i + 1] = pair[bytes[i]][1];
  }
}
