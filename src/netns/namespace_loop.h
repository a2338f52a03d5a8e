// SPDX-License-Identifier: Apache-2.0
// An event loop on a thread inside a network namespace: what runs on it makes its sockets there.
// Built, started and ended from another thread.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/mailbox.h"
#include "runtime/task_scope.h"

namespace seine::netns {

// What lives on the loop: made, drained and destroyed on its thread.
class Resident {
 public:
  virtual ~Resident() = default;
  // Takes nothing new from here on.
  virtual void drain() = 0;
};

class NamespaceLoop {
 public:
  using Setup = std::move_only_function<Result<std::unique_ptr<Resident>>(runtime::EventLoop&)>;

  // Returns once `setup` has run. `clock` outlives this.
  static Result<std::unique_ptr<NamespaceLoop>> start(const NetworkNamespace& inside,
                                                      const Clock& clock, Setup setup);
  // Ends the resident and the thread.
  ~NamespaceLoop();
  NamespaceLoop(const NamespaceLoop&) = delete;
  NamespaceLoop& operator=(const NamespaceLoop&) = delete;

  // Any thread; the resident drains soon after.
  void drain();

 private:
  struct Inside;
  NamespaceLoop() = default;

  Inside* inside_ = nullptr;  // on the thread, for as long as it runs
  std::thread thread_;
};

}  // namespace seine::netns
