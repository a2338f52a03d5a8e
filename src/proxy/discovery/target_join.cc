// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/target_join.h"

#include <memory>
#include <utility>

namespace seine::proxy {
namespace {

// What holds where the control plane knows no policy: straight to the profile's endpoint, or to
// the address itself in plain.
model::ClientPolicy fallback_policy(const SocketAddr& addr,
                                    const std::optional<model::Profile>& profile,
                                    Duration detect_timeout) {
  const bool known = profile && profile->endpoint;
  const model::Metadata meta = model::Metadata::make_default(known ? "endpoint" : "fallback");
  model::Endpoint endpoint;
  endpoint.addr = addr;
  if (known) endpoint = *profile->endpoint;
  const model::Backend backend{
      .meta = meta, .kind = model::Backend::Forward{std::move(endpoint)}, .queue = {}};
  return model::make_detect_policy(meta, backend, detect_timeout);
}

}  // namespace

void TargetJoin::set_profile(std::optional<model::Profile> profile) {
  profile_known_ = true;
  profile_ = std::move(profile);
  publish();
}

void TargetJoin::set_policy(Result<model::ClientPolicy>&& policy) {
  policy_known_ = true;
  policy_ = std::move(policy);
  publish();
}

void TargetJoin::set_no_policy() {
  policy_known_ = true;
  policy_.reset();
  publish();
}

void TargetJoin::publish() {
  if (!profile_known_ || !policy_known_) return;
  OutboundTarget target{
      .policy = policy_ ? *policy_ : fallback_policy(addr_, profile_, detect_timeout_),
      .opaque = profile_ && profile_->is_opaque};
  publisher_.publish(std::make_shared<const OutboundTarget>(std::move(target)));
}

}  // namespace seine::proxy
