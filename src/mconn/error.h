/* What went wrong, in a sentence, and which requirement of spec/mconn.md says so. */
#ifndef MCONN_ERROR_H
#define MCONN_ERROR_H
#ifdef __cplusplus
extern "C" {
#endif
#include "core/error.h"

/* All three are total and thread-safe and return text of static storage, never NULL; a number that is
 * no error value gives "unknown error", "MCONN_E_UNKNOWN" and "". */

/* A sentence without a full stop, e.g. "packet larger than this side allows". */
const char *mconn_strerror(enum mconn_err err);
/* The name of the value, e.g. "MCONN_E_PACKET_SIZE". */
const char *mconn_error_name(enum mconn_err err);
/* The id of the requirement that was broken, e.g. "MC-FRAME-03"; "" for MCONN_OK. */
const char *mconn_requirement(enum mconn_err err);
#ifdef __cplusplus
}
#endif
#endif
