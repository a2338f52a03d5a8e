// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/objective.h"

#include <algorithm>
#include <string_view>

#include "fmt/format.h"

#include "base/resource_name.h"
#include "base/shown_text.h"

namespace seine::dive {
namespace {

constexpr std::string_view kNames = "write lower case letters, digits and '-', at most 63";
// GET /objectives/export is no objective's.
constexpr std::string_view kReservedName = "export";

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

// `what` is "name of a service".
std::unexpected<Error> refuse(std::string_view what, std::string_view text,
                              std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no {}: {}", brief(text), what, expected));
}

Result<void> check_subject(const Subject& subject) {
  if (subject.kind == Subject::Kind::kService && !is_label_name(subject.name)) {
    return refuse("name of a service", subject.name, kNames);
  }
  if (!is_subdomain_name(subject.name)) {
    return refuse("name of a workload", subject.name,
                  "write lower case letters, digits, '-' and '.', at most 253");
  }
  if (!is_label_name(subject.ns)) return refuse("name of a namespace", subject.ns, kNames);
  if (subject.route.size() > kMaxSubjectRoute || !is_printable(subject.route)) {
    return refuse("route", subject.route,
                  "write its name, such as purchase, or group/kind/name, in at most 512 letters "
                  "without blanks");
  }
  if (!is_label_value(subject.environment)) {
    return refuse("environment", subject.environment,
                  "write a label's value: letters, digits, '-', '_' and '.', at most 63");
  }
  return {};
}

// "-europe-berlin"; with digits of it in its place where that leaves too little for the rest.
std::string zone_tail(const CalendarMonth& month, std::size_t room) {
  if (month.zone == CalendarMonth().zone) return "";
  std::string out = "-";
  for (const char c : month.zone) {
    if (c == '+') {
      out += "plus";
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += is_lower_or_digit(c) ? c : '-';
    }
  }
  // A name ends in a letter or a digit.
  if (out.size() <= room && out.back() != '-') return out;
  return fmt::format("-{:06x}", digest_of(month.zone) & 0xffffffU);
}

// "-success-7d", "-latency-50ms-month-europe-berlin"
std::string promise_tail(const Objective& objective) {
  constexpr std::size_t kMost = 40;
  std::string out = objective.latency ? "-latency-" + format_duration(*objective.latency)
                                      : std::string("-success");
  if (const auto* rolling = std::get_if<RollingWindow>(&objective.window)) {
    return out + "-" + format_duration(rolling->length);
  }
  out += "-month";
  return out + zone_tail(std::get<CalendarMonth>(objective.window), kMost - out.size());
}

Result<void> check_new_zone(std::string_view zone) {
  for (const std::string_view folder : {"posix/", "right/"}) {
    if (!zone.starts_with(folder)) continue;
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is a copy of a time zone under another name: write {}",
                            brief(zone), brief(zone.substr(folder.size()))));
  }
  for (const std::string_view file : {"Factory", "localtime", "posixrules"}) {
    if (zone != file) continue;
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is not a time zone that means the same everywhere: write one such "
                    "as UTC or Europe/Berlin",
                    zone));
  }
  return {};
}

}  // namespace

Result<void> check_objective(const Objective& objective) {
  if (!is_label_name(objective.name)) {
    return refuse("name of an objective", objective.name, kNames);
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
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a latency of {} cannot be promised: write whole milliseconds from 1ms "
                            "to 1h, such as 50ms",
                            format_duration(*objective.latency)));
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

Result<void> check_new_objective(const Objective& objective) {
  if (objective.name == kReservedName) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("an objective cannot be called '{}', under which all of them are "
                            "exported: give it another name",
                            kReservedName));
  }
  if (const auto* month = std::get_if<CalendarMonth>(&objective.window)) {
    if (auto zone = check_new_zone(month->zone); !zone) return zone;
  }
  return check_objective(objective);
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
  const std::string tail = promise_tail(objective);
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
