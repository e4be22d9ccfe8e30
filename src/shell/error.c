/* Error values as text. One table, in the order of the enum, so that a value without a row, or a row
 * for the wrong value, cannot be written without being seen (tests/unit/test_error.c reads each id in
 * spec/mconn.md). */
#include "mconn/error.h"
#include "mconn/version.h"
#include <stddef.h>

typedef struct {
  enum mconn_err err;
  const char *name, *requirement, *sentence;
} row;

#define ROW(value, requirement, sentence) [value] = { value, #value, requirement, sentence }
static const row rows[MCONN_E_COUNT] = {
  ROW(MCONN_OK, "", "no error"),
  ROW(MCONN_E_LENGTH_PREFIX, "MC-FRAME-02", "the length prefix does not fit 64 bits"),
  ROW(MCONN_E_PACKET_SIZE, "MC-FRAME-03", "the packet is larger than this side allows"),
  ROW(MCONN_E_VARINT, "MC-UVARINT-03", "a varint runs past ten bytes or past 64 bits"),
  ROW(MCONN_E_TRUNCATED, "MC-FIELD-02", "a field runs past the end of its message"),
  ROW(MCONN_E_FIELD_NUMBER, "MC-FIELD-03", "the field number is outside its range"),
  ROW(MCONN_E_WIRE_TYPE, "MC-FIELD-04", "the wire type does not exist in this dialect"),
  ROW(MCONN_E_FIELD_TYPE, "MC-FIELD-05", "a known field has another wire type than its own"),
  ROW(MCONN_E_GROUP, "MC-FIELD-06", "a group ends that was not begun, or is not ended"),
  ROW(MCONN_E_NO_MEMBER, "MC-PACKET-04", "the packet is none of ping, pong and msg"),
  ROW(MCONN_E_PREFIX, "MC-PACKET-05", "the body does not begin with the prefix of a packet type"),
  ROW(MCONN_E_FIELD_ORDER, "MC-FIELD-07", "field numbers do not ascend"),
  ROW(MCONN_E_UINT8, "MC-PACKET-06", "a channel id or eof is above 255"),
  ROW(MCONN_E_CHANNEL, "MC-RECEIVER-02", "nobody registered the channel of this packet"),
  ROW(MCONN_E_CAPACITY, "MC-RECEIVER-03", "the message is longer than its channel's capacity"),
  ROW(MCONN_E_EMPTY_FRAGMENTS, "MC-RECEIVER-04", "too many empty fragments in one message"),
  ROW(MCONN_E_PONG_TIMEOUT, "MC-PING-03", "a ping was not answered in time"),
  ROW(MCONN_E_EOF, "MC-CONN-05", "the peer closed the stream"),
  ROW(MCONN_E_EOF_INSIDE, "MC-CONN-06", "the peer closed the stream inside a packet"),
  ROW(MCONN_E_IO, "MC-CONN-07", "the socket reported an error"),
  ROW(MCONN_E_CHANNEL_DUPLICATE, "MC-CHANNEL-02", "the channel id is given twice"),
  ROW(MCONN_E_PRIORITY, "MC-CHANNEL-03", "the channel's priority is zero or above the limit"),
  ROW(MCONN_E_QUEUE_CAPACITY, "MC-CHANNEL-04", "the channel's queue capacity is above the limit"),
  ROW(MCONN_E_MESSAGE_CAPACITY, "MC-CHANNEL-05", "the channel's message or buffer capacity is above the limit"),
  ROW(MCONN_E_CHANNEL_COUNT, "MC-CHANNEL-06", "there is no channel, or more than 256 ids"),
  ROW(MCONN_E_CHANNEL_UNKNOWN, "MC-SENDER-06", "the channel was not registered"),
  ROW(MCONN_E_MESSAGE_SIZE, "MC-SENDER-07", "the message is larger than any channel can carry"),
  ROW(MCONN_E_PAYLOAD_SIZE, "MC-HEADER-05", "the packet payload limit is outside its range"),
  ROW(MCONN_E_PING_CONFIG, "MC-PING-01", "the pong time-out is zero or not below the ping interval"),
  ROW(MCONN_E_RATE_CONFIG, "MC-RATE-01", "the rate is above the limit"),
  ROW(MCONN_E_FLUSH_CONFIG, "MC-FLUSH-01", "the flush throttle is above the limit"),
  ROW(MCONN_E_DIALECT, "MC-PACKET-01", "the dialect does not exist"),
  ROW(MCONN_E_TIMEOUT, "MC-CONN-02", "the time-out passed"),
  ROW(MCONN_E_QUEUE_FULL, "MC-CONN-03", "the channel's queue is full"),
  ROW(MCONN_E_NOT_RUNNING, "MC-CONN-04", "the connection is not running"),
  ROW(MCONN_E_MEMORY, "MC-CONN-08", "the system gave no memory"),
  ROW(MCONN_E_STATE, "MC-CONN-09", "the call is not allowed in this state"),
};

static const row *find(enum mconn_err err)
{
  static const row unknown = { MCONN_E_COUNT, "MCONN_E_UNKNOWN", "", "unknown error" };
  size_t i = (size_t)err;
  return i < MCONN_E_COUNT && rows[i].name != NULL ? &rows[i] : &unknown;
}

const char *mconn_strerror(enum mconn_err err)
{
  return find(err)->sentence;
}

const char *mconn_error_name(enum mconn_err err)
{
  return find(err)->name;
}

const char *mconn_requirement(enum mconn_err err)
{
  return find(err)->requirement;
}

const char *mconn_version(void)
{
  return MCONN_VERSION;
}
