// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/tally.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

std::string row(int sent, int succeeded, int failed, int injected) {
  return R"({"sent":)" + std::to_string(sent) + R"(,"succeeded":)" + std::to_string(succeeded) +
         R"(,"failed":)" + std::to_string(failed) + R"(,"injected":)" + std::to_string(injected) +
         R"(,"cancelled":1,"not_answered":0,"in_flight":0,"not_connected":2,"statuses":{}})";
}

TEST(Tally, is_read_by_service_and_what_else_it_says_is_passed_over) {
  const auto tally = parse_tally(R"({"application":"web","version":"v1","final":true,"sent":{)"
                                 R"("payments":)" +
                                 row(10, 7, 2, 1) + R"(,"ledger":)" + row(1, 0, 0, 0) + "}}");
  ASSERT_TRUE(tally) << tally.error().to_string();
  EXPECT_EQ(tally->application, "web");
  EXPECT_TRUE(tally->is_final);
  ASSERT_EQ(tally->sent.size(), 2u);
  EXPECT_EQ(tally->sent.at("payments"), (SentTo{.sent = 10,
                                                .succeeded = 7,
                                                .failed = 2,
                                                .injected = 1,
                                                .cancelled = 1,
                                                .not_connected = 2}));
}

TEST(Tally, has_connections_without_requests_apart) {
  const auto tally = parse_tally(R"({"application":"payments","sent":{},"connected":{"mail":)" +
                                 row(3, 2, 0, 0) + "}}");
  ASSERT_TRUE(tally) << tally.error().to_string();
  EXPECT_TRUE(tally->sent.empty());
  EXPECT_EQ(tally->connected.at("mail").succeeded, 2u);
  EXPECT_FALSE(parse_tally(R"({"application":"payments","sent":{},"connected":[]})"));
}

TEST(Tally, whose_classes_do_not_add_up_is_refused) {
  const auto tally =
      parse_tally(R"({"application":"web","sent":{"payments":)" + row(11, 7, 2, 1) + "}}");
  ASSERT_FALSE(tally);
  EXPECT_NE(tally.error().message.find("do not add up"), std::string::npos);
}

TEST(Tally, that_is_none_is_refused_with_the_member_at_fault) {
  EXPECT_FALSE(parse_tally(""));
  EXPECT_FALSE(parse_tally("[]"));
  const auto no_count = parse_tally(R"({"application":"web","sent":{"payments":{"sent":-1}}})");
  ASSERT_FALSE(no_count);
  EXPECT_NE(no_count.error().message.find("payments"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
