// SPDX-License-Identifier: Apache-2.0
// What an event is about: a cluster, a namespace of one, or a service or workload in that.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::dive {

struct EventTarget {
  std::string cluster;
  std::string ns;    // empty: the whole cluster
  std::string kind;  // "service", or a workload's, such as "deployment"; empty: the namespace
  std::string name;  // empty where `kind` is
  friend auto operator<=>(const EventTarget&, const EventTarget&) = default;
};

// As people write it: "svc/payments", "service/payments", "deploy/payments", "deployment/payments",
// "ns/shop" or "cluster"; of the cluster and namespace given where it does not say another: "shop/
// svc/payments". Error kInvalidArgument.
Result<EventTarget> parse_target(std::string_view text, std::string_view cluster,
                                 std::string_view ns);
Result<void> check_target(const EventTarget& target);
// "shop/service/payments", "shop/deployment/payments", "ns/shop", "cluster"; without the cluster.
std::string format_target(const EventTarget& target);
// Whether what happens to `target` happens to `thing`: it is the same, or has it inside.
bool concerns(const EventTarget& target, const EventTarget& thing);

}  // namespace seine::dive
