// SPDX-License-Identifier: Apache-2.0
#include "netns/fd_passing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>

namespace seine::netns {

namespace {

// Aligned as the control messages in it need to be.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxPassedDescriptors)> bytes{};
};

// Owns every descriptor that came, so that a refused message leaves none behind.
std::vector<Descriptor> take_descriptors(msghdr& message) {
  std::vector<Descriptor> taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      taken.emplace_back(fd);
    }
  }
  return taken;
}

}  // namespace

Result<void> send_descriptors(int socket, std::string_view text, const std::vector<int>& fds) {
  if (text.empty() || text.size() > kMaxPassedBytes || fds.size() > kMaxPassedDescriptors) {
    return fail(ErrorCode::kLimit, "a message of " + std::to_string(text.size()) + " bytes and " +
                                       std::to_string(fds.size()) +
                                       " descriptors is outside the limits of one send");
  }
  ControlBuffer control;
  iovec piece{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail_errno(ErrorCode::kWrite, errno, "cannot pass descriptors");
  if (static_cast<std::size_t>(sent) != text.size()) {
    return fail(ErrorCode::kWrite, "the other process took only a part of a message");
  }
  return {};
}

Result<PassedMessage> receive_descriptors(int socket) {
  PassedMessage passed;
  passed.text.resize(kMaxPassedBytes);
  ControlBuffer control;
  iovec piece{passed.text.data(), passed.text.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  ssize_t got;
  do {
    got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return fail_errno(ErrorCode::kRead, errno, "cannot receive descriptors");
  passed.descriptors = take_descriptors(message);
  if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0) {
    return fail(ErrorCode::kLimit, "the other process passed more descriptors than " +
                                       std::to_string(kMaxPassedDescriptors));
  }
  if (got == 0) return fail(ErrorCode::kEof, "the other process closed the connection");
  passed.text.resize(static_cast<std::size_t>(got));
  return passed;
}

Result<PeerCredentials> peer_credentials(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot ask who is at the other end");
  }
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

bool may_administer(uid_t caller, uid_t owner) {
  constexpr uid_t kOverflowUser = 65534;
  return caller != kOverflowUser && (caller == 0 || caller == owner);
}

}  // namespace seine::netns
