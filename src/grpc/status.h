// SPDX-License-Identifier: Apache-2.0
// gRPC statuses: the numbers, how they travel in headers or trailers, and how they relate to our
// Error and to HTTP. An Error that stands for a status has cause kGrpc and its number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "http/headers.h"

namespace seine::grpc {

enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "NOT_FOUND": the name gRPC gives it.
std::string_view status_name(StatusCode code);

// How a call ended.
struct Status {
  StatusCode code = StatusCode::kOk;
  std::string message;

  bool ok() const { return code == StatusCode::kOk; }
};

// What a handler that failed with `error` answers, and what a call that failed with it has met: the
// status inside it, else the one that says the same (the gRPC specification's table for HTTP/2
// codes). Never kOk.
Status to_status(const Error& error);
inline StatusCode status_code(const Error& error) {
  return to_status(error).code;
}

// `status` is not kOk.
Error to_error(const Status& status, ErrorOrigin origin);

// The status of a response without grpc-status (the specification's "HTTP to gRPC" table).
Status from_http_status(unsigned http_status);

// From trailers, or from the headers of a response that has nothing else; nullopt: there is none. A
// number that is no status gives kUnknown.
std::optional<Status> parse_status(const http::Headers& headers);
void append_status(const Status& status, http::Headers& headers);

// grpc-message's percent coding: what is not printable ASCII, and the percent sign.
std::string percent_encode(std::string_view message);
// What is no valid sequence stays as it is.
std::string percent_decode(std::string_view text);

// grpc-timeout: at most eight digits and a unit of HMSmun; nullopt if malformed.
std::optional<Duration> parse_timeout(std::string_view text);
std::string format_timeout(Duration timeout);

}  // namespace seine::grpc
