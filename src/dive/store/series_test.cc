// SPDX-License-Identifier: Apache-2.0
#include "dive/store/series.h"

#include "gtest/gtest.h"

#include "dive/store/testing/messages.h"

namespace seine::dive {
namespace {

Series some_series() {
  testing::TestProxy proxy;
  auto bucket = proxy.bucket(testing::kNoon);
  auto& row = testing::add_row(bucket, {.status = 503});
  row.set_cause("connect refused");
  row.mutable_peer()->set_identity("web.shop.serviceaccount.identity.linkerd.cluster.local");
  row.mutable_peer()->set_version("v9");
  row.set_grpc_status(14);
  row.set_excluded(true);
  return series_of(bucket.reporter(), row);
}

TEST(SeriesTest, a_series_comes_back_from_its_columns_as_it_was) {
  const Series series = some_series();
  sql::Values row = values_of(series);
  EXPECT_EQ(row.size(), kSeriesColumnCount);
  row.insert(row.begin(), std::int64_t{7});
  const auto read = series_from(row, 1);
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(*read, series);
  row.pop_back();
  EXPECT_FALSE(series_from(row, 1).has_value());
}

TEST(SeriesTest, keys_differ_where_anything_differs) {
  const Series series = some_series();
  const std::string key = canonical_key(series);
  EXPECT_EQ(canonical_key(Series(series)), key);
  const std::size_t columns = values_of(series).size();
  for (std::size_t i = 0; i < columns; ++i) {
    sql::Values row = values_of(series);
    if (auto* text = std::get_if<std::string>(&row[i])) {
      *text += "x";
    } else {
      auto& number = std::get<std::int64_t>(row[i]);
      number = number == 0 || number == 2 ? 1 : number - 1;
    }
    const auto other = series_from(row, 0);
    ASSERT_TRUE(other.has_value());
    EXPECT_NE(canonical_key(*other), key) << i;
  }
}

TEST(SeriesTest, texts_that_run_into_one_another_are_told_apart) {
  Series one, other;
  one.reporter_namespace = "ab";
  one.reporter_workload = "c";
  other.reporter_namespace = "a";
  other.reporter_workload = "bc";
  EXPECT_NE(canonical_key(one), canonical_key(other));
  EXPECT_NE(digest_of(canonical_key(one)), digest_of(canonical_key(other)));
}

TEST(SeriesTest, pods_and_upgrades_make_no_difference) {
  testing::TestProxy proxy;
  auto bucket = proxy.bucket(testing::kNoon);
  auto& row = testing::add_row(bucket, {});
  const Series before = series_of(bucket.reporter(), row);
  bucket.mutable_reporter()->set_pod("payments-1");
  row.mutable_peer()->set_pod("web-7");
  row.set_upgraded(true);
  EXPECT_EQ(series_of(bucket.reporter(), row), before);
}

TEST(SeriesTest, an_overflow_row_is_its_reporters_and_nothing_elses) {
  testing::TestProxy proxy;
  const auto bucket = proxy.bucket(testing::kNoon);
  const Series series = overflow_of(bucket.reporter(), SeriesKind::kHttp, Direction::kOutbound);
  EXPECT_TRUE(series.overflow);
  EXPECT_EQ(series.reporter_workload, "payments");
  EXPECT_EQ(series.target_service, "");
}

}  // namespace
}  // namespace seine::dive
