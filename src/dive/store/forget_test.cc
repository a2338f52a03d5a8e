// SPDX-License-Identifier: Apache-2.0
#include "dive/store/forget.h"

#include "gtest/gtest.h"

#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::add_row;
using testing::kNoon;

class ForgetTest : public testing::StoreTest {
 protected:
  void tell(WallTime end, std::string_view peer = "web") {
    auto bucket = proxy_.bucket(end);
    add_row(bucket, {.count = 1, .peer = peer}).add_exemplars()->set_path("/");
    apply(agent_.message({bucket}));
  }
  std::int64_t blocks(int resolution) {
    return number(
        "SELECT count(*) FROM blocks b JOIN series s ON s.cluster = b.cluster AND s.id ="
        " b.series WHERE s.kind = 1 AND resolution = " +
        std::to_string(resolution));
  }
  std::uint64_t all_requests() {
    return requests_of(ask({.about = CountQuestion::About::kAll,
                            .from = kNoon - hours(24 * 100),
                            .to = real_.clock.wall_now()}));
  }

  testing::TestProxy proxy_;
  testing::TestAgent agent_;
};

TEST_F(ForgetTest, each_resolution_goes_in_its_time_and_the_series_with_its_last_block) {
  tell(kNoon - seconds(10));
  fold();
  const std::vector<std::pair<Duration, std::vector<std::int64_t>>> later = {
      {hours(5), {1, 1, 1}},       {hours(7), {0, 1, 1}},       {hours(8 * 24 + 1), {0, 0, 1}},
      {hours(89 * 24), {0, 0, 1}}, {hours(92 * 24), {0, 0, 0}},
  };
  for (const auto& [after, kept] : later) {
    at(kNoon + after);
    forget();
    EXPECT_EQ((std::vector{blocks(0), blocks(1), blocks(2)}), kept) << format_duration(after);
  }
  for (const char* table : {"series", "boots", "exemplars", "blocks"}) {
    EXPECT_EQ(number("SELECT count(*) FROM " + std::string(table)), 0) << table;
  }
  EXPECT_EQ(number("SELECT series_count FROM clusters"), 0);
}

TEST_F(ForgetTest, a_series_that_was_removed_gets_a_new_number_when_it_comes_again) {
  tell(kNoon - seconds(10));
  fold();
  at(kNoon + hours(92 * 24));
  forget();
  tell(kNoon + hours(92 * 24));
  EXPECT_EQ(all_requests(), 1U);
  fold();
  EXPECT_EQ(all_requests(), 1U);
}

TEST_F(ForgetTest, a_series_of_which_counts_are_pending_stays) {
  tell(kNoon - seconds(10));
  fold();
  at(kNoon + hours(92 * 24));
  tell(kNoon + hours(92 * 24));
  forget();
  EXPECT_EQ(all_requests(), 1U);
}

TEST_F(ForgetTest, doing_it_again_changes_nothing) {
  tell(kNoon - seconds(10));
  tell(kNoon - hours(24 * 20), "old");
  fold();
  forget();
  const std::int64_t before = number("SELECT count(*) FROM blocks");
  forget();
  EXPECT_EQ(number("SELECT count(*) FROM blocks"), before);
  EXPECT_EQ(all_requests(), 2U);
}

TEST_F(ForgetTest, retention_that_grows_later_does_not_make_up_for_what_is_gone) {
  tell(kNoon - hours(20));
  fold();
  open({.kept = {hours(48), hours(24 * 8), hours(24 * 90)}});
  const CountAnswer answer =
      ask({.about = CountQuestion::About::kAll, .from = kNoon - hours(24), .to = kNoon});
  EXPECT_EQ(lines_of(answer), (std::vector<std::string>{"in web->payments 200 16:00:00+1m 1"}));
}

TEST_F(ForgetTest, a_clock_of_ours_that_was_ahead_once_loses_nothing_that_comes_later) {
  at(kNoon + hours(24 * 100));
  forget();
  at(kNoon);
  tell(kNoon + seconds(10));
  EXPECT_EQ(all_requests(), 0U) << "it ends after now";
  at(kNoon + seconds(20));
  EXPECT_EQ(all_requests(), 1U);
  fold();
  EXPECT_EQ((std::vector{blocks(0), blocks(1), blocks(2)}), (std::vector<std::int64_t>{1, 1, 1}));
  at(kNoon + hours(3));
  tell(kNoon + hours(3) - seconds(10));
  fold();
  forget();
  EXPECT_EQ(all_requests(), 2U);
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'clock'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM audit WHERE kind = 'too late'"), 0);
}

TEST_F(ForgetTest, a_cluster_that_fails_is_named_and_keeps_no_other_waiting) {
  tell(kNoon - seconds(10));
  ASSERT_TRUE(
      real_
          .run(store_->database().run("UPDATE pending SET counts = $1", {sql::Blob{std::byte{99}}}))
          .has_value());
  const auto other = real_.run(store_->cluster("other"));
  ASSERT_TRUE(other.has_value());
  cluster_ = *other;
  agent_ = {};
  tell(kNoon - seconds(10));
  EXPECT_FALSE(real_.run(store_->fold()).has_value());
  EXPECT_EQ(blocks(0), 1);
  at(kNoon + hours(7));
  const auto forgotten = real_.run(store_->forget());
  ASSERT_FALSE(forgotten.has_value());
  EXPECT_TRUE(forgotten.error().message.starts_with("cluster demo: "));
  EXPECT_EQ(blocks(0), 0);
}

TEST_F(ForgetTest, more_series_than_one_step_takes_are_all_looked_at) {
  for (int batch = 0; batch < 3; ++batch) {
    auto bucket = proxy_.bucket(kNoon - seconds(10));
    for (int i = 0; i < 250; ++i) {
      const std::string peer = "w" + std::to_string(batch * 250 + i);
      add_row(bucket, {.count = 1, .peer = peer});
    }
    apply(agent_.message({bucket}));
  }
  fold();
  EXPECT_EQ(blocks(0), 750);
  at(kNoon + hours(7));
  forget();
  EXPECT_EQ(blocks(0), 0);
  EXPECT_EQ(all_requests(), 750U);
}

}  // namespace
}  // namespace seine::dive
