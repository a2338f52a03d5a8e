// SPDX-License-Identifier: Apache-2.0
// TaskScope: the only way to start concurrent work. It owns what it started; destroying it cancels
// all of it. Declare it last in its class, so that the work dies before what it uses.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

class TaskScope {
 public:
  // `on_error` hears of each task that ends with an error; the task is gone by then, its locals
  // and arguments too. It may spawn and cancel, but not destroy the scope.
  using OnError = std::move_only_function<void(Error)>;
  TaskScope(EventLoop& loop, OnError on_error);
  // Not from within one of its own tasks.
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // Starts at the next look at the ready queue, never inline.
  void spawn(Task<Result<void>> task);
  void spawn(Task<void> task);

  std::size_t size() const { return size_; }
  // Completes when no task is left (at once if there is none). One waiter at a time.
  Task<void> join();
  // Cancels all tasks now. Not from within one of them.
  void cancel();

 private:
  struct Root;
  void start(Root root);

  EventLoop& loop_;
  OnError on_error_;
  std::size_t size_ = 0;
  WakeSlot empty_slot_;
  List<ListNode> roots_;
};

}  // namespace seine::runtime
