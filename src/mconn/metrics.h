/* The figures that upstream exports, under upstream's names, in the Prometheus text format.
 *
 * Off unless made: a switch without metrics counts nothing. One set may serve several switches of one
 * process. Updates are atomic additions; nothing here is on the way of a packet.
 *
 * Thread-safety: every function from any thread. */
#ifndef MCONN_METRICS_H
#define MCONN_METRICS_H
#include "error.h"
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef struct mconn_metrics mconn_metrics;

/* prefix: upstream's namespace, "tendermint" or "cometbft"; copied. MCONN_E_MEMORY: *out is untouched. */
enum mconn_err mconn_metrics_new(mconn_metrics **out, const char *prefix);
/* The text of now, to be freed with free(3); NULL: no memory. len may be NULL. */
char *mconn_metrics_text(mconn_metrics *m, size_t *len);
/* Serves GET /metrics on host:port (port 0: any) until m is freed. Once per m. MCONN_E_LISTEN. */
enum mconn_err mconn_metrics_serve(mconn_metrics *m, const char *address);
/* The port it serves on; 0 while it does not. */
unsigned mconn_metrics_port(mconn_metrics *m);
void mconn_metrics_free(mconn_metrics *m); /* no switch may use it any more; NULL is allowed */
#ifdef __cplusplus
}
#endif
#endif
