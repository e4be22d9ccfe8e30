/* mconn echo: a plain peer that returns every message on its channel; what a Go program can talk to.
 *
 * What goes wrong in such a tool: one slow peer stops the others (each connection has its own threads
 * here), a message that cannot be returned is dropped without a word (the connection is closed and
 * says so), and the reason of an end is lost (each end is an event with error, requirement and offset). */
#include "address.h"
#include "cli.h"
#include "endpoint.h"
#include "json_out.h"
#include "stop.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FLUSH_STOP_NS 2000000000ull /* what a stop by signal may take to write the rest */

typedef struct {
  endpoint_options endpoint;
  endpoint_channels channels;
  const char *listen, *dial, *list;
  bool once, json, quiet, verbose;
} echo_options;

typedef struct peer {
  struct peer *next;
  struct echo *echo;
  mconn_connection *connection;
  endpoint_tag tag;
  uint64_t number; /* from 1 */
  _Atomic bool over;
  _Atomic int send_error; /* enum mconn_err: a message could not be returned, or the threads not started */
} peer;

typedef struct echo {
  const echo_options *opt;
  int listener, stop, wake; /* wake: an eventfd, written when a connection is over */
  peer *peers;
  uint64_t accepted, messages, bytes, failed;
  bool last_ok; /* the connection that ended last was ended by the peer or by us */
  pthread_mutex_t print_lock;
  json_out out;
  char buffer[8192];
} echo;

/* ---- events */

static void event_begin(echo *e, const char *name)
{
  pthread_mutex_lock(&e->print_lock);
  JSON(&e->out, "{\"event\":");
  jout_string(&e->out, name);
}

static void event_end(echo *e)
{
  JSON(&e->out, "}\n");
  jout_flush(&e->out);
  pthread_mutex_unlock(&e->print_lock);
}

static void tell_address(echo *e, const char *name, uint64_t connection, const char *address)
{
  if (e->opt->json) {
    event_begin(e, name);
    if (connection > 0) jout_field_number(&e->out, "connection", connection);
    jout_field_string(&e->out, "address", address);
    event_end(e);
  } else if (!e->opt->quiet) {
    if (connection > 0) printf("%llu: %s %s\n", (unsigned long long)connection, name, address);
    else printf("%s on %s\n", name, address);
    cli_flush();
  }
}

static void tell_message(peer *p, uint8_t channel, size_t len)
{
  echo *e = p->echo;
  if (e->opt->json) {
    event_begin(e, "message");
    jout_field_number(&e->out, "connection", p->number);
    jout_field_number(&e->out, "channel", channel);
    jout_field_number(&e->out, "len", len);
    event_end(e);
  } else {
    printf("%llu: channel 0x%02x, %zu bytes\n", (unsigned long long)p->number, (unsigned)channel, len);
    cli_flush();
  }
}

/* ---- how a connection ended */

typedef struct {
  mconn_reason reason;
  mconn_status status;
  uint64_t messages, bytes; /* received */
  bool by_us;
  bool not_returned; /* we ended it, because the peer did not take a message */
  bool ok;
} ending;

/* A peer may close whenever it likes, with traffic under way too: then the socket says reset or broken pipe. */
static bool closed_by_peer(mconn_reason r)
{
  return r.err == MCONN_E_EOF || r.err == MCONN_E_EOF_INSIDE ||
         (r.err == MCONN_E_IO && (r.system == ECONNRESET || r.system == EPIPE));
}

static ending ending_of(peer *p, bool by_us)
{
  mconn_channel_status ch[MCONN_CHANNELS_MAX];
  ending x = { .status = mconn_connection_status(p->connection, ch, MCONN_CHANNELS_MAX), .by_us = by_us };
  x.reason = x.status.reason;
  int failed = atomic_load(&p->send_error);
  if (failed != MCONN_OK) x.reason = (mconn_reason){ .err = (enum mconn_err)failed };
  for (size_t k = 0; k < x.status.channels; k++) {
    x.messages += ch[k].messages_received;
    x.bytes += ch[k].bytes_received;
  }
  x.not_returned = failed == MCONN_E_TIMEOUT;
  x.ok = x.reason.err == MCONN_OK || closed_by_peer(x.reason);
  return x;
}

static void tell_ending_json(peer *p, const ending *x)
{
  echo *e = p->echo;
  json_out *o = &e->out;
  event_begin(e, "closed");
  jout_field_number(o, "connection", p->number);
  jout_field_string(o, "by", x->by_us ? "us" : closed_by_peer(x->reason) ? "peer" : "error");
  jout_field_string(o, "error", mconn_error_name(x->reason.err));
  jout_field_string(o, "requirement", mconn_requirement(x->reason.err));
  jout_field_string(o, "text", mconn_strerror(x->reason.err));
  jout_field_number(o, "offset", x->reason.offset);
  if (x->reason.system != 0) jout_field_string(o, "system", strerror(x->reason.system));
  jout_field_number(o, "messages", x->messages);
  jout_field_number(o, "bytes", x->bytes);
  jout_field_number(o, "wire_bytes_received", x->status.bytes_received);
  jout_field_number(o, "wire_bytes_sent", x->status.bytes_sent);
  jout_field_number(o, "pings_sent", x->status.pings_sent);
  jout_field_number(o, "pongs_received", x->status.pongs_received);
  event_end(e);
}

static void tell_ending(peer *p, const ending *x)
{
  unsigned long long number = p->number;
  const mconn_reason *r = &x->reason;
  if (p->echo->opt->json) {
    tell_ending_json(p, x);
  } else if (!p->echo->opt->quiet) {
    printf("%llu: closed after %llu messages, %llu bytes: %s\n", number, (unsigned long long)x->messages,
           (unsigned long long)x->bytes, r->err == MCONN_OK ? "we stopped" : mconn_strerror(r->err));
    cli_flush();
  }
  if (x->ok) return;
  char place[64] = "";
  if (r->err <= MCONN_E_EMPTY_FRAGMENTS)
    snprintf(place, sizeof place, ", at byte %llu of the stream", (unsigned long long)r->offset);
  cli_say("connection %llu: %s%s, %s: %s%s%s%s", number, x->not_returned ? "a message could not be returned: " : "",
          mconn_requirement(r->err), mconn_error_name(r->err), mconn_strerror(r->err), place,
          r->system != 0 ? ": " : "", r->system != 0 ? strerror(r->system) : "");
}

/* ---- callbacks, on the connection's threads */

static void is_over(peer *p)
{
  atomic_store(&p->over, true);
  uint64_t one = 1;
  while (write(p->echo->wake, &one, sizeof one) < 0 && errno == EINTR) {}
}

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  peer *p = user;
  if (p->echo->opt->verbose) tell_message(p, channel, len);
  enum mconn_err err = mconn_connection_send(p->connection, channel, bytes, len);
  if (err == MCONN_OK || err == MCONN_E_NOT_RUNNING) return;
  atomic_store(&p->send_error, (int)err);
  mconn_connection_stop(p->connection);
  is_over(p);
}

static void on_error(void *user, mconn_reason reason)
{
  (void)reason; /* the status keeps it */
  is_over(user);
}

/* ---- connections */

/* No connection for want of memory: said, and the others go on. */
static void drop(echo *e, int fd, const char *address)
{
  cli_say("%s: %s, closed", address, mconn_strerror(MCONN_E_MEMORY));
  close(fd);
  e->failed++;
  e->last_ok = false;
}

static void begin_peer(echo *e, int fd)
{
  char address[ADDRESS_TEXT_BYTES];
  address_of_peer(fd, address);
  e->accepted++;
  peer *p = calloc(1, sizeof *p);
  if (p == NULL) {
    drop(e, fd, address);
    return;
  }
  p->echo = e;
  p->number = e->accepted;
  p->tag = (endpoint_tag){ "connection", p->number };
  mconn_callbacks callbacks = {
    .on_receive = on_receive, .on_error = on_error, .user = p, .log = endpoint_log(&e->opt->endpoint, &p->tag)
  };
  mconn_reason r = mconn_connection_new(&p->connection, fd, &e->opt->endpoint.config, e->opt->channels.d,
                                        e->opt->channels.n, callbacks);
  if (r.err != MCONN_OK) { /* the configuration was checked before, so it is the memory */
    free(p);
    drop(e, fd, address);
    return;
  }
  tell_address(e, "connected", p->number, address);
  p->next = e->peers;
  e->peers = p;
  enum mconn_err err = mconn_connection_start(p->connection);
  if (err != MCONN_OK) {
    atomic_store(&p->send_error, (int)err);
    is_over(p);
  }
}

/* Reports and frees the peer at *link. */
static void end_peer(echo *e, peer **link, bool by_us)
{
  peer *p = *link;
  *link = p->next;
  if (by_us) (void)mconn_connection_flush_stop(p->connection, FLUSH_STOP_NS);
  (void)mconn_connection_wait(p->connection, 0);
  ending x = ending_of(p, by_us);
  tell_ending(p, &x);
  e->messages += x.messages;
  e->bytes += x.bytes;
  e->last_ok = x.ok || by_us;
  if (!e->last_ok) e->failed++;
  mconn_connection_free(p->connection);
  free(p);
}

static void end_those_over(echo *e)
{
  uint64_t count;
  while (read(e->wake, &count, sizeof count) < 0 && errno == EINTR) {}
  for (peer **link = &e->peers; *link != NULL;) {
    if (atomic_load(&(*link)->over)) end_peer(e, link, false);
    else link = &(*link)->next;
  }
}

static void accept_one(echo *e)
{
  int fd = accept4(e->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) {
    /* the peer may have gone again; anything lasting is said, and the listener goes on */
    if (errno != ECONNABORTED && errno != EINTR && errno != EAGAIN) {
      cli_say("accept: %s", strerror(errno));
      usleep(100000);
    }
    return;
  }
  begin_peer(e, fd);
  if (e->opt->once) {
    close(e->listener);
    e->listener = -1;
  }
}

/* Until a signal, or with --once and --dial until the connection is over. Returns true for a signal. */
static bool serve(echo *e)
{
  while (e->listener >= 0 || e->peers != NULL) {
    struct pollfd p[3] = { { .fd = e->stop, .events = POLLIN },
                           { .fd = e->wake, .events = POLLIN },
                           { .fd = e->listener, .events = POLLIN } };
    if (poll(p, 3, -1) < 0 && errno != EINTR) cli_fail("poll: %s", strerror(errno));
    if (p[0].revents != 0 && stop_asked(e->stop)) return true;
    if (p[1].revents != 0) end_those_over(e);
    if (p[2].revents != 0) accept_one(e);
  }
  return false;
}

static void tell_summary(echo *e)
{
  if (e->opt->json) {
    event_begin(e, "summary");
    jout_field_number(&e->out, "connections", e->accepted);
    jout_field_number(&e->out, "failed", e->failed);
    jout_field_number(&e->out, "messages", e->messages);
    jout_field_number(&e->out, "bytes", e->bytes);
    event_end(e);
  } else if (!e->opt->quiet) {
    printf("%llu connections, %llu failed; %llu messages, %llu bytes returned\n", (unsigned long long)e->accepted,
           (unsigned long long)e->failed, (unsigned long long)e->messages, (unsigned long long)e->bytes);
  }
}

static int run(const echo_options *opt)
{
  echo e = { .opt = opt, .listener = -1, .last_ok = true, .print_lock = PTHREAD_MUTEX_INITIALIZER };
  e.out = json_out_new(STDOUT_FILENO, e.buffer, sizeof e.buffer);
  int dialled = opt->dial != NULL ? address_dial("--dial", opt->dial) : -1;
  e.stop = stop_open();
  e.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (e.wake < 0) cli_fail("eventfd: %s", strerror(errno));
  if (dialled >= 0) {
    begin_peer(&e, dialled);
  } else {
    char address[ADDRESS_TEXT_BYTES];
    e.listener = address_listen("--listen", opt->listen);
    address_of_socket(e.listener, address);
    tell_address(&e, "listening", 0, address);
  }
  bool signalled = serve(&e);
  while (e.peers != NULL) end_peer(&e, &e.peers, !atomic_load(&e.peers->over));
  tell_summary(&e);
  if (e.listener >= 0) close(e.listener);
  close(e.stop);
  close(e.wake);
  return signalled || e.last_ok ? CLI_OK : CLI_REFUSED;
}

/* ---- options */

enum { KEY_LISTEN = 256, KEY_DIAL, KEY_CHANNELS, KEY_ONCE };

static const struct argp_option option_table[] = {
  { "listen", 'l', "HOST:PORT", 0, "accept connections; port 0 takes a free one and says which", 1 },
  { "dial", KEY_DIAL, "HOST:PORT", 0, "connect, and end with that connection", 1 },
  { "channels", 'c', "LIST", 0, "ID:PRIORITY or ID:PRIORITY:QUEUE, with commas between (default 0x01:1)", 1 },
  { "once", KEY_ONCE, NULL, 0, "end with the first connection", 1 },
  { "json", 'j', NULL, 0, "one JSON object per event: listening, connected, closed, summary", 1 },
  { "verbose", 'v', NULL, 0, "an event for each message, too", 1 },
  { "quiet", 'q', NULL, 0, "no output but errors", 1 },
  { 0 }
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
  echo_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = state->child_inputs[1] = &o->endpoint; break;
  case 'l': o->listen = arg; break;
  case KEY_DIAL: o->dial = arg; break;
  case 'c': o->list = arg; break;
  case KEY_ONCE: o->once = true; break;
  case 'j': o->json = true; break;
  case 'v': o->verbose = true; break;
  case 'q': o->quiet = true; break;
  case ARGP_KEY_ARG: cli_usage("there is no argument to take '%s'", arg);
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = { { .argp = &endpoint_argp, .group = 7 },
                                              { .argp = &endpoint_log_argp, .group = 7 },
                                              { 0 } };

static const struct argp command_line = {
  .options = option_table,
  .parser = take_option,
  .children = children,
  .args_doc = "",
  .doc =
    "A plain peer that returns every message on the channel it came on.\v"
    "Stops at SIGINT or SIGTERM, after writing what it accepted. A message that the other side does not take for ten "
    "seconds ends its connection.\n\n"
    "Exit status with --once or --dial: 0 if the peer closed the connection, whenever it liked, or a signal ended it; "
    "1 if its bytes were refused, it fell silent or the socket failed. Else 0 after a signal.\n\n"
    "Examples:\n"
    "  mconn echo --listen 127.0.0.1:26656\n"
    "  mconn echo --listen '[::1]:0' --once --json --dialect amino\n"
    "  mconn echo --listen 127.0.0.1:26656 --log-level debug\n"
    "  mconn echo --dial localhost:26656 --channels 0x20:6,0x21:10,0x22:7\n" CLI_EXIT_TEXT,
};

int cmd_echo(int argc, char **argv)
{
  echo_options opt = { .endpoint = endpoint_defaults(), .list = "0x01:1" };
  cli_parse(&command_line, argc, argv, &opt);
  if ((opt.listen == NULL) == (opt.dial == NULL)) cli_usage("one of --listen and --dial is needed");
  if (opt.json && opt.quiet) cli_usage("--json and --quiet exclude each other");
  opt.channels = endpoint_parse_channels("--channels", opt.list, &opt.endpoint);
  endpoint_check(&opt.endpoint, &opt.channels);
  return run(&opt);
}
