/* Channel descriptors: what the two sides of a connection agreed to talk about, as numbers.
 *
 * The caller fills them. What goes wrong in practice: an id given twice (upstream looks at it only in
 * its Switch, the connection itself lets the second one shadow the first), and a zero that nobody meant:
 * a priority of zero divides by zero in the choice of channel, a capacity of zero refuses every
 * message. So zeros that have a default get it, and whatever is left is checked once, here. */
#ifndef MCONN_CORE_CHANNEL_H
#define MCONN_CORE_CHANNEL_H
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define MCONN_CHANNELS_MAX 256u             /* wire: an id is one byte */
#define MCONN_PRIORITY_MAX 0x7FFFu          /* ours; Go: any int above 0. Keeps the choice of channel inside 63 bits */
#define MCONN_QUEUE_CAPACITY_DEFAULT 1u     /* upstream */
#define MCONN_QUEUE_CAPACITY_MAX 0xFFFFu    /* ours; Go: memory */
#define MCONN_BUFFER_CAPACITY_DEFAULT 4096u /* upstream */
#define MCONN_MESSAGE_CAPACITY_DEFAULT 22020096u /* 21 MiB, upstream */
#define MCONN_MESSAGE_CAPACITY_MAX 0x7FFFFFFFu   /* ours; Go: any int */
typedef struct {
  uint32_t id;               /* 0..255 */
  uint32_t priority;         /* 1..MCONN_PRIORITY_MAX; no default, as upstream */
  uint32_t queue_capacity;   /* messages; 0: default 1 */
  uint32_t buffer_capacity;  /* bytes first allocated for reassembly; 0: default 4096 */
  uint32_t message_capacity; /* bytes of one message; 0: default 22020096 */
} mconn_channel;
#ifdef __FRAMAC__
#include "logic/channel.acsl"
#endif

/* d with its zero fields (priority excepted) replaced by the defaults. */
/*@ terminates \true;
    assigns \nothing;
    ensures id_and_priority_as_given: \result.id == d.id && \result.priority == d.priority;
    ensures queue_filled: \result.queue_capacity == or_default(d.queue_capacity, MCONN_QUEUE_CAPACITY_DEFAULT);
    ensures buffer_filled: \result.buffer_capacity == or_default(d.buffer_capacity, MCONN_BUFFER_CAPACITY_DEFAULT);
    ensures message_filled: \result.message_capacity == or_default(d.message_capacity, MCONN_MESSAGE_CAPACITY_DEFAULT); */
mconn_channel mconn_channel_defaults(mconn_channel d);

/* OK, or the first rule that d (defaults filled in) breaks, in this order: id, priority, queue, buffer,
 * message capacity. An id above 255 is a channel past the 256th: MCONN_E_CHANNEL_COUNT. */
/*@ terminates \true;
    assigns \nothing;
    ensures first_broken_rule: \result == channel_err(d);
    ensures accepted_iff_in_range: \result == MCONN_OK <==>
      d.id <= 255 && 1 <= d.priority <= MCONN_PRIORITY_MAX &&
      1 <= d.queue_capacity <= MCONN_QUEUE_CAPACITY_MAX &&
      1 <= d.buffer_capacity <= MCONN_MESSAGE_CAPACITY_MAX &&
      1 <= d.message_capacity <= MCONN_MESSAGE_CAPACITY_MAX; */
enum mconn_err mconn_channel_check(mconn_channel d);

typedef struct {
  enum mconn_err err;
  size_t at; /* index of the offending descriptor, the second of two duplicates; 0 when n itself offends */
} mconn_channels_result;

/* Checks n filled descriptors together: 1..256 of them, each valid, ids unique. */
/*@ requires rd: \valid_read(d + (0 .. n - 1));
    terminates \true;
    assigns \nothing;
    ensures accepted_iff_all_fine: \result.err == MCONN_OK <==> 1 <= n <= MCONN_CHANNELS_MAX && channels_ok(d, n);
    ensures count_decides_first: n == 0 || n > MCONN_CHANNELS_MAX ==>
      \result.err == MCONN_E_CHANNEL_COUNT && \result.at == 0;
    ensures offender_named: 1 <= n <= MCONN_CHANNELS_MAX && \result.err != MCONN_OK ==>
      \result.at < n && channel_refused(d, \result.at, \result.err);
    ensures offender_is_the_first: 1 <= n <= MCONN_CHANNELS_MAX && \result.err != MCONN_OK ==>
      channels_ok(d, \result.at);
    ensures no_offender_no_place: \result.err == MCONN_OK ==> \result.at == 0; */
mconn_channels_result mconn_channels_check(const mconn_channel *d, size_t n);
#endif
