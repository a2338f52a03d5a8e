// SPDX-License-Identifier: Apache-2.0
// What the mesh's own pages are shown, as `seine stat` and `seine edges` have it. Pure.
#pragma once

#include <string>

#include "base/time.h"
#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control {

// `window` is what figures are of; edges are of `edges_window`, which is longer: a caller that is
// seldom heard is one nevertheless. The document is told in docs/internals/mesh-pages.md.
std::string mesh_json(const seine::registry::v1::ListResponse& list,
                      const seine::telemetry::v1::ReadResponse& window,
                      const seine::telemetry::v1::ReadResponse& edges_window, WallTime now);

}  // namespace seine::control
