/* One id of the peer set, from the first step of an admission until the removal is over.
 *
 * A connection can fail at any time, and reactors take theirs. What goes wrong in practice: a peer that fails
 * while it is being admitted is removed from a set it is not in yet, and then added, to stay for ever
 * (tendermint #9500); an error and a stop at the same time remove it twice (#5541); it dials again, and
 * init_peer of the new one runs before remove_peer of the old one is over (#3338). Here these are states: a
 * removal before the admission is over is remembered, only one removal is ever taken, and the id is taken
 * until that has ended.
 *
 * One state per id, changed under the lock of the switch; what an action asks for is done outside, by the
 * thread that got it. */
#ifndef MCONN_CORE_MEMBERSHIP_H
#define MCONN_CORE_MEMBERSHIP_H
#include "error.h"
#include <stdbool.h>

enum mconn_member_state {
  MCONN_MEMBER_FREE = 0,     /* nobody's */
  MCONN_MEMBER_RESERVED = 1, /* on its way in: dial, handshake, filters, init_peer, start */
  MCONN_MEMBER_DOOMED = 2,   /* on its way in, but its removal was asked for */
  MCONN_MEMBER_JOINING = 3,  /* in the set; add_peer of the reactors runs */
  MCONN_MEMBER_LEAVING = 4,  /* as joining, and its removal was asked for */
  MCONN_MEMBER_ADMITTED = 5, /* in the set, and every reactor knows */
  MCONN_MEMBER_REMOVING = 6  /* stop and remove_peer of the reactors run */
};
enum mconn_member_event {
  MCONN_MEMBER_RESERVE = 0, /* an admission begins */
  MCONN_MEMBER_ADMIT = 1,   /* it got to the set */
  MCONN_MEMBER_JOINED = 2,  /* every add_peer has returned */
  MCONN_MEMBER_ABANDON = 3, /* it ends without a peer; its connection is closed */
  MCONN_MEMBER_REMOVE = 4,  /* an error, or a call, asks for the removal */
  MCONN_MEMBER_REMOVED = 5  /* every remove_peer has returned; the connection is closed */
};
enum mconn_member_action {
  MCONN_MEMBER_NOTHING = 0,
  MCONN_MEMBER_ADD_NOW = 1,    /* it is in the set: call add_peer, then say joined */
  MCONN_MEMBER_REMOVE_NOW = 2, /* the removal is yours: carry it out, then say removed */
  MCONN_MEMBER_RELEASE = 3     /* the id is free; give its place back, in this step */
};
typedef struct {
  enum mconn_member_state s;
  enum mconn_err err; /* refused: the state is the same, and there is nothing to do */
  enum mconn_member_action act;
} mconn_member_result;
#ifdef __FRAMAC__
#include "logic/membership.acsl"
#endif

/* What an event does to the id. Refused with MCONN_E_PEER_DUPLICATE: reserve of an id that is taken (the caller
 * knows whether to call it MCONN_E_DIALING); MCONN_E_PEER_REMOVED: admit of one that is doomed, which has to be
 * abandoned then; MCONN_E_NO_PEER: remove where there is nobody, or a removal was taken already;
 * MCONN_E_STATE: an event that cannot come now, which is a fault of the caller. */
/*@ requires state: 0 <= s <= 6;
    terminates \true;
    assigns \nothing;
    ensures accepted_or_why_not: \result.err == mem_err(s, e);
    ensures next: \result.s == (\result.err == MCONN_OK ? mem_next(s, e) : s);
    ensures act: \result.act == mem_act(s, e);
    ensures state: 0 <= \result.s <= 6;
    ensures into_the_set_from_a_clean_admission_only: \result.act == MCONN_MEMBER_ADD_NOW ==>
      s == MCONN_MEMBER_RESERVED;
    ensures removal_is_told_apart: \result.act == MCONN_MEMBER_REMOVE_NOW <==>
      s != MCONN_MEMBER_REMOVING && \result.s == MCONN_MEMBER_REMOVING;
    ensures released_when_it_becomes_free: \result.act == MCONN_MEMBER_RELEASE <==>
      s != MCONN_MEMBER_FREE && \result.s == MCONN_MEMBER_FREE; */
mconn_member_result mconn_member_step(enum mconn_member_state s, enum mconn_member_event e);

/* Whether it is in the set. As upstream's, until every remove_peer has returned. */
/*@ terminates \true;
    assigns \nothing;
    ensures from_join_to_removed: \result <==> 3 <= s <= 6; */
bool mconn_member_in_set(enum mconn_member_state s);

/* Whether messages may be offered to it: in the set, and no removal asked for. */
/*@ terminates \true;
    assigns \nothing;
    ensures wanted: \result <==> s == MCONN_MEMBER_JOINING || s == MCONN_MEMBER_ADMITTED; */
bool mconn_member_is_live(enum mconn_member_state s);
#endif
