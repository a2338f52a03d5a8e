// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/delivery.h"

#include <gtest/gtest.h>

#include <random>

#include "base/temporary_folder.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/testing/fake_dive.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

namespace wire = ::dive::v1;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Fate;

class DeliveryTest : public ::testing::Test {
 protected:
  void put_event(const std::string& id) {
    wire::AddEventRequest request;
    request.mutable_event()->set_id(id);
    ASSERT_TRUE(events_->put(request));
  }
  void put_metric() {
    wire::MetricMessage message;
    auto& counted = *message.add_buckets();
    counted.mutable_reporter()->set_instance("instance");
    counted.mutable_bucket()->set_sequence(++made_);
    ASSERT_TRUE(metrics_->put(message));
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("delivery").value();
  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  std::minstd_rand random_{5};
  testing::FakeDive dive_{t_.loop};
  std::uint64_t made_ = 0;
  std::unique_ptr<Outbox> events_ =
      Outbox::open(folder_.path() + "/events", kEventOutbox, log_).value();
  std::unique_ptr<Outbox> metrics_ =
      Outbox::open(folder_.path() + "/metrics", kMetricOutbox, log_).value();
  DiveLink link_{t_.loop,
                 log_,
                 dive_,
                 key_,
                 random_,
                 LinkOptions{.cluster = "test",
                             .authority = "dive:80",
                             .join_token = [] { return "one-time token"; },
                             .on_joined = [] {}}};
  Delivery metric_delivery_{
      t_.loop, log_, *metrics_, link_, random_, "AddMetric", Delivery::Shape::kStream};
  Delivery event_delivery_{
      t_.loop, log_, *events_, link_, random_, "AddEvent", Delivery::Shape::kCalls};
};

TEST_F(DeliveryTest, brings_messages_in_order_over_one_stream) {
  for (int i = 0; i < 100; ++i) put_metric();
  t_.settle();
  for (int i = 0; i < 100; ++i) put_metric();
  t_.settle();
  EXPECT_EQ(dive_.told["AddMetric"].messages, 200u);
  EXPECT_EQ(metrics_->waiting(), 0u);
  EXPECT_EQ(metric_delivery_.counts().attempts, 1u);
}

TEST_F(DeliveryTest, sends_again_what_was_taken_and_not_acknowledged) {
  bool is_first = true;
  dive_.fate = [&is_first](const std::string& method) {
    return method == "AddMetric" && std::exchange(is_first, false) ? Fate::kUnsaid : Fate::kTaken;
  };
  put_metric();
  t_.settle();
  EXPECT_EQ(metrics_->waiting(), 1u);
  t_.advance(seconds(1));
  EXPECT_EQ(metrics_->waiting(), 0u);
  EXPECT_EQ(dive_.told["AddMetric"].messages, 1u);
  EXPECT_EQ(dive_.told["AddMetric"].again, 1u);
}

TEST_F(DeliveryTest, waits_for_acknowledgements_as_long_as_they_take) {
  dive_.fate = [](const std::string&) { return Fate::kKept; };
  for (int i = 0; i < 10; ++i) put_metric();
  t_.advance(seconds(100), milliseconds(500));
  EXPECT_EQ(metrics_->waiting(), 10u);
  EXPECT_EQ(metric_delivery_.counts().attempts, 1u);
  dive_.fate = nullptr;
  put_metric();
  t_.settle();
  EXPECT_EQ(metrics_->waiting(), 0u) << "one acknowledgement stands for all before it";
  EXPECT_EQ(metric_delivery_.counts().sent, 11u);
}

TEST_F(DeliveryTest, comes_back_ever_more_seldom_until_there_is_progress) {
  dive_.fate = [](const std::string&) { return Fate::kExhausted; };
  put_metric();
  t_.advance(seconds(60), milliseconds(50));
  const std::uint64_t in_a_minute = metric_delivery_.counts().attempts;
  EXPECT_GT(in_a_minute, 5u);
  EXPECT_LT(in_a_minute, 20u);
  t_.advance(seconds(120), milliseconds(50));
  EXPECT_GE(metric_delivery_.counts().attempts - in_a_minute, 3u);
  EXPECT_LE(metric_delivery_.counts().attempts - in_a_minute, 9u) << "every 15 to 30 s";
  dive_.fate = nullptr;
  t_.advance(kLongestBackoff, milliseconds(50));
  EXPECT_EQ(metrics_->waiting(), 0u);
  const std::uint64_t before = metric_delivery_.counts().attempts;
  dive_.cut();
  put_metric();
  t_.advance(seconds(1), milliseconds(50));
  EXPECT_EQ(metrics_->waiting(), 0u) << "after progress it comes back soon";
  EXPECT_EQ(metric_delivery_.counts().attempts, before + 1);
}

TEST_F(DeliveryTest, brings_events_one_by_one_and_drops_what_can_never_be_taken) {
  int calls = 0;
  dive_.fate = [&calls](const std::string& method) {
    return method == "AddEvent" && ++calls == 2 ? Fate::kRefused : Fate::kTaken;
  };
  for (const char* id : {"a", "b", "c"}) put_event(id);
  t_.settle();
  ASSERT_EQ(dive_.events.size(), 2u);
  EXPECT_EQ(dive_.events[0].id(), "a");
  EXPECT_EQ(dive_.events[1].id(), "c");
  EXPECT_EQ(events_->waiting(), 0u);
  EXPECT_EQ(event_delivery_.counts().refused, 1u);
}

TEST_F(DeliveryTest, tells_an_event_once_over_cuts) {
  int calls = 0;
  dive_.fate = [&calls](const std::string& method) {
    if (method != "AddEvent") return Fate::kTaken;
    switch (++calls % 4) {
      case 0: return Fate::kLost;
      case 1: return Fate::kUnsaid;
      case 2: return Fate::kExhausted;
      default: return Fate::kTaken;
    }
  };
  for (int i = 0; i < 10; ++i) put_event(std::to_string(i));
  t_.advance(seconds(60), milliseconds(50));
  ASSERT_EQ(dive_.events.size(), 10u);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(dive_.events[static_cast<std::size_t>(i)].id(), std::to_string(i));
}

TEST_F(DeliveryTest, has_messages_of_few_epochs_under_way) {
  constexpr std::uint64_t kStarts = 100;
  std::unique_ptr<Outbox> outbox;
  for (std::uint64_t i = 0; i < kStarts; ++i) {
    outbox.reset();
    outbox = Outbox::open(folder_.path() + "/starts", kStateOutbox, log_).value();
    ASSERT_TRUE(outbox->put(wire::DeploymentMessage()));
  }
  std::uint64_t taken = 0;
  dive_.fate = [&taken](const std::string&) { return ++taken < 40 ? Fate::kKept : Fate::kTaken; };
  Delivery delivery(t_.loop, log_, *outbox, link_, random_, "DeploymentStream",
                    Delivery::Shape::kStream);
  t_.settle();
  EXPECT_EQ(delivery.counts().sent, kMaxEpochsUnderWay);
  dive_.fate = nullptr;
  dive_.cut();
  t_.advance(seconds(2));
  EXPECT_EQ(outbox->waiting(), 0u);
  EXPECT_EQ(dive_.deployments.size(), kStarts) << "each once";
}

TEST_F(DeliveryTest, asks_for_another_token_where_dive_does_not_know_it) {
  put_metric();
  t_.settle();
  EXPECT_EQ(dive_.authentications, 1);
  dive_.forget_tokens();
  put_event("a");
  t_.advance(seconds(2));
  EXPECT_EQ(dive_.events.size(), 1u);
  EXPECT_EQ(dive_.authentications, 2);
  EXPECT_EQ(dive_.connections, 1);
}

}  // namespace
}  // namespace seine::dive
