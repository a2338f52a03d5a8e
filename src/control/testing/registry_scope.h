// SPDX-License-Identifier: Apache-2.0
// A small standalone registry for tests: 13 pods' addresses, 13 services'.
#pragma once

#include "control/registry/lease_table.h"

namespace seine::control::testing {

inline RegistryScope make_scope() {
  return {.cluster = "test",
          .pods = AddressRange::parse("10.77.0.0/28,fd5e::/64").value(),
          .services = AddressRange::parse("10.78.0.0/28,fd5f::/64").value()};
}

inline Announcement announce(std::string workload, std::vector<WorkloadPort> ports = {}) {
  Announcement announcement{
      .ns = "shop", .workload = std::move(workload), .ports = std::move(ports)};
  return check_announcement(std::move(announcement), MeshNames{}).value();
}

}  // namespace seine::control::testing
