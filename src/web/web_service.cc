// SPDX-License-Identifier: Apache-2.0
#include "web/web_service.h"

#include <utility>

#include "runtime/combine.h"

namespace seine::web {

using runtime::Task;

namespace {

constexpr std::string_view kSignInHint = "run `seine dashboard` for a link";

bool is_read_only(const http::RequestHead& head) {
  return head.method == "GET" || head.method == "HEAD";
}

bool is_at(const Target& target, std::string_view path) {
  return !target.ends_in_slash && target.segments.size() == 1 && target.segments[0] == path;
}

// A path that pages made up themselves: names of files have an ending.
bool is_of_a_page(const http::RequestHead& head, const Target& target) {
  if (!target.segments.empty() && target.segments.front() == "assets") return false;
  const auto accepted = head.headers.get("accept");
  return accepted && accepted->find("text/html") != std::string_view::npos;
}

Reply not_allowed(std::string_view allowed) {
  Reply reply = problem(405, "this path does not take that method");
  reply.headers.emplace_back("allow", allowed);
  return reply;
}

Reply problem_with_body(const Error& error) {
  if (error.code == ErrorCode::kTimeout) return problem(408, error.message);
  if (error.code == ErrorCode::kLimit) return problem(413, "the body is too long");
  return problem(400, "the body did not come whole");
}

}  // namespace

Task<Result<http::Response>> WebService::call(http::Request request) {
  Result<http::Response> response = co_await answer(request);
  parts_.guard.add_headers(response->head.headers);
  co_return response;
}

Task<http::Response> WebService::answer(http::Request& request) {
  if (auto refusal = parts_.guard.check(request.head)) {
    co_return response_of(refused(refusal->reason, std::move(refusal->reply)));
  }
  auto target = parse_target(request.head.path);
  if (!target) co_return response_of(refused("target", problem(400, target.error().message)));
  if (is_at(*target, "sign-in")) co_return response_of(sign_in(request.head, *target));
  if (is_at(*target, "sign-out")) co_return response_of(sign_out(request.head));
  if (!target->segments.empty() && target->segments.front() == "api") {
    co_return response_of(co_await answer_api(request, *std::move(target)));
  }
  co_return answer_page(request.head, *target);
}

Task<Reply> WebService::answer_api(http::Request& request, Target target) {
  parts_.metrics.count_request("api");
  const http::RequestHead& head = request.head;
  if (Guard::is_cross_site(head)) {
    co_return refused("cross_site", problem(403, "this is not for pages of other sites"));
  }
  auto match = parts_.router.find(head.method, target);
  Call call;
  if (!match || match->route == nullptr || match->route->access == Access::kSignedIn) {
    // Strangers learn nothing, not even what there is.
    auto user = parts_.sessions.user_of(cookie_in(head));
    parts_.metrics.sessions.set(static_cast<std::int64_t>(parts_.sessions.size()));
    if (!user && user.error().code == ErrorCode::kRateLimited) {
      co_return refused("rate", problem(user.error(), "wait a second"));
    }
    if (!user) co_return refused("not_signed_in", problem(401, user.error().message, kSignInHint));
    call.user = *std::move(user);
  }
  if (!match) co_return problem(404, "there is nothing at " + target.path());
  if (match->route == nullptr) co_return not_allowed(match->allowed);
  auto body = co_await read_body(std::move(request.body));
  if (!body) co_return refused("body", problem_with_body(body.error()));
  call.parameters = std::move(match->parameters);
  call.query = std::move(target.query);
  call.body = *std::move(body);
  const Handler& handler = match->route->handler;
  auto reply = co_await handler.invoke(handler.object, call);
  if (reply) co_return *std::move(reply);
  Reply told = problem(reply.error());
  if (told.status == 500) {
    parts_.log.write(LogLevel::kError, "a request failed",
                     {{"path", target.path()}, {"error", reply.error().to_string()}});
  }
  co_return told;
}

Task<Result<std::string>> WebService::read_body(http::BodyPtr body) {
  auto collected = co_await runtime::with_deadline(
      parts_.loop, kBodyTimeout, ErrorCode::kTimeout, "the body did not come",
      http::collect(parts_.loop, std::move(body), kMaxBody));
  if (!collected) co_return fail(std::move(collected.error()));
  co_return std::move(collected->bytes);
}

http::Response WebService::answer_page(const http::RequestHead& head, const Target& target) {
  parts_.metrics.count_request("asset");
  if (!is_read_only(head)) return response_of(not_allowed("GET, HEAD"));
  if (auto found = parts_.assets.answer(target.path(), head)) return *std::move(found);
  if (is_of_a_page(head, target)) {
    if (auto index = parts_.assets.answer("/", head)) return *std::move(index);
  }
  return response_of(problem(404, "there is nothing at " + target.path()));
}

Reply WebService::sign_in(const http::RequestHead& head, const Target& target) {
  parts_.metrics.count_request("sign_in");
  // Not HEAD: what looks at a link beforehand must not use it up.
  if (head.method != "GET") return not_allowed("GET");
  // The cookie would not come with the pages that such a visit goes on to.
  if (Guard::is_cross_site(head)) {
    return refused("cross_site", problem(403, "a page of another site led here",
                                         "copy the link into the browser's address bar"));
  }
  const auto session = parts_.sessions.redeem(target.query.get("link").value_or(""));
  parts_.metrics.sessions.set(static_cast<std::int64_t>(parts_.sessions.size()));
  if (!session) return refused("link", problem(session.error(), kSignInHint));
  return {.status = 303,
          .json = {},
          .headers = {{"location", "/"},
                      {"set-cookie",
                       set_cookie(parts_.cookie, *session, parts_.sessions.limits().lifetime)}}};
}

Reply WebService::sign_out(const http::RequestHead& head) {
  parts_.metrics.count_request("sign_in");
  if (head.method != "POST") return not_allowed("POST");
  parts_.sessions.sign_out(cookie_in(head));
  parts_.metrics.sessions.set(static_cast<std::int64_t>(parts_.sessions.size()));
  return {.status = 204,
          .json = {},
          .headers = {{"set-cookie", set_cookie(parts_.cookie, "", Duration::zero())},
                      {"clear-site-data", "\"cache\""}}};
}

std::string_view WebService::cookie_in(const http::RequestHead& head) const {
  // HTTP/1 has one such header (RFC 6265, 5.4).
  if (head.headers.count("cookie") != 1) return {};
  return find_cookie(*head.headers.get("cookie"), parts_.cookie.name).value_or("");
}

Reply WebService::refused(std::string_view reason, Reply reply) {
  parts_.metrics.count_refused(reason);
  return reply;
}

}  // namespace seine::web
