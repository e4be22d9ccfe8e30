/* What may follow in a packet of a message: the rules of fragmentation without the code that makes the
 * fragments (MC-SENDER). A packet must be one that the peer accepts, and the peer is a Go peer: in the
 * protobuf dialect it refuses a full last fragment on a channel of two bytes, so there a full rest may
 * be sent in two. */
#ifndef MCONN_FUZZ_SENDER_CHECK_H
#define MCONN_FUZZ_SENDER_CHECK_H
#include "fuzz.h"
#include "encode_model.h"
#include "core/sender.h"

/* Whether a packet of n bytes is one that a Go peer with the same payload setting accepts. */
static bool go_accepts(bool amino, uint32_t payload, uint32_t channel, bool eof, uint32_t n)
{
  uint8_t o[32];
  size_t whole = model_put_header(amino, o, channel, eof, n) + n;
  size_t prefix = 1;
  while (o[prefix - 1] & 128) prefix++;
  size_t limit = model_put_header(amino, o, 1, true, payload) + payload;
  if (amino) return whole <= limit + 10;
  size_t limit_prefix = 1;
  while (o[limit_prefix - 1] & 128) limit_prefix++;
  return whole - prefix <= limit - limit_prefix;
}

/* Fragment [off, off + len) of a message of total bytes, last or not. */
static void check_fragment(bool amino, uint32_t payload, uint32_t channel, uint32_t total, uint32_t off, uint32_t len,
                           bool eof)
{
  FUZZ_CHECK(off <= total && len <= total - off && len <= payload);
  FUZZ_CHECK(eof == (off + len == total));
  FUZZ_CHECK(len > 0 || total == 0);
  FUZZ_CHECK(go_accepts(amino, payload, channel, eof, len));
  if (!eof && len < payload) {
    FUZZ_CHECK(total - off == payload);
    FUZZ_CHECK(!go_accepts(amino, payload, channel, true, payload));
    FUZZ_CHECK(len == payload - 1);
  }
}
#endif
