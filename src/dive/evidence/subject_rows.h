// SPDX-License-Identifier: Apache-2.0
// Which rows are of the requests that an objective is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dive/evidence/count_rows.h"
#include "dive/slo/objective.h"

namespace seine::dive {

// Who answers, as the catalog knows: the workloads of a service, or the one workload.
struct Backend {
  std::string ns;
  std::string workload;
  std::string environment;  // may be empty
};
struct Backends {
  std::vector<Backend> workloads;
  std::vector<std::uint16_t> ports;  // of a service
};

class SubjectRows {
 public:
  // Both outlive it.
  SubjectRows(const Subject& subject, const Backends& backends)
      : subject_(subject), backends_(backends) {}

  // Of a service: what was sent to it, and what its pods got at one of its ports from callers that
  // named no service, as those without a proxy do, and those that know a pod's address. Of a
  // workload: what its pods got, and what others sent to them. With a route: what names_route()
  // says is that, on both sides. With an environment: what a workload of it answered, or what
  // nobody answered, if one of them could have. Never of an overflow row, which does not say what
  // it is about.
  bool contains(const RowFacts& facts) const;
  // Whether it is one of those who answer.
  bool is_backend(const Party& party) const { return find(party) != nullptr; }

 private:
  const Backend* find(const Party& party) const;
  bool is_of_service(const RowFacts& facts) const;
  bool is_of_environment(const RowFacts& facts) const;

  const Subject& subject_;
  const Backends& backends_;
};

}  // namespace seine::dive
