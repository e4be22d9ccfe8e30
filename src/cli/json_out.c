/* The writer of json_out.h. Text longer than the buffer passes through it in parts. */
#include "json_out.h"
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

json_out json_out_new(int fd, char *buffer, size_t room)
{
  return (json_out){ .fd = fd, .buffer = buffer, .room = room };
}

void jout_flush(json_out *o)
{
  for (size_t done = 0; done < o->used;) {
    ssize_t n = write(o->fd, o->buffer + done, o->used - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cli_write_failed(errno);
    done += (size_t)n;
  }
  o->used = 0;
}

void jout_text(json_out *o, const char *text, size_t n)
{
  while (n > o->room - o->used) {
    size_t part = o->room - o->used;
    memcpy(o->buffer + o->used, text, part);
    o->used = o->room;
    text += part;
    n -= part;
    jout_flush(o);
  }
  memcpy(o->buffer + o->used, text, n);
  o->used += n;
}

void jout_hex(json_out *o, const uint8_t *bytes, size_t n)
{
  while (n > 0) {
    if (o->room - o->used < 2) jout_flush(o);
    size_t part = (o->room - o->used) / 2;
    if (part > n) part = n;
    hex_encode(bytes, part, o->buffer + o->used);
    o->used += 2 * part;
    bytes += part;
    n -= part;
  }
}

void jout_number(json_out *o, uint64_t v)
{
  char digits[20];
  size_t n = sizeof digits;
  do {
    digits[--n] = (char)('0' + v % 10);
    v /= 10;
  } while (v > 0);
  jout_text(o, digits + n, sizeof digits - n);
}

void jout_real(json_out *o, double v)
{
  char text[64];
  int n = snprintf(text, sizeof text, "%.6f", v);
  jout_text(o, text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0);
}

void jout_string(json_out *o, const char *text)
{
  JSON(o, "\"");
  for (; *text != '\0'; text++) {
    char escaped[8];
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      jout_text(o, (char[]){ '\\', (char)c }, 2);
    } else if (c < 0x20) {
      jout_text(o, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c));
    } else {
      jout_text(o, text, 1);
    }
  }
  JSON(o, "\"");
}

static void put_key(json_out *o, const char *key)
{
  JSON(o, ",");
  jout_string(o, key);
  JSON(o, ":");
}

void jout_field_number(json_out *o, const char *key, uint64_t v)
{
  put_key(o, key);
  jout_number(o, v);
}

void jout_field_real(json_out *o, const char *key, double v)
{
  put_key(o, key);
  jout_real(o, v);
}

void jout_field_string(json_out *o, const char *key, const char *v)
{
  put_key(o, key);
  jout_string(o, v);
}
