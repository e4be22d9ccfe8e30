/* One packet at a place of a byte stream, in either dialect: complete, not yet complete, or refused.
 *
 * The peer writes these bytes, and every peer connection starts with this function: it is the code an
 * attacker reaches first. What goes wrong in practice: the length prefix is believed before it is
 * compared; a channel id is cut to a byte before it is looked at (upstream issue 6521: 1025 reached
 * channel 1); two decoders disagree about duplicates, unknown fields or groups, and so about what was
 * said. So the accepted language is written down (spec/logic/packet.acsl) and the contract is an iff.
 *
 * Nothing is copied and nothing is kept: a packet is a few indexes into the caller's bytes. */
#ifndef MCONN_CORE_PACKET_H
#define MCONN_CORE_PACKET_H
#include "error.h"
#include "field.h"

enum mconn_dialect {
  MCONN_PROTO = 0, /* Tendermint v0.34 and all CometBFT */
  MCONN_AMINO = 1  /* Tendermint v0.27 - v0.33 */
};
/* The numbers are the field numbers of the protobuf oneof. */
enum mconn_packet_kind { MCONN_PACKET_NONE = 0, MCONN_PACKET_PING = 1, MCONN_PACKET_PONG = 2, MCONN_PACKET_MSG = 3 };
typedef struct {
  uint32_t ch; /* channel id as it stands in the packet: low 32 bits, not yet checked (MC-RECEIVER-02) */
  bool eof;    /* this packet ends its message */
  size_t off;  /* index of the payload */
  size_t len;  /* bytes of payload */
} mconn_msg;

/* kind != NONE: a packet. kind == NONE: need more (err == OK), or refused (err). */
typedef struct {
  enum mconn_err err;
  enum mconn_packet_kind kind;
  size_t b;  /* index of the body (after the length prefix); 0 while the prefix is incomplete or bad */
  size_t z;  /* packet, or body refused: index after the packet; need more: the least end that could suffice */
  size_t at; /* refused: index of the byte that decided */
  mconn_msg m;
} mconn_packet;

/* Body decoders: the bytes [b, z) of one packet, without its length prefix. */
typedef struct {
  enum mconn_err err;
  enum mconn_packet_kind kind;
  size_t at;
  mconn_msg m;
} mconn_body;

#ifdef __FRAMAC__
#include "logic/packet.acsl"
#endif

/* Lemmas: what the decoders find where a sender has written. In all of them the key, at c, is one byte,
 * and k bytes after it are a varint. */
/*@ ghost
  /@ requires bounds: i < e <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (i .. e - 1));
     requires one: p[i] < 128;
     terminates \true;
     assigns \nothing;
     ensures is: uv_n(p, i, e) == 1 && uv_is(p, i, 1) && uv_val(p, i, 1) == p[i]; @/
  void lem_one_byte(const uint8_t *p, size_t i, size_t e);
*/
/* Channel id (num 1) or eof (num 2) of a msg with value v. */
/*@ ghost
  /@ requires bounds: c + 1 + k <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (c .. z - 1));
     requires key: (num == 1 || num == 2) && p[c] == 8 * num;
     requires value: 1 <= k && uv_n(p, c + 1, z) == k && uv_fits(p, c + 1, k) && uv_val(p, c + 1, k) == v;
     requires byte: v <= 255;
     terminates \true;
     assigns \nothing;
     ensures proto_err: pf_err(p, c, z, 3) == pf_err(p, c + 1 + k, z, 3);
     ensures proto_own: \forall integer x; pf_val(p, c, z, num, x) == pf_val(p, c + 1 + k, z, num, v);
     ensures proto_others: \forall integer t, x; t != num ==> pf_val(p, c, z, t, x) == pf_val(p, c + 1 + k, z, t, x);
     ensures proto_off: \forall integer x; pf_off(p, c, z, 3, x) == pf_off(p, c + 1 + k, z, 3, x);
     ensures amino_err: \forall integer last; last < num ==>
       af_err(p, c, z, 3, last) == af_err(p, c + 1 + k, z, 3, num);
     ensures amino_own: \forall integer x; af_val(p, c, z, num, x) == af_val(p, c + 1 + k, z, num, v);
     ensures amino_others: \forall integer t, x; t != num ==> af_val(p, c, z, t, x) == af_val(p, c + 1 + k, z, t, x);
     ensures amino_off: \forall integer x; af_off(p, c, z, 3, x) == af_off(p, c + 1 + k, z, 3, x); @/
  void lem_int_field(const uint8_t *p, size_t c, size_t z, size_t k, uint32_t num, uint64_t v);
*/
/* The payload of a msg, n bytes, as its last field. */
/*@ ghost
  /@ requires bounds: c + 1 + k + n == z && z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (c .. z - 1));
     requires key: p[c] == 0x1A;
     requires length: 1 <= k && uv_n(p, c + 1, z) == k && uv_fits(p, c + 1, k) && uv_val(p, c + 1, k) == n;
     terminates \true;
     assigns \nothing;
     ensures elem: elem_err(p, c, z) == 0 && elem_wire(p, c, z) == 2 && elem_num(p, c, z) == 3;
     ensures slice: elem_off(p, c, z) == c + 1 + k && elem_val(p, c, z) == n;
     ensures field: fld_err(p, c, z) == 0 && fld_end(p, c, z) == z;
     ensures proto_err: pf_err(p, c, z, 3) == 0;
     ensures proto_own: \forall integer x; pf_val(p, c, z, 3, x) == n;
     ensures proto_others: \forall integer t, x; t != 3 ==> pf_val(p, c, z, t, x) == x;
     ensures proto_off: \forall integer x; pf_off(p, c, z, 3, x) == c + 1 + k;
     ensures amino_err: \forall integer last; last < 3 ==> af_err(p, c, z, 3, last) == 0;
     ensures amino_own: \forall integer x; af_val(p, c, z, 3, x) == n;
     ensures amino_others: \forall integer t, x; t != 3 ==> af_val(p, c, z, t, x) == x;
     ensures amino_off: \forall integer x; af_off(p, c, z, 3, x) == c + 1 + k; @/
  void lem_payload_field(const uint8_t *p, size_t c, size_t z, size_t k, size_t n);
*/
/* A proto body [b, z) whose only member is a msg with the fields [a, z). */
/*@ ghost
  /@ requires bounds: b < a <= z <= MCONN_INDEX_MAX;
     requires rd: \valid_read(p + (b .. z - 1));
     requires elem: elem_err(p, b, z) == 0 && elem_wire(p, b, z) == 2 && elem_num(p, b, z) == 3;
     requires slice: elem_off(p, b, z) == a && elem_val(p, b, z) == z - a;
     requires field: fld_err(p, b, z) == 0 && fld_end(p, b, z) == z;
     requires fields: pf_err(p, a, z, 3) == 0;
     terminates \true;
     assigns \nothing;
     ensures err: proto_err(p, b, z) == 0;
     ensures last: pb_last(p, b, z, -1) == b;
     ensures end: mem_end(p, b, z) == z; @/
  void lem_only_member(const uint8_t *p, size_t b, size_t a, size_t z);
*/

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == proto_err(p, b, z);
    ensures at: \result.err != MCONN_OK ==> \result.at == proto_at(p, b, z);
    ensures is: \result.err == MCONN_OK ==> proto_is(p, b, z, \result.kind, \result.m);
    ensures shape: body_shape(b, z, \result); */
mconn_body mconn_proto_body(const uint8_t *p, size_t b, size_t z);

/*@ requires bounds: b <= z <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (b .. z - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == amino_err(p, b, z);
    ensures at: \result.err != MCONN_OK ==> \result.at == amino_at(p, b, z);
    ensures is: \result.err == MCONN_OK ==> amino_is(p, b, z, \result.kind, \result.m);
    ensures shape: body_shape(b, z, \result); */
mconn_body mconn_amino_body(const uint8_t *p, size_t b, size_t z);

/* The packet that begins at p[i], looking at nothing from p[e] on. max: largest packet this side
 * allows, as its generation counts it: proto, the body; amino, length prefix and body. */
/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures post: packet_post(d, p, i, e, max, \result); */
mconn_packet mconn_packet_decode(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max);

/* The same function, with the layout that every Go sender emits recognised in a few tests. */
/*@ requires idx: i <= e <= MCONN_INDEX_MAX && max <= MCONN_INDEX_MAX;
    requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures post: packet_post(d, p, i, e, max, \result); */
mconn_packet mconn_packet_get(enum mconn_dialect d, const uint8_t *p, size_t i, size_t e, size_t max);
#endif
