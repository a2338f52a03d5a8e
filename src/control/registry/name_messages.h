// SPDX-License-Identifier: Apache-2.0
// A snapshot as DNS is to tell it. Pure.
#pragma once

#include <string>

#include "control/registry/snapshot.h"
#include "seine/registry/v1/names.pb.h"

namespace seine::control {

// A service has its IPv4 cluster addresses, or, where it has no cluster address at all, those of
// its pods (headless). Its pods, by their own names, are the ready ones. Ports of a headless
// service are the targets, since its addresses are the pods'. Equal for snapshots that differ in
// nothing of this.
void encode_names(const std::string& cluster_domain, const Snapshot& snapshot,
                  seine::registry::v1::MeshNames& out);

}  // namespace seine::control
