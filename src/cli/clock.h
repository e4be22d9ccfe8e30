/* Monotonic time and processor time, in nanoseconds. */
#ifndef MCONN_CLI_CLOCK_H
#define MCONN_CLI_CLOCK_H
#include <stdint.h>

uint64_t clock_now_ns(void);
/* User and system time of this whole process so far. */
uint64_t clock_cpu_ns(void);
#endif
