// SPDX-License-Identifier: Apache-2.0
// What `seine dive status` shows. Pure.
#pragma once

#include <string>

#include "base/time.h"
#include "cli/output.h"
#include "json/value.h"

namespace seine::cli {

// Borrows Dive's answers.
struct DiveReading {
  std::string version;
  const json::Array& clusters;    // of ClusterStatus
  const json::Array& objectives;  // of ObjectiveStatus
};

std::string status_text(const DiveReading& reading, WallTime now, const Terminal& terminal);

// {"version", "clusters": [ClusterStatus], "objectives": {"healthy": 2, ...}}
json::Value status_document(const DiveReading& reading);

}  // namespace seine::cli
