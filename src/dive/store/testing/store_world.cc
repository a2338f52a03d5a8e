// SPDX-License-Identifier: Apache-2.0
#include "dive/store/testing/store_world.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace seine::dive::testing {

StoreTest::StoreTest() {
  at(kNoon);
  open();
}

void StoreTest::open(Retention retention) {
  store_.reset();
  auto database = fixture_->open(real_, {});
  SEINE_CHECK(database.has_value(), "a test has a database");
  auto opened = real_.run(Store::open(real_.loop, *std::move(database), retention));
  ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
  store_ = *std::move(opened);
  const auto cluster = real_.run(store_->cluster("demo"));
  ASSERT_TRUE(cluster.has_value()) << cluster.error().to_string();
  cluster_ = *cluster;
}

std::vector<MetricIngest::Outcome> StoreTest::apply(
    std::vector<::dive::v1::MetricMessage> messages) {
  auto outcomes = real_.run(store_->metrics().apply(cluster_, std::move(messages)));
  EXPECT_TRUE(outcomes.has_value()) << outcomes.error().to_string();
  return outcomes.value_or(std::vector<MetricIngest::Outcome>{});
}

void StoreTest::apply(::dive::v1::MetricMessage message) {
  std::vector<::dive::v1::MetricMessage> messages;
  messages.push_back(std::move(message));
  const auto outcomes = apply(std::move(messages));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].refused, "");
}

void StoreTest::fold() {
  const auto done = real_.run(store_->fold());
  EXPECT_TRUE(done.has_value()) << done.error().to_string();
}

void StoreTest::forget() {
  const auto done = real_.run(store_->forget());
  EXPECT_TRUE(done.has_value()) << done.error().to_string();
}

CountAnswer StoreTest::ask(CountQuestion question) {
  auto answer = real_.run(store_->counts().ask(cluster_, std::move(question)));
  EXPECT_TRUE(answer.has_value()) << answer.error().to_string();
  return answer ? *std::move(answer) : CountAnswer{};
}

std::int64_t StoreTest::number(std::string sql) {
  auto rows = real_.run(store_->database().run(std::move(sql)));
  EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
  if (!rows || rows->rows.empty()) return -1;
  return sql::get<std::int64_t>(rows->rows[0], 0).value_or(-1);
}

std::uint64_t StoreTest::requests_of(const CountAnswer& answer) {
  std::uint64_t sum = 0;
  for (const CountedSeries& series : answer.series) {
    for (const CountedSlot& slot : series.slots) sum += slot.counts.sums[kRequests];
  }
  return sum;
}

std::vector<std::string> StoreTest::lines_of(const CountAnswer& answer) {
  std::vector<std::string> lines;
  for (const CountedSeries& each : answer.series) {
    const Series& series = each.series;
    const bool inbound = series.direction == Direction::kInbound;
    const std::string about =
        (inbound ? "in " + series.peer_workload + "->" + series.target_service
                 : "out " + series.reporter_workload + "->" + series.target_service) +
        " " + std::to_string(series.http_status);
    for (const CountedSlot& slot : each.slots) {
      lines.push_back(about + " " + format_rfc3339(slot.end).substr(11, 8) + "+" +
                      format_duration(slot.length) + " " +
                      std::to_string(slot.counts.sums[kRequests]));
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace seine::dive::testing
