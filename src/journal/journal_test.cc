// SPDX-License-Identifier: Apache-2.0
#include "journal/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "base/time.h"
#include "journal/segment.h"

namespace seine::journal {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  ~JournalTest() override { ::close(log_fd_); }

  // As after a kill: nothing is told that it ends.
  Journal& start() {
    journal_.reset();
    auto opened = Journal::open(folder_ + "/journal", limits_, log_);
    EXPECT_TRUE(opened) << opened.error().to_string();
    journal_ = *std::move(opened);
    return *journal_;
  }
  Journal& start_anew() {
    start();
    EXPECT_TRUE(journal_->begin("note"));
    return *journal_;
  }
  // Of 32 octets each, header included.
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      const auto done = journal_->append(text_of(journal_->next()));
      ASSERT_TRUE(done) << done.error().to_string();
    }
  }
  static std::string text_of(std::uint64_t position) {
    std::string text = std::to_string(position);
    return std::string(24 - text.size(), '.') + text;
  }
  std::vector<std::uint64_t> read(std::uint64_t from = 1) {
    std::vector<std::uint64_t> out;
    Cursor cursor(*journal_, from);
    for (;;) {
      const auto entry = cursor.next();
      if (entry && !*entry) return out;
      if (!entry) {
        out.push_back(0);
        continue;
      }
      EXPECT_EQ((*entry)->content, text_of((*entry)->position));
      out.push_back((*entry)->position);
    }
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/journal")) {
      out.push_back(entry.path().string());
    }
    std::ranges::sort(out);
    return out;
  }
  static void change(const std::string& path, std::size_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const int was = file.get();
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(was ^ 1));
  }
  static std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t i = first; i <= last; ++i) out.push_back(i);
    return out;
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("journal").value();
  const std::string& folder_ = temporary_.path();
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ManualClock clock_;
  const Log log_{clock_, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  Limits limits_{.record = 100, .segment = 160, .total = 1000};
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalTest, has_nothing_until_it_is_begun) {
  const Journal& journal = start();
  EXPECT_FALSE(journal.has_begun());
  EXPECT_EQ(journal.next(), 1u);
  start_anew();
  EXPECT_TRUE(journal_->has_begun());
  EXPECT_EQ(journal_->note(), "note");
  EXPECT_TRUE(read().empty());
}

TEST_F(JournalTest, gives_back_what_was_appended_after_any_death) {
  start_anew();
  append(12);
  EXPECT_EQ(read(), range(1, 12));
  EXPECT_GT(files().size(), 2u);
  start();
  EXPECT_EQ(journal_->note(), "note");
  EXPECT_EQ(journal_->next(), 13u);
  append(1);
  EXPECT_EQ(read(), range(1, 13));
  EXPECT_EQ(read(8), range(8, 13));
  EXPECT_EQ(read(14), range(1, 0));
}

TEST_F(JournalTest, forgets_whole_segments_and_keeps_counting) {
  start_anew();
  append(12);
  const std::size_t before = files().size();
  journal_->forget(3);
  EXPECT_EQ(files().size(), before) << "the first segment has four records, so one is left in it";
  journal_->forget(5);
  EXPECT_EQ(files().size(), before - 1);
  const std::uint64_t first = journal_->first();
  EXPECT_EQ(read(), range(first, 12));
  journal_->forget(1'000'000);
  EXPECT_EQ(journal_->first(), 13u);
  EXPECT_EQ(files().size(), 1u);
  start();
  EXPECT_EQ(journal_->next(), 13u);
  append(1);
  EXPECT_EQ(read(), range(13, 13));
}

TEST_F(JournalTest, refuses_what_it_has_no_room_for) {
  limits_.total = 400;
  start_anew();
  while (journal_->has_room(24)) append(1);
  const std::uint64_t next = journal_->next();
  EXPECT_EQ(journal_->append(text_of(next)).error().code, ErrorCode::kLimit);
  EXPECT_EQ(read(), range(1, next - 1));
  EXPECT_LE(journal_->octets(), 400u);
  journal_->forget(5);
  append(1);
  EXPECT_EQ(journal_->append(std::string(101, 'x')).error().code, ErrorCode::kLimit);
}

TEST_F(JournalTest, takes_an_append_back) {
  start_anew();
  append(3);
  const std::size_t octets = journal_->octets();
  ASSERT_TRUE(journal_->append("another"));
  journal_->undo();
  EXPECT_EQ(journal_->octets(), octets);
  EXPECT_EQ(read(), range(1, 3));
  append(1);
  start();
  EXPECT_EQ(read(), range(1, 4));
}

TEST_F(JournalTest, knows_a_record_that_was_taken_back_and_could_not_be_cut_off) {
  start_anew();
  append(3);
  // The next segment begins where the one before still has a record.
  const std::string path = folder_ + "/journal/00000000000000000003.seg";
  std::ofstream(path, std::ios::binary)
      << encode_header({.first = 3, .note = "note"}) << encode_record(3, text_of(3))
      << encode_record(4, text_of(4));
  start();
  EXPECT_EQ(read(), range(1, 4));
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(JournalTest, drops_the_oldest_segment_and_says_how_much_that_was) {
  start_anew();
  append(12);
  const std::uint64_t dropped = journal_->drop_oldest();
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(read(), range(dropped + 1, 12));
  std::uint64_t all = dropped;
  while (const std::uint64_t more = journal_->drop_oldest()) all += more;
  EXPECT_EQ(all, 12u);
  append(1);
  EXPECT_EQ(read(), range(13, 13));
}

TEST_F(JournalTest, keeps_the_note_that_was_set_when_a_segment_began) {
  start_anew();
  for (int i = 0; i < 12; ++i) {
    journal_->set_note("before " + std::to_string(journal_->next()));
    append(1);
  }
  start();
  Cursor cursor(*journal_, journal_->next() - 1);
  const auto last = cursor.next();
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->note, journal_->note());
  EXPECT_TRUE(journal_->note().starts_with("before "));
}

TEST_F(JournalTest, cuts_off_a_record_that_was_being_written) {
  for (std::size_t cut = 1; cut < 32; ++cut) {
    std::filesystem::remove_all(folder_ + "/journal");
    start_anew();
    append(2);
    const std::string path = files().back();
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - cut);
    start();
    EXPECT_EQ(read(), range(1, 1)) << cut;
    EXPECT_FALSE(journal_->has_lost_its_end());
    append(1);
    EXPECT_EQ(read(), range(1, 2)) << cut;
  }
}

TEST_F(JournalTest, moves_a_damaged_segment_aside_and_keeps_what_is_whole) {
  start_anew();
  append(12);
  const std::string path = files()[1];
  change(path, std::filesystem::file_size(path) - 1);
  start();
  EXPECT_FALSE(journal_->has_lost_its_end());
  const std::vector<std::uint64_t> left = read();
  EXPECT_EQ(left.size(), 11u) << "one record is lost, and said";
  EXPECT_EQ(left.back(), 12u);
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
  EXPECT_NE(read_file(folder_ + "/log", 1 << 20)->find("damaged"), std::string::npos);
}

TEST_F(JournalTest, says_that_its_end_is_lost) {
  for (const bool is_header : {false, true}) {
    std::filesystem::remove_all(folder_ + "/journal");
    start_anew();
    append(10);
    change(files().back(), is_header ? 9 : std::filesystem::file_size(files().back()) - 1);
    start();
    EXPECT_TRUE(journal_->has_lost_its_end());
    const std::uint64_t next = journal_->next();
    EXPECT_LT(next, 11u);
    ASSERT_TRUE(journal_->begin("another"));
    EXPECT_FALSE(journal_->has_lost_its_end());
    append(1);
    EXPECT_EQ(read(), range(1, next));
    start();
    EXPECT_EQ(journal_->note(), "another");
    EXPECT_FALSE(journal_->has_lost_its_end());
  }
}

TEST_F(JournalTest, passes_over_what_rots_while_it_runs) {
  start_anew();
  append(12);
  change(files()[0], 40);
  const std::vector<std::uint64_t> left = read();
  ASSERT_GT(left.size(), 2u);
  EXPECT_EQ(left[0], 0u) << "an error, once";
  EXPECT_EQ(left.back(), 12u);
}

TEST_F(JournalTest, leaves_a_cursor_of_forgotten_records_at_the_first_that_is_there) {
  start_anew();
  append(12);
  Cursor cursor(*journal_, 1);
  EXPECT_EQ((*cursor.next())->position, 1u);
  journal_->forget(8);
  EXPECT_EQ((*cursor.next())->position, journal_->first());
  journal_->forget(12);
  EXPECT_FALSE(*cursor.next());
  append(1);
  EXPECT_EQ((*cursor.next())->position, 13u);
}

TEST_F(JournalTest, loses_nothing_of_a_writer_that_is_killed_at_random) {
  limits_ = {.record = 100, .segment = 1000, .total = 100'000'000};
  start_anew();
  std::mt19937 random(1);
  std::uint64_t told = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto journal = Journal::open(folder_ + "/journal", limits_, log_);
      if (!journal) ::_exit(1);
      for (;;) {
        const std::uint64_t next = (*journal)->next();
        if (!(*journal)->append(text_of(next))) ::_exit(1);
        if (::write(ends[1], &next, sizeof next) != sizeof next) ::_exit(1);
      }
    }
    ::close(ends[1]);
    std::uint64_t position = 0;
    const unsigned until = random() % 200;
    for (unsigned i = 0; i < until && ::read(ends[0], &position, sizeof position) > 0; ++i) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &position, sizeof position) == sizeof position) {
    }
    ::close(ends[0]);
    told = std::max(told, position);
    start();
    EXPECT_GE(journal_->next(), told + 1);
    EXPECT_LE(journal_->next(), told + 2) << "one more may have been written and not told";
    EXPECT_EQ(read(), range(1, journal_->next() - 1));
  }
  EXPECT_GT(told, 0u);
}

}  // namespace
}  // namespace seine::journal
