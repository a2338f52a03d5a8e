// SPDX-License-Identifier: Apache-2.0
// Objectives as documents of OpenSLO v1; read_openslo() reads them back.
#include "fmt/format.h"

#include "dive/slo/number_text.h"
#include "dive/slo/objective_file.h"
#include "dive/slo/subject_fields.h"
#include "dive/slo/yaml.h"

namespace seine::dive {
namespace {

void add_metric(std::string& out, std::string_view key, const Subject& subject,
                std::optional<Duration> within) {
  out += fmt::format(
      "        {}:\n"
      "          metricSource:\n"
      "            type: seine\n"
      "            spec:\n"
      "              {}: {}\n"
      "              namespace: {}\n",
      key, subject_key(subject.kind), yaml_scalar(subject.name), yaml_scalar(subject.ns));
  if (!subject.route.empty()) {
    out += fmt::format("              route: {}\n", yaml_scalar(subject.route));
  }
  if (!subject.environment.empty()) {
    out += fmt::format("              environment: {}\n", yaml_scalar(subject.environment));
  }
  if (within) out += fmt::format("              within: {}\n", format_duration(*within));
}

void add_window(std::string& out, const Window& window) {
  out += "  timeWindow:\n";
  if (const auto* month = std::get_if<CalendarMonth>(&window)) {
    // A start is asked for, and any first of a month is as good as another.
    out += fmt::format(
        "    - duration: 1M\n"
        "      calendar:\n"
        "        startTime: 2026-01-01 00:00:00\n"
        "        timeZone: {}\n"
        "      isRolling: false\n",
        yaml_scalar(month->zone));
    return;
  }
  out += fmt::format("    - duration: {}\n      isRolling: true\n", format_window(window));
}

void add_document(std::string& out, const Objective& objective) {
  const std::string name = yaml_scalar(objective.name);
  out += fmt::format("apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\nspec:\n", name);
  if (!objective.description.empty()) {
    out += fmt::format("  description: {}\n", yaml_scalar(objective.description));
  }
  out += fmt::format(
      "  service: {}\n"
      "  indicator:\n"
      "    metadata:\n"
      "      name: {}\n"
      "    spec:\n"
      "      ratioMetric:\n"
      "        counter: true\n",
      yaml_scalar(objective.subject.name), name);
  add_metric(out, "good", objective.subject, objective.latency);
  add_metric(out, "total", objective.subject, std::nullopt);
  add_window(out, objective.window);
  const std::string percent = objective.goal.to_string();
  out += fmt::format("  budgetingMethod: Occurrences\n  objectives:\n    - targetPercent: {}\n",
                     percent.substr(0, percent.size() - 1));
}

}  // namespace

std::string write_openslo(std::span<const Objective> objectives) {
  std::string out;
  for (const Objective& objective : objectives) {
    if (!out.empty()) out += "---\n";
    add_document(out, objective);
  }
  return out;
}

}  // namespace seine::dive
