// SPDX-License-Identifier: Apache-2.0
// Integers and octets packed for a column or a file: seven bits an octet, the lowest first, the top
// bit set on all but the last. Reading never goes past the end: what is not there makes it fail,
// and everything after that reads as 0. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sql/value.h"

namespace seine::dive {

class PackedWriter {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<std::byte>(value | 0x80));
    out_.push_back(static_cast<std::byte>(value));
  }
  void octets(std::span<const std::byte> value) {
    number(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void text(std::string_view value) { octets(std::as_bytes(std::span(value))); }

  std::size_t size() const { return out_.size(); }
  sql::Blob take() { return std::move(out_); }

 private:
  sql::Blob out_;
};

class PackedReader {
 public:
  explicit PackedReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  // Fails over 64 bits.
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto octet = static_cast<std::uint64_t>(rest_.front());
      rest_ = rest_.subspan(1);
      if (shift == 63 && octet > 1) break;
      value |= (octet & 0x7f) << shift;
      if (octet < 0x80) return value;
    }
    return fail();
  }
  // Fails over `limit`.
  std::uint64_t number_up_to(std::uint64_t limit) {
    const std::uint64_t value = number();
    return value <= limit ? value : fail();
  }
  std::span<const std::byte> octets() {
    // Read first: the number itself is part of what is there before.
    const std::uint64_t told = number();
    const std::uint64_t size = told <= rest_.size() ? told : fail();
    const auto value = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(value.size());
    return value;
  }
  std::string_view text() {
    const auto value = octets();
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  // All of it was read, and it was what it had to be.
  bool done() const { return !failed_ && rest_.empty(); }
  std::uint64_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

 private:
  std::span<const std::byte> rest_;
  bool failed_ = false;
};

}  // namespace seine::dive
