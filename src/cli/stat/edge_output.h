// SPDX-License-Identifier: Apache-2.0
// The rows of `seine edges` as a table and as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "telemetry/figures/edge_rows.h"

namespace seine::cli {

std::string edges_table(const std::vector<telemetry::Edge>& edges, bool is_wide,
                        const Terminal& terminal);
std::string edges_json(const std::vector<telemetry::Edge>& edges);

}  // namespace seine::cli
