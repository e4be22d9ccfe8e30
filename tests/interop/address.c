/* Judges addresses and IP addresses, one line each, as the command address of go/peer does with upstream's code: the
 * same words in the same order, so that two files of lines can be compared. No part of the command mconn. What is
 * compared is what the core reads; the host of an address is read as numbers here, as whoever dials it does, and
 * no name is looked up. */
#include "core/address.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 4096
#define HOST_BYTES_MAX 64
#define OTHER_ID "0123456789abcdef0123456789abcdef01234567" /* of a listen address; go/peer/nodeinfo.go */

static void print_hex(const uint8_t *p, size_t n)
{
  for (size_t k = 0; k < n; k++) printf("%02x", p[k]);
}

/* The 16 bytes of a numeric host, one of version 4 mapped; false for a name. A zone says which link, not which
 * address. */
static bool numeric(const uint8_t *host, size_t n, uint8_t *ip)
{
  char text[HOST_BYTES_MAX];
  struct in_addr four;
  if (n >= sizeof text || memchr(host, '\0', n) != NULL) return false;
  memcpy(text, host, n);
  text[n] = '\0';
  memcpy(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (inet_pton(AF_INET, text, &four) == 1) {
    memcpy(ip + 12, &four, 4);
    return true;
  }
  char *zone = strchr(text, '%');
  if (zone != NULL && zone[1] != '\0') *zone = '\0';
  return inet_pton(AF_INET6, text, ip) == 1;
}

static void print_address(const uint8_t *p, mconn_address a, const uint8_t *id)
{
  uint8_t ip[16];
  const size_t n = a.host_to - a.host_from;
  if (a.err != MCONN_OK) {
    puts("refused");
    return;
  }
  const bool is_ip = numeric(p + a.host_from, n, ip);
  printf(is_ip ? "ip " : "name ");
  print_hex(id, MCONN_NODE_ID_DIGITS);
  putchar(' ');
  if (is_ip) print_hex(ip, sizeof ip);
  else print_hex(p + a.host_from, n);
  printf(" %u\n", (unsigned)a.port);
}

static size_t read_hex(const char *s, uint8_t *p)
{
  size_t n = 0;
  for (; mconn_hex_value((uint8_t)s[0]) < 16 && mconn_hex_value((uint8_t)s[1]) < 16; s += 2)
    p[n++] = (uint8_t)(16 * mconn_hex_value((uint8_t)s[0]) + mconn_hex_value((uint8_t)s[1]));
  if (*s == '\n' || *s == '\0') return n;
  fprintf(stderr, "address: a line is not hex\n");
  exit(2);
}

int main(void)
{
  static char line[2 * LINE_BYTES_MAX + 4];
  static uint8_t p[LINE_BYTES_MAX + 2];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const size_t n = strlen(line) < 2 ? 0 : read_hex(line + 2, p);
    if (line[0] == 'A') {
      const mconn_address a = mconn_address_get(p, 0, n);
      print_address(p, a, p + a.id_from);
    } else if (line[0] == 'L') {
      print_address(p, mconn_host_port_get(p, 0, n), (const uint8_t *)OTHER_ID);
    } else if (line[0] == 'I' && n == 16) {
      printf("routable %s\n", mconn_ip_routable(p) ? "true" : "false");
    } else {
      fprintf(stderr, "address: a line is neither address nor IP address\n");
      return 2;
    }
  }
  return 0;
}
