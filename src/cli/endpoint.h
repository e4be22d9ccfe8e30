/* The options of a connection that echo, demo and bench share, and lists of channels. */
#ifndef MCONN_CLI_ENDPOINT_H
#define MCONN_CLI_ENDPOINT_H
#include "cli.h"

typedef struct {
  mconn_config config;
  bool pong_given;
  bool logs; /* --log-level was given */
  enum mconn_log_level log_level;
  uint32_t queue;    /* messages of each channel's send queue, where the list does not say */
  uint32_t capacity; /* bytes of one message */
} endpoint_options;

typedef struct {
  size_t n;
  mconn_channel d[MCONN_CHANNELS_MAX];
} endpoint_channels;

/* Upstream's defaults, but no rate limits. */
endpoint_options endpoint_defaults(void);

/* --dialect --payload --ping --pong --flush --send-rate --recv-rate --queue --capacity; a child parser whose
 * input is an endpoint_options. */
extern const struct argp endpoint_argp;
/* --log-level, for echo and demo: what is measured has no log. Its input is an endpoint_options, too. */
extern const struct argp endpoint_log_argp;

/* What tells the lines of one connection from those of another: a field in front of the others. */
typedef struct {
  const char *key;
  uint64_t number;
} endpoint_tag;

/* The library's lines on standard error, up to the level of --log-level; without the option there are none. The tag
 * lives as long as the connection. */
mconn_log endpoint_log(const endpoint_options *o, const endpoint_tag *tag);

/* "0x01:1,0x20:5:100": id, priority, and if given the length of the send queue. Zero queues get --queue, capacities
 * --capacity. Ends the command where the text is no such list. */
endpoint_channels endpoint_parse_channels(const char *option, const char *text, const endpoint_options *o);

/* Ends the command, naming the option, unless a connection can be made of this. Fills in --pong where it was
 * not given. */
void endpoint_check(endpoint_options *o, const endpoint_channels *channels);
#endif
