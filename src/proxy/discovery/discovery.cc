// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/discovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/discovery/target_join.h"

namespace seine::proxy {

using runtime::Task;

bool Discovery::wants_profile(const TargetKey& key) const {
  // Of names, only those that may be asked for come here.
  const auto* addr = std::get_if<SocketAddr>(&key);
  return addr == nullptr ||
         std::ranges::any_of(context_.config.profile_networks,
                             [&](const IpNet& net) { return net.contains(addr->ip); });
}

Task<Result<void>> Discovery::follow_profile(TargetKey key, TargetJoin& joined) {
  if (!wants_profile(key)) {
    joined.set_profile(std::nullopt);
    co_return Result<void>();
  }
  const Error refused = co_await follow_profile_of(
      target_path(key), [&](model::Profile profile) { joined.set_profile(std::move(profile)); });
  log_debug(context_.log, "no profile",
            {{"dst", target_path(key)}, {"reason", refused.to_string()}});
  joined.set_profile(std::nullopt);
  co_return Result<void>();
}

Task<void> Discovery::watch(TargetKey key, Publisher<OutboundTarget>& publisher) {
  TargetJoin joined(key, context_.config, publisher);
  auto [profile, policy] =
      co_await runtime::all(follow_profile(key, joined), follow_policy(key, joined));
  // Both were refused for good; the last word stays published until the key is let go.
}

}  // namespace seine::proxy
