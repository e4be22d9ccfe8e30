/* Flush policy: a function of the state and what the sender sees, without a timer of its own. */
#include "flush.h"

enum mconn_err mconn_flush_check(uint64_t throttle)
{
  return throttle <= MCONN_FLUSH_THROTTLE_MAX ? MCONN_OK : MCONN_E_FLUSH_CONFIG;
}

mconn_flush mconn_flush_start(uint64_t throttle)
{
  mconn_flush s = { .throttle = throttle, .due = 0, .armed = false };
  return s;
}

mconn_flush_result mconn_flush_step(mconn_flush s, uint64_t buffered, bool pending, bool full, bool urgent,
                                    uint64_t now)
{
  mconn_flush_result r = { .s = s, .now = false, .due = 0 };
  r.s.armed = false;
  r.s.due = 0;
  if (buffered == 0) return r;
  uint64_t due = s.armed ? s.due : now + s.throttle;
  if (full || urgent || (s.throttle == 0 ? !pending : now >= due)) {
    r.now = true;
  } else if (s.throttle > 0) {
    r.s.armed = true;
    r.s.due = due;
    r.due = due;
  }
  return r;
}
