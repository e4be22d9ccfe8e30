/* The pure core, for callers who bring their own event loop: bytes in, events out; messages in, bytes
 * out; time as a number. No heap, clock, lock or I/O, so nothing here needs a thread or may block. */
#ifndef MCONN_CORE_H
#define MCONN_CORE_H
#ifdef __cplusplus
extern "C" {
#endif
#include "core/address.h"
#include "core/admission.h"
#include "core/channel.h"
#include "core/decay.h"
#include "core/flush.h"
#include "core/header.h"
#include "core/membership.h"
#include "core/nodeinfo.h"
#include "core/nodeinfo_put.h"
#include "core/nodeinfo_rules.h"
#include "core/packet.h"
#include "core/ping.h"
#include "core/rate.h"
#include "core/receiver.h"
#include "core/reconnect.h"
#include "core/sender.h"
#include "core/service.h"
#include "core/uvarint.h"
#ifdef __cplusplus
}
#endif
#endif
