// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "dive/evidence/route_name.h"
#include "dive/slo/tally.h"
#include "dive/views/objective_view.h"

namespace seine::dive {

Evidence merge_evidence(std::vector<Evidence> clusters, std::size_t limit) {
  const auto key_of = [](const EvidenceGroup& group) {
    return std::tuple(group.route, group.caller, group.workload, group.version, group.cause);
  };
  std::map<decltype(key_of(EvidenceGroup{})), EvidenceGroup> groups;
  Outcomes bad, other;
  Evidence out;
  for (Evidence& cluster : clusters) {
    bad += {.good = 0, .bad = cluster.bad};
    other += {.good = 0, .bad = cluster.other};
    out.other_groups += cluster.other_groups;
    for (EvidenceGroup& group : cluster.groups) {
      auto [found, is_new] = groups.try_emplace(key_of(group), group);
      if (is_new) continue;
      Outcomes sum{.good = 0, .bad = found->second.count};
      sum += {.good = 0, .bad = group.count};
      found->second.count = sum.bad;
      const bool is_newer =
          group.example &&
          (!found->second.example || group.example->ended_at > found->second.example->ended_at);
      if (is_newer) found->second.example = std::move(group.example);
    }
  }
  for (auto& [key, group] : groups) out.groups.push_back(std::move(group));
  std::ranges::sort(out.groups, [&](const EvidenceGroup& a, const EvidenceGroup& b) {
    return a.count != b.count ? a.count > b.count : key_of(a) < key_of(b);
  });
  for (; out.groups.size() > limit; out.groups.pop_back()) {
    other += {.good = 0, .bad = out.groups.back().count};
    ++out.other_groups;
  }
  out.bad = bad.bad;
  out.other = other.bad;
  for (EvidenceGroup& group : out.groups) group.share = {Int128{group.count}, Int128{out.bad}};
  return out;
}

std::vector<std::string> shown_routes(const std::vector<EvidenceGroup>& groups) {
  std::map<std::string_view, std::set<std::string_view>> names;  // by short name
  for (const EvidenceGroup& each : groups) names[short_route(each.route)].insert(each.route);
  std::vector<std::string> out;
  for (const EvidenceGroup& each : groups) {
    const std::string_view name = short_route(each.route);
    out.emplace_back(names[name].size() == 1 ? name : each.route);
  }
  return out;
}

}  // namespace seine::dive
