// SPDX-License-Identifier: Apache-2.0
#include "control/registry/lease_table.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/base64.h"
#include "base/log.h"
#include "control/registry/registry_limits.h"
#include "control/registry/service_routes.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace seine::control {
namespace {

constexpr std::size_t kSecretOctets = 32;
constexpr std::size_t kLeaseOctets = 8;
constexpr std::size_t kSuffix = 5;
// As in Kubernetes: no vowels, so that no words come about, and nothing that looks like another.
constexpr std::string_view kSuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

std::string make_suffix() {
  std::string suffix;
  while (suffix.size() < kSuffix) {
    const auto octet = static_cast<std::uint8_t>(crypto::random_octets(1)[0]);
    // Of 256 values, 243 are the nine times 27 that favour no letter.
    if (octet < 243) suffix.push_back(kSuffixLetters[octet % kSuffixLetters.size()]);
  }
  return suffix;
}

std::string make_lease_id() {
  std::string id;
  for (const char octet : crypto::random_octets(kLeaseOctets)) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    id.push_back(kDigits[static_cast<std::uint8_t>(octet) >> 4]);
    id.push_back(kDigits[static_cast<std::uint8_t>(octet) & 15]);
  }
  return id;
}

std::unexpected<Error> disagree(const Lease& other, const std::string& what) {
  return fail(ErrorCode::kInvalidArgument,
              what + " in its pod " + other.pod + ", which runs; say the same, or stop that first");
}

FullName service_of(const Announcement& announced) {
  return {announced.ns, announced.service};
}

}  // namespace

LeaseTable::LeaseTable(RegistryScope scope)
    : scope_(std::move(scope)),
      addresses_(scope_.pods, kAddressRest),
      services_(scope_.cluster, scope_.services) {}

void LeaseTable::restore(RegistryState state, Duration now, WallTime heard) {
  next_pod_ = state.next_pod;
  services_.restore(std::move(state.services), now);
  for (Lease& lease : state.leases) {
    // The service may be missing where its address was of another range.
    if (!addresses_.claim(lease.address, lease.pod_key(), now)) continue;
    if (!services_.ensure(service_of(lease.announced), now)) {
      addresses_.release(lease.address, lease.pod_key(), now);
      continue;
    }
    if (lease.joining.since == WallTime()) lease.joining.since = heard;
    std::string id = lease.id;
    leases_.emplace(std::move(id), Held{std::move(lease), now + kLeaseTerm});
  }
  for (auto& [offset, owner] : state.resting) {
    if (addresses_.claim(offset, owner, now)) addresses_.release(offset, owner, now);
  }
  update_services(now);
}

std::vector<Lease> LeaseTable::leases() const {
  std::vector<Lease> out;
  out.reserve(leases_.size());
  for (const auto& [id, held] : leases_) out.push_back(held.lease);
  std::ranges::sort(out, {}, &Lease::pod_key);
  return out;
}

RegistryState LeaseTable::state(Duration now) const {
  return {.next_pod = next_pod_,
          .leases = leases(),
          .services = services_.all(),
          .resting = addresses_.resting(now)};
}

std::shared_ptr<const Snapshot> LeaseTable::snapshot() const {
  return make_snapshot(scope_, leases(), services_.shown());
}

Result<void> LeaseTable::check_routes(const Announcement& announced) const {
  if (announced.routes.empty()) return {};
  std::set<std::string_view> names;
  const auto add = [&names](const Announcement& other) {
    for (const model::DeclaredRoute& route : other.routes) names.insert(route.name);
  };
  add(announced);
  for (const auto& [id, held] : leases_) {
    const Announcement& other = held.lease.announced;
    if (service_of(other) == service_of(announced)) add(other);
  }
  if (names.size() <= kMaxServiceRoutes) return {};
  return fail(ErrorCode::kLimit,
              "the pods of service " + announced.ns + "/" + announced.service +
                  " would have more than " + std::to_string(kMaxServiceRoutes) +
                  " routes together; declare fewer, or stop those of other programs");
}

Result<void> LeaseTable::check_agreement(const Announcement& announced) const {
  for (const auto& [id, held] : leases_) {
    const Announcement& other = held.lease.announced;
    if (other.ns != announced.ns || other.workload != announced.workload) continue;
    const std::string name = announced.ns + "/" + announced.workload;
    if (other.service_account != announced.service_account) {
      return disagree(held.lease, name + " runs as " + other.service_account);
    }
    if (other.service != announced.service) {
      return disagree(held.lease, name + " is behind service " + other.service);
    }
    for (const WorkloadPort& port : announced.ports) {
      const auto same = std::ranges::find(other.ports, port.number, &WorkloadPort::number);
      if (same != other.ports.end() && same->protocol != port.protocol) {
        return disagree(held.lease, "port " + std::to_string(port.number) + " of " + name +
                                        " has another protocol");
      }
    }
  }
  return {};
}

bool LeaseTable::pod_exists(std::string_view ns, std::string_view pod) const {
  return std::ranges::any_of(leases_, [&](const auto& entry) {
    return entry.second.lease.pod == pod && entry.second.lease.announced.ns == ns;
  });
}

std::string LeaseTable::make_pod_name(const Announcement& announced) const {
  for (;;) {
    std::string name = announced.workload + "-" + make_suffix();
    if (!pod_exists(announced.ns, name)) return name;
  }
}

Result<std::uint32_t> LeaseTable::pod_address(const Announcement& announced,
                                              const std::optional<PodClaim>& claim, Duration now) {
  if (claim) {
    const auto offset = scope_.pods.offset_of(claim->ip);
    const bool own = claim->pod.size() == announced.workload.size() + 1 + kSuffix &&
                     claim->pod.starts_with(announced.workload + "-") &&
                     check_dns_label("pod", claim->pod).has_value();
    if (own && offset && !pod_exists(announced.ns, claim->pod) &&
        addresses_.claim(*offset, announced.ns + "/" + claim->pod, now)) {
      return *offset;
    }
    return fail(ErrorCode::kInvalidArgument,
                "pod " + escape_text(claim->pod.substr(0, kMaxDnsLabel)) + " at " +
                    claim->ip.to_string() + " is not to be had again; start a new one");
  }
  const auto offset = addresses_.take(next_pod_, now);
  if (!offset) {
    return fail(ErrorCode::kLimit, "all addresses for pods in " + scope_.pods.to_string() +
                                       " are in use, or were a minute ago");
  }
  next_pod_ = *offset + 1;
  return *offset;
}

Result<Joined> LeaseTable::join(Announcement announced, const std::optional<PodClaim>& claim,
                                Duration now, Joining joining) {
  if (leases_.size() >= kMaxLeases) {
    return fail(ErrorCode::kLimit, "there are " + std::to_string(kMaxLeases) + " pods already");
  }
  auto agreed = check_agreement(announced);
  if (agreed) agreed = check_routes(announced);
  if (!agreed) return fail(std::move(agreed.error()));
  const auto service = services_.ensure(service_of(announced), now);
  if (!service) return fail(service.error());
  const auto address = pod_address(announced, claim, now);
  if (!address) return fail(address.error());
  Joined joined{.lease = make_lease_id(),
                .secret = encode_base64url(crypto::random_octets(kSecretOctets)),
                .pod = claim ? claim->pod : make_pod_name(announced),
                .ips = scope_.pods.at(*address),
                .service_ips = scope_.services.at(*service)};
  leases_.emplace(joined.lease, Held{.lease = {.id = joined.lease,
                                               .secret = crypto::sha256(joined.secret),
                                               .announced = std::move(announced),
                                               .pod = joined.pod,
                                               .joining = std::move(joining),
                                               .address = *address},
                                     .expires = now + kLeaseTerm});
  update_services(now);
  return joined;
}

const Lease* LeaseTable::find(std::string_view lease) const {
  const auto found = leases_.find(lease);
  return found == leases_.end() ? nullptr : &found->second.lease;
}

Result<const Lease*> LeaseTable::find(std::string_view lease, std::string_view secret) const {
  const Lease* found = find(lease);
  if (found == nullptr) return fail(ErrorCode::kNotFound, "the lease is over");
  if (!crypto::equal_in_constant_time(found->secret, crypto::sha256(secret))) {
    return fail(ErrorCode::kUnauthorized, "the secret is not this lease's");
  }
  return found;
}

Result<bool> LeaseTable::renew(std::string_view lease, std::string_view secret,
                               const Renewal& renewal, Duration now) {
  const auto found = find(lease, secret);
  if (!found) return fail(found.error());
  Held& held = leases_.find(lease)->second;
  held.expires = now + kLeaseTerm;
  std::vector<std::uint16_t> listening;
  for (const WorkloadPort& port : held.lease.announced.ports) {
    if (std::ranges::find(renewal.listening, port.number) != renewal.listening.end()) {
      listening.push_back(port.number);
    }
  }
  std::ranges::sort(listening);
  const bool changed =
      listening != held.lease.listening || renewal.proxy_ready != held.lease.proxy_ready;
  held.lease.listening = std::move(listening);
  held.lease.proxy_ready = renewal.proxy_ready;
  return changed;
}

void LeaseTable::end(Leases::iterator it, Duration now) {
  const Lease& lease = it->second.lease;
  addresses_.release(lease.address, lease.pod_key(), now);
  leases_.erase(it);
}

Result<std::vector<IpAddress>> LeaseTable::leave(std::string_view lease, std::string_view secret,
                                                 bool gone, Duration now) {
  const auto found = find(lease, secret);
  if (!found) return fail(found.error());
  const auto it = leases_.find(lease);
  Lease& leaving = it->second.lease;
  leaving.leaving = true;
  std::vector<IpAddress> ips = scope_.pods.at(leaving.address);
  if (gone) {
    end(it, now);
    update_services(now);
  }
  return ips;
}

LeaseTable::Passed LeaseTable::pass(Duration now) {
  Passed passed;
  for (auto it = leases_.begin(); it != leases_.end();) {
    const auto next = std::next(it);
    if (it->second.expires <= now) {
      passed.expired.push_back(it->second.lease);
      end(it, now);
    }
    it = next;
  }
  passed.changed = update_services(now) || !passed.expired.empty();
  return passed;
}

bool LeaseTable::update_services(Duration now) {
  ServicesInUse in_use;
  std::map<FullName, std::vector<const Lease*>> leases_of;
  for (const auto& [id, held] : leases_) {
    const Announcement& announced = held.lease.announced;
    const FullName service = service_of(announced);
    auto& ports = in_use[service].ports;
    for (const WorkloadPort& port : announced.ports) ports.insert(port.number);
    leases_of[service].push_back(&held.lease);
  }
  for (auto& [service, leases] : leases_of) {
    in_use[service].routes = merge_routes(std::move(leases));
  }
  return services_.update(in_use, now);
}

}  // namespace seine::control
