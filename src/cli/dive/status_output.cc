// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/status_output.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/dive/answer.h"
#include "cli/dive/objective_output.h"
#include "cli/dive/shown_time.h"
#include "cli/table.h"

namespace seine::cli {
namespace {

struct StateCount {
  std::string state;
  std::int64_t count;
};

// What needs eyes first; states that this program does not know come last.
std::vector<StateCount> count_states(const json::Array& objectives) {
  static constexpr std::array<std::string_view, 6> kUrgent{
      "exhausted", "burning", "unreadable", "partial data", "no traffic", "healthy"};
  std::vector<StateCount> out;
  out.reserve(kUrgent.size());
  for (const std::string_view state : kUrgent) out.push_back({std::string(state), 0});
  for (const json::Value& objective : objectives) {
    const std::string_view state = text_at(objective, "state");
    const auto found = std::ranges::find(out, state, &StateCount::state);
    if (found != out.end()) {
      ++found->count;
    } else {
      out.push_back({std::string(state), 1});
    }
  }
  std::erase_if(out, [](const StateCount& each) { return each.count == 0; });
  return out;
}

std::string clusters_table(const json::Array& clusters, WallTime now, const Terminal& terminal) {
  if (clusters.empty()) return "No cluster has joined. `seine dive join-token` lets one.\n";
  Table table({{"CLUSTER"}, {"AGENT"}, {"HEARD"}});
  for (const json::Value& cluster : clusters) {
    const bool is_connected = flag_at(cluster, "connected");
    const auto seen = time_at(cluster, "last_seen_ms");
    table.add({{std::string(text_at(cluster, "name"))},
               {is_connected ? "connected" : "away", is_connected ? Colour::kGreen : Colour::kRed},
               {seen ? relative_time(*seen, now) : "never"}});
  }
  return table.render(terminal);
}

}  // namespace

std::string status_text(const DiveReading& reading, WallTime now, const Terminal& terminal) {
  std::string out = "Dive " + printable(reading.version) + "\n\n";
  out += clusters_table(reading.clusters, now, terminal);
  const auto states = count_states(reading.objectives);
  if (states.empty()) {
    return out + "\nThere are no objectives. `seine objective propose` finds one to begin with.\n";
  }
  Table table({{"OBJECTIVES", Align::kRight}, {"STATE"}});
  for (const StateCount& each : states) {
    table.add({{std::to_string(each.count)}, {each.state, state_colour(each.state)}});
  }
  return out + "\n" + table.render(terminal);
}

json::Value status_document(const DiveReading& reading) {
  json::Object states;
  for (const StateCount& each : count_states(reading.objectives)) {
    states.push_back({each.state, json::Value(each.count)});
  }
  json::Object out;
  out.push_back({"version", json::Value(reading.version)});
  out.push_back({"clusters", json::Value(reading.clusters)});
  out.push_back({"objectives", json::Value(std::move(states))});
  return json::Value(std::move(out));
}

}  // namespace seine::cli
