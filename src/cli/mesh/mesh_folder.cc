// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/mesh_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace seine::cli {
namespace {

Result<void> make_folder(const std::string& path) {
  // Those above it are ordinary folders, as mkdir -p makes them.
  std::error_code failed;
  const auto parent = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(parent, failed);
  if (failed) {
    return fail_errno(ErrorCode::kInvalidConfig, failed.value(),
                      parent.string() + " cannot be made; choose another folder with --dir");
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno,
                      path + " cannot be made; choose another folder with --dir");
  }
  return {};
}

std::string pid_in(int fd) {
  std::array<char, 16> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<void> check_state_folder(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be looked at");
  }
  if (!S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::kInvalidConfig,
                path + " is not a folder; choose another one with --dir");
  }
  if (found.st_uid != ::geteuid()) {
    return fail(ErrorCode::kInvalidConfig,
                path + " belongs to another user; choose another folder with --dir");
  }
  if ((found.st_mode & 077) != 0) {
    return fail(ErrorCode::kInvalidConfig,
                path + " is open to others, and holds keys: chmod 700 " + path);
  }
  if (::access(path.c_str(), W_OK) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno,
                      path + " cannot be written; choose another folder with --dir");
  }
  return {};
}

Error no_mesh(const MeshFolder& folder) {
  return make_error(ErrorCode::kUnavailable, "no mesh runs in " + folder.path +
                                                 "; start one with `seine up`, or name its folder "
                                                 "with --dir");
}

Result<MeshLock> MeshLock::take(const MeshFolder& folder) {
  for (const std::string& path : {folder.path, folder.state(), folder.pods(), folder.ledgers()}) {
    auto made = make_folder(path);
    if (made) made = check_state_folder(path);
    if (!made) return fail(std::move(made.error()));
  }
  Descriptor fd(::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder.lock() + " cannot be made");
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail_errno(ErrorCode::kInvalidConfig, errno, folder.lock() + " cannot be locked");
    }
    const std::string pid = pid_in(fd.get());
    return fail(ErrorCode::kUnavailable,
                "a mesh runs in " + folder.path + " already" +
                    (pid.empty() ? std::string() : " (pid " + pid + ")") +
                    "; start programs in it with `seine run`, or another one with --dir");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 ||
      ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder.lock() + " cannot be written");
  }
  return MeshLock(std::move(fd));
}

}  // namespace seine::cli
