// SPDX-License-Identifier: Apache-2.0
#include "netns/namespace_loop.h"

#include <errno.h>
#include <sched.h>

#include <future>
#include <utility>

namespace seine::netns {

using runtime::Task;

// Lives on the thread's side, so that what it owns is used and freed there.
struct NamespaceLoop::Inside {
  explicit Inside(const Clock& clock) : loop(clock), orders(loop), scope(loop, [](Error) {}) {}

  Task<void> obey() {
    for (;;) {
      co_await orders.receive();
      resident->drain();
    }
  }

  runtime::EventLoop loop;
  runtime::Mailbox<int> orders;
  std::unique_ptr<Resident> resident;
  runtime::TaskScope scope;
};

Result<std::unique_ptr<NamespaceLoop>> NamespaceLoop::start(const NetworkNamespace& inside,
                                                            const Clock& clock, Setup setup) {
  std::unique_ptr<NamespaceLoop> made(new NamespaceLoop);
  std::promise<Result<void>> ready;
  std::future<Result<void>> is_ready = ready.get_future();
  made->thread_ = std::thread(
      [&clock, &inside, &ready, owner = made.get(), prepare = std::move(setup)]() mutable {
        if (setns(inside.fd(), CLONE_NEWNET) != 0) {
          ready.set_value(
              fail_errno(ErrorCode::kUnavailable, errno, "cannot enter a network namespace"));
          return;
        }
        Inside own(clock);
        Result<std::unique_ptr<Resident>> resident = prepare(own.loop);
        if (!resident) {
          ready.set_value(fail(resident.error()));
          return;
        }
        own.resident = std::move(*resident);
        own.scope.spawn(own.obey());
        owner->inside_ = &own;
        ready.set_value({});
        own.loop.run();
      });
  Result<void> started = is_ready.get();
  if (!started) {
    made->thread_.join();
    return fail(started.error());
  }
  return made;
}

NamespaceLoop::~NamespaceLoop() {
  if (!thread_.joinable()) return;
  inside_->loop.stop();
  thread_.join();
}

void NamespaceLoop::drain() {
  inside_->orders.post(0);
}

}  // namespace seine::netns
