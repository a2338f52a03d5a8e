// SPDX-License-Identifier: Apache-2.0
#include "control/registry/address_pool.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seine::control {
namespace {

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, "\"" + std::string(text) + "\" " + std::string(why));
}

// `net`'s address with `offset` in its last 32 bits; they are zero in every range we take.
IpAddress add(const IpNet& net, std::uint32_t offset) {
  if (net.address().is_v4()) return IpAddress::v4(net.address().v4_value() + offset);
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(net.address().bytes(), bytes.begin());
  for (int i = 0; i < 4; ++i) {
    bytes[15 - i] = static_cast<std::uint8_t>(bytes[15 - i] | offset >> (8 * i));
  }
  return IpAddress::v6(bytes);
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view text) {
  std::vector<IpNet> networks;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const auto net = IpNet::parse(rest.substr(0, comma));
    if (!net) return refuse(text, "is no range: " + net.error().message);
    networks.push_back(*net);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  const bool shaped = !networks.empty() && networks.size() <= 2 && networks[0].address().is_v4() &&
                      (networks.size() == 1 || networks[1].address().is_v6());
  if (!shaped) return refuse(text, "must be an IPv4 network, or one and an IPv6 network");
  const unsigned prefix = networks[0].prefix();
  if (prefix < kShortestPrefix || prefix > kLongestPrefix) {
    return refuse(text, "must have an IPv4 prefix from /8 to /28");
  }
  if (networks.size() == 2 && 128 - networks[1].prefix() < 32 - prefix) {
    return refuse(text, "has fewer IPv6 than IPv4 addresses; give IPv6 a shorter prefix");
  }
  return AddressRange(std::move(networks));
}

bool AddressRange::overlaps(const AddressRange& other) const {
  return std::ranges::any_of(networks_, [&](const IpNet& mine) {
    return std::ranges::any_of(other.networks_, [&](const IpNet& theirs) {
      return mine.contains(theirs) || theirs.contains(mine);
    });
  });
}

std::uint32_t AddressRange::last() const {
  return (std::uint32_t{1} << (32 - networks_[0].prefix())) - 2;
}

std::vector<IpAddress> AddressRange::at(std::uint32_t offset) const {
  std::vector<IpAddress> ips;
  ips.reserve(networks_.size());
  for (const IpNet& net : networks_) ips.push_back(add(net, offset));
  return ips;
}

std::optional<std::uint32_t> AddressRange::offset_of(const IpAddress& ip) const {
  for (const IpNet& net : networks_) {
    if (!net.contains(ip)) continue;
    const std::span<const std::uint8_t> tail = ip.bytes().last(4);
    const std::uint32_t low = std::uint32_t{tail[0]} << 24 | std::uint32_t{tail[1]} << 16 |
                              std::uint32_t{tail[2]} << 8 | std::uint32_t{tail[3]};
    const std::uint32_t base = ip.is_v4() ? net.address().v4_value() : 0;
    const std::uint32_t offset = low - base;
    if (offset >= first() && offset <= last() && add(net, offset) == ip) return offset;
  }
  return std::nullopt;
}

bool AddressRange::contains(const IpAddress& ip) const {
  return std::ranges::any_of(networks_, [&](const IpNet& net) { return net.contains(ip); });
}

std::string AddressRange::to_string() const {
  std::string text;
  for (const IpNet& net : networks_) text += (text.empty() ? "" : ",") + net.to_string();
  return text;
}

void AddressPool::forget_rested(Duration now) {
  std::erase_if(resting_, [now](const auto& entry) { return entry.second.until <= now; });
}

std::optional<std::uint32_t> AddressPool::take(std::uint32_t from, Duration now) {
  forget_rested(now);
  if (from < range_.first() || from > range_.last()) from = range_.first();
  std::uint32_t offset = from;
  do {
    if (!resting_.contains(offset) && taken_.insert(offset).second) return offset;
    offset = offset == range_.last() ? range_.first() : offset + 1;
  } while (offset != from);
  return std::nullopt;
}

bool AddressPool::claim(std::uint32_t offset, std::string_view owner, Duration now) {
  if (offset < range_.first() || offset > range_.last()) return false;
  forget_rested(now);
  const auto resting = resting_.find(offset);
  if (resting != resting_.end() && resting->second.owner != owner) return false;
  if (!taken_.insert(offset).second) return false;
  resting_.erase(offset);
  return true;
}

void AddressPool::release(std::uint32_t offset, std::string owner, Duration now) {
  if (taken_.erase(offset) > 0)
    resting_[offset] = {.until = now + rest_, .owner = std::move(owner)};
}

std::map<std::uint32_t, std::string> AddressPool::resting(Duration now) const {
  std::map<std::uint32_t, std::string> out;
  for (const auto& [offset, entry] : resting_) {
    if (entry.until > now) out.emplace(offset, entry.owner);
  }
  return out;
}

}  // namespace seine::control
