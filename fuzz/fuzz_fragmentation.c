/* One message through sender and receiver (MC-SENDER, MC-RECEIVER; theorems 6 and 7): the fragments
 * concatenate to the message, every packet is one the peer accepts, and reassembly ends with the
 * message's length at the message's last packet. What goes wrong: the empty message, the message of
 * exactly n packets, the last fragment on a channel id of two bytes.
 *
 * Input: dialect, channel, payload limit, total (kept to a few dozen packets), bytes before. */
#include "sender_check.h"
#include "model.h"
#include "core/receiver.h"

static uint8_t out[MCONN_PAYLOAD_MAX + 64];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fuzz_in in = { data, size };
  uint8_t mode = fuzz_u8(&in);
  bool amino = mode & 1;
  enum mconn_dialect dialect = amino ? MCONN_AMINO : MCONN_PROTO;
  uint32_t id = fuzz_u8(&in);
  uint32_t payload = 2 + (mode & 2 ? fuzz_u32(&in) % (MCONN_PAYLOAD_MAX - 1) : fuzz_u16(&in) % 2048);
  uint64_t total =
    mode & 4 ? (uint64_t)payload * (fuzz_u8(&in) % 24) + fuzz_u8(&in) % 3 : fuzz_u32(&in) % (24ull * payload);
  if (mode & 8 && total > 0) total--;
  if (total > MCONN_MESSAGE_MAX) total = MCONN_MESSAGE_MAX;
  size_t o = fuzz_u8(&in) % 16;
  mconn_channel d = { id, 1, 1, 1, (uint32_t)total };
  mconn_sender s;
  mconn_sender_channel sc;
  mconn_receiver r;
  mconn_receiver_channel rc;
  mconn_sender_init(&s, &sc, dialect, payload, &d, 1);
  mconn_receiver_init(&r, &rc, dialect, mconn_packet_max_accept(dialect, payload), &d, 1);
  mconn_sender_offer(&s, &sc, 0, (uint32_t)total);
  uint32_t at = 0;
  bool last = false;
  for (int packets = 0; !last; packets++) {
    FUZZ_CHECK(packets <= 26);
    mconn_send x = mconn_sender_step(&s, &sc, out, o, sizeof out);
    FUZZ_CHECK(x.kind == MCONN_SEND_FRAGMENT && x.k == 0 && x.off == at && x.z == x.h + x.len);
    check_fragment(amino, payload, id, (uint32_t)total, x.off, x.len, x.eof);
    mconn_event e = mconn_receiver_step(&r, &rc, out, o, x.z);
    FUZZ_CHECK(e.kind == MCONN_EVENT_FRAGMENT && e.k == 0 && e.place == at);
    FUZZ_CHECK(e.packet.z == x.z && e.packet.m.len == x.len && e.packet.m.eof == x.eof);
    if (x.len > 0) FUZZ_CHECK(e.packet.m.off == x.h);
    at += x.len;
    last = x.eof;
  }
  FUZZ_CHECK(at == total && !sc.pending);
  FUZZ_CHECK(mconn_sender_step(&s, &sc, out, o, sizeof out).kind == MCONN_SEND_NONE);
  FUZZ_CHECK(rc.len == 0 && rc.empty == 0);
  return 0;
}
