// SPDX-License-Identifier: Apache-2.0
// Whose token is this? Implementations: RegistryTokenReview, of the tokens a WorkloadSource lists;
// LeaseTokenReview, of those that a LeaseRegistry signs; Kubernetes' TokenReview API, with audience
// identity.l5d.io.
#pragma once

#include <string>

#include "base/net.h"
#include "base/result.h"
#include "control/registry/workload_source.h"
#include "runtime/task.h"

namespace seine::control {

class LeaseRegistry;

struct ServiceAccount {
  std::string ns;
  std::string name;
  bool operator==(const ServiceAccount&) const = default;
};

class TokenReview {
 public:
  virtual ~TokenReview() = default;
  // `from`: where the caller is, for tokens that are bound to an address. Errors: kUnauthorized if
  // the token proves nothing, kUnavailable if it cannot be told now. No message quotes the token.
  virtual runtime::Task<Result<ServiceAccount>> review(std::string token, IpAddress from) = 0;
};

class RegistryTokenReview final : public TokenReview {
 public:
  // `source` outlives it.
  explicit RegistryTokenReview(const WorkloadSource& source) : source_(source) {}
  // Looks at every token there is, so that the time it takes tells nothing.
  runtime::Task<Result<ServiceAccount>> review(std::string token, IpAddress from) override;

 private:
  const WorkloadSource& source_;
};

class LeaseTokenReview final : public TokenReview {
 public:
  // `registry` outlives it.
  explicit LeaseTokenReview(LeaseRegistry& registry) : registry_(registry) {}
  runtime::Task<Result<ServiceAccount>> review(std::string token, IpAddress from) override;

 private:
  LeaseRegistry& registry_;
};

}  // namespace seine::control
