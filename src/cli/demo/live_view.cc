// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/live_view.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "cli/cells.h"
#include "cli/table.h"

namespace seine::cli {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLineEvery = 10s;

void put(const std::string& text) {
  // What cannot be shown is not worth a failure.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(duration).count()) + " s";
}

std::string table_of(const std::map<std::string, DemoService>& services, Duration so_far,
                     const Terminal& terminal) {
  Table table({{"SERVICE"},
               {"REQUESTS", Align::kRight},
               {"SUCCESS", Align::kRight},
               {"RPS", Align::kRight},
               {"P50", Align::kRight},
               {"P95", Align::kRight},
               {"P99", Align::kRight}});
  const double elapsed = std::max(std::chrono::duration<double>(so_far).count(), 1.0);
  for (const auto& [name, service] : services) {
    if (service.outbound == 0) continue;
    table.add({{name},
               {std::to_string(service.outbound)},
               {success_cell(service.succeeded, service.succeeded + service.failed)},
               {rate_cell(static_cast<double>(service.outbound) / elapsed)},
               {latency_cell(service.p50)},
               {latency_cell(service.p95)},
               {latency_cell(service.p99)}});
  }
  return table.empty() ? std::string() : table.render(terminal);
}

}  // namespace

LiveView::LiveView(const Terminal& terminal) : terminal_(terminal) {
  terminal_.is_tty = ::isatty(STDERR_FILENO) == 1 && terminal.is_tty;
}

void LiveView::say(std::string_view sentence) {
  put(erase() + std::string(sentence) + "\n");
}

std::string LiveView::erase() {
  const std::size_t lines = std::exchange(drawn_, 0);
  return lines == 0 ? std::string() : "\x1b[" + std::to_string(lines) + "A\x1b[J";
}

void LiveView::show(const std::map<std::string, DemoService>& services, Duration so_far,
                    Duration whole) {
  std::string heading = seconds(so_far);
  if (whole > Duration::zero()) heading += " of " + seconds(whole);
  if (!terminal_.is_tty) {
    if (so_far < next_line_) return;
    next_line_ = so_far + kLineEvery;
    std::uint64_t total = 0;
    for (const auto& [name, service] : services) total += service.outbound;
    say(heading + ": " + std::to_string(total) + " requests");
    return;
  }
  const std::string text = heading + "\n" + table_of(services, so_far, terminal_);
  put(erase() + text);
  drawn_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

void LiveView::end() {
  drawn_ = 0;
}

}  // namespace seine::cli
