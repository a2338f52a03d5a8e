// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/openslo.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "dive/slo/openslo_reading.h"

namespace seine::dive {
namespace {

constexpr std::string_view kVersion = "openslo/v1";

std::string read_metadata(OpensloReading& reading, YamlFields& document) {
  const YamlNode* node = document.map("metadata");
  if (node == nullptr) return {};
  YamlFields fields(*node, reading.file, "metadata");
  std::string name = fields.text("name");
  for (const std::string_view key : {"displayName", "labels", "annotations"}) {
    if (fields.has(key)) {
      reading.note(fields.line_of(key), fmt::format("'{}' of '{}' is not kept", key, name));
    }
  }
  finish_into(document, fields);
  return name;
}

// The only element of a list that may have several, of which one is understood here.
const YamlNode* only_item(YamlFields& fields, std::string_view key, std::string_view advice) {
  const YamlNode* list = fields.list(key);
  if (list == nullptr) return nullptr;
  if (list->items.size() == 1) return &list->items.front();
  fields.add_error(key, fmt::format("'{}' has {} elements; {}", key, list->items.size(), advice));
  return nullptr;
}

std::optional<Window> read_calendar(OpensloReading& reading, YamlFields& window,
                                    std::string_view duration) {
  const YamlNode* node = window.map("calendar");
  if (node == nullptr) return std::nullopt;
  YamlFields calendar(*node, reading.file, "calendar");
  const std::string start = calendar.text("startTime");
  const std::string zone = calendar.text("timeZone");
  if (!calendar.failed() && !(start.size() == 19 && start.ends_with("-01 00:00:00"))) {
    calendar.add_error("startTime",
                       "a month begins at its first midnight; write a first day, "
                       "such as 2026-01-01 00:00:00");
  }
  std::optional<Window> month;
  if (!calendar.failed()) month = calendar.take("timeZone", calendar_month(zone));
  finish_into(window, calendar);
  if (duration != "1M") {
    window.add_error("duration",
                     "the only calendar window is a month; write 1M, or a rolling "
                     "window with isRolling: true");
  }
  return month;
}

Result<Duration> parse_shorthand(std::string_view text) {
  if (!text.ends_with('w')) return parse_duration(text);
  auto weeks = parse_duration(std::string(text.substr(0, text.size() - 1)) + "d");
  if (!weeks || *weeks > kLongestWindow) {
    return fail(ErrorCode::kInvalidArgument, "that is no window; write one up to 90d, such as 4w");
  }
  return *weeks * 7;
}

std::optional<Window> read_window(OpensloReading& reading, YamlFields& slo) {
  const YamlNode* node = only_item(slo, "timeWindow", "write exactly one");
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, reading.file, "timeWindow");
  const std::string duration = fields.text("duration");
  const std::string rolling = fields.text_or_empty("isRolling");
  if (!rolling.empty() && rolling != "true" && rolling != "false") {
    fields.add_error("isRolling", "this is neither true nor false; write true");
  }
  std::optional<Window> window;
  if (fields.has("calendar")) {
    if (rolling == "true") {
      fields.add_error("isRolling", "a window with a calendar does not roll; remove one of both");
    }
    window = read_calendar(reading, fields, duration);
  } else if (rolling == "false") {
    fields.add_error("isRolling",
                     "a window that does not roll has a calendar; write one, or "
                     "isRolling: true");
  } else if (!fields.failed()) {
    if (const auto length = fields.take("duration", parse_shorthand(duration))) {
      window = fields.take("duration", rolling_window(*length));
    }
  }
  finish_into(slo, fields);
  return window;
}

std::optional<Goal> read_goal(OpensloReading& reading, YamlFields& slo) {
  const YamlNode* node = only_item(slo, "objectives", "write an SLO for each");
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, reading.file, "objective");
  fields.find("displayName");
  std::optional<Goal> goal;
  const bool has_target = fields.has("target");
  if (has_target == fields.has("targetPercent")) {
    fields.add_error("target", "write either target: 0.99 or targetPercent: 99");
  } else {
    const std::string_view key = has_target ? "target" : "targetPercent";
    const std::string text = fields.text(key);
    const auto billionths = parse_fixed(text, has_target ? 9 : 7);
    if (!fields.failed() && !billionths) {
      fields.add_error(key, fmt::format("'{}' is not a number that can be kept; write one such as "
                                        "{}",
                                        text.substr(0, 64), has_target ? "0.99" : "99"));
    } else if (billionths) {
      goal = fields.take(key, Goal::from_billionths(*billionths));
    }
  }
  finish_into(slo, fields);
  return goal;
}

Result<Objective> read_spec(OpensloReading& reading, const YamlNode& node, std::string name) {
  YamlFields slo(node, reading.file, "spec of an SLO");
  std::string description = slo.text_or_empty("description");
  const std::string service = slo.text("service");
  auto metric = read_indicator(reading, slo, service);
  auto window = read_window(reading, slo);
  if (slo.text("budgetingMethod") != "Occurrences") {
    slo.add_error("budgetingMethod", "requests are counted, not slices of time; write Occurrences");
  }
  const auto goal = read_goal(reading, slo);
  if (slo.has("alertPolicies")) {
    reading.note(slo.line_of("alertPolicies"),
                 fmt::format("'alertPolicies' of '{}' is not kept", name));
  }
  if (auto done = slo.finish(); !done) return fail(std::move(done.error()));
  Objective objective{.name = std::move(name),
                      .description = std::move(description),
                      .subject = std::move(metric->subject),
                      .latency = metric->within,
                      .goal = *goal,
                      .window = std::move(*window)};
  if (auto checked = check_new_objective(objective); !checked) {
    return fail_at(reading.file, node.line, checked.error().message);
  }
  return objective;
}

struct Document {
  std::string kind;
  std::string name;
  const YamlNode* spec = nullptr;
};

Result<Document> read_document(OpensloReading& reading, const YamlNode& node) {
  YamlFields fields(node, reading.file, "a document of OpenSLO");
  Document document;
  const std::string version = fields.text("apiVersion");
  if (!fields.failed() && version != kVersion) {
    fields.add_error("apiVersion",
                     fmt::format("'{}' is not read; write {}", version.substr(0, 64), kVersion));
  }
  document.kind = fields.text("kind");
  document.name = read_metadata(reading, fields);
  document.spec = fields.map("spec");
  if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
  return document;
}

}  // namespace

bool is_openslo(const YamlNode& document) {
  return std::ranges::find(document.members, "apiVersion", &YamlNode::Member::key) !=
         document.members.end();
}

Result<OpensloObjectives> read_openslo(std::span<const YamlNode> documents, std::string_view file) {
  OpensloReading reading{.file = file, .indicators = {}, .out = {}};
  std::vector<std::pair<Document, std::size_t>> slos;
  for (const YamlNode& node : documents) {
    auto document = read_document(reading, node);
    if (!document) return fail(std::move(document.error()));
    if (document->kind == "SLI") {
      reading.indicators.try_emplace(document->name, document->spec);
    } else if (document->kind == "SLO") {
      slos.emplace_back(std::move(*document), node.line);
    } else {
      reading.note(node.line, fmt::format("the {} '{}' is not kept", document->kind.substr(0, 64),
                                          document->name.substr(0, 64)));
    }
  }
  for (auto& [document, line] : slos) {
    auto objective = read_spec(reading, *document.spec, std::move(document.name));
    if (!objective) return fail(std::move(objective.error()));
    reading.out.objectives.push_back({std::move(*objective), line});
  }
  return std::move(reading.out);
}

}  // namespace seine::dive
