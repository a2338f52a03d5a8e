// SPDX-License-Identifier: Apache-2.0
// Requests to the kernel's netlink, that of routing or another, one at a time, answered before the
// call returns. The socket belongs to the namespace it was opened in, whichever thread uses it.
//
//   Result<Netlink> netlink = Netlink::open(hub);
//   NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
//   request.header<ifinfomsg>();
//   request.put(IFLA_IFNAME, "mesh0");
//   Result<void> made = netlink->ask(request, "make the bridge mesh0");
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/descriptor.h"
#include "base/net.h"
#include "base/result.h"
#include "netns/namespace.h"

namespace seine::netns {

// A request under construction: a fixed buffer, CHECKed, since every request of ours is short.
class NetlinkRequest {
 public:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags);

  // The fixed part, zeroed; before any attribute.
  template <class Header>
  Header& header() {
    return *static_cast<Header*>(mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  void put(std::uint16_t type, std::uint32_t value);
  void put_byte(std::uint16_t type, std::uint8_t value);
  void put(std::uint16_t type, std::string_view text);
  void put(std::uint16_t type, const IpAddress& address);
  nlattr* open_nest(std::uint16_t type) { return mnl_attr_nest_start(message_, type); }
  void close_nest(nlattr* nest) { mnl_attr_nest_end(message_, nest); }
  // A fixed header within an attribute, as VETH_INFO_PEER has.
  template <class Header>
  void put_nested_header() {
    mnl_nlmsg_put_extra_header(message_, sizeof(Header));
  }

  nlmsghdr& message() { return *message_; }

 private:
  alignas(nlmsghdr) std::array<char, 2048> buffer_;
  nlmsghdr* message_;
};

class Netlink {
 public:
  // In the namespace of the calling thread.
  static Result<Netlink> open(int protocol = NETLINK_ROUTE);
  static Result<Netlink> open(const NetworkNamespace& inside, int protocol = NETLINK_ROUTE);

  // `what` completes "cannot ..."; the error carries the errno and what the kernel said to it.
  Result<void> ask(NetlinkRequest& request, std::string_view what);
  // The same, for a question with answers: all of a dump, or one. A dump that changed while it was
  // read is read again.
  using OnAnswer = std::function<void(const nlmsghdr& answer)>;
  Result<void> ask_for(NetlinkRequest& request, std::string_view what, const OnAnswer& on_answer);

 private:
  enum class Outcome : std::uint8_t { kDone, kChanged };
  explicit Netlink(Descriptor socket) : socket_(std::move(socket)) {}
  Result<void> send(NetlinkRequest& request, std::string_view what);
  Result<Outcome> receive(std::string_view what, const OnAnswer& on_answer);

  Descriptor socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace seine::netns
