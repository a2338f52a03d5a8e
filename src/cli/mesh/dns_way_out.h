// SPDX-License-Identifier: Apache-2.0
// Names of others for a mesh that was told to know them (`seine up --dns-forward`): the hub has no
// way out, so the controller asks us there, and we ask on the machine's own network.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "dns/forwarder.h"
#include "dns/server.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"

namespace seine::cli {

// "10.0.0.2,10.0.0.3:5353", or "system": those of the machine's /etc/resolv.conf (`resolv_conf`,
// its text). Two at most. Error kInvalidConfig, with what was expected.
Result<std::vector<SocketAddr>> parse_dns_servers(std::string_view text,
                                                  std::string_view resolv_conf);

class DnsWayOut final : private dns::ClientNamespaces {
 public:
  // Listens at `at` in the hub; asks on the network of the thread that runs the loop. Called before
  // the loop runs.
  static Result<std::unique_ptr<DnsWayOut>> open(runtime::EventLoop& loop,
                                                 const netns::NetworkNamespace& hub,
                                                 const SocketAddr& at,
                                                 std::vector<SocketAddr> servers);

 private:
  DnsWayOut(runtime::EventLoop& loop, std::vector<SocketAddr> servers)
      : forwarder_(loop, {.servers = std::move(servers)}) {}
  std::string namespace_of(const IpAddress&) const override { return {}; }

  dns::ServerCounters counters_;
  dns::UpstreamForwarder forwarder_;
  std::unique_ptr<dns::Server> server_;
};

}  // namespace seine::cli
