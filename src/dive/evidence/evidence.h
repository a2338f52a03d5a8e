// SPDX-License-Identifier: Apache-2.0
// Whose the bad requests of an objective are: by route, caller, version, workload and cause, with
// an example each. They are those of the verdict, so they add up to the number on the card.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dive/evidence/count_rows.h"
#include "dive/evidence/subject_rows.h"
#include "dive/slo/objective.h"
#include "dive/slo/ratio.h"
#include "dive/slo/window.h"

namespace seine::dive {

inline constexpr std::size_t kMaxEvidenceGroups = 20;

// By what bad requests are told apart. What is not asked for is empty in all groups.
struct EvidenceBy {
  bool route = true;
  bool caller = true;
  bool version = true;
  bool workload = true;
  bool cause = true;
};

struct EvidenceGroup {
  std::string route;     // canonical_route(); empty: none matched
  std::string caller;    // "shop/web"; an identity; "outside of the mesh"
  std::string workload;  // of who answered, "shop/payments"; empty: nobody was reached
  std::string version;
  std::string cause;  // error_name(); "HTTP 503", "gRPC 14"; "over 50ms" of a latency objective
  std::uint64_t count = 0;
  Ratio share;                     // of all bad requests
  std::optional<Example> example;  // the newest of the span, or one of after it
};

struct Evidence {
  std::uint64_t bad = 0;  // of all groups, and of those beyond the limit
  // The largest first; equal ones by name.
  std::vector<EvidenceGroup> groups;
  // What is in groups beyond the limit.
  std::size_t other_groups = 0;
  std::uint64_t other = 0;
};

// Of slots that ended within `span`.
Evidence find_evidence(const Objective& objective, const Backends& backends,
                       std::span<const CountRows> rows, const Span& span, const EvidenceBy& by = {},
                       std::size_t limit = kMaxEvidenceGroups);

}  // namespace seine::dive
