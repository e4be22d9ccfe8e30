/* The generations of upstream as a table. A row is the newest patch release of its name; where an older one
 * differs, spec/divergences.md has a row. */
#include "mconn/profile.h"
#include <string.h>

#define MS 1000000ull

static const mconn_profile profiles[] = {
  { "tm-v0.27", MCONN_AMINO, 100 * MS, 512000, 5120000, 5, 8, "tendermint", 0 },
  { "tm-v0.28", MCONN_AMINO, 100 * MS, 512000, 5120000, 5, 8, "tendermint", 0 },
  { "tm-v0.29", MCONN_AMINO, 100 * MS, 512000, 5120000, 6, 9, "tendermint", 0 },
  { "tm-v0.30", MCONN_AMINO, 100 * MS, 512000, 5120000, 7, 10, "tendermint", 0 },
  { "tm-v0.31", MCONN_AMINO, 100 * MS, 512000, 5120000, 7, 10, "tendermint", 0 },
  { "tm-v0.32", MCONN_AMINO, 100 * MS, 512000, 5120000, 7, 10, "tendermint", 0 },
  { "tm-v0.33", MCONN_AMINO, 100 * MS, 512000, 5120000, 7, 10, "tendermint", 0 },
  { "tm-v0.34", MCONN_PROTO, 100 * MS, 512000, 5120000, 8, 11, "tendermint", 0 },
  { "cometbft-v0.34", MCONN_PROTO, 100 * MS, 512000, 5120000, 8, 11, "cometbft", 0 },
  { "cometbft-v0.37", MCONN_PROTO, 100 * MS, 512000, 5120000, 8, 11, "cometbft", 1 },
  { "cometbft-v0.38", MCONN_PROTO, 100 * MS, 512000, 5120000, 8, 11, "cometbft", 1 },
  { "cometbft-v0.39", MCONN_PROTO, 10 * MS, 512000, 5120000, 8, 11, "cometbft", 1 },
  { "cometbft-v0.40", MCONN_PROTO, 10 * MS, 512000, 5120000, 8, 11, "cometbft", 1 },
  { "cometbft-v1.0", MCONN_PROTO, 10 * MS, 512000, 5120000, 9, 11, "cometbft", 1 },
};

const mconn_profile *mconn_profile_list(size_t *n)
{
  *n = sizeof profiles / sizeof *profiles;
  return profiles;
}

const mconn_profile *mconn_profile_find(const char *name)
{
  for (size_t k = 0; k < sizeof profiles / sizeof *profiles; k++)
    if (strcmp(profiles[k].name, name) == 0) return &profiles[k];
  return NULL;
}

mconn_config mconn_profile_config(const mconn_profile *p)
{
  mconn_config c = mconn_config_default();
  c.dialect = p->dialect;
  c.flush_throttle = p->flush_throttle;
  c.send_rate = c.recv_rate = p->node_rate;
  return c;
}
