// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/targets.h"

#include <utility>

#include "runtime/combine.h"

namespace seine::proxy {

using runtime::Task;

namespace {

Task<Result<std::shared_ptr<const OutboundTarget>>> first_value(runtime::EventLoop& loop,
                                                                OutboundTargets::Lease& lease) {
  co_return co_await OutboundTargets::first(loop, lease);
}

}  // namespace

Task<Result<std::shared_ptr<const OutboundTarget>>> first_target(runtime::EventLoop& loop,
                                                                 OutboundTargets::Lease& lease,
                                                                 Duration timeout,
                                                                 std::string name) {
  if (lease.value() != nullptr) co_return lease.value();
  auto target =
      co_await runtime::with_deadline(loop, timeout, ErrorCode::kFailfast,
                                      "discovery of " + std::move(name), first_value(loop, lease));
  if (!target) co_return fail(std::move(target.error()).from(ErrorOrigin::kControlPlane));
  co_return target;
}

}  // namespace seine::proxy
