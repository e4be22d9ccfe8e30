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
  ROW(MCONN_E_ALREADY_STARTED, "MC-SERVICE-02", "the service was already started"),
  ROW(MCONN_E_ALREADY_STOPPED, "MC-SERVICE-03", "the service was already stopped"),
  ROW(MCONN_E_NOT_STARTED, "MC-SERVICE-04", "the service was not started"),
  ROW(MCONN_E_NOT_STOPPED, "MC-SERVICE-05", "a service that was not stopped cannot be reset"),
  ROW(MCONN_E_NO_RESET, "MC-SERVICE-06", "the service cannot be reset"),
  ROW(MCONN_E_ADDRESS, "MC-ADDRESS-01", "the address is not of the form id@host:port"),
  ROW(MCONN_E_NODE_ID, "MC-ADDRESS-02", "the node id is not 40 hexadecimal digits"),
  ROW(MCONN_E_HOST, "MC-ADDRESS-03", "the host is missing or malformed"),
  ROW(MCONN_E_PORT, "MC-ADDRESS-04", "the port is missing, not decimal or above 65535"),
  ROW(MCONN_E_ADDRESS_LOOKUP, "MC-ADDRESS-06", "the host name has no address"),
  ROW(MCONN_E_NODEINFO_SIZE, "MC-NODEINFO-02", "the node info is larger than 10240 bytes"),
  ROW(MCONN_E_NODEINFO_ADDRESS, "MC-NODEINFO-10", "the node info's listen address is malformed"),
  ROW(MCONN_E_NODEINFO_VERSION, "MC-NODEINFO-11", "the node info's version is not printable"),
  ROW(MCONN_E_NODEINFO_CHANNELS, "MC-NODEINFO-12", "the node info lists more than 16 channels, or one twice"),
  ROW(MCONN_E_NODEINFO_MONIKER, "MC-NODEINFO-13", "the node info's moniker is empty or not printable"),
  ROW(MCONN_E_NODEINFO_TX_INDEX, "MC-NODEINFO-14", "the node info's tx_index is neither empty nor on nor off"),
  ROW(MCONN_E_NODEINFO_RPC_ADDRESS, "MC-NODEINFO-15", "the node info's rpc_address is not printable"),
  ROW(MCONN_E_NODEINFO_BLOCK_VERSION, "MC-NODEINFO-20", "the block protocol versions differ"),
  ROW(MCONN_E_NODEINFO_NETWORK, "MC-NODEINFO-21", "the networks differ"),
  ROW(MCONN_E_NODEINFO_NO_CHANNEL, "MC-NODEINFO-22", "the nodes have no channel in common"),
  ROW(MCONN_E_PEER_DUPLICATE, "MC-SWITCH-10", "a peer of this id is there already"),
  ROW(MCONN_E_PEER_SELF, "MC-SWITCH-11", "the peer is this node itself"),
  ROW(MCONN_E_PEER_ID, "MC-SWITCH-12", "the peer's node id is not the one expected"),
  ROW(MCONN_E_PEER_FILTERED, "MC-SWITCH-13", "a filter refused the peer"),
  ROW(MCONN_E_FILTER_TIMEOUT, "MC-SWITCH-14", "a filter did not answer in time"),
  ROW(MCONN_E_IP_DUPLICATE, "MC-SWITCH-15", "a peer of this IP address is there already"),
  ROW(MCONN_E_INBOUND_LIMIT, "MC-ADMISSION-01", "as many inbound peers as allowed are there"),
  ROW(MCONN_E_DIALING, "MC-SWITCH-16", "the peer is being dialed or is there already"),
  ROW(MCONN_E_DIAL, "MC-SWITCH-17", "no connection could be made"),
  ROW(MCONN_E_HANDSHAKE, "MC-TRANSPORT-03", "the handshake was cut off or not over in time"),
  ROW(MCONN_E_PEER_REMOVED, "MC-SWITCH-18", "the peer failed before it was admitted"),
  ROW(MCONN_E_CHANNEL_CLAIMED, "MC-SWITCH-02", "another reactor owns the channel"),
  ROW(MCONN_E_NOT_ADVERTISED, "MC-PEER-03", "the peer did not advertise the channel"),
  ROW(MCONN_E_NO_REACTOR, "MC-SWITCH-03", "no reactor owns the channel"),
  ROW(MCONN_E_REACTOR, "MC-SWITCH-20", "a reactor asked for the end of the peer"),
  ROW(MCONN_E_NO_PEER, "MC-SWITCH-21", "there is no such peer"),
  ROW(MCONN_E_LISTEN, "MC-TRANSPORT-02", "the address cannot be listened on"),
  ROW(MCONN_E_LIMIT_CONFIG, "MC-SWITCH-04", "a number of the switch's configuration is outside its limits"),
  ROW(MCONN_E_OUTBOUND_LIMIT, "MC-ADMISSION-04", "as many outbound peers as allowed are there or being dialed"),
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
