// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/told_names.h"

#include <cstdint>
#include <limits>
#include <utility>

namespace seine::cli {

namespace wire = seine::registry::v1;

namespace {

Result<IpAddress> decode_ip(const std::string& text) {
  auto ip = IpAddress::parse(text);
  if (!ip) return fail(ErrorCode::kProtocol, "the controller tells an address that is none");
  return ip;
}

Result<dns::ZoneService> decode_service(const wire::NamedService& message) {
  dns::ZoneService out{.name = message.name(), .namespace_name = message.namespace_()};
  for (const std::string& text : message.ips()) {
    const auto ip = decode_ip(text);
    if (!ip) return fail(ip.error());
    out.addresses.push_back(*ip);
  }
  for (const wire::NamedPort& port : message.ports()) {
    if (port.number() > std::numeric_limits<std::uint16_t>::max()) {
      return fail(ErrorCode::kProtocol, "the controller tells a port that is none");
    }
    out.ports.push_back({.name = port.name(), .port = static_cast<std::uint16_t>(port.number())});
  }
  for (const wire::NamedPod& pod : message.pods()) {
    const auto ip = decode_ip(pod.ip());
    if (!ip) return fail(ip.error());
    out.pods.push_back({.hostname = pod.name(), .address = *ip});
  }
  return out;
}

}  // namespace

Result<ToldNames> decode_names(const wire::MeshNames& message) {
  auto domain = dns::Name::from_text(message.cluster_domain());
  if (!domain) {
    return fail(ErrorCode::kProtocol,
                "the controller tells a cluster domain that is no name: " + domain.error().message);
  }
  ToldNames out{.cluster_domain = *std::move(domain), .services = {}, .namespaces = {}};
  for (const wire::NamedService& service : message.services()) {
    auto decoded = decode_service(service);
    if (!decoded) return fail(std::move(decoded.error()));
    out.services.push_back(*std::move(decoded));
  }
  for (const wire::NamedNamespace& ns : message.namespaces()) {
    for (const std::string& text : ns.pod_ips()) {
      const auto ip = decode_ip(text);
      if (!ip) return fail(ip.error());
      out.namespaces.emplace(*ip, ns.name());
    }
  }
  return out;
}

}  // namespace seine::cli
