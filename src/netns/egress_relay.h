// SPDX-License-Identifier: Apache-2.0
// The way out of a pod. The proxy connects to a listener inside the pod that the rules keep for it,
// names a destination (egress_header.h), and the relay, which lives in the machine's own network,
// connects there if the policy lets it and copies bytes both ways, half-closes and resets included.
// No address is translated and nothing is routed, so the machine's network stays as it is.
//
//   auto listener = pod.tcp_listener(SocketAddr::parse(kEgressRelayAddress).value());
//   auto relay = EgressRelay::start(loop, std::move(*listener), options, log);
//
// One loop, whose thread is in the machine's network namespace. Dies with all its connections.
#pragma once

#include <memory>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "netns/egress_policy.h"
#include "netns/netlink.h"
#include "netns/relay_counters.h"
#include "runtime/listener.h"
#include "runtime/task_scope.h"

namespace seine::netns {

struct EgressOptions {
  EgressPolicy policy;
  std::size_t max_connections = 1024;
  Duration header_deadline = std::chrono::seconds(5);
  Duration connect_deadline = std::chrono::seconds(10);
  // Idle connections live: a stream may be silent for days. A peer that is gone is found out.
  runtime::SocketOptions outside{.keepalive = std::chrono::seconds(30),
                                 .user_timeout = std::chrono::seconds(120)};
};

class EgressRelay {
 public:
  // Error kInternal: the kernel gives no netlink socket, or does not watch the listener.
  static Result<std::unique_ptr<EgressRelay>> start(runtime::EventLoop& loop, Descriptor listener,
                                                    EgressOptions options, const Log& log);
  EgressRelay(const EgressRelay&) = delete;
  EgressRelay& operator=(const EgressRelay&) = delete;

  // What it listens on, inside the pod.
  const SocketAddr& addr() const { return listener_->addr(); }
  // No new connections; those there are go on.
  void drain() { listener_->close(); }
  const RelayCounters& counters() const { return counters_; }

 private:
  EgressRelay(runtime::EventLoop& loop, EgressOptions options, const Log& log,
              std::unique_ptr<runtime::Listener> listener, Netlink netlink);
  runtime::Task<void> accept_all();
  runtime::Task<Result<void>> serve(std::unique_ptr<runtime::Socket> client);
  runtime::Task<Result<std::unique_ptr<runtime::Socket>>> connect(SocketAddr to);
  Result<std::vector<SocketAddr>> targets(const SocketAddr& to);

  runtime::EventLoop& loop_;
  const EgressOptions options_;
  const Log& log_;
  std::unique_ptr<runtime::Listener> listener_;
  Netlink netlink_;
  RelayCounters counters_;
  runtime::TaskScope scope_;
};

}  // namespace seine::netns
