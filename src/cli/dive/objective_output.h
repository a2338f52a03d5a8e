// SPDX-License-Identifier: Apache-2.0
// What objectives look like in a terminal, made of Dive's documents (docs/internals/dive-api.md).
// Pure.
#pragma once

#include <string>

#include "base/time.h"
#include "cli/output.h"
#include "json/value.h"

namespace seine::cli {

Colour state_colour(std::string_view state);

// "shop/svc/payments", with the route and environment where they narrow it.
std::string subject_text(const json::Value& objective);

// A line for each ObjectiveStatus; `is_wide` adds burn rates, the SLI and clusters.
std::string objective_table(const json::Array& objectives, bool is_wide, const Terminal& terminal);

// An ObjectiveStatus as a card, and below it its Evidence (null: none was asked for); `is_wide`
// adds an example of each group.
std::string objective_card(const json::Value& objective, const json::Value& evidence, bool is_wide,
                           WallTime now, const Terminal& terminal);

// What Proposals say: a line for each goal, and how to set the recommended one.
std::string proposal_text(const json::Value& proposals, const std::string& how_to_set,
                          const Terminal& terminal);

// "created shop-payments-success-7d" of an ObjectiveSaved, "would be created ..." of a dry run; and
// the goal before and after, where it became another.
std::string saved_text(const json::Value& saved, const Terminal& terminal);

}  // namespace seine::cli
