// SPDX-License-Identifier: Apache-2.0
// Blocking sockets inside namespaces, for tests that ask what a connection really meets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/net.h"
#include "netns/namespace.h"

namespace seine::netns::testing {

// Who a socket belongs to, besides the process.
struct Owner {
  std::uint32_t mark = 0;
  uid_t uid = 0;  // 0: as we are
};

// How long a test waits for what must come, and for what must not.
inline constexpr int kPatience = 20'000;
inline constexpr int kShortSilence = 300;

// What a connection to `to` meets: what the other side said until it closed, or "ECONNREFUSED" and
// the like. "silence" if nothing comes within `patience` milliseconds.
std::string dial(const NetworkNamespace& from, std::string_view to, Owner owner = {},
                 int patience = kPatience);
// What a datagram meets: "ok" as soon as an answer comes, the error otherwise, or "silence".
std::string ask_udp(const NetworkNamespace& from, std::string_view to);

// Accepts on one address inside and says to everybody "NAME ORIGINAL-DESTINATION", then closes.
class Greeter {
 public:
  Greeter(const NetworkNamespace& inside, std::string_view at, std::string name, Owner owner = {});
  ~Greeter();
  Greeter(const Greeter&) = delete;
  Greeter& operator=(const Greeter&) = delete;

  // What the kernel chose, for port 0.
  std::uint16_t port() const;

 private:
  void serve();

  std::string name_;
  Descriptor listener_;
  Descriptor stop_read_;
  Descriptor stop_write_;
  std::thread thread_;
};

// Answers each datagram with itself.
class UdpEcho {
 public:
  UdpEcho(const NetworkNamespace& inside, std::string_view at);
  ~UdpEcho();
  UdpEcho(const UdpEcho&) = delete;
  UdpEcho& operator=(const UdpEcho&) = delete;

 private:
  Descriptor socket_;
  Descriptor stop_read_;
  Descriptor stop_write_;
  std::thread thread_;
};

}  // namespace seine::netns::testing
