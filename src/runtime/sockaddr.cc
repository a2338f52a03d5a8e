// SPDX-License-Identifier: Apache-2.0
#include "runtime/sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>

namespace seine::runtime {

socklen_t to_sockaddr(const SocketAddr& addr, sockaddr_storage& out) {
  memset(&out, 0, sizeof out);
  if (addr.ip.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(addr.port);
    in.sin_addr.s_addr = htonl(addr.ip.v4_value());
    memcpy(&out, &in, sizeof in);
    return sizeof in;
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(addr.port);
  memcpy(in.sin6_addr.s6_addr, addr.ip.bytes().data(), 16);
  memcpy(&out, &in, sizeof in);
  return sizeof in;
}

Result<SocketAddr> from_sockaddr(const sockaddr_storage& in) {
  if (in.ss_family == AF_INET) {
    sockaddr_in v4{};
    memcpy(&v4, &in, sizeof v4);
    return SocketAddr{IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (in.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    memcpy(&v6, &in, sizeof v6);
    std::array<std::uint8_t, 16> bytes;
    std::copy_n(v6.sin6_addr.s6_addr, 16, bytes.begin());
    return SocketAddr{IpAddress::v6(bytes).unmapped(), ntohs(v6.sin6_port)};
  }
  return fail(ErrorCode::kInvalidArgument, "the socket address is neither IPv4 nor IPv6");
}

ErrorCode serve_error_code(int err) {
  switch (err) {
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EACCES:
    case EPERM: return ErrorCode::kInvalidConfig;
    default: return ErrorCode::kUnavailable;
  }
}

}  // namespace seine::runtime
