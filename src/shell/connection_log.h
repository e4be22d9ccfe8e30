/* The lines of a connection.
 *
 * What goes wrong in practice: a log that costs something where nobody reads it, one that a peer can fill at its
 * pace, and a sink that is called with a lock held and asks the connection something. Whether anybody wants
 * MCONN_LOG_DEBUG is therefore one bool, set when the connection is made, and whatever happens per message, write,
 * ping or pong is said at that level only. Above it there is one line in a connection's life: how it ended, if it
 * ended by itself (MC-LOG-04). All of these are called without a lock. */
#ifndef MCONN_SHELL_CONNECTION_LOG_H
#define MCONN_SHELL_CONNECTION_LOG_H
#include "internal.h"

void shell_say_started(const mconn_connection *c);
void shell_say_stopped(const mconn_connection *c);
/* It ended by itself, for this reason. */
void shell_say_ended(const mconn_connection *c, mconn_reason reason);

void shell_write_received(const mconn_connection *c, uint8_t channel, const uint8_t *bytes, size_t len);
void shell_write_sent(const mconn_connection *c, uint8_t channel, const void *bytes, size_t len, enum mconn_err err);
void shell_write_flush(const mconn_connection *c, size_t len, bool ping, bool pong);
void shell_write_ping(const mconn_connection *c);
void shell_write_pong(const mconn_connection *c, bool answers, uint64_t rtt);

/* The branch of the hot path, then the line. */
static inline void shell_say_received(const mconn_connection *c, uint8_t channel, const uint8_t *bytes, size_t len)
{
  if (c->debug) shell_write_received(c, channel, bytes, len);
}

static inline void shell_say_sent(const mconn_connection *c, uint8_t channel, const void *bytes, size_t len,
                                  enum mconn_err err)
{
  if (c->debug) shell_write_sent(c, channel, bytes, len, err);
}

/* len bytes are about to be written; a ping, a pong is among them. */
static inline void shell_say_flush(const mconn_connection *c, size_t len, bool ping, bool pong)
{
  if (c->debug) shell_write_flush(c, len, ping, pong);
}

static inline void shell_say_ping(const mconn_connection *c)
{
  if (c->debug) shell_write_ping(c);
}

/* answers: a ping of ours, rtt ns ago. */
static inline void shell_say_pong(const mconn_connection *c, bool answers, uint64_t rtt)
{
  if (c->debug) shell_write_pong(c, answers, rtt);
}
#endif
