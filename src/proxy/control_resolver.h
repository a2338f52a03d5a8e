// SPDX-License-Identifier: Apache-2.0
// Where the services of the control plane are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dns/resolver.h"
#include "proxy/config.h"
#include "proxy/discovery/control_channel.h"
#include "runtime/event_loop.h"

namespace seine::proxy {

// Names by the system's DNS, remembered for their TTL; addresses stand for themselves.
class DnsControlResolver final : public ControlResolver {
 public:
  DnsControlResolver(runtime::EventLoop& loop, const Config& config);
  runtime::Task<Result<std::vector<SocketAddr>>> resolve(const ControlAddr& addr) override;

 private:
  struct Known {
    std::vector<SocketAddr> addrs;
    TimePoint until;
  };
  runtime::EventLoop& loop_;
  dns::Resolver resolver_;
  std::map<std::string, Known> known_;  // by authority; the few services of the control plane
};

}  // namespace seine::proxy
