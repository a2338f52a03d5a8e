// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/feed_spool.h"

#include "control/testing/feed_fixture.h"

namespace seine::control {
namespace {

class FeedSpoolTest : public testing::FeedFixture {
 protected:
  std::vector<std::uint64_t> positions() {
    std::vector<std::uint64_t> out;
    FeedSpool::Reader reader(*spool_, 0);
    while (const auto report = reader.next()) out.push_back(report->position());
    return out;
  }
  std::string newest_file() const {
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/live/feed")) {
      newest = std::max(newest, entry.path().string());
    }
    return newest;
  }
};

TEST_F(FeedSpoolTest, is_the_same_feed_after_a_death_of_the_controller) {
  ASSERT_TRUE(window_->begin_feed());
  const std::string id = spool_->id();
  EXPECT_EQ(id.size(), 16u);
  EXPECT_TRUE(take({1}));
  start();
  EXPECT_EQ(spool_->id(), id);
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_EQ(spool_->id(), id) << "another reader begins nothing anew";
  EXPECT_EQ(positions(), std::vector<std::uint64_t>{1});
}

TEST_F(FeedSpoolTest, is_another_feed_after_a_death_of_the_machine) {
  ASSERT_TRUE(window_->begin_feed());
  const std::string id = spool_->id();
  EXPECT_TRUE(take({1}));
  machine_ = "the next life";
  start();
  EXPECT_TRUE(spool_->has_begun());
  EXPECT_TRUE(take({2})) << "it is kept, whether the reader has come again or not";
  EXPECT_NE(spool_->id(), id);
  EXPECT_EQ(positions(), (std::vector<std::uint64_t>{1, 2})) << "what is left is told again";
}

TEST_F(FeedSpoolTest, is_another_feed_where_its_end_is_damaged) {
  ASSERT_TRUE(window_->begin_feed());
  const std::string id = spool_->id();
  EXPECT_TRUE(take({1}));
  EXPECT_TRUE(take({2}));
  std::filesystem::permissions(newest_file(), std::filesystem::perms::owner_all);
  {
    const int fd = ::open(newest_file().c_str(), O_WRONLY | O_CLOEXEC);
    const auto size = static_cast<off_t>(std::filesystem::file_size(newest_file()));
    ASSERT_EQ(::pwrite(fd, "rot", 3, size - 3), 3);
    ::close(fd);
  }
  start();
  EXPECT_TRUE(spool_->has_begun());
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_NE(spool_->id(), id);
  EXPECT_NE(logged().find("damaged"), std::string::npos);
  EXPECT_EQ(positions(), std::vector<std::uint64_t>{1});
}

TEST_F(FeedSpoolTest, tells_how_much_it_keeps_and_since_when) {
  EXPECT_TRUE(scraped("seine_feed_bytes 0"));
  ASSERT_TRUE(window_->begin_feed());
  EXPECT_FALSE(scraped("seine_feed_bytes 0"));
  EXPECT_TRUE(scraped("seine_feed_oldest_timestamp_seconds 0"));
  EXPECT_TRUE(take({1}));
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(take({2}));
  EXPECT_TRUE(scraped("seine_feed_unread_reports 2"));
  EXPECT_TRUE(scraped("seine_feed_oldest_timestamp_seconds 1767225600"));
  spool_->acknowledge(1);
  EXPECT_TRUE(scraped("seine_feed_unread_reports 1"));
  EXPECT_TRUE(scraped("seine_feed_oldest_timestamp_seconds 1767225610"));
  spool_->acknowledge(2);
  EXPECT_TRUE(scraped("seine_feed_unread_reports 0"));
  EXPECT_TRUE(scraped("seine_feed_oldest_timestamp_seconds 0"));
}

}  // namespace
}  // namespace seine::control
