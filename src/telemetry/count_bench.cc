// SPDX-License-Identifier: Apache-2.0
// What counting a request costs the data path.
#include <benchmark/benchmark.h>

#include "telemetry/recorder.h"

namespace {

using namespace seine;
using namespace seine::telemetry;

struct Lab {
  ManualClock clock;
  std::unique_ptr<Ledger> ledger = std::move(*Ledger::anonymous({}));
  Recorder recorder{*ledger, 0, clock};
  HttpRows rows{recorder, {.direction = Direction::kInbound, .target = {.port = 80}}};
  Lab() { recorder.rotate(1, clock.wall_now()); }
};

void count(benchmark::State& state) {
  Lab lab;
  const RequestSketch request("GET", "/purchase/1234?card=5", {});
  std::int64_t latency = 1'000'000;
  for (auto _ : state) {
    lab.rows.count({.http_status = 200}, Duration(latency), request);
    latency = (latency * 5) & 0xffffff;
  }
}
BENCHMARK(count);

void sketch(benchmark::State& state) {
  for (auto _ : state) {
    RequestSketch request("GET", "/purchase/1234?card=5", {});
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(sketch);

}  // namespace
