// SPDX-License-Identifier: Apache-2.0
#include "web/web_service.h"

#include <utility>

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

bool wants_page(const http::RequestHead& head) {
  const auto accepted = head.headers.get("accept");
  return accepted && accepted->find("text/html") != std::string_view::npos;
}

// A path that pages made up themselves: names of files have an ending.
bool is_of_a_page(const http::RequestHead& head, const Target& target) {
  if (!target.segments.empty() && target.segments.front() == "assets") return false;
  return wants_page(head);
}

void add_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
}

// Who follows a link that is over reads it in a browser, before there is any page of ours.
http::Response refusal_page(std::uint16_t status, std::string_view error, std::string_view hint) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Not signed in</title>\n"
      "</head>\n<body>\n<main>\n<h1>Not signed in</h1>\n<p>";
  add_escaped(page, error);
  page += ".</p>\n<p>";
  add_escaped(page, hint);
  page += ".</p>\n</main>\n</body>\n</html>\n";
  http::Response response;
  response.head.status = status;
  response.head.headers.add("content-type", "text/html; charset=utf-8");
  response.head.headers.add("cache-control", "no-store");
  response.body = http::make_body(std::string_view(page));
  return response;
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
  if (is_at(*target, "sign-in")) co_return sign_in(request.head, *target);
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
  auto match = caller_.find(head, target);
  std::string user;
  if (!match || match->route == nullptr || match->route->access == Access::kSignedIn) {
    // Strangers learn nothing, not even what there is.
    auto found = parts_.sessions.user_of(cookie_in(head));
    parts_.metrics.sessions.set(static_cast<std::int64_t>(parts_.sessions.size()));
    if (!found && found.error().code == ErrorCode::kRateLimited) {
      co_return refused("rate", problem(found.error(), "wait a second"));
    }
    if (!found)
      co_return refused("not_signed_in", problem(401, found.error().message, kSignInHint));
    user = *std::move(found);
  }
  co_return co_await caller_.answer(std::move(request), std::move(match), std::move(target),
                                    std::move(user));
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

http::Response WebService::sign_in(const http::RequestHead& head, const Target& target) {
  parts_.metrics.count_request("sign_in");
  // Not HEAD: what looks at a link beforehand must not use it up.
  if (head.method != "GET") return response_of(not_allowed("GET"));
  // The cookie would not come with the pages that such a visit goes on to.
  if (Guard::is_cross_site(head)) {
    return not_signed_in(head, "cross_site",
                         make_error(ErrorCode::kUnauthorized, "a page of another site led here"),
                         "copy the link into the browser's address bar");
  }
  const auto session = parts_.sessions.redeem(target.query.get("link").value_or(""));
  parts_.metrics.sessions.set(static_cast<std::int64_t>(parts_.sessions.size()));
  if (!session) return not_signed_in(head, "link", session.error(), kSignInHint);
  return response_of({.status = 303,
                      .json = {},
                      .headers = {{"location", "/"},
                                  {"set-cookie", set_cookie(parts_.cookie, *session,
                                                            parts_.sessions.limits().lifetime)}}});
}

http::Response WebService::not_signed_in(const http::RequestHead& head, std::string_view reason,
                                         const Error& error, std::string_view hint) {
  const Reply reply = refused(reason, problem(error, hint));
  return wants_page(head) ? refusal_page(reply.status, error.message, hint) : response_of(reply);
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
