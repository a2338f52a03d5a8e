// SPDX-License-Identifier: Apache-2.0
// Inbound policy of this loop: per port what the control plane says, and the default until it has
// spoken.
#pragma once

#include <cstdint>
#include <memory>

#include "model/server_policy.h"
#include "proxy/config.h"
#include "proxy/discovery/watch.h"

namespace seine::proxy {

using ServerPolicies = WatchCache<std::uint16_t, model::ServerPolicy>;

// The policy of one port for as long as it is held.
class PortPolicy {
 public:
  PortPolicy(ServerPolicies::Lease lease, std::shared_ptr<const model::ServerPolicy> fallback)
      : lease_(std::move(lease)), fallback_(std::move(fallback)) {}

  // Never null.
  const std::shared_ptr<const model::ServerPolicy>& current() const {
    return lease_.value() == nullptr ? fallback_ : lease_.value();
  }
  void arm(ChangeWatch& watch, runtime::Wakeable& who) { lease_.arm(watch, who); }

 private:
  ServerPolicies::Lease lease_;
  std::shared_ptr<const model::ServerPolicy> fallback_;
};

// INBOUND_DEFAULT_POLICY as a policy; INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION makes it opaque.
class DefaultPolicies {
 public:
  static Result<DefaultPolicies> make(const Config& config);
  std::shared_ptr<const model::ServerPolicy> of(std::uint16_t port) const {
    return opaque_ports_->contains(port) ? opaque_ : detect_;
  }

 private:
  std::shared_ptr<const model::ServerPolicy> detect_;
  std::shared_ptr<const model::ServerPolicy> opaque_;
  const std::set<std::uint16_t>* opaque_ports_ = nullptr;
};

}  // namespace seine::proxy
