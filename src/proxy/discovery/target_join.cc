// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/target_join.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/profile_policy.h"
#include "proxy/outbound/retry_account.h"

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

// Of destinations that the policy does not know.
model::Queue queue_of(const SideConfig& outbound) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  return {.capacity = static_cast<std::uint32_t>(std::min(outbound.queue_capacity, kMost)),
          .failfast = outbound.failfast_timeout};
}

// `before`: what is replaced. Its account goes on while the budget is the same: a controller that
// sends a profile anew does not refill it.
std::shared_ptr<const ProfileRouting> routing_of(const model::Profile& profile, std::uint16_t port,
                                                 const ProfileRouting* before) {
  if (!profile.overrides_policy()) return nullptr;
  ProfileRouting routing{.profile = profile,
                         .name = model::Authority{profile.fully_qualified_name, port}.to_string(),
                         .retries = nullptr};
  if (const auto& budget = profile.retry_budget) {
    const bool is_same =
        before != nullptr && before->retries != nullptr && before->retries->budget() == *budget;
    routing.retries = is_same ? before->retries : std::make_shared<RetryAccount>(*budget);
  }
  return std::make_shared<const ProfileRouting>(std::move(routing));
}

}  // namespace

void TargetJoin::set_profile(std::optional<model::Profile> profile) {
  profile_known_ = true;
  profile_ = std::move(profile);
  routing_ = profile_ ? routing_of(*profile_, addr_.port, routing_.get()) : nullptr;
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
      .policy = policy_ ? *policy_ : fallback_policy(addr_, profile_, config_.detect_timeout),
      .opaque = profile_ && profile_->is_opaque,
      .profile = routing_};
  if (routing_ != nullptr && target.policy) {
    target.policy = model::override_policy(*std::move(target.policy), routing_->profile, addr_.port,
                                           queue_of(config_));
  }
  publisher_.publish(std::make_shared<const OutboundTarget>(std::move(target)));
}

}  // namespace seine::proxy
