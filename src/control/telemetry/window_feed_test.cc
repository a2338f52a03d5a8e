// SPDX-License-Identifier: Apache-2.0
// Between the counts that are kept and the feed a bucket is neither lost nor doubled, whenever the
// controller dies.
#include <random>

#include "control/testing/feed_fixture.h"
#include "telemetry/check_bucket.h"

namespace seine::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Buckets = std::map<std::uint64_t, int>;

class WindowFeedTest : public testing::FeedFixture {};

Buckets once(std::uint64_t first, std::uint64_t last) {
  Buckets out;
  for (std::uint64_t i = first; i <= last; ++i) out[i] = 1;
  return out;
}

TEST_F(WindowFeedTest, keeps_nothing_before_somebody_reads) {
  EXPECT_TRUE(take({1, 2}));
  EXPECT_FALSE(spool_->has_begun());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/live/feed"));
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({2, 3}));
  EXPECT_EQ(read_all(), once(3, 3)) << "what was acknowledged before is not told";
  start();
  EXPECT_TRUE(take({1, 2, 3, 4}));
  EXPECT_EQ(read_all(), once(3, 4));
}

TEST_F(WindowFeedTest, has_a_bucket_once_however_often_it_comes) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1, 2}));
  EXPECT_TRUE(take({1, 2}));
  EXPECT_TRUE(take({2, 2, 3}));
  EXPECT_TRUE(take({1}, 'i', 'c'));
  EXPECT_EQ(read_all(), once(1, 3));
  EXPECT_EQ(read_all('c'), once(1, 1));
  EXPECT_EQ(spool_->last(), 3u) << "a report without news is none";
}

TEST_F(WindowFeedTest, loses_and_doubles_nothing_where_a_death_cuts_the_taking_short) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1}));
  keep("counts", "counts before");
  keep("feed", "feed before");
  EXPECT_TRUE(take({2, 3}));
  keep("counts", "counts after");
  keep("feed", "feed after");
  const std::pair<const char*, const char*> moments[] = {{"feed before", "counts before"},
                                                         {"feed after", "counts before"},
                                                         {"feed after", "counts after"}};
  for (const auto& [feed, counts] : moments) {
    bring_back("feed", feed);
    bring_back("counts", counts);
    start();
    EXPECT_TRUE(take({2, 3})) << "the proxy knows of nothing and sends again";
    EXPECT_EQ(read_all(), once(1, 3)) << feed << ", " << counts;
    EXPECT_EQ(counted(), 6u) << feed << ", " << counts;
    start();
    EXPECT_TRUE(take({1, 2, 3, 4}));
    EXPECT_EQ(read_all(), once(1, 4));
  }
}

TEST_F(WindowFeedTest, loses_and_doubles_nothing_where_a_death_cuts_a_write_short) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1}));
  keep("counts", "counts before");
  const auto file = [&] {
    return std::filesystem::directory_iterator(folder_ + "/live/feed")->path();
  };
  const std::uintmax_t before = std::filesystem::file_size(file());
  EXPECT_TRUE(take({2, 3}));
  keep("feed", "feed after");
  const std::uintmax_t whole = std::filesystem::file_size(file());
  for (std::uintmax_t cut = 1; cut <= whole - before; cut += 7) {
    bring_back("feed", "feed after");
    bring_back("counts", "counts before");
    std::filesystem::resize_file(file(), whole - cut);
    start();
    EXPECT_TRUE(take({2, 3}));
    EXPECT_EQ(read_all(), once(1, 3)) << cut;
    EXPECT_EQ(counted(), 6u) << cut;
  }
}

// Before the bucket comes again, what is in the feed may be acknowledged and forgotten, and the
// controller die once more.
TEST_F(WindowFeedTest, knows_a_bucket_that_a_death_left_uncounted_after_it_was_forgotten) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1}));
  keep("counts", "counts before");
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 2; i <= 30; ++i) many.push_back(i);
  EXPECT_TRUE(take(many));
  bring_back("counts", "counts before");
  start();
  std::uint64_t after = 0;
  EXPECT_EQ(read(after), once(1, 30));
  spool_->acknowledge(after);
  std::uint64_t nothing = 0;
  EXPECT_TRUE(read(nothing).empty()) << "it is forgotten";
  start();
  EXPECT_TRUE(take(many));
  EXPECT_TRUE(read(after).empty());
  EXPECT_EQ(counted(), 465u);
}

TEST_F(WindowFeedTest, adds_nothing_that_its_counts_could_not_be_written_for) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1}));
  std::filesystem::rename(folder_ + "/live/counts", folder_ + "/away");
  EXPECT_FALSE(take({2, 3}));
  EXPECT_FALSE(take({2, 3}));
  EXPECT_EQ(read_all(), once(1, 1));
  std::filesystem::rename(folder_ + "/away", folder_ + "/live/counts");
  window_->look(now());
  start();
  EXPECT_EQ(counted(), 6u) << "counted and written, by the look";
  EXPECT_TRUE(take({3}));
  EXPECT_TRUE(take({2, 3, 4}));
  EXPECT_EQ(read_all(), once(1, 4));
  EXPECT_EQ(counted(), 10u);
}

TEST_F(WindowFeedTest, counts_and_does_not_acknowledge_what_the_feed_has_no_room_for) {
  limits_.total = 4000;
  start();
  ASSERT_TRUE(window_->begin_feed());
  std::uint64_t taken = 0;
  while (take({taken + 1})) ++taken;
  ASSERT_GT(taken, 3u);
  EXPECT_FALSE(take({taken + 1, taken + 2}));
  const std::uint64_t all = (taken + 2) * (taken + 3) / 2;
  EXPECT_EQ(counted(), all) << "seen by who reads the window";
  EXPECT_EQ(read_all(), once(1, taken));
  start();
  EXPECT_EQ(counted(), all) << "and kept";
  EXPECT_FALSE(take({taken + 2})) << "not acknowledged by one who only knows that it is counted";
  std::uint64_t after = 0;
  Buckets got = read(after);
  spool_->acknowledge(after);
  EXPECT_TRUE(take({taken + 2}));
  EXPECT_TRUE(take({taken + 1, taken + 2, taken + 3}));
  got.merge(read(after));
  EXPECT_EQ(got, once(1, taken + 3));
  EXPECT_EQ(counted(), all + taken + 3);
  EXPECT_NE(logged().find("cannot be kept for who"), std::string::npos);
  EXPECT_NE(logged().find("are kept for who reads the feed again"), std::string::npos);
}

TEST_F(WindowFeedTest, survives_the_loss_of_its_counts_with_what_it_had_fed) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_TRUE(take({1}));
  EXPECT_TRUE(take({2}));
  std::filesystem::remove_all(folder_ + "/live/counts");
  start();
  EXPECT_EQ(read_all(), once(1, 2));
  EXPECT_TRUE(take({2, 3})) << "the answer to the last report may not have arrived";
  EXPECT_EQ(read_all(), once(1, 3));
}

TEST_F(WindowFeedTest, is_exact_over_deaths_at_random) {
  limits_.segment = 3000;
  start();
  std::mt19937 random(7);
  ASSERT_TRUE(window_->begin_feed());
  std::uint64_t acknowledged = 0;  // to the proxy
  std::uint64_t sent = 0;
  std::uint64_t after = 0;  // what the reader has
  Buckets got;
  for (int round = 0; round < 300; ++round) {
    keep("counts", "counts");
    keep("feed", "feed");
    std::vector<std::uint64_t> sequences;
    sent = std::max(sent, acknowledged + 1 + random() % 3);
    for (std::uint64_t i = acknowledged + 1; i <= sent; ++i) sequences.push_back(i);
    ASSERT_TRUE(take(sequences));
    switch (random() % 5) {
      case 0:  // before anything was written
        bring_back("counts", "counts");
        bring_back("feed", "feed");
        start();
        break;
      case 1:  // between the feed and the counts
        bring_back("counts", "counts");
        start();
        break;
      case 2:  // before the answer
        start();
        break;
      default: acknowledged = sent; break;
    }
    if (random() % 3 == 0) {
      for (const auto& [sequence, times] : read(after)) got[sequence] += times;
      spool_->acknowledge(after);
    }
    clock_.advance(seconds(10));
  }
  for (std::uint64_t i = acknowledged + 1; i <= sent; ++i) ASSERT_TRUE(take({i}));
  for (const auto& [sequence, times] : read(after)) got[sequence] += times;
  EXPECT_EQ(got, once(1, sent));
  EXPECT_EQ(counted(), sent * (sent + 1) / 2);
}

TEST_F(WindowFeedTest, dates_buckets_of_a_clock_that_is_off_by_ours) {
  ASSERT_TRUE(window_->begin_feed());
  const WallTime theirs = now() - std::chrono::hours(3);
  auto request = testing::make_report();
  testing::add_bucket(request, 1, theirs - seconds(10), 1);
  request.mutable_sent_at()->set_seconds(
      std::chrono::floor<seconds>(theirs).time_since_epoch().count());
  ASSERT_TRUE(take(request));
  const auto report = FeedSpool::Reader(*spool_, 0).next();
  ASSERT_TRUE(report);
  EXPECT_EQ(*telemetry::read_time(report->buckets(0).start()), now() - seconds(10));
  EXPECT_EQ(*telemetry::read_time(report->received_at()), now());
}

// Dive would refuse it, and the controller has acknowledged it.
TEST_F(WindowFeedTest, tells_of_no_bucket_that_began_when_there_is_no_time) {
  ASSERT_TRUE(window_->begin_feed());
  auto request = testing::make_report();
  testing::add_bucket(request, 1, WallTime(seconds(1000)), 1);
  testing::add_bucket(request, 2, WallTime(seconds(4'000'000'000)), 1);
  request.mutable_sent_at()->set_seconds(4'000'000'000);
  ASSERT_TRUE(take(request));
  request.mutable_buckets(0)->set_sequence(3);
  request.mutable_buckets(1)->set_sequence(4);
  request.mutable_sent_at()->set_seconds(1);
  ASSERT_TRUE(take(request));
  FeedSpool::Reader reader(*spool_, 0);
  for (int i = 0; i < 2; ++i) {
    const auto report = reader.next();
    ASSERT_TRUE(report);
    for (const auto& bucket : report->buckets()) {
      EXPECT_TRUE(telemetry::read_time(bucket.start())) << "bucket " << bucket.sequence();
    }
  }
}

// -- until when all have told

TEST_F(WindowFeedTest, is_complete_where_the_slowest_proxy_has_told) {
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_EQ(window_->complete_until(now()), std::nullopt) << "who ran before may have more to tell";
  clock_.advance(seconds(30));
  EXPECT_EQ(window_->complete_until(now()), now() - seconds(2))
      << "who is silent is not waited for";
  EXPECT_TRUE(take({1}));
  const WallTime first = now();
  clock_.advance(seconds(10));
  EXPECT_EQ(window_->complete_until(now()), first);
  EXPECT_TRUE(take({2}));
  EXPECT_EQ(window_->complete_until(now()), first) << "others may be under way";
  clock_.advance(seconds(2));
  EXPECT_EQ(window_->complete_until(now()), first + seconds(10));
}

TEST_F(WindowFeedTest, is_not_complete_while_something_is_not_fed) {
  limits_.total = 1500;
  start();
  ASSERT_TRUE(window_->begin_feed());
  clock_.advance(seconds(30));
  std::uint64_t taken = 0;
  while (take({taken + 1})) ++taken;
  clock_.advance(seconds(3));
  EXPECT_EQ(window_->complete_until(now()), std::nullopt);
  std::uint64_t after = 0;
  read(after);
  spool_->acknowledge(after);
  EXPECT_TRUE(take({taken + 1}));
  clock_.advance(seconds(3));
  EXPECT_TRUE(window_->complete_until(now()));
}

TEST_F(WindowFeedTest, waits_for_a_proxy_that_has_just_started) {
  shop_.replace(R"({"cluster": "test", "workloads": [], "services": []})");
  start();
  ASSERT_TRUE(window_->begin_feed());
  clock_.advance(minutes(1));
  EXPECT_EQ(window_->complete_until(now()), now() - seconds(2));
  shop_.replace(testing::kShop);
  window_->look(now());
  const WallTime joined = now();
  clock_.advance(seconds(15));
  EXPECT_EQ(window_->complete_until(now()), joined);
  clock_.advance(seconds(15));
  EXPECT_EQ(window_->complete_until(now()), now() - seconds(2));
}

}  // namespace
}  // namespace seine::control
