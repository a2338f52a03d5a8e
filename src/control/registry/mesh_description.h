// SPDX-License-Identifier: Apache-2.0
// What every pod of a standalone mesh has to know of it.
#pragma once

#include <string>
#include <vector>

#include "base/net.h"

namespace seine::control {

// A port of the control plane.
struct MeshServer {
  SocketAddr addr;
  std::string name;  // in its certificate; empty where it speaks plainly, which only loopback does
};

struct MeshDescription {
  std::string cluster_domain;
  std::string trust_anchors_pem;
  MeshServer identity;
  MeshServer destination;
  MeshServer policy;
  MeshServer telemetry;
  std::vector<IpNet> pod_networks;
  std::vector<IpNet> service_networks;
  std::vector<IpAddress> hub_ips;
  std::string default_inbound_policy;
  std::string tap_identity;
};

}  // namespace seine::control
