// SPDX-License-Identifier: Apache-2.0
#include "dive/store/fold.h"

#include "gtest/gtest.h"

#include "dive/store/store_limits.h"
#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class FoldTest : public testing::StoreTest {
 protected:
  void tell(WallTime end, std::uint64_t count) {
    auto bucket = proxy_.bucket(end);
    add_row(bucket, {.count = count});
    apply(agent_.message({bucket}));
  }
  // Of a series each: more than one step takes.
  void tell_many(WallTime end, int series) {
    auto bucket = proxy_.bucket(end);
    for (int i = 0; i < series; ++i) {
      const std::string peer = "web" + std::to_string(i);
      add_row(bucket, {.count = 1, .peer = peer});
    }
    apply(agent_.message({bucket}));
  }
  CountAnswer ask_all() {
    return ask({.about = CountQuestion::About::kAll,
                .from = kNoon - hours(24 * 100),
                .to = kNoon + hours(100)});
  }

  testing::TestProxy proxy_;
  testing::TestAgent agent_;
};

TEST_F(FoldTest, the_answer_is_the_same_before_and_after) {
  tell(kNoon - seconds(20), 3);
  tell(kNoon - seconds(10), 4);
  tell(kNoon - hours(20), 5);
  const auto before = lines_of(ask_all());
  EXPECT_EQ(before.size(), 3U);
  fold();
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 0);
  EXPECT_EQ(lines_of(ask_all()), before);
  fold();
  EXPECT_EQ(lines_of(ask_all()), before);
}

TEST_F(FoldTest, what_comes_later_is_added_to_the_blocks_that_are_there) {
  tell(kNoon - seconds(20), 3);
  fold();
  testing::TestProxy other{.instance = 'b'};
  auto bucket = other.bucket(kNoon - seconds(20));
  add_row(bucket, {.count = 5});
  apply(agent_.message({bucket}));
  tell(kNoon - seconds(10), 1);
  const std::vector<std::string> lines = {"in web->payments 200 11:59:40+10s 8",
                                          "in web->payments 200 11:59:50+10s 1"};
  EXPECT_EQ(lines_of(ask_all()), lines);
  fold();
  EXPECT_EQ(lines_of(ask_all()), lines);
}

TEST_F(FoldTest, between_two_steps_every_count_is_there_once) {
  constexpr int kSeries = static_cast<int>(kFoldedSeries) * 2 + 10;
  tell_many(kNoon, kSeries);
  tell_many(kNoon + seconds(10), kSeries);
  Fold folding(real_.loop, store_->database(), store_->retention(), store_->turns());
  int steps = 0;
  for (bool more = true; more; ++steps) {
    const auto stepped = real_.run(folding.step(cluster_));
    ASSERT_TRUE(stepped.has_value()) << stepped.error().to_string();
    more = *stepped;
    EXPECT_EQ(requests_of(ask_all()), 2U * kSeries);
    // What comes in the middle is for the next time.
    if (steps == 0) {
      auto late = proxy_.bucket(kNoon);
      apply(agent_.message({late}));
    }
  }
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(number("SELECT count(*) FROM pending"), 1);
}

TEST_F(FoldTest, another_process_goes_on_where_one_died) {
  constexpr int kSeries = static_cast<int>(kFoldedSeries) * 2 + 10;
  tell_many(kNoon, kSeries);
  {
    Fold dies(real_.loop, store_->database(), store_->retention(), store_->turns());
    const auto stepped = real_.run(dies.step(cluster_));
    ASSERT_TRUE(stepped.has_value() && *stepped);
  }
  tell_many(kNoon, kSeries);
  open();
  EXPECT_EQ(requests_of(ask_all()), 2U * kSeries);
  fold();
  EXPECT_EQ(requests_of(ask_all()), 2U * kSeries);
  EXPECT_EQ(number("SELECT fold_until FROM clusters"), 0);
}

TEST_F(FoldTest, a_cluster_that_fails_is_named_and_keeps_no_other_waiting) {
  tell(kNoon - seconds(10), 1);
  ASSERT_TRUE(
      real_
          .run(store_->database().run("UPDATE pending SET counts = $1", {sql::Blob{std::byte{99}}}))
          .has_value());
  const auto other = real_.run(store_->cluster("other"));
  ASSERT_TRUE(other.has_value());
  cluster_ = *other;
  agent_ = {};
  tell(kNoon - seconds(10), 4);
  const auto folded = real_.run(store_->fold());
  ASSERT_FALSE(folded.has_value());
  EXPECT_TRUE(folded.error().message.starts_with("cluster demo: ")) << folded.error().message;
  EXPECT_EQ(number("SELECT count(*) FROM pending WHERE cluster = 1"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM pending WHERE cluster = 2"), 0);
  EXPECT_EQ(requests_of(ask_all()), 4U);
}

TEST_F(FoldTest, a_resolution_that_keeps_that_time_no_longer_gets_nothing_of_it) {
  tell(kNoon - hours(20), 1);
  tell(kNoon - hours(24 * 30), 1);
  fold();
  const auto blocks = [this](int resolution) {
    return number(
        "SELECT count(*) FROM blocks b JOIN series s ON s.cluster = b.cluster AND s.id ="
        " b.series WHERE s.kind = 1 AND resolution = " +
        std::to_string(resolution));
  };
  EXPECT_EQ(blocks(0), 0);
  EXPECT_EQ(blocks(1), 1);
  EXPECT_EQ(blocks(2), 2);
  EXPECT_EQ(requests_of(ask_all()), 2U);
}

TEST_F(FoldTest, what_was_taken_and_has_no_place_any_more_leaves_a_line_for_the_audit) {
  tell(kNoon - seconds(10), 3);
  at(kNoon + hours(24 * 92));
  fold();
  EXPECT_EQ(requests_of(ask_all()), 0U);
  auto rows = real_.run(
      store_->database().run("SELECT detail FROM audit WHERE kind = 'too late' ORDER BY id"));
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->rows.size(), 1U);
  // One of requests, one of coverage.
  EXPECT_EQ(rows->rows[0][0], sql::Value("2 slots with 3 requests, the last of which ended at "
                                         "2026-11-22T11:59:50.000Z"));
}

// What is taken is kept, by whatever retention said before: who takes and who folds ask alike.
TEST_F(FoldTest, a_count_that_nothing_keeps_is_not_taken_in_silence) {
  open({.kept = {hours(6), hours(6), hours(6)}});
  forget();
  open();
  tell(kNoon - hours(20), 5);
  EXPECT_EQ(requests_of(ask_all()), 0U);
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'too late'"), 1);
  fold();
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'too late'"), 1);
}

TEST_F(FoldTest, as_time_goes_by_a_count_is_read_from_coarser_blocks_and_stays_the_same) {
  tell(kNoon - seconds(20), 3);
  tell(kNoon - seconds(10), 4);
  fold();
  const std::vector<std::pair<Duration, std::vector<std::string>>> later = {
      {hours(1), {"in web->payments 200 11:59:40+10s 3", "in web->payments 200 11:59:50+10s 4"}},
      {hours(6), {"in web->payments 200 12:00:00+1m 7"}},
      {hours(8 * 24), {"in web->payments 200 12:00:00+1h 7"}},
      {hours(89 * 24), {"in web->payments 200 12:00:00+1h 7"}},
      {hours(91 * 24), {}},
  };
  for (const auto& [after, lines] : later) {
    at(kNoon + after);
    for (const bool forgotten : {false, true}) {
      if (forgotten) forget();
      EXPECT_EQ(lines_of(ask({.about = CountQuestion::About::kAll,
                              .from = kNoon - hours(24),
                              .to = kNoon + after})),
                lines)
          << format_duration(after) << (forgotten ? " forgotten" : "");
    }
  }
}

}  // namespace
}  // namespace seine::dive
