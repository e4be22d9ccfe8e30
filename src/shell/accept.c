/* Accepting: one thread takes sockets, and each socket is upgraded on a thread of its own.
 *
 * What goes wrong in practice: a stranger who says nothing holds up all others; strangers without number
 * cost half a megabyte each before anybody looks at a limit (CVE-2020-5303); and the loop dies, silently or
 * with the process, at the first error of accept(2). Here the number of sockets is bounded before one is
 * accepted (what is above it waits in the backlog), and the loop ends at a stop and at nothing else. */
#include "switch_internal.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- one socket */

/* On a thread of its own: from a socket to a peer, or to its end. */
static void upgrade_inbound(void *arg)
{
  switch_entry *e = arg;
  mconn_switch *sw = e->sw;
  enum mconn_err err = switch_ask_filters(sw, e->ip, e->port, NULL);
  mconn_reason r = { .err = err };
  if (err == MCONN_OK) r = switch_upgrade(e);
  if (r.err == MCONN_OK) r = switch_admit(e);
  else switch_entry_drop(e, r);
  (void)r; /* told to the log by whoever ended it */
}

/* False: there is no thread or no memory, so a pause is due. */
static bool take(mconn_switch *sw, int fd, const struct sockaddr_storage *from)
{
  switch_entry *e = switch_entry_new(sw, false);
  if (e == NULL) {
    close(fd);
    return false;
  }
  e->fd = fd;
  switch_ip_text(from, e->ip, &e->port);
  mconn_reason r = { .err = switch_entry_begin(e) };
  if (r.err == MCONN_OK && shell_threads_spawn(&sw->threads, upgrade_inbound, e)) return true;
  bool refused = r.err != MCONN_OK;
  if (!refused) r.err = MCONN_E_MEMORY;
  switch_entry_drop(e, r);
  return refused;
}

/* ---- the loop */

/* Waits for a place for one more socket; false: the switch stops. */
static bool await_place(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  while (sw->open && !mconn_admission_take(sw->admission, MCONN_PLACE_SOCKET).done)
    shell_cond_wait(&sw->changed, &sw->lock, 0);
  bool open = sw->open;
  pthread_mutex_unlock(&sw->lock);
  return open;
}

/* What is wrong now may pass: descriptors and memory come back, a network comes up. */
static void pause_after(mconn_switch *sw, const char *what, int err)
{
  shell_log(&sw->config.log, MCONN_LOG_ERROR, SWITCH_MODULE, "accepting pauses", shell_log_text("cause", what),
            shell_log_number("errno", (uint64_t)err));
  switch_sleep(sw, shell_until(SHELL_ACCEPT_PAUSE_NS));
}

void switch_accept_run(void *arg)
{
  mconn_switch *sw = arg;
  while (await_place(sw)) {
    struct pollfd p[2] = { { .fd = sw->listener, .events = POLLIN }, { .fd = sw->wake, .events = POLLIN } };
    if (poll(p, 2, -1) < 0 && errno != EINTR) pause_after(sw, "poll", errno);
    if (p[0].revents == 0) continue;
    struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof from;
    int fd = accept4(sw->listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
    if (fd < 0) {
      /* a stranger who left again, or one that another thread took, is no reason to wait */
      if (errno != ECONNABORTED && errno != EINTR && errno != EAGAIN) pause_after(sw, "accept", errno);
    } else if (!take(sw, fd, &from)) {
      pause_after(sw, "no thread for a socket", ENOMEM);
    }
  }
  switch_runner_ends(sw);
}
