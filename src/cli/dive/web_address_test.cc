// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/web_address.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

TEST(WebAddress, is_what_up_has_written) {
  EXPECT_EQ(parse_web_address(R"({"url":"http://127.0.0.1:50750"})"), "http://127.0.0.1:50750");
  EXPECT_EQ(parse_web_address(R"({"url":"https://[::1]:8443/","more":1})"), "https://[::1]:8443");
}

TEST(WebAddress, that_a_terminal_or_a_browser_should_not_see_is_refused) {
  for (const char* text :
       {"", "[]", "{}", R"({"url":1})", R"({"url":""})", R"({"url":"http://"})",
        R"({"url":"file:///etc/passwd"})", R"({"url":"javascript:x"})", R"({"url":"http://a/b"})",
        R"({"url":"http://a b"})", R"({"url":"http://a@b"})", R"({"url":"http://a\u001b[2J"})",
        R"({"url":"--help"})"}) {
    const auto parsed = parse_web_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kProtocol);
  }
}

TEST(WebAddress, has_another_port_where_it_is_forwarded) {
  EXPECT_EQ(with_port("http://127.0.0.1:50750", 8080), "http://127.0.0.1:8080");
  EXPECT_EQ(with_port("http://localhost", 8080), "http://localhost:8080");
  EXPECT_EQ(with_port("https://[::1]:8443", 9), "https://[::1]:9");
  EXPECT_EQ(with_port("https://[::1]", 9), "https://[::1]:9");
}

TEST(WebAddress, leads_to_a_path_and_nowhere_else) {
  EXPECT_EQ(link_of("http://a:1", "/sign-in?link=abc"), "http://a:1/sign-in?link=abc");
  for (const char* path : {"", "sign-in", "//evil.example/", "/a b", "/\x1b[2J", "/a\"b", "/ä"}) {
    EXPECT_FALSE(link_of("http://a:1", path)) << path;
  }
}

}  // namespace
}  // namespace seine::cli
