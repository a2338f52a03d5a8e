// SPDX-License-Identifier: Apache-2.0
// The port where the mesh's names are told: dns/server.h over the workload source, whose changes it
// follows. A caller is of the namespace that the pod with its address is of.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "control/dns/dns_metrics.h"
#include "control/registry/workload_source.h"
#include "dns/forwarder.h"
#include "dns/server.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

struct DnsListenerOptions {
  SocketAddr addr;
  std::string cluster_domain;
  std::vector<SocketAddr> forward = {};    // asked for names that are not the mesh's; none: refused
  std::vector<IpNet> reverse_ranges = {};  // whose addresses have names; of IPv6 none has
  std::optional<IpAddress> host = std::nullopt;  // of host.seine.internal
};

// One loop. Everything it is given outlives it.
class DnsListener final : private dns::ClientNamespaces {
 public:
  // Between one zone and the next, so that many changes at once cost one.
  static constexpr std::chrono::milliseconds kZonePause{100};

  // Errors: kInvalidConfig for the cluster domain and ranges, and as dns::Server::listen().
  static Result<std::unique_ptr<DnsListener>> open(runtime::EventLoop& loop, const Log& log,
                                                   WorkloadSource& source,
                                                   metrics::Registry& registry,
                                                   DnsListenerOptions options);

  // With port 0 asked for, the port given.
  const SocketAddr& addr() const { return server_->addr(); }
  // Takes no more queries; those under way are answered.
  void close() { server_->close(); }
  // Completes when none is, after close().
  [[clang::coro_wrapper]] runtime::Task<void> finished() { return server_->finished(); }

 private:
  DnsListener(runtime::EventLoop& loop, const Log& log, WorkloadSource& source,
              metrics::Registry& registry, dns::Name cluster_domain, DnsListenerOptions options);
  std::string namespace_of(const IpAddress& client) const override;
  Result<std::shared_ptr<const dns::Zone>> make_zone();
  runtime::Task<void> follow();

  runtime::EventLoop& loop_;
  const Log& log_;
  WorkloadSource& source_;
  DnsMetrics& metrics_;
  dns::ZoneSpec spec_;      // of the zone that is served
  std::string complained_;  // of what the zone left out
  dns::UpstreamForwarder forwarder_;
  std::unique_ptr<dns::Server> server_;
  runtime::Waker changed_;
  ChangeNotifier::Watch watch_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
