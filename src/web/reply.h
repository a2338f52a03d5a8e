// SPDX-License-Identifier: Apache-2.0
// Answers to those who ask for JSON: a value, or {"error", "hint"} with a status. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace seine::web {

struct Reply {
  std::uint16_t status = 200;
  std::string json;  // a whole document; empty with 204
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// {"error": ..., "hint": ...}. The error says what is wrong, the hint what to do; it may be empty.
Reply problem(std::uint16_t status, std::string_view error, std::string_view hint = "");

// The status of a cause: kInvalidArgument 400, kUnauthorized 403, kNotFound 404, kLimit 413,
// kRateLimited 429, kUnavailable 503, kTimeout 504. Anything else is ours, is 500, and says no more
// than its name: the message is for the log.
Reply problem(const Error& error, std::string_view hint = "");

// 405: the path takes these methods alone, "GET, POST".
Reply not_allowed(std::string_view allowed);

// Never cached.
http::Response response_of(const Reply& reply);

}  // namespace seine::web
