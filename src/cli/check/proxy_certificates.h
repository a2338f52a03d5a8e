// SPDX-License-Identifier: Apache-2.0
// Whether proxies can prove who they are: a TLS handshake with each, from inside the mesh's
// network.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"

namespace seine::cli {

// Of one proxy, and of all of them together.
inline constexpr Duration kHandshakeDeadline = std::chrono::seconds(2);
inline constexpr Duration kHandshakesDeadline = std::chrono::seconds(20);

struct AskedProxy {
  std::string label;
  std::string identity;  // that it must prove
  std::string ip;
  std::string problem = "was not asked in time";  // empty: all is well
};

// Sets the problem of each. Blocks, for at most kHandshakesDeadline. Error kInvalidConfig: the
// anchors are none.
Result<void> ask_certificates(const netns::NetworkNamespace& hub, const Clock& clock,
                              const std::string& trust_anchors_pem,
                              std::vector<AskedProxy>& proxies);

}  // namespace seine::cli
