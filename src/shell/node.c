#include "node.h"
#include <stdlib.h>
#include <string.h>

/* Where the strings of a node info are: all of them, in one place. */
#define TEXTS 7
static void texts(const mconn_node_info *x, const char *t[TEXTS])
{
  const char *all[TEXTS] = {
    x->id, x->listen_address, x->network, x->version, x->moniker, x->tx_index, x->rpc_address
  };
  for (int k = 0; k < TEXTS; k++) t[k] = all[k] != NULL ? all[k] : "";
}

mconn_node_info *node_copy(const mconn_node_info *x)
{
  const char *t[TEXTS];
  char *copy[TEXTS];
  texts(x, t);
  size_t room = x->channel_count;
  for (int k = 0; k < TEXTS; k++) room += strlen(t[k]) + 1;
  mconn_node_info *y = malloc(sizeof *y + room);
  if (y == NULL) return NULL;
  *y = *x;
  char *at = (char *)(y + 1);
  for (int k = 0; k < TEXTS; k++) {
    const size_t n = strlen(t[k]) + 1;
    copy[k] = memcpy(at, t[k], n);
    at += n;
  }
  y->id = copy[0];
  y->listen_address = copy[1];
  y->network = copy[2];
  y->version = copy[3];
  y->moniker = copy[4];
  y->tx_index = copy[5];
  y->rpc_address = copy[6];
  if (x->channel_count > 0) memcpy(at, x->channels, x->channel_count);
  y->channels = (const uint8_t *)at;
  return y;
}
