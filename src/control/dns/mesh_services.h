// SPDX-License-Identifier: Apache-2.0
// A snapshot's services as the DNS server knows them.
#pragma once

#include <vector>

#include "control/registry/snapshot.h"
#include "dns/zone.h"

namespace seine::control {

// A service has its IPv4 cluster addresses, or, where it has no cluster address at all, those of
// its pods (headless). Its pods, by their own names, are the ready ones. Ports of a headless
// service are the targets, since its addresses are the pods'.
std::vector<dns::ZoneService> mesh_services(const Snapshot& snapshot);

}  // namespace seine::control
