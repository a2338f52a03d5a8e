// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_service.h"

#include <memory>
#include <string>
#include <utility>

#include "json/writer.h"
#include "proxy/admin/admin_request.h"
#include "proxy/admin/scrape_body.h"
#include "runtime/combine.h"

namespace seine::proxy {

using http::Response;
using runtime::Task;

namespace {

struct Endpoint {
  std::string_view path;
  AdminAccess least;  // who may know of it
  std::string_view allow;
};
constexpr std::string_view kRead = "GET, HEAD";
constexpr Endpoint kEndpoints[] = {
    {"/live", AdminAccess::kObserve, kRead},
    {"/ready", AdminAccess::kObserve, kRead},
    {"/metrics", AdminAccess::kObserve, kRead},
    {"/env.json", AdminAccess::kObserve, kRead},
    {"/shutdown", AdminAccess::kShutdown, "POST"},
    {"/proxy-log-level", AdminAccess::kControl, "GET, HEAD, PUT"},
};

const Endpoint* find_endpoint(std::string_view path, AdminAccess access) {
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path == path && endpoint.least <= access) return &endpoint;
  }
  return nullptr;
}

// Whether `method` is an item of `allow`, a list as the field of that name has it.
bool allows(std::string_view allow, std::string_view method) {
  while (!allow.empty()) {
    const std::size_t comma = allow.find(", ");
    if (allow.substr(0, comma) == method) return true;
    allow.remove_prefix(comma == std::string_view::npos ? allow.size() : comma + 2);
  }
  return false;
}

Response text(std::uint16_t status, std::string_view content) {
  Response response;
  response.head.status = status;
  response.head.headers.add("content-type", "text/plain");
  response.body = http::make_body(content);
  return response;
}

Response not_found(AdminAccess access) {
  std::string sentence = "nothing is here but";
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.least <= access) sentence.append(" ").append(endpoint.path);
  }
  return text(404, sentence += '\n');
}

Response method_not_allowed(std::string_view allow) {
  Response response = text(405, std::string("here are allowed: ").append(allow) += '\n');
  response.head.headers.add("allow", allow);
  return response;
}

// HEAD is answered with the length that GET would have, where that is known.
void drop_content(Response& response) {
  if (!response.body) return;
  if (const auto length = response.body->length()) {
    response.head.headers.set("content-length", std::to_string(*length));
  }
  response.body.reset();
}

std::string_view without_final_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

Task<Result<Response>> AdminService::call(http::Request request) {
  const AdminTarget target = split_target(request.head.path);
  const Endpoint* endpoint = find_endpoint(target.path, access_);
  if (endpoint == nullptr) {
    Response response = not_found(access_);
    if (request.head.method == "HEAD") drop_content(response);
    co_return response;
  }
  if (!allows(endpoint->allow, request.head.method)) co_return method_not_allowed(endpoint->allow);
  if (request.head.method == "POST") co_return shut_down();
  if (request.head.method == "PUT") co_return co_await set_log_level(std::move(request.body));
  Response response = answer(request.head, target.path, target.query);
  if (request.head.method == "HEAD") drop_content(response);
  co_return response;
}

// GET and HEAD of a path that is known and allowed.
Response AdminService::answer(const http::RequestHead& head, std::string_view path,
                              std::string_view query) {
  if (path == "/live") return text(200, "live\n");
  if (path == "/ready") {
    return context_.certified.fired() ? text(200, "ready\n") : text(503, "not ready\n");
  }
  if (path == "/metrics") return metrics(head.headers);
  if (path == "/env.json") return environment(query);
  return text(200, std::string(log_level_name(context_.log.level())) += '\n');
}

Response AdminService::metrics(const http::Headers& headers) {
  if (context_.scrapes_under_way >= kMaxScrapes) {
    return text(503, "too many scrapes at once: ask again when others have been read\n");
  }
  const bool gzip = accepts_gzip(headers);
  Response response;
  response.head.headers.add("content-type", "text/plain");
  response.head.headers.add("vary", "accept-encoding");
  if (gzip) response.head.headers.add("content-encoding", "gzip");
  response.body = std::make_unique<ScrapeBody>(
      context_.loop, context_.registry.scrape(),
      gzip ? ScrapeBody::Coding::kGzip : ScrapeBody::Coding::kIdentity, context_.scrapes_under_way);
  return response;
}

// All variables of the proxy, or those that are named; null stands for one that is not set, as in
// Linkerd. Variables that are not the proxy's are as good as not set.
Response AdminService::environment(std::string_view query) const {
  const auto names = read_variable_names(query);
  if (!names) return text(400, names.error().message + "\n");
  json::Writer json;
  json.begin_object();
  if (names->empty()) {
    for (const auto& [name, value] : context_.environment) json.key(name).string(value);
  }
  for (const std::string& name : *names) {
    json.key(name);
    const auto variable = context_.environment.find(name);
    if (variable == context_.environment.end()) {
      json.null();
    } else {
      json.string(variable->second);
    }
  }
  json.end_object();
  Response response;
  response.head.headers.add("content-type", "application/json");
  response.body = http::make_body(std::move(json).take());
  return response;
}

Task<Response> AdminService::set_log_level(http::BodyPtr body) {
  Result<http::Collected> sent = co_await runtime::with_deadline(
      context_.loop, kLogFilterTimeout, ErrorCode::kTimeout, "the log filter's body",
      http::collect(context_.loop, std::move(body), kMaxLogFilter));
  if (!sent) {
    switch (sent.error().code) {
      case ErrorCode::kLimit: co_return text(413, "a log filter has at most 1024 bytes\n");
      case ErrorCode::kTimeout: co_return text(408, "the log filter did not come in time\n");
      default: co_return text(400, "the log filter did not come whole\n");
    }
  }
  const std::string_view filter = without_final_newline(sent->bytes);
  if (filter.empty()) co_return text(400, "the body is a log filter, as in warn,linkerd=info\n");
  const Result<LogLevel> level = parse_log_filter(filter);
  if (!level) co_return text(400, level.error().message + "\n");
  context_.log.set_level(*level);
  log_info(context_.log, "log level set", {{"level", std::string(log_level_name(*level))}});
  Response response;
  response.head.status = 204;
  co_return response;
}

Response AdminService::shut_down() {
  log_info(context_.log, "shutdown requested by the admin interface");
  context_.shutdown.fire();
  return text(200, "shutdown\n");
}

}  // namespace seine::proxy
