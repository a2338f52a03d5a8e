// SPDX-License-Identifier: Apache-2.0
#include "base/program_folder.h"

#include <unistd.h>

#include <climits>
#include <string_view>

namespace seine {

std::string program_folder() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof(path));
  const std::string_view whole(path, size < 0 ? 0 : static_cast<std::size_t>(size));
  const auto slash = whole.rfind('/');
  return std::string(whole.substr(0, slash == std::string_view::npos ? 0 : slash));
}

}  // namespace seine
