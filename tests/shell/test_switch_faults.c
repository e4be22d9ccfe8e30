/* Every allocation and every thread of a switch refused once in turn: a call says so, or a peer does not come about;
 * nothing is lost in silence, nothing is left behind. */
#include "switch_harness.h"
#include "shell/switch_internal.h"
#include <errno.h>
#include <unistd.h>

static const char *const persistent[] = { "0000000000000000000000000000000000000007@127.0.0.1:1" };
static const char *const unconditional[] = { "0000000000000000000000000000000000000008" };

static enum mconn_err peer_filter(void *user, mconn_peer *p)
{
  (void)user, (void)p;
  return MCONN_OK;
}
static enum mconn_err connection_filter(void *user, const char *ip, unsigned port)
{
  (void)user, (void)ip, (void)port;
  return MCONN_OK;
}
static const mconn_filter filter = { .peer = peer_filter, .connection = connection_filter };

static mconn_switch_config full_config(unsigned number)
{
  mconn_switch_config c = node_config(number);
  c.persistent = persistent;
  c.unconditional = unconditional;
  c.filters = &filter;
  c.persistent_count = c.unconditional_count = c.filter_count = 1;
  c.delivery_bytes = 4096;
  return c;
}

/* One reactor, no recording: the harness must not count on memory. */
static const mconn_channel *one_channel(void *user, size_t *n)
{
  static const mconn_channel d = { .id = 1, .priority = 1, .queue_capacity = 4 };
  (void)user;
  *n = 1;
  return &d;
}

static void must_be(enum mconn_err err, bool ok)
{
  if (err != MCONN_OK && !ok) fail_msg("%s, although nothing failed", mconn_error_name(err));
}

/* Two switches, one dial, a broadcast, an end. `fails`: something may fail meanwhile. */
static void life(bool fails)
{
  const mconn_reactor reactor = { .channels = one_channel };
  mconn_switch *sw[2] = { NULL, NULL };
  char address[128];
  bool ok = true;
  for (unsigned k = 0; k < 2 && ok; k++) {
    mconn_switch_config c = full_config(1 + k);
    mconn_reason r = mconn_switch_new(&sw[k], &c);
    if (r.err == MCONN_OK) r = mconn_switch_add_reactor(sw[k], "one", reactor);
    if (r.err == MCONN_OK) r = mconn_switch_listen(sw[k], "127.0.0.1:0");
    if (r.err == MCONN_OK) r.err = mconn_switch_start(sw[k]);
    must_be(r.err, fails);
    ok = r.err == MCONN_OK;
  }
  if (ok) {
    snprintf(address, sizeof address, "%s@127.0.0.1:%u", node_id(2), mconn_switch_port(sw[1]));
    const char *list[1] = { address };
    must_be(mconn_switch_dial_async(sw[0], list, 1).err, fails);
    enum mconn_err err = mconn_switch_dial(sw[0], address).err;
    must_be(err, fails);
    if (err == MCONN_OK) (void)mconn_switch_broadcast(sw[0], 1, "x", 1);
    mconn_peer *p = mconn_switch_peer(sw[0], node_id(2));
    if (p != NULL) (void)mconn_switch_stop_peer_for_error(sw[0], p, MCONN_E_REACTOR);
    mconn_peer_release(p);
  }
  for (unsigned k = 0; k < 2; k++) mconn_switch_free(sw[k]);
}

/* MC-CONN-08, MC-SWITCH-07, MC-ADMISSION-02 */
static void every_allocation_and_thread_may_fail(void **state)
{
  (void)state;
  static const enum wrapped what[] = { WRAP_MALLOC, WRAP_CALLOC, WRAP_PTHREAD_CREATE, WRAP_PTHREAD_COND_INIT };
  life(false);
  for (unsigned w = 0; w < sizeof what / sizeof *what; w++) {
    unsigned long nth = 1;
    do {
      wrap_reset();
      const long live = wrap_live();
      wrap_fail(what[w], nth++, ENOMEM);
      life(true);
      if (wrap_live() != live) fail_msg("%s %lu: %ld blocks are left", wrap_name(what[w]), nth - 1, wrap_live() - live);
    } while (wrap_failed() && nth < 400);
    if (nth < 5) fail_msg("%s: only %lu calls", wrap_name(what[w]), nth);
    print_message("%s: %lu calls failed in turn\n", wrap_name(what[w]), nth - 2);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    shell_test(every_allocation_and_thread_may_fail),
  };
  return cmocka_run_group_tests_name("switch_faults", tests, NULL, NULL);
}
