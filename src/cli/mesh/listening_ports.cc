// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/listening_ports.h"

#include <algorithm>
#include <charconv>

namespace seine::cli {
namespace {

constexpr std::string_view kListen = "0A";

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

// "  0: 0100007F:1F90 00000000:0000 0A ...": a number, the local and the remote end, the state.
void add_listening_ports(std::string_view table, std::set<std::uint16_t>& ports) {
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    next_word(line);
    const std::string_view local = next_word(line);
    next_word(line);
    if (next_word(line) != kListen) continue;
    const auto colon = local.rfind(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view hex = local.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(hex.data(), hex.data() + hex.size(), port, 16);
    if (failed == std::errc() && end == hex.data() + hex.size()) ports.insert(port);
  }
}

}  // namespace seine::cli
