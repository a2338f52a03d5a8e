// SPDX-License-Identifier: Apache-2.0
// The checks of a mesh on one machine.
#pragma once

#include <string>
#include <vector>

#include "cli/check/check_engine.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/state_dir.h"
#include "runtime/event_loop.h"

namespace seine::cli {

struct MeshView;

// The state folder and its room; whether a mesh runs; controller, certificates, DNS; Dive. `view`
// outlives them.
std::vector<CheckCategory> mesh_checks(MeshView& view);
// Dive and its agent, where they run; nothing where they do not.
CheckCategory dive_checks(MeshView& view);
// The pods' proxies, of one namespace or of all (empty).
struct DataPlaneScope {
  MeshView& view;
  std::string mesh_namespace;
};
CheckCategory data_plane_checks(DataPlaneScope& scope);

// Whether `seine up` would work here.
struct Premises {
  runtime::EventLoop& loop;
  MeshFolder folder;
  std::string version;  // of this program
  const Environment& environment;
  bool has_namespace = false;  // found out by one check for the next
};
std::vector<CheckCategory> pre_checks(Premises& premises);

// Both say what is wrong with the folder itself.
CheckVerdict check_room(const std::string& folder);

}  // namespace seine::cli
