/* Ping clock: one pong deadline per ping. Times in nanoseconds of one monotonic clock. */
#ifndef MCONN_CORE_PING_H
#define MCONN_CORE_PING_H
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_TIME_MAX 0x3FFFFFFFFFFFFFFFull
typedef struct { uint64_t interval, timeout; } mconn_ping_config; /* ns; 0 < timeout < interval */
typedef struct { uint64_t last, sent, answered; bool dead; } mconn_ping; /* time of the last ping (or start); counts */
enum mconn_ping_in { MCONN_PING_TICK = 0, MCONN_PING_PONG = 1 };
enum mconn_ping_out { MCONN_PING_NOTHING = 0, MCONN_PING_SEND = 1, MCONN_PING_DEAD = 2 };
typedef struct { mconn_ping s; enum mconn_ping_out out; uint64_t due; } mconn_ping_step_result; /* due: when to tick again */
enum mconn_err mconn_ping_check(mconn_ping_config c);
mconn_ping mconn_ping_start(uint64_t now);
mconn_ping_step_result mconn_ping_step(mconn_ping s, enum mconn_ping_in in, uint64_t now, mconn_ping_config c);
#endif
