// SPDX-License-Identifier: Apache-2.0
#include "dive/store/metric_batch.h"

#include "gtest/gtest.h"

#include "dive/store/retention.h"
#include "dive/store/testing/messages.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class MetricBatchTest : public ::testing::Test {
 protected:
  static std::uint64_t requests_of(const MetricBatch& batch, WallTime end) {
    std::uint64_t sum = 0;
    const std::int64_t slot = slot_at(Resolution::kTenSeconds, end);
    for (const auto& [key, row] : batch.rows()) {
      const auto found = row.slots.find(slot);
      if (row.series.kind == SeriesKind::kHttp && found != row.slots.end()) {
        sum += found->second.sums[kRequests];
      }
    }
    return sum;
  }
  std::uint64_t requests_at(WallTime end) const { return requests_of(batch_, end); }
  // Measured milliseconds by slot, counted from noon's.
  std::map<std::int64_t, std::uint64_t> measured() const {
    std::map<std::int64_t, std::uint64_t> out;
    for (const auto& [key, row] : batch_.rows()) {
      if (row.series.kind != SeriesKind::kCoverage) continue;
      for (const auto& [slot, counts] : row.slots) {
        out[slot - slot_at(Resolution::kTenSeconds, kNoon)] += counts.sums[kMeasuredMilliseconds];
      }
    }
    return out;
  }
  bool remarked(const std::string& kind) const {
    return batch_.remarks().contains({kind, "shop/payments"});
  }

  testing::TestProxy proxy_;
  testing::TestAgent agent_;
  Boots boots_;
  const Seconds gone_until_ = Retention{}.gone_until(Resolution::kHour, kNoon);
  MetricBatch batch_{boots_, gone_until_, kNoon + seconds(5)};
};

TEST_F(MetricBatchTest, a_bucket_counts_once_however_often_it_comes) {
  auto bucket = proxy_.bucket(kNoon);
  add_row(bucket, {.count = 3});
  batch_.add(agent_.message({bucket, bucket}));
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 3U);
  EXPECT_EQ(measured(), (std::map<std::int64_t, std::uint64_t>{{0, 10'000}}));
}

TEST_F(MetricBatchTest, rows_that_differ_in_pods_alone_are_added_up) {
  auto bucket = proxy_.bucket(kNoon);
  add_row(bucket, {.count = 3}).mutable_peer()->set_pod("web-1");
  add_row(bucket, {.count = 4}).mutable_peer()->set_pod("web-2");
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 7U);
  EXPECT_EQ(batch_.rows().size(), 2U) << "one of requests, one of coverage";
}

TEST_F(MetricBatchTest, a_timer_that_was_late_does_not_move_a_bucket) {
  auto bucket = proxy_.bucket(kNoon + milliseconds(4), seconds(10) + milliseconds(4));
  add_row(bucket, {});
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 1U);
}

TEST_F(MetricBatchTest, a_bucket_that_ended_early_with_its_proxy_stays_where_it_ended) {
  auto bucket = proxy_.bucket(kNoon - seconds(10) + milliseconds(100), milliseconds(100));
  add_row(bucket, {});
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 1U);
  EXPECT_EQ(measured(), (std::map<std::int64_t, std::uint64_t>{{0, 100}}));
}

TEST_F(MetricBatchTest, a_long_bucket_covers_every_slot_it_lasted) {
  auto bucket = proxy_.bucket(kNoon, seconds(25));
  add_row(bucket, {.count = 5});
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 5U);
  EXPECT_EQ(measured(),
            (std::map<std::int64_t, std::uint64_t>{{-2, 5000}, {-1, 10'000}, {0, 10'000}}));
}

TEST_F(MetricBatchTest, a_bucket_of_nothing_is_silence_and_measured) {
  batch_.add(agent_.message({proxy_.bucket(kNoon)}));
  EXPECT_EQ(requests_at(kNoon), 0U);
  EXPECT_EQ(measured().at(0), 10'000U);
}

TEST_F(MetricBatchTest, a_proxy_whose_clock_is_ahead_is_dated_by_who_received_it) {
  auto bucket = proxy_.bucket(kNoon + minutes(61));
  testing::set_time(*bucket.mutable_received_at(), kNoon);
  add_row(bucket, {});
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 1U);
  EXPECT_TRUE(remarked("clock"));
}

TEST_F(MetricBatchTest, what_waited_in_a_ledger_keeps_its_time_and_is_told_as_late) {
  auto bucket = proxy_.bucket(kNoon - hours(2));
  testing::set_time(*bucket.mutable_received_at(), kNoon);
  add_row(bucket, {.count = 2});
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon - hours(2)), 2U);
  ASSERT_TRUE(remarked("late"));
  EXPECT_EQ(batch_.remarks().begin()->second.requests, 2U);
}

TEST_F(MetricBatchTest, a_cluster_whose_clock_is_off_is_dated_by_ours) {
  for (const auto off : {minutes(60), -minutes(60)}) {
    auto bucket = proxy_.bucket(kNoon + off);
    add_row(bucket, {});
    auto message = agent_.message({bucket});
    testing::set_time(*message.mutable_complete_until(), kNoon + off);
    MetricBatch batch(boots_, gone_until_, kNoon + seconds(5), -off);
    batch.add(message);
    EXPECT_EQ(requests_of(batch, kNoon), 1U);
    EXPECT_EQ(batch.complete_until(), kNoon);
    EXPECT_EQ(batch.remarks().contains({"clock", "shop/payments"}), off > minutes(0))
        << "it is told once";
  }
}

TEST_F(MetricBatchTest, what_no_retention_has_a_place_for_is_told_and_not_counted) {
  auto bucket = proxy_.bucket(kNoon - hours(24 * 91));
  add_row(bucket, {});
  batch_.add(agent_.message({bucket}));
  EXPECT_TRUE(batch_.rows().empty());
  EXPECT_TRUE(remarked("too late"));
}

TEST_F(MetricBatchTest, rows_beyond_a_proxys_cap_are_a_series_of_their_own) {
  auto bucket = proxy_.bucket(kNoon);
  auto& row = *bucket.mutable_bucket()->add_http_overflow();
  row.set_direction(seine::telemetry::v1::OUTBOUND);
  row.set_count(9);
  batch_.add(agent_.message({bucket}));
  EXPECT_EQ(requests_at(kNoon), 9U);
  bool found = false;
  for (const auto& [key, kept] : batch_.rows()) found = found || kept.series.overflow;
  EXPECT_TRUE(found);
}

TEST_F(MetricBatchTest, remarks_are_bounded_and_lose_no_count) {
  for (int i = 0; i < 100; ++i) {
    testing::TestProxy other{.workload = "w" + std::to_string(i), .instance = static_cast<char>(i)};
    auto bucket = other.bucket(kNoon - hours(1));
    add_row(bucket, {});
    batch_.add(agent_.message({bucket}));
  }
  EXPECT_LE(batch_.remarks().size(), kMaxAuditOfBatch + 1);
  std::uint64_t buckets = 0;
  for (const auto& [about, remark] : batch_.remarks()) buckets += remark.buckets;
  EXPECT_EQ(buckets, 100U);
}

}  // namespace
}  // namespace seine::dive
