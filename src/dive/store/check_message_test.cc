// SPDX-License-Identifier: Apache-2.0
#include "dive/store/check_message.h"

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

TEST(CheckMessageTest, what_is_wrong_with_a_bucket_is_wrong_with_it_alone) {
  MetricMessage message = good_message();
  EXPECT_TRUE(check_counted(message.buckets(0)).has_value());
  message.mutable_buckets(0)->mutable_bucket()->mutable_http(0)->clear_direction();
  EXPECT_TRUE(check_message(message).has_value());
  const auto bucket = check_counted(message.buckets(0));
  ASSERT_FALSE(bucket.has_value());
  EXPECT_EQ(bucket.error().message, "bucket 1: a row has no direction");
  message.mutable_buckets(0)->mutable_reporter()->clear_workload();
  const auto reporter = check_counted(message.buckets(0));
  ASSERT_FALSE(reporter.has_value());
  EXPECT_EQ(reporter.error().message, "the reporter names no workload");
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
