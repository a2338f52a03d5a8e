// SPDX-License-Identifier: Apache-2.0
// The load generator; see pace_run.h for what it does.
//
//   pace --address 10.99.0.2:8000 --connections 32 [--rate 3000] [--warmup 500ms] [--duration 2s]
//        [--timeout 5s] [--host NAME] [--path /] [--expect-bytes 1024 | --any-body] [--json]
//        [--announce]
//
// Exit 0 if no request failed, 1 if one did. --announce prints `began` and `ended` at the instants
// of the measured window.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "proxy/flags.h"
#include "proxy/pace_run.h"

namespace seine::bench {
namespace {

constexpr std::size_t kMaxConnections = 20000;

class Announcer final : public Pace::Observer {
 public:
  explicit Announcer(bool speaks) : speaks_(speaks) {}
  void window_began() override { say("began\n"); }
  void window_ended() override { say("ended\n"); }

 private:
  void say(const char* word) const {
    if (!speaks_) return;
    std::fputs(word, stdout);
    std::fflush(stdout);
  }
  const bool speaks_;
};

double microseconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e3;
}
double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

std::string to_json(const PaceReport& report) {
  std::string failures;
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    failures += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ",
                            failure_name(static_cast<Failure>(i)), report.failures[i]);
  }
  const Histogram& latency = report.latency;
  return fmt::format(
      "{{\"completed\": {}, \"failed\": {}, \"failures\": {{{}}}, \"reconnects\": {}, "
      "\"window_s\": {}, \"per_second\": {:.1f}, \"latency_us\": {{\"p50\": {:.1f}, "
      "\"p99\": {:.1f}, \"p999\": {:.1f}, \"max\": {:.1f}}}}}\n",
      report.completed, report.failed(), failures, report.reconnects, seconds(report.window),
      static_cast<double>(report.completed) / seconds(report.window), microseconds(latency.at(0.5)),
      microseconds(latency.at(0.99)), microseconds(latency.at(0.999)), microseconds(latency.max()));
}

std::string to_text(const PaceReport& report) {
  std::string text =
      fmt::format("{} right, {} failed, {:.0f} per second\n", report.completed, report.failed(),
                  static_cast<double>(report.completed) / seconds(report.window));
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    if (report.failures[i] == 0) continue;
    text += fmt::format("  {}: {}\n", failure_name(static_cast<Failure>(i)), report.failures[i]);
  }
  const Histogram& latency = report.latency;
  return text +
         fmt::format("latency p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, max {:.0f} us\n",
                     microseconds(latency.at(0.5)), microseconds(latency.at(0.99)),
                     microseconds(latency.at(0.999)), microseconds(latency.max()));
}

Result<PaceOptions> options_from(const Flags& flags) {
  const PaceOptions defaults;
  PaceOptions options;
  auto address = parse_address(flags.text("--address", ""));
  auto connections = flags.number("--connections", defaults.connections);
  auto rate = flags.number("--rate", defaults.rate);
  auto bytes = flags.number("--expect-bytes", defaults.expected_bytes);
  auto warmup = flags.duration("--warmup", defaults.warmup);
  auto duration = flags.duration("--duration", defaults.duration);
  auto timeout = flags.duration("--timeout", defaults.timeout);
  if (!address) return fail(address.error());
  for (const auto* number : {&connections, &rate, &bytes})
    if (!*number) return fail(number->error());
  for (const auto* time : {&warmup, &duration, &timeout})
    if (!*time) return fail(time->error());
  if (*connections == 0 || *connections > kMaxConnections)
    return fail(ErrorCode::kInvalidConfig, "--connections is between 1 and 20000");
  if (*duration <= Duration(0))
    return fail(ErrorCode::kInvalidConfig, "--duration is longer than nothing");
  options.address = *address;
  options.host = flags.text("--host", defaults.host);
  options.path = flags.text("--path", defaults.path);
  options.connections = *connections;
  options.rate = *rate;
  options.expected_bytes = *bytes;
  options.check_body = !flags.has("--any-body");
  options.warmup = *warmup;
  options.duration = *duration;
  options.timeout = *timeout;
  return options;
}

// True when no request failed.
Result<bool> run_from(int argc, char** argv) {
  auto flags = Flags::parse(argc, argv,
                            {"--address", "--connections", "--rate", "--warmup", "--duration",
                             "--timeout", "--host", "--path", "--expect-bytes"},
                            {"--json", "--announce", "--any-body"});
  if (!flags) return fail(flags.error());
  auto options = options_from(*flags);
  if (!options) return fail(options.error());
  auto epoll = Epoll::create();
  if (!epoll) return fail(epoll.error());
  raise_file_limit();
  SystemClock clock;
  Announcer announcer(flags->has("--announce"));
  Pace pace(std::move(*options), clock, std::move(*epoll));
  auto report = pace.run(announcer);
  if (!report) return fail(report.error());
  std::fputs((flags->has("--json") ? to_json(*report) : to_text(*report)).c_str(), stdout);
  return report->failed() == 0;
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  const auto ran = seine::bench::run_from(argc, argv);
  if (!ran) return seine::bench::report_failure("pace", ran.error());
  return *ran ? 0 : 1;
}
