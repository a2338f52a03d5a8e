// SPDX-License-Identifier: Apache-2.0
// A workload of a cluster: what its agent told, and what became of it. Values.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dive/catalog/rollout.h"

namespace seine::dive {

struct WorkloadName {
  std::string ns;
  std::string kind;  // "deployment"
  std::string name;
  friend auto operator<=>(const WorkloadName&, const WorkloadName&) = default;
};

struct Pod {
  std::string name;
  Revision revision;
  bool ready = false;
  bool leaving = false;  // it ends, and may still finish requests
  WallTime since;
  std::string started_by;
  std::map<std::string, std::string> labels;
  friend bool operator==(const Pod&, const Pod&) = default;
};

// As it was at one moment.
struct WorkloadTold {
  WorkloadName name;
  std::string service_account;
  std::vector<Pod> pods;  // by name, each once
  friend bool operator==(const WorkloadTold&, const WorkloadTold&) = default;
};

struct Workload {
  WorkloadTold now;  // of one that is gone: without pods
  WallTime first_seen;
  WallTime changed_at;
  std::optional<WallTime> gone_at;
  // The label `environment` of its newest pod that has one, kept while none runs; may be empty.
  std::string environment;
  // What it ran before whatever is being rolled out; kept while it has no pods. Nothing before its
  // first pod.
  std::optional<Revision> settled;
  // The last one; those before it were handed out as they ended.
  std::optional<Rollout> rollout;
  friend bool operator==(const Workload&, const Workload&) = default;
};

}  // namespace seine::dive
