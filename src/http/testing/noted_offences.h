// SPDX-License-Identifier: Apache-2.0
// Offences for tests to look at: "rapid reset goaway", and how often.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "http/offences.h"

namespace seine::http::testing {

struct NotedOffences final : Offences {
  void count(std::string_view offence, std::string_view action) override {
    ++counts[std::string(offence) + " " + std::string(action)];
  }
  std::map<std::string, int> counts;
};

}  // namespace seine::http::testing
