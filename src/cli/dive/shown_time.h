// SPDX-License-Identifier: Apache-2.0
// Times as people type and read them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace seine::cli {

// "3m ago", "in 30m", "now"
std::string relative_time(WallTime time, WallTime now);

// "2026-11-23T04:14:00+01:00", by the zone of this process (TZ).
std::string local_time(WallTime time);

// RFC 3339 ("2026-11-23T04:14:00Z", "...+01:00"), or from now on: "+30m". Error kInvalidConfig: it
// is neither, no date, or outside of 1970 to 2261.
Result<WallTime> parse_time(std::string_view text, WallTime now);

}  // namespace seine::cli
