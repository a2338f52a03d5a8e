// SPDX-License-Identifier: Apache-2.0
// What proxies had counted and could not tell any more: their ledgers (telemetry/dead_ledger.h), to
// be handed to the controller by whoever finds them. A pod's own `seine run` does, or the
// next `seine up` or `run` that sweeps, by way of DIR/ledgers; `up` looks there every few seconds.
#pragma once

#include <string>

#include "base/log.h"
#include "cli/mesh/mesh_folder.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

class RegistryClient;

// Where a pod's proxy keeps them.
inline std::string proxy_folder(const std::string& pod_folder) {
  return pod_folder + "/proxy";
}

// Moves what is left in a pod's folder to DIR/ledgers, before that folder goes. False: something of
// it could not be moved, so the folder is to stay.
[[nodiscard]] bool keep_ledgers(const std::string& pod_folder, const MeshFolder& folder);

// Removes the folders of pods whose `seine run` is gone, and keeps their ledgers.
void sweep_pods(const MeshFolder& folder);

// Delivers the ledgers in a folder; those that nobody takes now stay. What can never be taken is
// logged.
runtime::Task<void> deliver_ledgers(runtime::EventLoop& loop, const Log& log,
                                    const std::string& folder, RegistryClient& registry);

}  // namespace seine::cli
