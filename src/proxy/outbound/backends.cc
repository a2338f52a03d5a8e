// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/backends.h"

#include <algorithm>

#include "runtime/combine.h"

namespace seine::proxy {

Backends::Backends(WorkerContext& context, Destinations& destinations)
    : context_(context), destinations_(destinations), scope_(context.loop, [](Error) {}) {
  scope_.spawn(drop_idle(*this));
}

std::shared_ptr<Balancer> Backends::get(const model::Backend& backend,
                                        const model::FailureAccrual& accrual) {
  if (std::holds_alternative<model::Backend::Fail>(backend.kind)) return nullptr;
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& e) { return e.backend == backend && e.accrual == accrual; });
  if (found != entries_.end()) {
    found->used = context_.loop.now();
    return found->balancer;
  }
  entries_.push_back({backend, accrual,
                      std::make_shared<Balancer>(context_, destinations_, backend, accrual),
                      context_.loop.now()});
  return entries_.back().balancer;
}

runtime::Task<void> Backends::drop_idle(Backends& backends) {
  const Duration idle = backends.context_.config.outbound.discovery_idle_timeout;
  for (;;) {
    co_await runtime::sleep_for(backends.context_.loop,
                                std::max<Duration>(idle / 2, std::chrono::milliseconds(10)));
    const TimePoint now = backends.context_.loop.now();
    for (Entry& entry : backends.entries_) {
      if (entry.balancer.use_count() > 1) entry.used = now;
    }
    std::erase_if(backends.entries_, [&](const Entry& e) {
      return e.balancer.use_count() == 1 && now - e.used >= idle;
    });
  }
}

}  // namespace seine::proxy
