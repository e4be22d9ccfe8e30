/* The codecs that are measured, behind one shape: a stream of packets in, a number out that depends on
 * every field. A decoder whose result nobody uses is a decoder the compiler may leave out. */
#ifndef MCONN_BENCH_CODEC_H
#define MCONN_BENCH_CODEC_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define CHANNEL 0x20u

/* Sum over the packets of the stream of channel, eof and payload length; 0 if one is refused. */
uint64_t mconn_proto_decode(const uint8_t *p, size_t n);
uint64_t mconn_amino_decode(const uint8_t *p, size_t n);
uint64_t nanopb_decode(const uint8_t *p, size_t n);
uint64_t cpp_decode(const uint8_t *p, size_t n);
uint64_t cpp_merge(const uint8_t *p, size_t n);

/* Writes count final msg packets with the payload at data into out; returns the bytes written. */
size_t mconn_proto_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count);
size_t mconn_amino_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count);
size_t nanopb_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count);
size_t cpp_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count);

/* The same packets without their payload bytes. */
size_t mconn_proto_headers(uint8_t *out, size_t room, size_t len, size_t count);
size_t mconn_amino_headers(uint8_t *out, size_t room, size_t len, size_t count);
#ifdef __cplusplus
}
#endif
#endif
