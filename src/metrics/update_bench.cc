// SPDX-License-Identifier: Apache-2.0
// What one update costs on the data path, and what a lookup costs off it.
#include "benchmark/benchmark.h"
#include "metrics/buckets.h"
#include "metrics/registry.h"

namespace seine::metrics {
namespace {

struct Target {
  std::uint64_t port;
  void write(LabelWriter& labels) const {
    labels.add("direction", "inbound").add("target_ip", "10.0.0.1").add("target_port", port);
  }
};

void counter_add(benchmark::State& state) {
  const SystemClock clock;
  Registry registry(clock, 1);
  const Counter counter = registry.counter({.description = {.name = "a"}}).get(0);
  for (auto _ : state) {
    counter.add();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(counter_add);

void histogram_record(benchmark::State& state) {
  const SystemClock clock;
  Registry registry(clock, 1);
  const Histogram histogram =
      registry.histogram({.description = {.name = "a"}}, kLatencyMilliseconds).get(0);
  double value = 0;
  for (auto _ : state) {
    histogram.record(value);
    value = value < 60'000 ? value * 1.1 + 1 : 0;
    benchmark::ClobberMemory();
  }
}
BENCHMARK(histogram_record);

void series_lookup(benchmark::State& state) {
  const SystemClock clock;
  Registry registry(clock, 1);
  auto& family = registry.counter({.description = {.name = "a"}});
  std::uint64_t port = 0;
  for (auto _ : state) benchmark::DoNotOptimize(family.get(0, Target{port++ % 100}));
}
BENCHMARK(series_lookup);

void scrape_a_thousand_series(benchmark::State& state) {
  const SystemClock clock;
  Registry registry(clock, 2);
  auto& family = registry.histogram({.description = {.name = "a"}}, kLatencyMilliseconds);
  for (std::uint64_t port = 0; port < 1000; ++port) family.get(0, Target{port}).record(1);
  for (auto _ : state) benchmark::DoNotOptimize(registry.scrape());
}
BENCHMARK(scrape_a_thousand_series);

}  // namespace
}  // namespace seine::metrics
