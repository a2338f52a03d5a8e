// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/event_output.h"

#include <utility>
#include <vector>

#include "cli/dive/answer.h"
#include "cli/dive/fact_line.h"
#include "cli/dive/shown_time.h"
#include "cli/dive/wrapped_text.h"
#include "cli/table.h"

namespace seine::cli {
namespace {

Colour colour_of(std::string_view state) {
  if (state == "ongoing") return Colour::kYellow;
  if (state == "undone") return Colour::kRed;
  return state == "scheduled" ? Colour::kBold : Colour::kDim;
}

// More exactly than its state, where there is such a word: "side by side" is ongoing.
std::string_view phase_text(const json::Value& event) {
  const std::string_view phase = text_at(event, "phase");
  return phase.empty() ? text_at(event, "state") : phase;
}

// "shop/payments", "shop" for a whole namespace, the cluster's name for that.
std::string target_text(const json::Value& target) {
  const std::string_view ns = text_at(target, "namespace");
  const std::string_view name = text_at(target, "name");
  if (ns.empty()) return std::string(text_at(target, "cluster"));
  std::string out(ns);
  return name.empty() ? out : out.append("/").append(name);
}

std::string about_cell(const json::Value& event) {
  const json::Array& targets = list_at(event, "targets");
  if (targets.empty()) {
    const json::Array& about = list_at(event, "about");
    const std::string* const text = about.empty() ? nullptr : about.front().string();
    return text == nullptr ? "-" : *text;
  }
  const std::string first = target_text(targets.front());
  return targets.size() == 1 ? first : first + " +" + std::to_string(targets.size() - 1);
}

// As much of a long id as tells events apart, which Dive takes for it.
std::string short_id(const json::Value& event) {
  constexpr std::string_view kPrefix = "process.";
  constexpr std::size_t kEnough = 8;
  std::string_view id = text_at(event, "id");
  const bool is_long = id.starts_with(kPrefix) && id.size() > kPrefix.size() + kEnough;
  return std::string(is_long ? id.substr(kPrefix.size(), kEnough) : id);
}

// Long ids are of what was found, and nobody starts or concludes that.
std::string id_cell(const json::Value& event, bool is_wide) {
  if (is_wide) return std::string(text_at(event, "id"));
  return text_at(event, "kind") == "process" ? short_id(event) : "-";
}

std::string about_text(const json::Value& event) {
  std::string out;
  for (const json::Value& target : list_at(event, "targets")) {
    out += (out.empty() ? "" : ", ") + target_text(target);
    const std::string_view cluster = text_at(target, "cluster");
    if (!cluster.empty() && !text_at(target, "namespace").empty()) {
      out.append(" (").append(cluster).append(")");
    }
  }
  return out;
}

std::string rollout_text(const json::Value& event) {
  const json::Value& rollout = object_at(event, "rollout");
  if (rollout.is_null()) return {};
  std::string out(text_at(rollout, "from"));
  out.append(out.empty() ? "to " : " to ").append(text_at(rollout, "to"));
  return out + ", " + std::to_string(integer_at(rollout, "ready").value_or(0)) + " of " +
         std::to_string(integer_at(rollout, "pods").value_or(0)) + " pods ready";
}

std::string relative_cell(const json::Value& event, std::string_view key, WallTime now) {
  const auto time = time_at(event, key);
  return time ? relative_time(*time, now) : "-";
}

std::string time_text(const json::Value& value, std::string_view key, WallTime now) {
  const auto time = time_at(value, key);
  return time ? local_time(*time) + " (" + relative_time(*time, now) + ")" : std::string();
}

std::string comments_text(const json::Value& event, WallTime now, std::size_t columns) {
  std::string out;
  for (const json::Value& comment : list_at(event, "comments")) {
    const std::string_view by = text_at(comment, "by");
    out += "\n" + time_text(comment, "at_ms", now);
    out += (by.empty() ? "" : " by " + printable(by)) + "\n";
    out += wrapped(text_at(comment, "text"), columns, "  ");
  }
  return out;
}

}  // namespace

std::string event_table(const json::Array& events, bool is_wide, WallTime now,
                        const Terminal& terminal) {
  std::vector<Column> columns{{"BEGINS"}, {"STATE"}, {"TITLE"}, {"ABOUT"}};
  if (is_wide) {
    columns.push_back({"KIND"});
    columns.push_back({"BY"});
    columns.push_back({"ENDED"});
  }
  columns.push_back({.title = "ID", .is_whole = true});
  Table table(std::move(columns));
  for (const json::Value& event : events) {
    const std::string_view state = text_at(event, "state");
    std::vector<Cell> row{{relative_cell(event, "starts_ms", now)},
                          {std::string(phase_text(event)), colour_of(state)},
                          {std::string(text_at(event, "title"))},
                          {about_cell(event)}};
    if (is_wide) {
      const std::string_view by = text_at(event, "by");
      row.push_back({std::string(text_at(event, "kind"))});
      row.push_back({by.empty() ? "-" : std::string(by)});
      row.push_back({relative_cell(event, "ends_ms", now)});
    }
    row.push_back({id_cell(event, is_wide)});
    table.add(std::move(row));
  }
  return table.render(terminal);
}

std::string event_card(const json::Value& event, WallTime now, const Terminal& terminal) {
  const std::size_t columns = text_columns(terminal);
  const std::string_view state = text_at(event, "state");
  const bool is_to_come = state == "scheduled";
  std::string out = terminal.paint(Colour::kBold, printable(text_at(event, "title"))) + "\n\n";
  out += fact_line("state", phase_text(event), terminal, colour_of(state));
  out += fact_line("kind", text_at(event, "kind"), terminal);
  out += fact_line("about", about_text(event), terminal);
  out += fact_line("rollout", rollout_text(event), terminal);
  out += fact_line(is_to_come ? "begins" : "began", time_text(event, "starts_ms", now), terminal);
  out += fact_line("ended", time_text(event, "ends_ms", now), terminal);
  out += fact_line("by", text_at(event, "by"), terminal);
  out += fact_line("id", text_at(event, "id"), terminal);
  if (const auto description = text_at(event, "description"); !description.empty()) {
    out += "\n" + wrapped(description, columns, "  ");
  }
  return out + comments_text(event, now, columns);
}

std::string event_line(const json::Value& event, const Terminal& terminal) {
  const std::string_view state = text_at(event, "state");
  return terminal.paint(colour_of(state), printable(phase_text(event))) + " " +
         printable(short_id(event)) + ": " + printable(text_at(event, "title")) + "\n";
}

}  // namespace seine::cli
