// SPDX-License-Identifier: Apache-2.0
#include "netns/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

namespace seine::netns {

namespace {

// Of some microseconds each; a sweep is through with a folder in less than one of milliseconds.
constexpr int kAttempts = 100'000;

// The folder itself is locked, so that there is no moment at which it exists without its lock file.
std::optional<Descriptor> lock_folder(const std::string& path) {
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder || flock(folder.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  // A sweep may have removed it between the two.
  struct stat held{}, named{};
  if (fstat(folder.get(), &held) != 0 || stat(path.c_str(), &named) != 0 ||
      held.st_ino != named.st_ino || held.st_dev != named.st_dev) {
    return std::nullopt;
  }
  return folder;
}

void remove_all(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
}

}  // namespace

// Between its making and its lock a folder looks like one whose owner is dead, and a sweep may take
// it. Then it is made again, once the sweep is through with it.
Result<OwnedFolder> OwnedFolder::make(const std::string& path) {
  bool was_ours = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (mkdir(path.c_str(), 0700) == 0) {
      was_ours = true;
      if (std::optional<Descriptor> lock = lock_folder(path)) {
        return OwnedFolder(path, std::move(*lock));
      }
    } else if (errno != EEXIST) {
      return fail_errno(ErrorCode::kInvalidConfig, errno, "cannot make the folder '" + path + "'");
    } else if (!was_ours) {
      return fail_errno(ErrorCode::kInvalidConfig, EEXIST,
                        "'" + path + "' belongs to another process, or is still to be swept");
    }
    std::this_thread::yield();
  }
  return fail(ErrorCode::kInvalidConfig,
              "'" + path + "' was swept whenever it was made; try again");
}

void OwnedFolder::remove() {
  remove_all(path_);
  lock_.reset();
}

std::vector<std::string> sweep_folders(
    const std::string& parent, const std::function<bool(const std::string& path)>& on_dead) {
  std::vector<std::string> removed;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    std::error_code ignored;
    if (!entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
    const std::string path = entry.path().string();
    const std::optional<Descriptor> lock = lock_folder(path);
    if (!lock || !on_dead(path)) continue;
    remove_all(path);
    removed.push_back(entry.path().filename().string());
  }
  return removed;
}

}  // namespace seine::netns
