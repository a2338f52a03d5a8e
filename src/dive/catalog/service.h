// SPDX-License-Identifier: Apache-2.0
// A service of a cluster and a namespace, as discovered. Values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dive/catalog/workload.h"

namespace seine::dive {

struct ServiceName {
  std::string ns;
  std::string name;
  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;
};

struct ServiceTold {
  ServiceName name;
  std::vector<std::uint16_t> ports;     // ascending, each once
  std::vector<WorkloadName> workloads;  // likewise; each has versions and rollouts of its own
  friend bool operator==(const ServiceTold&, const ServiceTold&) = default;
};

struct Service {
  ServiceTold now;  // of one that is gone: as it was
  // Who answered for it before and does not now, ascending: what they counted is still there. At
  // most kMaxWorkloadsOfService.
  std::vector<WorkloadName> former;
  WallTime first_seen;
  WallTime changed_at;
  std::optional<WallTime> gone_at;
  friend bool operator==(const Service&, const Service&) = default;
};

// Those of now, then the former ones.
std::vector<WorkloadName> all_workloads(const Service& service);

// There as long as a workload or a service is in it.
struct Namespace {
  std::string name;
  WallTime first_seen;
  std::optional<WallTime> gone_at;
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

}  // namespace seine::dive
