/* A connection of ours on one end of a stream, a peer of the test's own making on the other.
 *
 * What goes wrong in tests of threads is a sleep that was long enough on one machine. Nothing here sleeps to
 * synchronise: a test waits for what it is about, up to a deadline that only a hang can reach, and a watchdog per test
 * ends the program when something never comes. */
#ifndef MCONN_TEST_HARNESS_H
#define MCONN_TEST_HARNESS_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "mconn/mconn.h"
#include "wrap.h"
#include <pthread.h>
#include <string.h>

#define SECOND 1000000000ull
#define MILLI 1000000ull
#define PATIENCE (60 * SECOND) /* ns; a wait that long has failed */
#define RIG_MESSAGES 16384

typedef struct {
  uint8_t channel;
  size_t len;
  uint64_t hash;
} message_seen;

typedef struct rig rig;
struct rig {
  mconn_connection *c;
  int fd;   /* ours, the connection's */
  int peer; /* the test's end; -1 when closed */
  enum mconn_dialect dialect;
  uint32_t payload;
  /* called for each message, without the lock; may be NULL */
  void (*on_message)(rig *r, uint8_t channel, const uint8_t *bytes, size_t len);
  void (*on_error)(rig *r, mconn_reason reason);
  void *more; /* for them */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* behind the lock */
  size_t messages;
  message_seen seen[RIG_MESSAGES];
  unsigned errors;
  mconn_reason reason;
  bool was_shut; /* the socket had been shut down when on_error ran */
  bool flag;     /* for tests: set with rig_flag, awaited with rig_await_flag */
};

enum pair { PAIR_UNIX, PAIR_TCP };
void stream_pair(enum pair kind, int fd[2]);

/* The watchdog and a clean system; for cmocka_unit_test_setup_teardown. */
int test_begin(void **state);
int test_end(void **state);
#define shell_test(f) cmocka_unit_test_setup_teardown(f, test_begin, test_end)

/* No limits, no ping within a test's life. */
mconn_config config_plain(void);
/* Channel 1, and for n > 1 also 2..n, of priority 1 and queue capacity 8. */
const mconn_channel *channels_plain(size_t n);

mconn_callbacks rig_callbacks(rig *r);
/* Room for one, without connection or stream. */
rig *rig_bare(const mconn_config *config);
/* A new connection, not started, over a new stream; aborts the test if it is refused. */
rig *rig_new(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n);
/* Its start. */
rig *rig_open(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n);
/* Two connections of ours with each other. */
void rig_both(enum pair kind, const mconn_config *config, const mconn_channel *d, size_t n, rig *both[2]);
void rig_close_peer(rig *r);
/* Frees the connection, closes the peer. */
void rig_free(rig *r);

/* Waits; each aborts the test when its patience ends. */
void rig_await_messages(rig *r, size_t n);
mconn_reason rig_await_error(rig *r);
void rig_await_flag(rig *r);
void rig_flag(rig *r);
/* After both threads have ended: on_error ran exactly once, with this error, after the shutdown. */
mconn_reason rig_ended_with(rig *r, enum mconn_err err);
/* After both threads have ended: on_error did not run. */
void rig_ended_silently(rig *r);
unsigned rig_errors(rig *r);
size_t rig_messages(rig *r);
mconn_channel_status rig_channel(rig *r, size_t k);

uint64_t hash_of(const void *bytes, size_t len);
void expect_message(rig *r, size_t at, uint8_t channel, const void *bytes, size_t len);
/* Bytes that differ from place to place and from seed to seed. */
void pattern(uint8_t *p, size_t len, uint64_t seed);
uint64_t now_ns(void);

/* The peer: all of the bytes, or false when the stream is broken. */
bool peer_try_write(rig *r, const void *p, size_t n);
void peer_write(rig *r, const void *p, size_t n);
/* n bytes, fewer at the end of the stream. */
size_t peer_read(rig *r, void *p, size_t n);
void peer_expect(rig *r, const void *p, size_t n);
/* Reads and drops until the end of the stream; how many bytes that were. */
size_t peer_read_to_end(rig *r);

/* Packets as a peer writes them, at p[at]; the index after. */
size_t put_packet(rig *r, uint8_t *p, size_t at, uint8_t channel, bool eof, const void *bytes, size_t len);
size_t put_message(rig *r, uint8_t *p, size_t at, uint8_t channel, const void *bytes, size_t len);
size_t put_ping(rig *r, uint8_t *p, size_t at);
size_t put_pong(rig *r, uint8_t *p, size_t at);
void peer_expect_ping(rig *r);
void peer_expect_pong(rig *r);
void peer_send_message(rig *r, uint8_t channel, const void *bytes, size_t len);
#endif
