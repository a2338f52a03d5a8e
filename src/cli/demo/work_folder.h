// SPDX-License-Identifier: Apache-2.0
// The folder that a demo works in, /tmp/seine-demo-XXXXXX. It goes with the demo; where that was
// killed, with the next one of the same user.
#pragma once

#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "base/temporary_folder.h"

namespace seine::cli {

class WorkFolder {
 public:
  // A new one in the temporary folder, mode 0700, that is ours until this object or the process
  // dies. Error kInvalidConfig: it cannot be made.
  static Result<WorkFolder> make();

  const std::string& path() const { return folder_.path(); }

 private:
  WorkFolder(TemporaryFolder folder, Descriptor lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}

  TemporaryFolder folder_;
  Descriptor lock_;
};

// Removes those in `parent` that this user's demos left: their process is gone, and the mesh in
// them too.
void sweep_work_folders(const std::string& parent);

}  // namespace seine::cli
