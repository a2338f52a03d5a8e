// SPDX-License-Identifier: Apache-2.0
// What the runtime's own moves cost, without the kernel.
#include <benchmark/benchmark.h>

#include <vector>

#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/socket.h"
#include "runtime/stream_writer.h"
#include "runtime/task_scope.h"

namespace seine::runtime {
namespace {

// Suspends and is ready again in the same turn: the price of a wait without its reason.
struct Requeue {
  EventLoop& loop;
  ReadyNode node;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    node.handle = handle;
    loop.schedule(node);
  }
  void await_resume() const noexcept {}
};

void run_until_empty(EventLoop& loop, const TaskScope& scope) {
  while (scope.size() > 0) loop.run_turn(/*may_block=*/false);
}

Task<int> ready_call(int value) {
  co_return value;
}

Task<int> suspended_call(EventLoop& loop, int value) {
  co_await Requeue{loop, {}};
  co_return value;
}

Task<void> call_ready(benchmark::State& state) {
  int sum = 0;
  while (state.KeepRunning()) sum += co_await ready_call(1);
  benchmark::DoNotOptimize(sum);
}

Task<void> call_suspended(benchmark::State& state, EventLoop& loop) {
  int sum = 0;
  while (state.KeepRunning()) sum += co_await suspended_call(loop, 1);
  benchmark::DoNotOptimize(sum);
}

void a_call_that_does_not_wait(benchmark::State& state) {
  const SystemClock clock;
  EventLoop loop(clock);
  TaskScope scope(loop, [](const Error&) {});
  scope.spawn(call_ready(state));
  run_until_empty(loop, scope);
}
BENCHMARK(a_call_that_does_not_wait);

void a_call_that_waits_once(benchmark::State& state) {
  const SystemClock clock;
  EventLoop loop(clock);
  TaskScope scope(loop, [](const Error&) {});
  scope.spawn(call_suspended(state, loop));
  run_until_empty(loop, scope);
}
BENCHMARK(a_call_that_waits_once);

struct Nothing final : TimerNode {
  void on_timer() override {}
};

// Among as many other timers as a busy proxy has.
void a_timer_set_and_cancelled(benchmark::State& state) {
  const TimePoint start{};
  TimerWheel wheel(start);
  std::vector<Nothing> others(10'000);
  Duration after = std::chrono::milliseconds(1);
  for (Nothing& other : others) wheel.add(other, start + (after += std::chrono::milliseconds(3)));
  Nothing timer;
  for (auto _ : state) {
    wheel.add(timer, start + std::chrono::seconds(10));
    timer.unlink();
  }
}
BENCHMARK(a_timer_set_and_cancelled);

void asking_for_the_next_timer(benchmark::State& state) {
  const TimePoint start{};
  TimerWheel wheel(start);
  std::vector<Nothing> others(10'000);
  Duration after = std::chrono::milliseconds(1);
  for (Nothing& other : others) wheel.add(other, start + (after += std::chrono::milliseconds(3)));
  for (auto _ : state) benchmark::DoNotOptimize(wheel.next());
}
BENCHMARK(asking_for_the_next_timer);

Task<void> wake_the_other(benchmark::State& state, Waker& mine, Waker& other) {
  while (state.KeepRunning()) {
    other.on_wake();
    co_await mine.wait();
  }
  other.on_wake();
}

Task<void> answer_wakes(TaskScope& all, Waker& mine, Waker& other) {
  while (all.size() > 0) {
    co_await mine.wait();
    other.on_wake();
  }
}

// Two wakes and two resumptions an iteration.
void two_coroutines_waking_each_other(benchmark::State& state) {
  const SystemClock clock;
  EventLoop loop(clock);
  Waker ping(loop), pong(loop);
  TaskScope asking(loop, [](const Error&) {});
  TaskScope answering(loop, [](const Error&) {});
  answering.spawn(answer_wakes(asking, pong, ping));
  asking.spawn(wake_the_other(state, ping, pong));
  run_until_empty(loop, asking);
}
BENCHMARK(two_coroutines_waking_each_other);

Task<Result<int>> suspended_result(EventLoop& loop) {
  co_await Requeue{loop, {}};
  co_return 1;
}

Task<void> call_with_deadline(benchmark::State& state, EventLoop& loop) {
  while (state.KeepRunning()) {
    auto result = co_await with_deadline(loop, std::chrono::seconds(10), ErrorCode::kTimeout,
                                         "bench", suspended_result(loop));
    benchmark::DoNotOptimize(result);
  }
}

void a_call_that_waits_once_with_a_deadline(benchmark::State& state) {
  const SystemClock clock;
  EventLoop loop(clock);
  TaskScope scope(loop, [](const Error&) {});
  scope.spawn(call_with_deadline(state, loop));
  run_until_empty(loop, scope);
}
BENCHMARK(a_call_that_waits_once_with_a_deadline);

// What an idle connection holds of ours: reported as counters, the time is meaningless.
void bytes_of_an_idle_connection(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(state.iterations());
  state.counters["socket_bytes"] = sizeof(Socket);
  state.counters["writer_bytes"] = sizeof(StreamWriter);
  state.counters["waker_bytes"] = sizeof(Waker);
}
BENCHMARK(bytes_of_an_idle_connection)->Iterations(1);

}  // namespace
}  // namespace seine::runtime
