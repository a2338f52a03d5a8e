// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace seine {

Result<TemporaryFolder> TemporaryFolder::make(std::string_view name) {
  const char* set = ::getenv("TMPDIR");
  std::string path = set != nullptr && *set == '/' ? set : "/tmp";
  path += "/seine-" + std::string(name) + "-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be made");
  }
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace seine
