// SPDX-License-Identifier: Apache-2.0
// The addresses of a mesh on one machine: a range for pods, one for services, and an IPv6 range for
// pods, none of which the host itself uses.
#pragma once

#include <cstdint>
#include <optional>
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

// The IPv6 address of the pod with IPv4 address `ip`: the same place in the other range.
Result<IpAddress> paired_v6(const AddressPlan& plan, const IpAddress& ip);

}  // namespace seine::netns
