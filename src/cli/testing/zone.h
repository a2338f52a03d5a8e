// SPDX-License-Identifier: Apache-2.0
// The time zone of this process, for as long as this lives.
#pragma once

#include <stdlib.h>
#include <time.h>

#include <optional>
#include <string>

namespace seine::cli::testing {

class Zone {
 public:
  // As TZ has it: "UTC0", "IST-5:30".
  explicit Zone(const char* tz) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", tz, 1);
    ::tzset();
  }
  Zone(const Zone&) = delete;
  ~Zone() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

}  // namespace seine::cli::testing
