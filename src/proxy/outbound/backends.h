// SPDX-License-Identifier: Apache-2.0
// The balancers of this loop, shared by all connections whose policies name the same backend, and
// kept for a while after the last one has gone, so that warm connections are found again.
#pragma once

#include <memory>
#include <vector>

#include "proxy/outbound/balancer.h"

namespace seine::proxy {

class Backends {
 public:
  Backends(WorkerContext& context, Destinations& destinations);

  // One balancer per backend and failure accrual; null for a backend that always fails.
  std::shared_ptr<Balancer> get(const model::Backend& backend,
                                const model::FailureAccrual& accrual = {});
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    model::Backend backend;
    model::FailureAccrual accrual;
    std::shared_ptr<Balancer> balancer;
    TimePoint used;
  };
  static runtime::Task<void> drop_idle(Backends& backends);

  WorkerContext& context_;
  Destinations& destinations_;
  std::vector<Entry> entries_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
