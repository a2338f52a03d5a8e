// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT and SIGHUP, which says that the terminal is gone, as events on a loop; SIGHUP not
// where the caller has it ignored, as nohup(1) does. SIGPIPE is blocked along with them: a write to
// a closed connection is an error like any other.
//
// Made by main before any thread, so that all threads inherit the mask. One per process.
#pragma once

#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

class EndSignals final : private FdWatcher {
 public:
  explicit EndSignals(EventLoop& loop);
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // Completes at the next signal, with its number. One waiter.
  Task<int> next();

 private:
  void on_events(std::uint32_t events) override;

  EventLoop& loop_;
  int fd_;
  WakeSlot slot_;
};

}  // namespace seine::runtime
