// SPDX-License-Identifier: Apache-2.0
// What somebody asks for who sets an objective, or wants one proposed: the JSON of
// docs/internals/dive-api.md. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dive/slo/goal.h"
#include "dive/slo/objective.h"

namespace seine::dive {

struct ObjectiveDraft {
  Objective objective;          // with a name; its goal is of no use where none was given
  bool has_goal = false;        // only who asks for a proposal may leave it out
  bool is_dry_run = false;      // look, and change nothing
  bool may_be_unknown = false;  // of a service that nobody has seen yet
};

enum class DraftGoal : std::uint8_t { kRequired, kOptional };

// Error kInvalidArgument: a sentence that names the member and says what to write.
Result<ObjectiveDraft> parse_draft(std::string_view json, DraftGoal goal);

}  // namespace seine::dive
