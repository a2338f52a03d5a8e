// SPDX-License-Identifier: Apache-2.0
#include "proxy/control_resolver.h"

#include <algorithm>
#include <utility>

namespace seine::proxy {

using runtime::Task;

namespace {

dns::ResolverConfig resolver_config(const Config& config) {
  dns::ResolverConfig resolver = dns::ResolverConfig::from_system();
  resolver.min_ttl = std::max<Duration>(config.dns_min_ttl, resolver.min_ttl);
  resolver.max_ttl = std::max<Duration>(config.dns_max_ttl, resolver.min_ttl);
  return resolver;
}

}  // namespace

DnsControlResolver::DnsControlResolver(runtime::EventLoop& loop, const Config& config)
    : loop_(loop), resolver_(loop, resolver_config(config)) {}

Task<Result<std::vector<SocketAddr>>> DnsControlResolver::resolve(const ControlAddr& addr) {
  if (const Result<IpAddress> ip = IpAddress::parse(addr.host)) {
    co_return std::vector<SocketAddr>{{*ip, addr.port}};
  }
  const std::string key = addr.authority();
  if (const auto found = known_.find(key);
      found != known_.end() && found->second.until > loop_.now()) {
    co_return found->second.addrs;
  }
  Result<dns::Resolution> resolution = co_await resolver_.resolve(addr.host, addr.port);
  if (resolution) {
    known_[key] = {resolution->addrs, loop_.now() + resolution->ttl};
    co_return std::move(resolution->addrs);
  }
  // An old answer is better than none while DNS is away.
  if (const auto found = known_.find(key); found != known_.end()) co_return found->second.addrs;
  co_return fail(resolution.error());
}

}  // namespace seine::proxy
