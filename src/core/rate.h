/* Byte-rate limiter: a token bucket. Credit is counted in byte-ticks; tick = 1 us. */
#ifndef MCONN_CORE_RATE_H
#define MCONN_CORE_RATE_H
#include "error.h"
#include <stdint.h>
#define MCONN_RATE_HZ 1000000u
#define MCONN_RATE_MAX 0xFFFFFFFFu /* bytes per second */
typedef struct { uint64_t credit, last; uint32_t rate, burst; } mconn_rate; /* last in us; rate > 0 */
typedef struct { mconn_rate s; uint32_t grant; uint64_t wait; } mconn_rate_result; /* wait: us until one more byte is granted, 0 if grant == want */
/* burst: rate/10 (one upstream sample), at least `least`. */
mconn_rate mconn_rate_start(uint32_t rate, uint32_t least, uint64_t now_us);
mconn_rate_result mconn_rate_take(mconn_rate s, uint64_t now_us, uint32_t want);
#endif
