// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/outbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/temporary_folder.h"
#include "dive/agent/wire_time.h"

namespace seine::dive {
namespace {

namespace wire = ::dive::v1;

class OutboxTest : public ::testing::Test {
 protected:
  // As after a kill: nothing is told that it ends.
  Outbox& start() {
    outbox_.reset();
    outbox_ = Outbox::open(folder_ + "/outbox", limits_, log_).value();
    return *outbox_;
  }
  std::uint64_t put(const std::string& summary, std::optional<FeedPosition> source = std::nullopt) {
    wire::AddEventRequest request;
    request.mutable_event()->set_summary(summary);
    const auto put = outbox_->put(request, source);
    EXPECT_TRUE(put) << put.error().to_string();
    return put.value_or(0);
  }
  // As Dive gets them.
  std::vector<wire::AddEventRequest> read() {
    std::vector<wire::AddEventRequest> out;
    Outbox::Reader reader(*outbox_);
    while (const auto entry = reader.next()) {
      EXPECT_TRUE(out.emplace_back().ParseFromString(with_envelope(*entry, clock_.wall_now())));
    }
    return out;
  }
  std::vector<std::uint64_t> sequences() {
    std::vector<std::uint64_t> out;
    for (const auto& request : read()) out.push_back(request.envelope().sequence());
    return out;
  }
  std::string newest_file() const {
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/outbox")) {
      newest = std::max(newest, entry.path().string());
    }
    return newest;
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("outbox").value();
  const std::string& folder_ = temporary_.path();
  ManualClock clock_;
  const Log log_{clock_, -1, LogLevel::kError, LogFormat::kPlain};
  journal::Limits limits_{.record = 500, .segment = 300, .total = 2000};
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, gives_each_message_an_envelope_that_is_the_same_the_next_time) {
  start();
  put("one");
  put("two");
  const auto before = read();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[0].event().summary(), "one");
  EXPECT_EQ(before[0].envelope().epoch().size(), 16u);
  EXPECT_EQ(before[1].envelope().sequence(), 2u);
  EXPECT_EQ(decode_time(before[1].envelope().sent_at()), clock_.wall_now());
  clock_.advance(std::chrono::seconds(5));
  start();
  put("three");
  const auto after = read();
  ASSERT_EQ(after.size(), 3u);
  EXPECT_EQ(after[1].envelope().epoch(), before[1].envelope().epoch());
  EXPECT_EQ(after[1].envelope().sequence(), 2u);
  EXPECT_EQ(decode_time(after[0].envelope().sent_at()), clock_.wall_now())
      << "when it is sent, not when it was put in";
}

TEST_F(OutboxTest, forgets_what_is_acknowledged_and_counts_on) {
  start();
  for (int i = 0; i < 10; ++i) put("event");
  outbox_->acknowledge(4);
  EXPECT_EQ(outbox_->waiting(), 6u);
  EXPECT_EQ(sequences(), (std::vector<std::uint64_t>{5, 6, 7, 8, 9, 10}));
  outbox_->acknowledge(2);
  EXPECT_EQ(outbox_->waiting(), 6u);
  outbox_->acknowledge(10);
  EXPECT_TRUE(read().empty());
  put("event");
  EXPECT_EQ(sequences(), std::vector<std::uint64_t>{11});
}

TEST_F(OutboxTest, knows_how_far_its_source_was_read_over_any_death) {
  start();
  EXPECT_EQ(outbox_->source(), FeedPosition());
  for (std::uint64_t i = 1; i <= 20; ++i) {
    put("counts", FeedPosition{.feed = "feed", .position = i * 10});
    start();
    EXPECT_EQ(outbox_->source(), (FeedPosition{.feed = "feed", .position = i * 10}));
    outbox_->acknowledge(i);
    start();
    EXPECT_EQ(outbox_->source(), (FeedPosition{.feed = "feed", .position = i * 10})) << i;
  }
}

TEST_F(OutboxTest, has_a_message_and_its_position_or_neither) {
  start();
  put("counts", FeedPosition{.feed = "feed", .position = 1});
  put("counts", FeedPosition{.feed = "feed", .position = 2});
  std::filesystem::resize_file(newest_file(), std::filesystem::file_size(newest_file()) - 1);
  start();
  EXPECT_EQ(read().size(), 1u);
  EXPECT_EQ(outbox_->source().position, 1u);
}

TEST_F(OutboxTest, drops_the_oldest_and_says_so_with_the_next) {
  start();
  std::uint64_t dropped = 0;
  int messages = 0;
  while (dropped == 0) {
    dropped = put(std::string(100, 'x'));
    ++messages;
  }
  const auto left = read();
  EXPECT_EQ(left.size() + dropped, static_cast<std::size_t>(messages));
  EXPECT_EQ(left.front().envelope().sequence(), dropped + 1);
  EXPECT_EQ(left.back().envelope().dropped(), dropped);
  EXPECT_EQ(left.back().envelope().sequence(), static_cast<std::uint64_t>(messages));
  EXPECT_EQ(outbox_->dropped(), dropped);
  EXPECT_LE(outbox_->octets(), limits_.total);
}

TEST_F(OutboxTest, drops_nothing_that_is_acknowledged) {
  start();
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(put(std::string(100, 'x')), 0u);
    outbox_->acknowledge(outbox_->last());
  }
}

TEST_F(OutboxTest, refuses_a_message_that_is_too_long) {
  start();
  wire::AddEventRequest request;
  request.mutable_event()->set_summary(std::string(600, 'x'));
  EXPECT_EQ(outbox_->put(request).error().code, ErrorCode::kLimit);
  put("short");
  EXPECT_EQ(sequences(), std::vector<std::uint64_t>{1});
}

TEST_F(OutboxTest, begins_an_epoch_at_each_start_and_keeps_what_is_left) {
  start();
  put("before");
  put("before");
  start();
  put("after");
  const auto messages = read();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].envelope().sequence(), 2u);
  EXPECT_NE(messages[2].envelope().epoch(), messages[1].envelope().epoch());
  EXPECT_EQ(messages[2].envelope().sequence(), 1u);
  start();
  const auto again = read();
  ASSERT_EQ(again.size(), 3u);
  EXPECT_EQ(again[2].envelope().epoch(), messages[2].envelope().epoch());
  EXPECT_EQ(again[2].envelope().sequence(), 1u);
}

// An old copy knows sequences that stand for other messages by now.
TEST_F(OutboxTest, gives_nothing_a_number_that_it_had_given_after_it_was_copied) {
  start();
  put("one");
  std::filesystem::copy(folder_ + "/outbox", folder_ + "/copy");
  put("two");
  const auto before = read();
  outbox_.reset();
  std::filesystem::remove_all(folder_ + "/outbox");
  std::filesystem::rename(folder_ + "/copy", folder_ + "/outbox");
  start();
  put("another two");
  const auto after = read();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].envelope().epoch(), before[0].envelope().epoch()) << "it is the same one";
  EXPECT_NE(after[1].envelope().epoch(), before[1].envelope().epoch());
}

TEST_F(OutboxTest, tells_what_is_left_where_nothing_can_be_written) {
  start();
  put("left");
  const std::string in_the_way = folder_ + "/outbox/00000000000000000002.seg.tmp";
  std::filesystem::create_directory(in_the_way);
  start();
  EXPECT_EQ(outbox_->put(wire::AddEventRequest()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(read().size(), 1u);
  std::filesystem::remove(in_the_way);
  put("more");
  EXPECT_EQ(sequences(), (std::vector<std::uint64_t>{1, 1}));
}

TEST_F(OutboxTest, keeps_no_file_of_a_start_that_told_nothing) {
  start();
  put("once");
  for (int i = 0; i < 20; ++i) start();
  const auto files = std::filesystem::directory_iterator(folder_ + "/outbox");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(OutboxTest, begins_an_epoch_where_its_end_is_damaged) {
  start();
  put("one");
  put("two");
  {
    const int fd = ::open(newest_file().c_str(), O_WRONLY | O_CLOEXEC);
    const auto size = static_cast<off_t>(std::filesystem::file_size(newest_file()));
    ASSERT_EQ(::pwrite(fd, "rot", 3, size - 3), 3);
    ::close(fd);
  }
  start();
  put("three");
  const auto messages = read();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].event().summary(), "one");
  EXPECT_EQ(messages[1].event().summary(), "three");
  EXPECT_EQ(messages[1].envelope().sequence(), 1u);
  EXPECT_NE(messages[1].envelope().epoch(), messages[0].envelope().epoch());
}

}  // namespace
}  // namespace seine::dive
