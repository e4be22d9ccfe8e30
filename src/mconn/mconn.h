/* The Tendermint/CometBFT peer connection: everything that is public. */
#ifndef MCONN_H
#define MCONN_H
#include "connection.h"
#include "core.h"
#include "error.h"
#include "log.h"
#include "metrics.h"
#include "node.h"
#include "peer.h"
#include "profile.h"
#include "reactor.h"
#include "service.h"
#include "switch.h"
#include "transport.h"
#include "version.h"
#endif
