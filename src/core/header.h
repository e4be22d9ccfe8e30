/* The header of an outgoing packet: everything before its payload. The payload itself is never
 * touched by the core, so a message is copied once, by the caller, into its send buffer.
 *
 * Our own bytes, read by every generation of Go peer. What goes wrong in practice: a length that was
 * announced and another that was written, a field written as zero where the peer's generation expects
 * none, a full final packet on a channel above 127, which is one byte longer than the Go limit. So
 * there is exactly one encoding, its size is a function stated beside it, and the lemma in
 * proofs/theorems/roundtrip.c says that our decoder reads it back whatever the payload is. */
#ifndef MCONN_CORE_HEADER_H
#define MCONN_CORE_HEADER_H
#include "packet.h"
#define MCONN_PAYLOAD_MAX 0x7FFFFFu /* ours; Go: no limit */
#define MCONN_HEADER_MAX 24u        /* no header is longer, in either dialect */
#ifdef __FRAMAC__
#include "logic/header.acsl"
#endif

/* Bytes of the header of a msg packet with n bytes of payload. ch <= 255, n <= MCONN_PAYLOAD_MAX. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: ch <= 255 && n <= MCONN_PAYLOAD_MAX;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == hdr_size(d, ch, eof ? 1 : 0, n);
    ensures bounded: 3 <= \result <= MCONN_HEADER_MAX; */
uint32_t mconn_header_len(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n);

/* Writes it at o[i] (room for MCONN_HEADER_MAX is required of index arithmetic only, the bytes written
 * are exactly mconn_header_len); returns the index after it, where the n payload bytes belong. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: ch <= 255 && n <= MCONN_PAYLOAD_MAX;
    requires room: i + MCONN_HEADER_MAX <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + hdr_size(d, ch, eof ? 1 : 0, n) - 1));
    terminates \true;
    assigns o[i .. i + hdr_size(d, ch, eof ? 1 : 0, n) - 1];
    ensures exactly_the_announced_size: \result == i + hdr_size(d, ch, eof ? 1 : 0, n);
    ensures the_one_encoding: hdr(d, o, i, ch, eof ? 1 : 0, n); */
size_t mconn_header_put(enum mconn_dialect d, uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n);

/* Writes a whole ping or pong packet (at most 5 bytes); kind is MCONN_PACKET_PING or _PONG. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires kind: kind == MCONN_PACKET_PING || kind == MCONN_PACKET_PONG;
    requires room: i + 5 <= MCONN_INDEX_MAX;
    requires wr: \valid(o + (i .. i + control_size(d) - 1));
    terminates \true;
    assigns o[i .. i + control_size(d) - 1];
    ensures exactly_the_announced_size: \result == i + control_size(d);
    ensures the_one_encoding: control(d, o, i, kind); */
size_t mconn_control_put(enum mconn_dialect d, uint8_t *o, size_t i, enum mconn_packet_kind kind);

/* Bytes of a ping or pong packet: 3 (proto) or 5 (amino). */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    terminates \true;
    assigns \nothing;
    ensures exact: \result == control_size(d); */
uint32_t mconn_control_len(enum mconn_dialect d);

/* The limit upstream computes from its payload setting n, with a full final packet on channel 1. Proto:
 * the body, without slack (1034 at 1024). Amino: length prefix and body, plus ten (1047 at 1024). */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: n <= MCONN_PAYLOAD_MAX;
    terminates \true;
    assigns \nothing;
    ensures as_upstream: \result == packet_max(d, 1, n); */
uint32_t mconn_packet_max_upstream(enum mconn_dialect d, uint32_t n);

/* The limit we accept: the same with the widest channel id, so that a full final packet on channel
 * 0x80..0xff passes (1035 at 1024 in proto). Amino's ten spare bytes already cover it. */
/*@ requires dialect: d == MCONN_PROTO || d == MCONN_AMINO;
    requires rng: n <= MCONN_PAYLOAD_MAX;
    terminates \true;
    assigns \nothing;
    ensures widest_channel: \result == packet_max(d, d == MCONN_PROTO ? 255 : 1, n);
    ensures never_below_upstream: \result >= packet_max(d, 1, n);
    ensures admits_every_packet_of_n_bytes: \forall integer ch, eof; 0 <= ch <= 255 && 0 <= eof <= 1 ==>
      (d == MCONN_PROTO ? body_size(0, msg_size(ch, eof, n)) : wire_size(1, ch, eof, n)) <= \result; */
uint32_t mconn_packet_max_accept(enum mconn_dialect d, uint32_t n);
#endif
