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

// FNV-1a, which stays what it is: names are kept.
std::uint32_t digest_of(std::string_view text) {
  std::uint32_t digest = 2'166'136'261U;
  for (const char c : text) {
    digest = (digest ^ static_cast<unsigned char>(c)) * 16'777'619U;
  }
  return digest;
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

std::string describe(const Subject& subject) {
  std::string out = fmt::format("{} {} in namespace {}",
                                subject.kind == Subject::Kind::kService ? "service" : "workload",
                                subject.name, subject.ns);
  if (!subject.route.empty()) out += ", route " + subject.route;
  if (!subject.environment.empty()) out += ", environment " + subject.environment;
  return out;
}

std::string default_name(const Objective& objective) {
  const auto* rolling = std::get_if<RollingWindow>(&objective.window);
  const std::string tail =
      fmt::format("-{}{}-{}", objective.latency ? "latency-" : "success",
                  objective.latency ? format_duration(*objective.latency) : "",
                  rolling != nullptr ? format_duration(rolling->length) : "month");
  const Subject& subject = objective.subject;
  std::string name = subject.ns == Subject().ns ? "" : subject.ns + "-";
  name += subject.name;
  if (subject.kind == Subject::Kind::kWorkload) name += "-workload";
  if (!subject.route.empty()) name += "-" + subject.route.substr(subject.route.rfind('/') + 1);
  if (!subject.environment.empty()) name += "-" + subject.environment;
  const std::string whole = name;
  for (char& c : name) {
    if (!is_lower_or_digit(c)) c = '-';
  }
  const std::size_t room = kMaxObjectiveName - std::min(kMaxObjectiveName, tail.size());
  if (name == whole && name.size() <= room) return name + tail;
  // Two that differ only in what is lost are to be two.
  const std::string digits = fmt::format("-{:06x}", digest_of(describe(subject)) & 0xffffffU);
  name.resize(std::min(name.size(), room - std::min(room, digits.size())));
  return name + digits + tail;
}

}  // namespace seine::dive
