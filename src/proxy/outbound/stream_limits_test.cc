// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/stream_limits.h"

#include "gtest/gtest.h"

#include "http/testing/fed_body.h"
#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using http::BodyPoll;
using http::testing::BodyFeed;
using http::testing::FedBody;

struct Woken final : runtime::Wakeable {
  void on_wake() override { ++times; }
  int times = 0;
};

// Something within limits that never ends by itself.
struct Waiting {
  Waiting(runtime::EventLoop& loop, std::shared_ptr<StreamLimits> limits)
      : scope(loop, [](Error) {}) {
    scope.spawn(run(*this, loop, std::move(limits)));
  }
  static runtime::Task<Result<void>> never(runtime::EventLoop& loop) {
    co_await runtime::sleep_for(loop, 24h);
    co_return Result<void>();
  }
  static runtime::Task<void> run(Waiting& self, runtime::EventLoop& loop,
                                 std::shared_ptr<StreamLimits> limits) {
    self.ended = co_await StreamLimits::within(std::move(limits), never(loop));
  }
  std::optional<Result<void>> ended;
  runtime::TaskScope scope;
};

class StreamLimitsTest : public ::testing::Test {
 protected:
  void use(model::Timeouts timeouts) {
    limits_ = std::make_shared<StreamLimits>(t_.loop, timeouts);
  }
  http::BodyPtr request() { return limits_->watch_request(std::make_unique<FedBody>(request_)); }
  http::BodyPtr response(bool grpc = false) {
    http::Response made;
    if (grpc) {
      made.head.version = http::Version::kHttp2;
      made.head.headers.set("content-type", "application/grpc");
    }
    made.body = std::make_unique<FedBody>(response_);
    return limits_->watch_response(std::move(made)).body;
  }
  BodyPoll poll(const http::BodyPtr& body) {
    runtime::Bytes data;
    return body->poll(woken_, data);
  }

  runtime::testing::TestLoop t_;
  BodyFeed request_;
  BodyFeed response_;
  Woken woken_;
  std::shared_ptr<StreamLimits> limits_;
};

TEST_F(StreamLimitsTest, the_whole_is_limited_from_its_begin) {
  use({.request = 10s});
  limits_->on_leave(nullptr);
  t_.advance(9s);
  const http::BodyPtr body = response();
  response_.push("x");
  EXPECT_EQ(poll(body), BodyPoll::kData);
  EXPECT_EQ(poll(body), BodyPoll::kPending);
  t_.advance(1s);
  EXPECT_EQ(woken_.times, 1);
  EXPECT_EQ(poll(body), BodyPoll::kError);
  EXPECT_EQ(body->error().code, ErrorCode::kTimeout);
  EXPECT_EQ(body->error().message, "the request's time is over after 10s");
  EXPECT_TRUE(response_.dropped) << "the server is told to stop";
}

TEST_F(StreamLimitsTest, the_response_is_limited_from_the_requests_end) {
  use({.response = 2s});
  const http::BodyPtr sent = request();
  t_.advance(1h);
  EXPECT_FALSE(limits_->is_over());
  request_.end();
  EXPECT_EQ(poll(sent), BodyPoll::kEnd);
  const http::BodyPtr body = response();
  EXPECT_EQ(poll(body), BodyPoll::kPending);
  t_.advance(2s);
  EXPECT_TRUE(limits_->is_over());
  EXPECT_EQ(poll(body), BodyPoll::kError);
}

TEST_F(StreamLimitsTest, silence_is_limited_in_both_directions_together) {
  use({.idle = 3s});
  const http::BodyPtr sent = request();
  const http::BodyPtr body = response();
  for (int i = 0; i < 5; ++i) {
    t_.advance(2s);
    (i % 2 == 0 ? request_ : response_).push("x");
    EXPECT_EQ(poll(i % 2 == 0 ? sent : body), BodyPoll::kData);
  }
  EXPECT_EQ(poll(sent), BodyPoll::kPending);
  EXPECT_EQ(poll(body), BodyPoll::kPending);
  t_.advance(2999ms);
  EXPECT_FALSE(limits_->is_over());
  t_.advance(1ms);
  EXPECT_TRUE(limits_->is_over());
  EXPECT_EQ(poll(sent), BodyPoll::kError);
  EXPECT_EQ(poll(body), BodyPoll::kError);
}

TEST_F(StreamLimitsTest, grpc_is_told_in_trailers) {
  use({.request = 1s});
  const http::BodyPtr body = response(/*grpc=*/true);
  t_.advance(1s);
  EXPECT_EQ(poll(body), BodyPoll::kEnd);
  EXPECT_EQ(body->trailers()->get("grpc-status"), "4");
  EXPECT_EQ(poll(body), BodyPoll::kEnd) << "the same answer again";
}

TEST_F(StreamLimitsTest, what_ended_or_was_given_up_is_not_limited) {
  use({.request = 1s});
  http::BodyPtr body = response();
  response_.end();
  EXPECT_EQ(poll(body), BodyPoll::kEnd);
  t_.advance(1h);
  EXPECT_FALSE(limits_->is_over());
  EXPECT_EQ(poll(body), BodyPoll::kEnd);
}

TEST_F(StreamLimitsTest, a_try_has_a_limit_of_its_own_until_its_head) {
  use({.request = 1h});
  limits_->begin_try(1s);
  limits_->on_leave(nullptr);
  Waiting waiting(t_.loop, limits_);
  t_.advance(999ms);
  EXPECT_FALSE(waiting.ended);
  t_.advance(1ms);
  ASSERT_TRUE(waiting.ended && !*waiting.ended);
  EXPECT_EQ(waiting.ended->error().code, ErrorCode::kResponseTimeout);
  EXPECT_FALSE(limits_->is_over());
  limits_->begin_try(1s);
  limits_->on_leave(nullptr);
  const http::BodyPtr body = response();
  t_.advance(10s);
  EXPECT_EQ(poll(body), BodyPoll::kPending) << "its head came in time";
}

TEST_F(StreamLimitsTest, a_head_that_comes_in_the_turn_of_its_limit_is_in_time) {
  use({.request = 1h});
  limits_->begin_try(1s);
  limits_->on_leave(nullptr);
  t_.advance(1s);
  const http::BodyPtr body = response();
  response_.push("x");
  EXPECT_EQ(poll(body), BodyPoll::kData);
  t_.advance(1h);
  EXPECT_EQ(poll(body), BodyPoll::kError) << "the limit of the whole still stands";
}

TEST_F(StreamLimitsTest, what_a_body_of_an_earlier_try_does_counts_for_nothing) {
  use({.response = 2s});
  limits_->begin_try({});
  const http::BodyPtr earlier = request();
  limits_->begin_try({});
  request_.end();
  EXPECT_EQ(poll(earlier), BodyPoll::kEnd);
  t_.advance(1h);
  EXPECT_FALSE(limits_->is_over());
}

TEST_F(StreamLimitsTest, of_the_head_runs_through_all_tries_until_an_answer_is_accepted) {
  limits_ = std::make_shared<StreamLimits>(t_.loop, model::Timeouts(), 3s);
  limits_->begin_try(1s);
  limits_->on_leave(nullptr);
  Waiting first(t_.loop, limits_);
  t_.advance(1s);
  ASSERT_TRUE(first.ended);
  EXPECT_FALSE(limits_->is_over()) << "the limit of a try alone";
  limits_->begin_try(std::nullopt);
  Waiting second(t_.loop, limits_);
  t_.advance(1900ms);
  EXPECT_FALSE(second.ended);
  t_.advance(200ms);
  ASSERT_TRUE(second.ended);
  EXPECT_EQ(second.ended->error().code, ErrorCode::kResponseTimeout);
  EXPECT_TRUE(limits_->is_over());
}

TEST_F(StreamLimitsTest, an_answer_that_was_kept_back_for_too_long_is_late) {
  limits_ = std::make_shared<StreamLimits>(t_.loop, model::Timeouts(), 3s);
  limits_->begin_try(std::nullopt);
  http::Response kept =
      limits_->watch_response({.head = {}, .body = std::make_unique<FedBody>(response_)});
  t_.advance(3s);
  const Result<http::Response> late = limits_->accept(std::move(kept));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kResponseTimeout);

  limits_ = std::make_shared<StreamLimits>(t_.loop, model::Timeouts(), 3s);
  limits_->begin_try(std::nullopt);
  kept = limits_->watch_response({.head = {}, .body = std::make_unique<FedBody>(response_)});
  const Result<http::Response> taken = limits_->accept(std::move(kept));
  t_.advance(10s);
  EXPECT_TRUE(taken);
  EXPECT_FALSE(limits_->is_over());
}

}  // namespace
}  // namespace seine::proxy
