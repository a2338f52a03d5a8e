// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/evidence.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "dive/evidence/route_name.h"
#include "dive/slo/tally.h"

namespace seine::dive {
namespace {

// In the order in which equal groups are told.
struct Key {
  std::string route;
  std::string caller;
  std::string workload;
  std::string version;
  std::string cause;
  friend auto operator<=>(const Key&, const Key&) = default;
};

std::string name_of(const Party& party) {
  return party.workload.empty() ? "" : fmt::format("{}/{}", party.ns, party.workload);
}

std::string caller_of(const RowFacts& facts) {
  if (!facts.is_inbound()) return name_of(facts.reporter);
  if (!facts.peer.workload.empty()) return name_of(facts.peer);
  return facts.peer_identity.empty() ? "outside of the mesh" : facts.peer_identity;
}

std::string cause_of(const Objective& objective, const RowFacts& facts) {
  if (objective.latency) return "over " + format_duration(*objective.latency);
  if (!facts.cause.empty()) return facts.cause;
  if (facts.grpc_status > 0) return fmt::format("gRPC {}", facts.grpc_status);
  return facts.http_status == 0 ? "no response" : fmt::format("HTTP {}", facts.http_status);
}

Key key_of(const Objective& objective, const RowFacts& facts, const EvidenceBy& by) {
  Key key;
  if (by.route) key.route = canonical_route(facts.route);
  if (by.caller) key.caller = caller_of(facts);
  if (by.workload) key.workload = name_of(facts.server());
  if (by.version) key.version = facts.server().version;
  if (by.cause) key.cause = cause_of(objective, facts);
  return key;
}

bool is_within(WallTime time, const Span& span) {
  return time > span.from && time <= span.to;
}

// Whether this request is one of those that its row's bad ones are.
bool is_bad(const Objective& objective, const Example& example) {
  if (!objective.latency) return true;
  return telemetry::latency_bounds(telemetry::latency_bucket(example.latency)).upper >
         *objective.latency;
}

// One of the span is better than one of after it, which shows the same kind of request: few are
// kept, and those of what is not all known yet replace older ones. Then the later one; any order
// will do among those of one moment, if it is always the same.
bool is_better(const Example& a, const Example& b, WallTime to) {
  const auto rank = [to](const Example& each) {
    return std::tuple(each.ended_at <= to, each.ended_at, std::string_view(each.path),
                      std::string_view(each.trace_id), std::string_view(each.method), each.latency,
                      std::string_view(each.detail));
  };
  return rank(a) > rank(b);
}

struct Group {
  Outcomes outcomes;  // the bad ones alone
  std::optional<Example> example;
};

void add_row(const Objective& objective, const CountRows& rows, const Span& span, Group& group) {
  Outcomes bad;
  for (const RowSlot& slot : rows.slots) {
    if (!is_within(slot.end, span)) continue;
    const Tally tally = tally_row(objective, rows.facts.response(), slot.count, slot.latency);
    bad += {.good = 0, .bad = tally.counts.bad};
  }
  if (bad.bad == 0) return;
  group.outcomes += bad;
  for (const Example& example : rows.examples) {
    if (example.ended_at <= span.from || !is_bad(objective, example)) continue;
    if (!group.example || is_better(example, *group.example, span.to)) group.example = example;
  }
}

}  // namespace

Evidence find_evidence(const Objective& objective, const Backends& backends,
                       std::span<const CountRows> rows, const Span& span, const EvidenceBy& by,
                       std::size_t limit) {
  const SubjectRows subject(objective.subject, backends);
  std::map<Key, Group> groups;
  for (const CountRows& each : rows) {
    // What a meshed caller's server saw is no part of the verdict.
    const bool is_told_by_caller = each.facts.is_inbound() && each.facts.has_meshed_caller();
    if (is_told_by_caller || !subject.contains(each.facts)) continue;
    add_row(objective, each, span, groups[key_of(objective, each.facts, by)]);
  }
  std::vector<std::pair<Key, Group>> sorted;
  Outcomes all;
  for (auto& [key, group] : groups) {
    if (group.outcomes.bad == 0) continue;
    all += group.outcomes;
    sorted.emplace_back(key, std::move(group));
  }
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    if (a.second.outcomes.bad != b.second.outcomes.bad) {
      return a.second.outcomes.bad > b.second.outcomes.bad;
    }
    return a.first < b.first;
  });
  Evidence out;
  out.bad = all.bad;
  for (auto& [key, group] : sorted) {
    if (out.groups.size() == limit) {
      ++out.other_groups;
      out.other += group.outcomes.bad;
      continue;
    }
    out.groups.push_back({.route = key.route,
                          .caller = key.caller,
                          .workload = key.workload,
                          .version = key.version,
                          .cause = key.cause,
                          .count = group.outcomes.bad,
                          .share = {Int128{group.outcomes.bad}, Int128{out.bad}},
                          .example = std::move(group.example)});
  }
  return out;
}

}  // namespace seine::dive
