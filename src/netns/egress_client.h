// SPDX-License-Identifier: Apache-2.0
// The proxy's end of egress_relay.h: a connection to the outside through its pod's relay.
#pragma once

#include <memory>

#include "base/net.h"
#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/socket.h"
#include "runtime/task.h"

namespace seine::netns {

// Connected to `to` when this ends. `options` are those of the connection to the relay: its mark
// tells the pod's rules that it is the proxy's. Errors: what the relay met, with its code
// (kUnauthorized: the policy); kConnect, kConnectRefused: there is no relay; kProtocol, kEof: it is
// none. No timeout: wrap it in with_deadline().
runtime::Task<Result<std::unique_ptr<runtime::Socket>>> connect_by_egress(
    runtime::EventLoop& loop, SocketAddr relay, SocketAddr to, runtime::SocketOptions options);

}  // namespace seine::netns
