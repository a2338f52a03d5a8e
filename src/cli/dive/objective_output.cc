// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/objective_output.h"

#include <utility>
#include <vector>

#include "cli/dive/answer.h"
#include "cli/dive/wrapped_text.h"
#include "cli/table.h"

namespace seine::cli {
namespace {

std::string or_dash(std::string_view text) {
  return text.empty() ? "-" : std::string(text);
}

std::string joined(const json::Array& texts) {
  std::string out;
  for (const json::Value& each : texts) {
    if (const std::string* text = each.string()) out += (out.empty() ? "" : ",") + *text;
  }
  return out;
}

// "99%", "99% 50ms"
std::string goal_cell(const json::Value& objective) {
  std::string out(text_at(objective, "goal"));
  const std::string latency = milliseconds_at(objective, "latency_ms");
  return latency.empty() ? out : out + " " + latency;
}

// "shop/svc/payments": without what narrows it.
std::string short_subject(const json::Value& objective) {
  const std::string_view service = text_at(objective, "service");
  std::string out(text_at(objective, "namespace"));
  out += service.empty() ? "/workload/" : "/svc/";
  return out.append(service.empty() ? text_at(objective, "workload") : service);
}

// "shop/payments" of the usual kind, whose name need not be said.
std::string subject_cell(const json::Value& objective) {
  const std::string_view service = text_at(objective, "service");
  if (service.empty()) return short_subject(objective);
  return std::string(text_at(objective, "namespace")).append("/").append(service);
}

Colour colour_of_proposal(const json::Value& goal) {
  return flag_at(goal, "recommended") ? Colour::kGreen : Colour::kNone;
}

}  // namespace

Colour state_colour(std::string_view state) {
  if (state == "healthy") return Colour::kGreen;
  if (state == "exhausted") return Colour::kRed;
  if (state == "burning" || state == "partial data" || state == "unreadable") {
    return Colour::kYellow;
  }
  return Colour::kDim;
}

std::string subject_text(const json::Value& objective) {
  std::string out = short_subject(objective);
  if (const auto route = text_at(objective, "route"); !route.empty()) {
    out.append(" route ").append(route);
  }
  if (const auto environment = text_at(objective, "environment"); !environment.empty()) {
    out.append(" in ").append(environment);
  }
  return out;
}

std::string objective_table(const json::Array& objectives, bool is_wide, const Terminal& terminal) {
  std::vector<Column> columns{{.title = "NAME", .is_whole = true}, {"OF"}, {"GOAL"}};
  columns.push_back({"WINDOW", Align::kLeft, "WIN"});
  columns.push_back({"STATE"});
  columns.push_back({"COMPLIANCE", Align::kRight, "MET"});
  columns.push_back({"BUDGET_LEFT", Align::kRight, "LEFT"});
  if (is_wide) {
    columns.push_back({"SLI", Align::kRight});
    columns.push_back({"BURN", Align::kRight});
    columns.push_back({"CLUSTERS"});
  }
  Table table(std::move(columns));
  for (const json::Value& each : objectives) {
    const json::Value& text = object_at(each, "text");
    const Colour colour = state_colour(text_at(each, "state"));
    // Without traffic the figures say so, which STATE has said.
    const auto figure = [&](std::string_view key) {
      const std::string_view value = text_at(text, key);
      return or_dash(value == "no traffic" ? "" : value);
    };
    std::vector<Cell> row{{std::string(text_at(each, "name"))},
                          {is_wide ? subject_text(each) : subject_cell(each)},
                          {goal_cell(each)},
                          {std::string(text_at(each, "window"))},
                          {std::string(text_at(each, "state")), colour},
                          {figure("compliance")},
                          {figure("left"), colour}};
    if (is_wide) {
      row.push_back({figure("recent")});
      row.push_back({figure("burn")});
      row.push_back({or_dash(joined(list_at(each, "clusters")))});
    }
    table.add(std::move(row));
  }
  return table.render(terminal);
}

std::string proposal_text(const json::Value& proposals, const std::string& how_to_set,
                          const Terminal& terminal) {
  const std::size_t columns = text_columns(terminal);
  std::string out = wrapped(text_at(proposals, "objective"), columns);
  out += sentence(text_at(proposals, "history"), columns);
  const json::Array& goals = list_at(proposals, "goals");
  if (goals.empty()) return out + "There is no traffic in the window to learn from.\n";
  Table table({{"GOAL", Align::kRight},
               {"MET_OF_LAST_WINDOW", Align::kRight, "MET"},
               {"BUDGET_LEFT_NOW", Align::kRight, "LEFT"},
               {"MAY_STILL_FAIL", Align::kRight},
               {"NOTE"}});
  std::string recommended;
  for (const json::Value& goal : goals) {
    const bool is_recommended = flag_at(goal, "recommended");
    if (is_recommended) recommended = text_at(goal, "goal");
    std::string mark = is_recommended ? "recommended" : "";
    if (flag_at(goal, "own")) mark += mark.empty() ? "yours" : ", yours";
    table.add({{std::string(text_at(goal, "goal")), colour_of_proposal(goal)},
               {or_dash(text_at(goal, "met"))},
               {or_dash(text_at(goal, "left_now"))},
               {or_dash(text_at(goal, "may_still_fail"))},
               {or_dash(mark), colour_of_proposal(goal)}});
  }
  out += "\n" + table.render(terminal);
  if (recommended.empty()) {
    return out + "\n" +
           wrapped(
               "No goal was met at every moment and still bears a failure; choose one that you "
               "mean to reach.",
               columns);
  }
  return out + "\nSet it:  " + printable(how_to_set + recommended) + "\n";
}

std::string saved_text(const json::Value& saved, const Terminal& terminal) {
  const std::string_view action = text_at(saved, "action");
  const Colour colour = action == "unchanged" ? Colour::kDim : Colour::kGreen;
  std::string done = printable(action);
  if (flag_at(saved, "dry_run")) {
    done = (action == "unchanged" ? "would stay " : "would be ") + done;
  }
  std::string out = terminal.paint(colour, done) + " " + printable(text_at(saved, "name")) + "\n";
  const std::string_view was = text_at(saved, "was");
  if (was.empty()) return out;
  const std::string_view now = text_at(object_at(object_at(saved, "objective"), "text"), "goal");
  const std::size_t columns = text_columns(terminal);
  out += sentence("before: " + std::string(was), columns);
  return out + sentence("after: " + std::string(now), columns);
}

}  // namespace seine::cli
