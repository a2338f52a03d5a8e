// SPDX-License-Identifier: Apache-2.0
// A question to somebody inside the mesh's network, from a thread that is there and a loop of its
// own. Blocks until `ask` is done, so `ask` has an end; `what` outlives the call.
#pragma once

#include <optional>
#include <utility>

#include "base/time.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::cli {

// `task` to its end on `loop`, which runs nothing else and is then stopped.
template <class T>
T run_blocking(runtime::EventLoop& loop, runtime::Task<T> task) {
  struct Local {
    static runtime::Task<void> store(runtime::EventLoop& loop, runtime::Task<T> task,
                                     std::optional<T>& out) {
      out.emplace(co_await std::move(task));
      loop.stop();
    }
  };
  std::optional<T> out;
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(Local::store(loop, std::move(task), out));
  loop.run();
  return std::move(*out);
}

template <class T, class What>
T run_inside(const netns::NetworkNamespace& hub, const Clock& clock,
             runtime::Task<T> (*ask)(runtime::EventLoop&, What&), What& what) {
  return hub.run([&clock, ask, &what]() -> T {
    runtime::EventLoop loop(clock);
    return run_blocking<T>(loop, ask(loop, what));
  });
}

}  // namespace seine::cli
