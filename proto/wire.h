// SPDX-License-Identifier: Apache-2.0
// Protocol-buffer bytes written by hand, for tests: what the other side of a contract sees, made
// without the generated code that is under test.
#pragma once

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace seine::wire {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string number(std::uint32_t field, std::uint64_t value) {
  return varint(field << 3 | 0) + varint(value);
}
// A string, bytes or nested message.
inline std::string part(std::uint32_t field, const std::string& content) {
  return varint(field << 3 | 2) + varint(content.size()) + content;
}
// One of the two map entries a single-pair map field becomes.
inline std::string pair(std::uint32_t field, const std::string& key, const std::string& value) {
  return part(field, part(1, key) + part(2, value));
}
inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
inline std::string fixed32(std::uint32_t field, std::uint32_t value) {
  return varint(field << 3 | 5) + little_endian(value, 4);
}
inline std::string fixed64(std::uint32_t field, std::uint64_t value) {
  return varint(field << 3 | 1) + little_endian(value, 8);
}

// Whether every field of `bytes` is known at the top level, and written back unchanged. The lite
// runtime hides unknown fields but writes them last, in the order they came: a stranger put in
// front of `bytes` ends up right behind them only if it is the only one.
template <class Message>
testing::AssertionResult carries(const std::string& bytes) {
  const std::string stranger = number(1000, 1);
  Message message;
  if (!message.ParseFromString(stranger + bytes)) {
    return testing::AssertionFailure() << "does not parse";
  }
  if (message.SerializeAsString() != bytes + stranger) {
    return testing::AssertionFailure() << "a field is unknown or changed";
  }
  return testing::AssertionSuccess();
}

inline std::string duration(std::uint64_t seconds) {
  return number(1, seconds);
}
inline std::string four(std::uint32_t value) {
  return fixed32(1, value);
}
inline std::string tcp() {
  return part(1, four(0x0a000001)) + number(2, 80);
}
inline std::string resource() {
  return part(2, part(1, "core") + part(2, "Service") + part(3, "web") + part(4, "shop") +
                     part(5, "http") + number(6, 80));
}

inline std::string weighted_addr() {
  return part(1, tcp()) + number(3, 10000) + pair(4, "pod", "web-1") +
         part(5, part(1, part(1, "id")) + part(4, part(1, "sni"))) +
         part(6, part(1, "") + part(2, number(1, 4143))) + part(7, part(1, "web:80")) +
         part(8, part(1, number(1, 1) + number(2, 2) + number(3, 1)) +
                     part(2, part(1, duration(1)) + part(2, duration(2)) + number(3, 1)) +
                     part(3, number(1, 1) + number(2, 2) + number(3, 3))) +
         part(9, resource());
}

}  // namespace seine::wire
