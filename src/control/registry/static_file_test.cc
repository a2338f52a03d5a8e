// SPDX-License-Identifier: Apache-2.0
#include "control/registry/static_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::seconds;

constexpr char kOneWorkload[] = R"({"workloads": [{"namespace": "shop", "name": "web"}]})";
constexpr char kTwoWorkloads[] =
    R"({"workloads": [{"namespace": "shop", "name": "web"},
                      {"namespace": "shop", "name": "api"}]})";

int count_of(std::string_view word, std::string_view text) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

class CountingWaker final : public runtime::Wakeable {
 public:
  void on_wake() override { ++count; }
  int count = 0;
};

class StaticFileTest : public testing::Test {
 protected:
  ~StaticFileTest() override { ::close(log_fd_); }

  // As an editor does that writes a new file over the old one.
  void write(std::string_view text) {
    std::filesystem::remove(path_);
    ASSERT_TRUE(create_file(path_, text, 0600));
  }
  std::string logged() const { return read_file(folder_ + "/log", 1 << 20).value(); }

  const TemporaryFolder temporary_ = TemporaryFolder::make("registry").value();
  const std::string& folder_ = temporary_.path();
  const std::string path_ = folder_ + "/workloads.json";
  const int log_fd_ = ::open((folder_ + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  runtime::testing::TestLoop t_;
  Log log_{t_.clock, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
};

TEST_F(StaticFileTest, serves_what_the_file_says_and_follows_it) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  EXPECT_EQ(file->current()->workloads().size(), 1u);
  CountingWaker waker;
  ChangeNotifier::Watch watch;
  file->changes().arm(watch, waker);
  write(kTwoWorkloads);
  t_.advance(seconds(2));
  EXPECT_EQ(file->current()->workloads().size(), 2u);
  EXPECT_EQ(waker.count, 1);
}

TEST_F(StaticFileTest, keeps_the_old_when_the_new_is_bad_and_says_so_once) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  write("{");
  t_.advance(seconds(10), seconds(1));
  EXPECT_EQ(file->current()->workloads().size(), 1u);
  EXPECT_TRUE(file->stale());
  const std::string log = logged();
  const std::size_t first = log.find("cannot be used");
  EXPECT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("cannot be used", first + 1), std::string::npos) << log;
  write(kTwoWorkloads);
  t_.advance(seconds(2));
  EXPECT_EQ(file->current()->workloads().size(), 2u);
  EXPECT_FALSE(file->stale());
}

TEST_F(StaticFileTest, wakes_nobody_when_only_the_spelling_changed) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  CountingWaker waker;
  ChangeNotifier::Watch watch;
  file->changes().arm(watch, waker);
  write(std::string(kOneWorkload) + "\n\n");
  t_.advance(seconds(2));
  EXPECT_EQ(waker.count, 0);
}

TEST_F(StaticFileTest, says_nothing_of_a_file_that_is_away_at_one_look) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  std::filesystem::remove(path_);
  t_.advance(seconds(2), seconds(1));
  EXPECT_FALSE(file->stale());
  write(kTwoWorkloads);
  t_.advance(seconds(2), seconds(1));
  EXPECT_EQ(file->current()->workloads().size(), 2u);
  EXPECT_EQ(logged().find("away"), std::string::npos) << logged();
  EXPECT_EQ(logged().find("back"), std::string::npos) << logged();
}

TEST_F(StaticFileTest,
       keeps_the_old_when_the_file_stays_away_and_says_so_once_and_when_it_is_back) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  for (const std::string_view text : {kOneWorkload, kTwoWorkloads}) {
    const std::size_t before = logged().size();
    std::filesystem::remove(path_);
    t_.advance(seconds(20), seconds(1));
    EXPECT_EQ(file->current()->workloads().size(), 1u);
    EXPECT_TRUE(file->stale());
    write(text);
    t_.advance(seconds(4), seconds(1));
    EXPECT_FALSE(file->stale());
    const std::string log = logged().substr(before);
    EXPECT_EQ(count_of("is away", log), 1) << log;
    EXPECT_EQ(count_of("cannot be looked at", log), 1) << log;
    EXPECT_EQ(count_of("ENOENT", log), 1) << log;
    EXPECT_EQ(count_of("is back", log), 1) << log;
  }
  EXPECT_EQ(file->current()->workloads().size(), 2u);
}

TEST_F(StaticFileTest, reads_a_file_again_that_was_moved_away_and_back_unchanged) {
  write(kOneWorkload);
  const auto file = StaticFile::open(t_.loop, log_, path_).value();
  std::filesystem::rename(path_, path_ + ".old");
  t_.advance(seconds(10), seconds(1));
  EXPECT_TRUE(file->stale());
  std::filesystem::rename(path_ + ".old", path_);
  t_.advance(seconds(2), seconds(1));
  EXPECT_FALSE(file->stale());
  EXPECT_EQ(count_of("is back", logged()), 1) << logged();
}

TEST_F(StaticFileTest, names_the_path_of_a_file_it_cannot_start_with) {
  const auto missing = StaticFile::open(t_.loop, log_, path_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(missing.error().message.find(path_), std::string::npos);
  write("[]");
  EXPECT_NE(StaticFile::open(t_.loop, log_, path_).error().message.find(path_), std::string::npos);
}

}  // namespace
}  // namespace seine::control
