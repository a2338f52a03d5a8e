// SPDX-License-Identifier: Apache-2.0
// Over which time a page asks: `last=1h`, or `from_ms=...&to_ms=...`; the last hour where it does
// not say. Pure.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "dive/slo/window.h"
#include "web/target.h"

namespace seine::dive {

inline constexpr Duration kUsualSpan = std::chrono::hours(1);
inline constexpr Duration kShortestSpan = std::chrono::minutes(1);
inline constexpr Duration kLongestSpan = std::chrono::days(90);

// Error kInvalidArgument.
Result<Span> asked_span(const web::Query& query, WallTime now);

}  // namespace seine::dive
