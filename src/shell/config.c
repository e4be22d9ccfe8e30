/* Configuration: the defaults, and the one place where all of it is checked before anything starts.
 * A zero that nobody meant, or a number the core's contracts do not cover, must not get past here. */
#include "internal.h"

#define SECOND 1000000000ull

mconn_config mconn_config_default(void)
{
  mconn_config c = {
    .dialect = MCONN_PROTO,
    .payload = 1024,
    .send_rate = 512000,
    .recv_rate = 512000,
    .flush_throttle = 0,
    .ping = { .interval = 60 * SECOND, .timeout = 45 * SECOND },
    .send_timeout = 10 * SECOND,
  };
  return c;
}

static enum mconn_err numbers_check(const mconn_config *c)
{
  if (c->dialect != MCONN_PROTO && c->dialect != MCONN_AMINO) return MCONN_E_DIALECT;
  if (c->payload < 2 || c->payload > MCONN_PAYLOAD_MAX) return MCONN_E_PAYLOAD_SIZE;
  if (c->send_rate > MCONN_RATE_MAX || c->recv_rate > MCONN_RATE_MAX) return MCONN_E_RATE_CONFIG;
  enum mconn_err err = mconn_flush_check(c->flush_throttle);
  return err != MCONN_OK ? err : mconn_ping_check(c->ping);
}

mconn_channels_result shell_channels_check(const mconn_channel *d, size_t n)
{
  mconn_channel filled[MCONN_CHANNELS_MAX];
  for (size_t k = 0; k < n && k < MCONN_CHANNELS_MAX; k++) filled[k] = mconn_channel_defaults(d[k]);
  return mconn_channels_check(filled, n);
}

mconn_reason mconn_config_check(const mconn_config *config, const mconn_channel *d, size_t n)
{
  mconn_reason r = { .err = numbers_check(config) };
  if (r.err != MCONN_OK) return r;
  mconn_channels_result x = shell_channels_check(d, n);
  r.err = x.err;
  r.at = x.at;
  return r;
}
