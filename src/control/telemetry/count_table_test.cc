// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/count_table.h"

#include <gtest/gtest.h>

#include <numeric>

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using HttpTable = CountTable<HttpCounts>;
using TcpTable = CountTable<TcpCounts>;

constexpr std::size_t kInbound = 1;
constexpr std::size_t kOutbound = 2;
constexpr WallTime kStart(seconds(1'767'225'600));

HttpTable::Entry requests(std::string key, std::uint64_t count, std::size_t direction = kInbound) {
  HttpTable::Entry entry{.direction = direction, .key = std::move(key), .counts = {}};
  entry.counts.requests = count;
  entry.counts.sum_microseconds = 1000 * count;
  for (std::uint64_t i = 0; i < count; ++i) entry.counts.latency.add(milliseconds(1));
  return entry;
}

TcpTable::Entry open_connections(std::string key, std::uint64_t open) {
  return {.direction = kInbound, .key = std::move(key), .counts = {.opened = 1}, .open = open};
}

std::uint64_t total(const std::vector<HttpTable::Merged>& rows) {
  return std::accumulate(
      rows.begin(), rows.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& row) { return sum + row.counts.requests; });
}

class CountTableTest : public ::testing::Test {
 protected:
  // A bucket that ended so long after the start.
  void add(seconds end, std::vector<HttpTable::Entry> rows) {
    table_.add(std::move(rows), kStart + end, kStart + end - minutes(10), /*is_newest=*/true);
  }
  std::vector<HttpTable::Merged> within(seconds from, seconds to) const {
    return table_.within(kStart + from, kStart + to);
  }

  TableBudget budget_{.rows = 100, .entries = 100};
  HttpTable table_{4, budget_};
};

TEST_F(CountTableTest, merges_the_buckets_that_ended_within_a_span_each_row_once) {
  add(seconds(10), {requests("a", 1)});
  add(seconds(20), {requests("a", 2), requests("b", 3)});
  add(seconds(30), {requests("a", 4)});
  const auto rows = within(seconds(10), seconds(30));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].key, "a");
  EXPECT_EQ(rows[0].counts.requests, 6u);
  EXPECT_EQ(rows[0].counts.latency.total(), 6u);
  EXPECT_EQ(rows[0].counts.sum_microseconds, 6000u);
  EXPECT_EQ(rows[1].counts.requests, 3u);
  EXPECT_EQ(total(table_.whole()), 10u);
}

TEST_F(CountTableTest, puts_a_late_bucket_where_it_belongs_and_one_too_late_into_totals_alone) {
  add(seconds(700), {requests("a", 1)});
  table_.add({requests("a", 2)}, kStart + seconds(650), kStart + seconds(100), false);
  table_.add({requests("a", 4)}, kStart + seconds(50), kStart + seconds(100), false);
  EXPECT_EQ(total(within(seconds(640), seconds(660))), 2u);
  EXPECT_EQ(total(within(seconds(0), seconds(700))), 3u);
  EXPECT_EQ(total(table_.whole()), 7u);
}

TEST_F(CountTableTest, counts_rows_beyond_its_limit_in_the_overflow_row_of_their_direction) {
  add(seconds(10), {requests("a", 1), requests("b", 1), requests("c", 1), requests("d", 1),
                    requests("e", 5), requests("f", 7, kOutbound)});
  const auto rows = table_.whole();
  EXPECT_EQ(total(rows), 16u);
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[0].key, "");
  EXPECT_EQ(rows[0].direction, kInbound);
  EXPECT_EQ(rows[0].counts.requests, 5u);
  EXPECT_EQ(rows[1].direction, kOutbound);
  EXPECT_EQ(rows[1].counts.requests, 7u);
  EXPECT_EQ(total(within(seconds(0), seconds(10))), 16u);
}

TEST_F(CountTableTest, makes_room_with_rows_that_left_the_window_and_keeps_their_totals) {
  add(seconds(10), {requests("a", 1), requests("b", 1), requests("c", 1), requests("d", 1)});
  add(seconds(700), {requests("a", 1)});
  add(seconds(710), {requests("e", 5)});
  const auto rows = within(seconds(690), seconds(710));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(total(table_.whole()), 10u);
  EXPECT_EQ(table_.whole().front().key, "");
  EXPECT_EQ(table_.whole().front().counts.requests, 3u);
}

TEST_F(CountTableTest, shares_a_budget_and_gives_back_what_it_took) {
  {
    HttpTable other(4, budget_);
    budget_.entries = 1;
    other.add({requests("a", 1), requests("b", 2)}, kStart, kStart - minutes(10), true);
    const auto rows = other.within(kStart - seconds(1), kStart);
    ASSERT_EQ(rows.size(), 1u) << "one row stands for the bucket";
    EXPECT_EQ(rows[0].counts.requests, 3u);
    EXPECT_EQ(other.whole().size(), 3u) << "totals are by rows all the same";
    EXPECT_EQ(budget_.entries, 0u);
    EXPECT_EQ(budget_.rows, 98u);
  }
  EXPECT_EQ(budget_.entries, 1u);
  EXPECT_EQ(budget_.rows, 100u);
}

class OpenTest : public ::testing::Test {
 protected:
  void add(seconds end, std::vector<TcpTable::Entry> rows, bool is_newest = true) {
    table_.add(std::move(rows), kStart + end, kStart - minutes(10), is_newest);
  }
  // "KEY OPEN" of what counted within these seconds.
  std::vector<std::string> within(seconds from, seconds to) const {
    std::vector<std::string> out;
    for (const auto& row : table_.within(kStart + from, kStart + to)) {
      out.push_back(std::string(row.key) + " " + std::to_string(row.open));
    }
    return out;
  }
  using Lines = std::vector<std::string>;

  TableBudget budget_{.rows = 100, .entries = 100};
  TcpTable table_{4, budget_};
};

TEST_F(OpenTest, is_what_the_newest_bucket_says) {
  add(seconds(0), {open_connections("a", 3), open_connections("b", 1)});
  add(seconds(10), {open_connections("a", 2), open_connections("c", 4)});
  EXPECT_EQ(within(seconds(-1), seconds(10)), (Lines{"a 2", "b 0", "c 4"}));
  EXPECT_EQ(within(seconds(-1), seconds(0)), (Lines{"a 2", "b 0", "c 4"}))
      << "the span ends earlier, where others have told";
  EXPECT_EQ(within(seconds(10), seconds(20)), Lines{}) << "it is too old for this span";
  EXPECT_EQ(table_.whole()[0].open, 2u);
}

TEST_F(OpenTest, is_not_touched_by_a_late_bucket_whenever_that_is_said_to_have_ended) {
  add(seconds(20), {open_connections("a", 2)});
  add(seconds(10), {open_connections("a", 7)}, false);
  add(seconds(20), {open_connections("a", 7), open_connections("b", 5)}, false);
  EXPECT_EQ(within(seconds(-1), seconds(20)), (Lines{"a 2", "b 0"}));
  EXPECT_EQ(table_.whole()[0].open, 2u);
  EXPECT_EQ(table_.whole()[1].open, 0u);
}

TEST_F(OpenTest, adds_up_in_an_overflow_row) {
  add(seconds(0), {open_connections("a", 1), open_connections("b", 1), open_connections("c", 1),
                   open_connections("d", 1), open_connections("e", 2), open_connections("f", 3)});
  EXPECT_EQ(within(seconds(-1), seconds(0)), (Lines{" 5", "a 1", "b 1", "c 1", "d 1"}));
}

TEST_F(CountTableTest, keeps_the_last_exemplars_of_a_row) {
  auto entry = requests("a", 1);
  entry.exemplars = {"one", "two"};
  add(seconds(10), {entry});
  entry.exemplars = {"three"};
  add(seconds(20), {entry});
  EXPECT_EQ(*within(seconds(0), seconds(20))[0].exemplars,
            (std::vector<std::string>{"two", "three"}));
}

TEST_F(CountTableTest, counts_on_from_what_it_was_given_back) {
  table_.restore({requests("a", 3), requests("", 2)});
  add(seconds(10), {requests("a", 1)});
  EXPECT_EQ(total(table_.whole()), 6u);
  EXPECT_EQ(total(within(seconds(0), seconds(10))), 1u);
}

}  // namespace
}  // namespace seine::control
