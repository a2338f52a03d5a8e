// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/policies.h"

#include "base/check.h"

namespace seine::proxy {

namespace {

std::string_view policy_name(DefaultPolicy policy) {
  switch (policy) {
    case DefaultPolicy::kDeny: return "deny";
    case DefaultPolicy::kAllAuthenticated: return "all-authenticated";
    case DefaultPolicy::kAllUnauthenticated: return "all-unauthenticated";
    case DefaultPolicy::kClusterAuthenticated: return "cluster-authenticated";
    case DefaultPolicy::kClusterUnauthenticated: return "cluster-unauthenticated";
    case DefaultPolicy::kAudit: return "audit";
  }
  SEINE_CHECK(false, "a DefaultPolicy without a name");
}

}  // namespace

Result<DefaultPolicies> DefaultPolicies::make(const Config& config) {
  Result<model::ServerPolicy> policy = model::make_default_server_policy(
      policy_name(config.default_policy), config.cluster_networks, config.inbound.detect_timeout);
  if (!policy) return fail(policy.error());
  DefaultPolicies made;
  made.opaque_ports_ = &config.opaque_ports;
  made.detect_ = std::make_shared<const model::ServerPolicy>(*policy);
  policy->protocol = model::ServerOpaque{};
  made.opaque_ = std::make_shared<const model::ServerPolicy>(std::move(*policy));
  return made;
}

}  // namespace seine::proxy
