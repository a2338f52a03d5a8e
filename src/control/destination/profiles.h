// SPDX-License-Identifier: Apache-2.0
// Destination.GetProfile as a pure function over a snapshot.
#pragma once

#include "control/destination/endpoints.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "model/profile.h"

namespace seine::control {

// A service, by its name or a cluster address: its name, its parent and whether it is opaque. A
// pod's address: the endpoint. Anything else, a service that does not exist among it: a profile
// that says nothing, so that the proxy goes to the original destination until it does exist.
model::Profile find_profile(const MeshNames& names, const Snapshot& snapshot, const Target& target);

}  // namespace seine::control
