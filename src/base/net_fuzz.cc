// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "base/net.h"

// Whatever parses must print to a form that parses to the same value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto ip = seine::IpAddress::parse(text)) {
    SEINE_CHECK(seine::IpAddress::parse(ip->to_string()) == *ip, "an address survives printing");
  }
  if (const auto addr = seine::SocketAddr::parse(text)) {
    SEINE_CHECK(seine::SocketAddr::parse(addr->to_string()) == *addr, "a socket address survives");
  }
  if (const auto net = seine::IpNet::parse(text)) {
    SEINE_CHECK(seine::IpNet::parse(net->to_string()) == *net, "a network survives printing");
    SEINE_CHECK(net->contains(net->address()), "a network contains its own address");
  }
  return 0;
}
