/* Packets of the amino dialect: general decoder, fast decoder and model agree (MC-PACKET, MC-FIELD,
 * MC-FRAME). The bytes are the peer's; this is the first code that sees them. */
#include "packet_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  check_stream(MCONN_AMINO, data, size);
  return 0;
}
