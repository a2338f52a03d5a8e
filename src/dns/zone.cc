// SPDX-License-Identifier: Apache-2.0
#include "dns/zone.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace seine::dns {
namespace {

// Of the 255 a name has; the rest is for what stands below it.
constexpr std::size_t kMaxDomainBytes = 100;
constexpr std::uint16_t kSrvWeight = 100;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 1123 2.1, as Kubernetes demands of a service or a pod.
bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= Name::kMaxLabelBytes && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

// Of a label known to be one, or of text of our own.
Name name_of(std::string_view text) {
  auto name = Name::from_text(text);
  SEINE_CHECK(name.has_value(), "checked labels make a name");
  return *std::move(name);
}

Result<Name> below(const Name& parent, std::string_view label) {
  if (!is_host_label(label)) {
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(label) + "\" is no host name");
  }
  return name_of(label).with_suffix(parent);
}

// "_http" below `parent`.
Result<Name> below_underscored(const Name& parent, std::string_view label) {
  if (!is_host_label(label) || label.size() + 1 > Name::kMaxLabelBytes) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(label) + "\" is no name of a port or protocol");
  }
  return name_of("_" + std::string(label)).with_suffix(parent);
}

Rdata address_of(const IpAddress& ip) {
  A a;
  std::ranges::copy(ip.bytes(), a.address.begin());
  return a;
}

// The first `octets` of an address, as a name of in-addr.arpa.
Name reverse_prefix(std::span<const std::uint8_t> octets) {
  std::string text = "in-addr.arpa";
  for (const std::uint8_t octet : octets) text.insert(0, std::to_string(octet) + ".");
  return name_of(text);
}

}  // namespace

Name reverse_name(const IpAddress& address) {
  SEINE_CHECK(address.is_v4(), "names of in-addr.arpa are of IPv4 addresses");
  return reverse_prefix(address.bytes());
}

class ZoneBuilder {
 public:
  explicit ZoneBuilder(const ZoneSpec& spec) : spec_(spec) {}

  Result<std::shared_ptr<const Zone>> build();

 private:
  void add_apex(Name name);
  Result<void> add_reverse_apexes(const IpNet& range);
  void add_service(const ZoneService& service);
  Result<Name> add_service_name(const ZoneService& service);
  // Of each pod that has a name, that name and its address.
  std::vector<Name> add_pods(const ZoneService& service, const Name& name);
  void add_ports(const ZoneService& service, const Name& name, const std::vector<Name>& targets);
  void add_reverse(const IpAddress& address, const Name& target);
  bool add_address(const Name& name, const IpAddress& address);
  // False, and noted, where a limit forbids it. What is there already is not added again.
  bool add_record(const Name& name, Rdata data);
  // The node of `name`, made with all between it and its apex; null at the limit.
  Zone::Node* node_of(const Name& name);
  void leave_out(std::string what) {
    if (zone_->left_out_.count++ == 0) zone_->left_out_.first = std::move(what);
  }

  const ZoneSpec& spec_;
  std::shared_ptr<Zone> zone_{new Zone};
};

Result<std::shared_ptr<const Zone>> ZoneBuilder::build() {
  const Name& domain = spec_.cluster_domain;
  if (domain.is_root() || domain.wire().size() > kMaxDomainBytes) {
    return fail(ErrorCode::kInvalidArgument,
                "the cluster domain \"" + domain.to_text() + "\" has not 1 to 100 bytes");
  }
  if (spec_.reverse_ranges.size() > kMaxReverseRanges) {
    return fail(ErrorCode::kInvalidArgument, "more than 8 ranges have reverse names");
  }
  zone_->cluster_domain_ = domain;
  add_apex(domain);
  add_apex(name_of("seine.internal"));
  for (const IpNet& range : spec_.reverse_ranges) {
    if (Result<void> added = add_reverse_apexes(range); !added) {
      return fail(std::move(added.error()));
    }
  }
  if (spec_.host) add_address(name_of("host.seine.internal"), *spec_.host);
  for (const ZoneService& service : spec_.services) add_service(service);
  return std::move(zone_);
}

void ZoneBuilder::add_apex(Name name) {
  if (zone_->nodes_.contains(name)) return;
  const auto below_domain = [this](std::string_view text) {
    auto out = name_of(text).with_suffix(spec_.cluster_domain);
    SEINE_CHECK(out.has_value(), "the cluster domain leaves room for names below it");
    return *std::move(out);
  };
  Soa soa{.primary = below_domain("ns.dns"),
          .mailbox = below_domain("hostmaster"),
          .serial = spec_.serial,
          .refresh = 7200,
          .retry = 1800,
          .expire = 86400,
          .minimum = static_cast<std::uint32_t>(kZoneTtl.count())};
  zone_->nodes_[name].records.emplace_back(soa);
  zone_->authorities_.push_back({.name = std::move(name),
                                 .ttl = static_cast<std::uint32_t>(kZoneTtl.count()),
                                 .data = std::move(soa)});
}

// A range that ends within an octet is as many zones as that octet has values in it.
Result<void> ZoneBuilder::add_reverse_apexes(const IpNet& range) {
  if (!range.address().is_v4() || range.prefix() < kMinReversePrefix) {
    return fail(ErrorCode::kInvalidArgument,
                "reverse names are served for IPv4 networks of /8 and narrower, which " +
                    range.to_string() + " is not");
  }
  const std::size_t octets = (range.prefix() + 7) / 8;
  const unsigned count = 1U << (octets * 8 - range.prefix());
  std::array<std::uint8_t, 4> bytes{};
  std::ranges::copy(range.address().bytes(), bytes.begin());
  for (unsigned i = 0; i < count; ++i) {
    Name apex = reverse_prefix(std::span(bytes).first(octets));
    add_apex(std::move(apex));
    ++bytes[octets - 1];
  }
  return {};
}

void ZoneBuilder::add_service(const ZoneService& service) {
  auto name = add_service_name(service);
  if (!name) {
    leave_out("service \"" + service.name + "\" of namespace \"" + service.namespace_name +
              "\": " + name.error().message);
    return;
  }
  const bool is_headless = service.addresses.empty();
  for (const IpAddress& address : service.addresses) {
    if (add_address(*name, address)) add_reverse(address, *name);
  }
  const std::vector<Name> pods = add_pods(service, *name);
  if (is_headless) {
    add_ports(service, *name, pods);
  } else {
    add_ports(service, *name, {*name});
  }
}

Result<Name> ZoneBuilder::add_service_name(const ZoneService& service) {
  auto name = below(spec_.cluster_domain, "svc");
  if (name) name = below(*name, service.namespace_name);
  if (name) name = below(*name, service.name);
  if (!name) return name;
  Zone::Node* node = node_of(*name);
  if (node == nullptr) return fail(ErrorCode::kLimit, "the zone has 50000 names already");
  node->is_service = true;
  return name;
}

std::vector<Name> ZoneBuilder::add_pods(const ZoneService& service, const Name& name) {
  std::vector<Name> names;
  for (const ServicePod& pod : service.pods) {
    auto pod_name = below(name, pod.hostname);
    if (!pod_name) {
      leave_out("a pod of " + name.to_text() + ": " + pod_name.error().message);
      continue;
    }
    if (!add_address(*pod_name, pod.address)) continue;
    add_reverse(pod.address, *pod_name);
    if (service.addresses.empty()) add_address(name, pod.address);
    names.push_back(*std::move(pod_name));
  }
  return names;
}

// Target by target, so that a reader meets all ports of one together.
void ZoneBuilder::add_ports(const ZoneService& service, const Name& name,
                            const std::vector<Name>& targets) {
  std::vector<std::optional<Name>> port_names;
  for (const ServicePort& port : service.ports) {
    port_names.emplace_back();
    if (port.name.empty()) continue;
    auto port_name = below_underscored(name, port.protocol);
    if (port_name) port_name = below_underscored(*port_name, port.name);
    if (port_name) {
      port_names.back() = *std::move(port_name);
    } else {
      leave_out("a port of " + name.to_text() + ": " + port_name.error().message);
    }
  }
  for (const Name& target : targets) {
    for (std::size_t i = 0; i < service.ports.size(); ++i) {
      const Srv srv{.weight = kSrvWeight, .port = service.ports[i].port, .target = target};
      add_record(name, srv);
      if (port_names[i]) add_record(*port_names[i], srv);
    }
  }
}

void ZoneBuilder::add_reverse(const IpAddress& address, const Name& target) {
  const Name name = reverse_name(address);
  if (zone_->authority_over(name) != nullptr) add_record(name, Ptr{target});
}

bool ZoneBuilder::add_address(const Name& name, const IpAddress& address) {
  if (address.is_v4()) return add_record(name, address_of(address));
  leave_out(name.to_text() + ": " + address.to_string() + " is no IPv4 address");
  return false;
}

bool ZoneBuilder::add_record(const Name& name, Rdata data) {
  Zone::Node* node = node_of(name);
  if (node == nullptr) {
    leave_out(name.to_text() + ": the zone has 50000 names already");
    return false;
  }
  if (std::ranges::find(node->records, data) != node->records.end()) return true;
  const auto of_type = std::ranges::count(node->records, data.index(), &Rdata::index);
  if (static_cast<std::size_t>(of_type) >= kMaxRecordsOfType) {
    leave_out(name.to_text() + ": the name has 500 such records already");
    return false;
  }
  node->records.push_back(std::move(data));
  return true;
}

Zone::Node* ZoneBuilder::node_of(const Name& name) {
  auto& nodes = zone_->nodes_;
  if (const auto known = nodes.find(name); known != nodes.end()) return &known->second;
  // Apexes were there first, so this ends at one of them.
  std::vector<Name> missing{name};
  for (Name up = name.parent(); !nodes.contains(up); up = up.parent()) missing.push_back(up);
  if (nodes.size() + missing.size() > kMaxZoneNames) return nullptr;
  for (Name& each : missing) nodes.try_emplace(std::move(each));
  return &nodes.find(name)->second;
}

Result<std::shared_ptr<const Zone>> Zone::make(const ZoneSpec& spec) {
  return ZoneBuilder(spec).build();
}

const Record* Zone::authority_over(const Name& name) const {
  // The deepest, should a cluster domain lie below another zone of ours.
  const Record* found = nullptr;
  for (const Record& soa : authorities_) {
    if (name.is_within(soa.name) && (found == nullptr || soa.name.is_within(found->name))) {
      found = &soa;
    }
  }
  return found;
}

const Zone::Node* Zone::find(const Name& name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : &found->second;
}

const Zone::Node* Zone::find_relative(const Name& name, std::string_view client_namespace) const {
  const std::size_t labels = name.label_count();
  if (labels < 1 || labels > 3 || name == name_of("localhost")) return nullptr;
  Result<Name> suffix = cluster_domain_;
  if (labels < 3) suffix = below(*suffix, "svc");
  if (suffix && labels < 2) suffix = below(*suffix, client_namespace);
  if (!suffix) return nullptr;
  const auto whole = name.with_suffix(*suffix);
  const Node* node = whole ? find(*whole) : nullptr;
  return node != nullptr && node->is_service ? node : nullptr;
}

}  // namespace seine::dns
