// SPDX-License-Identifier: Apache-2.0
// Where a page of events ended. Pure.
//
// Events come in three parts: what is going on, what is to come, and what is over, as sort_events()
// has them. Which part an event is in depends on the time, so the pages after the first are asked
// as of the time of the first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace seine::dive {

enum class EventPart : std::uint8_t { kGoingOn = 0, kToCome = 1, kOver = 2 };

struct EventCursor {
  WallTime now;  // of the first page
  EventPart part = EventPart::kGoingOn;
  // The last event of the page; an empty id: the part has not begun.
  WallTime begins;
  std::string id;
  friend bool operator==(const EventCursor&, const EventCursor&) = default;
};

// "NOW.PART.BEGINS.ID", times in nanoseconds since 1970.
std::string format_cursor(const EventCursor& cursor);
// Error kInvalidArgument.
Result<EventCursor> parse_cursor(std::string_view text);

}  // namespace seine::dive
