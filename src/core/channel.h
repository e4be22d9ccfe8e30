/* Channel descriptors: what the two sides of a connection agreed to talk about, as numbers. */
#ifndef MCONN_CORE_CHANNEL_H
#define MCONN_CORE_CHANNEL_H
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define MCONN_CHANNELS_MAX 256u
#define MCONN_PRIORITY_MAX 0x7FFFu
#define MCONN_QUEUE_CAPACITY_DEFAULT 1u
#define MCONN_QUEUE_CAPACITY_MAX 0xFFFFu
#define MCONN_BUFFER_CAPACITY_DEFAULT 4096u
#define MCONN_MESSAGE_CAPACITY_DEFAULT 22020096u /* 21 MiB, upstream */
#define MCONN_MESSAGE_CAPACITY_MAX 0x7FFFFFFFu
typedef struct {
  uint32_t id;               /* 0..255 */
  uint32_t priority;         /* 1..MCONN_PRIORITY_MAX; no default, as upstream */
  uint32_t queue_capacity;   /* messages; 0: default 1 */
  uint32_t buffer_capacity;  /* bytes first allocated for reassembly; 0: default 4096 */
  uint32_t message_capacity; /* bytes of one message; 0: default 22020096 */
} mconn_channel;
/* d with its zero fields (priority excepted) replaced by the defaults. */
mconn_channel mconn_channel_defaults(mconn_channel d);
/* OK, or the first rule that d (defaults filled in) breaks. */
enum mconn_err mconn_channel_check(mconn_channel d);
typedef struct { enum mconn_err err; size_t at; } mconn_channels_result; /* at: index of the offending descriptor */
/* Checks n filled descriptors together: 1..256 of them, each valid, ids unique. */
mconn_channels_result mconn_channels_check(const mconn_channel *d, size_t n);
#endif
