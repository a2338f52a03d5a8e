// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace seine::runtime {

namespace {
// Enough that a busy proxy empties its queue of events in one call; 6 KiB of stack.
constexpr int kMaxEvents = 512;
// A turn flushes at the latest after so many resumptions, so that a coroutine which keeps making
// itself ready cannot hold back everyone's output.
constexpr int kMaxResumptions = 4096;
}  // namespace

EventLoop::EventLoop(const Clock& clock) : clock_(clock), now_(clock.now()), timers_(clock.now()) {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  SEINE_CHECK(epoll_fd_ >= 0, "epoll_create1 failed: is the descriptor limit reached?");
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  SEINE_CHECK(stop_fd_ >= 0, "eventfd failed: is the descriptor limit reached?");
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  SEINE_CHECK(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, stop_fd_, &event) == 0, "epoll_ctl failed");
}

EventLoop::~EventLoop() {
  close(stop_fd_);
  close(epoll_fd_);
}

void EventLoop::run() {
  while (!stopped_.load(std::memory_order_acquire)) run_turn(/*may_block=*/true);
}

void EventLoop::stop() {
  stopped_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(stop_fd_, &one, sizeof one);
}

Result<void> EventLoop::watch(int fd, FdWatcher& watcher) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &watcher}};
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot watch a descriptor");
  }
  return {};
}

void EventLoop::unwatch(int fd) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

int EventLoop::wait_timeout(bool may_block) const {
  if (!may_block || !ready_.empty() || !next_turn_.empty() || !turn_end_.empty()) return 0;
  const auto next = timers_.next();
  if (!next) return -1;
  const Duration left = *next - clock_.now();
  if (left <= Duration::zero()) return 0;
  const auto ms =
      (left + std::chrono::milliseconds(1) - Duration(1)) / std::chrono::milliseconds(1);
  return static_cast<int>(std::min<std::int64_t>(ms, 60'000));
}

void EventLoop::poll_events(int timeout_ms) {
  std::array<epoll_event, kMaxEvents> events;
  const int n = epoll_wait(epoll_fd_, events.data(), kMaxEvents, timeout_ms);
  SEINE_CHECK(n >= 0 || errno == EINTR, "epoll_wait failed");
  now_ = clock_.now();
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    // The null pointer is stop_fd_: run() looks at stopped_ itself.
    if (event.data.ptr == nullptr) continue;
    static_cast<FdWatcher*>(event.data.ptr)->on_events(event.events);
  }
}

bool EventLoop::coin() {
  // xorshift64: the same seed gives the same order on every machine.
  shuffle_ ^= shuffle_ << 13;
  shuffle_ ^= shuffle_ >> 7;
  shuffle_ ^= shuffle_ << 17;
  return (shuffle_ >> 32 & 1) != 0;
}

bool EventLoop::resume_ready() {
  ready_.splice(next_turn_);
  int resumed = 0;
  while (!ready_.empty() && resumed < kMaxResumptions) {
    ReadyNode& node = ready_.pop_front();
    ++resumed;
    node.handle.resume();
  }
  return resumed > 0;
}

bool EventLoop::run_turn(bool may_block) {
  poll_events(wait_timeout(may_block));
  timers_.advance(now_);
  bool worked = resume_ready();
  // Hooks scheduled by hooks run in the next turn: a failing flush cannot spin here.
  List<TurnEndHook> hooks;
  hooks.splice(turn_end_);
  while (!hooks.empty()) {
    hooks.pop_front().on_turn_end();
    worked = true;
  }
  if (kDebug && stall_watcher_ != nullptr) {
    const Duration took = clock_.now() - now_;
    if (took > kStall) stall_watcher_->on_stall(took);
  }
  return worked;
}

}  // namespace seine::runtime
