// SPDX-License-Identifier: Apache-2.0
#include "proxy/route_filters.h"

#include <vector>

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using model::Filter;
using model::Redirect;

http::RequestHead asked(std::string path = "/a/b?x=1", std::string host = "web:8080") {
  http::RequestHead head;
  head.path = std::move(path);
  head.headers.set("host", host);
  return head;
}

class RouteFiltersTest : public ::testing::Test {
 protected:
  std::optional<FilterAnswer> apply(Filter filter, http::RequestHead& head) {
    const std::vector<Filter> filters{std::move(filter)};
    return filter_request(filters, path_ ? &*path_ : nullptr, head, random_);
  }
  // "" where it leads nowhere.
  std::string leads(const Redirect& redirect, const http::RequestHead& head = asked()) {
    return redirect_location(redirect, path_ ? &*path_ : nullptr, head).value_or("");
  }

  std::optional<model::PathMatch> path_;
  FastRandom random_{7};
};

TEST_F(RouteFiltersTest, header_modifiers_add_set_and_remove) {
  http::RequestHead head = asked();
  head.headers.add("x-old", "1");
  head.headers.add("x-many", "1");
  model::RequestHeaderModifier modifier;
  modifier.add = {{"x-many", "2"}};
  modifier.set = {{"x-new", "n"}, {"x-old", "2"}};
  modifier.remove = {"x-none"};
  EXPECT_FALSE(apply(modifier, head));
  EXPECT_EQ(head.headers.count("x-many"), 2U);
  EXPECT_EQ(head.headers.get("x-new"), "n");
  EXPECT_EQ(head.headers.get("x-old"), "2");
  modifier = {};
  modifier.remove = {"x-many", "x-old"};
  EXPECT_FALSE(apply(modifier, head));
  EXPECT_FALSE(head.headers.contains("x-many") || head.headers.contains("x-old"));
}

TEST_F(RouteFiltersTest, what_frames_a_message_is_nobodys_to_change) {
  http::RequestHead head = asked();
  head.headers.set("content-length", "5");
  model::RequestHeaderModifier modifier;
  modifier.set = {{"content-length", "0"}, {"transfer-encoding", "chunked"}};
  modifier.add = {{"connection", "close"}};
  modifier.remove = {"content-length", "host"};
  EXPECT_FALSE(apply(modifier, head));
  EXPECT_EQ(head.headers.get("content-length"), "5");
  EXPECT_EQ(head.headers.get("host"), "web:8080");
  EXPECT_FALSE(head.headers.contains("transfer-encoding"));
  EXPECT_FALSE(head.headers.contains("connection"));
}

TEST_F(RouteFiltersTest, a_host_that_is_set_is_set_wherever_the_version_has_it) {
  model::RequestHeaderModifier modifier;
  modifier.set = {{"host", "other"}};
  http::RequestHead origin = asked();
  EXPECT_FALSE(apply(modifier, origin));
  EXPECT_EQ(origin.effective_authority(), "other");
  http::RequestHead absolute = asked();
  absolute.scheme = "http";
  absolute.authority = "web:8080";
  EXPECT_FALSE(apply(modifier, absolute));
  EXPECT_EQ(absolute.authority, "other");
  EXPECT_EQ(absolute.headers.get("host"), "other");
  http::RequestHead http2;
  http2.version = http::Version::kHttp2;
  http2.authority = "web:8080";
  EXPECT_FALSE(apply(modifier, http2));
  EXPECT_EQ(http2.authority, "other");
  EXPECT_FALSE(http2.headers.contains("host"));
  http2.authority.clear();
  http2.headers.set("host", "web:8080");
  EXPECT_FALSE(apply(modifier, http2));
  EXPECT_EQ(http2.effective_authority(), "other");
  EXPECT_FALSE(http2.headers.contains("host"));
}

TEST_F(RouteFiltersTest, response_modifiers_are_of_responses_alone) {
  model::ResponseHeaderModifier modifier;
  modifier.set = {{"x-new", "n"}};
  http::RequestHead head = asked();
  EXPECT_FALSE(apply(modifier, head));
  EXPECT_FALSE(head.headers.contains("x-new"));
  http::ResponseHead response;
  const std::vector<Filter> filters{modifier};
  filter_response(filters, response);
  EXPECT_EQ(response.headers.get("x-new"), "n");
}

TEST_F(RouteFiltersTest, a_redirect_keeps_what_it_does_not_name) {
  EXPECT_EQ(leads({.host = "new"}), "http://new:8080/a/b?x=1");
  EXPECT_EQ(leads({.scheme = "https"}), "https://web/a/b?x=1") << "another scheme, its own port";
  EXPECT_EQ(leads({.scheme = "https", .port = 8443}), "https://web:8443/a/b?x=1");
  EXPECT_EQ(leads({.scheme = "https", .port = 443}), "https://web/a/b?x=1");
  EXPECT_EQ(leads({.port = 81}), "http://web:81/a/b?x=1");
  EXPECT_EQ(leads({.path = Redirect::Path::kFull, .path_text = "/new"}), "http://web:8080/new?x=1");
  EXPECT_EQ(leads({.path = Redirect::Path::kFull, .path_text = "/new?y=2"}),
            "http://web:8080/new?y=2");
  EXPECT_EQ(leads({.host = "[::1]"}, asked("/", "[fd00::1]:80")), "http://[::1]:80/");
}

TEST_F(RouteFiltersTest, a_redirect_to_what_was_asked_for_is_none) {
  EXPECT_EQ(leads({.host = "web"}), "");
  http::RequestHead head = asked();
  EXPECT_FALSE(apply(Redirect{.host = "web"}, head));
}

TEST_F(RouteFiltersTest, a_redirect_replaces_the_prefix_that_matched) {
  const auto to = [this](std::string matched, std::string path, std::string text) {
    path_ = model::PathMatch{model::PathMatch::Prefix{std::move(matched)}};
    return leads({.path = Redirect::Path::kPrefix, .path_text = std::move(text)},
                 asked(std::move(path), "web"));
  };
  EXPECT_EQ(to("/a", "/a/b", "/z"), "http://web/z/b");
  EXPECT_EQ(to("/a/", "/a/b", "/z/"), "http://web/z/b");
  EXPECT_EQ(to("/a", "/a", "/z"), "http://web/z");
  EXPECT_EQ(to("/a", "/a/b?q", "/"), "http://web/b?q");
  EXPECT_EQ(to("/a", "/a", "/"), "http://web/");
  EXPECT_EQ(to("/", "/b", "/z"), "http://web/z/b");
  path_ = model::PathMatch{model::PathMatch::Exact{"/a"}};
  EXPECT_EQ(leads({.path = Redirect::Path::kPrefix, .path_text = "/z"}), "");
}

TEST_F(RouteFiltersTest, a_redirect_is_answered_with_its_status_and_grpc_with_not_found) {
  http::RequestHead head = asked();
  auto answer = apply(Redirect{.host = "new", .status = 308}, head);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->failure);
  EXPECT_EQ(answer->response.head.status, 308);
  EXPECT_EQ(answer->response.head.headers.get("location"), "http://new:8080/a/b?x=1");
  EXPECT_EQ(answer->response.head.headers.get("content-length"), "0");
  head.headers.set("content-type", "application/grpc");
  answer = apply(Redirect{.host = "new"}, head);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response.head.status, 200);
  EXPECT_EQ(answer->response.head.headers.get("grpc-status"), "5");
}

TEST_F(RouteFiltersTest, an_injected_failure_is_answered_in_the_clients_own_words) {
  http::RequestHead head = asked();
  auto answer = apply(model::FailureInjector{.status = 418, .message = "tea\n"}, head);
  ASSERT_TRUE(answer && answer->failure);
  EXPECT_EQ(answer->response.head.status, 418);
  EXPECT_EQ(answer->failure->to_string(), "injected failure: tea\n");
  head.headers.set("content-type", "application/grpc");
  answer = apply(model::FailureInjector{.status = 418, .message = "tea\n"}, head);
  EXPECT_EQ(answer->response.head.headers.get("grpc-status"), "9");
  EXPECT_EQ(answer->response.head.headers.get("grpc-message"), "tea%0A");
  answer = apply(model::FailureInjector{.grpc = true, .status = 14}, head);
  EXPECT_EQ(answer->response.head.headers.get("grpc-status"), "14");
}

TEST_F(RouteFiltersTest, failures_are_injected_at_their_ratio) {
  int failed = 0;
  for (int i = 0; i < 10'000; ++i) {
    http::RequestHead head = asked();
    failed += apply(model::FailureInjector{.status = 500, .numerator = 3, .denominator = 10}, head)
                  ? 1
                  : 0;
  }
  EXPECT_NEAR(failed, 3000, 150);
  http::RequestHead head = asked();
  EXPECT_FALSE(apply(model::FailureInjector{.status = 500, .numerator = 0}, head));
}

TEST_F(RouteFiltersTest, the_first_that_answers_ends_it) {
  http::RequestHead head = asked();
  model::RequestHeaderModifier before;
  before.set = {{"x-before", "1"}};
  model::RequestHeaderModifier after;
  after.set = {{"x-after", "1"}};
  const std::vector<Filter> filters{before, model::FailureInjector{.status = 503}, after,
                                    Redirect{.host = "new"}};
  const auto answer = filter_request(filters, nullptr, head, random_);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response.head.status, 503);
  EXPECT_TRUE(head.headers.contains("x-before"));
  EXPECT_FALSE(head.headers.contains("x-after"));
}

}  // namespace
}  // namespace seine::proxy
