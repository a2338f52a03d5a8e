// SPDX-License-Identifier: Apache-2.0
// A folder of state that belongs to one process, and finding those whose process is dead. The owner
// holds a lock that the kernel releases however the process ends, so no pid is compared, and none
// can have been given to somebody else since.
//
//   Result<OwnedFolder> pod = OwnedFolder::make(dir + "/pods/web-x7k2p");   // `seine run`
//   sweep_folders(dir + "/pods", [](const std::string& dead) { ... });      // the next one
//
// Namespaces and links need no sweeping: the kernel removes them with their last process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::netns {

class OwnedFolder {
 public:
  // A new folder, mode 0700, that is ours until this object or the process dies; its parent is
  // there. Error kInvalidConfig: it cannot be made, or belongs to a living process.
  static Result<OwnedFolder> make(const std::string& path);
  OwnedFolder(OwnedFolder&&) = default;
  OwnedFolder& operator=(OwnedFolder&&) = default;
  // Leaves the folder to the next sweep.
  ~OwnedFolder() = default;

  const std::string& path() const { return path_; }
  // Removes it with all that is in it.
  void remove();

 private:
  OwnedFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;
};

// Calls `on_dead` with each folder in `parent` whose owner is dead, while nobody else can take it,
// and removes it if that returns true. Returns the names of those that were removed. Folders of
// living owners, files, and a parent that is not there are passed over.
std::vector<std::string> sweep_folders(const std::string& parent,
                                       const std::function<bool(const std::string& path)>& on_dead);

}  // namespace seine::netns
