/* Two connections over a socket pair: one message on channel 0x20, received and printed. */
#include <mconn/mconn.h>
#include <stdio.h>
#include <sys/socket.h>

static void on_receive(void *user, uint8_t channel, const uint8_t *bytes, size_t len)
{
  printf("channel 0x%02x: %.*s\n", channel, (int)len, (const char *)bytes);
  mconn_connection_stop(*(mconn_connection **)user);
}

static void on_error(void *user, mconn_reason reason)
{
  (void)user;
  if (reason.err != MCONN_E_EOF)
    fprintf(stderr, "%s (%s)\n", mconn_strerror(reason.err), mconn_requirement(reason.err));
}

int main(void)
{
  int fd[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0) return 1;
  const mconn_channel channels[] = { { .id = 0x20, .priority = 5 } };
  mconn_config config = mconn_config_default(); /* protobuf packets; MCONN_AMINO for Tendermint up to v0.33 */
  mconn_connection *end[2];
  for (int i = 0; i < 2; i++) {
    mconn_callbacks callbacks = { .on_receive = on_receive, .on_error = on_error, .user = &end[i] };
    mconn_reason r = mconn_connection_new(&end[i], fd[i], &config, channels, 1, callbacks);
    if (r.err != MCONN_OK || mconn_connection_start(end[i]) != MCONN_OK) return 1;
  }
  mconn_connection_send(end[0], 0x20, "hello", 5);
  mconn_connection_wait(end[1], 0);
  for (int i = 0; i < 2; i++) mconn_connection_free(end[i]);
  return 0;
}
