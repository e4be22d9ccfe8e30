/* Runs one codec operation a known number of times between two marks, for a counter of instructions:
 * insn decode|headers proto|amino PAYLOAD. The count does not depend on the machine's load. Prints the
 * number of packets inside the marks. */
#include "codec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1000, ROOM = 1 << 21 };
static uint8_t data[1024], buffer[ROOM];

/* The marked functions: callgrind collects only inside them. */
__attribute__((noinline)) uint64_t marked_decode(int amino, size_t n)
{
  return amino ? mconn_amino_decode(buffer, n) : mconn_proto_decode(buffer, n);
}
__attribute__((noinline)) uint64_t marked_headers(int amino, size_t len)
{
  return amino ? mconn_amino_headers(buffer, ROOM, len, COUNT) : mconn_proto_headers(buffer, ROOM, len, COUNT);
}

int main(int argc, char **argv)
{
  if (argc != 4) {
    fprintf(stderr, "usage: insn decode|headers proto|amino PAYLOAD\n");
    return 2;
  }
  int amino = strcmp(argv[2], "amino") == 0;
  size_t len = strtoul(argv[3], NULL, 10);
  if (len > sizeof data) return 2;
  if (strcmp(argv[1], "headers") == 0) {
    if (marked_headers(amino, len) == 0) return 1;
  } else {
    size_t n = (amino ? mconn_amino_encode : mconn_proto_encode)(buffer, ROOM, data, len, COUNT);
    if (marked_decode(amino, n) != COUNT * (uint64_t)(CHANNEL + 1 + len)) return 1;
  }
  printf("%d\n", COUNT);
  return 0;
}
