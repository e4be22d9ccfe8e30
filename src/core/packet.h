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
