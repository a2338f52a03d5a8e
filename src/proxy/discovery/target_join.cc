// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/target_join.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/profile_policy.h"
#include "proxy/outbound/retry_account.h"

namespace seine::proxy {
namespace {

std::uint16_t port_of(const TargetKey& key) {
  if (const auto* addr = std::get_if<SocketAddr>(&key)) return addr->port;
  const auto name = model::Authority::parse(std::get<std::string>(key));
  return name ? name->port_or(0) : 0;
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

std::string target_path(const TargetKey& key) {
  if (const auto* addr = std::get_if<SocketAddr>(&key)) return addr->to_string();
  return std::get<std::string>(key);
}

TargetJoin::TargetJoin(TargetKey key, const Config& config, Publisher<OutboundTarget>& publisher)
    : key_(std::move(key)), port_(port_of(key_)), config_(config), publisher_(publisher) {}

// What holds where the control plane knows no policy.
Result<model::ClientPolicy> TargetJoin::fallback_policy() const {
  model::Metadata meta = model::Metadata::make_default("fallback");
  model::Backend backend{.meta = meta, .kind = {}, .queue = {}};
  if (profile_ && profile_->endpoint) {
    meta = backend.meta = model::Metadata::make_default("endpoint");
    backend.kind = model::Backend::Forward{*profile_->endpoint};
  } else if (const auto* addr = std::get_if<SocketAddr>(&key_)) {
    model::Endpoint endpoint;
    endpoint.addr = *addr;
    backend.kind = model::Backend::Forward{std::move(endpoint)};
  } else if (profile_ && !profile_->fully_qualified_name.empty()) {
    meta = backend.meta = profile_->parent.value_or(meta);
    const model::Authority name{profile_->fully_qualified_name, port_};
    backend.kind = model::Backend::Balancer{.path = name.to_string(), .load = {}};
    backend.queue = queue_of(config_.outbound);
  } else {
    return fail(
        make_error(ErrorCode::kNoRoute, "the control plane knows no service " + target_path(key_)));
  }
  return model::make_detect_policy(meta, backend, config_.outbound.detect_timeout);
}

void TargetJoin::set_profile(std::optional<model::Profile> profile) {
  profile_known_ = true;
  profile_ = std::move(profile);
  routing_ = profile_ ? routing_of(*profile_, port_, routing_.get()) : nullptr;
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
      .policy = policy_ ? *policy_ : fallback_policy(),
      .opaque = profile_ && profile_->is_opaque,
      .profile = routing_,
      .is_known = profile_ && (profile_->endpoint || !profile_->fully_qualified_name.empty())};
  if (target.policy && config_.ingress_mode) {
    target.policy =
        model::detect_always(*std::move(target.policy), config_.outbound.detect_timeout);
  }
  if (target.policy && routing_ != nullptr) {
    target.policy = model::override_policy(*std::move(target.policy), routing_->profile, port_,
                                           queue_of(config_.outbound));
  }
  publisher_.publish(std::make_shared<const OutboundTarget>(std::move(target)));
}

}  // namespace seine::proxy
