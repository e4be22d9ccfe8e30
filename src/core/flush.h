/* Flush policy: when buffered bytes go to the socket.
 *
 * What goes wrong in practice: a flush per packet costs a system call per packet; a flush by timer
 * alone makes every quiet message wait for the timer (upstream: 100 ms, later 10 ms). Without a
 * throttle, bytes are written when nothing more is pending, which batches under load and waits for
 * nothing when idle. With a throttle they wait, like upstream's, but measured from the first buffered
 * byte, so that a busy sender cannot postpone them. */
#ifndef MCONN_CORE_FLUSH_H
#define MCONN_CORE_FLUSH_H
#include "error.h"
#include "ping.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_FLUSH_THROTTLE_MAX 60000000000ull /* ns; ours, Go: no limit */
typedef struct {
  uint64_t throttle; /* ns; 0: flush as soon as nothing is pending */
  uint64_t due;      /* armed: when the buffered bytes must be written; else 0 */
  bool armed;        /* throttled and bytes are waiting */
} mconn_flush;
typedef struct {
  mconn_flush s;
  bool now;     /* write the buffer, all of it */
  uint64_t due; /* not now: come back then; 0: when something happens */
} mconn_flush_result;
#ifdef __FRAMAC__
#include "logic/flush.acsl"
#endif

/*@ terminates \true;
    assigns \nothing;
    ensures accepted_iff_within_limit: \result == MCONN_OK <==> throttle <= MCONN_FLUSH_THROTTLE_MAX;
    ensures else_flush_config: \result != MCONN_OK ==> \result == MCONN_E_FLUSH_CONFIG; */
enum mconn_err mconn_flush_check(uint64_t throttle);

/*@ requires config: throttle <= MCONN_FLUSH_THROTTLE_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: flush_inv(\result);
    ensures disarmed: \result.throttle == throttle && !\result.armed; */
mconn_flush mconn_flush_start(uint64_t throttle);

/* Asked after each change. buffered: bytes waiting; pending: some channel has more to send; full: the
 * next packet does not fit; urgent: a ping or pong is among them. The caller writes the buffer when
 * told so: the state returned takes it for empty. */
/*@ requires inv: flush_inv(s);
    requires time: now <= MCONN_TIME_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: flush_inv(\result.s);
    ensures throttle_kept: \result.s.throttle == s.throttle;
    ensures now_iff: \result.now <==> flush_now(s, buffered, pending, full, urgent, now);
    ensures armed_iff_bytes_wait_for_the_throttle:
      \result.s.armed <==> s.throttle > 0 && buffered > 0 && !\result.now;
    ensures due_counts_from_the_first_byte: \result.s.armed ==> \result.s.due == flush_due(s, now);
    ensures due_is_ahead: \result.s.armed ==> now < \result.s.due <= \max(s.due, now + s.throttle);
    ensures come_back_then: \result.due == (\result.s.armed ? \result.s.due : 0); */
mconn_flush_result mconn_flush_step(mconn_flush s, uint64_t buffered, bool pending, bool full, bool urgent,
                                    uint64_t now);
#endif
