/* Switches of ours on the loopback interface, with a reactor that writes down what it is told, and strangers of
 * the test's own making.
 *
 * As in harness.h, nothing here sleeps to synchronise: a test waits for what it is about. */
#ifndef MCONN_TEST_SWITCH_HARNESS_H
#define MCONN_TEST_SWITCH_HARNESS_H
#include "harness.h"

#define NODE_EVENTS 65536
#define NODE_OTHERS 4096 /* of them at least for events that are no messages */
#define NODE_REFUSALS 4096

enum node_event_kind { NODE_SET_SWITCH, NODE_START, NODE_STOP, NODE_INIT, NODE_ADD, NODE_REMOVE, NODE_RECEIVE };

typedef struct {
  enum node_event_kind kind;
  unsigned reactor; /* 0.. in the order of node_new */
  char id[MCONN_NODE_ID_DIGITS + 1];
  enum mconn_err err; /* NODE_REMOVE */
  uint8_t channel;    /* NODE_RECEIVE */
  size_t len;
  uint64_t hash;
} node_event;

typedef struct node node;
typedef struct {
  node *of;
  unsigned number;
  mconn_channel channels[4];
  size_t channel_count;
} node_reactor;

struct node {
  mconn_switch *sw;
  char id[MCONN_NODE_ID_DIGITS + 1];
  char address[128]; /* id@127.0.0.1:port, once it listens */
  node_reactor reactors[3];
  /* called by every reactor, without the lock; may be NULL */
  enum mconn_err (*on_start)(node_reactor *r);
  void (*on_stop)(node_reactor *r);
  enum mconn_err (*on_init)(node_reactor *r, mconn_peer *p);
  void (*on_add)(node_reactor *r, mconn_peer *p);
  void (*on_remove)(node_reactor *r, mconn_peer *p, mconn_reason reason);
  void (*on_receive)(node_reactor *r, mconn_peer *p, uint8_t channel, const uint8_t *bytes, size_t len);
  void *more; /* for them */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* behind the lock */
  node_event *events;
  size_t count;
  enum mconn_err refusals[NODE_REFUSALS]; /* of its log: why somebody did not become a peer */
  size_t refused;
  unsigned given_up, pauses; /* lines of its log that say so */
  int flag;
};

/* 40 digits. */
const char *node_id(unsigned number);
/* Of a node of this number: no limits, no ping, every time-out out of reach, peers of one address allowed. */
mconn_switch_config node_config(unsigned number);
/* Its log goes to the node. Reactor 0 has channels 1 and 2, reactor 1 channel 3, reactor 2 none. Not started. */
node *node_new(const mconn_switch_config *c);
/* Without reactors. */
node *node_bare(const mconn_switch_config *c);
mconn_reason node_add_reactor(node *n, unsigned number);
void node_listen(node *n);
void node_start(node *n);
/* A new one that listens and is started. */
node *node_open(const mconn_switch_config *c);
void node_free(node *n);
/* The same, but the switch was freed by the test. */
void node_free_rest(node *n);

/* Waits until there are as many events of this kind at reactor 0, or (id not NULL) about this peer. */
void node_await(node *n, enum node_event_kind kind, const char *id, size_t count);
size_t node_count(node *n, unsigned reactor, enum node_event_kind kind, const char *id);
/* The k-th event of this kind at reactor 0. */
node_event node_event_at(node *n, enum node_event_kind kind, size_t k);
void node_await_refusal(node *n, enum mconn_err err);
size_t node_refusals(node *n, enum mconn_err err);
/* Waits until so many peers are in the set. */
void node_await_peers(node *n, size_t count);
void node_set_flag(node *n, int value);
void node_await_flag(node *n, int value);
/* Every peer that was added was removed at most once and in order; with all, which is waited for, exactly once. */
void node_expect_paired(node *n, bool all);
/* The only peer, held. */
mconn_peer *node_peer(node *n);
void node_expect_dial(node *n, const node *to, enum mconn_err err);

/* A transport that says what this node wants, or takes its time. */
typedef struct {
  const char *authenticated_id;
  int hold_while; /* waits while the flag of `of` has this value; 0: does not wait */
  node *of;
} odd_transport;
mconn_transport odd_transport_of(odd_transport *t);

/* ---- strangers: raw sockets */

int stranger_connect(const node *n);
/* The node info of a node of this number that has channels 1 to 3. */
mconn_node_info stranger_info(unsigned number);
/* Exchanges node infos. */
void stranger_greet(int fd, const mconn_node_info *info);
/* Connects and exchanges node infos; the socket. */
int stranger_open(const node *n, const mconn_node_info *info);
void stranger_send(int fd, uint8_t channel, const void *bytes, size_t len);
/* Waits for the end of the stream; false: bytes came. */
bool stranger_is_closed(int fd);
/* A socket that listens and, accepting or not, never answers. */
int mute_listener(char address[128], unsigned number);
#endif
