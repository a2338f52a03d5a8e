// SPDX-License-Identifier: Apache-2.0
// Where a meshed program may go on the machine's own network. The machine itself, by loopback or by
// any address of its own, is open only on the ports that were named (`--host-port`): much listens
// there in the belief that only the machine's own users can come. A value and a decision, no I/O.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"

namespace seine::netns {

// The address of `host.seine.internal` in every mesh: one that is nobody's, since it may never be a
// destination on a network (RFC 7600).
inline constexpr std::string_view kHostAlias = "192.0.0.8";

struct EgressPolicy {
  // The ports of this machine that are open.
  std::set<std::uint16_t> host_ports;
  // What `host.seine.internal` resolves to: this machine's loopback, IPv4 first.
  std::optional<IpAddress> host_alias;
  // The mesh's own ranges, which mean nothing out there.
  std::vector<IpNet> mesh;
};

// Whether an address is one of this machine's own, loopback included.
using OwnAddressTest = std::function<bool(const IpAddress&)>;

// The addresses to try, in order. Error kUnauthorized says which rule refused.
Result<std::vector<SocketAddr>> egress_targets(const EgressPolicy& policy, const SocketAddr& to,
                                               const OwnAddressTest& is_own);

}  // namespace seine::netns
