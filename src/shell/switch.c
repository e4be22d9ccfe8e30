/* The life of a switch: made, started, stopped, freed, and its keeper.
 *
 * What goes wrong in practice: a stop that comes from a reactor and waits for the thread it runs on; two
 * switches whose reactors stop one another; a stop that forgets a dial that is under way; a thread that could
 * not be made just when a peer had to be removed. Here a stop that a callback asks for is carried out by the
 * keeper, a thread that is there from the beginning and also does what no other thread could be had for; and a
 * stop first shuts the door, then wakes everybody, then waits until the list is empty. */
#include "switch_internal.h"
#include "core/address.h"
#include "listen.h"
#include "node.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- small things for all parts */

uint64_t switch_random(void)
{
  uint64_t x = 0;
  /* it only spreads load, so the clock will do where the system has no better */
  if (getrandom(&x, sizeof x, GRND_NONBLOCK) != sizeof x) x = shell_now_ns() * 0x9E3779B97F4A7C15ull;
  return x;
}

char *switch_text(const char *text, size_t len)
{
  char *copy = malloc(len + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text, len);
  copy[len] = 0;
  return copy;
}

void switch_set_hurry(mconn_switch *sw, uint64_t divisor)
{
  sw->hurry = divisor;
}

bool switch_sleep(mconn_switch *sw, uint64_t until)
{
  pthread_mutex_lock(&sw->lock);
  while (sw->open && shell_now_ns() < until) shell_cond_wait(&sw->changed, &sw->lock, until);
  bool open = sw->open;
  pthread_mutex_unlock(&sw->lock);
  return open;
}

bool switch_run(mconn_switch *sw, void (*run)(void *arg), void *arg)
{
  pthread_mutex_lock(&sw->lock);
  sw->runners++;
  pthread_mutex_unlock(&sw->lock);
  if (shell_threads_spawn(&sw->threads, run, arg)) return true;
  switch_runner_ends(sw);
  return false;
}

void switch_runner_ends(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  sw->runners--;
  pthread_cond_broadcast(&sw->changed);
  pthread_mutex_unlock(&sw->lock);
}

/* ---- the end */

/* Nobody gets in any more, and whoever waits is woken. The lock is held. */
static void shut_the_door(mconn_switch *sw)
{
  const uint64_t one = 1;
  sw->open = false;
  while (write(sw->wake, &one, sizeof one) < 0 && errno == EINTR) {} /* a counter below its limit takes it */
  switch_end_all(sw);
  pthread_cond_broadcast(&sw->changed);
}

/* Ends everybody and everything that runs, then the reactors. */
static void halt(mconn_switch *sw, enum switch_phase after)
{
  pthread_mutex_lock(&sw->lock);
  sw->phase = PHASE_STOPPING;
  shut_the_door(sw);
  while (sw->entry_count > 0 || sw->runners > 0) {
    if (sw->leaving != NULL) switch_remove_leaving(sw);
    else shell_cond_wait(&sw->changed, &sw->lock, 0);
  }
  pthread_mutex_unlock(&sw->lock);
  switch_reactors_stop(sw);
  pthread_mutex_lock(&sw->lock);
  sw->phase = after;
  pthread_mutex_unlock(&sw->lock);
}

/* Everything is over when this returns; a new listener needs a new switch. */
static void on_stop(void *user)
{
  mconn_switch *sw = user;
  halt(sw, PHASE_STOPPED);
  pthread_mutex_lock(&sw->lock);
  int listener = sw->listener;
  sw->listener = -1;
  sw->port = 0;
  pthread_mutex_unlock(&sw->lock);
  if (listener >= 0) close(listener);
}

/* ---- the beginning */

/* What this node says of itself: the channels of its reactors, and where it listens. */
static enum mconn_err describe(mconn_switch *sw)
{
  uint8_t ids[SHELL_SWITCH_CHANNELS_MAX];
  char at[64];
  for (size_t k = 0; k < sw->channel_count; k++) ids[k] = (uint8_t)sw->channels[k].id;
  mconn_node_info self = *sw->self;
  self.channels = ids;
  self.channel_count = sw->channel_count;
  if (self.listen_address[0] == 0) {
    snprintf(at, sizeof at, "127.0.0.1:%u", sw->port);
    self.listen_address = at;
  }
  return node_encode(sw->config.connection.dialect, &self, sw->own, &sw->own_len).err;
}

static enum mconn_err open_the_door(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  uint64_t n = 0;
  while (read(sw->wake, &n, sizeof n) < 0 && errno == EINTR) {} /* of a start that failed; else there is nothing */
  sw->open = true;
  sw->phase = PHASE_RUNNING;
  for (size_t k = 0; k < sw->config.persistent_count; k++) sw->persistent[k].wanted = true;
  pthread_mutex_unlock(&sw->lock);
  bool ok = sw->listener < 0 || switch_run(sw, switch_accept_run, sw);
  for (size_t k = 0; k < sw->config.persistent_count && ok; k++)
    ok = switch_run(sw, switch_persistent_run, &sw->persistent[k]);
  return ok ? MCONN_OK : MCONN_E_MEMORY;
}

static enum mconn_err on_start(void *user)
{
  mconn_switch *sw = user;
  pthread_mutex_lock(&sw->lock);
  sw->phase = PHASE_STARTING;
  sw->stop_asked = sw->stop_due = false;
  pthread_mutex_unlock(&sw->lock);
  enum mconn_err err = mconn_config_check(&sw->config.connection, sw->channels, sw->channel_count).err;
  if (err == MCONN_OK) err = describe(sw);
  if (err == MCONN_OK) err = switch_reactors_start(sw);
  if (err == MCONN_OK) err = open_the_door(sw);
  if (err != MCONN_OK) halt(sw, PHASE_NEW);
  return err;
}

/* ---- the keeper */

static void keep(void *arg)
{
  mconn_switch *sw = arg;
  pthread_mutex_lock(&sw->lock);
  while (!sw->freed) {
    if (sw->leaving != NULL) {
      switch_remove_leaving(sw);
    } else if (sw->stop_due) {
      sw->stop_due = false;
      pthread_mutex_unlock(&sw->lock);
      mconn_service_stop(sw->service);
      pthread_mutex_lock(&sw->lock);
    } else {
      shell_cond_wait(&sw->changed, &sw->lock, 0);
    }
  }
  pthread_mutex_unlock(&sw->lock);
}

/* ---- made, used, freed */

static void release(mconn_switch *sw)
{
  if (sw->service != NULL) mconn_service_free(sw->service);
  if (sw->listener >= 0) close(sw->listener);
  if (sw->wake >= 0) close(sw->wake);
  switch_reactors_free(sw);
  switch_config_free(sw);
  free(sw->entries);
  free(sw);
}

/* Threads and locks; all or nothing. */
static enum mconn_err set_up(mconn_switch *sw)
{
  const mconn_service_hooks hooks = { .on_start = on_start, .on_stop = on_stop, .user = sw };
  sw->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (sw->wake < 0) return MCONN_E_MEMORY;
  enum mconn_err err = mconn_service_new(&sw->service, SWITCH_MODULE, hooks, sw->config.log);
  if (err != MCONN_OK) return err;
  if (pthread_mutex_init(&sw->lock, NULL) != 0) return MCONN_E_MEMORY;
  if (shell_cond_init(&sw->changed)) {
    if (shell_threads_init(&sw->threads)) {
      if (shell_threads_spawn(&sw->threads, keep, sw)) return MCONN_OK;
      shell_threads_free(&sw->threads);
    }
    pthread_cond_destroy(&sw->changed);
  }
  pthread_mutex_destroy(&sw->lock);
  return MCONN_E_MEMORY;
}

mconn_reason mconn_switch_new(mconn_switch **out, const mconn_switch_config *config)
{
  mconn_reason r = switch_config_check(config);
  if (r.err != MCONN_OK) return r;
  mconn_switch *sw = calloc(1, sizeof *sw);
  if (sw == NULL) return (mconn_reason){ .err = MCONN_E_MEMORY };
  sw->wake = sw->listener = -1;
  sw->hurry = 1;
  sw->leaving_end = &sw->leaving;
  sw->admission =
    mconn_admission_start(config->max_inbound, config->max_outbound, (uint32_t)config->unconditional_count);
  r.err = switch_config_copy(sw, config);
  if (r.err == MCONN_OK) r.err = set_up(sw);
  if (r.err != MCONN_OK) release(sw);
  else *out = sw;
  return r;
}

void mconn_switch_free(mconn_switch *sw)
{
  if (sw == NULL || shell_inside()) return;
  (void)mconn_service_stop(sw->service);
  pthread_mutex_lock(&sw->lock);
  sw->freed = true;
  pthread_cond_broadcast(&sw->changed);
  pthread_mutex_unlock(&sw->lock);
  shell_threads_free(&sw->threads);
  pthread_cond_destroy(&sw->changed);
  pthread_mutex_destroy(&sw->lock);
  release(sw);
}

enum mconn_err mconn_switch_start(mconn_switch *sw)
{
  return mconn_service_start(sw->service);
}

enum mconn_err mconn_switch_stop(mconn_switch *sw)
{
  if (!shell_inside()) return mconn_service_stop(sw->service);
  /* this may be a thread that the stop waits for, of this switch or of one that stops this one */
  enum mconn_err err = MCONN_OK;
  pthread_mutex_lock(&sw->lock);
  if (sw->phase == PHASE_NEW) err = MCONN_E_NOT_STARTED;
  else if (sw->phase > PHASE_RUNNING || sw->stop_asked) err = MCONN_E_ALREADY_STOPPED;
  else sw->stop_asked = sw->stop_due = true;
  pthread_cond_broadcast(&sw->changed);
  pthread_mutex_unlock(&sw->lock);
  return err;
}

bool mconn_switch_is_running(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  bool asked = sw->stop_asked;
  pthread_mutex_unlock(&sw->lock);
  return !asked && mconn_service_is_running(sw->service);
}

bool mconn_switch_wait(mconn_switch *sw, uint64_t timeout)
{
  return !shell_inside() && mconn_service_wait(sw->service, timeout);
}

int mconn_switch_quit_fd(mconn_switch *sw)
{
  return mconn_service_quit_fd(sw->service);
}

/* An address that is none is told apart from one that cannot be listened on. */
static mconn_reason listen_on(const char *address, int *fd, unsigned *port)
{
  mconn_reason r = { .err = MCONN_E_ADDRESS, .field = "address" };
  if (address == NULL) return r;
  r.err = mconn_host_port_get((const uint8_t *)address, 0, strlen(address)).err;
  if (r.err != MCONN_OK) return r;
  *fd = shell_listen(address, port, &r.system);
  if (*fd >= 0) return (mconn_reason){ .err = MCONN_OK };
  r.err = MCONN_E_LISTEN;
  return r;
}

mconn_reason mconn_switch_listen(mconn_switch *sw, const char *address)
{
  int fd = -1;
  unsigned port = 0;
  mconn_reason r = listen_on(address, &fd, &port);
  if (r.err != MCONN_OK) return r;
  /* a stranger may be gone again between poll and accept, which must not wait for the next one then */
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) r = (mconn_reason){ .err = MCONN_E_LISTEN, .system = errno };
  pthread_mutex_lock(&sw->lock);
  if (r.err == MCONN_OK && (sw->phase != PHASE_NEW || sw->listener >= 0)) r.err = MCONN_E_STATE;
  if (r.err == MCONN_OK) {
    sw->listener = fd;
    sw->port = port;
  }
  pthread_mutex_unlock(&sw->lock);
  if (r.err != MCONN_OK) close(fd);
  return r;
}

unsigned mconn_switch_port(mconn_switch *sw)
{
  pthread_mutex_lock(&sw->lock);
  unsigned port = sw->port;
  pthread_mutex_unlock(&sw->lock);
  return port;
}
