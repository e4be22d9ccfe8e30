/* How many peers: places that are taken and given back, as four counts with their limits.
 *
 * Strangers decide how often they knock. What goes wrong in practice: peers that are still on their way in are
 * not counted, so that a burst of them passes the limit together; a place that is not given back on one of
 * the ways a peer can end, until the node takes nobody any more (tendermint #9500); a count that is lowered
 * twice and then lets everybody in. So a place is taken before a connection may go on, a count never leaves its
 * limits, and giving back a place that nobody has is refused. core/membership.h says when one goes back.
 *
 * One set of counts per switch, changed under its lock. */
#ifndef MCONN_CORE_ADMISSION_H
#define MCONN_CORE_ADMISSION_H
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#define MCONN_PEERS_MAX 0xFFFFu /* ours; Go: any int */

enum mconn_place {
  MCONN_PLACE_NONE = 0,
  MCONN_PLACE_SOCKET = 1,       /* an inbound connection, from accept to close, whoever it turns out to be */
  MCONN_PLACE_INBOUND = 2,      /* a peer that dialed us, from the moment its id is known */
  MCONN_PLACE_OUTBOUND = 3,     /* a peer that we dial, from before the dial */
  MCONN_PLACE_UNCONDITIONAL = 4 /* a peer of an unconditional id, either way */
};
typedef struct {
  uint32_t max_inbound, max_outbound, max_unconditional; /* the last: how many ids are unconditional */
  uint32_t sockets, inbound, outbound, unconditional;    /* places that are taken */
} mconn_admission;
typedef struct {
  mconn_admission s;
  bool done; /* else nothing changed */
} mconn_admission_result;
#ifdef __FRAMAC__
#include "logic/admission.acsl"
#endif

/* MCONN_E_LIMIT_CONFIG for a limit above MCONN_PEERS_MAX. Zero is allowed: none of them. */
/*@ terminates \true;
    assigns \nothing;
    ensures accepted_iff_within: \result == MCONN_OK <==> max_inbound <= MCONN_PEERS_MAX &&
      max_outbound <= MCONN_PEERS_MAX && max_unconditional <= MCONN_PEERS_MAX;
    ensures else_refused: \result == MCONN_OK || \result == MCONN_E_LIMIT_CONFIG; */
enum mconn_err mconn_admission_check(uint32_t max_inbound, uint32_t max_outbound, uint32_t max_unconditional);

/* No place taken. */
/*@ requires checked: max_inbound <= MCONN_PEERS_MAX && max_outbound <= MCONN_PEERS_MAX &&
      max_unconditional <= MCONN_PEERS_MAX;
    terminates \true;
    assigns \nothing;
    ensures inv: adm_inv(\result);
    ensures as_given: \result.max_inbound == max_inbound && \result.max_outbound == max_outbound &&
      \result.max_unconditional == max_unconditional;
    ensures empty: \result.sockets == 0 && \result.inbound == 0 && \result.outbound == 0 &&
      \result.unconditional == 0; */
mconn_admission mconn_admission_start(uint32_t max_inbound, uint32_t max_outbound, uint32_t max_unconditional);

/* Where a peer is counted, its socket apart. */
/*@ terminates \true;
    assigns \nothing;
    ensures unconditional_first: \result == (unconditional ? MCONN_PLACE_UNCONDITIONAL :
      outbound ? MCONN_PLACE_OUTBOUND : MCONN_PLACE_INBOUND); */
enum mconn_place mconn_admission_place(bool outbound, bool unconditional);

/* Takes a place of this kind, if one is left. Without one an inbound peer or socket is refused with
 * MCONN_E_INBOUND_LIMIT, a dial with MCONN_E_OUTBOUND_LIMIT. */
/*@ requires inv: adm_inv(s);
    terminates \true;
    assigns \nothing;
    ensures inv: adm_inv(\result.s);
    ensures taken_iff_one_was_left: \result.done <==> adm_taken(s, place) < adm_limit(s, place);
    ensures one_more: \result.done ==> adm_changed(s, \result.s, place, 1);
    ensures else_unchanged: !\result.done ==> \result.s == s; */
mconn_admission_result mconn_admission_take(mconn_admission s, enum mconn_place place);

/* Gives one back. Not done: nobody has one of this kind, which is a fault of the caller. */
/*@ requires inv: adm_inv(s);
    terminates \true;
    assigns \nothing;
    ensures inv: adm_inv(\result.s);
    ensures given_iff_one_was_taken: \result.done <==> adm_taken(s, place) > 0;
    ensures one_less: \result.done ==> adm_changed(s, \result.s, place, -1);
    ensures else_unchanged: !\result.done ==> \result.s == s; */
mconn_admission_result mconn_admission_give(mconn_admission s, enum mconn_place place);
#endif
