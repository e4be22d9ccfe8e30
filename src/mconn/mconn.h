/* The Tendermint/CometBFT peer connection: everything that is public. */
#ifndef MCONN_H
#define MCONN_H
#include "connection.h"
#include "core.h"
#include "error.h"
#include "version.h"
#endif
