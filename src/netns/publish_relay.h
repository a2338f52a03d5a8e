// SPDX-License-Identifier: Apache-2.0
// The way into a pod (`--publish`): a listener on the machine's own network, whose connections go
// on inside the hub to the pod's address, where the pod's proxy takes them like any other that come
// from the hub. Bytes are copied both ways, half-closes included.
//
// Runs on a thread of its own in the hub's namespace.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"
#include "netns/namespace_loop.h"
#include "netns/relay_counters.h"
#include "runtime/socket.h"

namespace seine::netns {

struct PublishOptions {
  SocketAddr listen;  // on the machine; port 0: any
  SocketAddr target;  // the pod's address and the port the program listens on
  std::size_t max_connections = 1024;
  Duration connect_deadline = std::chrono::seconds(10);
  runtime::SocketOptions outside{.keepalive = std::chrono::seconds(30),
                                 .user_timeout = std::chrono::seconds(120)};
};

class PublishRelay {
 public:
  // Called on a thread of the machine's network namespace. `clock` and `log` outlive the relay.
  // Errors kUnavailable: the address is taken; kInvalidConfig: it is not ours or needs a privilege.
  static Result<std::unique_ptr<PublishRelay>> start(const NetworkNamespace& hub,
                                                     PublishOptions options, const Clock& clock,
                                                     const Log& log);
  PublishRelay(const PublishRelay&) = delete;
  PublishRelay& operator=(const PublishRelay&) = delete;

  // What it listens on, with the port the kernel gave.
  const SocketAddr& addr() const { return addr_; }
  // No new connections; those there are go on.
  void drain() { loop_->drain(); }
  const RelayCounters& counters() const { return counters_; }

 private:
  PublishRelay() = default;

  SocketAddr addr_;
  RelayCounters counters_;
  std::unique_ptr<NamespaceLoop> loop_;
};

}  // namespace seine::netns
