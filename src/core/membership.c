/* One id of the peer set, as a table of states and events. */
#include "membership.h"

/*@ requires state: 0 <= s <= 6;
    terminates \true;
    assigns \nothing;
    ensures err: \result == mem_err(s, e); */
static enum mconn_err verdict(enum mconn_member_state s, enum mconn_member_event e)
{
  switch (e) {
  case MCONN_MEMBER_RESERVE: return s == MCONN_MEMBER_FREE ? MCONN_OK : MCONN_E_PEER_DUPLICATE;
  case MCONN_MEMBER_ADMIT:
    if (s == MCONN_MEMBER_DOOMED) return MCONN_E_PEER_REMOVED;
    return s == MCONN_MEMBER_RESERVED ? MCONN_OK : MCONN_E_STATE;
  case MCONN_MEMBER_JOINED: return s == MCONN_MEMBER_JOINING || s == MCONN_MEMBER_LEAVING ? MCONN_OK : MCONN_E_STATE;
  case MCONN_MEMBER_ABANDON: return s == MCONN_MEMBER_RESERVED || s == MCONN_MEMBER_DOOMED ? MCONN_OK : MCONN_E_STATE;
  case MCONN_MEMBER_REMOVE:
    if (s == MCONN_MEMBER_RESERVED) return MCONN_OK;
    return mconn_member_is_live(s) ? MCONN_OK : MCONN_E_NO_PEER;
  case MCONN_MEMBER_REMOVED: return s == MCONN_MEMBER_REMOVING ? MCONN_OK : MCONN_E_STATE;
  default: return MCONN_E_STATE;
  }
}

/*@ requires accepted: mem_err(s, e) == 0;
    terminates \true;
    assigns \nothing;
    ensures next: \result == mem_next(s, e); */
static enum mconn_member_state next(enum mconn_member_state s, enum mconn_member_event e)
{
  switch (e) {
  case MCONN_MEMBER_RESERVE: return MCONN_MEMBER_RESERVED;
  case MCONN_MEMBER_ADMIT: return MCONN_MEMBER_JOINING;
  case MCONN_MEMBER_JOINED: return s == MCONN_MEMBER_JOINING ? MCONN_MEMBER_ADMITTED : MCONN_MEMBER_REMOVING;
  case MCONN_MEMBER_REMOVE:
    if (s == MCONN_MEMBER_RESERVED) return MCONN_MEMBER_DOOMED;
    return s == MCONN_MEMBER_JOINING ? MCONN_MEMBER_LEAVING : MCONN_MEMBER_REMOVING;
  default: return MCONN_MEMBER_FREE; /* abandon, removed */
  }
}

mconn_member_result mconn_member_step(enum mconn_member_state s, enum mconn_member_event e)
{
  mconn_member_result r = { .s = s, .err = verdict(s, e), .act = MCONN_MEMBER_NOTHING };
  if (r.err != MCONN_OK) return r;
  r.s = next(s, e);
  if (r.s == MCONN_MEMBER_JOINING) r.act = MCONN_MEMBER_ADD_NOW;
  else if (r.s == MCONN_MEMBER_REMOVING) r.act = MCONN_MEMBER_REMOVE_NOW;
  else if (r.s == MCONN_MEMBER_FREE) r.act = MCONN_MEMBER_RELEASE;
  return r;
}

bool mconn_member_in_set(enum mconn_member_state s)
{
  return s >= MCONN_MEMBER_JOINING && s <= MCONN_MEMBER_REMOVING;
}

bool mconn_member_is_live(enum mconn_member_state s)
{
  return s == MCONN_MEMBER_JOINING || s == MCONN_MEMBER_ADMITTED;
}
