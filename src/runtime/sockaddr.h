// SPDX-License-Identifier: Apache-2.0
// Between the kernel's sockaddr and the value SocketAddr.
#pragma once

#include <sys/socket.h>

#include "base/error.h"
#include "base/net.h"
#include "base/result.h"

namespace seine::runtime {

// Returns the length to pass beside it.
socklen_t to_sockaddr(const SocketAddr& addr, sockaddr_storage& out);
// IPv4-mapped IPv6 becomes IPv4. Error kInvalidArgument for other families.
Result<SocketAddr> from_sockaddr(const sockaddr_storage& in);

// What it means that an address cannot be served: kInvalidConfig where it is not this process's to
// have (EADDRNOTAVAIL, EAFNOSUPPORT, EACCES, EPERM), else kUnavailable, such as a port in use,
// which may be free the next time.
ErrorCode serve_error_code(int err);

}  // namespace seine::runtime
