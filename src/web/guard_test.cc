// SPDX-License-Identifier: Apache-2.0
#include "web/guard.h"

#include <gtest/gtest.h>

namespace seine::web {
namespace {

http::RequestHead head(std::string method, std::string_view host, std::string_view origin = "") {
  http::RequestHead out;
  out.method = std::move(method);
  if (!host.empty()) out.headers.add("host", host);
  if (!origin.empty()) out.headers.add("origin", origin);
  return out;
}

class GuardTest : public ::testing::Test {
 protected:
  std::string reason(const http::RequestHead& request) const {
    const auto refusal = guard_.check(request);
    return refusal ? std::string(refusal->reason) : "none";
  }

  const Guard guard_{{.hosts = {"localhost", "127.0.0.1", "[::1]", "dash.example:8443"}}};
};

TEST_F(GuardTest, knows_its_names_on_any_port) {
  for (const char* host : {"localhost", "localhost:8080", "LOCALHOST:1", "localhost.:8080",
                           "127.0.0.1:9", "[::1]", "[::1]:8080", "dash.example:8443"}) {
    EXPECT_EQ(reason(head("GET", host)), "none") << host;
  }
}

TEST_F(GuardTest, answers_to_no_other_name) {
  for (const char* host : {"", "evil.example", "localhost.evil.example", "evil.localhost",
                           "127.0.0.2", "[::2]:8080", "::1", "dash.example", "dash.example:443",
                           "localhost:8080:1", "localhost:x", "localhost:", ":8080", "."}) {
    EXPECT_EQ(reason(head("GET", host)), "host") << host;
  }
  auto twice = head("GET", "localhost");
  twice.headers.add("host", "localhost");
  EXPECT_EQ(reason(twice), "host");
  auto absolute = head("GET", "localhost");
  absolute.authority = "evil.example";
  EXPECT_EQ(reason(absolute), "host");
}

TEST_F(GuardTest, lets_only_its_own_pages_change_anything) {
  EXPECT_EQ(reason(head("POST", "localhost:8080", "http://localhost:8080")), "none");
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "get"}) {
    EXPECT_EQ(reason(head(method, "localhost:8080")), "origin") << method;
    for (const char* origin : {"null", "http://evil.example", "https://localhost:8080",
                               "http://localhost", "http://localhost:8081", "localhost:8080",
                               "http://127.0.0.1:8080", "http://localhost:8080/"}) {
      EXPECT_EQ(reason(head(method, "localhost:8080", origin)), "origin") << origin;
    }
  }
  auto twice = head("POST", "localhost", "http://localhost");
  twice.headers.add("origin", "http://localhost");
  EXPECT_EQ(reason(twice), "origin");
  EXPECT_EQ(reason(head("GET", "localhost", "http://evil.example")), "none");
}

TEST_F(GuardTest, wants_https_of_pages_that_came_by_it) {
  const Guard secure({.hosts = {"dash.example"}, .is_secure = true});
  EXPECT_FALSE(secure.check(head("POST", "dash.example", "https://dash.example")));
  EXPECT_TRUE(secure.check(head("POST", "dash.example", "http://dash.example")));
  http::Headers headers;
  secure.add_headers(headers);
  EXPECT_TRUE(headers.contains("strict-transport-security"));
}

TEST_F(GuardTest, believes_a_browser_that_says_who_sent_it) {
  for (const auto& [site, is_cross] :
       std::vector<std::pair<std::string_view, bool>>{{"same-origin", false},
                                                      {"none", false},
                                                      {"same-site", true},
                                                      {"cross-site", true},
                                                      {"?", true}}) {
    auto request = head("GET", "localhost");
    request.headers.add("sec-fetch-site", site);
    EXPECT_EQ(Guard::is_cross_site(request), is_cross) << site;
  }
  EXPECT_FALSE(Guard::is_cross_site(head("GET", "localhost")));
}

TEST_F(GuardTest, says_what_pages_may_not_do) {
  http::Headers headers;
  headers.add("x-frame-options", "SAMEORIGIN");
  guard_.add_headers(headers);
  const std::string policy(*headers.get("content-security-policy"));
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(headers.get("x-frame-options"), "DENY");
  EXPECT_EQ(headers.get("x-content-type-options"), "nosniff");
  EXPECT_FALSE(headers.contains("strict-transport-security"));
}

}  // namespace
}  // namespace seine::web
