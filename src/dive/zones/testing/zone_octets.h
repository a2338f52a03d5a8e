// SPDX-License-Identifier: Apache-2.0
// Files of time zones for tests, as RFC 8536 draws them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seine::dive {

struct ZoneOctets {
  struct Change {
    std::int64_t at;
    std::uint8_t type;
  };
  std::vector<std::int32_t> offsets = {0};
  std::vector<Change> changes;
  std::string rule;
  char version = '2';

  std::string to_string() const {
    std::string out = header(0, 1) + std::string(6, '\0');
    out += header(changes.size(), offsets.size());
    for (const Change& change : changes) out += big_endian(change.at, 8);
    for (const Change& change : changes) out += static_cast<char>(change.type);
    for (const std::int32_t offset : offsets) out += big_endian(offset, 4) + std::string(2, '\0');
    return out + "\n" + rule + "\n";
  }

 private:
  static std::string big_endian(std::int64_t value, int size) {
    std::string out;
    for (int i = size - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xff);
    return out;
  }

  std::string header(std::size_t change_count, std::size_t offset_count) const {
    std::string out = std::string("TZif") + version + std::string(15 + 12, '\0');
    out += big_endian(static_cast<std::int64_t>(change_count), 4);
    out += big_endian(static_cast<std::int64_t>(offset_count), 4);
    return out + big_endian(0, 4);
  }
};

}  // namespace seine::dive
