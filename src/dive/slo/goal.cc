// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/goal.h"

#include "fmt/format.h"

#include "dive/slo/number_text.h"

namespace seine::dive {

Result<Goal> Goal::parse(std::string_view text) {
  if (text.ends_with('%')) {
    // Of 100, with 7 decimals: in billionths as it stands.
    if (const auto percent = parse_fixed(text.substr(0, text.size() - 1), 7)) {
      return from_billionths(*percent);
    }
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a goal: write a percentage with at most 7 decimals, such "
                          "as 99.9%",
                          text.substr(0, 64)));
}

Result<Goal> Goal::from_billionths(std::uint64_t billionths) {
  if (billionths == 0) {
    return fail(ErrorCode::kInvalidArgument,
                "a goal of 0% asks for nothing: write one above 0%, such as 99%");
  }
  if (billionths == kWhole) {
    return fail(ErrorCode::kInvalidArgument,
                "a goal of 100% leaves no error budget, so one failure would break it for good: "
                "write one below, such as 99.9%");
  }
  if (billionths > kWhole) {
    return fail(ErrorCode::kInvalidArgument, "a goal is below 100%: write one such as 99.9%");
  }
  return Goal(billionths);
}

unsigned Goal::decimals() const {
  unsigned decimals = kMaxDecimals;
  for (std::uint64_t rest = billionths_; decimals > 0 && rest % 10 == 0; rest /= 10) --decimals;
  return decimals;
}

std::string Goal::to_string() const {
  return format_percent({Int128{billionths_}, Int128{kWhole}}, kMaxDecimals, Cut::kDown);
}

}  // namespace seine::dive
