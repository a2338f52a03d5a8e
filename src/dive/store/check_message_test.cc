// SPDX-License-Identifier: Apache-2.0
#include "dive/store/check_message.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dive/store/store_limits.h"
#include "dive/store/testing/messages.h"

namespace seine::dive {
namespace {

using ::dive::v1::CountedBucket;
using ::dive::v1::MetricMessage;

MetricMessage good_message() {
  testing::TestProxy proxy;
  testing::TestAgent agent;
  CountedBucket bucket = proxy.bucket(testing::kNoon);
  testing::add_row(bucket, {});
  bucket.mutable_bucket()->add_tcp()->set_direction(seine::telemetry::v1::OUTBOUND);
  return agent.message({bucket});
}

// What is said of the good message with one thing changed.
std::string complaint(const std::function<void(CountedBucket&)>& change) {
  MetricMessage message = good_message();
  change(*message.mutable_buckets(0));
  const auto checked = check_message(message);
  return checked ? "" : checked.error().message;
}

TEST(CheckMessageTest, what_a_proxy_counts_is_taken) {
  EXPECT_EQ(complaint([](CountedBucket&) {}), "");
}

TEST(CheckMessageTest, what_can_never_be_taken_is_named) {
  using Change = std::function<void(CountedBucket&)>;
  const std::vector<std::pair<std::string, Change>> cases = {
      {"no sequence", [](auto& b) { b.mutable_bucket()->set_sequence(0); }},
      {"no time", [](auto& b) { b.mutable_bucket()->mutable_start()->set_seconds(-1); }},
      {"no time", [](auto& b) { b.mutable_received_at()->set_nanos(-1); }},
      {"16 octets", [](auto& b) { b.mutable_reporter()->set_instance("short"); }},
      {"no workload", [](auto& b) { b.mutable_reporter()->clear_workload(); }},
      {"no direction", [](auto& b) { b.mutable_bucket()->mutable_http(0)->clear_direction(); }},
      {"no direction", [](auto& b) { b.mutable_bucket()->mutable_tcp(0)->clear_direction(); }},
      {"octet of 0",
       [](auto& b) { b.mutable_bucket()->mutable_http(0)->set_cause(std::string("a\0b", 3)); }},
      {"route over 1024",
       [](auto& b) { b.mutable_bucket()->mutable_http(0)->set_route(std::string(1025, 'r')); }},
      {"requests of a row over",
       [](auto& b) { b.mutable_bucket()->mutable_http(0)->set_count(kMaxRowCount + 1); }},
      {"more requests than its row",
       [](auto& b) { b.mutable_bucket()->mutable_http(0)->set_count(0); }},
      {"torn",
       [](auto& b) { b.mutable_bucket()->mutable_http(0)->mutable_latency()->add_index(200); }},
      {"do not ascend",
       [](auto& b) {
         auto& latency = *b.mutable_bucket()->mutable_http(0)->mutable_latency();
         latency.add_index(0);
         latency.add_count(0);
       }},
      {"exemplars of a row",
       [](auto& b) {
         for (int i = 0; i < 3; ++i) b.mutable_bucket()->mutable_http(0)->add_exemplars();
       }},
      {"rows of a bucket",
       [](auto& b) {
         for (int i = 0; i < 3; ++i) *b.mutable_bucket()->add_http_overflow() = b.bucket().http(0);
       }},
      {"bytes of a row",
       [](auto& b) { b.mutable_bucket()->mutable_tcp(0)->set_read_bytes(kMaxRowSum + 1); }},
  };
  for (const auto& [what, change] : cases) {
    EXPECT_THAT(complaint(change), ::testing::HasSubstr(what));
  }
}

TEST(CheckMessageTest, a_message_of_too_many_buckets_is_refused) {
  MetricMessage message = good_message();
  while (message.buckets_size() <= kMaxMessageBuckets) {
    *message.add_buckets() = message.buckets(0);
  }
  const auto checked = check_message(message);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, ErrorCode::kLimit);
}

TEST(CheckMessageTest, an_envelope_has_an_epoch_and_a_sequence) {
  MetricMessage message = good_message();
  EXPECT_TRUE(check_envelope(message.envelope()).has_value());
  message.mutable_envelope()->set_sequence(0);
  EXPECT_FALSE(check_envelope(message.envelope()).has_value());
  message.mutable_envelope()->set_sequence(1);
  message.mutable_envelope()->set_epoch("x");
  EXPECT_FALSE(check_envelope(message.envelope()).has_value());
}

}  // namespace
}  // namespace seine::dive
