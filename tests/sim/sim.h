/* Deterministic simulation: a few nodes on the real core, virtual time, and a network made of a seed.
 *
 * Threads hide bugs behind luck; here the whole run, the order of every byte included, is a function of one
 * number, so that a failure is a number, too (`sim --seed N` shows it again). What an endpoint may decide is
 * decided by the core, as in src/shell; what the network does to it is decided by the seed: cuts at any byte,
 * delays, stalls, floods, closes, half-open connections, nodes that sleep and clocks that jump.
 *
 * Names: a node has an endpoint for each of its links; an endpoint writes into one pipe and reads another. */
#ifndef SIM_H
#define SIM_H
#include "mconn/core.h"
#include "mconn/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  NODES = 5,
  LINKS = 10,
  CHANNELS = 4,
  QUEUE = 6,
  SEGMENTS = 64,
  PIPE = 16384,
  OUT = 4096,
  IN = 8192,
  REST = 32768
};
#define MS 1000000ull
#define NEVER UINT64_MAX

/* ---- chance */
typedef struct {
  uint64_t s;
} chance;
uint64_t chance_next(chance *c);
uint64_t chance_below(chance *c, uint64_t n);                  /* 0..n-1 */
uint64_t chance_range(chance *c, uint64_t low, uint64_t high); /* low..high */
bool chance_one_in(chance *c, uint64_t n);

/* ---- a direction of a link */
typedef struct {
  uint8_t bytes[PIPE];
  uint64_t written, arrived, taken; /* counts of bytes; arrived: those whose segment is due */
  struct {
    uint64_t at, end; /* due at; bytes up to this count */
  } seg[SEGMENTS];
  uint32_t first, segments;
  uint64_t delay_low, delay_high, stalled_until, last_at;
  bool closed;  /* end of stream behind the last byte */
  bool swallow; /* half-open: what is written is lost, and nobody is told */
} pipe_dir;
size_t pipe_write(pipe_dir *p, chance *c, uint64_t now, const uint8_t *b, size_t n); /* bytes taken */
size_t pipe_read(pipe_dir *p, uint64_t now, uint8_t *b, size_t n);
bool pipe_at_end(pipe_dir *p, uint64_t now);
uint64_t pipe_next(const pipe_dir *p, uint64_t now); /* when more arrives; NEVER */

/* ---- an endpoint */
typedef struct {
  uint32_t size[QUEUE], head, n;                  /* accepted, not begun */
  uint32_t accepted, begun, delivered, under_way; /* counts of messages; size of the one under way */
  uint32_t at_hand;                               /* bytes of the message that arrives */
} chan_state;

typedef struct endpoint {
  uint32_t node, name; /* name: salt of its messages' bytes */
  struct endpoint *peer;
  pipe_dir *out, *in;
  /* the core */
  mconn_sender s;
  mconn_sender_channel sc[CHANNELS];
  mconn_receiver r;
  mconn_receiver_channel rc[CHANNELS];
  mconn_ping ping;
  mconn_ping_config ping_config;
  mconn_flush flush;
  mconn_decay decay;
  mconn_rate send_rate, recv_rate;
  bool send_limited, recv_limited;
  uint64_t send_due, recv_due;
  /* bytes */
  uint8_t buf[OUT], inbuf[IN], rest[CHANNELS][REST];
  size_t filled, drained, begin, end;
  chan_state ch[CHANNELS];
  bool pong_owed, pong_filled, ping_filled;
  uint64_t pings_in, pongs_out;
  /* how it ended */
  bool over;
  enum mconn_err err;
  uint32_t reports;
  /* what the checks keep for themselves, beside the core */
  uint64_t ping_at;
  bool ping_open, hostile;
} endpoint;

enum defect {
  DEFECT_NONE,
  DEFECT_DROP_EMPTY,
  DEFECT_ORPHAN_TIMER,
  DEFECT_TWO_REPORTS,
  DEFECT_SWAP,
  DEFECT_SHORT_COPY,
  DEFECT_LOST_PING
};

typedef struct {
  uint64_t seed, now, until, steps;
  chance c;
  enum mconn_dialect dialect;
  uint32_t nodes, links, channels;
  uint64_t clock[NODES], asleep[NODES]; /* offset of the node's clock; it does nothing until then */
  endpoint e[2 * LINKS];
  pipe_dir p[2 * LINKS];
  uint64_t next_app[2 * LINKS], next_fault;
  uint32_t left[2 * LINKS]; /* messages it has still to offer */
  bool disturbed[LINKS];    /* cut or half-open: not everything need arrive */
  enum defect defect;
  uint64_t hash; /* of everything that happened */
  /* what happened, for the record */
  uint64_t messages, bytes, pings, errors[MCONN_E_COUNT], faults[8];
  const char *failure;
} world;

void endpoint_setup(world *w, endpoint *e, const mconn_channel *d, uint32_t payload, uint32_t payload_peer);
bool endpoint_offer(world *w, endpoint *e, uint32_t k, uint32_t size); /* false: the queue is full */
bool endpoint_step(world *w, endpoint *e);                             /* something happened */
uint64_t endpoint_due(const world *w, const endpoint *e);              /* in world time */
void endpoint_end(world *w, endpoint *e, enum mconn_err err);
uint64_t endpoint_clock(const world *w, const endpoint *e);

void world_setup(world *w, uint64_t seed, enum defect defect);
bool world_run(world *w); /* true: every check held; else w->failure says which did not */

/* ---- checks: each says what did not hold, first one first */
void check(world *w, bool holds, const char *what);
void note(world *w, uint64_t what);
uint8_t message_byte(const endpoint *sender, uint32_t k, uint32_t m, uint32_t j);
uint32_t message_size(const endpoint *sender, uint32_t k, uint32_t m);
#endif
