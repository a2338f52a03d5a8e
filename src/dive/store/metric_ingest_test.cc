// SPDX-License-Identifier: Apache-2.0
#include "dive/store/metric_ingest.h"

#include "gtest/gtest.h"

#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class MetricIngestTest : public testing::StoreTest {
 protected:
  ::dive::v1::CountedBucket bucket(WallTime end, std::uint64_t count = 1) {
    auto made = proxy_.bucket(end);
    add_row(made, {.count = count});
    return made;
  }
  ::dive::v1::MetricMessage sent(std::vector<::dive::v1::CountedBucket> buckets, WallTime when) {
    auto message = agent_.message(std::move(buckets));
    testing::set_time(*message.mutable_envelope()->mutable_sent_at(), when);
    return message;
  }
  CountAnswer ask_all(WallTime from = kNoon - hours(1)) {
    return ask({.about = CountQuestion::About::kAll, .from = from, .to = kNoon + hours(1)});
  }

  runtime::Task<bool> rest_from_folding(Duration at_most) {
    co_await store_->rest_from_folding(at_most);
    co_return true;
  }

  testing::TestProxy proxy_;
  testing::TestAgent agent_;
  std::int64_t piled_ = 0;
};

TEST_F(MetricIngestTest, what_was_applied_is_there_at_once_and_after_a_new_start) {
  apply(agent_.message({bucket(kNoon - seconds(20), 3), bucket(kNoon - seconds(10), 4)}));
  const std::vector<std::string> lines = {"in web->payments 200 11:59:40+10s 3",
                                          "in web->payments 200 11:59:50+10s 4"};
  EXPECT_EQ(lines_of(ask_all()), lines);
  open();
  EXPECT_EQ(lines_of(ask_all()), lines);
}

TEST_F(MetricIngestTest, a_message_that_comes_again_is_known_and_changes_nothing) {
  const auto message = agent_.message({bucket(kNoon, 3)});
  apply(message);
  apply(message);
  open();
  apply(message);
  EXPECT_EQ(requests_of(ask_all()), 3U);
  EXPECT_EQ(store_->metrics().statistics().repeated, 1U);
}

TEST_F(MetricIngestTest, a_bucket_that_comes_in_another_message_or_epoch_counts_once) {
  const auto counted = bucket(kNoon, 3);
  apply(agent_.message({counted}));
  apply(agent_.message({counted, bucket(kNoon + seconds(10), 1)}));
  testing::TestAgent reborn{.epoch = 'f'};
  apply(reborn.message({counted}));
  EXPECT_EQ(requests_of(ask_all()), 4U);
}

TEST_F(MetricIngestTest, the_same_sequence_of_another_boot_or_instance_is_another_bucket) {
  apply(agent_.message({bucket(kNoon, 1)}));
  proxy_ = {.boot = 'B'};
  apply(agent_.message({bucket(kNoon, 1)}));
  proxy_ = {.instance = 'b'};
  apply(agent_.message({bucket(kNoon, 1)}));
  EXPECT_EQ(requests_of(ask_all()), 3U);
}

TEST_F(MetricIngestTest, buckets_come_in_any_order_and_gaps_are_filled_later) {
  const auto first = bucket(kNoon - seconds(30), 1), second = bucket(kNoon - seconds(20), 2),
             third = bucket(kNoon - seconds(10), 4);
  apply(agent_.message({third}));
  apply(agent_.message({first, third}));
  apply(agent_.message({second, first}));
  EXPECT_EQ(requests_of(ask_all()), 7U);
}

TEST_F(MetricIngestTest, several_messages_go_in_one_transaction_and_the_bad_one_alone_is_refused) {
  auto bad = bucket(kNoon, 100);
  bad.mutable_bucket()->mutable_http(0)->set_count(0);
  const auto outcomes = apply(std::vector{agent_.message({bucket(kNoon, 1)}), agent_.message({bad}),
                                          agent_.message({bucket(kNoon, 2)})});
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].refused, "");
  EXPECT_NE(outcomes[1].refused, "");
  EXPECT_EQ(outcomes[1].sequence, 2U);
  EXPECT_EQ(outcomes[2].refused, "");
  EXPECT_EQ(requests_of(ask_all()), 3U);
}

TEST_F(MetricIngestTest, a_bad_bucket_is_refused_by_itself_and_its_message_counts_once) {
  auto bad = bucket(kNoon, 100);
  bad.mutable_bucket()->mutable_http(0)->set_route(std::string("a\0b", 3));
  auto nameless = bucket(kNoon, 100);
  nameless.mutable_reporter()->set_workload(std::string("x\0", 2));
  const auto message =
      agent_.message({bucket(kNoon, 1), bad, bucket(kNoon, 2), nameless, bucket(kNoon, 4)});
  apply(message);
  apply(message);
  EXPECT_EQ(requests_of(ask_all()), 7U);
  const auto audit =
      real_.run(store_->database().run("SELECT kind, subject, detail FROM audit ORDER BY subject"));
  ASSERT_TRUE(audit.has_value());
  EXPECT_EQ(audit->rows, (std::vector<sql::Values>{
                             {"refused", "a reporter that cannot be named",
                              "1 buckets, the first since: reporter.workload has an octet of 0"},
                             {"refused", "shop/payments",
                              "1 buckets, the first since: bucket 1: route has an octet of 0"}}));
  EXPECT_EQ(store_->metrics().statistics().refused_buckets, 2U);
  EXPECT_EQ(store_->metrics().statistics().buckets, 3U);
}

TEST_F(MetricIngestTest, an_envelope_that_is_none_ends_the_stream_and_nothing_is_applied) {
  auto message = agent_.message({bucket(kNoon, 1)});
  message.mutable_envelope()->set_epoch("x");
  std::vector<::dive::v1::MetricMessage> messages = {message};
  const auto outcomes = real_.run(store_->metrics().apply(cluster_, messages));
  ASSERT_FALSE(outcomes.has_value());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(requests_of(ask_all()), 0U);
}

TEST_F(MetricIngestTest, a_cluster_that_was_never_named_is_an_error) {
  const auto outcomes = real_.run(store_->metrics().apply(77, {agent_.message({})}));
  ASSERT_FALSE(outcomes.has_value());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kNotFound);
}

TEST_F(MetricIngestTest, clusters_share_nothing) {
  apply(agent_.message({bucket(kNoon, 3)}));
  const auto other = real_.run(store_->cluster("other"));
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(*other, cluster_);
  const std::int64_t first = std::exchange(cluster_, *other);
  EXPECT_EQ(requests_of(ask_all()), 0U);
  // The very same message of another cluster is another message.
  testing::TestAgent its_agent;
  testing::TestProxy its_proxy;
  auto counted = its_proxy.bucket(kNoon);
  add_row(counted, {.count = 5});
  apply(its_agent.message({counted}));
  EXPECT_EQ(requests_of(ask_all()), 5U);
  cluster_ = first;
  EXPECT_EQ(requests_of(ask_all()), 3U);
}

TEST_F(MetricIngestTest, late_counts_are_counted_and_leave_a_line_for_the_audit) {
  apply(agent_.message({bucket(kNoon - hours(3), 2), bucket(kNoon - hours(3) + seconds(10), 2)}));
  EXPECT_EQ(requests_of(ask_all(kNoon - hours(4))), 4U);
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'late'"), 1);
  auto rows = real_.run(store_->database().run("SELECT subject, detail FROM audit"));
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->rows.at(0),
            (sql::Values{"shop/payments",
                         "2 buckets with 4 requests, which ended from 2026-11-22T09:00:00.000Z to "
                         "2026-11-22T09:00:10.000Z"}));
}

// As after a stop of Dive: it reads what was sent before, and then what was sent again.
TEST_F(MetricIngestTest, what_is_read_late_is_not_taken_for_a_clock_that_is_behind) {
  apply(sent({bucket(kNoon - seconds(10))}, kNoon));
  at(kNoon + hours(1));
  apply(sent({bucket(kNoon)}, kNoon + seconds(10)));
  apply(sent({bucket(kNoon + hours(1) - seconds(20))}, kNoon + hours(1)));
  const std::vector<std::string> lines = {"in web->payments 200 11:59:50+10s 1",
                                          "in web->payments 200 12:00:00+10s 1",
                                          "in web->payments 200 12:59:40+10s 1"};
  EXPECT_EQ(lines_of(ask_all()), lines);
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'clock'"), 0);
}

TEST_F(MetricIngestTest, a_message_that_came_late_at_first_is_mended_by_those_beside_it) {
  const auto late = sent({bucket(kNoon - minutes(20))}, kNoon - minutes(20));
  const auto prompt = sent({bucket(kNoon - seconds(10))}, kNoon);
  apply(std::vector{late, prompt});
  EXPECT_EQ(lines_of(ask_all()), (std::vector<std::string>{"in web->payments 200 11:40:00+10s 1",
                                                           "in web->payments 200 11:59:50+10s 1"}));
}

TEST_F(MetricIngestTest, a_cluster_whose_clock_is_off_is_dated_by_ours_until_it_is_set) {
  apply(sent({bucket(kNoon + hours(1) - seconds(20))}, kNoon + hours(1)));
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'clock'"), 1);
  apply(sent({bucket(kNoon - seconds(10))}, kNoon));
  // Once more, and it is set while the agent starts anew.
  apply(sent({}, kNoon + hours(2)));
  agent_ = {.epoch = 'f'};
  apply(sent({bucket(kNoon)}, kNoon));
  const std::vector<std::string> lines = {"in web->payments 200 11:59:40+10s 1",
                                          "in web->payments 200 11:59:50+10s 1",
                                          "in web->payments 200 12:00:00+10s 1"};
  EXPECT_EQ(lines_of(ask_all()), lines);
}

TEST_F(MetricIngestTest, the_watermark_goes_forward_alone) {
  auto message = agent_.message({});
  testing::set_time(*message.mutable_complete_until(), kNoon - seconds(20));
  apply(message);
  EXPECT_EQ(ask_all().complete_until, kNoon - seconds(20));
  message = agent_.message({});
  testing::set_time(*message.mutable_complete_until(), kNoon - minutes(9));
  apply(message);
  apply(agent_.message({}));
  EXPECT_EQ(ask_all().complete_until, kNoon - seconds(20));
}

TEST_F(MetricIngestTest, exemplars_are_kept_up_to_a_cap_of_their_series_and_hour) {
  for (int i = 0; i < 20; ++i) {
    auto counted = proxy_.bucket(kNoon - minutes(30) + seconds(10) * i);
    auto& exemplar = *add_row(counted, {.status = 500}).add_exemplars();
    exemplar.set_path("/pay");
    testing::set_time(*exemplar.mutable_ended_at(),
                      kNoon - minutes(30) + seconds(10) * i + std::chrono::microseconds(i));
    apply(agent_.message({counted}));
  }
  EXPECT_EQ(number("SELECT count(*) FROM exemplars"), kMaxExemplarsOfHour);
}

TEST_F(MetricIngestTest, too_much_that_is_pending_is_refused_until_it_is_folded) {
  apply(agent_.message({bucket(kNoon)}));
  // As if as many had come.
  ASSERT_TRUE(
      real_.run(store_->database().run("UPDATE clusters SET next_pending = $1", {kMaxPending + 10}))
          .has_value());
  const auto message = agent_.message({bucket(kNoon)});
  std::vector<::dive::v1::MetricMessage> messages = {message};
  const auto refused = real_.run(store_->metrics().apply(cluster_, messages));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(refused.error().retryable);
  fold();
  apply(message);
  EXPECT_EQ(requests_of(ask_all()), 2U);
}

TEST_F(MetricIngestTest, what_is_pending_is_bounded_by_octets_and_asks_to_be_folded_before) {
  apply(agent_.message({bucket(kNoon)}));
  apply(agent_.message({bucket(kNoon)}));
  EXPECT_FALSE(store_->metrics().is_much_pending());
  const auto pile_up = [this](std::int64_t octets) {
    for (; octets > 0; octets -= 4 << 20) {
      ASSERT_TRUE(real_
                      .run(store_->database().run(
                          "INSERT INTO pending (cluster, id, counts) VALUES ($1, $2, $3)",
                          {cluster_, piled_--, sql::Blob(4 << 20)}))
                      .has_value());
    }
  };
  pile_up(kFoldedBytes);
  apply(agent_.message({bucket(kNoon)}));
  EXPECT_TRUE(store_->metrics().is_much_pending());
  real_.run(rest_from_folding(hours(1)));
  pile_up(kMaxPendingBytes);
  const auto message = agent_.message({bucket(kNoon)});
  const auto refused = real_.run(store_->metrics().apply(cluster_, {message}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(refused.error().retryable);
  ASSERT_TRUE(real_.run(store_->database().run("DELETE FROM pending WHERE id <= 0")).has_value());
  fold();
  EXPECT_FALSE(store_->metrics().is_much_pending());
  apply(message);
  EXPECT_EQ(requests_of(ask_all()), 4U);
}

TEST_F(MetricIngestTest, messages_that_are_large_together_go_in_several_transactions) {
  std::vector<::dive::v1::MetricMessage> messages;
  for (int i = 0; i < 3; ++i) {
    auto counted = proxy_.bucket(kNoon - seconds(30) + seconds(10) * i);
    for (int row = 0; row < 4096; ++row) {
      const std::string route = std::to_string(row % 8) + std::string(1020, 'r');
      add_row(counted, {.count = 1, .route = route});
    }
    messages.push_back(agent_.message({counted}));
  }
  EXPECT_EQ(apply(messages).size(), 3U);
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 3);
  EXPECT_EQ(requests_of(ask_all()), 3U * 4096);
  apply(messages);
  EXPECT_EQ(requests_of(ask_all()), 3U * 4096);
}

TEST_F(MetricIngestTest, series_beyond_the_limit_are_counted_as_their_workloads_overflow) {
  apply(agent_.message({bucket(kNoon, 1)}));
  const std::int64_t before = number("SELECT count(*) FROM series");
  ASSERT_TRUE(
      real_.run(store_->database().run("UPDATE clusters SET series_count = $1", {kMaxSeries}))
          .has_value());
  for (int i = 0; i < 3; ++i) {
    auto counted = proxy_.bucket(kNoon);
    add_row(counted, {.count = 10, .peer = "web" + std::to_string(i)});
    add_row(counted, {.count = 1});
    apply(agent_.message({counted}));
  }
  EXPECT_EQ(number("SELECT count(*) FROM series"), before + 1);
  EXPECT_EQ(requests_of(ask_all()), 34U);
  std::uint64_t overflow = 0;
  for (const CountedSeries& each : ask_all().series) {
    if (!each.series.overflow) continue;
    EXPECT_EQ(each.series.reporter_workload, "payments");
    for (const CountedSlot& slot : each.slots) overflow += slot.counts.sums[kRequests];
  }
  EXPECT_EQ(overflow, 30U);
}

TEST_F(MetricIngestTest, hostile_names_are_kept_as_they_are) {
  const std::string name(253, 'n');
  for (const std::string& text :
       {name, std::string("'; DROP TABLE series; --"),
        std::string("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae<b>")}) {
    auto counted = proxy_.bucket(kNoon);
    add_row(counted, {.service = text, .peer = text, .route = text});
    apply(agent_.message({counted}));
    const CountAnswer answer =
        ask({.ns = "shop", .name = text, .from = kNoon - hours(1), .to = kNoon});
    ASSERT_EQ(answer.series.size(), 1U);
    EXPECT_EQ(answer.series[0].series.peer_workload, text);
  }
}

}  // namespace
}  // namespace seine::dive
