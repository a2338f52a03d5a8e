// SPDX-License-Identifier: Apache-2.0
// What runs in one cluster, what ran there lately, and what was rolled out: made of what its agent
// tells, in the order in which it is told. A value without clock, disk or loop. All times are those
// of the messages, so that what comes in one burst after a cut is seen as it was; a message that
// came before changes nothing.
//
// Whoever keeps it writes what each apply() says has changed, and the positions, at once. Could
// that not be written, the catalog is made anew from what was.
#pragma once

#include <map>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "dive/catalog/cluster_news.h"
#include "dive/catalog/rollout.h"
#include "dive/catalog/service.h"
#include "dive/catalog/stream_position.h"
#include "dive/catalog/workload.h"

namespace seine::dive {

struct WorkloadRollout {
  WorkloadName workload;
  Rollout rollout;
  friend bool operator==(const WorkloadRollout&, const WorkloadRollout&) = default;
};

struct CatalogChanges {
  bool is_replay = false;               // it came before; nothing has changed
  std::vector<WorkloadName> workloads;  // new, other than before, or gone
  std::vector<ServiceName> services;
  // Each as it is now, by workload and number; one that is told again replaces what was told.
  std::vector<WorkloadRollout> rollouts;
};

struct Forgotten {
  std::vector<WorkloadName> workloads;
  std::vector<ServiceName> services;
};

class ClusterCatalog {
 public:
  // All there is to keep, but for rollouts that were handed out.
  struct State {
    StreamPosition deployments_position;
    StreamPosition services_position;
    std::map<WorkloadName, Workload> workloads;
    std::map<ServiceName, Service> services;
    friend bool operator==(const State&, const State&) = default;
  };

  ClusterCatalog() = default;
  explicit ClusterCatalog(State state) : state_(std::move(state)) {}
  const State& state() const { return state_; }

  // Error kLimit, where the cluster would have too many: then nothing but the position changes.
  Result<CatalogChanges> apply(DeploymentNews news);
  Result<CatalogChanges> apply(ServiceNews news);
  // Of messages that were refused as they were read: they count as having come. Whether this one
  // comes for the first time.
  bool pass_deployments(const MessageNumber& number);
  bool pass_services(const MessageNumber& number);

  // Removes what has been gone for kGoneFor.
  Forgotten forget(WallTime now);

  // By name; each is there or was there lately.
  std::vector<Namespace> namespaces() const;

 private:
  void tell(WorkloadTold told, WallTime at, CatalogChanges& changes);
  void tell(ServiceTold told, WallTime at, CatalogChanges& changes);
  void remove(Workload& workload, WallTime at, CatalogChanges& changes);
  void remove(Service& service, WallTime at, CatalogChanges& changes);
  void follow(Workload& workload, std::vector<Pod> pods, WallTime at, CatalogChanges& changes);

  template <class Told, class Name, class Things>
  Result<CatalogChanges> take(std::variant<std::vector<Told>, Told, Name> told, WallTime at,
                              Things& things, std::size_t limit, std::string_view what);

  State state_;
};

// Whose counts are of a service: who answers for it, and who did and answers for no other now.
// Empty where there is no such service.
std::vector<WorkloadName> answering(const ClusterCatalog::State& catalog, const ServiceName& name);

}  // namespace seine::dive
