// SPDX-License-Identifier: Apache-2.0
#include "control/destination/profiles.h"

#include <chrono>

namespace seine::control {
namespace {

// What today's controller allows where nobody set a budget.
constexpr double kRetryRatio = 0.2;
constexpr std::uint32_t kMinRetriesPerSecond = 10;
constexpr std::chrono::seconds kRetryTtl{10};

model::Profile of_service(const MeshNames& names, const Snapshot& snapshot, const Service& service,
                          std::uint16_t port_number) {
  model::Profile profile;
  const ServicePort* port = service.port(port_number);
  if (port == nullptr) return profile;
  profile.fully_qualified_name = names.service(service.ns, service.name);
  profile.is_opaque = snapshot.is_opaque(service, *port);
  profile.retry_budget = model::RetryBudget{
      .retry_ratio = kRetryRatio, .min_retries_per_second = kMinRetriesPerSecond, .ttl = kRetryTtl};
  profile.parent = model::Metadata::make_resource("", "Service", service.ns, service.name);
  profile.parent->port = port_number;
  return profile;
}

}  // namespace

model::Profile find_profile(const MeshNames& names, const Snapshot& snapshot,
                            const Target& target) {
  if (const auto* named = std::get_if<ServiceTarget>(&target)) {
    const Service* service = snapshot.find_service(named->service.ns, named->service.name);
    if (service == nullptr) return {};
    return of_service(names, snapshot, *service, named->port);
  }
  const SocketAddr& addr = std::get<SocketAddr>(target);
  if (const Service* service = snapshot.find_service(addr.ip)) {
    return of_service(names, snapshot, *service, addr.port);
  }
  model::Profile profile;
  const PodRef ref = snapshot.find_pod(addr.ip);
  if (ref.pod == nullptr) return profile;
  profile.endpoint = make_endpoint(names, snapshot, ref, addr);
  profile.is_opaque = snapshot.is_opaque(*ref.workload, addr.port);
  return profile;
}

}  // namespace seine::control
