/* A switch of one's own: two reactors on different channels, a dial, a broadcast, and what arrives.
 *
 * Two nodes in one process, so that it needs nothing else. The greeter says hello to every peer and prints what comes
 * back; the echo reactor returns whatever arrives on its channel. The transport is the one that encrypts nothing. */
#include <mconn/mconn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GREETING = 0x70, ECHO = 0x71 };

typedef struct {
  const char *name;
  mconn_switch *sw;
  int done; /* the pipe's end that says: an answer is here */
} node;

/* ---- the echo reactor: one channel, no state */

static const mconn_channel *echo_channels(void *user, size_t *n)
{
  static const mconn_channel channels[] = { { .id = ECHO, .priority = 1, .message_capacity = 1024 } };
  (void)user;
  *n = 1;
  return channels;
}

static void echo_receive(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  const node *me = user;
  printf("%s: echo: %.*s\n", me->name, (int)len, (const char *)bytes);
  fflush(stdout);
  if (!mconn_peer_is_outbound(peer)) mconn_peer_send(peer, channel, bytes, len); /* one side answers */
  else if (write(me->done, "", 1) != 1) perror("write");
}

/* ---- the greeter: asks for an echo of every peer that greets */

static const mconn_channel *greeter_channels(void *user, size_t *n)
{
  static const mconn_channel channels[] = { { .id = GREETING, .priority = 5, .message_capacity = 64 } };
  (void)user;
  *n = 1;
  return channels;
}

static void greeter_add_peer(void *user, mconn_peer *peer)
{
  const node *me = user;
  printf("%s: peer %.8s %s\n", me->name, mconn_peer_id(peer), mconn_peer_is_outbound(peer) ? "dialed" : "came");
  fflush(stdout);
}

static void greeter_receive(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  const node *me = user;
  (void)channel;
  printf("%s: greeting: %.*s\n", me->name, (int)len, (const char *)bytes);
  fflush(stdout);
  if (mconn_peer_is_outbound(peer)) mconn_peer_send(peer, ECHO, "is anybody there", 16);
}

static void greeter_remove_peer(void *user, mconn_peer *peer, mconn_reason reason)
{
  if (reason.err != MCONN_OK && reason.err != MCONN_E_EOF)
    fprintf(stderr, "%s: peer %.8s: %s (%s)\n", ((const node *)user)->name, mconn_peer_id(peer),
            mconn_strerror(reason.err), mconn_requirement(reason.err));
}

/* ---- a node */

static int node_start(node *me, const char *id, int done)
{
  me->done = done;
  mconn_switch_config config = mconn_switch_config_default();
  config.self = (mconn_node_info){ .p2p_version = 8,
                                   .block_version = 11,
                                   .id = id,
                                   .listen_address = "127.0.0.1:0",
                                   .network = "example",
                                   .version = "0.1",
                                   .moniker = me->name };
  config.transport = mconn_transport_plaintext_insecure();
  config.allow_duplicate_ip = true; /* both nodes are on this machine */
  mconn_reason r = mconn_switch_new(&me->sw, &config);
  if (r.err == MCONN_OK)
    r = mconn_switch_add_reactor(me->sw, "greeter",
                                 (mconn_reactor){ .channels = greeter_channels,
                                                  .add_peer = greeter_add_peer,
                                                  .remove_peer = greeter_remove_peer,
                                                  .receive = greeter_receive,
                                                  .user = me });
  if (r.err == MCONN_OK)
    r = mconn_switch_add_reactor(me->sw, "echo",
                                 (mconn_reactor){ .channels = echo_channels, .receive = echo_receive, .user = me });
  if (r.err == MCONN_OK) r = mconn_switch_listen(me->sw, "127.0.0.1:0");
  if (r.err == MCONN_OK) r.err = mconn_switch_start(me->sw);
  if (r.err != MCONN_OK)
    fprintf(stderr, "%s: %s (%s) %s\n", me->name, mconn_strerror(r.err), mconn_requirement(r.err),
            r.field != NULL ? r.field : "");
  return r.err == MCONN_OK;
}

int main(void)
{
  static const char alice_id[] = "a11ce00000000000000000000000000000000001";
  static const char bob_id[] = "b0b0000000000000000000000000000000000002";
  node alice = { .name = "alice" }, bob = { .name = "bob" };
  int answer[2];
  char address[80], byte;
  if (pipe(answer) != 0) return 1;
  int ok = node_start(&alice, alice_id, answer[1]) && node_start(&bob, bob_id, answer[1]);
  if (ok) {
    snprintf(address, sizeof address, "%s@127.0.0.1:%u", alice_id, mconn_switch_port(alice.sw));
    mconn_reason r = mconn_switch_dial(bob.sw, address);
    if (r.err != MCONN_OK) fprintf(stderr, "dial %s: %s\n", address, mconn_strerror(r.err));
    ok = r.err == MCONN_OK;
  }
  while (ok && mconn_switch_count(alice.sw).inbound == 0)
    usleep(1000); /* bob has alice; alice has bob a moment later */
  if (ok) {
    printf("alice: told %zu\n", mconn_switch_broadcast(alice.sw, GREETING, "good morning", 12));
    fflush(stdout);
    ok = read(answer[0], &byte, 1) == 1;
  }
  mconn_switch_free(bob.sw);
  mconn_switch_free(alice.sw);
  return ok ? 0 : 1;
}
