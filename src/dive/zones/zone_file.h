// SPDX-License-Identifier: Apache-2.0
// A zone of time from a file of the IANA database as it is installed, TZif of version 2 or later
// (RFC 8536). Of what it says only the offsets are kept. Reads no disk: see zone_folder.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dive/slo/window.h"
#include "dive/zones/zone_rule.h"

namespace seine::dive {

inline constexpr std::size_t kMaxZoneFile = std::size_t{64} << 10;

class ZoneFile final : public TimeZone {
 public:
  // Error kInvalidArgument: what is wrong with the file.
  static Result<ZoneFile> parse(std::string_view octets);

  Duration offset_at(WallTime time) const override;

 private:
  struct Change {
    WallTime when;
    Duration offset;  // from then on
  };
  Duration first_ = Duration::zero();  // before all changes
  std::vector<Change> changes_;        // ascending
  std::optional<ZoneRule> rule_;       // after the last
};

}  // namespace seine::dive
