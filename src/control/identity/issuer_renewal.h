// SPDX-License-Identifier: Apache-2.0
// Replaces the authority's issuer while the controller runs, before it expires. The new one has a
// key of its own and the same root, which is all that proxies trust: leaves of the old one, which
// come with it as their intermediate, stay valid to their end.
#pragma once

#include <string>

#include "base/log.h"
#include "control/identity/authority.h"
#include "control/mesh_names.h"
#include "metrics/series.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

// One loop. All that it is given outlives it.
class IssuerRenewal {
 public:
  // A clock that jumps is noticed within this time.
  static constexpr std::chrono::minutes kLongestSleep{10};
  // After a renewal that failed; the old issuer signs on meanwhile.
  static constexpr std::chrono::hours kRetry{1};

  // `directory` is the one that `authority` was opened from. `expires` shows the issuer's end, in
  // seconds since the epoch.
  IssuerRenewal(runtime::EventLoop& loop, const Log& log, const MeshNames& names,
                std::string directory, Authority& authority, metrics::Gauge expires);

 private:
  static runtime::Task<void> run(IssuerRenewal& self);
  // Whether there is a new issuer; else the log says why not.
  bool renew();
  WallTime expiry() const { return authority_.issuer().certificate().not_after(); }
  void show_expiry() const;

  runtime::EventLoop& loop_;
  const Log& log_;
  const MeshNames& names_;
  const std::string directory_;
  Authority& authority_;
  const metrics::Gauge expires_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
