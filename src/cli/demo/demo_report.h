// SPDX-License-Identifier: Apache-2.0
// What the demo tells in the end: JSON for machines, a summary for people.
#pragma once

#include <string>
#include <vector>

#include "cli/demo/promises.h"
#include "cli/output.h"

namespace seine::cli {

struct DemoReport {
  std::vector<DemoService> services;
  std::vector<DemoTcpService> tcp_services;
  std::vector<DemoEdge> edges;
  std::vector<Promise> promises;

  bool all_held() const;
  // {services:[...], tcp_services:[...], edges:[...], promises:[...]}, as issue B and
  // docs/guide/demo.md have it.
  std::string to_json() const;
  std::string to_text(const Terminal& terminal) const;
};

}  // namespace seine::cli
