/* Ping clock: a function of the state and one event, so that the same code runs under the shell's
 * clock and under a simulated one. */
#include "ping.h"

enum mconn_err mconn_ping_check(mconn_ping_config c)
{
  if (c.timeout == 0 || c.timeout >= c.interval || c.interval > MCONN_TIME_MAX) return MCONN_E_PING_CONFIG;
  return MCONN_OK;
}

mconn_ping mconn_ping_start(uint64_t now)
{
  mconn_ping s = { .last = now, .sent = 0, .answered = 0, .dead = false };
  return s;
}

mconn_ping_step_result mconn_ping_step(mconn_ping s, enum mconn_ping_in in, uint64_t now, mconn_ping_config c)
{
  mconn_ping_step_result r = { .s = s, .out = MCONN_PING_NOTHING, .due = 0 };
  bool open = s.sent > s.answered;
  if (s.dead) return r;
  if (in == MCONN_PING_PONG) {
    if (open) r.s.answered++;
  } else if (open) {
    if (now - s.last >= c.timeout) {
      r.out = MCONN_PING_DEAD;
      r.s.dead = true;
      return r;
    }
  } else if (now - s.last >= c.interval) {
    r.out = MCONN_PING_SEND;
    r.s.sent++;
    r.s.last = now;
  }
  r.due = r.s.last + (r.s.sent > r.s.answered ? c.timeout : c.interval);
  return r;
}
