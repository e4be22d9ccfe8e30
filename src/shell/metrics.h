/* Counting for <mconn/metrics.h>: what the switch calls where upstream's switch and peer count.
 *
 * A peer's series live as long as the peer: upstream keeps those of every peer it ever had, which a peer that comes
 * under ever new ids can use to fill the memory of the node and of its scraper (D-100). Every function takes NULL for
 * metrics that are off. Safe from any thread. */
#ifndef SHELL_METRICS_H
#define SHELL_METRICS_H
#include "mconn/metrics.h"
#include "mconn/peer.h"

typedef struct metrics_peer metrics_peer;

void metrics_peers_add(mconn_metrics *m, int n); /* a peer was put into the set, 1, or taken out, -1 */

/* Series of one peer. queued tells how many messages wait for it; it is called by a scrape, under no lock but the
 * registry's, until metrics_peer_free returns. NULL: off, or no memory, and then nothing is counted. */
metrics_peer *metrics_peer_new(mconn_metrics *m, const char *id, const uint8_t *channels, size_t n,
                               uint64_t (*queued)(void *user), void *user);
void metrics_peer_free(mconn_metrics *m, metrics_peer *p);
void metrics_received(metrics_peer *p, uint8_t channel, size_t len); /* before the reactor has it */
void metrics_sent(metrics_peer *p, uint8_t channel, size_t len);     /* accepted for sending */

/* src/shell/metrics_http.c, or where it is not built metrics_nohttp.c. */
void *metrics_http_start(mconn_metrics *m, const char *address, unsigned *port);
void metrics_http_stop(void *http);
#endif
