/* A node with one reactor that returns every message, over the transport that encrypts nothing, for upstream's code
 * at the other end. Public headers only: what a user of the switch gets is what is tested.
 *
 *   peer PROFILE ID:PRIORITY,... PAYLOAD PING_MS PONG_MS listen|dial HOST:PORT [MESSAGE]
 *
 * Takes one peer, and prints what became of it as one line of JSON. MESSAGE, counted from 1, returns with one bit
 * turned over, so that it can be seen that the other side looks. Status 0: the peer ended the stream and nothing
 * failed; 1: something did; 2: wrong use. */
#include <mconn/mconn.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS_MAX 16
#define MS 1000000ull
#define OTHER_ID "0123456789abcdef0123456789abcdef01234567" /* go/peer/nodeinfo.go */
#define OWN_ID "c0ffee0000000000000000000000000000000001"

typedef struct {
  mconn_channel channels[CHANNELS_MAX];
  size_t channel_count;
  unsigned long flip; /* this message returns with one bit wrong; 0: none */
  atomic_ulong messages, bytes, errors;
  mconn_status status; /* of the peer, when it was removed */
  mconn_reason reason;
  sem_t gone;
} node;

/* ---- the reactor */

static const mconn_channel *channels(void *user, size_t *n)
{
  node *me = user;
  *n = me->channel_count;
  return me->channels;
}

static void failed(node *me, const char *what, enum mconn_err err)
{
  atomic_fetch_add(&me->errors, 1);
  fprintf(stderr, "%s: %s (%s)\n", what, mconn_strerror(err), mconn_requirement(err));
}

/* The bytes are the connection's, so that the wrong bit needs a copy. */
static enum mconn_err send_spoiled(mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  uint8_t *copy = malloc(len);
  if (copy == NULL) return MCONN_E_MEMORY;
  memcpy(copy, bytes, len);
  copy[len / 2] ^= 1;
  const enum mconn_err err = mconn_peer_send(peer, channel, copy, len);
  free(copy);
  return err;
}

static void receive(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *bytes, size_t len)
{
  node *me = user;
  const unsigned long n = atomic_fetch_add(&me->messages, 1) + 1;
  atomic_fetch_add(&me->bytes, len);
  const enum mconn_err err =
    n == me->flip && len > 0 ? send_spoiled(peer, channel, bytes, len) : mconn_peer_send(peer, channel, bytes, len);
  if (err != MCONN_OK) failed(me, "send", err);
}

static void remove_peer(void *user, mconn_peer *peer, mconn_reason reason)
{
  node *me = user;
  me->status = mconn_peer_status(peer, NULL, 0);
  me->reason = reason;
  sem_post(&me->gone);
}

/* ---- the node */

static int parse_channels(node *me, const char *text)
{
  for (char *end; me->channel_count < CHANNELS_MAX; text = end + 1) {
    const unsigned long id = strtoul(text, &end, 0);
    if (*end != ':' || id > 255) return 0;
    const unsigned long priority = strtoul(end + 1, &end, 10);
    if (priority < 1 || priority > MCONN_PRIORITY_MAX) return 0;
    /* Room for all that the other side has under way: a receive that waits for room reads no pong. */
    me->channels[me->channel_count++] =
      (mconn_channel){ .id = (uint32_t)id, .priority = (uint32_t)priority, .queue_capacity = 64 };
    if (*end == '\0') return 1;
    if (*end != ',') return 0;
  }
  return 0;
}

static mconn_switch_config config_of(const mconn_profile *profile, char **argv)
{
  mconn_switch_config config = mconn_switch_config_default();
  config.connection.dialect = profile->dialect;
  config.connection.payload = (uint32_t)strtoul(argv[3], NULL, 10);
  config.connection.send_rate = config.connection.recv_rate = 0;
  config.connection.ping.interval = strtoull(argv[4], NULL, 10) * MS;
  config.connection.ping.timeout = strtoull(argv[5], NULL, 10) * MS;
  config.self = (mconn_node_info){ .p2p_version = profile->p2p_version,
                                   .block_version = profile->block_version,
                                   .id = OWN_ID,
                                   .network = "interop",
                                   .version = MCONN_VERSION,
                                   .moniker = "ours" };
  config.transport = mconn_transport_plaintext_insecure();
  config.handshake_timeout = 20000 * MS; /* the machine may be a busy one */
  config.dial_timeout = 10000 * MS;
  return config;
}

static mconn_reason start(mconn_switch *sw, node *me, const char *role, const char *address)
{
  const mconn_reactor reactor = { .channels = channels, .receive = receive, .remove_peer = remove_peer, .user = me };
  mconn_reason r = mconn_switch_add_reactor(sw, "echo", reactor);
  const int dials = strcmp(role, "dial") == 0;
  if (r.err == MCONN_OK && !dials) r = mconn_switch_listen(sw, address);
  if (r.err == MCONN_OK) r.err = mconn_switch_start(sw);
  if (r.err != MCONN_OK) return r;
  if (!dials) {
    printf("{\"event\":\"listening\",\"address\":\"127.0.0.1:%u\"}\n", mconn_switch_port(sw));
    fflush(stdout);
    return r;
  }
  char whole[128];
  snprintf(whole, sizeof whole, OTHER_ID "@%s", address);
  return mconn_switch_dial(sw, whole);
}

/* Upstream closes its socket at once, with a ping of ours perhaps unread, which is a reset. That nothing was lost
 * is what the other side counts before it closes. */
static int peer_ended(mconn_reason r)
{
  return r.err == MCONN_E_EOF || (r.err == MCONN_E_IO && (r.system == ECONNRESET || r.system == EPIPE));
}

static void report(node *me)
{
  const mconn_status *s = &me->status;
  printf("{\"event\":\"closed\",\"messages\":%lu,\"bytes\":%lu,\"errors\":%lu,\"reason\":\"%s\",\"system\":\"%s\","
         "\"pings_sent\":%llu,\"pongs_received\":%llu,\"bytes_sent\":%llu,\"bytes_received\":%llu}\n",
         atomic_load(&me->messages), atomic_load(&me->bytes), atomic_load(&me->errors),
         mconn_error_name(me->reason.err), me->reason.system != 0 ? strerror(me->reason.system) : "",
         (unsigned long long)s->pings_sent, (unsigned long long)s->pongs_received, (unsigned long long)s->bytes_sent,
         (unsigned long long)s->bytes_received);
}

int main(int argc, char **argv)
{
  static node me;
  const mconn_profile *profile = argc >= 8 ? mconn_profile_find(argv[1]) : NULL;
  if (profile == NULL || argc > 9 || !parse_channels(&me, argv[2]) ||
      (strcmp(argv[6], "listen") != 0 && strcmp(argv[6], "dial") != 0)) {
    fprintf(stderr, "usage: peer PROFILE ID:PRIORITY,... PAYLOAD PING_MS PONG_MS listen|dial HOST:PORT [MESSAGE]\n");
    return 2;
  }
  me.flip = argc == 9 ? strtoul(argv[8], NULL, 10) : 0;
  if (sem_init(&me.gone, 0, 0) != 0) return 1;
  const mconn_switch_config config = config_of(profile, argv);
  mconn_switch *sw = NULL;
  mconn_reason r = mconn_switch_new(&sw, &config);
  if (r.err == MCONN_OK) r = start(sw, &me, argv[6], argv[7]);
  if (r.err == MCONN_OK) {
    while (sem_wait(&me.gone) != 0) {} /* interrupted */
    report(&me);
  } else {
    failed(&me, r.field != NULL ? r.field : argv[6], r.err);
  }
  mconn_switch_free(sw);
  return r.err == MCONN_OK && atomic_load(&me.errors) == 0 && peer_ended(me.reason) ? 0 : 1;
}
