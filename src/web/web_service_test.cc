// SPDX-License-Identifier: Apache-2.0
#include "web/web_service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/temporary_folder.h"
#include "http/testing/fed_body.h"
#include "json/value.h"
#include "runtime/combine.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"
#include "web/web_limits.h"

namespace seine::web {
namespace {

using namespace std::chrono_literals;

struct Answer {
  std::uint16_t status = 0;
  http::Headers headers;
  std::string content;

  std::string header(std::string_view name) const {
    return std::string(headers.get(name).value_or("-"));
  }
  // A member of the JSON object; empty where there is none.
  std::string member(std::string_view key) const {
    const auto parsed = json::parse(content);
    const json::Value* found = parsed ? parsed->find(key) : nullptr;
    return found != nullptr && found->string() != nullptr ? *found->string() : "";
  }
};

struct Api {
  runtime::Task<Result<Reply>> greet(const Call& call) {
    co_return Reply{.json = "{\"user\":\"" + call.user + "\",\"name\":\"" + call.parameter("name") +
                            "\",\"q\":\"" + std::string(call.query.get("q").value_or("-")) + "\"}"};
  }
  runtime::Task<Result<Reply>> echo(const Call& call) {
    co_return Reply{.status = 201, .json = call.body};
  }
  runtime::Task<Result<Reply>> away(const Call&) {
    co_return fail(ErrorCode::kUnavailable, "the word");
  }
  runtime::Task<Result<Reply>> broken(const Call&) {
    co_return fail(ErrorCode::kInternal, "the word");
  }
  runtime::Task<Result<Reply>> missing(const Call&) {
    co_return fail(ErrorCode::kNotFound, "the word");
  }
};

runtime::Task<void> store_status(runtime::Task<Result<http::Response>> task,
                                 std::uint16_t& status) {
  auto response = co_await std::move(task);
  status = response ? response->head.status : 1;
}

class WebServiceTest : public ::testing::Test {
 protected:
  WebServiceTest() {
    std::ofstream(folder_->path() + "/index.html") << "<!doctype html>";
    std::ofstream(folder_->path() + "/app.js") << "run()";
    assets_ = *Assets::load(folder_->path());
    router_.add("GET", "/api/greet/{name}", handler<&Api::greet>(api_));
    router_.add("POST", "/api/echo", handler<&Api::echo>(api_));
    router_.add("GET", "/api/open", handler<&Api::away>(api_), Access::kEveryone);
    router_.add("GET", "/api/internal", handler<&Api::broken>(api_));
    router_.add("GET", "/api/missing", handler<&Api::missing>(api_));
  }
  ~WebServiceTest() override { ::close(log_pipe_[0]), ::close(log_pipe_[1]); }

  static http::Request request(std::string method, std::string path) {
    http::Request out;
    out.head.method = std::move(method);
    out.head.path = std::move(path);
    out.head.headers.add("host", "localhost:8080");
    if (out.head.method != "GET") out.head.headers.add("origin", "http://localhost:8080");
    return out;
  }
  Answer ask(http::Request asked) {
    auto response = t_.run(service_.call(std::move(asked)));
    Answer answer{.status = response->head.status, .headers = response->head.headers};
    auto body = t_.run(http::collect(t_.loop, std::move(response->body), 1 << 20));
    answer.content = body->bytes;
    return answer;
  }
  Answer get(std::string path) { return ask(request("GET", std::move(path))); }
  // With the cookie of a session of `ada`.
  http::Request signed_in(http::Request asked) {
    if (cookie_.empty()) {
      const Answer answer = get("/sign-in?link=" + sessions_.make_link("ada"));
      const std::string set = answer.header("set-cookie");
      cookie_ = set.substr(0, set.find(';'));
    }
    asked.head.headers.add("cookie", "theme=dark; " + cookie_);
    return asked;
  }
  Answer get_signed_in(std::string path) { return ask(signed_in(request("GET", std::move(path)))); }
  bool is_counted(std::string_view line) { return registry_.scrape().contains(line); }

  runtime::testing::TestLoop t_;
  const Result<TemporaryFolder> folder_ = TemporaryFolder::make("seine-web-test");
  int log_pipe_[2] = {};
  const int made_ = ::pipe2(log_pipe_, O_CLOEXEC | O_NONBLOCK);
  const Log log_{t_.clock, log_pipe_[1], LogLevel::kInfo, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  WebMetrics metrics_{registry_, 0};
  const Guard guard_{{.hosts = {"localhost"}}};
  const CookieStyle cookie_style_{.name = "seine"};
  Assets assets_;
  Sessions sessions_{t_.clock, SessionLimits{}};
  Api api_;
  Router router_;
  WebService service_{{.loop = t_.loop,
                       .log = log_,
                       .guard = guard_,
                       .cookie = cookie_style_,
                       .assets = assets_,
                       .sessions = sessions_,
                       .router = router_,
                       .metrics = metrics_}};
  std::string cookie_;
};

TEST_F(WebServiceTest, a_link_signs_in_once_and_the_cookie_does_from_then_on) {
  const std::string link = "/sign-in?link=" + sessions_.make_link("ada");
  const Answer first = get(link);
  EXPECT_EQ(first.status, 303);
  EXPECT_EQ(first.header("location"), "/");
  EXPECT_EQ(first.header("cache-control"), "no-store");
  const std::string cookie = first.header("set-cookie");
  EXPECT_TRUE(cookie.starts_with("seine="));
  EXPECT_TRUE(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"));
  const Answer second = get(link);
  EXPECT_EQ(second.status, 403);
  EXPECT_EQ(second.member("hint"), "run `seine dashboard` for a link");
  EXPECT_EQ(second.header("set-cookie"), "-");
  EXPECT_EQ(get_signed_in("/api/greet/bob").content, R"({"user":"ada","name":"bob","q":"-"})");
  EXPECT_TRUE(is_counted(R"(seine_web_refused_total{reason="link"} 1)"));
  EXPECT_TRUE(is_counted("seine_web_sessions 2")) << registry_.scrape();
}

TEST_F(WebServiceTest, a_link_that_was_used_is_a_page_in_a_browser) {
  const std::string link = "/sign-in?link=" + sessions_.make_link("ada");
  EXPECT_EQ(get(link).status, 303);
  http::Request again = request("GET", link);
  again.head.headers.add("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
  const Answer answer = ask(std::move(again));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_NE(answer.header("content-security-policy"), "-");
  EXPECT_TRUE(answer.content.contains("this link was used already, or is too old."));
  EXPECT_TRUE(answer.content.contains("run `seine dashboard` for a link."));
}

TEST_F(WebServiceTest, a_link_is_not_used_up_by_who_only_looks_at_it) {
  const std::string link = "/sign-in?link=" + sessions_.make_link("ada");
  EXPECT_EQ(ask(request("HEAD", link)).status, 405);
  http::Request led = request("GET", link);
  led.head.headers.add("sec-fetch-site", "cross-site");
  EXPECT_EQ(ask(std::move(led)).status, 403);
  EXPECT_EQ(get(link + "&link=x").status, 400);
  EXPECT_EQ(get("/sign-in").status, 403);
  EXPECT_EQ(get(link).status, 303);
}

TEST_F(WebServiceTest, a_stranger_learns_nothing_of_the_api) {
  for (const char* path : {"/api/greet/bob", "/api/nothing", "/api", "/api/echo"}) {
    const Answer answer = get(path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_EQ(answer.member("error"), "you are not signed in");
    EXPECT_EQ(answer.member("hint"), "run `seine dashboard` for a link");
  }
  EXPECT_EQ(get("/api/open").status, 503);
  http::Request twice = signed_in(request("GET", "/api/greet/bob"));
  twice.head.headers.add("cookie", cookie_);
  EXPECT_EQ(ask(std::move(twice)).status, 401) << "two cookie headers";
}

TEST_F(WebServiceTest, signing_out_ends_the_session_and_takes_a_page_of_ours) {
  EXPECT_EQ(get_signed_in("/api/greet/bob").status, 200);
  http::Request foreign = signed_in(request("POST", "/sign-out"));
  foreign.head.headers.set("origin", "http://evil.example");
  EXPECT_EQ(ask(std::move(foreign)).status, 403);
  EXPECT_EQ(ask(signed_in(request("GET", "/sign-out"))).status, 405);
  EXPECT_EQ(get_signed_in("/api/greet/bob").status, 200);
  const Answer out = ask(signed_in(request("POST", "/sign-out")));
  EXPECT_EQ(out.status, 204);
  EXPECT_TRUE(out.header("set-cookie").starts_with("seine=; Path=/; Max-Age=0;"));
  EXPECT_EQ(get_signed_in("/api/greet/bob").status, 401);
}

TEST_F(WebServiceTest, the_api_answers_in_json_whatever_happens) {
  EXPECT_EQ(get_signed_in("/api/greet/b%20c?q=1+2").content,
            R"({"user":"ada","name":"b c","q":"1 2"})");
  const Answer missing = get_signed_in("/api/nothing/at/all");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.member("error"), "there is nothing at /api/nothing/at/all");
  const Answer wrong = get_signed_in("/api/echo");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "POST");
  EXPECT_EQ(get_signed_in("/api/missing").member("error"), "the word");
  const Answer internal = get_signed_in("/api/internal");
  EXPECT_EQ(internal.status, 500);
  EXPECT_EQ(internal.content.find("the word"), std::string::npos) << "it is for the log";
  char logged[256] = {};
  EXPECT_GT(::read(log_pipe_[0], logged, sizeof(logged) - 1), 0);
  EXPECT_NE(std::string_view(logged).find("the word"), std::string_view::npos) << logged;
  for (const Answer& answer : {missing, wrong, internal}) {
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_TRUE(json::parse(answer.content));
  }
  EXPECT_EQ(get_signed_in("/api/greet/a?q=1&q=2").status, 400);
  EXPECT_EQ(get_signed_in("/api/%2e%2e/x").status, 400);
}

TEST_F(WebServiceTest, a_body_is_whole_and_in_time_and_not_too_long) {
  http::Request fits = signed_in(request("POST", "/api/echo"));
  fits.body = http::make_body(std::string(kMaxBody, '1'));
  EXPECT_EQ(ask(std::move(fits)).content.size(), kMaxBody);
  http::Request longer = signed_in(request("POST", "/api/echo"));
  longer.body = http::make_body(std::string(kMaxBody + 1, '1'));
  EXPECT_EQ(ask(std::move(longer)).status, 413);
  http::testing::BodyFeed feed;
  http::Request slow = signed_in(request("POST", "/api/echo"));
  slow.body = std::make_unique<http::testing::FedBody>(feed);
  feed.push("{");
  std::uint16_t status = 0;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  scope.spawn(store_status(service_.call(std::move(slow)), status));
  t_.advance(kBodyTimeout - 10ms);
  EXPECT_EQ(status, 0);
  t_.advance(20ms);
  EXPECT_EQ(status, 408);
  EXPECT_TRUE(is_counted(R"(seine_web_refused_total{reason="body"} 2)"));
}

// Regression: it waited for the body of a tunnel, which begins with the answer alone.
TEST_F(WebServiceTest, who_asks_to_change_the_protocol_is_answered_at_once) {
  http::testing::BodyFeed feed;
  http::Request tunnel = signed_in(request("GET", "/api/greet/bob"));
  tunnel.head.headers.add("upgrade", "websocket");
  tunnel.body = std::make_unique<http::testing::FedBody>(feed);
  std::uint16_t status = 0;
  runtime::TaskScope scope(t_.loop, [](Error) {});
  scope.spawn(store_status(service_.call(std::move(tunnel)), status));
  t_.advance(10ms);
  EXPECT_EQ(status, 400);
  EXPECT_TRUE(is_counted(R"(seine_web_refused_total{reason="upgrade"} 1)"));
}

TEST_F(WebServiceTest, pages_of_others_get_nothing) {
  http::Request rebound = signed_in(request("GET", "/api/greet/bob"));
  rebound.head.headers.set("host", "evil.example:8080");
  EXPECT_EQ(ask(std::move(rebound)).status, 421);
  http::Request led = signed_in(request("GET", "/api/greet/bob"));
  led.head.headers.add("sec-fetch-site", "same-site");
  EXPECT_EQ(ask(std::move(led)).status, 403);
  http::Request posted = signed_in(request("POST", "/api/echo"));
  posted.head.headers.remove("origin");
  EXPECT_EQ(ask(std::move(posted)).status, 403);
  for (const char* reason : {"host", "cross_site", "origin"}) {
    EXPECT_TRUE(is_counted("seine_web_refused_total{reason=\"" + std::string(reason) + "\"} 1"));
  }
}

TEST_F(WebServiceTest, every_answer_says_what_pages_may_not_do) {
  http::Request rebound = request("GET", "/");
  rebound.head.headers.set("host", "evil.example");
  for (const Answer& answer : {get("/"), get("/app.js"), get("/api/x"), get("/nothing.js"),
                               get("/sign-in"), get("/%"), ask(std::move(rebound))}) {
    EXPECT_TRUE(answer.header("content-security-policy").starts_with("default-src 'none'"));
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  }
}

TEST_F(WebServiceTest, paths_that_only_pages_know_are_the_first_page) {
  http::Request visit = request("GET", "/services/shop/payments.v2?range=7d");
  visit.head.headers.add("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
  const Answer page = ask(std::move(visit));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content, "<!doctype html>");
  EXPECT_EQ(page.header("cache-control"), "no-cache");
  EXPECT_EQ(get("/services/shop").status, 404) << "no page was asked for";
  http::Request old = request("GET", "/assets/index-00000000.js");
  old.head.headers.add("accept", "text/html");
  EXPECT_EQ(ask(std::move(old)).status, 404) << "of a build that is gone";
  EXPECT_EQ(ask(request("POST", "/")).status, 405);
  EXPECT_EQ(get("/app.js").content, "run()");
}

}  // namespace
}  // namespace seine::web
