// SPDX-License-Identifier: Apache-2.0
// The networks of a mesh on one machine. The hub is a namespace with a bridge, where the controller
// and the DNS server listen; each pod is a namespace with one link into that bridge. No link leads
// to the host: what goes there or comes from there goes through relays.
//
// `seine up` owns the hub; each `seine run` is passed it and owns its pod. When the last holder of
// a pod dies, by whatever end, its link goes too.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "netns/address_range.h"
#include "netns/namespace.h"
#include "netns/pod_rules.h"

namespace seine::netns {

// A bridge's limit is 1024 ports (BR_MAX_PORTS); one keeps the bridge up while there is no pod.
inline constexpr std::size_t kMaxPods = 1023;

// The hub's addresses of `plan` work when this returns.
Result<NetworkNamespace> create_hub(const AddressPlan& plan);

struct PodNetwork {
  IpAddress ip;                    // one of plan.pods
  std::optional<IpAddress> ip_v6;  // one of plan.pods_v6, where the plan has it
  ProxySign proxy;
  ProxyPorts ports;
};

// A new pod with its link, addresses, routes and rules: nothing that runs in it can ever have gone
// around them. Error kInvalidArgument: the address is taken, or none of the plan's.
Result<NetworkNamespace> create_pod(const NetworkNamespace& hub, const AddressPlan& plan,
                                    const PodNetwork& pod);

// The link of the pod with address `ip`, in the hub: "pod64600002" for 100.96.0.2.
std::string port_name(const IpAddress& ip);

// Removes the links of pods that are not in `living`, as a holder that hangs on to a dead pod's
// namespace would leave; says whose. For sweeps.
Result<std::vector<std::string>> remove_other_ports(const NetworkNamespace& hub,
                                                    const std::set<IpAddress>& living);

}  // namespace seine::netns
