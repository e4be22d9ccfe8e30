/* Listening sockets. The syntax of an address is the core's (core/address.h), names are the system's. */
#include "listen.h"
#include "mconn/core.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

static int listen_at(const struct addrinfo *a)
{
  int on = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
  if (fd < 0) return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* a restart need not wait for old connections */
  if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
  const int err = errno;
  close(fd);
  errno = err;
  return -1;
}

/* False: the system does not tell, errno says why. */
static bool port_of(int fd, unsigned *port)
{
  struct sockaddr_storage a = { .ss_family = AF_UNSPEC };
  socklen_t size = sizeof a;
  if (getsockname(fd, (struct sockaddr *)&a, &size) != 0) return false;
  *port = a.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&a)->sin_port) : 0;
  if (a.ss_family == AF_INET6) *port = ntohs(((const struct sockaddr_in6 *)&a)->sin6_port);
  return true;
}

int shell_lookup_errno(int fault)
{
  if (fault == EAI_SYSTEM) return errno;
  return fault == EAI_MEMORY ? ENOMEM : 0;
}

int shell_listen(const char *address, unsigned *port, int *system)
{
  const mconn_address x = mconn_host_port_get((const uint8_t *)address, 0, strlen(address));
  *system = 0;
  if (x.err != MCONN_OK) return -1;
  const size_t len = x.host_to - x.host_from;
  char *host = calloc(1, len + 1), service[8];
  if (host != NULL) memcpy(host, address + x.host_from, len);
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list = NULL;
  snprintf(service, sizeof service, "%u", (unsigned)x.port);
  int fd = -1, fault = host != NULL ? getaddrinfo(host, service, &hints, &list) : EAI_MEMORY;
  *system = fault != 0 ? shell_lookup_errno(fault) : 0;
  for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
    fd = listen_at(a);
    *system = fd < 0 ? errno : 0;
  }
  if (list != NULL) freeaddrinfo(list);
  free(host);
  if (fd < 0 || port_of(fd, port)) return fd;
  *system = errno;
  close(fd);
  return -1;
}
