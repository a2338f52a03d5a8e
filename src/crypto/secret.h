// SPDX-License-Identifier: Apache-2.0
// Octets that are wiped when they die: private keys on their way in or out. Move only; moving hands
// over the one buffer, so no copy stays behind. Never logged.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace seine::crypto {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view octets) : octets_(octets.begin(), octets.end()) {}
  Secret(Secret&& other) noexcept : octets_(std::exchange(other.octets_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      octets_ = std::exchange(other.octets_, {});
    }
    return *this;
  }
  ~Secret() { wipe(); }

  std::string_view view() const { return {octets_.data(), octets_.size()}; }
  // Room for `octets` in all. append() grows by it alone: growth would leave a copy in freed
  // memory.
  void reserve(std::size_t octets);
  void append(char octet);

 private:
  void wipe();

  std::vector<char> octets_;
};

}  // namespace seine::crypto
