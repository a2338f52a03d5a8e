// SPDX-License-Identifier: Apache-2.0
#include "base/net.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "fmt/format.h"

namespace seine {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::unexpected<Error> refuse(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not {}", text.substr(0, 64), expected));
}

// True if the first `bits` bits agree.
bool same_prefix(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
    return false;
  }
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  return ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};  // inet_pton wants a terminated string
  if (text.size() < buffer.size() && text.find('\0') == std::string_view::npos) {
    std::copy(text.begin(), text.end(), buffer.begin());
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, buffer.data(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (inet_pton(AF_INET6, buffer.data(), sixteen.data()) == 1) return v6(sixteen);
  }
  return refuse(text, "an IP address: expected a form such as 10.0.0.1 or 2001:db8::1");
}

bool IpAddress::is_v4_mapped() const {
  return is_v6() && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

IpAddress IpAddress::unmapped() const {
  if (!is_v4_mapped()) return *this;
  return v4({bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

bool IpAddress::is_loopback() const {
  const IpAddress plain = unmapped();
  if (plain.is_v4()) return plain.bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(bytes(), [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, ec] = std::from_chars(text.data(), end, port);
  if (text.empty() || text.size() > 5 || ec != std::errc() || rest != end) {
    return refuse(text, "a port: expected digits, 0 to 65535");
  }
  return port;
}

Result<SocketAddr> SocketAddr::parse(std::string_view text) {
  constexpr std::string_view kExpected =
      "a socket address: expected a form such as 10.0.0.1:80 or [::1]:80";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, kExpected);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const Result<IpAddress> ip = IpAddress::parse(host);
  const Result<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!ip || !port || ip->is_v6() != bracketed) return refuse(text, kExpected);
  return SocketAddr{*ip, *port};
}

std::string SocketAddr::to_string() const {
  return ip.is_v4() ? fmt::format("{}:{}", ip.to_string(), port)
                    : fmt::format("[{}]:{}", ip.to_string(), port);
}

Result<IpNet> IpNet::make(IpAddress address, unsigned prefix) {
  if (prefix > static_cast<unsigned>(address.width())) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("prefix /{} is longer than the {} bits of {}", prefix, address.width(),
                            address.to_string()));
  }
  std::array<std::uint8_t, 16> masked{};
  const std::span<const std::uint8_t> bytes = address.bytes();
  for (unsigned bit = 0; bit < prefix; bit += 8) {
    const unsigned kept = std::min(8U, prefix - bit);
    masked[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & (0xff00U >> kept));
  }
  const IpAddress network = address.is_v6()
                                ? IpAddress::v6(masked)
                                : IpAddress::v4({masked[0], masked[1], masked[2], masked[3]});
  return IpNet(network, prefix);
}

Result<IpNet> IpNet::parse(std::string_view text) {
  constexpr std::string_view kExpected =
      "a network: expected an address and a prefix length, such as 10.0.0.0/8 or fd00::/8";
  const std::size_t slash = text.find('/');
  const Result<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return refuse(text, kExpected);
  if (slash == std::string_view::npos)
    return IpNet(*address, static_cast<unsigned>(address->width()));
  const std::string_view digits = text.substr(slash + 1);
  const Result<std::uint16_t> prefix = parse_port(digits);
  if (!prefix || digits.size() > 3 || *prefix > address->width()) return refuse(text, kExpected);
  return make(*address, *prefix);
}

bool IpNet::contains(const IpAddress& ip) const {
  return ip.is_v4() == address_.is_v4() && same_prefix(ip.bytes(), address_.bytes(), prefix_);
}

bool IpNet::contains(const IpNet& other) const {
  return other.prefix_ >= prefix_ && contains(other.address_);
}

std::string IpNet::to_string() const {
  return fmt::format("{}/{}", address_.to_string(), prefix_);
}

}  // namespace seine

std::size_t std::hash<seine::IpAddress>::operator()(const seine::IpAddress& ip) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  const std::span<const std::uint8_t> bytes = ip.bytes();
  std::memcpy(&high, bytes.data(), ip.is_v4() ? 4 : 8);
  if (ip.is_v6()) std::memcpy(&low, bytes.data() + 8, 8);
  // splitmix64 finaliser: neighbouring addresses must land in unrelated buckets.
  std::uint64_t mixed = high * 0x9E3779B97F4A7C15ULL + low + static_cast<std::uint64_t>(ip.is_v6());
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}
