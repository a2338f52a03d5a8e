// SPDX-License-Identifier: Apache-2.0
// The rows of `seine stat` as a table and as JSON (reference: linkerd 1.4). Pure.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "cli/output.h"
#include "telemetry/figures/stat_rows.h"

namespace seine::cli {

struct StatFormat {
  telemetry::ResourceKind kind = telemetry::ResourceKind::kDeployment;
  bool has_namespaces = false;  // a column for them
  bool is_wide = false;
};

std::string stat_table(const std::vector<telemetry::StatRow>& rows, const StatFormat& format,
                       const Terminal& terminal);
// An array; what there is no traffic for is null.
std::string stat_json(const std::vector<telemetry::StatRow>& rows, const StatFormat& format);

}  // namespace seine::cli
