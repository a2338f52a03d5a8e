// SPDX-License-Identifier: Apache-2.0
// Zones of time by name, from the folder in which a system keeps them. Blocking, each zone once: a
// file is a few kilobytes. A database that is updated is seen after a restart. For one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dive/zones/zone_file.h"

namespace seine::dive {

class ZoneFolder {
 public:
  explicit ZoneFolder(std::string folder = "/usr/share/zoneinfo") : folder_(std::move(folder)) {}

  // Of the form that calendar_month() takes. What it points to lives as long as the folder. UTC is
  // there without any file. Error kInvalidArgument: there is no such zone, or its file is damaged.
  Result<const TimeZone*> find(const std::string& name);

 private:
  const std::string folder_;
  const UtcZone utc_;
  // As many as there are files at most.
  std::map<std::string, ZoneFile> known_;
};

}  // namespace seine::dive
