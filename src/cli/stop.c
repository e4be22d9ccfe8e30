/* Signals through signalfd: no handler, so nothing that a handler may not do. */
#include "stop.h"
#include "cli.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void both(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
}

int stop_open(void)
{
  sigset_t set;
  both(&set);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) cli_fail("signalfd: %s", strerror(errno));
  return fd;
}

bool stop_asked(int fd)
{
  struct signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != (ssize_t)sizeof info) return false;
  sigset_t set;
  both(&set);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return true;
}
