// SPDX-License-Identifier: Apache-2.0
// IP addresses, socket addresses and CIDR networks as plain values: no system call, no resolver.
// Bytes are kept in network order, so the runtime copies them into a sockaddr as they stand.
// Every parser refuses with kInvalidArgument and a sentence naming the text it was given.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine {

// An IPv4 or IPv6 address, without a zone. The default is 0.0.0.0.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  static constexpr IpAddress v4(std::array<std::uint8_t, 4> bytes) {
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i) address.bytes_[i] = bytes[i];
    return address;
  }
  // 0x7f000001 is 127.0.0.1.
  static constexpr IpAddress v4(std::uint32_t value) {
    return v4(std::array<std::uint8_t, 4>{
        static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
        static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
  }
  static constexpr IpAddress v6(std::array<std::uint8_t, 16> bytes) {
    IpAddress address;
    address.family_ = Family::kV6;
    address.bytes_ = bytes;
    return address;
  }
  // "10.0.0.1" or "2001:db8::1"; brackets, zones and ports are refused.
  static Result<IpAddress> parse(std::string_view text);

  constexpr bool is_v4() const { return family_ == Family::kV4; }
  constexpr bool is_v6() const { return family_ == Family::kV6; }
  // 4 or 16 bytes in network order.
  constexpr std::span<const std::uint8_t> bytes() const {
    return std::span(bytes_).first(is_v4() ? 4 : 16);
  }
  // The numeric value of an IPv4 address; only the first four bytes of an IPv6 one.
  constexpr std::uint32_t v4_value() const {
    return std::uint32_t{bytes_[0]} << 24 | std::uint32_t{bytes_[1]} << 16 |
           std::uint32_t{bytes_[2]} << 8 | std::uint32_t{bytes_[3]};
  }
  constexpr int width() const { return is_v4() ? 32 : 128; }

  // 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6.
  bool is_loopback() const;
  bool is_unspecified() const;
  bool is_v4_mapped() const;
  // ::ffff:a.b.c.d as a.b.c.d, anything else unchanged: what accept(2) on a dual-stack listener
  // reports for an IPv4 peer.
  IpAddress unmapped() const;
  std::string to_string() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  enum class Family : std::uint8_t { kV4, kV6 };
  Family family_ = Family::kV4;
  std::array<std::uint8_t, 16> bytes_{};
};

// Where a TCP peer is. Port 0 means "any" to a listener.
struct SocketAddr {
  IpAddress ip;
  std::uint16_t port = 0;

  // "10.0.0.1:80" or "[::1]:80".
  static Result<SocketAddr> parse(std::string_view text);
  std::string to_string() const;
  friend constexpr auto operator<=>(const SocketAddr&, const SocketAddr&) = default;
};

// A CIDR network; host bits are cleared, so equal networks compare equal.
class IpNet {
 public:
  constexpr IpNet() = default;  // 0.0.0.0/32
  // Error kInvalidArgument if the prefix is longer than the address.
  static Result<IpNet> make(IpAddress address, unsigned prefix);
  // "10.0.0.0/8", "fd00::/8"; an address alone is the network of just that host.
  static Result<IpNet> parse(std::string_view text);

  const IpAddress& address() const { return address_; }
  unsigned prefix() const { return prefix_; }
  // False across families: an IPv4 address is in no IPv6 network.
  bool contains(const IpAddress& ip) const;
  // Whether every address of `other` is in this network.
  bool contains(const IpNet& other) const;
  std::string to_string() const;

  friend constexpr auto operator<=>(const IpNet&, const IpNet&) = default;

 private:
  IpNet(IpAddress address, unsigned prefix) : address_(address), prefix_(prefix) {}

  IpAddress address_;
  unsigned prefix_ = 32;
};

// Decimal digits only, 0 to 65535: no sign, no space, at most five digits.
Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace seine

template <>
struct std::hash<seine::IpAddress> {
  std::size_t operator()(const seine::IpAddress& ip) const noexcept;
};
template <>
struct std::hash<seine::SocketAddr> {
  std::size_t operator()(const seine::SocketAddr& addr) const noexcept {
    return std::hash<seine::IpAddress>()(addr.ip) * 0x9E3779B97F4A7C15ULL + addr.port;
  }
};
