/* What the threads of a connection do to each other, step by step, for a build with MCONN_TRACE: spec/models/replay
 * asks the model whether it admits such a run. A step is named by its label in the table of spec/models/README.md.
 *
 * What goes wrong in practice: a trace that changes what it watches, and one whose order is not the order of what
 * happened. A step is recorded behind the connection's lock, where it happens, into memory, without a lock or a
 * system call of its own; the memory is written to the file that MCONN_TRACE_FILE names when the program ends.
 * Two steps happen outside the lock and are recorded just before: bytes that came (R0) and on_error (E4).
 *
 * Without MCONN_TRACE none of it is there: the operands are not evaluated, and no instruction is left. */
#ifndef MCONN_SHELL_TRACE_H
#define MCONN_SHELL_TRACE_H
#ifdef MCONN_TRACE
#include "internal.h"

#define SHELL_TRACE(c, label, detail) shell_trace((c), #label, (uint32_t)(detail))
/* A new connection, and what of it the model must know. */
#define SHELL_TRACE_NEW(c) shell_trace_new(c)

void shell_trace(const mconn_connection *c, const char *label, uint32_t detail);
void shell_trace_new(mconn_connection *c);
#else
#define SHELL_TRACE(c, label, detail) (0 ? ((void)(c), (void)(detail)) : (void)0)
#define SHELL_TRACE_NEW(c) (0 ? (void)(c) : (void)0)
#endif
#endif
