// SPDX-License-Identifier: Apache-2.0
// What somebody tells of an event, as JSON (docs/internals/dive-api.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "dive/events/process_event.h"

namespace seine::dive {

struct ToldEvent {
  EventDraft draft;
  std::optional<WallTime> starts;  // absent: now; it may be past
  bool may_be_unknown = false;     // about what nobody has seen yet
};

// `cluster` is what it is about where it does not say. Error kInvalidArgument: a sentence.
Result<ToldEvent> parse_event(std::string_view json, const std::string& cluster);
// Of {"text": ...}.
Result<std::string> parse_comment(std::string_view json);

}  // namespace seine::dive
