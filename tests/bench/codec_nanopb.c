/* nanopb with its payload in a fixed array, the way its documentation recommends for speed. */
#include "codec.h"
#include "packet.pb.h"
#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

static bench_Packet packet; /* reused: nanopb clears what it decodes into */

uint64_t nanopb_decode(const uint8_t *p, size_t n)
{
  pb_istream_t in = pb_istream_from_buffer(p, n);
  uint64_t sum = 0;
  while (in.bytes_left > 0) {
    if (!pb_decode_ex(&in, bench_Packet_fields, &packet, PB_DECODE_DELIMITED)) return 0;
    if (packet.which_sum != bench_Packet_packet_msg_tag) return 0;
    const bench_PacketMsg *m = &packet.sum.packet_msg;
    sum += (uint32_t)m->channel_id + m->eof + m->data.size;
  }
  return sum;
}

size_t nanopb_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count)
{
  pb_ostream_t o = pb_ostream_from_buffer(out, room);
  packet.which_sum = bench_Packet_packet_msg_tag;
  bench_PacketMsg *m = &packet.sum.packet_msg;
  for (size_t k = 0; k < count; k++) {
    m->channel_id = CHANNEL;
    m->eof = true;
    m->data.size = (pb_size_t)len;
    memcpy(m->data.bytes, data, len);
    if (!pb_encode_ex(&o, bench_Packet_fields, &packet, PB_ENCODE_DELIMITED)) return 0;
  }
  return o.bytes_written;
}
