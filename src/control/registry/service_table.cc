// SPDX-License-Identifier: Apache-2.0
#include "control/registry/service_table.h"

#include "control/registry/registry_limits.h"
#include "crypto/digest.h"

namespace seine::control {

// An address needs no rest: whoever gives it back has been out of sight for the grace.
ServiceTable::ServiceTable(std::string cluster, AddressRange range)
    : cluster_(std::move(cluster)), addresses_(std::move(range), Duration::zero()) {}

void ServiceTable::restore(std::vector<KnownService> services, Duration now) {
  for (KnownService& known : services) {
    if (!addresses_.claim(known.address, "", now)) continue;
    FullName name(known.ns, known.name);
    entries_.emplace(std::move(name), Entry{std::move(known), now + kServiceGrace});
  }
}

std::uint32_t ServiceTable::preferred_address(const FullName& name) const {
  const crypto::Sha256 hash = crypto::sha256(cluster_ + "/" + name.first + "/" + name.second);
  const std::uint32_t value = std::uint32_t{hash[0]} << 24 | std::uint32_t{hash[1]} << 16 |
                              std::uint32_t{hash[2]} << 8 | std::uint32_t{hash[3]};
  const AddressRange& range = addresses_.range();
  return range.first() + value % (range.last() - range.first() + 1);
}

bool ServiceTable::forget_oldest(Duration now) {
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->second.shown) continue;
    if (oldest == entries_.end() || it->second.shown_until < oldest->second.shown_until) {
      oldest = it;
    }
  }
  if (oldest == entries_.end()) return false;
  addresses_.release(oldest->second.known.address, "", now);
  entries_.erase(oldest);
  return true;
}

Result<std::uint32_t> ServiceTable::ensure(const FullName& name, Duration now) {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return found->second.known.address;
  if (entries_.size() >= kMaxKnownServices && !forget_oldest(now)) {
    return fail(ErrorCode::kLimit,
                "there are " + std::to_string(kMaxKnownServices) + " services already");
  }
  const std::uint32_t preferred = preferred_address(name);
  auto address = addresses_.take(preferred, now);
  if (!address && forget_oldest(now)) address = addresses_.take(preferred, now);
  if (!address) {
    return fail(ErrorCode::kLimit,
                "all addresses for services in " + addresses_.range().to_string() + " are in use");
  }
  KnownService known{.ns = name.first, .name = name.second, .address = *address};
  entries_.emplace(name, Entry{std::move(known), now + kServiceGrace});
  return *address;
}

bool ServiceTable::update(const ServicesInUse& in_use, Duration now) {
  bool changed = false;
  for (auto& [name, entry] : entries_) {
    const auto used = in_use.find(name);
    if (used != in_use.end()) {
      entry.shown_until = now + kServiceGrace;
      const ServiceUse& use = used->second;
      const std::vector<std::uint16_t> ports(use.ports.begin(), use.ports.end());
      changed = changed || ports != entry.known.ports || use.routes != entry.known.routes;
      entry.known.ports = ports;
      entry.known.routes = use.routes;
    }
    const bool shown = entry.shown_until > now;
    changed = changed || shown != entry.shown;
    entry.shown = shown;
  }
  return changed;
}

std::vector<KnownService> ServiceTable::all() const {
  std::vector<KnownService> out;
  out.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) out.push_back(entry.known);
  return out;
}

std::vector<KnownService> ServiceTable::shown() const {
  std::vector<KnownService> out;
  for (const auto& [name, entry] : entries_) {
    if (entry.shown) out.push_back(entry.known);
  }
  return out;
}

}  // namespace seine::control
