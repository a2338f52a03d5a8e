// SPDX-License-Identifier: Apache-2.0
#include "netns/address_range.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seine::netns {

namespace {

constexpr unsigned kWidestRange = 8;
constexpr unsigned kNarrowestRange = 24;

// 100.64.0.0/10 is meant for networks like ours and belongs to Linkerd's default cluster networks;
// the rest are corners of the private ranges that few use.
constexpr std::array<std::string_view, 6> kRanges = {"100.96.0.0/15", "100.112.0.0/15",
                                                     "100.80.0.0/15", "10.214.0.0/15",
                                                     "172.30.0.0/15", "10.86.0.0/15"};
constexpr std::string_view kRangeV6 = "fd00:5e1e::/64";

std::uint64_t size_of(const IpNet& range) {
  const int host_bits = range.address().width() - static_cast<int>(range.prefix());
  return host_bits >= 63 ? UINT64_C(1) << 63 : UINT64_C(1) << host_bits;
}

bool names_a_network(const Route& route) {
  return route.to.prefix() > 0 && route.kind != Route::Kind::kOther;
}

}  // namespace

bool overlap(const IpNet& one, const IpNet& other) {
  return one.contains(other) || other.contains(one);
}

Result<IpAddress> nth_address(const IpNet& range, std::uint64_t index) {
  if (index >= size_of(range)) {
    return fail(ErrorCode::kLimit, range.to_string() + " has no more addresses");
  }
  if (range.address().is_v4()) {
    return IpAddress::v4(range.address().v4_value() + static_cast<std::uint32_t>(index));
  }
  std::array<std::uint8_t, 16> bytes;
  std::ranges::copy(range.address().bytes(), bytes.begin());
  // The host part of a network is zero, so nothing carries.
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[15 - i] = static_cast<std::uint8_t>(bytes[15 - i] | index >> (8 * i));
  }
  return IpAddress::v6(bytes);
}

Result<void> check_against_host(const IpNet& range, std::span<const Route> host) {
  for (const Route& route : host) {
    if (!names_a_network(route) || !overlap(range, route.to)) continue;
    return fail(ErrorCode::kInvalidConfig, "the range " + range.to_string() +
                                               " overlaps this machine's route to " +
                                               route.to.to_string() + "; choose another range");
  }
  return {};
}

Result<AddressPlan> split_range(const IpNet& range, std::optional<IpNet> pods_v6) {
  if (!range.address().is_v4() || range.prefix() < kWidestRange ||
      range.prefix() > kNarrowestRange) {
    return fail(ErrorCode::kInvalidConfig,
                "the range " + range.to_string() + " is not an IPv4 network between /8 and /24");
  }
  if (pods_v6 && (pods_v6->address().is_v4() || pods_v6->prefix() > 64)) {
    return fail(ErrorCode::kInvalidConfig,
                "the range " + pods_v6->to_string() + " is not an IPv6 network of /64 or wider");
  }
  const unsigned half = range.prefix() + 1;
  const IpAddress middle = IpAddress::v4(range.address().v4_value() + (UINT32_C(1) << (32 - half)));
  return AddressPlan{.pods = IpNet::make(range.address(), half).value(),
                     .services = IpNet::make(middle, half).value(),
                     .pods_v6 = pods_v6};
}

Result<AddressPlan> choose_plan(std::span<const Route> host) {
  std::optional<IpNet> v6 = IpNet::parse(kRangeV6).value();
  if (!check_against_host(*v6, host)) v6.reset();
  for (const std::string_view text : kRanges) {
    const IpNet range = IpNet::parse(text).value();
    if (check_against_host(range, host)) return split_range(range, v6);
  }
  return fail(ErrorCode::kInvalidConfig,
              "this machine has routes into each of our default ranges; name a free IPv4 range");
}

Result<IpAddress> paired_v6(const AddressPlan& plan, const IpAddress& ip) {
  if (!plan.pods_v6 || !plan.pods.contains(ip)) {
    return fail(ErrorCode::kInvalidArgument, ip.to_string() + " has no IPv6 address beside it");
  }
  return nth_address(*plan.pods_v6, ip.v4_value() - plan.pods.address().v4_value());
}

}  // namespace seine::netns
