// SPDX-License-Identifier: Apache-2.0
#include "dive/store/count_query.h"

#include "gtest/gtest.h"

#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using About = CountQuestion::About;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class CountQueryTest : public testing::StoreTest {
 protected:
  CountQuestion about(About what, std::string name) {
    return {.about = what,
            .ns = "shop",
            .name = std::move(name),
            .from = kNoon - hours(1),
            .to = kNoon};
  }

  testing::TestProxy payments_;
  testing::TestProxy web_{.workload = "web", .version = "v3", .instance = 'w'};
  testing::TestAgent agent_;
};

TEST_F(CountQueryTest, a_service_and_a_workload_are_seen_from_both_ends) {
  auto served = payments_.bucket(kNoon);
  add_row(served, {.count = 9});
  auto sent = web_.bucket(kNoon);
  add_row(sent, {.inbound = false, .count = 10, .peer = "payments"});
  add_row(sent, {.inbound = false, .service = "ledger", .count = 5, .peer = "ledger"});
  apply(agent_.message({served, sent}));
  const std::string callers = "out web->payments 200 12:00:00+10s 10";
  const std::string servers = "in web->payments 200 12:00:00+10s 9";
  const std::string other = "out web->ledger 200 12:00:00+10s 5";
  for (const bool folded : {false, true}) {
    if (folded) fold();
    EXPECT_EQ(lines_of(ask(about(About::kService, "payments"))), (std::vector{servers, callers}));
    EXPECT_EQ(lines_of(ask(about(About::kWorkload, "payments"))), (std::vector{servers, callers}));
    EXPECT_EQ(lines_of(ask(about(About::kCalls, "web"))), (std::vector{other, callers}));
    EXPECT_EQ(lines_of(ask(about(About::kWorkload, "web"))), (std::vector<std::string>{}));
    EXPECT_EQ(lines_of(ask(about(About::kAll, ""))), (std::vector{servers, other, callers}));
  }
}

TEST_F(CountQueryTest, what_ended_at_the_spans_begin_is_not_in_it_and_at_its_end_is) {
  for (int i = 0; i < 4; ++i) {
    auto bucket = payments_.bucket(kNoon - seconds(10) * i);
    add_row(bucket, {.count = 1});
    apply(agent_.message({bucket}));
  }
  CountQuestion question = about(About::kService, "payments");
  question.from = kNoon - seconds(20);
  question.to = kNoon - seconds(10);
  EXPECT_EQ(lines_of(ask(question)),
            (std::vector<std::string>{"in web->payments 200 11:59:50+10s 1"}));
}

TEST_F(CountQueryTest, spans_that_adjoin_add_up_whatever_the_resolution) {
  std::uint64_t told = 0;
  for (int i = 0; i < 60; ++i) {
    auto bucket = payments_.bucket(kNoon - hours(5) * i - seconds(70));
    add_row(bucket, {.count = static_cast<std::uint64_t>(i) + 1});
    apply(agent_.message({bucket}));
    told += static_cast<std::uint64_t>(i) + 1;
  }
  fold();
  forget();
  for (const Detail detail : {Detail::kFinest, Detail::kTotals}) {
    std::uint64_t sum = 0;
    const WallTime begin = kNoon - hours(24 * 14);
    for (WallTime from = begin; from < kNoon; from += hours(7)) {
      CountQuestion question = about(About::kService, "payments");
      question.from = from;
      question.to = std::min<WallTime>(from + hours(7), kNoon);
      question.detail = detail;
      sum += requests_of(ask(question));
    }
    EXPECT_EQ(sum, told);
  }
}

TEST_F(CountQueryTest, latency_and_its_sum_come_back_at_every_resolution) {
  auto bucket = payments_.bucket(kNoon - seconds(30));
  add_row(bucket, {.count = 3, .latency = std::chrono::milliseconds(7)});
  apply(agent_.message({bucket}));
  fold();
  const auto whole = [this](Detail detail) {
    CountQuestion question = about(About::kService, "payments");
    question.detail = detail;
    const CountAnswer answer = ask(question);
    return answer.series.at(0).slots.at(0).counts;
  };
  EXPECT_EQ(whole(Detail::kFinest), whole(Detail::kTotals));
  EXPECT_EQ(whole(Detail::kTotals).sums[kSumMicroseconds], 21'000U);
  EXPECT_EQ(whole(Detail::kTotals).latency.total(), 3U);
}

TEST_F(CountQueryTest, connections_are_asked_for_apart) {
  auto bucket = payments_.bucket(kNoon);
  auto& row = *bucket.mutable_bucket()->add_tcp();
  row.set_direction(seine::telemetry::v1::INBOUND);
  row.mutable_target()->set_service("payments");
  row.mutable_target()->set_namespace_("shop");
  row.set_opened(4);
  row.set_closed(3);
  row.set_read_bytes(1000);
  row.set_written_bytes(2000);
  apply(agent_.message({bucket}));
  EXPECT_TRUE(ask(about(About::kService, "payments")).series.empty());
  CountQuestion question = about(About::kService, "payments");
  question.kind = SeriesKind::kTcp;
  const CountAnswer answer = ask(question);
  ASSERT_EQ(answer.series.size(), 1U);
  EXPECT_EQ(answer.series[0].slots.at(0).counts.sums,
            (std::array<std::uint64_t, 4>{4, 3, 1000, 2000}));
}

TEST_F(CountQueryTest, coverage_is_told_of_every_workload_that_reports) {
  auto served = payments_.bucket(kNoon);
  add_row(served, {.count = 9});
  auto sent = web_.bucket(kNoon, seconds(4));
  add_row(sent, {.inbound = false, .count = 10, .peer = "payments"});
  apply(agent_.message({served, sent, payments_.bucket(kNoon + seconds(10))}));
  for (const bool folded : {false, true}) {
    if (folded) fold();
    const CountAnswer answer = ask(about(About::kService, "payments"));
    ASSERT_EQ(answer.covered.size(), 2U);
    EXPECT_EQ(answer.covered[0].name, "payments");
    ASSERT_EQ(answer.covered[0].slots.size(), 1U) << "what is outside of the span is not told";
    EXPECT_EQ(answer.covered[0].slots[0].measured, seconds(10));
    EXPECT_EQ(answer.covered[0].slots[0].end, kNoon);
    EXPECT_EQ(answer.covered[1].name, "web");
    EXPECT_EQ(answer.covered[1].slots.at(0).measured, seconds(4));
    EXPECT_EQ(answer.covered[1].slots.at(0).expected, seconds(0));
  }
}

TEST_F(CountQueryTest, a_block_that_is_damaged_is_an_error_and_not_a_smaller_sum) {
  auto bucket = payments_.bucket(kNoon);
  add_row(bucket, {.count = 9});
  apply(agent_.message({bucket}));
  fold();
  ASSERT_TRUE(real_
                  .run(store_->database().run("UPDATE blocks SET counts = $1",
                                              {sql::Blob(3, std::byte{1})}))
                  .has_value());
  const auto answer = real_.run(store_->counts().ask(cluster_, about(About::kService, "payments")));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kDatabaseCorrupt);
}

}  // namespace
}  // namespace seine::dive
