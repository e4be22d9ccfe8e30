/* Every way a connection or a call can be refused, as one number.
 *
 * A refusal that only says "bad packet" is worth nothing to the person who has to find the bug: the
 * complaint about peers of this protocol is "EOF" and "broken pipe" where a rule was broken. So each
 * value names exactly one requirement of spec/mconn.md, and mconn_requirement() gives its id. */
#ifndef MCONN_CORE_ERROR_H
#define MCONN_CORE_ERROR_H

enum mconn_err {
  MCONN_OK = 0,
  /* the peer's bytes */
  MCONN_E_LENGTH_PREFIX = 1,    /* MC-FRAME-02    length prefix does not fit 64 bits */
  MCONN_E_PACKET_SIZE = 2,      /* MC-FRAME-03    packet larger than this side allows */
  MCONN_E_VARINT = 3,           /* MC-UVARINT-03  a varint runs past ten bytes, or (amino) past 64 bits */
  MCONN_E_TRUNCATED = 4,        /* MC-FIELD-02    a field runs past the end of its message */
  MCONN_E_FIELD_NUMBER = 5,     /* MC-FIELD-03    field number outside its range */
  MCONN_E_WIRE_TYPE = 6,        /* MC-FIELD-04    wire type that does not exist (amino: or a group) */
  MCONN_E_FIELD_TYPE = 7,       /* MC-FIELD-05    known field with another wire type than its own */
  MCONN_E_GROUP = 8,            /* MC-FIELD-06    end of a group that was not begun, or a group not ended */
  MCONN_E_NO_MEMBER = 9,        /* MC-PACKET-04   none of ping, pong and msg is in the packet */
  MCONN_E_PREFIX = 10,          /* MC-PACKET-05   amino: not the prefix of a packet type */
  MCONN_E_FIELD_ORDER = 11,     /* MC-FIELD-07    amino: field numbers do not ascend */
  MCONN_E_UINT8 = 12,           /* MC-PACKET-06   amino: channel id or eof above 255 */
  MCONN_E_CHANNEL = 13,         /* MC-RECEIVER-02 channel id that nobody registered */
  MCONN_E_CAPACITY = 14,        /* MC-RECEIVER-03 message longer than its channel's capacity */
  MCONN_E_EMPTY_FRAGMENTS = 15, /* MC-RECEIVER-04 too many empty fragments in one message */
  /* the peer's silence */
  MCONN_E_PONG_TIMEOUT = 16, /* MC-PING-03     a ping was not answered in time */
  MCONN_E_EOF = 17,          /* MC-CONN-05     the peer closed the stream between packets */
  MCONN_E_EOF_INSIDE = 18,   /* MC-CONN-06     the peer closed the stream inside a packet */
  MCONN_E_IO = 19,           /* MC-CONN-07     the socket reported an error */
  /* the caller */
  MCONN_E_CHANNEL_DUPLICATE = 20, /* MC-CHANNEL-02 channel id given twice */
  MCONN_E_PRIORITY = 21,          /* MC-CHANNEL-03 priority 0 or above the limit */
  MCONN_E_QUEUE_CAPACITY = 22,    /* MC-CHANNEL-04 queue capacity above the limit */
  MCONN_E_MESSAGE_CAPACITY = 23,  /* MC-CHANNEL-05 message or buffer capacity outside its limits */
  MCONN_E_CHANNEL_COUNT = 24,     /* MC-CHANNEL-06 no channel, or more than 256 */
  MCONN_E_CHANNEL_UNKNOWN = 25,   /* MC-SENDER-06  send on a channel that was not registered */
  MCONN_E_MESSAGE_SIZE = 26,      /* MC-SENDER-07  message above MCONN_MESSAGE_MAX */
  MCONN_E_PAYLOAD_SIZE = 27,      /* MC-HEADER-05  packet payload limit outside 2..MCONN_PAYLOAD_MAX */
  MCONN_E_PING_CONFIG = 28,       /* MC-PING-01    pong time-out zero or not below the ping interval */
  MCONN_E_RATE_CONFIG = 29,       /* MC-RATE-01    rate above the limit */
  MCONN_E_FLUSH_CONFIG = 30,      /* MC-FLUSH-01   flush throttle above the limit */
  MCONN_E_DIALECT = 31,           /* MC-PACKET-01  dialect that does not exist */
  MCONN_E_TIMEOUT = 32,           /* MC-CONN-02    the channel's queue stayed full for the whole time-out */
  MCONN_E_QUEUE_FULL = 33,        /* MC-CONN-03    the channel's queue is full (try_send) */
  MCONN_E_NOT_RUNNING = 34,       /* MC-CONN-04    the connection is not running */
  MCONN_E_MEMORY = 35,            /* MC-CONN-08    the system gave no memory */
  MCONN_E_STATE = 36,             /* MC-CONN-09    call not allowed in this state */
  /* the lifecycle of a service */
  MCONN_E_ALREADY_STARTED = 37, /* MC-SERVICE-02 start of a service that was started */
  MCONN_E_ALREADY_STOPPED = 38, /* MC-SERVICE-03 start or stop of a service that was stopped */
  MCONN_E_NOT_STARTED = 39,     /* MC-SERVICE-04 stop of a service that was not started */
  MCONN_E_NOT_STOPPED = 40,     /* MC-SERVICE-05 reset of a service that was not stopped */
  MCONN_E_NO_RESET = 41,        /* MC-SERVICE-06 reset of a service that cannot be reset */
  /* addresses */
  MCONN_E_ADDRESS = 42,        /* MC-ADDRESS-01 not of the form id@host:port */
  MCONN_E_NODE_ID = 43,        /* MC-ADDRESS-02 a node id is not 40 hexadecimal digits */
  MCONN_E_HOST = 44,           /* MC-ADDRESS-03 host missing or malformed */
  MCONN_E_PORT = 45,           /* MC-ADDRESS-04 port missing, not decimal or above 65535 */
  MCONN_E_ADDRESS_LOOKUP = 46, /* MC-ADDRESS-06 the host name has no address */
  /* node info */
  MCONN_E_NODEINFO_SIZE = 47,          /* MC-NODEINFO-02 node info larger than 10240 bytes */
  MCONN_E_NODEINFO_ADDRESS = 48,       /* MC-NODEINFO-10 listen address malformed */
  MCONN_E_NODEINFO_VERSION = 49,       /* MC-NODEINFO-11 version not printable */
  MCONN_E_NODEINFO_CHANNELS = 50,      /* MC-NODEINFO-12 more than 16 channels, or one twice */
  MCONN_E_NODEINFO_MONIKER = 51,       /* MC-NODEINFO-13 moniker empty or not printable */
  MCONN_E_NODEINFO_TX_INDEX = 52,      /* MC-NODEINFO-14 tx_index neither empty nor on nor off */
  MCONN_E_NODEINFO_RPC_ADDRESS = 53,   /* MC-NODEINFO-15 rpc_address not printable */
  MCONN_E_NODEINFO_BLOCK_VERSION = 54, /* MC-NODEINFO-20 block protocol versions differ */
  MCONN_E_NODEINFO_NETWORK = 55,       /* MC-NODEINFO-21 networks differ */
  MCONN_E_NODEINFO_NO_CHANNEL = 56,    /* MC-NODEINFO-22 no channel in common */
  /* admission of a peer */
  MCONN_E_PEER_DUPLICATE = 57, /* MC-SWITCH-10 a peer of this id is there already */
  MCONN_E_PEER_SELF = 58,      /* MC-SWITCH-11 the peer is this node itself */
  MCONN_E_PEER_ID = 59,        /* MC-SWITCH-12 the peer's node id is not the one expected */
  MCONN_E_PEER_FILTERED = 60,  /* MC-SWITCH-13 a filter refused the peer */
  MCONN_E_FILTER_TIMEOUT = 61, /* MC-SWITCH-14 a filter did not answer in time */
  MCONN_E_IP_DUPLICATE = 62,   /* MC-SWITCH-15 a peer of this IP address is there already */
  MCONN_E_INBOUND_LIMIT = 63,  /* MC-ADMISSION-01 as many inbound peers as allowed are there */
  MCONN_E_DIALING = 64,        /* MC-SWITCH-16 the peer is being dialed, or is there */
  MCONN_E_DIAL = 65,           /* MC-SWITCH-17 no connection could be made */
  MCONN_E_HANDSHAKE = 66,      /* MC-TRANSPORT-03 the handshake was not over in time, or cut off */
  MCONN_E_PEER_REMOVED = 67,   /* MC-SWITCH-18 the peer failed before it was admitted */
  /* reactors */
  MCONN_E_CHANNEL_CLAIMED = 68, /* MC-SWITCH-02 a channel that another reactor owns */
  MCONN_E_NOT_ADVERTISED = 69,  /* MC-PEER-03 send on a channel that the peer did not advertise */
  MCONN_E_NO_REACTOR = 70,      /* MC-SWITCH-03 a message on a channel that no reactor owns */
  MCONN_E_REACTOR = 71,         /* MC-SWITCH-20 a reactor asked for the end of the peer */
  MCONN_E_NO_PEER = 72,         /* MC-SWITCH-21 no such peer */
  MCONN_E_LISTEN = 73,          /* MC-TRANSPORT-02 the address cannot be listened on */
  MCONN_E_LIMIT_CONFIG = 74,    /* MC-SWITCH-04 a number of the switch's configuration outside its limits */
  MCONN_E_OUTBOUND_LIMIT = 75,  /* MC-ADMISSION-04 as many outbound peers as allowed are there */
  MCONN_E_COUNT = 76            /* one past the last value */
};
#endif
