/* Places of peers. */
#include "admission.h"

enum mconn_err mconn_admission_check(uint32_t max_inbound, uint32_t max_outbound, uint32_t max_unconditional)
{
  bool within = max_inbound <= MCONN_PEERS_MAX && max_outbound <= MCONN_PEERS_MAX;
  return within && max_unconditional <= MCONN_PEERS_MAX ? MCONN_OK : MCONN_E_LIMIT_CONFIG;
}

mconn_admission mconn_admission_start(uint32_t max_inbound, uint32_t max_outbound, uint32_t max_unconditional)
{
  mconn_admission s = { .max_inbound = max_inbound,
                        .max_outbound = max_outbound,
                        .max_unconditional = max_unconditional };
  return s;
}

enum mconn_place mconn_admission_place(bool outbound, bool unconditional)
{
  if (unconditional) return MCONN_PLACE_UNCONDITIONAL;
  return outbound ? MCONN_PLACE_OUTBOUND : MCONN_PLACE_INBOUND;
}

/*@ requires inv: adm_inv(s);
    terminates \true;
    assigns \nothing;
    ensures limit: \result == adm_limit(s, place); */
static uint32_t limit(mconn_admission s, enum mconn_place place)
{
  switch (place) {
  case MCONN_PLACE_SOCKET: return s.max_inbound + s.max_unconditional;
  case MCONN_PLACE_INBOUND: return s.max_inbound;
  case MCONN_PLACE_OUTBOUND: return s.max_outbound;
  case MCONN_PLACE_UNCONDITIONAL: return s.max_unconditional;
  default: return 0;
  }
}

/*@ terminates \true;
    assigns \nothing;
    ensures taken: \result == adm_taken(s, place); */
static uint32_t taken(mconn_admission s, enum mconn_place place)
{
  switch (place) {
  case MCONN_PLACE_SOCKET: return s.sockets;
  case MCONN_PLACE_INBOUND: return s.inbound;
  case MCONN_PLACE_OUTBOUND: return s.outbound;
  case MCONN_PLACE_UNCONDITIONAL: return s.unconditional;
  default: return 0;
  }
}

/* s with n places of this kind taken. */
/*@ terminates \true;
    assigns \nothing;
    ensures limits: adm_same_limits(s, \result);
    ensures sockets: \result.sockets == (place == 1 ? n : s.sockets);
    ensures inbound: \result.inbound == (place == 2 ? n : s.inbound);
    ensures outbound: \result.outbound == (place == 3 ? n : s.outbound);
    ensures unconditional: \result.unconditional == (place == 4 ? n : s.unconditional); */
static mconn_admission with(mconn_admission s, enum mconn_place place, uint32_t n)
{
  if (place == MCONN_PLACE_SOCKET) s.sockets = n;
  if (place == MCONN_PLACE_INBOUND) s.inbound = n;
  if (place == MCONN_PLACE_OUTBOUND) s.outbound = n;
  if (place == MCONN_PLACE_UNCONDITIONAL) s.unconditional = n;
  return s;
}

mconn_admission_result mconn_admission_take(mconn_admission s, enum mconn_place place)
{
  mconn_admission_result r = { .s = s, .done = taken(s, place) < limit(s, place) };
  if (r.done) r.s = with(s, place, taken(s, place) + 1);
  return r;
}

mconn_admission_result mconn_admission_give(mconn_admission s, enum mconn_place place)
{
  mconn_admission_result r = { .s = s, .done = taken(s, place) > 0 };
  if (r.done) r.s = with(s, place, taken(s, place) - 1);
  return r;
}
