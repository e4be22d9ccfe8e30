/* A peer connection over any connected stream socket: messages on channels, both ways, by two threads.
 *
 * What goes wrong in practice around such a connection, and is settled here: a sender that waits for a
 * peer which is gone (every wait ends when the connection does), an error that is reported twice or
 * before the socket is closed (once, after), a message that was accepted and is lost (flush_stop), a
 * peer that is silent but whose socket still takes bytes (the pong deadline holds while writing, too).
 *
 * Every protocol decision is made by the core (<mconn/core.h>); this part owns threads, socket and memory.
 *
 * Thread-safety: every function may be called from any thread, callbacks included, save that
 * mconn_connection_free may not be called from a callback. Nothing is called back with a lock held.
 * Times are nanoseconds of CLOCK_MONOTONIC spans; sizes are bytes. */
#ifndef MCONN_CONNECTION_H
#define MCONN_CONNECTION_H
#include "error.h"
#include "core.h"
#include "log.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct mconn_connection mconn_connection;

/* How a connection behaves. Start from mconn_config_default and change what differs. */
typedef struct {
  enum mconn_dialect dialect; /* default MCONN_PROTO */
  uint32_t payload;           /* most payload bytes of one packet, 2..MCONN_PAYLOAD_MAX; default 1024 */
  uint64_t send_rate;         /* bytes per second, 0: no limit; default 512000 (upstream connection.go) */
  uint64_t recv_rate;         /* the same for receiving; default 512000 */
  uint64_t flush_throttle;    /* ns; 0, the default: write as soon as nothing more is pending (D-19) */
  mconn_ping_config ping;     /* ns; default 60 s and 45 s (upstream connection.go) */
  uint64_t send_timeout;      /* ns that mconn_connection_send waits for room; default 10 s (upstream connection.go) */
} mconn_config;

mconn_config mconn_config_default(void);

/* Why a connection could not be set up, or why it ended. */
typedef struct {
  enum mconn_err err;
  uint64_t offset;   /* refused bytes: place of the byte that decided, counted from the first byte received */
  size_t at;         /* refused configuration: index of the list's member that is at fault, where one is */
  const char *field; /* refused configuration: name of the field at fault, of static storage; else NULL */
  int system;        /* errno where the system said no (MCONN_E_IO), else 0 */
} mconn_reason;

/* What the connection tells its owner. Both functions run on the connection's threads, one at a time
 * each, and may call everything but mconn_connection_free. The stacks of these threads have the size that
 * threads of the process have by default (ulimit -s); of it, what was once used stays resident. */
typedef struct {
  /* A whole message. bytes are the connection's and only valid during the call; never NULL, also when
   * len is 0. The next byte from the peer is read when this returns. */
  void (*on_receive)(void *user, uint8_t channel, const uint8_t *bytes, size_t len);
  /* The connection ended by itself: at most once, after its socket was shut down, never for a stop
   * that was asked for. May be NULL. */
  void (*on_error)(void *user, mconn_reason reason);
  void *user;
  mconn_log log; /* all zero: no lines. MCONN_LOG_DEBUG: messages with their bytes, pings, writes; above: ends */
} mconn_callbacks;

/* Checks everything, changes nothing else: the first fault in config, then in the n descriptors d,
 * whose zero fields count as their defaults. */
mconn_reason mconn_config_check(const mconn_config *config, const mconn_channel *d, size_t n);

/* Sets up a connection over the connected stream socket fd, which belongs to it from a successful
 * return on. Nothing is sent or read before mconn_connection_start. On refusal *out is untouched and
 * fd still the caller's. MCONN_E_STATE: fd is no stream socket, or on_receive is NULL. */
mconn_reason mconn_connection_new(mconn_connection **out, int fd, const mconn_config *config, const mconn_channel *d,
                                  size_t n, mconn_callbacks callbacks);

/* Starts both threads. MCONN_E_STATE if it was started or stopped before. */
enum mconn_err mconn_connection_start(mconn_connection *c);

/* Queues one message; the bytes are the caller's again on return. Waits up to send_timeout for room in
 * the channel's queue (MC-CONN-02). Errors: MCONN_E_CHANNEL_UNKNOWN, MCONN_E_MESSAGE_SIZE,
 * MCONN_E_TIMEOUT, MCONN_E_NOT_RUNNING, MCONN_E_MEMORY; none of them sends a part of the message. */
enum mconn_err mconn_connection_send(mconn_connection *c, uint8_t channel, const void *bytes, size_t len);

/* The same without waiting: MCONN_E_QUEUE_FULL where mconn_connection_send would wait. */
enum mconn_err mconn_connection_try_send(mconn_connection *c, uint8_t channel, const void *bytes, size_t len);

/* True if mconn_connection_try_send on this channel would find room now. */
bool mconn_connection_can_send(mconn_connection *c, uint8_t channel);

/* Ends the connection at once; queued messages are dropped. Idempotent; wakes every waiting sender. */
void mconn_connection_stop(mconn_connection *c);

/* Refuses further messages, writes every accepted one, then stops. Waits up to timeout ns for that
 * (0: no limit). MCONN_E_TIMEOUT: stopped without everything written; MCONN_E_NOT_RUNNING: it had
 * ended before; MCONN_E_STATE: called from a callback, which would wait for itself. */
enum mconn_err mconn_connection_flush_stop(mconn_connection *c, uint64_t timeout);

/* Waits up to timeout ns (0: no limit) until both threads have ended; true if they have. False at once
 * from a callback, and for a connection that was never started. */
bool mconn_connection_wait(mconn_connection *c, uint64_t timeout);

/* Stops, waits for both threads, closes the socket, frees everything. NULL is allowed. No other call on c
 * may be in progress or come after. From a callback it does nothing. */
void mconn_connection_free(mconn_connection *c);

typedef struct {
  uint8_t id;
  uint32_t priority;
  uint32_t queue_capacity;                   /* messages */
  uint32_t queued;                           /* messages accepted and not yet cut to the end */
  uint64_t recently_sent;                    /* wire bytes, decayed every 2 s (MC-SENDER-08) */
  uint64_t messages_sent, messages_received; /* cut to the end; handed out */
  uint64_t bytes_sent, bytes_received;       /* of those messages */
  uint64_t packets_sent, packets_received;
} mconn_channel_status;

/* Figures of one direction over samples of 100 ms or more, as upstream's flow monitor has them. */
typedef struct {
  uint64_t bytes, samples; /* bytes of whole samples, and how many these are */
  double instant;          /* bytes per second of the last sample */
  double mean;             /* exponential mean of the samples, window of 1 s */
  double average, peak;    /* since the start; the largest of a sample */
  uint64_t duration, idle; /* ns from the start to the last sample; since the last byte */
} mconn_flow;

typedef struct {
  bool running;                        /* started and not ended */
  mconn_reason reason;                 /* why it ended; err is MCONN_OK while running and after a stop asked for */
  uint64_t bytes_sent, bytes_received; /* on the wire */
  uint64_t pings_sent, pongs_received; /* pongs that answered one of ours */
  uint64_t last_rtt;                   /* ns between the last answered ping and its pong; 0 before the first */
  uint64_t age;                        /* ns since it was set up */
  mconn_flow sent, received;           /* bytes on the wire over time */
  size_t channels;                     /* how many there are */
} mconn_status;

/* A picture of now; works in every state. ch[0..room-1], in the order of registration, is filled as far
 * as it reaches; ch may be NULL when room is 0. */
mconn_status mconn_connection_status(mconn_connection *c, mconn_channel_status *ch, size_t room);

#ifdef __cplusplus
}
#endif
#endif
