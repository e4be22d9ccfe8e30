/* Options of a connection. The library checks a configuration as a whole and answers with an error
 * value; here each of those is traced back to the option the user wrote. */
#include "endpoint.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_PAYLOAD = 512, KEY_PING, KEY_PONG, KEY_FLUSH, KEY_SEND_RATE, KEY_RECV_RATE, KEY_QUEUE, KEY_CAPACITY };

static const struct argp_option option_table[] = {
  { NULL, 0, NULL, 0, "The connection:", 7 },
  { "dialect", 'd', "NAME", 0, "proto (Tendermint v0.34, CometBFT; the default) or amino (Tendermint v0.27-v0.33)", 7 },
  { "payload", KEY_PAYLOAD, "BYTES", 0, "most payload of one packet (default 1024); both sides need the same", 7 },
  { "ping", KEY_PING, "SECONDS", 0, "ping interval, with fractions if you like (default 60; demo 1.6)", 7 },
  { "pong", KEY_PONG, "SECONDS", 0, "longest wait for the answer to a ping (default three quarters of the interval)",
    7 },
  { "flush", KEY_FLUSH, "MS", 0, "flush throttle in milliseconds (default 0: write when nothing is pending)", 7 },
  { "send-rate", KEY_SEND_RATE, "BYTES", 0, "most bytes sent per second (default 0: no limit)", 7 },
  { "recv-rate", KEY_RECV_RATE, "BYTES", 0, "most bytes received per second (default 0: no limit)", 7 },
  { "queue", KEY_QUEUE, "MESSAGES", 0, "send queue of each channel (echo 16, demo 4, bench 100)", 7 },
  { "capacity", KEY_CAPACITY, "BYTES", 0, "largest message taken on a channel (default 22020096)", 7 },
  { 0 }
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  endpoint_options *o = state->input;
  switch (key) {
  case 'd': o->config.dialect = cli_dialect("--dialect", arg); break;
  case KEY_PAYLOAD: o->config.payload = (uint32_t)cli_number("--payload", arg, 2, MCONN_PAYLOAD_MAX); break;
  case KEY_PING: o->config.ping.interval = cli_seconds("--ping", arg); break;
  case KEY_PONG:
    o->config.ping.timeout = cli_seconds("--pong", arg);
    o->pong_given = true;
    break;
  case KEY_FLUSH:
    o->config.flush_throttle = 1000000 * cli_number("--flush", arg, 0, MCONN_FLUSH_THROTTLE_MAX / 1000000);
    break;
  case KEY_SEND_RATE: o->config.send_rate = cli_number("--send-rate", arg, 0, MCONN_RATE_MAX); break;
  case KEY_RECV_RATE: o->config.recv_rate = cli_number("--recv-rate", arg, 0, MCONN_RATE_MAX); break;
  case KEY_QUEUE: o->queue = (uint32_t)cli_number("--queue", arg, 1, MCONN_QUEUE_CAPACITY_MAX); break;
  case KEY_CAPACITY: o->capacity = (uint32_t)cli_number("--capacity", arg, 1, MCONN_MESSAGE_CAPACITY_MAX); break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

const struct argp endpoint_argp = { .options = option_table, .parser = take_option };

/* ---- the log */

enum { KEY_LOG = 768 };

static const struct argp_option log_table[] = {
  { "log-level", KEY_LOG, "LEVEL", 0,
    "lines of the library on standard error: error, info or debug, which shows all messages in hex (default: none)",
    7 },
  { 0 }
};

static void take_log_level(endpoint_options *o, const char *text)
{
  static const char *const levels[] = {
    [MCONN_LOG_ERROR] = "error", [MCONN_LOG_INFO] = "info", [MCONN_LOG_DEBUG] = "debug"
  };
  for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
    if (strcmp(text, levels[k]) == 0) {
      o->logs = true;
      o->log_level = (enum mconn_log_level)k;
      return;
    }
  cli_usage("--log-level: '%s' is none of error, info and debug", text);
}

static error_t take_log_option(int key, char *arg, struct argp_state *state)
{
  if (key != KEY_LOG) return ARGP_ERR_UNKNOWN;
  take_log_level(state->input, arg);
  return 0;
}

const struct argp endpoint_log_argp = { .options = log_table, .parser = take_log_option };

/* The line with its tag in front. */
static void log_tagged(void *user, enum mconn_log_level level, const char *module, const char *message,
                       const mconn_log_field *fields, size_t n)
{
  enum { MOST = 16 };
  const endpoint_tag *tag = user;
  mconn_log_field all[MOST + 1] = { { .key = tag->key, .kind = MCONN_LOG_NUMBER, .number = tag->number } };
  if (n > MOST) n = MOST;
  for (size_t k = 0; k < n; k++) all[k + 1] = fields[k];
  mconn_log_stderr(NULL, level, module, message, all, n + 1);
}

mconn_log endpoint_log(const endpoint_options *o, const endpoint_tag *tag)
{
  if (!o->logs) return (mconn_log){ .write = NULL };
  return (mconn_log){ .write = log_tagged, .user = (void *)(uintptr_t)tag, .level = o->log_level };
}

/* ---- values */

endpoint_options endpoint_defaults(void)
{
  endpoint_options o = { .config = mconn_config_default(), .queue = 16, .capacity = MCONN_MESSAGE_CAPACITY_DEFAULT };
  o.config.send_rate = o.config.recv_rate = 0;
  return o;
}

/* The number at *at, which moves behind it. */
static uint32_t take_number(const char *option, const char *item, const char **at, const char *what, uint64_t most)
{
  char *end = NULL;
  unsigned long long v = **at >= '0' && **at <= '9' ? strtoull(*at, &end, 0) : 0;
  if (end == NULL || v > most)
    cli_usage("%s: '%s': the %s is no number from 0 to %llu", option, item, what, (unsigned long long)most);
  *at = end;
  return (uint32_t)v;
}

/* ID:PRIORITY[:QUEUE] */
static mconn_channel parse_channel(const char *option, const char *item)
{
  const char *at = item;
  mconn_channel d = { .id = take_number(option, item, &at, "id", 255) };
  if (*at != ':') cli_usage("%s: '%s' is not ID:PRIORITY", option, item);
  at++;
  d.priority = take_number(option, item, &at, "priority", MCONN_PRIORITY_MAX);
  if (*at == ':') {
    at++;
    d.queue_capacity = take_number(option, item, &at, "queue", MCONN_QUEUE_CAPACITY_MAX);
  }
  if (*at != '\0') cli_usage("%s: '%s' is not ID:PRIORITY or ID:PRIORITY:QUEUE", option, item);
  return d;
}

endpoint_channels endpoint_parse_channels(const char *option, const char *text, const endpoint_options *o)
{
  endpoint_channels c = { .n = 0 };
  while (true) {
    char item[64];
    size_t n = strcspn(text, ",");
    if (n >= sizeof item) cli_usage("%s: '%.20s...' is not ID:PRIORITY", option, text);
    memcpy(item, text, n);
    item[n] = '\0';
    if (c.n == MCONN_CHANNELS_MAX) cli_usage("%s: more than %u channels", option, MCONN_CHANNELS_MAX);
    mconn_channel d = parse_channel(option, item);
    if (d.queue_capacity == 0) d.queue_capacity = o->queue;
    d.message_capacity = o->capacity;
    c.d[c.n++] = d;
    if (text[n] == '\0') return c;
    text += n + 1;
  }
}

static const char *option_of(enum mconn_err err)
{
  switch (err) {
  case MCONN_E_DIALECT: return "--dialect";
  case MCONN_E_PAYLOAD_SIZE: return "--payload";
  case MCONN_E_PING_CONFIG: return "--pong";
  case MCONN_E_RATE_CONFIG: return "--send-rate or --recv-rate";
  case MCONN_E_FLUSH_CONFIG: return "--flush";
  case MCONN_E_MESSAGE_CAPACITY: return "--capacity";
  case MCONN_E_QUEUE_CAPACITY: return "--queue";
  default: return "--channels";
  }
}

void endpoint_check(endpoint_options *o, const endpoint_channels *channels)
{
  if (!o->pong_given) o->config.ping.timeout = o->config.ping.interval / 4 * 3;
  mconn_reason r = mconn_config_check(&o->config, channels->d, channels->n);
  if (r.err == MCONN_OK) return;
  const char *option = option_of(r.err);
  if (strcmp(option, "--channels") == 0 && r.at < channels->n)
    cli_usage("%s: channel 0x%02x: %s (%s)", option, (unsigned)channels->d[r.at].id, mconn_strerror(r.err),
              mconn_requirement(r.err));
  cli_usage("%s: %s (%s)", option, mconn_strerror(r.err), mconn_requirement(r.err));
}
