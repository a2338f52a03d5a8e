// SPDX-License-Identifier: Apache-2.0
// Which meshes this user runs, so that a command need not be told when there is one. Each `seine
// up` leaves a note with its folder's name in a folder of the user's own:
//
//   /run/seine, $XDG_RUNTIME_DIR/seine, else /tmp/seine-UID      0700
//     meshes/PID      the state folder, one line
//
// A note counts while the folder's lock is held, so nothing has to be cleaned after a kill -9.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/state_dir.h"

namespace seine::cli {

// Removed when it dies.
class MeshNote {
 public:
  // A note that cannot be left is no failure: the mesh then has to be named with --dir.
  MeshNote(const MeshFolder& folder, const Environment& environment);
  ~MeshNote();
  MeshNote(const MeshNote&) = delete;
  MeshNote& operator=(const MeshNote&) = delete;

 private:
  std::string path_;  // empty: there is none
};

// Whether somebody holds the folder's lock. False also where we may not look.
bool mesh_runs(const MeshFolder& folder);

// State folders of meshes that run, sorted. Notes of those that do not are removed.
std::vector<std::string> running_meshes(const Environment& environment);

// The mesh that a command means: --dir (`flag`), SEINE_DIR, the only one that runs, else the
// default folder. Error kInvalidConfig: several run, and all are named; or it is another user's.
Result<MeshFolder> choose_mesh(std::string_view flag, const Environment& environment);

// Error kInvalidConfig if the folder is there and not that user's: root, too, is a stranger in
// another user's mesh, whose user namespace it is not a part of. Says whose it is.
Result<void> check_owner(const std::string& folder, uid_t user);

}  // namespace seine::cli
