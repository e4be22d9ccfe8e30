// C++ protobuf with one message reused and the length prefix read by hand, which is faster than its own
// delimited reader. Parsing clears the message first, and that frees the member of a oneof; so it is
// measured a second time with the member cleared in place and merged into, which allocates nothing.
#include "codec.h"
#include "packet.pb.h"
#include <google/protobuf/io/coded_stream.h>

static bench::Packet packet;

static bool parse(const uint8_t *p, size_t len)
{
  return packet.ParseFromArray(p, static_cast<int>(len));
}

static bool merge(const uint8_t *p, size_t len)
{
  packet.mutable_packet_msg()->Clear();
  google::protobuf::io::CodedInputStream in(p, static_cast<int>(len));
  return packet.MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
}

template <bool (*get)(const uint8_t *, size_t)> static uint64_t decode(const uint8_t *p, size_t n)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < n;) {
    size_t len = p[i++];
    if (len >= 128) len = len - 128 + 128 * size_t{ p[i++] };
    if (len > n - i || !get(p + i, len)) return 0;
    if (packet.sum_case() != bench::Packet::kPacketMsg) return 0;
    const bench::PacketMsg &m = packet.packet_msg();
    sum += static_cast<uint32_t>(m.channel_id()) + m.eof() + m.data().size();
    i += len;
  }
  return sum;
}

extern "C" uint64_t cpp_decode(const uint8_t *p, size_t n)
{
  return decode<parse>(p, n);
}
extern "C" uint64_t cpp_merge(const uint8_t *p, size_t n)
{
  return decode<merge>(p, n);
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
