// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/dive/answer.h"
#include "cli/dive/fact_line.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/shown_time.h"
#include "cli/dive/wrapped_text.h"
#include "cli/table.h"

namespace seine::cli {
namespace {

std::string clusters_text(const json::Value& objective) {
  std::string out;
  for (const json::Value& each : list_at(objective, "clusters")) {
    if (const std::string* name = each.string()) out += (out.empty() ? "" : ", ") + *name;
  }
  return out.empty() ? "nobody has seen it yet" : out;
}

std::string window_text(const json::Value& objective, WallTime now) {
  std::string out(text_at(objective, "window"));
  const auto from = time_at(objective, "from_ms");
  return from ? out + ", from " + local_time(*from) + " (" + relative_time(*from, now) + ")" : out;
}

std::string facts(const json::Value& objective, WallTime now, const Terminal& terminal) {
  const json::Value& text = object_at(objective, "text");
  const Colour colour = state_colour(text_at(objective, "state"));
  std::string out;
  out += fact_line("of", subject_text(objective), terminal);
  out += fact_line("in", clusters_text(objective), terminal);
  out += fact_line("window", window_text(objective, now), terminal);
  out += fact_line("compliance", text_at(text, "compliance"), terminal);
  out += fact_line("budget left", text_at(text, "left"), terminal, colour);
  out += fact_line("SLI", text_at(text, "recent"), terminal);
  out += fact_line("burn rate", text_at(text, "burn"), terminal);
  return out;
}

std::string sentences(const json::Value& objective, std::size_t columns) {
  const json::Value& text = object_at(objective, "text");
  std::string out;
  for (const char* key : {"budget", "outlook", "coverage", "unsure", "excluded"}) {
    std::string part(text_at(text, key));
    // They come as parts of sentences.
    if (!part.empty() && part[0] >= 'a' && part[0] <= 'z')
      part[0] = static_cast<char>(part[0] - 'a' + 'A');
    out += sentence(part, columns);
  }
  return out.empty() ? out : "\n" + out;
}

// What the callers' proxies and what the server's saw of the same requests.
std::string views_table(const json::Value& objective, const Terminal& terminal) {
  Table table({{"SEEN_BY"}, {"GOOD", Align::kRight}, {"BAD", Align::kRight}});
  std::int64_t good[2]{};
  std::int64_t bad[2]{};
  std::size_t i = 0;
  for (const char* key : {"callers", "servers"}) {
    const json::Value& view = object_at(objective, key);
    if (view.is_null()) return {};
    // Counts are not below 0, so that the difference of two is in range.
    good[i] = std::max<std::int64_t>(0, integer_at(view, "good").value_or(0));
    bad[i] = std::max<std::int64_t>(0, integer_at(view, "bad").value_or(0));
    table.add({{key}, {grouped(good[i])}, {grouped(bad[i])}});
    ++i;
  }
  table.add({{"difference"}, {grouped(good[0] - good[1])}, {grouped(bad[0] - bad[1])}});
  return "\n" + table.render(terminal);
}

std::string example_cell(const json::Value& group, WallTime now) {
  const json::Value& example = object_at(group, "example");
  if (example.is_null()) return "-";
  std::string out(text_at(example, "method"));
  out.append(" ").append(text_at(example, "path"));
  const std::string latency = milliseconds_at(example, "latency_ms");
  if (!latency.empty()) out += ", " + latency;
  if (const auto at = time_at(example, "at_ms")) out += ", " + relative_time(*at, now);
  if (const auto trace = text_at(example, "trace_id"); !trace.empty()) {
    out.append(", trace ").append(trace);
  }
  return out;
}

std::string evidence_table(const json::Value& evidence, bool is_wide, WallTime now,
                           const Terminal& terminal) {
  const std::int64_t bad = integer_at(evidence, "bad").value_or(0);
  if (bad <= 0) return {};
  std::vector<Column> columns{
      {"COUNT", Align::kRight}, {"CAUSE"}, {"ROUTE"}, {"CALLER"}, {"VERSION"}, {"WORKLOAD"}};
  if (is_wide) columns.push_back({"EXAMPLE"});
  Table table(std::move(columns));
  for (const json::Value& group : list_at(evidence, "groups")) {
    std::vector<Cell> row{{grouped(integer_at(group, "count").value_or(0))}};
    for (const char* key : {"cause", "route", "caller", "version", "workload"}) {
      const std::string_view text = text_at(group, key);
      row.push_back({text.empty() ? "-" : std::string(text)});
    }
    if (is_wide) row.push_back({example_cell(group, now)});
    table.add(std::move(row));
  }
  std::string out = "\n" + grouped(bad) + (bad == 1 ? " bad request:\n" : " bad requests:\n");
  if (!table.empty()) out += table.render(terminal);
  if (const auto other = integer_at(evidence, "other").value_or(0); other > 0) {
    out += "and " + grouped(other) + " of other kinds\n";
  }
  return out;
}

}  // namespace

std::string objective_card(const json::Value& objective, const json::Value& evidence, bool is_wide,
                           WallTime now, const Terminal& terminal) {
  const std::size_t columns = text_columns(terminal);
  const std::string_view state = text_at(objective, "state");
  const json::Value& text = object_at(objective, "text");
  std::string out = terminal.paint(Colour::kBold, printable(text_at(objective, "name"))) + ": " +
                    terminal.paint(state_colour(state), printable(state)) + "\n";
  out += sentence(text_at(text, "goal"), columns);
  out += sentence(text_at(text, "allowance"), columns);
  if (const auto description = text_at(objective, "description"); !description.empty()) {
    out += "\n" + wrapped(description, columns, "  ");
  }
  out += "\n" + facts(objective, now, terminal);
  out += sentences(objective, columns);
  out += views_table(objective, terminal);
  return out + evidence_table(evidence, is_wide, now, terminal);
}

}  // namespace seine::cli
