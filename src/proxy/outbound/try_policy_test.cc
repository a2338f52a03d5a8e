// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/try_policy.h"

#include "gtest/gtest.h"

#include "http/http2_error.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

model::ClientRulePolicy rule_with(std::optional<model::Retry> retry, bool allows = true) {
  model::ClientRulePolicy rule;
  rule.retry = std::move(retry);
  rule.allows_l5d_request_headers = allows;
  return rule;
}
model::Retry on_5xx() {
  return {.max_retries = 2, .max_request_bytes = 10, .statuses = {{500, 599}}};
}

TEST(TryPolicy, is_plain_where_nothing_is_said) {
  http::Headers headers;
  EXPECT_TRUE(try_policy(rule_with({}), headers).is_plain());
  model::Retry none = on_5xx();
  none.max_retries = 0;
  EXPECT_TRUE(try_policy(rule_with(none), headers).is_plain());
  model::ClientRulePolicy timed;
  timed.timeouts.idle = 1s;
  EXPECT_FALSE(try_policy(timed, headers).is_plain());
}

TEST(TryPolicy, headers_stand_in_place_of_the_rule_where_it_lets_them) {
  http::Headers headers;
  headers.set("l5d-timeout", "10s");
  headers.set("l5d-response-timeout", "500ms");
  headers.set("l5d-retry-http", "gateway-error, 429,510-512, nonsense");
  headers.set("l5d-retry-grpc", "unavailable,deadline-exceeded,what");
  headers.set("l5d-retry-limit", "3");
  headers.set("l5d-retry-timeout", "100ms");
  http::Headers untouched = headers;
  const TryPolicy policy = try_policy(rule_with({}), headers);
  EXPECT_EQ(headers.size(), 0U);
  EXPECT_EQ(policy.timeouts.request, 10s);
  EXPECT_EQ(policy.timeouts.response, 500ms);
  ASSERT_TRUE(policy.retry);
  EXPECT_EQ(policy.retry->max_retries, 3U);
  EXPECT_EQ(policy.retry->timeout, 100ms);
  EXPECT_EQ(policy.retry->max_request_bytes, 65536U);
  EXPECT_EQ(policy.retry->statuses,
            (std::vector<model::StatusRange>{{502, 504}, {429, 429}, {510, 512}}));
  EXPECT_EQ(policy.retry->grpc_codes, (std::vector<std::uint8_t>{14, 4}));
  EXPECT_TRUE(try_policy(rule_with({}, /*allows=*/false), untouched).is_plain());
  EXPECT_EQ(untouched.size(), 6U) << "they are nobody's to remove";
}

TEST(TryPolicy, what_headers_say_wrongly_is_passed_over) {
  http::Headers headers;
  headers.set("l5d-timeout", "soon");
  headers.set("l5d-retry-limit", "-1");
  headers.set("l5d-retry-timeout", "0");
  const TryPolicy policy = try_policy(rule_with(on_5xx()), headers);
  EXPECT_FALSE(policy.has_timeouts());
  EXPECT_EQ(policy.retry->max_retries, 2U);
  EXPECT_FALSE(policy.retry->timeout);
  headers.set("l5d-retry-limit", "1000000");
  EXPECT_EQ(try_policy(rule_with(on_5xx()), headers).retry->max_retries, 2U);
  headers.set("l5d-retry-limit", "0");
  EXPECT_FALSE(try_policy(rule_with(on_5xx()), headers).retry);
  model::Retry both = on_5xx();
  both.grpc_codes = {14};
  http::Headers of_http;
  of_http.set("l5d-retry-http", "429");
  of_http.set("l5d-retry-grpc", "whatever");
  const TryPolicy changed = try_policy(rule_with(both), of_http);
  EXPECT_EQ(changed.retry->statuses, (std::vector<model::StatusRange>{{429, 429}}));
  EXPECT_EQ(changed.retry->grpc_codes, (std::vector<std::uint8_t>{14})) << "of the rule";
  headers.set("l5d-retry-limit", "5");
  EXPECT_TRUE(try_policy(rule_with({}), headers).is_plain()) << "a limit alone asks for nothing";
}

TEST(TryPolicy, what_can_be_sent_again_is_short_and_no_tunnel) {
  http::Request request;
  EXPECT_TRUE(can_be_repeated(request, on_5xx()));
  request.body = http::make_body("0123456789");
  EXPECT_TRUE(can_be_repeated(request, on_5xx()));
  request.body = http::make_body("0123456789a");
  EXPECT_FALSE(can_be_repeated(request, on_5xx()));
  request = {};
  request.head.headers.set("upgrade", "websocket");
  EXPECT_FALSE(can_be_repeated(request, on_5xx()));
  request = {};
  request.head.method = "CONNECT";
  EXPECT_FALSE(can_be_repeated(request, on_5xx()));
}

TEST(TryPolicy, answers_are_worth_a_retry_by_status_and_by_grpcs_code) {
  model::Retry retry = on_5xx();
  retry.grpc_codes = {14};
  http::ResponseHead head;
  EXPECT_FALSE(is_worth_a_retry(retry, true, head));
  head.status = 503;
  EXPECT_TRUE(is_worth_a_retry(retry, false, head));
  head.status = 200;
  head.headers.set("grpc-status", "14");
  EXPECT_TRUE(is_worth_a_retry(retry, true, head));
  EXPECT_FALSE(is_worth_a_retry(retry, false, head)) << "it asked for no gRPC";
  head.headers.set("grpc-status", "5");
  EXPECT_FALSE(is_worth_a_retry(retry, true, head));
  http::Headers trailers;
  EXPECT_FALSE(is_worth_a_retry(retry, trailers));
  trailers.set("grpc-status", "14");
  EXPECT_TRUE(is_worth_a_retry(retry, trailers));
}

TEST(TryPolicy, errors_are_worth_a_retry_by_what_we_would_answer) {
  model::Retry retry{.statuses = {{502, 502}}, .grpc_codes = {14}};
  EXPECT_TRUE(is_worth_a_retry(retry, false, make_error(ErrorCode::kConnectRefused, "")));
  EXPECT_TRUE(is_worth_a_retry(retry, true, make_error(ErrorCode::kConnectRefused, "")));
  EXPECT_FALSE(is_worth_a_retry(retry, false, make_error(ErrorCode::kTimeout, "")));
  retry = {};
  for (const ErrorCode code : {ErrorCode::kFailfast, ErrorCode::kResponseTimeout}) {
    EXPECT_TRUE(is_worth_a_retry(retry, false, make_error(code, "")));
  }
  EXPECT_TRUE(is_worth_a_retry(
      retry, true, http::http2_error(ErrorCode::kReset, http::Http2Code::kRefusedStream, "")));
  EXPECT_FALSE(is_worth_a_retry(on_5xx(), false, make_error(ErrorCode::kLoadShed, "")));
  EXPECT_FALSE(is_worth_a_retry(on_5xx(), false,
                                make_error(ErrorCode::kEof, "").from(ErrorOrigin::kDownstream)))
      << "its client broke it off";
}

}  // namespace
}  // namespace seine::proxy
