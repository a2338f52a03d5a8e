// SPDX-License-Identifier: Apache-2.0
// Routes: hosts, and rules that each have matches and a policy; and which rule a request takes.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/metadata.h"
#include "model/request_match.h"

namespace seine::model {

// Match is HttpMatch or GrpcMatch; Policy is what to do with a request that matches.
template <class Match, class Policy>
struct Rule {
  std::vector<Match> matches;  // none: every request
  Policy policy;
  friend bool operator==(const Rule&, const Rule&) = default;
};

template <class Match, class Policy>
struct Route {
  using RuleType = Rule<Match, Policy>;
  using MatchType = Match;

  Metadata meta;
  std::vector<HostMatch> hosts;  // none: every host
  std::vector<RuleType> rules;
  friend bool operator==(const Route&, const Route&) = default;
};

// Points into the routes it was found in.
template <class RouteType>
struct Found {
  const RouteType* route;
  const typename RouteType::RuleType* rule;
  const typename RouteType::MatchType* match;  // null if the rule has none
};

// The first two figures of the best host match; nothing if no host matches.
inline std::optional<Rank> match_host(std::span<const HostMatch> hosts, std::string_view host) {
  if (hosts.empty()) return Rank{};
  std::optional<Rank> best;
  for (const HostMatch& match : hosts) {
    if (!match.matches(host)) continue;
    const Rank rank{static_cast<std::size_t>(match.kind), match.name.size()};
    if (!best || rank > *best) best = rank;
  }
  return best;
}

// The most precise rule of all routes; of equals, the first listed. Nothing means 404.
template <class RouteType>
std::optional<Found<RouteType>> find_route(std::span<const RouteType> routes,
                                           const RequestView& request) {
  std::optional<Found<RouteType>> best;
  Rank best_rank{};
  const auto offer = [&](Rank rank, const Rank& host, Found<RouteType> found) {
    rank[0] = host[0];
    rank[1] = host[1];
    if (best && rank <= best_rank) return;
    best = found;
    best_rank = rank;
  };
  for (const RouteType& route : routes) {
    const std::optional<Rank> host = match_host(route.hosts, request.host);
    if (!host) continue;
    for (const auto& rule : route.rules) {
      if (rule.matches.empty()) offer(Rank{}, *host, {&route, &rule, nullptr});
      for (const auto& match : rule.matches) {
        if (const std::optional<Rank> rank = match.match(request)) {
          offer(*rank, *host, {&route, &rule, &match});
        }
      }
    }
  }
  return best;
}

}  // namespace seine::model
