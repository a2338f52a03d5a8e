// SPDX-License-Identifier: Apache-2.0
#include "control/identity/token_review.h"

#include "control/registry/lease_registry.h"
#include "control/registry/token_digest.h"
#include "crypto/digest.h"

namespace seine::control {

runtime::Task<Result<ServiceAccount>> RegistryTokenReview::review(std::string token, IpAddress) {
  const TokenDigest digest = digest_token(token);
  const std::shared_ptr<const Snapshot> snapshot = source_.current();
  const Workload* owner = nullptr;
  for (const Workload& workload : snapshot->workloads()) {
    for (const TokenDigest& known : workload.tokens) {
      if (crypto::equal_in_constant_time(known, digest)) owner = &workload;
    }
  }
  if (owner == nullptr) {
    co_return fail(ErrorCode::kUnauthorized, "the token is not one of a workload of this mesh");
  }
  co_return ServiceAccount{.ns = owner->ns, .name = owner->service_account};
}

runtime::Task<Result<ServiceAccount>> LeaseTokenReview::review(std::string token, IpAddress from) {
  const auto lease = registry_.review(token, from);
  if (!lease) co_return fail(lease.error());
  co_return ServiceAccount{.ns = lease->announced.ns, .name = lease->announced.service_account};
}

}  // namespace seine::control
