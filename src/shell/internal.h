/* The inside of a connection: what its two threads and its callers share, and who may touch what.
 *
 * What goes wrong in such code is a field that "everyone knows" belongs to one thread. So the fields
 * are grouped by owner: those set once before the threads start, those behind the one lock, and those
 * of the receive thread. Nothing is called back, and no system call is made, while the lock is held
 * (save shutdown(2), which does not wait).
 *
 * The send side has one lock, no lock per packet: whoever holds it cuts messages into packets straight
 * into `fill` and may then take the writer's role (`writing`), swap the two buffers, drop the lock and
 * write. A caller does that itself where it is quicker than waking the send thread (send.c).
 *
 * Most connections of a node are silent most of the time, so the large buffers are there only while there
 * is traffic: `fill` and `drain` from the first message until none was cut for a whole decay interval,
 * `read` from the first bytes that do not fit `few` until SHELL_QUIET_NS without any. A ping and a pong
 * need none of them. In silence the receive thread minds the ping clock, since it wakes for the pong anyway:
 * its wait carries the one time that is due, it writes the ping, and the send thread rests without a time.
 * Where the peer's ping finds ours due, ours goes with the pong.
 * It gives the clock back before it does anything that may take long: run the owner's code, wait otherwise. */
#ifndef MCONN_SHELL_INTERNAL_H
#define MCONN_SHELL_INTERNAL_H
#include "log.h"
#include "mconn/connection.h"
#include "monitor.h"
#include "threads.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define SHELL_IO_BYTES 65536u             /* one write, one read: 32 packets and more per system call */
#define SHELL_CONTROL_BYTES 16u           /* kept free in the send buffer for one ping and one pong */
#define SHELL_FEW_BYTES 64u               /* read at once while there is no traffic: pings, pongs, a short message */
#define SHELL_QUIET_NS 1000000000ull      /* the read buffer is given back when no byte came for so long */
#define SHELL_PING_SHARE 1024u            /* in silence a ping may be late by this part of its interval */
#define SHELL_KEEP_BYTES (256u * 1024u)   /* a larger reassembly buffer is released with its message */
#define SHELL_PAGED_BYTES 32768u          /* a longer message that waits is made of pages, not of the heap */
#define SHELL_SPARE_BYTES (4096u * 1024u) /* released messages kept for the next ones while there is traffic */
#define SHELL_RATE_SLEEP_NS 5000000ull    /* shortest sleep of a limiter (upstream flowrate.go, 5 ms) */
#define SHELL_LINGER_NS 1000000000ull     /* flush_stop waits so long for a byte to move, or for the peer to close */

/* A message that waits, or the rest of one that is being cut. */
typedef struct message {
  struct message *next;
  size_t room;  /* bytes that fit */
  uint32_t len; /* bytes that are there */
  uint8_t bytes[];
} message;

/* Sending half of a channel; behind the lock. */
typedef struct {
  message *head, *tail; /* accepted, not yet begun */
  uint32_t waiting, capacity;
  uint32_t one_packet;  /* longest message that is one packet (MC-SENDER-04) */
  const uint8_t *bytes; /* of the message under way, from its place `base` on */
  uint32_t base;
  message *under_way; /* owns bytes, or NULL while they are still the caller's */
  uint64_t ticket;    /* number of the message under way, to know one's own again */
  uint64_t messages, octets, packets;
} out_channel;

/* Receiving half of a channel; of the receive thread. */
typedef struct {
  uint8_t *buffer;            /* reassembly, allocated when a message of several fragments begins */
  uint32_t room, first, most; /* bytes allocated; allocated first; message capacity */
  _Atomic uint64_t messages, octets, packets;
} in_channel;

/* Running: everything goes. Draining: what was accepted is written. Lingering: it is, and the peer may
 * still read it. Ending: the socket is shut down. */
enum life { LIFE_NEW, LIFE_RUNNING, LIFE_DRAINING, LIFE_LINGERING, LIFE_ENDING };

struct mconn_connection {
  /* set once, before the threads start */
  int fd; /* -1 when retired, behind the lock */
  mconn_config config;
  mconn_callbacks call;
  uint32_t n; /* channels */
  bool debug; /* its log wants MCONN_LOG_DEBUG */
#ifdef MCONN_TRACE
  uint32_t trace; /* number of the connection in the trace */
#endif
  size_t fill_room, read_room;
  pthread_t send_thread, receive_thread;

  /* behind the lock */
  pthread_mutex_t lock;
  pthread_cond_t space, ended; /* wake senders that wait; who waits for the end */
  sem_t work;                  /* wakes the send thread: after a condition, the lock's next release is a system call */
  enum life life;
  bool started;
  bool retired;     /* its socket is closed and its buffers are freed; nothing of them is touched any more */
  bool peer_done;   /* the peer closed its side while ours was draining */
  uint32_t threads; /* still running */
  mconn_reason reason;
  mconn_sender sender;
  mconn_sender_channel *sc;
  out_channel *out;
  uint32_t pending; /* channels with a message under way */
  uint32_t senders_waiting;
  bool room_made; /* a queue got shorter and senders that wait were not told */
  bool send_thread_waits, writing, pong_owed, decaying, used;
  bool ping_filled, pong_filled; /* a ping, a pong is in `fill`; never two of them */
  bool ping_with_receiver;       /* the receive thread minds the ping clock: its wait ends by ping_due */
  uint8_t *fill, *drain;         /* being filled; being written; each a large buffer, one of control, or NULL */
  size_t filled, drained, drain_end;
  size_t fill_end;                         /* packets of messages end here: 0 if fill is no large buffer */
  uint8_t control[2][SHELL_CONTROL_BYTES]; /* for a ping and a pong, while there is no large buffer */
  message *spare;                          /* released messages, to be used again */
  size_t spare_bytes;
  mconn_flush flush;
  mconn_ping ping;
  uint64_t ping_due;    /* when the ping clock is to be asked; it only grows; 0: never more */
  uint64_t rests_until; /* while send_thread_waits; 0: without limit */
  mconn_decay decay;
  mconn_rate send_rate;
  int write_errno; /* a caller's write failed: the send thread reports it */
  uint64_t bytes_sent, last_rtt;
  shell_monitor sent;

  /* of the receive thread */
  mconn_receiver receiver;
  mconn_receiver_channel *rc;
  in_channel *in;
  mconn_rate recv_rate;
  uint8_t *read; /* bytes [begin, end) of it are not yet taken; a large buffer, few, or NULL */
  size_t begin, end;
  int recv_flags; /* 0: recv itself waits, up to SHELL_QUIET_NS */
  bool quiet;     /* nothing came for a while: the next byte is awaited without a large buffer */
  bool traffic;   /* few did not do: a large buffer is in order */
  bool silent;    /* no message came for a while: its waits carry the ping clock */
  bool assembles; /* a channel may have a buffer */
  bool asked;     /* in silence: this thread has just written a ping */
  uint8_t few[SHELL_FEW_BYTES];
  uint64_t origin; /* stream offset of read[0] */
  _Atomic uint64_t bytes_received;
  pthread_mutex_t received_lock; /* of the monitor, which a status reads; taken once per read, after `lock` if both */
  shell_monitor received;

  /* between the two */
  atomic_bool turn; /* bytes arrived since a caller last wrote by itself */
  atomic_bool over; /* it is not running: nothing more is handed out */
};

static inline bool shell_running(const mconn_connection *c)
{
  return c->life != LIFE_NEW && c->life != LIFE_ENDING;
}

/* Adds to a number that one thread writes and any may read. */
static inline void shell_add(_Atomic uint64_t *x, uint64_t n)
{
  atomic_store_explicit(x, atomic_load_explicit(x, memory_order_relaxed) + n, memory_order_relaxed);
}

/* Fewer bytes than this are not worth a system call: what a limiter lets through in its shortest sleep.
 * Never more than its burst, so it comes. */
static inline uint32_t shell_rate_portion(const mconn_rate *r)
{
  uint64_t n = (uint64_t)r->rate * SHELL_RATE_SLEEP_NS / 1000000000u + 1;
  return n < SHELL_IO_BYTES ? (uint32_t)n : SHELL_IO_BYTES;
}

/* The first rule that n descriptors, their zeros filled in, break (mconn_channels_check). */
mconn_channels_result shell_channels_check(const mconn_channel *d, size_t n);

/* The end, whoever brings it about: closes the stream and wakes everyone. The lock is held. False if
 * it had come before. */
bool shell_end(mconn_connection *c, mconn_reason reason);
/* The end for a reason of the connection's own: on_error, once, without the lock. */
void shell_fail(mconn_connection *c, mconn_reason reason);
/* Called first on each of the connection's threads, and last. */
void shell_enter(mconn_connection *c);
void shell_leave(mconn_connection *c);
/* All of mconn_connection_free but the end of the memory itself: other calls may still come and are refused,
 * and the status can still be asked for. By one thread, not from a callback. */
void shell_retire(mconn_connection *c);
/* Shuts the socket down if it is still there, as a cut line would. */
void shell_shutdown(mconn_connection *c);
/* Everything that was accepted is with the kernel. The lock is held. */
bool shell_is_drained(const mconn_connection *c);
/* Waits on cond until `until` (0: no limit); false when that passed. The lock is held. */
bool shell_wait(mconn_connection *c, pthread_cond_t *cond, uint64_t until);

/* Memory of pages, which goes back to the system at once. What is freed to the allocator would stay with it, in one
 * of several arenas, held by some small block of another thread. NULL: there is none. */
uint8_t *shell_buffer_new(size_t room);
void shell_buffer_free(uint8_t *buffer, size_t room);
/* The decay that was due while it rested. The lock is held. */
void shell_decay_catch_up(mconn_connection *c);

void *shell_send_main(void *connection);
void *shell_receive_main(void *connection);
void shell_wake_sender(mconn_connection *c);
void shell_pongs_arrived(mconn_connection *c, uint32_t pongs, bool ping);
/* On the receive thread: it minds the ping clock from now on, and must come back at *due (0: not at all), then with
 * `passed`; a ping that was due is written. False: the deadline of a ping passed, the connection is dead. */
bool shell_mind_ping(mconn_connection *c, bool passed, uint64_t *due);
/* Likewise: the send thread minds it from now on. */
void shell_give_ping_back(mconn_connection *c);
void shell_free_queues(mconn_connection *c);
void shell_free_read(mconn_connection *c);
#endif
