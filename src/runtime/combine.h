// SPDX-License-Identifier: Apache-2.0
// sleep_for, race, all, with_deadline. Losers are destroyed before the result is seen.
#pragma once

#include <coroutine>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::runtime {

// `co_await sleep_for(loop, 10s)`
class SleepFor final : public TimerNode {
 public:
  SleepFor(EventLoop& loop, Duration after) : loop_(loop), after_(after) {}
  void on_timer() override { loop_.schedule(node_); }
  bool await_ready() const noexcept { return after_ <= Duration::zero(); }
  void await_suspend(std::coroutine_handle<> handle) {
    node_.handle = handle;
    loop_.add_timer(*this, after_);
  }
  void await_resume() const noexcept {}

 private:
  EventLoop& loop_;
  Duration after_;
  ReadyNode node_;
};
inline SleepFor sleep_for(EventLoop& loop, Duration after) {
  return SleepFor(loop, after);
}

namespace detail {

// Starts both; the first to finish resumes the parent. Both tasks live in the awaiting frame.
template <class A, class B>
struct RaceAwaiter {
  Task<A>& a;
  Task<B>& b;
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) {
    a.handle().resume();
    if (a.done()) return parent;
    b.handle().resume();
    if (b.done()) return parent;
    a.set_continuation(parent);
    b.set_continuation(parent);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

template <class T>
struct DeadlineAwaiter final : TimerNode {
  EventLoop& loop;
  Duration limit;
  Task<T>& task;
  ReadyNode node;

  DeadlineAwaiter(EventLoop& l, Duration d, Task<T>& t) : loop(l), limit(d), task(t) {}
  void on_timer() override { loop.schedule(node); }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) {
    task.handle().resume();
    if (task.done()) return parent;
    task.set_continuation(parent);
    node.handle = parent;
    loop.add_timer(*this, limit);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

}  // namespace detail

// The first of the two to finish; index() says which. If both are done, the first argument wins.
template <class A, class B>
Task<std::variant<A, B>> race(Task<A> a, Task<B> b) {
  co_await detail::RaceAwaiter<A, B>{a, b};
  if (a.done()) {
    std::variant<A, B> result(std::in_place_index<0>, a.take());
    a.reset();
    b.reset();
    co_return result;
  }
  std::variant<A, B> result(std::in_place_index<1>, b.take());
  a.reset();
  b.reset();
  co_return result;
}

// Both results, once both are done. A failure of one does not cancel the other.
template <class A, class B>
Task<std::pair<A, B>> all(Task<A> a, Task<B> b) {
  struct Both {
    Task<A>& a;
    Task<B>& b;
    bool await_ready() const noexcept { return a.done() && b.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) {
      if (!a.done()) a.set_continuation(parent);
      if (!b.done()) b.set_continuation(parent);
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };
  a.handle().resume();
  b.handle().resume();
  while (!(a.done() && b.done())) co_await Both{a, b};
  co_return std::pair<A, B>(a.take(), b.take());
}

// The task's result, or Error{code, "<name> after <limit>"} once `limit` has passed. A deadline has
// a name so that its cause reaches logs and metrics.
template <class T>
Task<Result<T>> with_deadline(EventLoop& loop, Duration limit, ErrorCode code,
                              std::string_view name, Task<Result<T>> task) {
  {
    detail::DeadlineAwaiter<Result<T>> awaiter(loop, limit, task);
    co_await awaiter;
  }
  if (task.done()) co_return task.take();
  task.reset();
  co_return fail(code, std::string(name) + " after " + format_duration(limit));
}

}  // namespace seine::runtime
