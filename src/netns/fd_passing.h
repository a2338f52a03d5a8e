// SPDX-License-Identifier: Apache-2.0
// Descriptors across processes, over a connected unix stream socket, and who is at its other end.
//
// One message is one send: a line or a small record with the descriptors that belong to it. Any
// thread; blocking sockets block, within the time the caller set on them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::netns {

// The kernel's own limit is 253 (SCM_MAX_FD); nothing of ours needs more than a few.
inline constexpr std::size_t kMaxPassedDescriptors = 8;
inline constexpr std::size_t kMaxPassedBytes = 4096;

struct PassedMessage {
  std::string text;
  std::vector<Descriptor> descriptors;  // close-on-exec
};

// `text` has 1 to kMaxPassedBytes bytes: a stream carries no descriptor without a byte.
Result<void> send_descriptors(int socket, std::string_view text, const std::vector<int>& fds);

// What one send_descriptors() sent. Error kEof: the other end is gone. Error kLimit: it sent more
// than the limits allow; what came of it is closed.
Result<PassedMessage> receive_descriptors(int socket);

// Who made the connection, as of connect(2) or socketpair(2): the kernel vouches for it. The pid is
// that of our pid namespace, 0 if the peer is outside of it.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};
Result<PeerCredentials> peer_credentials(int socket);

// Whether a user may do what is the owner's: the owner and root. The overflow user may not, even as
// the owner: in a user namespace it stands for every user without a number there.
bool may_administer(uid_t caller, uid_t owner);

}  // namespace seine::netns
