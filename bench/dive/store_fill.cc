// SPDX-License-Identifier: Apache-2.0
#include "dive/store_fill.h"

#include <time.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "dive/mesh_messages.h"
#include "dive/records/records.h"
#include "dive/records/store_sink.h"
#include "dive/store/store.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::bench {
namespace {

using runtime::Task;
using std::chrono::minutes;

class WalkingClock final : public Clock {
 public:
  TimePoint now() const override { return system_.now(); }
  WallTime wall_now() const override { return date; }
  WallTime date;

 private:
  SystemClock system_;
};

Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

class Filler {
 public:
  Filler(const History& history, const FillPlan& plan) : plan_(plan), messages_(history) {
    clock_.date = WallTime(minutes(plan.from));
  }

  Result<void> open(dive::Retention retention) {
    sink_.reset();
    records_.reset();
    store_.reset();
    auto database = run(dive::open_store_database(loop_, plan_.database));
    if (!database) return fail(std::move(database.error()));
    auto store = run(dive::Store::open(loop_, *std::move(database), retention));
    if (!store) return fail(std::move(store.error()));
    store_ = *std::move(store);
    auto records = run(dive::Records::open(loop_, *store_));
    if (!records) return fail(std::move(records.error()));
    records_ = *std::move(records);
    sink_ = std::make_unique<dive::StoreSink>(loop_, *store_, *records_);
    return {};
  }

  Result<void> begin() {
    if (auto told = add<::dive::v1::DeploymentMessage>({messages_.all_workloads(plan_.from)});
        !told) {
      return told;
    }
    return add<::dive::v1::ServiceMessage>({messages_.all_services(plan_.from)});
  }

  Result<void> live_minute(Minute minute, bool in_sixths, Cost& cost) {
    if (auto told = add(messages_.rollouts(minute)); !told) return told;
    if (!in_sixths) {
      // As many examples as stay of an hour's. Many minutes in one transaction, none of them late.
      auto counts = messages_.minute_counts(minute, minute % 15 == 0);
      std::ranges::move(counts, std::back_inserter(waiting_));
      if ((minute + 1) % 10 != 0) return {};
      return take(std::exchange(waiting_, {}), minute, 60, cost);
    }
    for (int sixth = 0; sixth < 6; ++sixth) {
      auto taken = take(messages_.sixth_counts(minute, sixth), minute, 10 * (sixth + 1), cost);
      if (!taken) return taken;
    }
    return {};
  }

  Result<void> fold(Cost& cost) {
    const TimePoint begun = clock_.now();
    const Duration cpu = cpu_time();
    auto folded = run(store_->fold());
    cost.fold_wall += clock_.now() - begun;
    cost.fold_cpu += cpu_time() - cpu;
    return folded;
  }

 private:
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(keep(std::move(task), result));
    while (!result) loop_.run_turn(/*may_block=*/true);
    return *std::move(result);
  }

  template <class Message>
  Result<void> add(std::vector<Message> messages) {
    auto applied = run(sink_->add(plan_.cluster, std::move(messages)));
    if (!applied) return fail(std::move(applied.error()));
    for (const dive::Applied& each : *applied) {
      if (!each.refused.empty()) return fail(ErrorCode::kInternal, each.refused);
    }
    return {};
  }

  Result<void> take(std::vector<::dive::v1::MetricMessage> messages, Minute minute, int seconds,
                    Cost& cost) {
    clock_.date = WallTime(minutes(minute) + std::chrono::seconds(seconds + 1));
    for (const auto& each : messages) {
      cost.buckets += static_cast<std::uint64_t>(each.buckets_size());
    }
    const TimePoint begun = clock_.now();
    const Duration cpu = cpu_time();
    auto added = add(std::move(messages));
    cost.take_wall += clock_.now() - begun;
    cost.take_cpu += cpu_time() - cpu;
    return added;
  }

  const FillPlan& plan_;
  WalkingClock clock_;
  runtime::EventLoop loop_{clock_};
  MeshMessages messages_;
  std::vector<::dive::v1::MetricMessage> waiting_;
  std::unique_ptr<dive::Store> store_;
  std::unique_ptr<dive::Records> records_;
  std::unique_ptr<dive::StoreSink> sink_;
};

}  // namespace

Result<FillCosts> fill_store(const History& history, const FillPlan& plan) {
  FillCosts costs;
  Filler filler(history, plan);
  dive::Retention without_finest;
  without_finest.kept[0] = std::chrono::hours(0);
  if (auto opened = filler.open(without_finest); !opened) return fail(std::move(opened.error()));
  if (auto begun = filler.begin(); !begun) return fail(std::move(begun.error()));
  for (Minute minute = plan.from; minute < plan.to; ++minute) {
    const bool in_sixths = minute >= plan.finest_from;
    if (minute == plan.finest_from) {
      if (auto opened = filler.open({}); !opened) return fail(std::move(opened.error()));
    }
    Cost& cost = !in_sixths ? costs.minutes : minute < plan.lived_from ? costs.sixths : costs.lived;
    auto done = filler.live_minute(minute, in_sixths, cost);
    const Minute every = !in_sixths ? 60 : minute < plan.lived_from ? 10 : 1;
    if (done && (minute + 1) % every == 0) done = filler.fold(cost);
    if (!done) return fail(std::move(done.error()));
  }
  return costs;
}

}  // namespace seine::bench
