/* Flush policy: when buffered bytes go to the socket. */
#ifndef MCONN_CORE_FLUSH_H
#define MCONN_CORE_FLUSH_H
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_FLUSH_THROTTLE_MAX 60000000000ull /* ns */
typedef struct { uint64_t throttle, due; bool armed; } mconn_flush; /* throttle 0: flush as soon as nothing is pending */
typedef struct { mconn_flush s; bool now; uint64_t due; } mconn_flush_result; /* now: write; due: else come back then (0: when something happens) */
enum mconn_err mconn_flush_check(uint64_t throttle);
mconn_flush mconn_flush_start(uint64_t throttle);
/* buffered: bytes waiting; pending: some channel has more to send; full: the next packet does not fit;
 * urgent: a ping or pong is among them. */
mconn_flush_result mconn_flush_step(mconn_flush s, uint64_t buffered, bool pending, bool full, bool urgent, uint64_t now);
#endif
