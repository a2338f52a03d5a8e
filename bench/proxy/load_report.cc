// SPDX-License-Identifier: Apache-2.0
#include "proxy/load_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace seine::bench {
namespace {

double microseconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e3;
}
double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

}  // namespace

std::string_view failure_name(Failure failure) {
  switch (failure) {
    case Failure::kConnect: return "connect";
    case Failure::kClosed: return "closed";
    case Failure::kTimeout: return "timeout";
    case Failure::kStatus: return "status";
    case Failure::kBody: return "body";
    case Failure::kMalformed: return "malformed";
  }
  return "unknown";
}

std::uint64_t LoadReport::failed() const {
  std::uint64_t sum = 0;
  for (const auto count : failures) sum += count;
  return sum;
}

std::string LoadReport::to_json() const {
  std::string kinds;
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    kinds += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ", failure_name(static_cast<Failure>(i)),
                         failures[i]);
  }
  return fmt::format(
      "{{\"completed\": {}, \"failed\": {}, \"failures\": {{{}}}, \"reconnects\": {}, "
      "\"window_s\": {}, \"per_second\": {:.1f}, \"latency_us\": {{\"p50\": {:.1f}, "
      "\"p99\": {:.1f}, \"p999\": {:.1f}, \"max\": {:.1f}}}}}\n",
      completed, failed(), kinds, reconnects, seconds(window),
      static_cast<double>(completed) / seconds(window), microseconds(latency.at(0.5)),
      microseconds(latency.at(0.99)), microseconds(latency.at(0.999)), microseconds(latency.max()));
}

std::string LoadReport::to_text() const {
  std::string text = fmt::format("{} right, {} failed, {:.0f} per second\n", completed, failed(),
                                 static_cast<double>(completed) / seconds(window));
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    if (failures[i] == 0) continue;
    text += fmt::format("  {}: {}\n", failure_name(static_cast<Failure>(i)), failures[i]);
  }
  return text +
         fmt::format("latency p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, max {:.0f} us\n",
                     microseconds(latency.at(0.5)), microseconds(latency.at(0.99)),
                     microseconds(latency.at(0.999)), microseconds(latency.max()));
}

void Announcer::say(const char* word) const {
  if (!speaks_) return;
  std::fputs(word, stdout);
  std::fflush(stdout);
}

void publish(const LoadReport& report, bool as_json, bool holds) {
  std::fputs((as_json ? report.to_json() : report.to_text()).c_str(), stdout);
  std::fflush(stdout);
  std::array<char, 64> ignored;
  while (holds && ::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace seine::bench
