/* The header of an outgoing packet: everything before its payload. The payload itself is never
 * touched by the core, so a message is copied once, by the caller, into its send buffer.
 * Contract sketch, see spec/logic/header.acsl. */
#ifndef MCONN_CORE_HEADER_H
#define MCONN_CORE_HEADER_H
#include "packet.h"
#define MCONN_PAYLOAD_MAX 0x7FFFFFu /* ours; Go: no limit */
#define MCONN_HEADER_MAX 24u        /* no header is longer, in either dialect */

/* Bytes of the header of a msg packet with n bytes of payload. ch <= 255, n <= MCONN_PAYLOAD_MAX. */
uint32_t mconn_header_len(enum mconn_dialect d, uint32_t ch, bool eof, uint32_t n);
/* Writes it at o[i] (room for MCONN_HEADER_MAX is required of index arithmetic only, the bytes written
 * are exactly mconn_header_len); returns the index after it, where the n payload bytes belong. */
size_t mconn_header_put(enum mconn_dialect d, uint8_t *o, size_t i, uint32_t ch, bool eof, uint32_t n);
/* Writes a whole ping or pong packet (at most 5 bytes); kind is MCONN_PACKET_PING or _PONG. */
size_t mconn_control_put(enum mconn_dialect d, uint8_t *o, size_t i, enum mconn_packet_kind kind);
/* Bytes of a ping or pong packet: 3 (proto) or 5 (amino). */
uint32_t mconn_control_len(enum mconn_dialect d);
/* The limit upstream computes from its payload setting n: proto 10+n.. for channel 1 without slack
 * (1034 at 1024), amino length prefix included plus ten (1047 at 1024). */
uint32_t mconn_packet_max_upstream(enum mconn_dialect d, uint32_t n);
/* The limit we accept: the same with the widest channel id, so that a full final packet on channel
 * 0x80..0xff passes (1035 at 1024 in proto). */
uint32_t mconn_packet_max_accept(enum mconn_dialect d, uint32_t n);
#endif
