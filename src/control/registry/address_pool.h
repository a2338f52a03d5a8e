// SPDX-License-Identifier: Apache-2.0
// The addresses of one range and who has them. An address is known by its offset in the range, the
// same in IPv4 and IPv6. Offset 0 is the network's, 1 the hub's own, the last one IPv4's broadcast.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"

namespace seine::control {

class AddressRange {
 public:
  static constexpr unsigned kShortestPrefix = 8;  // of the IPv4 network
  static constexpr unsigned kLongestPrefix = 28;

  // "10.77.0.0/16,fd5e:1e00::/64", the second part optional. Error kInvalidConfig: not that, a
  // prefix out of bounds, an IPv6 network smaller than the IPv4 one.
  static Result<AddressRange> parse(std::string_view text);

  // One of each family, IPv4 first.
  const std::vector<IpNet>& networks() const { return networks_; }
  bool overlaps(const AddressRange& other) const;
  std::uint32_t first() const { return 2; }
  std::uint32_t last() const;
  std::vector<IpAddress> at(std::uint32_t offset) const;
  std::vector<IpAddress> hub() const { return at(1); }
  // Of an address that a pod or a service may have.
  std::optional<std::uint32_t> offset_of(const IpAddress& ip) const;
  bool contains(const IpAddress& ip) const;
  std::string to_string() const;
  friend bool operator==(const AddressRange&, const AddressRange&) = default;

 private:
  explicit AddressRange(std::vector<IpNet> networks) : networks_(std::move(networks)) {}

  std::vector<IpNet> networks_;
};

// Who has an address, or had it: a name the user chooses.
class AddressPool {
 public:
  AddressPool(AddressRange range, Duration rest) : range_(std::move(range)), rest_(rest) {}

  const AddressRange& range() const { return range_; }
  // Gives out the first free offset at or after `from`, or from the beginning of the range on;
  // nothing if all are taken or resting.
  std::optional<std::uint32_t> take(std::uint32_t from, Duration now);
  // Gives out this one, also while it rests from `owner`. False if it is another's.
  bool claim(std::uint32_t offset, std::string_view owner, Duration now);
  // Belongs to nobody until `rest` has passed, unless `owner` claims it.
  void release(std::uint32_t offset, std::string owner, Duration now);
  // What rests still, by offset, with whose it was.
  std::map<std::uint32_t, std::string> resting(Duration now) const;
  std::size_t taken() const { return taken_.size(); }

 private:
  struct Resting {
    Duration until;
    std::string owner;
  };
  void forget_rested(Duration now);

  AddressRange range_;
  const Duration rest_;
  std::set<std::uint32_t> taken_;
  std::map<std::uint32_t, Resting> resting_;
};

}  // namespace seine::control
