// SPDX-License-Identifier: Apache-2.0
#include "dive/api/refusals.h"

#include <string>
#include <utility>

namespace seine::dive {
namespace {

constexpr std::size_t kMaxReason = 512;

struct RefusalLabels {
  std::string_view method;
  std::string_view reason;
  void write(metrics::LabelWriter& out) const {
    out.add("method", method);
    out.add("reason", reason);
  }
};

}  // namespace

Refusals::Refusals(const Clock& clock, const Log& log, metrics::Registry& registry,
                   std::size_t core)
    : clock_(clock),
      log_(log),
      core_(core),
      refused_(registry.counter(
          {.description = {.name = "seine_dive_agent_refused",
                           .help = "What was not taken of agents, by method and reason."}})) {}

void Refusals::count(std::string_view method, std::string_view reason) {
  refused_.get(core_, RefusalLabels{method, reason}).add();
}

void Refusals::count_message(std::string_view method, std::string_view cluster,
                             std::uint64_t sequence, std::string_view why) {
  count(method, "message");
  const TimePoint now = clock_.now();
  if (now - lines_since_ >= kLinesEvery) {
    lines_since_ = now;
    lines_ = 0;
  }
  if (lines_ == kMaxLines) {
    ++left_out_;
    return;
  }
  ++lines_;
  log_error(log_, "a message of an agent can never be taken: it is lost",
            {{"cluster", std::string(cluster)},
             {"method", std::string(method)},
             {"sequence", std::to_string(sequence)},
             {"reason", std::string(why.substr(0, kMaxReason))},
             {"not_told_before", std::to_string(std::exchange(left_out_, 0))}});
}

}  // namespace seine::dive
