// SPDX-License-Identifier: Apache-2.0
// The workload source of a mesh without Kubernetes: processes of this machine join, hold leases and
// are published while they renew them. Keeps what it knows in a directory, so that a controller
// that dies goes on where it was; every lease then has a whole term before it can end. While the
// directory cannot be written it goes on from memory, says so once and tries again.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/mesh_names.h"
#include "control/rate_limiter.h"
#include "control/registry/join_tokens.h"
#include "control/registry/lease_clock.h"
#include "control/registry/lease_table.h"
#include "control/registry/registry_directory.h"
#include "control/registry/registry_metrics.h"
#include "control/registry/workload_source.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::control {

class LeaseRegistry final : public WorkloadSource {
 public:
  // Takes over what the directory keeps. Errors of RegistryDirectory::load().
  static Result<std::unique_ptr<LeaseRegistry>> open(runtime::EventLoop& loop, const Log& log,
                                                     metrics::Registry& metrics,
                                                     const MeshNames& names, RegistryScope scope,
                                                     RegistryDirectory directory);
  // Writes what has not been written.
  ~LeaseRegistry() override;

  std::shared_ptr<const Snapshot> current() const override { return current_; }
  ChangeNotifier& changes() override { return changes_; }

  const RegistryDirectory& directory() const { return directory_; }
  const RegistryScope& scope() const { return table_.scope(); }
  std::vector<Lease> leases() const { return table_.leases(); }
  RegistryMetrics& metrics() { return metrics_; }

  // `life` is cut to kLongestJoinTokenLife. Error kLimit.
  Result<std::string> create_join_token(JoinPermit permit, Duration life);
  // On disk, if the disk can be written, when this returns. The token is used if it succeeds.
  // Errors of check_announcement(), JoinTokens::check() and LeaseTable::join(); kRateLimited.
  // `started_by`: the name of the user whose process it is; may be empty.
  Result<Joined> join(std::string_view token, Announcement announcement,
                      const std::optional<PodClaim>& claim, std::string started_by = {});
  // Whether the holder ought to ask for a new token. Errors of LeaseTable::renew().
  Result<bool> renew(std::string_view lease, std::string_view secret, const Renewal& renewal);

  struct IssuedToken {
    std::string token;
    WallTime expires;
  };
  // Errors of LeaseTable::find().
  Result<IssuedToken> issue_token(std::string_view lease, std::string_view secret);
  // The pod's addresses; when this returns streams have been woken to unpublish them. Errors of
  // LeaseTable::leave().
  Result<std::vector<IpAddress>> leave(std::string_view lease, std::string_view secret, bool gone);

  // Whose token this is; the error is kUnauthorized. `from`: where it was shown.
  Result<Lease> review(std::string_view token, const IpAddress& from);

 private:
  LeaseRegistry(runtime::EventLoop& loop, const Log& log, metrics::Registry& metrics,
                const MeshNames& names, RegistryScope scope, RegistryDirectory directory);
  Duration served() { return clock_.tick(loop_.now()); }
  Result<Joined> admit(std::string_view token, Announcement announcement,
                       const std::optional<PodClaim>& claim, std::string started_by);
  Result<Lease> check_token(std::string_view token, const IpAddress& from) const;
  bool token_due(std::string_view lease) const;
  // The mesh is told, and the directory at the next tick.
  void publish();
  void write();
  runtime::Task<void> tick();

  runtime::EventLoop& loop_;
  const Log& log_;
  const MeshNames names_;
  RegistryMetrics metrics_;
  const RegistryDirectory directory_;
  LeaseClock clock_;
  RateLimiter join_limiter_;
  JoinTokens join_tokens_;
  LeaseTable table_;
  std::map<std::string, WallTime, std::less<>> token_ends_;  // of the last token of each lease
  std::shared_ptr<const Snapshot> current_;
  ChangeNotifier changes_;
  bool unwritten_ = false;
  bool failing_ = false;  // the last writing failed, and was told
  TimePoint write_again_{};
  runtime::TaskScope scope_;
};

}  // namespace seine::control
