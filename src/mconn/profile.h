/* Profiles: what each generation of upstream has as its defaults, so that a user names a release and not
 * seven numbers.
 *
 * What goes wrong without: a throttle of one generation with the dialect of another, a block version that
 * no peer shares. A profile holds facts about upstream only; what mconn does better is not switched off by
 * one, and a profile's flush throttle is the one number in which its connection differs from
 * mconn_config_default on purpose (D-19). */
#ifndef MCONN_PROFILE_H
#define MCONN_PROFILE_H
#include "connection.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef struct {
  const char *name; /* "tm-v0.27" .. "tm-v0.34", "cometbft-v0.34" .. "cometbft-v1.0" */
  enum mconn_dialect dialect;
  uint64_t flush_throttle;             /* ns (connection.go, defaultFlushThrottle) */
  uint64_t rate;                       /* bytes per second of a connection made alone (connection.go) */
  uint64_t node_rate;                  /* bytes per second in a node (config.go, DefaultP2PConfig) */
  uint64_t p2p_version, block_version; /* of its node info (version.go) */
  const char *metrics_prefix;          /* "tendermint" or "cometbft" (config.go, Namespace) */
  uint32_t reconnect_first;            /* exponent of the first slow attempt (switch.go, reconnectToPeer) */
} mconn_profile;

/* Thread-safe; the table is constant. */
const mconn_profile *mconn_profile_find(const char *name); /* NULL: no such profile */
const mconn_profile *mconn_profile_list(size_t *n);        /* all, oldest first */
/* mconn_config_default with the profile's dialect, throttle and node_rate both ways. */
mconn_config mconn_profile_config(const mconn_profile *p);
#ifdef __cplusplus
}
#endif
#endif
