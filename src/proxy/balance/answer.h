// SPDX-License-Identifier: Apache-2.0
// What an answer says of who gave it: to the circuit breaker, and to the load that penalises who is
// busy. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "http/headers.h"

namespace seine::proxy {

enum class Answer : std::uint8_t {
  kSuccess,
  kFailure,  // HTTP 5xx, gRPC's codes of failure, or none came
  kBusy,     // HTTP 429, RESOURCE_EXHAUSTED
};

// `grpc_status` as it was sent, "" where it was not. `success` as the metrics have it.
Answer answer_of(std::uint16_t status, std::string_view grpc_status, bool success);

// Whether the head of an answer says that this endpoint had better be left alone: 429, 5xx, or
// gRPC's UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
bool is_penalised(std::uint16_t status, std::string_view grpc_status);

// How long who answered asks to be left alone: `retry-after` in seconds, or else
// `grpc-retry-pushback-ms`. None where it does not say, or says a date.
std::optional<Duration> pushback_of(const http::Headers& headers);

}  // namespace seine::proxy
