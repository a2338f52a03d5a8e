// SPDX-License-Identifier: Apache-2.0
// What an application of the example shop says it sent (examples/shop, "The tally").
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace seine::cli {

// To one service: requests, or connections that carry none. What was sent is in exactly one class:
// sent = succeeded + failed + cancelled + not_answered + in_flight.
struct SentTo {
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t injected = 0;  // of the failed: on purpose
  std::uint64_t cancelled = 0;
  std::uint64_t not_answered = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t not_connected = 0;  // never sent, and in no other count

  SentTo& operator+=(const SentTo& other);
  friend bool operator==(const SentTo&, const SentTo&) = default;
};

struct Tally {
  std::string application;
  bool is_final = false;
  std::map<std::string, SentTo> sent;       // requests, by service
  std::map<std::string, SentTo> connected;  // connections that carry no requests, by service
};

// Error kInvalidArgument: no tally, with what is wrong.
Result<Tally> parse_tally(const std::string& text);

}  // namespace seine::cli
