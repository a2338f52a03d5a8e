// SPDX-License-Identifier: Apache-2.0
// The two answers about one target, and what follows from them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "model/client_policy.h"
#include "model/profile.h"
#include "proxy/config.h"
#include "proxy/discovery/watch.h"
#include "proxy/outbound/targets.h"

namespace seine::proxy {

// As Destination.Get and GetProfile are asked: "ip:port" or "name:port".
std::string target_path(const TargetKey& key);

// Publishes once both are known, and then with each change. On the control loop; references
// outlive it.
class TargetJoin {
 public:
  TargetJoin(TargetKey key, const Config& config, Publisher<OutboundTarget>& publisher);

  // Nothing: the control plane has no profile for it.
  void set_profile(std::optional<model::Profile> profile);
  // An error fails its traffic.
  void set_policy(Result<model::ClientPolicy>&& policy);
  // The control plane has none: straight to the profile's endpoint, or to the address itself; of a
  // name, to the service of its profile, or nowhere.
  void set_no_policy();

 private:
  void publish();

  Result<model::ClientPolicy> fallback_policy() const;

  const TargetKey key_;
  const std::uint16_t port_;
  const Config& config_;
  Publisher<OutboundTarget>& publisher_;
  bool profile_known_ = false;
  std::optional<model::Profile> profile_;
  std::shared_ptr<const ProfileRouting> routing_;  // of profile_, where it overrides the policy
  bool policy_known_ = false;
  std::optional<Result<model::ClientPolicy>> policy_;
};

}  // namespace seine::proxy
