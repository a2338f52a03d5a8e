// SPDX-License-Identifier: Apache-2.0
#include "dive/zones/zone_folder.h"

#include <utility>

#include "fmt/format.h"

#include "base/file.h"

namespace seine::dive {

Result<const TimeZone*> ZoneFolder::find(const std::string& name) {
  if (name == "UTC") return &utc_;
  if (const auto known = known_.find(name); known != known_.end()) return &known->second;
  // No name of that form leaves the folder.
  if (auto form = calendar_month(name); !form) return fail(std::move(form.error()));
  const auto octets = read_file(folder_ + "/" + name, kMaxZoneFile);
  if (!octets) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("there is no time zone '{}' on this machine: write one such as UTC or "
                            "Europe/Berlin, or install tzdata",
                            name));
  }
  auto zone = ZoneFile::parse(*octets);
  if (!zone) return fail(std::move(zone.error()).about(folder_ + "/" + name));
  return &known_.emplace(name, std::move(*zone)).first->second;
}

}  // namespace seine::dive
