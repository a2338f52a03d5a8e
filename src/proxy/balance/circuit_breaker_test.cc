// SPDX-License-Identifier: Apache-2.0
#include "proxy/balance/circuit_breaker.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using Change = CircuitBreaker::Change;

constexpr model::Backoff kNoJitter{.min = 1s, .max = 60s, .jitter_ratio = 0};

model::FailureAccrual in_a_row(std::uint32_t failures, model::Backoff backoff = kNoJitter) {
  return {.kind = model::ConsecutiveFailures{.max_failures = failures, .backoff = backoff}};
}
model::FailureAccrual unified(double threshold, std::uint32_t min_requests,
                              std::uint32_t failures = 0) {
  return {.kind = model::UnifiedAccrual{.success_rate_threshold = threshold,
                                        .window = 10s,
                                        .min_requests = min_requests,
                                        .max_consecutive_failures = failures,
                                        .backoff = kNoJitter}};
}

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void use(const model::FailureAccrual& accrual) { breaker_.emplace(accrual); }
  Change end(CircuitBreaker::Pass pass, Answer answer, std::optional<Duration> hint = {},
             bool may_open = true) {
    return breaker_->end(pass, answer, hint, may_open, clock_.now(), random_);
  }
  Change answer(Answer answer, std::optional<Duration> hint = {}, bool may_open = true) {
    return end(breaker_->enter(clock_.now()), answer, hint, may_open);
  }
  bool admits() { return breaker_->admits(clock_.now()); }
  // How long nothing is let through.
  Duration closed_for() {
    Duration waited{};
    for (; !admits(); waited += 10ms) clock_.advance(10ms);
    return waited;
  }

  ManualClock clock_;
  FastRandom random_{7};
  std::optional<CircuitBreaker> breaker_;
};

TEST_F(CircuitBreakerTest, without_a_policy_it_never_opens) {
  use({});
  EXPECT_FALSE(breaker_->enabled());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(answer(Answer::kFailure), Change::kNone);
  EXPECT_TRUE(admits());
}

TEST_F(CircuitBreakerTest, opens_after_so_many_failures_in_a_row) {
  use(in_a_row(3));
  answer(Answer::kFailure);
  answer(Answer::kFailure);
  answer(Answer::kSuccess);
  answer(Answer::kFailure);
  EXPECT_EQ(answer(Answer::kFailure), Change::kNone);
  EXPECT_TRUE(admits());
  EXPECT_EQ(answer(Answer::kFailure), Change::kOpened);
  EXPECT_FALSE(admits());
  EXPECT_EQ(closed_for(), 1s);
}

TEST_F(CircuitBreakerTest, half_open_lets_one_through_whose_answer_decides) {
  use(in_a_row(1));
  answer(Answer::kFailure);
  closed_for();
  const auto probe = breaker_->enter(clock_.now());
  EXPECT_FALSE(admits()) << "one at a time";
  EXPECT_EQ(end(probe, Answer::kFailure), Change::kOpened);
  EXPECT_EQ(closed_for(), 2s) << "longer each time";
  EXPECT_EQ(answer(Answer::kSuccess), Change::kClosed);
  EXPECT_TRUE(admits());
  answer(Answer::kFailure);
  EXPECT_EQ(closed_for(), 1s) << "and short again";
}

TEST_F(CircuitBreakerTest, backoff_has_an_upper_bound) {
  use(in_a_row(1));
  for (int i = 0; i < 12; ++i) {
    answer(Answer::kFailure);
    closed_for();
  }
  answer(Answer::kFailure);
  EXPECT_EQ(closed_for(), 60s);
}

TEST_F(CircuitBreakerTest, what_was_sent_before_says_nothing_afterwards) {
  use(in_a_row(2));
  const auto early = breaker_->enter(clock_.now());
  const auto also_early = breaker_->enter(clock_.now());
  answer(Answer::kFailure);
  EXPECT_EQ(answer(Answer::kFailure), Change::kOpened);
  EXPECT_EQ(end(early, Answer::kSuccess), Change::kNone);
  EXPECT_FALSE(admits());
  closed_for();
  const auto probe = breaker_->enter(clock_.now());
  EXPECT_EQ(end(also_early, Answer::kFailure), Change::kNone);
  breaker_->give_up(also_early);
  EXPECT_FALSE(admits()) << "the place is still the probe's";
  EXPECT_EQ(end(probe, Answer::kSuccess), Change::kClosed);
}

TEST_F(CircuitBreakerTest, a_probe_without_an_answer_leaves_its_place) {
  use(in_a_row(1));
  answer(Answer::kFailure);
  closed_for();
  const auto probe = breaker_->enter(clock_.now());
  breaker_->give_up(probe);
  EXPECT_TRUE(admits());
  const auto stream = breaker_->enter(clock_.now());
  clock_.advance(59s);
  EXPECT_FALSE(admits());
  clock_.advance(1s);
  EXPECT_TRUE(admits()) << "one that never ends is waited for no longer than the longest backoff";
  const auto next = breaker_->enter(clock_.now());
  EXPECT_EQ(end(stream, Answer::kFailure), Change::kNone) << "of who was tried before";
  breaker_->give_up(next);
  EXPECT_EQ(end(stream, Answer::kSuccess), Change::kClosed) << "but it ends well";
}

TEST_F(CircuitBreakerTest, who_goes_there_while_it_is_open_says_nothing) {
  use(in_a_row(1));
  answer(Answer::kFailure);
  const auto early = breaker_->enter(clock_.now());
  EXPECT_EQ(end(early, Answer::kSuccess), Change::kNone);
  breaker_->give_up(early);
  EXPECT_EQ(closed_for(), 1s);
}

TEST_F(CircuitBreakerTest, who_is_busy_fails_no_row_but_the_success_rate_and_a_probe) {
  use(in_a_row(2));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(answer(Answer::kBusy), Change::kNone);
  use(unified(0, 0, 2));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(answer(Answer::kBusy), Change::kNone);
  use(unified(0.8, 5));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(answer(Answer::kBusy), Change::kNone);
  EXPECT_EQ(answer(Answer::kBusy), Change::kOpened);
  closed_for();
  EXPECT_EQ(answer(Answer::kBusy), Change::kOpened);
}

TEST_F(CircuitBreakerTest, opens_below_a_success_rate_once_there_were_enough) {
  use(unified(0.8, 10));
  for (int i = 0; i < 8; ++i) answer(Answer::kSuccess);
  answer(Answer::kFailure);
  EXPECT_EQ(answer(Answer::kFailure), Change::kNone) << "8 of 10 are enough";
  EXPECT_EQ(answer(Answer::kFailure), Change::kOpened);
  closed_for();
  EXPECT_EQ(answer(Answer::kSuccess), Change::kClosed);
  EXPECT_EQ(answer(Answer::kFailure), Change::kNone) << "what was before is forgotten";
}

TEST_F(CircuitBreakerTest, what_is_older_than_the_window_does_not_count) {
  use(unified(0.8, 4));
  for (int i = 0; i < 3; ++i) answer(Answer::kFailure);
  clock_.advance(10s);
  EXPECT_EQ(answer(Answer::kFailure), Change::kNone);
  clock_.advance(5s);
  answer(Answer::kFailure);
  answer(Answer::kFailure);
  EXPECT_EQ(answer(Answer::kFailure), Change::kOpened);
}

TEST_F(CircuitBreakerTest, a_hint_makes_it_wait_longer_where_it_is_respected) {
  model::Backoff backoff = kNoJitter;
  use(in_a_row(1, backoff));
  answer(Answer::kFailure, 30s);
  EXPECT_EQ(closed_for(), 1s);
  backoff.respects_retry_after = true;
  use(in_a_row(1, backoff));
  answer(Answer::kFailure, 30s);
  EXPECT_EQ(closed_for(), 30s);
  answer(Answer::kFailure, 1ms);
  EXPECT_EQ(closed_for(), 2s) << "never shorter";
  answer(Answer::kFailure, 24h);
  EXPECT_EQ(closed_for(), 60s) << "nor longer than the policy's longest";
}

TEST_F(CircuitBreakerTest, stays_closed_where_too_few_others_are_ready) {
  use(in_a_row(1));
  EXPECT_EQ(answer(Answer::kFailure, {}, /*may_open=*/false), Change::kNone);
  EXPECT_TRUE(admits());
  EXPECT_EQ(answer(Answer::kFailure), Change::kOpened);
  closed_for();
  EXPECT_EQ(answer(Answer::kFailure, {}, /*may_open=*/false), Change::kClosed);
  EXPECT_TRUE(admits());
}

}  // namespace
}  // namespace seine::proxy
