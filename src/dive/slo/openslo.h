// SPDX-License-Identifier: Apache-2.0
// OpenSLO v1 (github.com/OpenSLO/OpenSLO, README.md) to objectives. Taken are documents of the
// kinds SLO and SLI whose ratio is of good to total, with a metricSource of type "seine", as
// write_openslo() writes them: queries to other systems cannot be counted by proxies, and a goal
// without them would be another objective. Taken over with a note: alert policies, labels,
// annotations, other kinds.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dive/slo/objective.h"
#include "dive/slo/yaml.h"

namespace seine::dive {

struct LocatedObjective {
  Objective objective;
  std::size_t line;
};

struct OpensloObjectives {
  std::vector<LocatedObjective> objectives;
  std::vector<std::string> notes;
};

// Whether it has an `apiVersion`, and so is meant to be OpenSLO.
bool is_openslo(const YamlNode& document);

// Documents of one file: an SLO may refer to an SLI of another.
Result<OpensloObjectives> read_openslo(std::span<const YamlNode> documents, std::string_view file);

}  // namespace seine::dive
