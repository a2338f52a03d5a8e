// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/replay_body.h"

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

struct Woken final : runtime::Wakeable {
  void on_wake() override { ++times; }
  int times = 0;
};

class ReplayBufferTest : public ::testing::Test {
 protected:
  void use(std::size_t limit) {
    buffer_ = std::make_shared<ReplayBuffer>(
        share_, std::make_unique<http::testing::FedBody>(feed_), limit);
  }
  // What can be read now.
  std::string read(http::Body& body) {
    std::string out;
    runtime::Bytes data;
    while ((last_ = body.poll(woken_, data)) == http::BodyPoll::kData) out += data.view();
    return out;
  }

  runtime::ByteBudget::Share share_;
  http::testing::BodyFeed feed_;
  std::shared_ptr<ReplayBuffer> buffer_;
  Woken woken_;
  http::BodyPoll last_ = http::BodyPoll::kPending;
};

TEST_F(ReplayBufferTest, a_second_reader_gets_what_the_first_has_read_and_then_the_rest) {
  use(100);
  feed_.push("one ");
  auto first = buffer_->reader();
  EXPECT_EQ(read(*first), "one ");
  first.reset();
  auto second = buffer_->reader();
  EXPECT_EQ(read(*second), "one ");
  EXPECT_EQ(last_, http::BodyPoll::kPending);
  feed_.push("two");
  http::Headers trailers;
  trailers.add("x-sum", "2");
  feed_.end(std::move(trailers));
  EXPECT_GE(woken_.times, 1);
  EXPECT_EQ(read(*second), "two");
  EXPECT_EQ(last_, http::BodyPoll::kEnd);
  EXPECT_EQ(second->trailers()->get("x-sum"), "2");
  auto third = buffer_->reader();
  EXPECT_EQ(read(*third), "one two");
  EXPECT_EQ(last_, http::BodyPoll::kEnd);
}

TEST_F(ReplayBufferTest, nothing_is_kept_while_the_process_holds_more_than_it_may) {
  runtime::ByteBudget budget(1 << 20);
  share_.join(budget);
  use(100);
  feed_.push("one ");
  auto first = buffer_->reader();
  EXPECT_EQ(read(*first), "one ");
  EXPECT_EQ(share_.held(), 4U);
  const runtime::ByteBudget::Charge others(share_, 2 << 20);
  feed_.push("two");
  EXPECT_EQ(read(*first), "two") << "it goes on";
  EXPECT_FALSE(buffer_->can_replay());
  EXPECT_TRUE(buffer_->is_shed());
  EXPECT_EQ(share_.held(), 2U << 20) << "what was kept is let go";
  feed_.push("three");
  EXPECT_EQ(read(*first), "three");
  EXPECT_EQ(budget.counted(runtime::ByteBudget::Shed::kRetry), 1U);
  first.reset();
  buffer_.reset();
}

TEST_F(ReplayBufferTest, what_is_too_long_goes_on_once) {
  use(5);
  auto first = buffer_->reader();
  feed_.push("12345");
  EXPECT_EQ(read(*first), "12345");
  EXPECT_TRUE(buffer_->can_replay());
  feed_.push("6");
  EXPECT_EQ(read(*first), "6");
  EXPECT_FALSE(buffer_->can_replay());
  feed_.push("78");
  feed_.end();
  EXPECT_EQ(read(*first), "78");
  EXPECT_EQ(last_, http::BodyPoll::kEnd);
}

TEST_F(ReplayBufferTest, a_reader_that_is_abandoned_fails_and_takes_nothing_more) {
  use(5);
  auto first = buffer_->reader();
  feed_.push("123");
  EXPECT_EQ(read(*first), "123");
  buffer_->abandon();
  EXPECT_EQ(woken_.times, 1) << "a connection that waits for more lets go of it";
  feed_.push("456");
  EXPECT_EQ(read(*first), "");
  EXPECT_EQ(last_, http::BodyPoll::kError);
  EXPECT_EQ(first->error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(buffer_->can_replay());
  auto second = buffer_->reader();
  EXPECT_EQ(read(*first), "");
  EXPECT_EQ(read(*second), "123456") << "all of it, in order";
}

TEST_F(ReplayBufferTest, what_is_settled_is_not_kept) {
  int overflows = 0;
  buffer_ = std::make_shared<ReplayBuffer>(share_, std::make_unique<http::testing::FedBody>(feed_),
                                           5, [&overflows] { ++overflows; });
  auto body = buffer_->reader();
  buffer_->settle();
  feed_.push("123456");
  EXPECT_EQ(read(*body), "123456");
  EXPECT_TRUE(buffer_->can_replay());
  EXPECT_EQ(overflows, 0);
}

TEST_F(ReplayBufferTest, an_error_of_the_source_is_every_readers) {
  use(5);
  feed_.fail(make_error(ErrorCode::kEof, "gone"));
  auto first = buffer_->reader();
  EXPECT_EQ(read(*first), "");
  EXPECT_EQ(last_, http::BodyPoll::kError);
  EXPECT_EQ(buffer_->reader()->error().code, ErrorCode::kEof);
}

}  // namespace
}  // namespace seine::proxy
