// SPDX-License-Identifier: Apache-2.0
// Which TCP ports somebody listens on, from the kernel's tables.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

namespace seine::cli {

// Adds those of one table, /proc/PID/net/tcp or tcp6; lines that are not in its form are passed
// over.
void add_listening_ports(std::string_view table, std::set<std::uint16_t>& ports);

}  // namespace seine::cli
