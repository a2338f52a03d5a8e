// SPDX-License-Identifier: Apache-2.0
// The proxy of a pod: started with what the registry said, started again when it dies, asked
// whether it is ready, drained at the end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "cli/mesh/mesh_access.h"
#include "cli/mesh/pod_lease.h"
#include "cli/mesh/run_options.h"
#include "netns/launch.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

// The proxy's variables, "NAME=value". The token's path is relative to its folder.
std::vector<std::string> proxy_variables(const RunOptions& options, const MeshNetwork& network,
                                         const seine::registry::v1::JoinResponse& joined);

// One loop. All outlive it.
class PodProxy {
 public:
  // `folder` is the proxy's own, and its working directory. `on_change` is called when it has
  // become ready, and when it no longer is.
  PodProxy(runtime::EventLoop& loop, const Log& log, const netns::NetworkNamespace& pod,
           netns::Launch launch, std::string folder, std::move_only_function<void()> on_change);

  // Writes the token file, readable by the proxy alone. Error kInvalidConfig: the disk.
  Result<void> write_token(const std::string& token) const;
  // Starts it, and starts it again whenever it ends, until drain().
  Result<void> start();
  // Completes once it says it is ready.
  runtime::Task<void> wait_ready();
  bool is_ready() const { return is_ready_; }
  // Completes once no HTTP request to the program is under way, at the latest after `patience`.
  runtime::Task<void> wait_idle(Duration patience) const;
  // SIGTERM, and its end; after `patience` it is killed.
  runtime::Task<void> drain(Duration patience);

 private:
  Result<void> launch_once();
  runtime::Task<void> keep_running();
  static runtime::Task<int> look_until_ready(PodProxy& self);
  // What its admin port answers, head and body; nothing if it does not.
  runtime::Task<std::string> ask(std::string path) const;
  void set_ready(bool ready);

  runtime::EventLoop& loop_;
  const Log& log_;
  const netns::NetworkNamespace& pod_;
  const netns::Launch launch_;
  const std::string folder_;
  std::move_only_function<void()> on_change_;
  std::unique_ptr<netns::LaunchedProcess> process_;
  bool is_ready_ = false;
  runtime::WakeSlot became_ready_;
  runtime::TaskScope scope_;
};

}  // namespace seine::cli
