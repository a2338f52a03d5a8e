// SPDX-License-Identifier: Apache-2.0
// What a process says of itself when it joins the standalone registry. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "model/declared_route.h"

namespace seine::control {

struct Announcement {
  std::string ns;
  std::string workload;
  std::string service;          // empty: the workload's name
  std::string service_account;  // empty: the workload's name
  std::string version;          // may be empty
  std::map<std::string, std::string> labels;
  std::vector<WorkloadPort> ports;
  std::vector<std::uint16_t> published;  // reached by the publish relay too
  std::vector<model::DeclaredRoute> routes;
  bool operator==(const Announcement&) const = default;
};

// With defaults filled in. Error kInvalidArgument, one sentence naming what is wrong: names are DNS
// labels, the namespace is not the control plane's, numbers do not repeat and are none of the
// proxy's own ports, limits are those of registry_limits.h.
Result<Announcement> check_announcement(Announcement announcement, const MeshNames& names);

// "the namespace \"Shop\" must be ..."; error kInvalidArgument.
Result<void> check_dns_label(std::string_view what, std::string_view name,
                             std::size_t longest = 63);

}  // namespace seine::control
