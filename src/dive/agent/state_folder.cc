// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"

namespace seine::dive {
namespace {

constexpr unsigned kPrivate = 0600;
constexpr std::size_t kMaxJoined = 1024;

std::unexpected<Error> failed(const std::string& path, const char* why) {
  return fail_errno(ErrorCode::kInvalidConfig, errno, path + " " + why);
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "cannot be made");
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed(path, "cannot be opened as a folder");
  struct stat info{};
  if (::fstat(folder.get(), &info) != 0) return failed(path, "cannot be looked at");
  if ((info.st_mode & 022) != 0 || info.st_uid != ::geteuid()) {
    return fail(ErrorCode::kInvalidConfig,
                path + " must be the agent's own, and closed to writing by others");
  }
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed(path, "cannot be locked");
    return fail(ErrorCode::kUnavailable, path + " is in use by another seine-dive-agent");
  }
  return StateFolder(path, std::move(folder));
}

bool StateFolder::has_joined(const std::string& cluster) const {
  const auto text = read_file(joined_path(), kMaxJoined);
  return text && *text == cluster + "\n";
}

Result<void> StateFolder::remember_joined(const std::string& cluster) const {
  return replace_file(joined_path(), cluster + "\n", kPrivate);
}

void StateFolder::forget_joined() const {
  ::unlink(joined_path().c_str());
}

}  // namespace seine::dive
