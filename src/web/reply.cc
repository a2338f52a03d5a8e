// SPDX-License-Identifier: Apache-2.0
#include "web/reply.h"

#include "json/writer.h"

namespace seine::web {
namespace {

std::uint16_t status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 400;
    case ErrorCode::kUnauthorized: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kLimit: return 413;
    case ErrorCode::kRateLimited: return 429;
    case ErrorCode::kDatabaseBusy:
    case ErrorCode::kDatabaseFull:
    case ErrorCode::kDatabaseCorrupt:
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kTimeout: return 504;
    default: return 500;
  }
}

}  // namespace

Reply problem(std::uint16_t status, std::string_view error, std::string_view hint) {
  json::Writer out;
  out.begin_object().key("error").string(error).key("hint").string(hint).end_object();
  Reply reply{.status = status, .json = std::move(out).take()};
  if (status == 429) reply.headers.emplace_back("retry-after", "1");
  return reply;
}

Reply problem(const Error& error, std::string_view hint) {
  const std::uint16_t status = status_of(error.code);
  if (status == 500) return problem(status, error_name(error.code), "it is in the log");
  return problem(status, error.message, hint);
}

Reply not_allowed(std::string_view allowed) {
  Reply reply = problem(405, "this path does not take that method");
  reply.headers.emplace_back("allow", allowed);
  return reply;
}

http::Response response_of(const Reply& reply) {
  http::Response response;
  response.head.status = reply.status;
  http::Headers& headers = response.head.headers;
  if (!reply.json.empty()) headers.add("content-type", "application/json");
  headers.add("cache-control", "no-store");
  for (const auto& [name, value] : reply.headers) headers.add(name, value);
  response.body = http::make_body(std::string_view(reply.json));
  return response;
}

}  // namespace seine::web
