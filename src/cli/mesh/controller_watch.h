// SPDX-License-Identifier: Apache-2.0
// What `seine up` asks of its controller while both run.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "cli/mesh/mesh_folder.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// Completes once the registry answers; never fails by itself.
runtime::Task<Result<void>> wait_controller(runtime::EventLoop& loop, std::string registry_socket);

// For ever, every two seconds: sweeps what a `seine run` left that was killed, and delivers the
// ledgers that are kept.
runtime::Task<void> sweep_forever(runtime::EventLoop& loop, const Log& log,
                                  const MeshFolder& folder);

}  // namespace seine::cli
