// SPDX-License-Identifier: Apache-2.0
#include "dive/store/count_query.h"

#include <algorithm>

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

TEST_F(CountQueryTest, what_callers_without_a_proxy_asked_of_a_service_is_among_its_counts) {
  auto served = payments_.bucket(kNoon);
  add_row(served, {.count = 9});
  add_row(served, {.service = "", .count = 4, .peer = ""}).mutable_target()->clear_namespace_();
  apply(agent_.message({served}));
  CountQuestion question = about(About::kService, "payments");
  EXPECT_EQ(requests_of(ask(question)), 9U);
  question.workloads = {{"shop", "deployment", "payments"}};
  EXPECT_EQ(requests_of(ask(question)), 13U) << "each row once";
}

TEST_F(CountQueryTest, what_was_sent_to_a_pods_address_is_among_the_counts_of_its_services) {
  auto sent = web_.bucket(kNoon);
  add_row(sent, {.inbound = false, .count = 10, .peer = "payments"});
  add_row(sent, {.inbound = false, .service = "", .count = 4, .peer = "payments"})
      .mutable_target()
      ->clear_namespace_();
  add_row(sent, {.inbound = false, .service = "", .count = 2, .peer = "ledger"})
      .mutable_target()
      ->clear_namespace_();
  apply(agent_.message({sent}));
  CountQuestion question = about(About::kService, "payments");
  EXPECT_EQ(requests_of(ask(question)), 10U);
  question.workloads = {{"shop", "deployment", "payments"}};
  EXPECT_EQ(requests_of(ask(question)), 14U) << "each row once";
  question.each_request_once = true;
  EXPECT_EQ(requests_of(ask(question)), 14U);
}

TEST_F(CountQueryTest, what_was_over_a_cap_is_told_beside_what_it_may_belong_to) {
  auto served = payments_.bucket(kNoon);
  add_row(served, {.count = 9});
  auto sent = web_.bucket(kNoon);
  add_row(sent, {.inbound = false, .count = 10, .peer = "payments"});
  testing::TestProxy other{.workload = "other", .instance = 'o'};
  auto elsewhere = other.bucket(kNoon);
  add_row(elsewhere, {.inbound = false, .service = "ledger", .count = 1, .peer = "ledger"});
  for (auto* bucket : {&served, &sent, &elsewhere}) {
    for (const auto direction : {seine::telemetry::v1::INBOUND, seine::telemetry::v1::OUTBOUND}) {
      auto& overflow = *bucket->mutable_bucket()->add_http_overflow();
      overflow.set_direction(direction);
      overflow.set_count(100);
    }
  }
  apply(agent_.message({served, sent, elsewhere}));
  const auto overflows = [this](CountQuestion question) {
    std::vector<std::string> out;
    for (const CountedSeries& each : ask(std::move(question)).series) {
      if (!each.series.overflow) continue;
      out.push_back(each.series.reporter_workload +
                    (each.series.direction == Direction::kInbound ? " in" : " out"));
    }
    std::ranges::sort(out);
    return out;
  };
  CountQuestion question = about(About::kService, "payments");
  EXPECT_EQ(overflows(question), (std::vector<std::string>{"web out"}));
  question.workloads = {{"shop", "deployment", "payments"}};
  EXPECT_EQ(overflows(question), (std::vector<std::string>{"payments in", "web out"}));
  EXPECT_EQ(overflows(about(About::kWorkload, "payments")),
            (std::vector<std::string>{"payments in", "web out"}));
}

TEST_F(CountQueryTest, a_workload_that_is_named_is_covered_though_it_counted_nothing) {
  CountQuestion question = about(About::kService, "payments");
  EXPECT_TRUE(ask(question).covered.empty());
  question.workloads = {{"shop", "deployment", "payments"}};
  EXPECT_EQ(ask(question).covered.size(), 1U);
  apply(agent_.message({payments_.bucket(kNoon)}));
  const CountAnswer answer = ask(question);
  ASSERT_EQ(answer.covered.size(), 1U);
  EXPECT_EQ(answer.covered[0].slots.at(0).measured, seconds(10));
  EXPECT_EQ(ask(about(About::kAll, "")).covered.size(), 1U) << "of all, all are told";
}

TEST_F(CountQueryTest, summed_up_a_series_has_one_slot_a_piece) {
  for (int i = 0; i < 7; ++i) {
    auto bucket = payments_.bucket(kNoon - minutes(5) * i - seconds(30));
    add_row(bucket, {.count = 2});
    apply(agent_.message({bucket}));
    if (i == 3) fold();
  }
  CountQuestion question = about(About::kService, "payments");
  question.from = kNoon - minutes(20);
  question.summed = true;
  const CountAnswer answer = ask(question);
  EXPECT_EQ(lines_of(answer), (std::vector<std::string>{"in web->payments 200 12:00:00+20m 8"}));
  EXPECT_EQ(answer.series[0].slots[0].counts.latency.total(), 8U);
  EXPECT_EQ(answer.covered.at(0).slots.size(), 4U) << "when something was measured stays known";
}

TEST_F(CountQueryTest, what_is_recent_can_be_asked_for_in_detail_beside_the_sum_of_what_is_not) {
  at(kNoon + hours(1));
  for (int i = 0; i < 4; ++i) {
    auto bucket = payments_.bucket(kNoon + minutes(30) - hours(1) * i);
    add_row(bucket, {.count = 1});
    apply(agent_.message({bucket}));
  }
  fold();
  CountQuestion question = about(About::kService, "payments");
  question.from = kNoon - hours(4);
  question.to = kNoon + minutes(40);
  question.detail = Detail::kTotals;
  const std::vector<std::string> totals = {
      "in web->payments 200 10:00:00+1h 1", "in web->payments 200 11:00:00+1h 1",
      "in web->payments 200 12:00:00+1h 1", "in web->payments 200 12:30:00+10s 1"};
  EXPECT_EQ(lines_of(ask(question)), totals);
  question.finest_for = hours(1);
  const std::vector<std::string> with_recent = {
      "in web->payments 200 10:00:00+1h 1", "in web->payments 200 11:00:00+1h 1",
      "in web->payments 200 11:30:00+10s 1", "in web->payments 200 12:30:00+10s 1"};
  EXPECT_EQ(lines_of(ask(question)), with_recent);
}

TEST_F(CountQueryTest, what_both_ends_counted_can_be_asked_for_once) {
  auto served = payments_.bucket(kNoon);
  add_row(served, {.count = 9}).mutable_peer()->set_identity("web.shop");
  add_row(served, {.count = 4, .peer = ""}).clear_peer();
  auto sent = web_.bucket(kNoon);
  add_row(sent, {.inbound = false, .count = 10, .peer = "payments"})
      .mutable_peer()
      ->set_identity("payments.shop");
  apply(agent_.message({served, sent}));
  for (const About what : {About::kService, About::kWorkload, About::kAll}) {
    CountQuestion question = about(what, "payments");
    EXPECT_EQ(requests_of(ask(question)), 23U);
    question.each_request_once = true;
    EXPECT_EQ(requests_of(ask(question)), 14U);
  }
}

TEST_F(CountQueryTest, how_complete_a_cluster_is_can_be_asked_alone) {
  auto message = agent_.message({});
  testing::set_time(*message.mutable_complete_until(), kNoon - seconds(20));
  apply(message);
  const auto until = real_.run(store_->counts().complete_until(cluster_));
  ASSERT_TRUE(until.has_value()) << until.error().to_string();
  EXPECT_EQ(*until, kNoon - seconds(20));
}

TEST_F(CountQueryTest, more_series_than_a_result_should_have_are_read_in_pages) {
  constexpr int kSeries = static_cast<int>(kFoundSeries) + 50;
  auto bucket = payments_.bucket(kNoon);
  for (int i = 0; i < kSeries; ++i) {
    const std::string peer = "web" + std::to_string(i);
    add_row(bucket, {.count = 1, .peer = peer});
  }
  apply(agent_.message({bucket}));
  for (const bool summed : {false, true}) {
    CountQuestion question = about(About::kService, "payments");
    question.summed = summed;
    const CountAnswer answer = ask(question);
    EXPECT_EQ(answer.series.size(), static_cast<std::size_t>(kSeries));
    EXPECT_EQ(requests_of(answer), static_cast<std::uint64_t>(kSeries));
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
