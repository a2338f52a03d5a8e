// SPDX-License-Identifier: Apache-2.0
#include "netns/address_wait.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "netns/links.h"
#include "netns/netlink.h"

namespace seine::netns {

namespace {

// Hears of every change to links and IPv6 addresses and routes.
Result<Descriptor> subscribe(const NetworkNamespace& inside) {
  return inside.run([]() -> Result<Descriptor> {
    Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
    if (!socket || bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      return fail_errno(ErrorCode::kInternal, errno, "cannot listen to changes of the network");
    }
    return socket;
  });
}

}  // namespace

Result<void> wait_for_address(const NetworkNamespace& inside, const IpAddress& ip, Duration limit) {
  const Result<Descriptor> changes = subscribe(inside);
  if (!changes) return fail(changes.error());
  Result<Netlink> netlink = Netlink::open(inside);
  if (!netlink) return fail(netlink.error());
  const TimePoint end = SystemClock().now() + limit;
  for (;;) {
    if (const Result<bool> own = is_own_address(*netlink, ip); own && *own) return {};
    const Duration left = end - SystemClock().now();
    if (left <= Duration::zero()) {
      return fail(ErrorCode::kTimeout, "the address " + ip.to_string() + " does not come up: " +
                                           format_duration(limit) + " have passed");
    }
    pollfd one{.fd = changes->get(), .events = POLLIN, .revents = 0};
    poll(&one, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    std::array<char, 8192> drained;
    while (recv(changes->get(), drained.data(), drained.size(), 0) > 0) {
    }
  }
}

}  // namespace seine::netns
