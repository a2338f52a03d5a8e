// SPDX-License-Identifier: Apache-2.0
// divefill --store WHERE ...: a store of Dive that lived through a History.
// divefill --openmetrics FILE ...: the same for Prometheus. FILE is written for two hours at a
// time,
//   "SAMPLES\n" is printed, and a line is read before it is written again.
// divefill --count SERVICE ...: what is to be found: "GOOD BAD\n" of what ended in (--from, --to],
//   seconds since 1970, in whole minutes.
#include <cstdio>
#include <string>

#include "fmt/format.h"

#include "dive/history.h"
#include "dive/open_metrics.h"
#include "dive/store_fill.h"
#include "proxy/flags.h"

namespace seine::bench {
namespace {

struct Asked {
  Flags flags;
  History history;
  std::int64_t from;
  std::int64_t to;
};

Result<Asked> read_flags(int argc, char** argv) {
  auto flags = Flags::parse(argc, argv,
                            {"--store", "--openmetrics", "--count", "--services", "--from", "--to",
                             "--finest-from", "--lived-from"},
                            {});
  if (!flags) return fail(std::move(flags.error()));
  const auto services = flags->number("--services", 500);
  const auto from = flags->number("--from", 0);
  const auto to = flags->number("--to", 0);
  if (!services) return fail(Error(services.error()));
  if (!from) return fail(Error(from.error()));
  if (!to) return fail(Error(to.error()));
  if (*services < 2 || *services > 999 || *from >= *to) {
    return fail(ErrorCode::kInvalidConfig, "--services is from 2 to 999, and --from before --to");
  }
  return Asked{.flags = *std::move(flags),
               .history = History(static_cast<int>(*services)),
               .from = static_cast<std::int64_t>(*from),
               .to = static_cast<std::int64_t>(*to)};
}

std::string cost_json(const Cost& cost) {
  const auto seconds = [](Duration time) { return std::chrono::duration<double>(time).count(); };
  return fmt::format(
      R"({{"buckets":{},"take_wall":{:.4f},"take_cpu":{:.4f},"fold_wall":{:.4f},"fold_cpu":{:.4f}}})",
      cost.buckets, seconds(cost.take_wall), seconds(cost.take_cpu), seconds(cost.fold_wall),
      seconds(cost.fold_cpu));
}

Result<void> fill(const Asked& asked) {
  const auto finest = asked.flags.number("--finest-from", static_cast<std::uint64_t>(asked.to));
  const auto lived = asked.flags.number("--lived-from", static_cast<std::uint64_t>(asked.to));
  if (!finest) return fail(Error(finest.error()));
  if (!lived) return fail(Error(lived.error()));
  const FillPlan plan{.database = asked.flags.text("--store", ""),
                      .from = asked.from / 60,
                      .finest_from = static_cast<Minute>(*finest / 60),
                      .lived_from = static_cast<Minute>(*lived / 60),
                      .to = asked.to / 60};
  const auto costs = fill_store(asked.history, plan);
  if (!costs) return fail(Error(costs.error()));
  fmt::print(R"({{"minutes":{},"sixths":{},"lived":{}}})", cost_json(costs->minutes),
             cost_json(costs->sixths), cost_json(costs->lived));
  return {};
}

Result<void> write_open_metrics(const Asked& asked) {
  OpenMetrics metrics(asked.history);
  const Minute end = asked.to / 60;
  // Samples are taken as minutes end, and a block of Prometheus is of two whole hours.
  constexpr Minute kBlock = 120;
  for (Minute from = asked.from / 60; from < end;) {
    const Minute to = std::min(end, (from + 1) / kBlock * kBlock + kBlock - 1);
    const auto samples = metrics.write(asked.flags.text("--openmetrics", ""), from, to);
    if (!samples) return fail(Error(samples.error()));
    fmt::print("{}\n", *samples);
    std::fflush(stdout);
    char line[16];
    if (std::fgets(line, sizeof(line), stdin) == nullptr) break;
    from = to;
  }
  return {};
}

Result<void> count(const Asked& asked) {
  const auto service = asked.flags.number("--count", 0);
  if (!service) return fail(Error(service.error()));
  std::uint64_t good = 0, bad = 0;
  for (Minute minute = asked.from / 60; minute < asked.to / 60; ++minute) {
    for (int route = 0; route < kRoutes; ++route) {
      const Requests requests = asked.history.in_minute(static_cast<int>(*service), route, minute);
      good += requests.good;
      bad += requests.bad;
    }
  }
  fmt::print("{} {}\n", good, bad);
  return {};
}

Result<void> run(int argc, char** argv) {
  const auto asked = read_flags(argc, argv);
  if (!asked) return fail(Error(asked.error()));
  if (asked->flags.has("--store")) return fill(*asked);
  if (asked->flags.has("--openmetrics")) return write_open_metrics(*asked);
  if (asked->flags.has("--count")) return count(*asked);
  return fail(ErrorCode::kInvalidConfig, "one of --store, --openmetrics, --count is needed");
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  const auto done = seine::bench::run(argc, argv);
  return done ? 0 : seine::bench::report_failure("divefill", done.error());
}
