// SPDX-License-Identifier: Apache-2.0
// Which TCP ports somebody listens on inside a network namespace. The kernel is asked for listeners
// alone (sock_diag(7)), so the answer costs nothing more where there are thousands of connections.
// A kernel without inet_diag has no such question; there the tables of /proc are read, which list
// every connection.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "netns/namespace.h"
#include "netns/netlink.h"

namespace seine::netns {

// One thread at a time, whichever that is.
class ListeningPorts {
 public:
  static Result<ListeningPorts> open(const NetworkNamespace& inside);
  // Reads the tables even where the kernel could be asked.
  static Result<ListeningPorts> open_tables(const NetworkNamespace& inside);

  // As of now, both families. What cannot be read is left out.
  std::set<std::uint16_t> read();

 private:
  using Tables = std::array<Descriptor, 2>;
  ListeningPorts(std::optional<Netlink> kernel, Tables tables)
      : kernel_(std::move(kernel)), tables_(std::move(tables)) {}

  std::optional<Netlink> kernel_;  // nothing: it cannot be asked
  Tables tables_;                  // tcp, tcp6
};

// Adds those of one table in the form of /proc/PID/net/tcp; lines that are not in it are passed
// over.
void add_listening_ports(std::string_view table, std::set<std::uint16_t>& ports);

}  // namespace seine::netns
