// SPDX-License-Identifier: Apache-2.0
// All the paths that lead to a folder: a file system that is mounted twice shows it twice, and
// hiding one of the two would hide nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace seine::netns {

struct MountPoint {
  int id = 0;
  std::string device;  // "major:minor"
  std::string root;    // the folder of the file system that is seen
  std::string path;    // where
};

// The lines of /proc/self/mountinfo; one that is not in its form is passed over.
std::vector<MountPoint> parse_mountinfo(std::string_view text);

// Where a mount shows `inside`, a path within the file system `device`, or a part of it. Another
// mount may lie over it.
struct FolderView {
  std::string path;
  int mount = 0;
};
std::vector<FolderView> views_of(std::string_view inside, std::string_view device,
                                 const std::vector<MountPoint>& mounts);

// `folder` itself, canonical, first, then the others; none of them lies in the first. Error
// kInvalidArgument: it is no folder.
Result<std::vector<std::string>> paths_of_folder(const std::string& folder,
                                                 std::string_view mountinfo);

}  // namespace seine::netns
