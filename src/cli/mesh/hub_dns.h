// SPDX-License-Identifier: Apache-2.0
// The mesh's DNS at the hub, in the process of `seine up`: dns/server.h over the names that the
// controller tells (seine.registry.v1.Names). While the controller is away, or hangs, it goes on
// from what it heard last, for a program that looks a name up must not notice; one that starts
// again tells what its registry kept. Before the first word of a controller queries wait.
//
// One loop. It has no metrics of its own: limits that were met are logged, at most once a minute.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "cli/mesh/told_names.h"
#include "dns/forwarder.h"
#include "dns/server.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

struct HubDnsOptions {
  SocketAddr at;
  std::string registry_socket;
  std::vector<IpNet> reverse_ranges = {};        // whose addresses have names
  std::optional<IpAddress> host = std::nullopt;  // of host.seine.internal
  std::vector<SocketAddr> forward = {};  // asked for names that are not the mesh's; none: refused
};

// Loop and log outlive it. Destroying it ends all at once.
class HubDns final : private dns::ClientNamespaces {
 public:
  // Between one try to reach the controller and the next, doubled from the first to the longest.
  static constexpr std::chrono::milliseconds kFirstPause{20};
  static constexpr std::chrono::milliseconds kLongestPause{160};
  static constexpr std::chrono::minutes kTellEvery{1};
  // Of one message; the longest there can be, by the registry's limits, is a fourth of that.
  static constexpr std::size_t kMaxMessage = 8 << 20;

  // Listens in the network of the calling thread, which may be another than the loop's as long as
  // the loop does not run; who else is asked is asked from the loop's. Errors as of
  // dns::Server::listen().
  static Result<std::unique_ptr<HubDns>> open(runtime::EventLoop& loop, const Log& log,
                                              HubDnsOptions options);

  // With port 0 asked for, the port given.
  const SocketAddr& addr() const { return server_->addr(); }

 private:
  HubDns(runtime::EventLoop& loop, const Log& log, HubDnsOptions options);
  std::string namespace_of(const IpAddress& client) const override;
  runtime::Task<void> follow();
  // Until the controller says no more; whether it said anything.
  runtime::Task<bool> listen_to_controller();
  void take(const seine::registry::v1::MeshNames& message);
  void complain(const Error& error);
  runtime::Task<void> tell_limits();

  runtime::EventLoop& loop_;
  const Log& log_;
  const std::string registry_socket_;
  dns::ZoneSpec spec_;                           // of the zone that is served
  std::map<IpAddress, std::string> namespaces_;  // of pods
  std::string left_out_;                         // told last
  std::string problem_;                          // with the controller, told last
  dns::ServerCounters counters_;
  dns::UpstreamForwarder forwarder_;
  std::unique_ptr<dns::Server> server_;
  runtime::TaskScope scope_;
};

}  // namespace seine::cli
