// SPDX-License-Identifier: Apache-2.0
#include "control/tap/redact.h"

#include "gtest/gtest.h"

namespace seine::control {
namespace {

using io::linkerd::proxy::http_types::Headers;
using io::linkerd::proxy::tap::TapEvent;

void add(Headers& headers, const std::string& name, const std::string& value) {
  auto& header = *headers.add_headers();
  header.set_name(name);
  header.set_value(value);
}

TEST(Redact, query_values_are_masked_and_names_stay) {
  EXPECT_EQ(redact_url("/a"), "/a");
  EXPECT_EQ(redact_url("/a?card=4111&b=2"), "/a?card=***&b=***");
  EXPECT_EQ(redact_url("/a?b=1;c=2"), "/a?b=***;c=***");
  EXPECT_EQ(redact_url("/a?b=1=2?c=3"), "/a?b=***");
  EXPECT_EQ(redact_url("/a?"), "/a?");
  EXPECT_EQ(redact_url("/a?b=&c"), "/a?b=***&***");
  EXPECT_EQ(redact_url("/a??b=1"), "/a??b=***");
}

TEST(Redact, what_has_no_name_in_a_query_may_be_the_secret_itself) {
  EXPECT_EQ(redact_url("/reset?3f9c1e"), "/reset?***");
  EXPECT_EQ(redact_url("/a?b=1&&token"), "/a?b=***&&***");
}

TEST(Redact, fragments_and_user_names_of_addresses_are_masked) {
  EXPECT_EQ(redact_url("https://web/back#access_token=x"), "https://web/back#***");
  EXPECT_EQ(redact_url("https://u:p@web:80/a?b=c"), "https://***@web:80/a?b=***");
  EXPECT_EQ(redact_url("//u@web"), "//***@web");
  EXPECT_EQ(redact_url("/a//b@c?d=//e@f"), "/a//b@c?d=***");
  EXPECT_EQ(redact_url("/a?b=https://u:p@h"), "/a?b=***");
}

TEST(Redact, headers_with_credentials_are_masked_in_any_case) {
  for (const char* name : {"authorization", "Proxy-Authorization", "COOKIE", "set-cookie"}) {
    EXPECT_TRUE(is_secret_header(name)) << name;
  }
  EXPECT_FALSE(is_secret_header("content-type"));
  EXPECT_FALSE(is_secret_header("cookie-policy"));
}

TEST(Redact, requests_lose_secrets_and_keep_the_rest) {
  TapEvent event;
  auto& init = *event.mutable_http()->mutable_request_init();
  init.set_path("/pay?card=4111");
  init.set_authority("u:p@payments:8082");
  Headers& headers = *init.mutable_headers();
  add(headers, ":path", "/pay?card=4111");
  add(headers, ":authority", "u:p@payments:8082");
  add(headers, "authorization", "Bearer abc");
  add(headers, "cookie", "session=1");
  add(headers, "referer", "http://web/?token=2");
  add(headers, "accept", "*/*");
  redact(event);
  EXPECT_EQ(init.path(), "/pay?card=***");
  EXPECT_EQ(init.authority(), "***@payments:8082");
  EXPECT_EQ(headers.headers(0).value(), "/pay?card=***");
  EXPECT_EQ(headers.headers(1).value(), "***@payments:8082");
  EXPECT_EQ(headers.headers(2).value(), "***");
  EXPECT_EQ(headers.headers(3).value(), "***");
  EXPECT_EQ(headers.headers(4).value(), "http://web/?token=***");
  EXPECT_EQ(headers.headers(5).value(), "*/*");
}

TEST(Redact, answers_and_trailers_lose_secrets_too) {
  TapEvent answer;
  Headers& headers = *answer.mutable_http()->mutable_response_init()->mutable_headers();
  add(headers, "set-cookie", "session=1");
  add(headers, "location", "/next?code=9");
  redact(answer);
  EXPECT_EQ(headers.headers(0).value(), "***");
  EXPECT_EQ(headers.headers(1).value(), "/next?code=***");
  TapEvent end;
  Headers& trailers = *end.mutable_http()->mutable_response_end()->mutable_trailers();
  add(trailers, "x-api-key", "k");
  add(trailers, "grpc-status", "0");
  redact(end);
  EXPECT_EQ(trailers.headers(0).value(), "***");
  EXPECT_EQ(trailers.headers(1).value(), "0");
  TapEvent nothing;
  redact(nothing);
}

}  // namespace
}  // namespace seine::control
