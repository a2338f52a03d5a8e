// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/descriptor.h"

namespace seine {
namespace {

std::unexpected<Error> failed(const std::string& path, const char* what) {
  return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be " + what);
}

// False with errno set where the disk refuses.
bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

// So that the name of a file survives a crash too.
Result<void> sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return failed(folder, "written");
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed(path, "opened");
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failed(path, "looked at");
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kInvalidConfig, path + " is not a regular file");
  }
  std::string content;
  char piece[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "read");
    if (got == 0) return content;
    content.append(piece, static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return fail(ErrorCode::kLimit, path + " is over " + std::to_string(limit) + " bytes");
    }
  }
}

Result<void> create_file(const std::string& path, std::string_view content, unsigned mode) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return failed(path, "created");
  const bool written = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), content) &&
                       // Unlike rename, link never replaces what another process made meanwhile.
                       ::link(temporary.c_str(), path.c_str()) == 0;
  const int error = written ? 0 : errno;
  ::unlink(temporary.c_str());
  if (!written) return fail_errno(ErrorCode::kInvalidConfig, error, path + " cannot be created");
  return sync_folder_of(path);
}

Result<void> replace_file(const std::string& path, std::string_view content, unsigned mode) {
  // A fixed name: what a crash leaves behind is overwritten by the next writing.
  const std::string temporary = path + ".tmp";
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor file(::open(temporary.c_str(), kFlags, mode));
  if (file.get() < 0) return failed(path, "written");
  const bool written = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), content) &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return fail_errno(ErrorCode::kInvalidConfig, error, path + " cannot be written");
  }
  return sync_folder_of(path);
}

}  // namespace seine
