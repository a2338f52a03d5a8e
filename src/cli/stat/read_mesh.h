// SPDX-License-Identifier: Apache-2.0
// What runs in a mesh of this machine, and what its proxies have counted.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "cli/mesh/mesh_folder.h"
#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {

struct MeshReading {
  seine::registry::v1::ListResponse list;
  seine::telemetry::v1::ReadResponse window;
};

// Blocks, for at most `patience`. Errors: kUnavailable if no mesh runs there, or its controller
// does not answer.
Result<MeshReading> read_mesh(const Clock& clock, const MeshFolder& folder, Duration last,
                              Duration patience);
Result<seine::registry::v1::ListResponse> list_mesh(const Clock& clock, const MeshFolder& folder,
                                                    Duration patience);

}  // namespace seine::cli
