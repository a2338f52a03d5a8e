// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective.h"

#include <algorithm>
#include <string_view>

#include "fmt/format.h"

#include "base/resource_name.h"
#include "base/shown_text.h"

namespace seine::dive {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_label_value(std::string_view text) {
  return text.size() <= kMaxEnvironment && std::ranges::all_of(text, [](char c) {
           return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                  c == '.';
         });
}

std::unexpected<Error> refuse(std::string_view field, std::string_view text,
                              std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} '{}' cannot be: {}", field, text.substr(0, 64), expected));
}

Result<void> check_subject(const Subject& subject) {
  constexpr std::string_view kNames = "write lower case letters, digits and '-', at most 63";
  const bool is_service = subject.kind == Subject::Kind::kService;
  if (!(is_service ? is_label_name(subject.name) : is_subdomain_name(subject.name))) {
    return refuse(is_service ? "service" : "workload", subject.name, kNames);
  }
  if (!is_label_name(subject.ns)) return refuse("namespace", subject.ns, kNames);
  if (subject.route.size() > kMaxSubjectRoute || !is_printable(subject.route)) {
    return refuse("route", subject.route, "write it as rows name it, group/kind/name");
  }
  if (!is_label_value(subject.environment)) {
    return refuse("environment", subject.environment,
                  "write a label's value: letters, digits, '-', '_' and '.', at most 63");
  }
  return {};
}

}  // namespace

Result<void> check_objective(const Objective& objective) {
  if (!is_label_name(objective.name)) {
    return refuse("name", objective.name, "write lower case letters, digits and '-', at most 63");
  }
  constexpr TextForm kDescription{kMaxDescription, /*has_lines=*/true, /*may_be_empty=*/true};
  if (auto checked = check_shown_text("the description", objective.description, kDescription);
      !checked) {
    return checked;
  }
  if (auto checked = check_subject(objective.subject); !checked) return checked;
  if (objective.latency &&
      (*objective.latency < kShortestThreshold || *objective.latency > kLongestThreshold ||
       *objective.latency % std::chrono::milliseconds(1) != Duration::zero())) {
    return refuse("latency", format_duration(*objective.latency),
                  "write whole milliseconds from 1ms to 1h, such as 50ms");
  }
  if (const auto* rolling = std::get_if<RollingWindow>(&objective.window)) {
    if (auto window = rolling_window(rolling->length); !window) {
      return fail(std::move(window.error()));
    }
    return {};
  }
  auto month = calendar_month(std::get<CalendarMonth>(objective.window).zone);
  if (!month) return fail(std::move(month.error()));
  return {};
}

std::string default_name(const Objective& objective) {
  const auto* rolling = std::get_if<RollingWindow>(&objective.window);
  const std::string tail =
      fmt::format("-{}{}-{}", objective.latency ? "latency-" : "success",
                  objective.latency ? format_duration(*objective.latency) : "",
                  rolling != nullptr ? format_duration(rolling->length) : "month");
  std::string name = objective.subject.name;
  for (char& c : name) {
    if (!is_lower_or_digit(c)) c = '-';
  }
  if (tail.size() < kMaxObjectiveName) {
    name.resize(std::min(name.size(), kMaxObjectiveName - tail.size()));
  }
  return name + tail;
}

}  // namespace seine::dive
