/* What a peer and a switch cost beside the bare connection, and many channels beside one. switch KIND CHANNELS USED
 * BYTES SECONDS; one JSON object on stdout. Messages of BYTES go one way between two processes, over loopback TCP,
 * round robin over the first USED of CHANNELS channels, rate limits off. KIND is
 *   connection  mconn_connection_send, received by on_receive
 *   peer        mconn_peer_send after node infos were exchanged in the clear, received by a reactor on the peer's
 *               receive thread
 *   delivery    the same, received on a delivery thread
 *
 * What goes wrong with such figures: two ends on the processors of one process share its allocator, and the end that
 * starts to count first, or stops last, counts the setup. So the ends are processes, and the receiving one counts,
 * from its first message on, up to the last message at which it looked at its clock. With a long queue for each of
 * many channels it is the memory of the machine that is measured: so the used channels share the places of one. */
#include "mconn/mconn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_MESSAGES 100      /* as mconn bench */
#define QUEUE_MESSAGES_LEAST 2u /* one waits while the one before it is under way */
#define DELIVERY_BYTES (1u << 20)
#define LOOK_EVERY 64u /* messages; a look at the clock costs a fifth of a short message */
#define BYTES_MOST 1048576u
#define PATIENCE_S 60
#define NS_PER_S 1000000000u
#define PEER_CHANNELS_MOST 16u /* of a switch */

enum kind { CONNECTION, PEER, DELIVERY };
static const char *const kind_name[] = { "connection", "peer", "delivery" };
static const char listener_id[] = "a11ce00000000000000000000000000000000001";
static const char dialer_id[] = "b0b0000000000000000000000000000000000002";

static enum kind kind;
static uint32_t channels, used, bytes, seconds;
static mconn_channel descriptor[MCONN_CHANNELS_MAX];

static void stop(const char *what, enum mconn_err err)
{
  fprintf(stderr, "switch: %s: %s\n", what, err != MCONN_OK ? mconn_strerror(err) : strerror(errno));
  exit(1);
}

static uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static double cpu_s(int who)
{
  struct rusage r;
  getrusage(who, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* ---- what arrives; on one thread at a time, read when that has ended */

static struct {
  uint64_t messages, bytes, wrong, first_ns, last_ns, counted_bytes;
  uint64_t on_channel[MCONN_CHANNELS_MAX]; /* messages; those of different channels overtake each other */
  sem_t ended;
} got;

static void receive(uint8_t channel, size_t len)
{
  got.on_channel[channel]++;
  if (len != bytes) got.wrong++;
  if (got.messages == 0) got.first_ns = now_ns();
  else got.bytes += len;
  if (got.messages++ % LOOK_EVERY != 0) return;
  got.last_ns = now_ns();
  got.counted_bytes = got.bytes;
}

/* The end was the sender's, and each channel got its part of what was sent round robin. */
static bool is_right(void)
{
  for (uint32_t k = 0; k < used; k++)
    if (got.on_channel[k] != got.messages / used + (k < got.messages % used)) return false;
  return got.wrong == 0 && got.counted_bytes > 0;
}

static void on_receive(void *user, uint8_t channel, const uint8_t *message, size_t len)
{
  (void)user, (void)message;
  receive(channel, len);
}

static void on_error(void *user, mconn_reason reason)
{
  (void)user;
  if (reason.err != MCONN_E_EOF) got.wrong++;
  sem_post(&got.ended);
}

static void reactor_receive(void *user, mconn_peer *peer, uint8_t channel, const uint8_t *message, size_t len)
{
  (void)user, (void)peer, (void)message;
  receive(channel, len);
}

static void reactor_remove_peer(void *user, mconn_peer *peer, mconn_reason reason)
{
  (void)peer;
  on_error(user, reason);
}

static const mconn_channel *reactor_channels(void *user, size_t *n)
{
  (void)user;
  *n = channels;
  return descriptor;
}

/* ---- the ends */

static mconn_config config(void)
{
  mconn_config c = mconn_config_default();
  c.send_rate = c.recv_rate = 0;
  return c;
}

static mconn_connection *connection_start(int fd)
{
  const mconn_config c = config();
  mconn_connection *x = NULL;
  mconn_reason r = mconn_connection_new(&x, fd, &c, descriptor, channels,
                                        (mconn_callbacks){ .on_receive = on_receive, .on_error = on_error });
  if (r.err == MCONN_OK) r.err = mconn_connection_start(x);
  if (r.err != MCONN_OK) stop("connection", r.err);
  return x;
}

static mconn_switch *switch_start(const char *id, bool listens)
{
  mconn_switch_config c = mconn_switch_config_default();
  mconn_switch *sw = NULL;
  c.self = (mconn_node_info){ .p2p_version = 8, .block_version = 11, .id = id, .network = "bench", .version = "1" };
  c.self.listen_address = listens ? NULL : "127.0.0.1:1"; /* nobody dials it */
  c.self.moniker = kind_name[kind];
  c.connection = config();
  c.transport = mconn_transport_plaintext_insecure();
  c.delivery_bytes = kind == DELIVERY ? DELIVERY_BYTES : 0;
  mconn_reason r = mconn_switch_new(&sw, &c);
  if (r.err == MCONN_OK)
    r = mconn_switch_add_reactor(
      sw, "bench",
      (mconn_reactor){ .channels = reactor_channels, .receive = reactor_receive, .remove_peer = reactor_remove_peer });
  if (r.err == MCONN_OK && listens) r = mconn_switch_listen(sw, "127.0.0.1:0");
  if (r.err == MCONN_OK) r.err = mconn_switch_start(sw);
  if (r.err != MCONN_OK) stop(r.field != NULL ? r.field : "switch", r.err);
  return sw;
}

static int socket_to(uint16_t port)
{
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) != 0) stop("connect", MCONN_OK);
  return fd;
}

static int listen_on(uint16_t *port)
{
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof a;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) != 0 || listen(fd, 1) != 0 ||
      getsockname(fd, (struct sockaddr *)&a, &size) != 0)
    stop("listen", MCONN_OK);
  *port = ntohs(a.sin_port);
  return fd;
}

/* ---- the process that sends: c or p, never both */

static void send_for_a_while(mconn_connection *c, mconn_peer *p)
{
  static const uint8_t message[BYTES_MOST];
  const uint64_t until = now_ns() + (uint64_t)seconds * NS_PER_S;
  enum mconn_err err = MCONN_OK;
  uint32_t k = 0;
  for (uint64_t n = 0; err == MCONN_OK && (n % LOOK_EVERY != 0 || now_ns() < until); n++) {
    err =
      p != NULL ? mconn_peer_send(p, (uint8_t)k, message, bytes) : mconn_connection_send(c, (uint8_t)k, message, bytes);
    k = k + 1 < used ? k + 1 : 0;
  }
  if (err == MCONN_OK) err = p != NULL ? mconn_peer_flush_stop(p, 0) : mconn_connection_flush_stop(c, 0);
  if (err != MCONN_OK) stop("send", err);
}

static void sender_main(int port_pipe)
{
  uint16_t port = 0;
  if (read(port_pipe, &port, sizeof port) != sizeof port) stop("pipe", MCONN_OK);
  if (kind == CONNECTION) {
    send_for_a_while(connection_start(socket_to(port)), NULL);
    _exit(0);
  }
  char address[80];
  snprintf(address, sizeof address, "%s@127.0.0.1:%u", listener_id, (unsigned)port);
  mconn_switch *sw = switch_start(dialer_id, false);
  mconn_reason r = mconn_switch_dial(sw, address);
  mconn_peer *p = r.err == MCONN_OK ? mconn_switch_peer(sw, listener_id) : NULL;
  if (p == NULL) stop(address, r.err != MCONN_OK ? r.err : MCONN_E_NO_PEER);
  send_for_a_while(NULL, p);
  _exit(0);
}

/* ---- the process that receives */

static void await_end(void)
{
  while (sem_wait(&got.ended) != 0)
    if (errno != EINTR) stop("sem_wait", MCONN_OK);
}

static void tell_port(int port_pipe, uint16_t port)
{
  if (write(port_pipe, &port, sizeof port) != sizeof port) stop("pipe", MCONN_OK);
}

static void receiver_main(int port_pipe)
{
  if (kind != CONNECTION) {
    mconn_switch *sw = switch_start(listener_id, true);
    tell_port(port_pipe, (uint16_t)mconn_switch_port(sw));
    await_end();
    mconn_switch_free(sw);
    return;
  }
  uint16_t port = 0;
  int listener = listen_on(&port);
  tell_port(port_pipe, port);
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) stop("accept", MCONN_OK);
  mconn_connection *c = connection_start(fd);
  await_end();
  mconn_connection_free(c);
}

static int report(pid_t sender)
{
  int status = 0;
  if (waitpid(sender, &status, 0) != sender || status != 0) return 1;
  if (!is_right()) {
    fprintf(stderr, "switch: what arrived is not what was sent: %llu messages\n", (unsigned long long)got.messages);
    return 1;
  }
  const double s = (double)(got.last_ns - got.first_ns) / 1e9, all = (double)got.messages * bytes;
  printf("{\"kind\":\"%s\",\"channels\":%u,\"used\":%u,\"bytes\":%u,\"messages\":%llu,\"mb_per_s\":%.3f,"
         "\"cpu_s_per_gb\":%.4f}\n",
         kind_name[kind], channels, used, bytes, (unsigned long long)got.messages, (double)got.counted_bytes / s / 1e6,
         (cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN)) / all * 1e9);
  return fflush(stdout) == 0 ? 0 : 1;
}

static uint32_t number(const char *text, uint32_t least, uint32_t most)
{
  char *rest = NULL;
  const unsigned long v = strtoul(text, &rest, 10);
  if (*text < '0' || *text > '9' || *rest != '\0' || v < least || v > most) {
    fprintf(stderr, "switch: %s: a number from %u to %u is wanted\n", text, least, most);
    exit(2);
  }
  return (uint32_t)v;
}

static void arguments(int argc, char **argv)
{
  while (argc == 6 && kind <= DELIVERY && strcmp(argv[1], kind_name[kind]) != 0) kind++;
  if (argc != 6 || kind > DELIVERY) {
    fprintf(stderr, "usage: switch connection|peer|delivery CHANNELS USED BYTES SECONDS\n");
    exit(2);
  }
  channels = number(argv[2], 1, kind == CONNECTION ? MCONN_CHANNELS_MAX : PEER_CHANNELS_MOST);
  used = number(argv[3], 1, channels);
  bytes = number(argv[4], 1, BYTES_MOST);
  seconds = number(argv[5], 1, 3600);
  const uint32_t share = QUEUE_MESSAGES / used;
  const uint32_t queue = share > QUEUE_MESSAGES_LEAST ? share : QUEUE_MESSAGES_LEAST;
  for (uint32_t k = 0; k < channels; k++)
    descriptor[k] = (mconn_channel){ .id = k, .priority = 1, .queue_capacity = queue };
}

int main(int argc, char **argv)
{
  int port_pipe[2];
  arguments(argc, argv);
  if (pipe(port_pipe) != 0 || sem_init(&got.ended, 0, 0) != 0) stop("pipe", MCONN_OK);
  const pid_t sender = fork();
  if (sender < 0) stop("fork", MCONN_OK);
  if (sender == 0) {
    close(port_pipe[1]); /* if the receiver goes, the sender is told */
    sender_main(port_pipe[0]);
  }
  close(port_pipe[0]);
  alarm(seconds + PATIENCE_S); /* for a sender that ended before it was a peer */
  receiver_main(port_pipe[1]);
  return report(sender);
}
