// SPDX-License-Identifier: Apache-2.0
#include "sql/limits.h"

#include <string>

namespace seine::sql {

Result<void> ResultMeter::add_value(std::size_t bytes) {
  if (bytes > limits_.max_value_bytes) {
    return fail(ErrorCode::kLimit, "a value of " + std::to_string(bytes) + " bytes, over " +
                                       std::to_string(limits_.max_value_bytes));
  }
  bytes_ += bytes;
  if (bytes_ > limits_.max_result_bytes) {
    return fail(ErrorCode::kLimit, "the result is over " +
                                       std::to_string(limits_.max_result_bytes) +
                                       " bytes; ask for less at a time");
  }
  return {};
}

Result<void> ResultMeter::add_row() {
  if (++rows_ > limits_.max_rows) {
    return fail(ErrorCode::kLimit, "the result is over " + std::to_string(limits_.max_rows) +
                                       " rows; ask for less at a time");
  }
  return {};
}

}  // namespace seine::sql
