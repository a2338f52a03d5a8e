// SPDX-License-Identifier: Apache-2.0
// What the mesh's DNS server knows, as one immutable value: built whole from what its owner's
// registry holds, replaced whole when that changes, never edited. Names follow the Kubernetes DNS
// specification 1.1, so that programs find here what they find in a cluster. With the domain
// cluster.local:
//
//   web.shop.svc.cluster.local              A    the service's addresses; headless: its pods'
//   web-x7k2p.web.shop.svc.cluster.local    A    that pod
//   _http._tcp.web.shop.svc.cluster.local   SRV  the named port; target: service, or each pod
//   web.shop.svc.cluster.local              SRV  all ports (what Linkerd's proxy asks)
//   7.0.96.10.in-addr.arpa                  PTR  whose address it is
//   host.seine.internal                     A    where the host's loopback is relayed
//
// Only IPv4: a mesh of ours has no other addresses, and AAAA is a name without data.
//
// Names that are not whole. "web" and "web.shop" become whole by the search list of resolv.conf
// (netns/launch.h). Some programs never look there (dns.resolve4 of Node) and some not for names
// with dots (musl), so find_relative() knows them as they stand:
//
//   web            the service web of the asker's own namespace
//   web.shop       the service web of the namespace shop
//   web.shop.svc   the same
//
// A name of two or three labels may as well be a real one (web.dev): ours are only those services
// that exist, and all else is none of our business, to be refused or forwarded. No namespace can
// therefore hide the internet from its neighbours unless it runs a service of that very name.
// "localhost" is never a service.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "dns/message.h"
#include "dns/name.h"

namespace seine::dns {

// How long an answer and a "no" may be kept: as in Kubernetes.
inline constexpr std::chrono::seconds kZoneTtl{5};
inline constexpr std::size_t kMaxZoneNames = 50'000;  // empty names in between included
inline constexpr std::size_t kMaxRecordsOfType =
    500;  // at one name; with additional ones below kMaxRecords
inline constexpr std::size_t kMaxReverseRanges = 8;
inline constexpr unsigned kMinReversePrefix = 8;

struct ServicePort {
  std::string name;  // "http"; without one there is no _http._tcp
  std::string protocol = "tcp";
  std::uint16_t port = 0;
};
struct ServicePod {
  std::string hostname;  // "web-x7k2p"
  IpAddress address;
};
struct ZoneService {
  std::string name;
  std::string namespace_name;
  std::vector<IpAddress> addresses;  // none: headless
  std::vector<ServicePort> ports;
  std::vector<ServicePod> pods;  // those that may be called
};
struct ZoneSpec {
  Name cluster_domain;
  std::uint32_t serial = 1;           // grows with every zone of one owner
  std::vector<IpNet> reverse_ranges;  // of services and pods: whose PTR names are ours
  std::optional<IpAddress> host;      // of host.seine.internal
  std::vector<ZoneService> services;
};

class Zone {
 public:
  // A name that exists. Without records it stands between others, as svc.cluster.local does.
  struct Node {
    std::vector<Rdata> records;
    bool is_service = false;
  };
  // What is not in the zone though it was in the spec: an entry that is no host name, not IPv4 or
  // over a limit. The rest stands, since one bad entry must not take everyone's names away.
  struct LeftOut {
    std::size_t count = 0;
    std::string first;  // which, and why
  };

  // Errors kInvalidArgument for what is configured: a cluster domain that is the root or too long
  // for names below it, reverse ranges that are not IPv4, wider than kMinReversePrefix or too many.
  static Result<std::shared_ptr<const Zone>> make(const ZoneSpec& spec);

  // The SOA of the zone that `name` lies in; null where it is in none of ours. Ours are the cluster
  // domain, seine.internal, and of in-addr.arpa exactly the reverse ranges.
  const Record* authority_over(const Name& name) const;
  // Null where no such name exists. By the whole name.
  const Node* find(const Name& name) const;
  // The service that a name of one to three labels stands for, see above. `client_namespace` is
  // empty for an asker that is no pod.
  const Node* find_relative(const Name& name, std::string_view client_namespace) const;

  const LeftOut& left_out() const { return left_out_; }
  std::size_t name_count() const { return nodes_.size(); }

 private:
  friend class ZoneBuilder;
  Zone() = default;

  Name cluster_domain_;
  std::vector<Record> authorities_;  // one SOA each
  std::unordered_map<Name, Node> nodes_;
  LeftOut left_out_;
};

// "7.0.96.10.in-addr.arpa" of 10.96.0.7; of an IPv4 address (CHECKed).
Name reverse_name(const IpAddress& address);

}  // namespace seine::dns
