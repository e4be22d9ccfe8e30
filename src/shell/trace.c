#include "trace.h"
#ifdef MCONN_TRACE
#include <stdio.h>
#include <stdlib.h>

#define STEPS 65536u

typedef struct {
  const char *label;
  uint32_t connection, detail;
  enum { BY_CALLER, BY_SEND_THREAD, BY_RECEIVE_THREAD } by;
  uint32_t thread; /* number of the caller's thread */
} step;

static struct {
  pthread_once_t once;
  const char *file; /* NULL: nothing is recorded */
  _Atomic uint32_t connections, threads, used;
  step steps[STEPS];
} trace = { .once = PTHREAD_ONCE_INIT };

static _Thread_local uint32_t this_thread; /* counted from 1; 0: not yet */

/* At exit: whoever still runs then is not heard any more. */
static void write_file(void)
{
  static const char *const by[] = { "caller", "send", "receive" };
  uint32_t used = atomic_load(&trace.used), n = used < STEPS ? used : STEPS;
  FILE *f = fopen(trace.file, "w");
  if (f == NULL) {
    perror(trace.file);
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    const step *s = &trace.steps[i];
    fprintf(f, "%u %s%u %s %u\n", s->connection, by[s->by], s->by == BY_CALLER ? s->thread : 0, s->label, s->detail);
  }
  if (used > STEPS) fprintf(f, "0 caller0 truncated %u\n", used - STEPS);
  if (fclose(f) != 0) perror(trace.file);
}

static void begin(void)
{
  trace.file = getenv("MCONN_TRACE_FILE");
  if (trace.file != NULL && atexit(write_file) != 0) trace.file = NULL;
}

/* The threads' ids are there before the lock is first free for them, and a connection that has none is not started. */
static void name_thread(const mconn_connection *c, step *s)
{
  s->by = BY_CALLER;
  if (c->started && pthread_equal(pthread_self(), c->send_thread)) s->by = BY_SEND_THREAD;
  if (c->started && pthread_equal(pthread_self(), c->receive_thread)) s->by = BY_RECEIVE_THREAD;
  if (this_thread == 0) this_thread = atomic_fetch_add(&trace.threads, 1) + 1;
  s->thread = this_thread;
}

/* The number is the order: whoever sees what another did before sees a smaller one. */
void shell_trace(const mconn_connection *c, const char *label, uint32_t detail)
{
  if (trace.file == NULL) return;
  step s = { .label = label, .connection = c->trace, .detail = detail };
  name_thread(c, &s);
  uint32_t i = atomic_fetch_add_explicit(&trace.used, 1, memory_order_acq_rel);
  if (i < STEPS) trace.steps[i] = s;
}

void shell_trace_new(mconn_connection *c)
{
  pthread_once(&trace.once, begin);
  c->trace = atomic_fetch_add(&trace.connections, 1) + 1;
  SHELL_TRACE(c, channels, c->n);
  SHELL_TRACE(c, queue, c->out[0].capacity);
  SHELL_TRACE(c, room, c->fill_room - SHELL_CONTROL_BYTES);
  SHELL_TRACE(c, packet, c->out[0].one_packet);
  SHELL_TRACE(c, limited, c->config.send_rate > 0 || c->config.recv_rate > 0);
  SHELL_TRACE(c, throttled, c->config.flush_throttle > 0);
}
#endif
