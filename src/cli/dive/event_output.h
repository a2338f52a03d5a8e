// SPDX-License-Identifier: Apache-2.0
// What events look like in a terminal, made of Dive's documents (docs/internals/dive-api.md). Pure.
#pragma once

#include <string>

#include "base/time.h"
#include "cli/output.h"
#include "json/value.h"

namespace seine::cli {

// A line for each DiveEvent; `is_wide` adds kinds, persons and ends.
std::string event_table(const json::Array& events, bool is_wide, WallTime now,
                        const Terminal& terminal);

// A DiveEvent with its description and comments.
std::string event_card(const json::Value& event, WallTime now, const Terminal& terminal);

// "scheduled process.17: Deploy payments": what has just been done to it.
std::string event_line(const json::Value& event, const Terminal& terminal);

}  // namespace seine::cli
