/* The inside of a switch: what its threads share, and who may touch what.
 *
 * Everything that is on its way to a peer, is one, or is being removed, is an entry of one list: so an id, an
 * address and a place are taken and given back in one place each. Which state an entry is in, and whether
 * there is a place for it, core/membership.h and core/admission.h decide; the code here carries that out, under one lock, which is
 * never held while code of the user runs, in a system call that waits, or while a peer is called.
 *
 * Threads: one that accepts, one per persistent address, one per socket or dial that is on its way, one per
 * removal, one per filter that has not answered, and the keeper, who does what no thread could be had for and
 * what a callback asked for. All of them belong to one group and are joined by mconn_switch_free. */
#ifndef MCONN_SHELL_SWITCH_INTERNAL_H
#define MCONN_SHELL_SWITCH_INTERNAL_H
#include "mconn/switch.h"
#include "log.h"
#include "core/admission.h"
#include "core/membership.h"
#include "core/reconnect.h"
#include "internal.h"
#include "metrics.h"
#include "mconn/service.h"
#include "peer.h"
#include "threads.h"
#include <stdio.h>
#include <sys/socket.h>

#define SHELL_ACCEPT_PAUSE_NS 100000000ull /* after an error of accept(2) that may pass */
#define SHELL_SWITCH_CHANNELS_MAX 16u      /* a node info names no more (upstream node_info.go) */
#define SHELL_FILTERS_MAX 16u
#define SHELL_TIMEOUT_MAX 3600000000000ull /* of dial, handshake and filters; ns */
#define SHELL_DELIVERY_BYTES_MAX 1073741824ull
#define SWITCH_MODULE "switch"
#define SWITCH_IP_TEXT 46u /* an IP address as text, with its end */

typedef struct {
  char *name;
  mconn_reactor r;
  mconn_channel channels[SHELL_SWITCH_CHANNELS_MAX];
  size_t channel_count;
  bool started;
} switch_reactor;

/* Somebody on the way in, in, or on the way out. */
typedef struct switch_entry {
  /* set before it is in the list; id and ip also later, behind the lock */
  mconn_switch *sw;
  bool outbound;
  char id[MCONN_NODE_ID_DIGITS + 1]; /* "" before the handshake of an inbound one */
  char ip[SWITCH_IP_TEXT];           /* "" before the lookup of an outbound one */
  unsigned port;
  char *host;            /* dialed: what to look up */
  mconn_node_info *info; /* the peer's, until it is the peer's own */
  metrics_peer *figures; /* of the peer; NULL: nobody counts */

  /* behind the lock */
  enum mconn_member_state member; /* of its id */
  enum mconn_place place;         /* where it is counted, its socket apart */
  int fd;                         /* until the peer has it; -1: none */
  bool kept;                      /* dialed by the thread that keeps this address up, which tries again itself */
  bool shut;                      /* its end was asked for before it was a peer */
  mconn_peer *peer;
  mconn_reason reason;       /* why it leaves */
  uint64_t admitted;         /* its number in the order of insertions; 0: not yet */
  struct switch_entry *next; /* in the queue of those to be removed */
} switch_entry;

/* A configured address that is kept up. */
typedef struct {
  mconn_switch *sw;
  char id[MCONN_NODE_ID_DIGITS + 1];
  char *address;
  bool wanted;   /* behind the lock: to be dialed */
  uint64_t last; /* of its thread: end of the last dial, ns; 0: there was none */
} switch_persistent;

enum switch_phase { PHASE_NEW, PHASE_STARTING, PHASE_RUNNING, PHASE_STOPPING, PHASE_STOPPED };

struct mconn_switch {
  /* set once, by mconn_switch_new */
  mconn_switch_config config; /* what it points to is the switch's */
  char (*unconditional)[MCONN_NODE_ID_DIGITS + 1];
  switch_persistent *persistent;
  mconn_node_info *self;
  mconn_filter *filters;
  char own_id[MCONN_NODE_ID_DIGITS + 1];
  mconn_service *service;
  shell_threads threads;
  int wake;       /* readable while the switch is not open */
  uint64_t hurry; /* pauses are divided by it: 1, more in tests */

  /* set before the first peer, and not changed while there may be one */
  switch_reactor *reactors;
  size_t reactor_count;
  mconn_channel channels[SHELL_SWITCH_CHANNELS_MAX];
  uint8_t lanes[SHELL_SWITCH_CHANNELS_MAX]; /* of each of them: the place of its reactor */
  size_t channel_count;
  size_t owner[MCONN_CHANNELS_MAX]; /* by channel id: the place of its reactor and 1; 0: nobody's */
  uint8_t own[MCONN_NODEINFO_BYTES_MAX];
  size_t own_len;
  int listener; /* -1: none */
  unsigned port;

  /* behind the lock */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum switch_phase phase;
  bool open;       /* strangers are let in, dials are made */
  bool stop_asked; /* by a callback */
  bool stop_due;   /* and the keeper has not begun with it */
  bool freed;      /* the keeper ends */
  mconn_admission admission;
  switch_entry **entries; /* in the order in which they came */
  size_t entry_count, entry_room;
  uint64_t admissions;
  switch_entry *leaving, **leaving_end; /* to be removed, nobody is at it yet */
  size_t runners;                       /* threads that accept and dial */
  size_t filters_running;
};

/* ---- switch.c */
/* Tests: the pauses before dials are divided by this. Before start. */
void switch_set_hurry(mconn_switch *sw, uint64_t divisor);
/* Waits until `until` ns or until the switch is not open; false in the latter case. */
bool switch_sleep(mconn_switch *sw, uint64_t until);
/* A thread that stop waits for; it calls switch_runner_ends last. */
bool switch_run(mconn_switch *sw, void (*run)(void *arg), void *arg);
void switch_runner_ends(mconn_switch *sw);
uint64_t switch_random(void);
/* A copy of the len bytes at text, with an end; NULL: no memory. */
char *switch_text(const char *text, size_t len);

/* A configuration or a reactor that is refused, and which of its fields is why. */
static inline mconn_reason switch_refusal(enum mconn_err err, const char *field, size_t at)
{
  return (mconn_reason){ .err = err, .field = field, .at = at };
}

/* ---- switch_config.c: every rule of mconn_switch_config, and copies of what it points to */
/* The id in lower case; MCONN_E_NODE_ID. */
enum mconn_err switch_id_text(const char *text, char id[MCONN_NODE_ID_DIGITS + 1]);
/* The id of an address; the errors of MC-ADDRESS-01 to 04. */
enum mconn_err switch_address_id(const char *text, char id[MCONN_NODE_ID_DIGITS + 1]);
mconn_reason switch_config_check(const mconn_switch_config *c);
enum mconn_err switch_config_copy(mconn_switch *sw, const mconn_switch_config *c);
void switch_config_free(mconn_switch *sw);

/* ---- reactors.c */
enum mconn_err switch_reactors_start(mconn_switch *sw);
void switch_reactors_stop(mconn_switch *sw); /* those that were started, the last first */
void switch_reactors_free(mconn_switch *sw);
enum mconn_err switch_reactors_init_peer(mconn_switch *sw, mconn_peer *peer);
void switch_reactors_add_peer(mconn_switch *sw, mconn_peer *peer);
void switch_reactors_remove_peer(mconn_switch *sw, mconn_peer *peer, mconn_reason reason);
void switch_receive(void *entry, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len);

/* ---- peer_set.c: the list */
switch_entry *switch_entry_new(mconn_switch *sw, bool outbound);
/* Takes a place, and for an outbound entry the id. */
enum mconn_err switch_entry_begin(switch_entry *e);
/* Gives an entry that is no peer and never was in the set its end; returns reason. */
mconn_reason switch_entry_drop(switch_entry *e, mconn_reason reason);
/* The socket is the entry's; false: its end was asked for meanwhile. */
bool switch_entry_set_fd(switch_entry *e, int fd);
/* The address is known: MCONN_E_IP_DUPLICATE. */
enum mconn_err switch_entry_set_ip(switch_entry *e, const struct sockaddr_storage *at);
/* An inbound entry learned its id: MCONN_E_PEER_DUPLICATE and others. May wait up to handshake_timeout. */
enum mconn_err switch_entry_identify(switch_entry *e, const char *id);
/* The last of an entry: out of the list, its place given back, freed. */
void switch_entry_unlist(switch_entry *e, enum mconn_err err);
/* Its end before it is a peer; the lock is held. */
void switch_entry_shut(switch_entry *e);
/* The number of the last insertion. */
uint64_t switch_admissions(mconn_switch *sw);
/* The next in the order of insertion behind *cursor, and not above last, held; NULL: there is none. */
mconn_peer *switch_next_peer(mconn_switch *sw, uint64_t *cursor, uint64_t last);
bool switch_is_unconditional(const mconn_switch *sw, const char *id);
switch_persistent *switch_persistent_of(mconn_switch *sw, const char *id);
void switch_ip_text(const struct sockaddr_storage *at, char text[SWITCH_IP_TEXT], unsigned *port);

/* ---- admit.c: from a socket to a peer, and from a peer to nothing */
mconn_reason switch_upgrade(switch_entry *e);
/* The entry is a peer afterwards, or gone. */
mconn_reason switch_admit(switch_entry *e);
/* The end of everybody; the lock is held. */
void switch_end_all(mconn_switch *sw);
/* Begins removals that wait, one at least by itself if no thread is to be had. The lock is held, dropped
 * meanwhile, and held again. */
void switch_remove_leaving(mconn_switch *sw);

/* ---- filter.c */
enum mconn_err switch_ask_filters(mconn_switch *sw, const char *ip, unsigned port, mconn_peer *peer);
/* ---- accept.c */
void switch_accept_run(void *arg); /* a mconn_switch */
/* ---- dial.c */
typedef struct {
  bool give_up; /* every attempt was made */
  uint64_t due; /* else: when to make the next one, ns */
} switch_redial;
/* The plan for a lost peer after `made` attempts to reach it again failed. */
switch_redial switch_redial_plan(const switch_persistent *p, uint32_t made, uint64_t now);
void switch_persistent_run(void *arg); /* a switch_persistent */

#endif
