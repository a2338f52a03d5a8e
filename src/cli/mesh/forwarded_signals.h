// SPDX-License-Identifier: Apache-2.0
// The signals that a program started by us would have been sent, had it been started by the shell.
#pragma once

#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// One in a process, made while it has one thread. While it lives, HUP, INT, QUIT, TERM, USR1, USR2
// and WINCH are not delivered but read here; HUP not where the caller has it ignored.
class ForwardedSignals final : private runtime::FdWatcher {
 public:
  explicit ForwardedSignals(runtime::EventLoop& loop);
  ~ForwardedSignals();
  ForwardedSignals(const ForwardedSignals&) = delete;
  ForwardedSignals& operator=(const ForwardedSignals&) = delete;

  // Completes at the next signal, with its number. One waiter.
  runtime::Task<int> next();

 private:
  void on_events(std::uint32_t) override { slot_.wake(); }

  runtime::EventLoop& loop_;
  int fd_;
  runtime::WakeSlot slot_;
};

}  // namespace seine::cli
