// SPDX-License-Identifier: Apache-2.0
#include "web/api_caller.h"

#include <utility>

#include "runtime/combine.h"

namespace seine::web {
namespace {

Reply problem_with_body(const Error& error) {
  if (error.code == ErrorCode::kTimeout) return problem(408, error.message);
  if (error.code == ErrorCode::kLimit) return problem(413, "the body is too long");
  return problem(400, "the body did not come whole");
}

}  // namespace

runtime::Task<Reply> ApiCaller::answer(http::Request request, std::optional<Router::Match> match,
                                       Target target, std::string user) {
  if (!match) co_return problem(404, "there is nothing at " + target.path());
  if (match->route == nullptr) co_return not_allowed(match->allowed);
  if (request.head.headers.contains("upgrade")) {
    metrics_.count_refused("upgrade");
    co_return problem(400, "there is no other protocol to change to", "ask without Upgrade");
  }
  auto whole = http::collect(loop_, std::move(request.body), max_body_);
  auto collected = co_await runtime::with_deadline(loop_, kBodyTimeout, ErrorCode::kTimeout,
                                                   "the body did not come", std::move(whole));
  if (!collected) {
    metrics_.count_refused("body");
    co_return problem_with_body(collected.error());
  }
  const Call call{.parameters = std::move(match->parameters),
                  .query = std::move(target.query),
                  .body = std::move(collected->bytes),
                  .user = std::move(user)};
  const Handler& handler = match->route->handler;
  auto reply = co_await handler.invoke(handler.object, call);
  if (reply) co_return *std::move(reply);
  Reply told = problem(reply.error());
  if (told.status == 500) {
    log_.write(LogLevel::kError, "a request failed",
               {{"path", target.path()}, {"error", reply.error().to_string()}});
  }
  co_return told;
}

}  // namespace seine::web
