// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/dns_dialer.h"

#include <utility>

#include "dive/agent/agent_limits.h"
#include "runtime/socket.h"

namespace seine::dive {

runtime::Task<Result<std::unique_ptr<runtime::Stream>>> DnsDialer::dial() {
  const auto found = co_await resolver_.resolve(host_, port_);
  if (!found) co_return fail(found.error());
  Error error = make_error(ErrorCode::kUnavailable, host_ + " has no address");
  for (const SocketAddr& addr : found->addrs) {
    auto socket =
        co_await runtime::connect_tcp(loop_, addr, {.keepalive = kKeepalive, .user_timeout = {}});
    if (socket) co_return std::unique_ptr<runtime::Stream>(*std::move(socket));
    error = std::move(socket.error());
  }
  co_return fail(std::move(error));
}

}  // namespace seine::dive
