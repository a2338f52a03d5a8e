// SPDX-License-Identifier: Apache-2.0
// The folder that a demo works in, /tmp/seine-demo-XXXXXX. It goes with the demo; where that was
// killed, with the next one of the same user.
#pragma once

#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::cli {

// TMPDIR, else /tmp.
std::string temporary_folder();

class WorkFolder {
 public:
  // A new one in `parent`, mode 0700, that is ours until this object or the process dies. Error
  // kInvalidConfig: it cannot be made.
  static Result<WorkFolder> make(const std::string& parent);
  WorkFolder(WorkFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();

  const std::string& path() const { return path_; }

 private:
  WorkFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;
};

// Removes those in `parent` that this user's demos left: their process is gone, and the mesh in
// them too.
void sweep_work_folders(const std::string& parent);

}  // namespace seine::cli
