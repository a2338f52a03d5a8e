// SPDX-License-Identifier: Apache-2.0
// A pod of `seine up` itself, with a program of ours in it that is kept running: whenever it ends
// it is started again in the same pod, after a pause that grows. The mesh goes on whatever becomes
// of it.
#pragma once

#include <memory>
#include <string_view>

#include "base/log.h"
#include "base/time.h"
#include "cli/mesh/pod.h"
#include "cli/mesh/run_options.h"
#include "netns/launch.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

// What runs in such a pod. One loop.
class KeptProgram {
 public:
  virtual ~KeptProgram() = default;
  virtual std::string_view name() const = 0;  // for the log: "Dive"
  // The pod was made, or made anew.
  virtual void on_pod(const Pod&) {}
  // Before each start of the program.
  virtual runtime::Task<void> prepare() = 0;
  virtual netns::Launch launch(const Pod& pod) = 0;
};

// The pause before the next start of a program that ran for `ran`, and paused for `last` before
// that. A program that refused what it was told (exit 64) will most likely refuse it again.
Duration pause_after(Duration last, Duration ran, int exit_code);

// One loop.
class KeptPod {
 public:
  // All outlive it.
  KeptPod(runtime::EventLoop& loop, const Log& log, const PodSite& site, const RunOptions& options,
          KeptProgram& program);
  // Ends at once what still runs.
  ~KeptPod();

  void start() { scope_.spawn(keep(*this)); }
  // In order: goodbye, SIGTERM, the program's end within `patience`, the proxy's drain.
  runtime::Task<void> stop(Duration patience);

 private:
  static runtime::Task<void> keep(KeptPod& self);
  runtime::Task<void> keep_program();
  runtime::Task<netns::Exit> run_program();

  runtime::EventLoop& loop_;
  const Log& log_;
  const PodSite& site_;
  const RunOptions& options_;
  KeptProgram& program_;
  std::unique_ptr<Pod> pod_;
  bool is_up_ = false;  // the pod
  std::unique_ptr<netns::LaunchedProcess> process_;
  runtime::TaskScope scope_;
};

}  // namespace seine::cli
