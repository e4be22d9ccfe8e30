// C++ protobuf with one message reused, so that after the first packet it allocates nothing, and with
// the length prefix read by hand, which is faster than its own delimited reader.
#include "codec.h"
#include "packet.pb.h"
#include <google/protobuf/io/coded_stream.h>

static bench::Packet packet;

extern "C" uint64_t cpp_decode(const uint8_t *p, size_t n)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < n;) {
    size_t len = p[i++];
    if (len >= 128) len = len - 128 + 128 * size_t{p[i++]};
    if (len > n - i || !packet.ParseFromArray(p + i, static_cast<int>(len))) return 0;
    if (packet.sum_case() != bench::Packet::kPacketMsg) return 0;
    const bench::PacketMsg &m = packet.packet_msg();
    sum += static_cast<uint32_t>(m.channel_id()) + m.eof() + m.data().size();
    i += len;
  }
  return sum;
}

extern "C" size_t cpp_encode(uint8_t *out, size_t room, const uint8_t *data, size_t len, size_t count)
{
  using google::protobuf::io::CodedOutputStream;
  uint8_t *o = out;
  for (size_t k = 0; k < count; k++) {
    bench::PacketMsg *m = packet.mutable_packet_msg();
    m->set_channel_id(CHANNEL);
    m->set_eof(true);
    m->set_data(data, len);
    uint32_t n = static_cast<uint32_t>(packet.ByteSizeLong());
    if (room - static_cast<size_t>(o - out) < n + 5) return 0;
    o = CodedOutputStream::WriteVarint32ToArray(n, o);
    o = packet.SerializeWithCachedSizesToArray(o);
  }
  return static_cast<size_t>(o - out);
}
