/* Addresses. What goes wrong in practice: a bare IPv6 address whose last group is taken for the port,
 * and a message that names neither the option nor what was wrong with it. */
#include "address.h"
#include "cli.h"
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char host[256];
  char port[6];
} address;

static bool is_port(const char *text)
{
  size_t n = strspn(text, "0123456789");
  unsigned v = 0;
  if (n == 0 || n > 5 || text[n] != '\0') return false;
  for (size_t i = 0; i < n; i++) v = 10 * v + (unsigned)(text[i] - '0');
  return v <= 65535;
}

static address parse(const char *option, const char *text)
{
  address a = { .host = "" };
  const char *at = strncmp(text, "tcp://", 6) == 0 ? text + 6 : text;
  const char *colon = strrchr(at, ':');
  if (colon == NULL || !is_port(colon + 1))
    cli_usage("%s: '%s' does not end in a port, as in 127.0.0.1:26656", option, text);
  size_t n = (size_t)(colon - at);
  bool brackets = n >= 2 && at[0] == '[' && at[n - 1] == ']';
  if (!brackets && memchr(at, ':', n) != NULL)
    cli_usage("%s: '%s': write an IPv6 address as [::1]:26656", option, text);
  if (brackets) {
    at++;
    n -= 2;
  }
  if (n >= sizeof a.host) cli_usage("%s: the host name is too long", option);
  memcpy(a.host, at, n);
  snprintf(a.port, sizeof a.port, "%s", colon + 1);
  return a;
}

void address_check(const char *option, const char *text)
{
  (void)parse(option, text);
}

static struct addrinfo *resolve(const char *option, const char *text, int flags)
{
  address a = parse(option, text);
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
  struct addrinfo *list = NULL;
  int err = getaddrinfo(a.host[0] != '\0' ? a.host : NULL, a.port, &hints, &list);
  if (err != 0) cli_usage("%s: %s: %s", option, text, err == EAI_SYSTEM ? strerror(errno) : gai_strerror(err));
  return list;
}

static int listen_at(const struct addrinfo *a)
{
  int on = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
  if (fd < 0) return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* a restart need not wait for old connections */
  if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 128) == 0) return fd;
  int err = errno;
  close(fd);
  errno = err;
  return -1;
}

static int dial_at(const struct addrinfo *a)
{
  int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
  if (fd < 0) return -1;
  if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) return fd;
  int err = errno;
  close(fd);
  errno = err;
  return -1;
}

/* The first address that works. */
static int open_any(const char *option, const char *text, int flags, int (*open_at)(const struct addrinfo *))
{
  struct addrinfo *list = resolve(option, text, flags);
  int fd = -1;
  for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) fd = open_at(a);
  int err = errno;
  freeaddrinfo(list);
  if (fd < 0) cli_fail("%s: %s: %s", option, text, strerror(err));
  return fd;
}

int address_listen(const char *option, const char *text)
{
  return open_any(option, text, AI_PASSIVE, listen_at);
}

int address_dial(const char *option, const char *text)
{
  return open_any(option, text, 0, dial_at);
}

static void print(int err, const struct sockaddr_storage *a, socklen_t size, char text[ADDRESS_TEXT_BYTES])
{
  char host[ADDRESS_TEXT_BYTES], port[6];
  memcpy(text, "?", 2);
  if (err != 0) return;
  if (getnameinfo((const struct sockaddr *)a, size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV))
    return;
  int n = snprintf(text, ADDRESS_TEXT_BYTES, a->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
  if (n < 0 || (unsigned)n >= ADDRESS_TEXT_BYTES) memcpy(text, "?", 2);
}

void address_of_socket(int fd, char text[ADDRESS_TEXT_BYTES])
{
  struct sockaddr_storage a = { 0 };
  socklen_t size = sizeof a;
  int err = getsockname(fd, (struct sockaddr *)&a, &size);
  print(err, &a, size, text);
}

void address_of_peer(int fd, char text[ADDRESS_TEXT_BYTES])
{
  struct sockaddr_storage a = { 0 };
  socklen_t size = sizeof a;
  int err = getpeername(fd, (struct sockaddr *)&a, &size);
  print(err, &a, size, text);
}
