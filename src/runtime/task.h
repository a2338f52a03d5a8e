// SPDX-License-Identifier: Apache-2.0
// Task<T>: a lazy coroutine that somebody owns. It starts when awaited, runs on the awaiting loop,
// and destroying it cancels it together with all it awaits. No exceptions pass through it.
//
//   Task<Result<Response>> call(Request request);
//   Result<Response> response = co_await call(std::move(request));
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

namespace seine::runtime {

// Recycles frames per thread, so that a suspended call costs nanoseconds, not a malloc. A frame is
// freed on the thread that made it: tasks never change threads. Other things that come and go with
// each request use them too, see recycled.h. Under sanitizers this is malloc.
void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;
// Reports and aborts: an exception in a coroutine is a bug of ours.
[[noreturn]] void exception_escaped() noexcept;

namespace detail {

struct TaskPromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() const noexcept { exception_escaped(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
  std::optional<T> value;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] [[clang::coro_return_type]] [[clang::coro_lifetimebound]] Task {
 public:
  struct promise_type : detail::TaskPromise<T> {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
  };
  using Handle = std::coroutine_handle<promise_type>;
  using Value = T;

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  explicit operator bool() const { return handle_ != nullptr; }
  [[clang::reinitializes]] void reset() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  // For combinators, which start a task themselves and look at it later.
  bool done() const { return handle_.done(); }
  std::coroutine_handle<> handle() const { return handle_; }
  void set_continuation(std::coroutine_handle<> next) { handle_.promise().continuation = next; }
  T take() { return handle_.promise().take(); }

  struct Awaiter {
    Handle child;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) const noexcept {
      child.promise().continuation = parent;
      return child;
    }
    T await_resume() const { return child.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_ = nullptr;
};

}  // namespace seine::runtime
