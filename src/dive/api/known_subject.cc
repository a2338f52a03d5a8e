// SPDX-License-Identifier: Apache-2.0
#include "dive/api/known_subject.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace seine::dive {
namespace {

using Place = std::pair<std::string, std::string>;  // namespace, name

// How many letters have to be changed, added or left out to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j - 1] + 1, above + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = above;
    }
  }
  return row[b.size()];
}

std::set<Place> places_of(Subject::Kind kind, const std::map<std::string, KeptCluster>& clusters) {
  std::set<Place> out;
  for (const auto& [cluster, kept] : clusters) {
    const ClusterCatalog::State& state = kept.catalog.state();
    if (kind == Subject::Kind::kService) {
      for (const auto& [name, service] : state.services) out.emplace(name.ns, name.name);
    } else {
      for (const auto& [name, workload] : state.workloads) out.emplace(name.ns, name.name);
    }
  }
  return out;
}

// Of the same name elsewhere, or of a name that is nearly the same; empty: none is near.
std::string nearest(const Subject& subject, const std::set<Place>& places) {
  std::string best;
  std::size_t least = subject.name.size() / 3 + 1;
  for (const auto& [ns, name] : places) {
    if (name == subject.name) return name + " in namespace " + ns;
    if (ns != subject.ns) continue;
    const std::size_t found = distance(subject.name, name);
    if (found > least || (found == least && !best.empty())) continue;
    least = found;
    best = name;
  }
  return best;
}

}  // namespace

Result<void> check_known(const Subject& subject,
                         const std::map<std::string, KeptCluster>& clusters) {
  const std::set<Place> places = places_of(subject.kind, clusters);
  if (places.contains({subject.ns, subject.name})) return {};
  const std::string kind = subject.kind == Subject::Kind::kService ? "service" : "workload";
  std::string sentence =
      "no cluster has a " + kind + " " + subject.name + " in namespace " + subject.ns;
  const std::string near = nearest(subject, places);
  if (!near.empty()) {
    sentence += "; did you mean " + near + "?";
  } else if (places.empty()) {
    sentence += "; none has told of any yet";
  }
  return fail(ErrorCode::kNotFound, std::move(sentence));
}

}  // namespace seine::dive
