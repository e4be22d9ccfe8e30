#include "connection_log.h"

#define MODULE "connection"

static void put(const mconn_connection *c, const char *text)
{
  shell_log_plain(&c->call.log, MCONN_LOG_DEBUG, MODULE, text);
}

void shell_say_started(const mconn_connection *c)
{
  shell_log(&c->call.log, MCONN_LOG_DEBUG, MODULE, "started",
            shell_log_text("dialect", c->config.dialect == MCONN_AMINO ? "amino" : "proto"),
            shell_log_number("payload", c->config.payload), shell_log_number("channels", c->n));
}

void shell_say_stopped(const mconn_connection *c)
{
  if (c->debug) put(c, "stopped");
}

/* That a peer hangs up is the usual end. */
void shell_say_ended(const mconn_connection *c, mconn_reason reason)
{
  const enum mconn_log_level level = reason.err == MCONN_E_EOF ? MCONN_LOG_INFO : MCONN_LOG_ERROR;
  shell_log(&c->call.log, level, MODULE, "ended", shell_log_text("error", mconn_error_name(reason.err)),
            shell_log_text("requirement", mconn_requirement(reason.err)), shell_log_number("offset", reason.offset),
            shell_log_number("errno", (uint64_t)reason.system));
}

void shell_write_received(const mconn_connection *c, uint8_t channel, const uint8_t *bytes, size_t len)
{
  shell_log(&c->call.log, MCONN_LOG_DEBUG, MODULE, "message received", shell_log_number("channel", channel),
            shell_log_number("length", len), shell_log_bytes("payload", bytes, len));
}

void shell_write_sent(const mconn_connection *c, uint8_t channel, const void *bytes, size_t len, enum mconn_err err)
{
  const mconn_log *log = &c->call.log;
  if (err == MCONN_OK)
    shell_log(log, MCONN_LOG_DEBUG, MODULE, "message accepted", shell_log_number("channel", channel),
              shell_log_number("length", len), shell_log_bytes("payload", bytes, len));
  else
    shell_log(log, MCONN_LOG_DEBUG, MODULE, "message not accepted", shell_log_number("channel", channel),
              shell_log_number("length", len), shell_log_text("error", mconn_error_name(err)),
              shell_log_text("requirement", mconn_requirement(err)));
}

void shell_write_flush(const mconn_connection *c, size_t len, bool ping, bool pong)
{
  if (ping) put(c, "ping sent");
  if (pong) put(c, "pong sent");
  shell_log(&c->call.log, MCONN_LOG_DEBUG, MODULE, "flush", shell_log_number("bytes", len));
}

void shell_write_ping(const mconn_connection *c)
{
  put(c, "ping received");
}

void shell_write_pong(const mconn_connection *c, bool answers, uint64_t rtt)
{
  if (answers) shell_log(&c->call.log, MCONN_LOG_DEBUG, MODULE, "pong received", shell_log_number("rtt_ns", rtt));
  else put(c, "pong received without a ping");
}
