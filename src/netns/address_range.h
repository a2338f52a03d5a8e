// SPDX-License-Identifier: Apache-2.0
// The addresses of a mesh on one machine: a range for pods, one for services, and an IPv6 range for
// pods, none of which the host itself uses, and who has which of them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/net.h"
#include "base/result.h"
#include "netns/links.h"

namespace seine::netns {

bool overlap(const IpNet& one, const IpNet& other);

// The address `index` places behind the first of `range`; error kLimit beyond its last.
Result<IpAddress> nth_address(const IpNet& range, std::uint64_t index);

// Refuses (kInvalidConfig) a range that shares an address with a route of the host, which the
// meshed programs could then no longer reach. Default routes do not count: all is outside.
Result<void> check_against_host(const IpNet& range, std::span<const Route> host);

// What a hub gives out. The hub itself is the first address of each pod range.
struct AddressPlan {
  IpNet pods;
  IpNet services;
  std::optional<IpNet> pods_v6;

  IpAddress hub() const { return nth_address(pods, 1).value(); }
  std::optional<IpAddress> hub_v6() const {
    return pods_v6 ? std::optional(nth_address(*pods_v6, 1).value()) : std::nullopt;
  }
};

// "100.96.0.0/15" split in halves: pods and services. Between /8 and /24.
Result<AddressPlan> split_range(const IpNet& range, std::optional<IpNet> pods_v6);

// The first plan of our own list that the host does not use: 100.96.0.0/15 and those behind it,
// with fd00:5e1e::/64. Error kInvalidConfig if it uses all of them.
Result<AddressPlan> choose_plan(std::span<const Route> host);

// Gives addresses of a range out in order, a released one again only after all others have had
// their turn: a peer that still remembers the old owner does not meet the new one.
class AddressPool {
 public:
  // The network's own address and the last one are never given, nor the hub's, the first.
  explicit AddressPool(const IpNet& range);

  // Error kLimit when all are taken.
  Result<IpAddress> take();
  void release(const IpAddress& ip) { taken_.erase(ip); }
  std::size_t taken() const { return taken_.size(); }

 private:
  static constexpr std::uint64_t kFirst = 2;
  IpNet range_;
  std::uint64_t end_;
  std::uint64_t next_ = kFirst;
  std::set<IpAddress> taken_;
};

// The IPv6 address of the pod with IPv4 address `ip`: the same place in the other range.
Result<IpAddress> paired_v6(const AddressPlan& plan, const IpAddress& ip);

}  // namespace seine::netns
