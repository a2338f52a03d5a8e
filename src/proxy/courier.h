// SPDX-License-Identifier: Apache-2.0
// Runs functions on another loop, in the order they were posted. What they carry moves with them;
// nothing is shared afterwards but immutable snapshots.
#pragma once

#include <functional>
#include <utility>

#include "base/check.h"
#include "runtime/mailbox.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

class Courier {
 public:
  using Errand = std::move_only_function<void()>;

  // The errands run on `loop`; the courier outlives every thread that posts.
  explicit Courier(runtime::EventLoop& loop)
      : box_(loop, /*capacity=*/1 << 20), scope_(loop, [](Error) {}) {
    scope_.spawn(deliver(box_));
  }

  // Any thread. Errands posted after the loop has stopped are dropped unrun.
  void post(Errand errand) {
    SEINE_CHECK(box_.post(std::move(errand)), "a loop takes no errands any more: it is stuck");
  }

 private:
  static runtime::Task<void> deliver(runtime::Mailbox<Errand>& box) {
    for (;;) {
      std::vector<Errand> errands = co_await box.receive();
      for (Errand& errand : errands) errand();
    }
  }

  runtime::Mailbox<Errand> box_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
