// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/subject_rows.h"

#include <algorithm>

#include "dive/evidence/route_name.h"

namespace seine::dive {

const Backend* SubjectRows::find(const Party& party) const {
  const auto at = std::ranges::find_if(backends_.workloads, [&](const Backend& backend) {
    return backend.ns == party.ns && backend.workload == party.workload;
  });
  return at == backends_.workloads.end() ? nullptr : &*at;
}

bool SubjectRows::is_of_service(const RowFacts& facts) const {
  const telemetry::Target& target = facts.target;
  if (!target.service.empty()) {
    return target.service == subject_.name && target.ns == subject_.ns;
  }
  return is_backend(facts.server()) &&
         std::ranges::find(backends_.ports, target.port) != backends_.ports.end();
}

bool SubjectRows::is_of_environment(const RowFacts& facts) const {
  if (subject_.environment.empty()) return true;
  if (!facts.server().workload.empty()) {
    const Backend* backend = find(facts.server());
    return backend != nullptr && backend->environment == subject_.environment;
  }
  return std::ranges::find(backends_.workloads, subject_.environment, &Backend::environment) !=
         backends_.workloads.end();
}

bool SubjectRows::contains(const RowFacts& facts) const {
  if (facts.is_overflow) return false;
  const bool is_of_subject =
      subject_.kind == Subject::Kind::kService
          ? is_of_service(facts)
          : facts.server().ns == subject_.ns && facts.server().workload == subject_.name;
  return is_of_subject && (subject_.route.empty() || names_route(subject_.route, facts.route)) &&
         is_of_environment(facts);
}

}  // namespace seine::dive
