// SPDX-License-Identifier: Apache-2.0
// What the controller says the mesh's names are, as values of ours. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "dns/zone.h"
#include "seine/registry/v1/names.pb.h"

namespace seine::cli {

struct ToldNames {
  dns::Name cluster_domain;
  std::vector<dns::ZoneService> services;
  std::map<IpAddress, std::string> namespaces;  // of each pod, by its address
};

// Error kProtocol: an address or a port that is none, or a domain that is no name.
Result<ToldNames> decode_names(const seine::registry::v1::MeshNames& message);

}  // namespace seine::cli
