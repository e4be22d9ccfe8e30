/* Decodes and judges node infos, one hex line each, as the command nodeinfo of go/peer does with upstream's code:
 * the same words in the same order, so that two files of lines can be compared. Not installed and no part of the
 * command mconn: it exists so that the core's node info is held against upstream's before anything else uses it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/nodeinfo.h"
#include "core/nodeinfo_put.h"
#include "core/nodeinfo_rules.h"

#define LINE_BYTES_MAX 65536

static const char *rule(enum mconn_err err)
{
  switch (err) {
  case MCONN_OK: return "ok";
  case MCONN_E_NODE_ID:
  case MCONN_E_NODEINFO_ADDRESS: return "address";
  case MCONN_E_NODEINFO_VERSION: return "version";
  case MCONN_E_NODEINFO_CHANNELS: return "channels";
  case MCONN_E_NODEINFO_MONIKER: return "moniker";
  case MCONN_E_NODEINFO_TX_INDEX: return "tx_index";
  case MCONN_E_NODEINFO_RPC_ADDRESS: return "rpc_address";
  case MCONN_E_NODEINFO_BLOCK_VERSION: return "block_version";
  case MCONN_E_NODEINFO_NETWORK: return "network";
  case MCONN_E_NODEINFO_NO_CHANNEL: return "no_channel";
  default: return "unexpected";
  }
}

static void print_hex(const uint8_t *p, size_t n)
{
  for (size_t k = 0; k < n; k++) printf("%02x", p[k]);
}

static void print_text(const uint8_t *p, mconn_span s)
{
  putchar(' ');
  if (s.len == 0) putchar('-');
  print_hex(p + s.from, s.len);
}

static void print_whole(enum mconn_dialect d, const uint8_t *p, mconn_nodeinfo_read r, enum mconn_err together)
{
  static uint8_t o[MCONN_NODEINFO_BYTES_MAX];
  size_t n = mconn_nodeinfo_len(d, r.x);
  printf("whole %zu ", r.z);
  if (n == 0) printf("too_big");
  else print_hex(o, mconn_nodeinfo_put(d, o, 0, p, r.x));
  printf(" %s %s %llu %llu %llu", rule(mconn_nodeinfo_check(p, r.x).err), rule(together), (unsigned long long)r.x.p2p,
         (unsigned long long)r.x.block, (unsigned long long)r.x.app);
  const mconn_span texts[] = { r.x.id,       r.x.listen_addr, r.x.network,  r.x.version,
                               r.x.channels, r.x.moniker,     r.x.tx_index, r.x.rpc_address };
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) print_text(p, texts[k]);
  putchar('\n');
}

static int digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t read_hex(const char *s, uint8_t *p)
{
  size_t n = 0;
  for (; digit(s[0]) >= 0 && digit(s[1]) >= 0; s += 2) p[n++] = (uint8_t)(16 * digit(s[0]) + digit(s[1]));
  if (*s == '\n' || *s == '\0') return n;
  fprintf(stderr, "nodeinfo: a line is not hex\n");
  exit(2);
}

int main(int argc, char **argv)
{
  static char line[2 * LINE_BYTES_MAX + 2];
  static uint8_t room[2][LINE_BYTES_MAX];
  if (argc != 2 || (strcmp(argv[1], "proto") != 0 && strcmp(argv[1], "amino") != 0)) {
    fprintf(stderr, "usage: nodeinfo proto|amino <LINES\n");
    return 2;
  }
  enum mconn_dialect d = strcmp(argv[1], "amino") == 0 ? MCONN_AMINO : MCONN_PROTO;
  mconn_nodeinfo before = { 0 };
  int own = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    uint8_t *p = room[1 - own];
    size_t n = read_hex(line, p);
    mconn_nodeinfo_read r = mconn_nodeinfo_get(d, p, 0, n);
    if (!r.whole) {
      puts(r.err == MCONN_OK ? "need_more" : "refused");
      continue;
    }
    print_whole(d, p, r, mconn_nodeinfo_compatible(room[own], before, p, r.x));
    before = r.x;
    own = 1 - own;
  }
  return 0;
}
