// SPDX-License-Identifier: Apache-2.0
// The rules of a pod, in a table of our own: its TCP goes through its proxy, both ways; its proxy
// talks to the mesh's own network and nothing else; all other traffic but DNS to the hub is refused
// at once, so that a program fails fast instead of going around. IPv4 and IPv6 alike.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/net.h"
#include "base/result.h"
#include "netns/address_range.h"
#include "netns/namespace.h"

namespace seine::netns {

// How packets of the proxy are told from those of the program: by the proxy's own uid, or, where
// there is only one uid, by the mark it sets on its sockets (SO_MARK), which takes a capability
// that the program does not have.
struct ProxySign {
  enum class Kind : std::uint8_t { kUid, kMark };
  Kind kind = Kind::kUid;
  std::uint32_t value = 0;

  static ProxySign uid(uid_t uid) { return {Kind::kUid, uid}; }
  static ProxySign mark(std::uint32_t mark) { return {Kind::kMark, mark}; }
};

// The mark our proxies set.
inline constexpr std::uint32_t kProxyMark = 0x5e1e;

// Linkerd's ports: --outbound-port, --inbound-port, --control-port, --admin-port.
struct ProxyPorts {
  std::uint16_t outbound = 4140;
  std::uint16_t inbound = 4143;
  std::uint16_t tap = 4190;
  std::uint16_t admin = 4191;
};

// Where in a pod its egress relay listens: on a loopback address that no program's listener has by
// default, so that nobody is led there by a port number, and that the rules keep for the proxy.
inline constexpr std::string_view kEgressRelayAddress = "127.94.30.30:4145";

struct PodRules {
  ProxySign proxy;
  ProxyPorts ports;
  IpNet mesh;                    // pods and the hub
  std::optional<IpNet> mesh_v6;  // none: IPv6 is refused, not redirected
  IpAddress dns;                 // the hub's
};

// A whole nft script; applying it again replaces the table.
std::string render_pod_rules(const PodRules& rules);
Result<void> apply_pod_rules(const NetworkNamespace& pod, const PodRules& rules);

}  // namespace seine::netns
