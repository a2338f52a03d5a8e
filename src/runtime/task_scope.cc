// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_scope.h"

#include <coroutine>
#include <utility>

#include "base/check.h"

namespace seine::runtime {

// The outermost frame of a spawned task. It is linked into its scope and destroys itself at the
// end; until then the scope may destroy it.
struct TaskScope::Root {
  struct promise_type : ListNode {
    TaskScope* scope = nullptr;
    ReadyNode start;
    Result<void> result;

    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
    struct FinalAwaiter {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        TaskScope* owner = self.promise().scope;
        Result<void> outcome = std::move(self.promise().result);
        self.promise().unlink();
        --owner->size_;
        self.destroy();
        if (!outcome) owner->on_error_(std::move(outcome.error()));
        if (owner->size_ == 0) owner->empty_slot_.wake();
      }
      void await_resume() const noexcept {}
    };
    Root get_return_object() {
      return Root{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void return_value(Result<void> value) { result = std::move(value); }
    void unhandled_exception() const noexcept { exception_escaped(); }
  };

  std::coroutine_handle<promise_type> handle;

  static Root run(Task<Result<void>> task) { co_return co_await std::move(task); }
  static Root run(Task<void> task) {
    co_await std::move(task);
    co_return Result<void>();
  }
};

TaskScope::TaskScope(EventLoop& loop, OnError on_error)
    : loop_(loop), on_error_(std::move(on_error)) {}

TaskScope::~TaskScope() {
  cancel();
}

void TaskScope::cancel() {
  while (!roots_.empty()) {
    auto& promise = static_cast<Root::promise_type&>(roots_.pop_front());
    --size_;
    std::coroutine_handle<Root::promise_type>::from_promise(promise).destroy();
  }
  SEINE_CHECK(size_ == 0, "a task scope counts tasks it does not have");
  empty_slot_.wake();
}

void TaskScope::start(Root root) {
  Root::promise_type& promise = root.handle.promise();
  promise.scope = this;
  promise.start.handle = root.handle;
  ++size_;
  roots_.push_back(promise);
  loop_.schedule(promise.start);
}

void TaskScope::spawn(Task<Result<void>> task) {
  start(Root::run(std::move(task)));
}
void TaskScope::spawn(Task<void> task) {
  start(Root::run(std::move(task)));
}

Task<void> TaskScope::join() {
  Waker waker(loop_);
  while (size_ > 0) {
    empty_slot_.arm(waker);
    co_await waker.wait();
  }
}

}  // namespace seine::runtime
