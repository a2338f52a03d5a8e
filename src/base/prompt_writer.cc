// SPDX-License-Identifier: Apache-2.0
#include "base/prompt_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace seine {

PromptWriter::PromptWriter(int fd) : fd_(fd), kind_(Kind::kOther) {
  struct stat facts{};
  if (fstat(fd, &facts) != 0) return;
  if (S_ISREG(facts.st_mode)) kind_ = Kind::kFile;
  if (S_ISSOCK(facts.st_mode)) kind_ = Kind::kSocket;
  if (!S_ISFIFO(facts.st_mode)) return;
  // Before Linux 6.4 a pipe knows no RWF_NOWAIT. It may be another user's, and refuse to be opened.
  own_ = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

PromptWriter::~PromptWriter() {
  if (own_ >= 0) close(own_);
}

ssize_t PromptWriter::write(std::string_view data) const {
  if (kind_ == Kind::kFile) return ::write(fd_, data.data(), data.size());
  if (kind_ == Kind::kSocket) {
    return send(fd_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (own_ >= 0) return ::write(own_, data.data(), data.size());
  pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (fd_ >= 0 && poll(&ready, 1, 0) == 0) {
    errno = EAGAIN;
    return -1;
  }
  // Somebody else may fill it between the question and the write.
  const iovec one{.iov_base = const_cast<char*>(data.data()), .iov_len = data.size()};
  const ssize_t written = pwritev2(fd_, &one, 1, -1, RWF_NOWAIT);
  if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
  // A terminal, or a kernel that cannot be told.
  return ::write(fd_, data.data(), data.size());
}

}  // namespace seine
