// SPDX-License-Identifier: Apache-2.0
#include "proxy/balance/answer.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

TEST(Answer, of_who_is_busy_is_neither_a_success_nor_a_failure) {
  EXPECT_EQ(answer_of(200, "", true), Answer::kSuccess);
  EXPECT_EQ(answer_of(503, "", false), Answer::kFailure);
  EXPECT_EQ(answer_of(429, "", true), Answer::kBusy);
  EXPECT_EQ(answer_of(200, "8", true), Answer::kBusy);
  EXPECT_EQ(answer_of(200, "13", false), Answer::kFailure);
  EXPECT_EQ(answer_of(200, "5", true), Answer::kSuccess);
}

TEST(Answer, is_penalised_for_what_another_endpoint_might_do_better) {
  for (const std::uint16_t status : {429, 500, 503, 599}) EXPECT_TRUE(is_penalised(status, ""));
  for (const char* code : {"2", "4", "8", "13", "14", "15"}) EXPECT_TRUE(is_penalised(200, code));
  for (const char* code : {"", "0", "1", "5", "16", "8x", "-2"}) {
    EXPECT_FALSE(is_penalised(200, code)) << code;
  }
  EXPECT_FALSE(is_penalised(404, ""));
}

TEST(Pushback, is_told_in_seconds_or_in_milliseconds) {
  http::Headers headers;
  EXPECT_EQ(pushback_of(headers), std::nullopt);
  headers.set("grpc-retry-pushback-ms", "250");
  EXPECT_EQ(pushback_of(headers), 250ms);
  headers.set("retry-after", "3");
  EXPECT_EQ(pushback_of(headers), 3s);
}

TEST(Pushback, that_is_no_number_is_none_and_an_endless_one_a_day) {
  http::Headers headers;
  for (const char* wrong :
       {"", "-1", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999999999999999"}) {
    headers.set("retry-after", wrong);
    EXPECT_EQ(pushback_of(headers), std::nullopt) << wrong;
  }
  headers.set("retry-after", "18446744073709551615");
  EXPECT_EQ(pushback_of(headers), 24h);
}

}  // namespace
}  // namespace seine::proxy
