// SPDX-License-Identifier: Apache-2.0
#include "dive/api/known_subject.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/shown_text.h"
#include "dive/catalog/catalog_limits.h"
#include "dive/evidence/backends.h"
#include "dive/evidence/route_name.h"

namespace seine::dive {
namespace {

using Place = std::pair<std::string, std::string>;  // namespace, name

void add_places(const KeptCluster& cluster, Subject::Kind kind, std::set<Place>& out) {
  const ClusterCatalog::State& state = cluster.catalog.state();
  if (kind == Subject::Kind::kService) {
    for (const auto& [name, service] : state.services) out.emplace(name.ns, name.name);
  } else {
    for (const auto& [name, workload] : state.workloads) out.emplace(name.ns, name.name);
  }
}

// Of the same name elsewhere, or of nearly the same one in its namespace; empty: none is near.
std::string nearest_to(const Subject& subject, const std::set<Place>& places) {
  std::vector<std::string> beside;
  for (const auto& [ns, name] : places) {
    if (name == subject.name) return name + " in namespace " + ns;
    if (ns == subject.ns) beside.push_back(name);
  }
  return nearest(subject.name, beside);
}

// What the label says of the workloads that answer, each once.
std::vector<std::string> environments_of(const Subject& subject,
                                         const std::map<std::string, KeptCluster>& clusters) {
  std::set<std::string> out;
  for (const auto& [cluster, kept] : clusters) {
    for (const auto& each : backends_of(kept.catalog.state(), subject).workloads) {
      if (!each.environment.empty()) out.insert(each.environment);
    }
  }
  return {out.begin(), out.end()};
}

// "service payments in namespace shop".
std::string name_of(const Subject& subject) {
  const std::string kind = subject.kind == Subject::Kind::kService ? "service" : "workload";
  return kind + " " + subject.name + " in namespace " + subject.ns;
}

// Names of which there are too many for a sentence are cut off.
std::string list_of(std::span<const std::string> names) {
  constexpr std::size_t kMost = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kMost ? out + ", ..." : out;
}

// `whose` is "no cluster has a" or "cluster east has no".
Result<void> check_among(const std::set<Place>& places, const Subject& subject,
                         std::string_view whose) {
  if (places.contains({subject.ns, subject.name})) return {};
  std::string sentence = std::string(whose) + " " + name_of(subject);
  const std::string near = nearest_to(subject, places);
  if (!near.empty()) {
    sentence += "; did you mean " + near + "?";
  } else if (places.empty()) {
    sentence += "; none has told of any yet";
  }
  return fail(ErrorCode::kNotFound, std::move(sentence));
}

Result<void> check_namespace(const KeptCluster& cluster, const std::string& ns) {
  std::set<Place> places;
  add_places(cluster, Subject::Kind::kService, places);
  add_places(cluster, Subject::Kind::kWorkload, places);
  std::vector<std::string> names;
  for (const auto& [each, name] : places) {
    if (each == ns) return {};
    if (names.empty() || names.back() != each) names.push_back(each);
  }
  std::string sentence = "cluster " + cluster.name + " has nothing in a namespace " + ns;
  const std::string near = nearest(ns, names);
  if (!near.empty()) {
    sentence += "; did you mean " + near + "?";
  } else if (!names.empty()) {
    sentence += "; there are: " + list_of(names);
  }
  return fail(ErrorCode::kNotFound, std::move(sentence));
}

// "purchase" of "gateway.networking.k8s.io/HTTPRoute/purchase".
std::string_view last_part(std::string_view route) {
  return route.substr(route.rfind('/') + 1);
}

Result<void> check_known_environment(const Subject& subject,
                                     const std::map<std::string, KeptCluster>& clusters) {
  if (subject.environment.empty()) return {};
  const std::vector<std::string> known = environments_of(subject, clusters);
  if (std::ranges::find(known, subject.environment) != known.end()) return {};
  return fail(ErrorCode::kNotFound,
              "no pod of " + name_of(subject) + " has the label " + std::string(kEnvironmentLabel) +
                  "=" + subject.environment +
                  (known.empty() ? "; none has that label" : "; there are: " + list_of(known)));
}

}  // namespace

Result<void> check_known(const Subject& subject,
                         const std::map<std::string, KeptCluster>& clusters) {
  std::set<Place> places;
  for (const auto& [name, cluster] : clusters) add_places(cluster, subject.kind, places);
  auto found = check_among(places, subject, "no cluster has a");
  return found ? check_known_environment(subject, clusters) : found;
}

Result<void> check_known_target(const EventTarget& target,
                                const std::map<std::string, KeptCluster>& clusters) {
  const auto cluster = clusters.find(target.cluster);
  if (cluster == clusters.end() && !clusters.empty()) {
    std::vector<std::string> names;
    names.reserve(clusters.size());
    for (const auto& [name, each] : clusters) names.push_back(name);
    return fail(ErrorCode::kNotFound,
                "there is no cluster " + target.cluster + "; there are: " + list_of(names));
  }
  if (target.kind.empty()) return {};
  const Subject subject{
      .kind = target.kind == "service" ? Subject::Kind::kService : Subject::Kind::kWorkload,
      .ns = target.ns,
      .name = target.name,
      .route = {},
      .environment = {}};
  if (clusters.size() < 2) return check_known(subject, clusters);
  std::set<Place> places;
  add_places(cluster->second, subject.kind, places);
  return check_among(places, subject, "cluster " + target.cluster + " has no");
}

Result<void> check_seen_target(const EventTarget& target,
                               const std::map<std::string, KeptCluster>& clusters) {
  if (auto known = check_known_target(target, clusters); !known) return known;
  const auto cluster = clusters.find(target.cluster);
  if (target.ns.empty() || !target.kind.empty()) return {};
  if (cluster == clusters.end()) {
    return fail(ErrorCode::kNotFound,
                "no cluster has a namespace " + target.ns + "; none has told of any yet");
  }
  return check_namespace(cluster->second, target.ns);
}

Result<std::string> find_route(std::string_view text, std::span<const std::string> routes) {
  std::vector<std::string> meant;
  for (const std::string& route : routes) {
    if (route == text) return route;
    if (last_part(route) == text) meant.push_back(route);
  }
  if (meant.size() == 1) return meant.front();
  // Callers count what no declared route is for by another name than "default".
  const auto is_default = [text](const std::string& route) {
    return is_default_route(route) && short_route(route) == text;
  };
  if (meant.empty() && std::ranges::any_of(routes, is_default)) {
    return std::string(text);
  }
  std::string sentence = "no request was counted by a route " + brief(text);
  if (!meant.empty()) {
    sentence = "several routes are called " + brief(text) + "; write one of: " + list_of(meant);
  } else if (routes.empty()) {
    sentence += "; none was counted by any route yet";
  } else {
    sentence += "; there are: " + list_of(routes);
  }
  return fail(ErrorCode::kNotFound, std::move(sentence));
}

}  // namespace seine::dive
