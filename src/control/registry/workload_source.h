// SPDX-License-Identifier: Apache-2.0
// Where the control plane learns what runs. Implementations:
//   StaticFile (static_file.h): a JSON file, reloaded while it is edited;
//   the standalone registry: workloads of `seine run` announce themselves;
//   the Kubernetes index: pods, services and endpoint slices as the API server lists them.
// All members belong to the control plane's loop.
#pragma once

#include <memory>

#include "control/registry/snapshot.h"
#include "runtime/list.h"
#include "runtime/wake.h"

namespace seine::control {

// Tells many streams that something changed. Each stream keeps a Watch and arms it anew after each
// wake; a Watch that dies is forgotten.
class ChangeNotifier {
 public:
  struct Watch : runtime::ListNode {
    runtime::WakeSlot slot;
  };

  // Wakes `who` at the next notify().
  void arm(Watch& watch, runtime::Wakeable& who) {
    watch.slot.arm(who);
    watches_.push_back(watch);
  }
  void notify() {
    runtime::List<Watch> woken;
    woken.splice(watches_);
    while (!woken.empty()) woken.pop_front().slot.wake();
  }

 private:
  runtime::List<Watch> watches_;
};

class WorkloadSource {
 public:
  virtual ~WorkloadSource() = default;
  // Never null; before the first news an empty snapshot.
  virtual std::shared_ptr<const Snapshot> current() const = 0;
  // Notified after each change of current(). Lives as long as the source.
  virtual ChangeNotifier& changes() = 0;
};

}  // namespace seine::control
