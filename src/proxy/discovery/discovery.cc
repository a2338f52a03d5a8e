// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/discovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/discovery/target_join.h"

namespace seine::proxy {

using runtime::Task;

bool Discovery::wants_profile(const SocketAddr& addr) const {
  return std::ranges::any_of(context_.config.profile_networks,
                             [&](const IpNet& net) { return net.contains(addr.ip); });
}

Task<Result<void>> Discovery::follow_profile(SocketAddr addr, TargetJoin& joined) {
  if (!wants_profile(addr)) {
    joined.set_profile(std::nullopt);
    co_return Result<void>();
  }
  const Error refused = co_await follow_profile_of(
      addr.to_string(), [&](model::Profile profile) { joined.set_profile(std::move(profile)); });
  log_debug(context_.log, "no profile",
            {{"addr", addr.to_string()}, {"reason", refused.to_string()}});
  joined.set_profile(std::nullopt);
  co_return Result<void>();
}

Task<void> Discovery::watch(SocketAddr addr, Publisher<OutboundTarget>& publisher) {
  TargetJoin joined(addr, context_.config.outbound, publisher);
  auto [profile, policy] =
      co_await runtime::all(follow_profile(addr, joined), follow_policy(addr, joined));
  // Both were refused for good; the last word stays published until the key is let go.
}

}  // namespace seine::proxy
