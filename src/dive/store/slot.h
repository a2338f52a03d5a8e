// SPDX-License-Identifier: Apache-2.0
// How the store divides time. A slot is the time in which a bucket ended, (end - length, end],
// named by its end; a span is what one row of the database holds of one resolution. Every slot of a
// coarser resolution is made of whole ones of the finer, and spans begin where hours do. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace seine::dive {

enum class Resolution : std::uint8_t { kTenSeconds = 0, kMinute = 1, kHour = 2 };
inline constexpr std::array<Resolution, 3> kResolutions = {Resolution::kTenSeconds,
                                                           Resolution::kMinute, Resolution::kHour};

struct ResolutionShape {
  std::int64_t slot_seconds;
  std::int64_t span_seconds;
};
constexpr ResolutionShape shape_of(Resolution resolution) {
  switch (resolution) {
    case Resolution::kTenSeconds: return {10, 3600};
    case Resolution::kMinute: return {60, 3600};
    case Resolution::kHour: break;
  }
  return {3600, 86400};
}
constexpr std::int64_t slots_per_span(Resolution resolution) {
  return shape_of(resolution).span_seconds / shape_of(resolution).slot_seconds;
}

// Time as the database has it: whole seconds and milliseconds since 1970.
using Seconds = std::int64_t;
constexpr std::int64_t to_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
constexpr WallTime from_milliseconds(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}
constexpr WallTime from_seconds(Seconds seconds) {
  return WallTime(std::chrono::seconds(seconds));
}
constexpr Seconds floor_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Slot `n` of a resolution ends n slot lengths after 1970; times after 1970 only.
constexpr std::int64_t slot_at(Resolution resolution, WallTime end) {
  const Seconds whole = std::chrono::ceil<std::chrono::seconds>(end).time_since_epoch().count();
  const std::int64_t length = shape_of(resolution).slot_seconds;
  return (whole + length - 1) / length;
}
constexpr Seconds slot_end(Resolution resolution, std::int64_t slot) {
  return slot * shape_of(resolution).slot_seconds;
}
// The slot of `resolution` that a slot of the finest is part of.
constexpr std::int64_t slot_of_finest(Resolution resolution, std::int64_t finest) {
  const std::int64_t ratio = shape_of(resolution).slot_seconds / 10;
  return (finest + ratio - 1) / ratio;
}

// Span `n` holds slots that end within (n * length, (n + 1) * length].
constexpr std::int64_t span_of_slot(Resolution resolution, std::int64_t slot) {
  return (slot - 1) / slots_per_span(resolution);
}
constexpr Seconds span_begin(Resolution resolution, std::int64_t span) {
  return span * shape_of(resolution).span_seconds;
}
constexpr Seconds span_end(Resolution resolution, std::int64_t span) {
  return span_begin(resolution, span + 1);
}
constexpr Seconds floor_to_hour(Seconds seconds) {
  return seconds - seconds % 3600;
}

}  // namespace seine::dive
