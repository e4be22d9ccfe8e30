/* Node infos between their two forms: core/nodeinfo.h on the wire, mconn/node.h for people.
 *
 * The wire form points into bytes and counts them; the form for people is C strings. What goes wrong between
 * the two is a string without its end and a copy that outlives what it points to: here a copy is one block with
 * everything in it. */
#ifndef MCONN_SHELL_NODE_H
#define MCONN_SHELL_NODE_H
#include "core/nodeinfo.h"
#include "mconn/node.h"
#include "mconn/transport.h"

/* A copy in one block, to be freed with free(3). NULL: no memory. NULL strings become "". */
mconn_node_info *node_copy(const mconn_node_info *x);

/* The wire form with its length prefix of a node info that keeps every rule of a sent one. Errors: those of
 * MC-NODEINFO-02 and MC-NODEINFO-10 to 15, with the field's name. *len is untouched then. */
mconn_reason node_encode(enum mconn_dialect dialect, const mconn_node_info *x, uint8_t out[MCONN_NODEINFO_BYTES_MAX],
                         size_t *len);

/* A peer's node info, prefix included, decoded, checked and copied: *out is to be freed with free(3). Errors
 * are the decoder's and the same as above; *out is untouched then. */
mconn_reason node_decode(enum mconn_dialect dialect, const uint8_t *bytes, size_t len, mconn_node_info **out);

/* MCONN_OK, or why two nodes cannot be peers (MC-NODEINFO-20 to 22). Both as on the wire, and both decoded
 * before without an error. */
enum mconn_err node_compatible(enum mconn_dialect dialect, const uint8_t *own, size_t own_len, const uint8_t *other,
                               size_t other_len);
#endif
