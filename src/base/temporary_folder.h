// SPDX-License-Identifier: Apache-2.0
// A folder of one's own below $TMPDIR or /tmp, mode 0700, gone with all that is in it when its
// owner dies.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace seine {

class TemporaryFolder {
 public:
  // `name` says whose it is, to those who look there. Error kInvalidConfig: it cannot be made.
  static Result<TemporaryFolder> make(std::string_view name);
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace seine
