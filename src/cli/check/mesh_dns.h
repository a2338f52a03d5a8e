// SPDX-License-Identifier: Apache-2.0
// Whether the mesh's DNS answers, asked from inside its network.
#pragma once

#include <string>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"

namespace seine::cli {

struct DnsQuestion {
  std::string name;
  std::string expected;  // the IPv4 address it must have; empty: any answer will do, a "no" too
  SocketAddr server = {};
};

// Blocks, for some seconds at most. Errors: kUnavailable if nobody answers, or with another
// address.
Result<void> ask_mesh_dns(const netns::NetworkNamespace& hub, const Clock& clock,
                          DnsQuestion& question);

}  // namespace seine::cli
