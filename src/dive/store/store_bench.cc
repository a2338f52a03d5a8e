// SPDX-License-Identifier: Apache-2.0
// What taking, folding and asking cost, on SQLite in a temporary folder: a cluster of 100 instances
// with 20 rows each.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/temporary_folder.h"
#include "dive/store/store.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/task_scope.h"

namespace {

using namespace seine;
using namespace seine::dive;
using std::chrono::seconds;

constexpr WallTime kNoon{seconds(1795348800)};
constexpr int kInstances = 100;
constexpr int kRows = 20;

template <class T>
runtime::Task<void> keep(runtime::Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

class Date final : public Clock {
 public:
  TimePoint now() const override { return system_.now(); }
  WallTime wall_now() const override { return date; }
  WallTime date = kNoon;

 private:
  SystemClock system_;
};

struct Lab {
  Date clock;
  runtime::EventLoop loop{clock};
  TemporaryFolder folder = *TemporaryFolder::make("store-bench");
  std::unique_ptr<Store> store;
  std::int64_t cluster = 0;
  std::vector<std::uint64_t> sequences = std::vector<std::uint64_t>(kInstances);
  std::uint64_t sequence = 0;

  Lab() {
    auto database = run(open_store_database(loop, folder.path() + "/dive.db"));
    SEINE_CHECK(database.has_value(), "a benchmark has a database");
    store = *run(Store::open(loop, *std::move(database), {}));
    cluster = *run(store->cluster("demo"));
  }

  template <class T>
  T run(runtime::Task<T> task) {
    std::optional<T> result;
    runtime::TaskScope scope(loop, [](Error) {});
    scope.spawn(keep(std::move(task), result));
    while (!result) loop.run_turn(/*may_block=*/true);
    return std::move(*result);
  }

  // Of one instance: its workload served 20 kinds of requests, of some latencies each.
  void add_bucket(::dive::v1::MetricMessage& message, int instance, WallTime end) {
    auto& counted = *message.add_buckets();
    auto& reporter = *counted.mutable_reporter();
    reporter.set_namespace_("shop");
    reporter.set_workload("w" + std::to_string(instance / 2));
    reporter.set_workload_kind("deployment");
    reporter.set_version("v1");
    reporter.set_instance(std::string(16, static_cast<char>(instance)));
    reporter.set_boot(std::string(16, 'b'));
    auto& bucket = *counted.mutable_bucket();
    bucket.set_sequence(++sequences[static_cast<std::size_t>(instance)]);
    const auto start = end - seconds(10);
    bucket.mutable_start()->set_seconds(floor_seconds(start));
    bucket.mutable_length()->set_seconds(10);
    counted.mutable_received_at()->set_seconds(floor_seconds(end) + 1);
    for (int i = 0; i < kRows; ++i) {
      auto& row = *bucket.add_http();
      row.set_direction(i % 2 == 0 ? telemetry::v1::INBOUND : telemetry::v1::OUTBOUND);
      row.mutable_target()->set_namespace_("shop");
      row.mutable_target()->set_service("s" + std::to_string(i % 2 == 0 ? instance / 2 : i));
      row.set_route("HTTPRoute/shop/route-" + std::to_string(i));
      row.mutable_peer()->set_namespace_("shop");
      row.mutable_peer()->set_workload("p" + std::to_string(i));
      row.mutable_peer()->set_identity("p.shop.serviceaccount.identity.linkerd.cluster.local");
      row.set_http_status(200);
      row.set_count(60);
      for (unsigned j = 0; j < 12; ++j) {
        row.mutable_latency()->add_index(80 + 2 * j + static_cast<unsigned>(i % 2));
        row.mutable_latency()->add_count(5);
      }
      row.mutable_latency()->set_sum_microseconds(60 * 4000 + sequence % 100);
    }
  }
  // What the whole cluster tells of ten seconds.
  std::vector<::dive::v1::MetricMessage> messages(WallTime end) {
    std::vector<::dive::v1::MetricMessage> out;
    for (int instance = 0; instance < kInstances; ++instance) {
      if (instance % 50 == 0) {
        auto& envelope = *out.emplace_back().mutable_envelope();
        envelope.set_epoch(std::string(16, 'e'));
        envelope.set_sequence(++sequence);
      }
      add_bucket(out.back(), instance, end);
    }
    return out;
  }
  void tell(WallTime end) {
    clock.date = end;
    SEINE_CHECK(run(store->metrics().apply(cluster, messages(end))).has_value(), "it is taken");
  }
  void fold() { SEINE_CHECK(run(store->fold()).has_value(), "it is folded"); }
};

void apply(benchmark::State& state) {
  Lab lab;
  WallTime end = kNoon;
  lab.tell(end);
  std::int64_t told = 0;
  for (auto _ : state) {
    state.PauseTiming();
    end += seconds(10);
    lab.clock.date = end;
    auto messages = lab.messages(end);
    if (++told % 6 == 0) lab.fold();
    state.ResumeTiming();
    SEINE_CHECK(lab.run(lab.store->metrics().apply(lab.cluster, std::move(messages))).has_value(),
                "it is taken");
  }
  state.SetItemsProcessed(state.iterations() * kInstances);
}
BENCHMARK(apply)->Iterations(60)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

void fold_a_minute(benchmark::State& state) {
  Lab lab;
  WallTime end = kNoon;
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < 6; ++i) lab.tell(end += seconds(10));
    state.ResumeTiming();
    lab.fold();
  }
  state.SetItemsProcessed(state.iterations() * kInstances * 6);
}
BENCHMARK(fold_a_minute)->Iterations(15)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

// The size of what is kept, and what asking costs: two hours of the whole cluster.
void ask(benchmark::State& state) {
  static std::optional<Lab> lab;
  if (!lab) {
    lab.emplace();
    for (int i = 1; i <= 720; ++i) {
      lab->tell(kNoon + seconds(10) * i);
      if (i % 6 == 0) lab->fold();
    }
  }
  const WallTime now = lab->clock.date;
  const bool all = state.range(0) == 1;
  const CountQuestion question = {
      .about = all ? CountQuestion::About::kAll : CountQuestion::About::kService,
      .ns = "shop",
      .name = "s4",
      .from = now - seconds(7200),
      .to = now,
      .detail = state.range(1) == 1 ? Detail::kTotals : Detail::kFinest};
  for (auto _ : state) {
    auto answer = lab->run(lab->store->counts().ask(lab->cluster, question));
    SEINE_CHECK(answer.has_value() && !answer->series.empty(), "there is an answer");
    benchmark::DoNotOptimize(answer);
  }
  const auto size = [](const char* sql) {
    const auto rows = lab->run(lab->store->database().run(sql));
    return static_cast<double>(sql::get<std::int64_t>(rows->rows.at(0), 0).value_or(0));
  };
  state.counters["series"] = size("SELECT count(*) FROM series");
  for (const char* resolution : {"0", "1", "2"}) {
    const std::string text = std::string(
                                 "SELECT CAST(avg(length(counts)) AS BIGINT) FROM blocks b"
                                 " JOIN series s ON s.cluster = b.cluster AND s.id ="
                                 " b.series WHERE s.kind = 1 AND b.span ="
                                 " 1795348800 / ") +
                             (resolution[0] == '2' ? "86400" : "3600") +
                             " AND resolution = " + resolution;
    state.counters[std::string("block_") + resolution] = size(text.c_str());
  }
  state.counters["file"] =
      static_cast<double>(std::filesystem::file_size(lab->folder.path() + "/dive.db"));
}
BENCHMARK(ask)->Args({0, 0})->Args({0, 1})->Args({1, 1})->Unit(benchmark::kMillisecond);

}  // namespace
