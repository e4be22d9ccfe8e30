/* Real TCP rather than a socketpair: a demonstration should cross what a peer's bytes cross. */
#include "loopback.h"
#include "address.h"
#include "cli.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

void loopback_pair(int fd[2])
{
  char address[ADDRESS_TEXT_BYTES];
  int listener = address_listen("loopback", "127.0.0.1:0");
  address_of_socket(listener, address);
  fd[0] = address_dial("loopback", address);
  fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd[1] < 0) cli_fail("accept: %s", strerror(errno));
  close(listener);
}
