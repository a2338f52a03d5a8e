// SPDX-License-Identifier: Apache-2.0
#include "proxy/respond.h"

#include <charconv>
#include <string>

#include "fmt/format.h"

#include "base/check.h"

namespace seine::proxy {

ErrorAnswer answer_for(const Error& error) {
  switch (error.code) {
    case ErrorCode::kFailfast:
    case ErrorCode::kResponseTimeout:
    case ErrorCode::kConnectTimeout: return {504, 4, true};
    case ErrorCode::kTimeout: return {504, 4, false};
    case ErrorCode::kLoadShed:
    case ErrorCode::kMemory:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDatabaseBusy:
    case ErrorCode::kShutdown: return {503, 14, true};
    case ErrorCode::kConnectRefused:
    case ErrorCode::kConnect:
    case ErrorCode::kTlsHandshake:
    case ErrorCode::kTlsIdentity:
    case ErrorCode::kIdentityRequired:
    case ErrorCode::kRead:
    case ErrorCode::kWrite:
    case ErrorCode::kEof:
    case ErrorCode::kReset: return {502, 14, true};
    case ErrorCode::kProtocol:
      // The client's own malformed request is answered by the codec; this is the server's.
      return {502, 14, true};
    case ErrorCode::kGatewayDomain:
    case ErrorCode::kNoRoute:
    case ErrorCode::kNotFound: return {404, 5, false};
    case ErrorCode::kUnauthorized: return {403, 7, false};
    case ErrorCode::kRateLimited: return {429, 8, false};
    case ErrorCode::kGatewayLoop:
    case ErrorCode::kLoop: return {508, 10, true};
    case ErrorCode::kInvalidArgument: return {400, 3, false};
    case ErrorCode::kConstraint: return {409, 6, false};
    case ErrorCode::kDatabaseFull: return {507, 8, false};
    case ErrorCode::kDatabaseCorrupt:
    case ErrorCode::kInternal:
    case ErrorCode::kInvalidConfig:
    case ErrorCode::kCancelled:
    case ErrorCode::kDetectTimeout:
    case ErrorCode::kLimit:
    case ErrorCode::kInvalidPolicy: return {500, 13, true};
    // Answered by its filter (route_filters.h).
    case ErrorCode::kInjectedFailure: return {500, 13, false};
  }
  SEINE_CHECK(false, "an ErrorCode without an answer");
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u < 0x7f && c != '%') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", u);
    }
  }
  return out;
}

bool is_grpc(const http::Headers& headers) {
  const auto type = headers.get("content-type");
  return type && type->starts_with("application/grpc");
}

std::optional<std::uint32_t> grpc_status_of(const http::Headers& fields) {
  const auto text = fields.get("grpc-status");
  if (!text) return std::nullopt;
  std::uint32_t status = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), status);
  if (problem != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return status;
}

http::Response respond(const Error& error, http::Version version, bool grpc,
                       const RespondOptions& options) {
  const ErrorAnswer answer = answer_for(error);
  http::Response response;
  response.head.version = version;
  const std::string text = percent_encoded(error.to_string());
  if (grpc) {
    response.head.status = 200;
    response.head.headers.add("content-type", "application/grpc");
    response.head.headers.add("grpc-status", std::to_string(answer.grpc_status));
    response.head.headers.add("grpc-message", text);
  } else {
    response.head.status = answer.status;
  }
  if (version != http::Version::kHttp2 && answer.close) {
    response.head.headers.add("connection", "close");
  }
  if (!(grpc && version == http::Version::kHttp2)) response.head.headers.add("content-length", "0");
  if (options.informational_headers) {
    response.head.headers.add("l5d-proxy-error", text);
    if (answer.close) response.head.headers.add("l5d-proxy-connection", "close");
  }
  return response;
}

}  // namespace seine::proxy
