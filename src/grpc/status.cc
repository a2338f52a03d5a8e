// SPDX-License-Identifier: Apache-2.0
#include "grpc/status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "http/http2_error.h"

namespace seine::grpc {

namespace {

StatusCode from_h2(http::Http2Code code) {
  using enum http::Http2Code;
  switch (code) {
    case kRefusedStream: return StatusCode::kUnavailable;
    case kCancel: return StatusCode::kCancelled;
    case kEnhanceYourCalm: return StatusCode::kResourceExhausted;
    case kInadequateSecurity: return StatusCode::kPermissionDenied;
    default: return StatusCode::kInternal;
  }
}

StatusCode from_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return StatusCode::kInvalidArgument;
    case ErrorCode::kNotFound:
    case ErrorCode::kGatewayDomain:
    case ErrorCode::kNoRoute: return StatusCode::kNotFound;
    case ErrorCode::kCancelled: return StatusCode::kCancelled;
    case ErrorCode::kTimeout:
    case ErrorCode::kResponseTimeout:
    case ErrorCode::kConnectTimeout:
    case ErrorCode::kFailfast: return StatusCode::kDeadlineExceeded;
    case ErrorCode::kLimit:
    case ErrorCode::kDatabaseFull:
    case ErrorCode::kRateLimited: return StatusCode::kResourceExhausted;
    case ErrorCode::kUnauthorized: return StatusCode::kPermissionDenied;
    case ErrorCode::kConstraint: return StatusCode::kAlreadyExists;
    case ErrorCode::kDatabaseCorrupt: return StatusCode::kDataLoss;
    case ErrorCode::kGatewayLoop:
    case ErrorCode::kLoop: return StatusCode::kAborted;
    case ErrorCode::kUnavailable:
    case ErrorCode::kConnectRefused:
    case ErrorCode::kConnect:
    case ErrorCode::kTlsHandshake:
    case ErrorCode::kTlsIdentity:
    case ErrorCode::kIdentityRequired:
    case ErrorCode::kRead:
    case ErrorCode::kWrite:
    case ErrorCode::kEof:
    case ErrorCode::kLoadShed:
    case ErrorCode::kMemory:
    case ErrorCode::kDatabaseBusy:
    case ErrorCode::kShutdown: return StatusCode::kUnavailable;
    default: return StatusCode::kInternal;
  }
}

ErrorCode to_code(StatusCode code) {
  switch (code) {
    case StatusCode::kCancelled: return ErrorCode::kCancelled;
    case StatusCode::kInvalidArgument:
    case StatusCode::kOutOfRange: return ErrorCode::kInvalidArgument;
    case StatusCode::kDeadlineExceeded: return ErrorCode::kTimeout;
    case StatusCode::kNotFound: return ErrorCode::kNotFound;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated: return ErrorCode::kUnauthorized;
    case StatusCode::kResourceExhausted: return ErrorCode::kLimit;
    case StatusCode::kUnavailable: return ErrorCode::kUnavailable;
    default: return ErrorCode::kInternal;
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::size_t kTimeoutDigits = 8;

}  // namespace

std::string_view status_name(StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                              "CANCELLED",
                                                              "UNKNOWN",
                                                              "INVALID_ARGUMENT",
                                                              "DEADLINE_EXCEEDED",
                                                              "NOT_FOUND",
                                                              "ALREADY_EXISTS",
                                                              "PERMISSION_DENIED",
                                                              "RESOURCE_EXHAUSTED",
                                                              "FAILED_PRECONDITION",
                                                              "ABORTED",
                                                              "OUT_OF_RANGE",
                                                              "UNIMPLEMENTED",
                                                              "INTERNAL",
                                                              "UNAVAILABLE",
                                                              "DATA_LOSS",
                                                              "UNAUTHENTICATED"};
  return kNames[static_cast<std::size_t>(code)];
}

Status to_status(const Error& error) {
  switch (error.cause) {
    case Error::Cause::kGrpc: return {static_cast<StatusCode>(error.cause_code), error.message};
    case Error::Cause::kH2:
      return {from_h2(static_cast<http::Http2Code>(error.cause_code)), error.message};
    default: return {from_code(error.code), error.message};
  }
}

Error to_error(const Status& status, ErrorOrigin origin) {
  SEINE_CHECK(!status.ok(), "OK is no error");
  Error error =
      make_error(to_code(status.code),
                 status.message.empty() ? std::string(status_name(status.code)) : status.message);
  error.origin = origin;
  error.cause = Error::Cause::kGrpc;
  error.cause_code = static_cast<std::int32_t>(status.code);
  return error;
}

Status from_http_status(unsigned http_status) {
  StatusCode code = StatusCode::kUnknown;
  switch (http_status) {
    case 400: code = StatusCode::kInternal; break;
    case 401: code = StatusCode::kUnauthenticated; break;
    case 403: code = StatusCode::kPermissionDenied; break;
    case 404: code = StatusCode::kUnimplemented; break;
    case 429:
    case 502:
    case 503:
    case 504: code = StatusCode::kUnavailable; break;
    default: break;
  }
  return {code, "HTTP status " + std::to_string(http_status) + " without a gRPC status"};
}

std::optional<Status> parse_status(const http::Headers& headers) {
  const auto text = headers.get("grpc-status");
  if (!text) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool known = error == std::errc() && end == text->data() + text->size() &&
                     value <= static_cast<unsigned>(StatusCode::kUnauthenticated);
  return Status{known ? static_cast<StatusCode>(value) : StatusCode::kUnknown,
                percent_decode(headers.get("grpc-message").value_or(std::string_view()))};
}

void append_status(const Status& status, http::Headers& headers) {
  headers.set("grpc-status", std::to_string(static_cast<unsigned>(status.code)));
  if (!status.message.empty()) headers.set("grpc-message", percent_encode(status.message));
}

std::string percent_encode(std::string_view message) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(message.size());
  for (const char c : message) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u <= 0x7e && c != '%') {
      out += c;
    } else {
      out += {'%', kHex[u >> 4], kHex[u & 15]};
    }
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<Duration> parse_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kTimeoutDigits + 1) return std::nullopt;
  std::uint64_t value = 0;
  const char* last = text.data() + text.size() - 1;
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last) return std::nullopt;
  const auto count = static_cast<std::int64_t>(value);
  switch (*last) {
    // A century of hours would overflow nanoseconds; no call lasts longer than a year.
    case 'H': return std::chrono::hours(std::min<std::int64_t>(count, 24 * 365));
    case 'M': return std::chrono::minutes(count);
    case 'S': return std::chrono::seconds(count);
    case 'm': return std::chrono::milliseconds(count);
    case 'u': return std::chrono::microseconds(count);
    case 'n': return std::chrono::nanoseconds(count);
    default: return std::nullopt;
  }
}

std::string format_timeout(Duration timeout) {
  constexpr std::int64_t kMost = 99'999'999;
  const std::int64_t milliseconds =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(timeout, Duration::zero())).count();
  if (milliseconds <= kMost) return std::to_string(milliseconds) + "m";
  return std::to_string(std::min(milliseconds / 1000, kMost)) + "S";
}

}  // namespace seine::grpc
