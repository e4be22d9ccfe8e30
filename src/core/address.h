/* Node ids and addresses: 40 hexadecimal digits, and [protocol://]id@host:port, read by positions.
 *
 * A person types them into a configuration, and a peer sends one about itself. What goes wrong in practice:
 * upstream accepts an id in upper case and never finds the peer, for it compares text; an IPv6 address without
 * brackets whose last group becomes the port; a listen address from a stranger that is looked up in the name
 * service in the middle of the handshake. Here reading and looking up are apart: this code accepts exactly
 * what upstream's NewNetAddressString (v0.34.24) accepts up to its lookup of the host, says which byte refused
 * the rest, and copies nothing. */
#ifndef MCONN_CORE_ADDRESS_H
#define MCONN_CORE_ADDRESS_H
#include "error.h"
#include "uvarint.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define MCONN_NODE_ID_DIGITS 40u /* wire: 20 bytes, the front of the SHA-256 of a public key */
#ifdef __FRAMAC__
#include "logic/address.acsl"
#endif

/* Value of a hexadecimal digit of either case; 16: none. */
/*@ terminates \true;
    assigns \nothing;
    ensures value: \result == hex_val(c);
    ensures small: \result <= 16; */
uint8_t mconn_hex_value(uint8_t c);

typedef struct {
  enum mconn_err err; /* MCONN_OK, MCONN_E_NODE_ID */
  size_t at;          /* refused: the byte that decided; else 0 */
} mconn_node_id_result;

/* Whether p[from] to p[to - 1] is a node id. */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures accepted_iff_40_digits: \result.err == MCONN_OK <==> to == from + 40 && id_digits(p, from);
    ensures as_specified: \result.err == MCONN_OK <==> id_ok(p, from, to);
    ensures else_refused: \result.err == MCONN_OK || \result.err == MCONN_E_NODE_ID;
    ensures offender_named: \result.at == (\result.err == MCONN_OK ? 0 : id_at(p, from, to)); */
mconn_node_id_result mconn_node_id_check(const uint8_t *p, size_t from, size_t to);

/* Whether two ids, the 40 digits at p[i] and those at q[k], are the same, whatever the case of their digits. */
/*@ requires bounds: i <= MCONN_INDEX_MAX - 40 && k <= MCONN_INDEX_MAX - 40;
    requires rd: \valid_read(p + (i .. i + 39)) && \valid_read(q + (k .. k + 39));
    terminates \true;
    assigns \nothing;
    ensures same_only_if_every_digit_is: \result ==> id_same(p, i, q, k);
    ensures different_only_if_a_digit_is: !\result ==>
      \exists integer j; 0 <= j < 40 && hex_val(p[i + j]) != hex_val(q[k + j]); */
bool mconn_node_id_equal(const uint8_t *p, size_t i, const uint8_t *q, size_t k);

/* Writes the id at p[i] to o[k], its digits in lower case. */
/*@ requires bounds: i <= MCONN_INDEX_MAX - 40 && k <= MCONN_INDEX_MAX - 40;
    requires rd: \valid_read(p + (i .. i + 39));
    requires wr: \valid(o + (k .. k + 39));
    requires apart: \separated(p + (i .. i + 39), o + (k .. k + 39));
    requires id: id_digits(p, i);
    terminates \true;
    assigns o[k .. k + 39];
    ensures lowered: \forall integer j; 0 <= j < 40 ==> o[k + j] == hex_lower(p[i + j]); */
void mconn_node_id_lower(const uint8_t *p, size_t i, uint8_t *o, size_t k);

typedef struct {
  enum mconn_err err;        /* MCONN_OK, or MCONN_E_ADDRESS, _NODE_ID, _HOST, _PORT; then the rest but at is 0 */
  size_t at;                 /* refused: the byte that decided, or where the missing one had to be; else 0 */
  size_t id_from;            /* the 40 digits of the id begin here; 0 of an address without id */
  size_t host_from, host_to; /* the host, without its brackets: a name or a numeric address, not looked at */
  bool bracketed;            /* the host stands in brackets */
  uint32_t port;             /* 0..65535 */
} mconn_address;

/* Reads [protocol://]id@host:port in p[from] to p[to - 1]. As upstream: everything up to the first "://" and
 * from a second one on is ignored; a port may have leading zeros, but no sign. */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures accepted_or_first_fault: \result.err == ad_err(p, ad_begin(p, from, to), ad_end(p, from, to));
    ensures offender_named: \result.err != MCONN_OK ==>
      \result.at == ad_at(p, ad_begin(p, from, to), ad_end(p, from, to));
    ensures id: \result.err == MCONN_OK ==> \result.id_from == ad_begin(p, from, to) && id_digits(p, \result.id_from);
    ensures host: \result.err == MCONN_OK ==>
      \result.host_from == host_from(p, \result.id_from + 41, ad_end(p, from, to)) &&
      \result.host_to == host_to(p, \result.id_from + 41, ad_end(p, from, to));
    ensures host_in_place: \result.err == MCONN_OK ==>
      \result.id_from + 41 <= \result.host_from < \result.host_to < ad_end(p, from, to) <= to;
    ensures sign_behind_the_id: \result.err == MCONN_OK ==> p[\result.id_from + 40] == 64;
    ensures bracketed: \result.err == MCONN_OK ==>
      (\result.bracketed <==> host_open(p, \result.id_from + 41, ad_end(p, from, to)));
    ensures port: \result.err == MCONN_OK ==> \result.port <= 65535 && \result.port ==
      ad_num(p, host_colon(p, \result.id_from + 41, ad_end(p, from, to)) + 1, ad_end(p, from, to), 0);
    ensures nothing_else_if_refused: \result.err != MCONN_OK ==> \result.id_from == 0 && \result.host_from == 0 &&
      \result.host_to == 0 && !\result.bracketed && \result.port == 0;
    ensures nowhere_if_accepted: \result.err == MCONN_OK ==> \result.at == 0; */
mconn_address mconn_address_get(const uint8_t *p, size_t from, size_t to);

/* Reads [protocol://]host:port, as a listen address and as node info carries it. */
/*@ requires bounds: from <= to <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (from .. to - 1));
    terminates \true;
    assigns \nothing;
    ensures accepted_or_first_fault: \result.err == lone_err(p, ad_begin(p, from, to), ad_end(p, from, to));
    ensures offender_named: \result.err != MCONN_OK ==>
      \result.at == lone_at(p, ad_begin(p, from, to), ad_end(p, from, to));
    ensures host: \result.err == MCONN_OK ==>
      \result.host_from == host_from(p, ad_begin(p, from, to), ad_end(p, from, to)) &&
      \result.host_to == host_to(p, ad_begin(p, from, to), ad_end(p, from, to));
    ensures host_in_place: \result.err == MCONN_OK ==>
      ad_begin(p, from, to) <= \result.host_from < \result.host_to < ad_end(p, from, to) <= to;
    ensures bracketed: \result.err == MCONN_OK ==>
      (\result.bracketed <==> host_open(p, ad_begin(p, from, to), ad_end(p, from, to)));
    ensures port: \result.err == MCONN_OK ==> \result.port <= 65535 && \result.port ==
      ad_num(p, host_colon(p, ad_begin(p, from, to), ad_end(p, from, to)) + 1, ad_end(p, from, to), 0);
    ensures no_id: \result.id_from == 0;
    ensures nothing_else_if_refused: \result.err != MCONN_OK ==>
      \result.host_from == 0 && \result.host_to == 0 && !\result.bracketed && \result.port == 0;
    ensures nowhere_if_accepted: \result.err == MCONN_OK ==> \result.at == 0; */
mconn_address mconn_host_port_get(const uint8_t *p, size_t from, size_t to);

/* Whether an IP address is one of the public net: of no range that upstream's Routable excludes. 16 bytes in
 * network order, an address of version 4 as ::ffff:a.b.c.d. */
/*@ requires rd: \valid_read(ip + (0 .. 15));
    terminates \true;
    assigns \nothing;
    ensures routable_iff_in_no_range: \result <==> ip_routable(ip); */
bool mconn_ip_routable(const uint8_t *ip);
#endif
