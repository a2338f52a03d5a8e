// SPDX-License-Identifier: Apache-2.0
// Between the kernel's sockaddr and the value SocketAddr.
#pragma once

#include <sys/socket.h>

#include "base/net.h"
#include "base/result.h"

namespace seine::runtime {

// Returns the length to pass beside it.
socklen_t to_sockaddr(const SocketAddr& addr, sockaddr_storage& out);
// IPv4-mapped IPv6 becomes IPv4. Error kInvalidArgument for other families.
Result<SocketAddr> from_sockaddr(const sockaddr_storage& in);

}  // namespace seine::runtime
