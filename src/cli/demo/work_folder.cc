// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/running_meshes.h"

namespace seine::cli {
namespace {

constexpr char kName[] = "demo";
constexpr char kPrefix[] = "seine-demo-";
constexpr char kOwner[] = "/owner";

// The file has its name once it is locked, so that nobody finds it free who should not.
Descriptor own(const std::string& folder) {
  const std::string fresh = folder + "/owner.new";
  Descriptor lock(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::rename(fresh.c_str(), (folder + kOwner).c_str()) != 0) {
    lock.reset();
  }
  return lock;
}

// Folders without that file are none of ours, or just being made.
bool is_left(const std::string& folder) {
  struct stat found{};
  if (::lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) ||
      found.st_uid != ::geteuid()) {
    return false;
  }
  const Descriptor lock(::open((folder + kOwner).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
         !mesh_runs(MeshFolder{folder + "/mesh"});
}

}  // namespace

Result<WorkFolder> WorkFolder::make() {
  auto folder = TemporaryFolder::make(kName);
  if (!folder) return fail(std::move(folder.error()));
  Descriptor lock = own(folder->path());
  if (!lock) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder->path() + " cannot be written");
  }
  return WorkFolder(*std::move(folder), std::move(lock));
}

void sweep_work_folders(const std::string& parent) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(parent, failed)) {
    const std::string path = entry.path().string();
    if (entry.path().filename().string().starts_with(kPrefix) && is_left(path)) {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  }
}

}  // namespace seine::cli
