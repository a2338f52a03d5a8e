// SPDX-License-Identifier: Apache-2.0
#include "proxy/in_flight_limit.h"

#include <optional>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using ::testing::HasSubstr;

http::Response response_with(http::BodyPtr body) {
  http::Response response;
  response.body = std::move(body);
  return response;
}

TEST(InFlightLimit, what_comes_beyond_the_limit_is_shed_and_told_which_limit_it_was) {
  InFlightLimit limit(2, "THE_VARIABLE");
  const auto first = limit.enter();
  auto second = limit.enter();
  ASSERT_TRUE(first && second);
  const auto third = limit.enter();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kLoadShed);
  EXPECT_EQ(third.error().message, "too many requests in flight: THE_VARIABLE allows 2");
  EXPECT_FALSE(third.error().retryable);
  EXPECT_EQ(limit.in_flight(), 2U);

  second->release();
  EXPECT_EQ(limit.in_flight(), 1U);
  EXPECT_TRUE(limit.enter());
  EXPECT_EQ(limit.in_flight(), 1U);
}

TEST(InFlightLimit, a_request_is_in_flight_until_its_responses_body_has_ended) {
  runtime::testing::TestLoop t;
  runtime::Waker waker(t.loop);
  InFlightLimit limit(1, "X");
  http::testing::BodyFeed feed;
  http::Response response =
      hold_place(response_with(std::make_unique<http::testing::FedBody>(feed)), *limit.enter());
  feed.push("some");
  runtime::Bytes data;
  EXPECT_EQ(response.body->poll(waker, data), http::BodyPoll::kData);
  EXPECT_EQ(response.body->poll(waker, data), http::BodyPoll::kPending);
  EXPECT_FALSE(limit.enter());
  feed.end();
  EXPECT_EQ(response.body->poll(waker, data), http::BodyPoll::kEnd);
  EXPECT_EQ(limit.in_flight(), 0U);
  response.body.reset();
  EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(InFlightLimit, a_body_that_fails_or_is_dropped_gives_its_place_back) {
  runtime::testing::TestLoop t;
  runtime::Waker waker(t.loop);
  InFlightLimit limit(2, "X");
  http::testing::BodyFeed feed;
  http::Response failing =
      hold_place(response_with(std::make_unique<http::testing::FedBody>(feed)), *limit.enter());
  http::Response dropped =
      hold_place(response_with(std::make_unique<http::testing::FedBody>(feed)), *limit.enter());
  EXPECT_EQ(limit.in_flight(), 2U);
  dropped.body.reset();
  EXPECT_EQ(limit.in_flight(), 1U);
  feed.fail(make_error(ErrorCode::kEof, "gone"));
  runtime::Bytes data;
  EXPECT_EQ(failing.body->poll(waker, data), http::BodyPoll::kError);
  EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(InFlightLimit, a_response_without_a_body_is_no_longer_in_flight) {
  InFlightLimit limit(1, "X");
  const http::Response response = hold_place(response_with(nullptr), *limit.enter());
  EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(InFlightLimit, cores_that_enter_at_once_share_exactly_as_many_places_as_there_are) {
  InFlightLimit limit(3, "X");
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  const auto core = [&] {
    for (int i = 0; i < 20'000; ++i) {
      const auto place = limit.enter();
      if (!place) continue;
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      --inside;
    }
  };
  std::vector<std::thread> cores(4);
  for (std::thread& each : cores) each = std::thread(core);
  for (std::thread& each : cores) each.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(limit.in_flight(), 0U);
}

TEST(InFlightLimit, the_gauge_shows_each_direction) {
  InFlightLimits limits(10, 10);
  const auto one = limits.inbound.enter();
  const auto two = limits.outbound.enter();
  const auto three = limits.outbound.enter();
  metrics::TextWriter writer;
  limits.write(writer);
  const std::string text = std::move(writer).finish();
  EXPECT_THAT(text, HasSubstr("seine_http_requests_in_flight{direction=\"inbound\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("seine_http_requests_in_flight{direction=\"outbound\"} 2\n"));
}

}  // namespace
}  // namespace seine::proxy
