// SPDX-License-Identifier: Apache-2.0
#include "netns/sweep.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gtest/gtest.h"

#include "base/temporary_folder.h"

namespace seine::netns {
namespace {

class SweepTest : public ::testing::Test {
 protected:
  std::vector<std::string> sweep() {
    return sweep_folders(parent_, [](const std::string&) { return true; });
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("sweep").value();
  const std::string& parent_ = temporary_.path();
};

TEST_F(SweepTest, a_folder_of_a_living_process_stays) {
  auto folder = OwnedFolder::make(parent_ + "/web-1");
  ASSERT_TRUE(folder);
  struct stat info{};
  ASSERT_EQ(stat(folder->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_TRUE(sweep().empty());
  EXPECT_TRUE(std::filesystem::exists(folder->path()));
  folder->remove();
  EXPECT_FALSE(std::filesystem::exists(parent_ + "/web-1"));
}

TEST_F(SweepTest, what_a_kill_9_left_is_found_and_removed_with_all_in_it) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto folder = OwnedFolder::make(parent_ + "/web-2");
    std::ofstream(parent_ + "/web-2/ledger") << "counts";
    if (write(ends[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);
  EXPECT_TRUE(sweep().empty());
  kill(owner, SIGKILL);
  ASSERT_EQ(waitpid(owner, nullptr, 0), owner);
  std::string seen;
  const auto removed = sweep_folders(parent_, [&](const std::string& path) {
    std::ifstream(path + "/ledger") >> seen;
    return true;
  });
  EXPECT_EQ(removed, std::vector<std::string>{"web-2"});
  EXPECT_EQ(seen, "counts");
  EXPECT_FALSE(std::filesystem::exists(parent_ + "/web-2"));
}

TEST_F(SweepTest, a_folder_whose_rest_could_not_be_delivered_waits_for_the_next_sweep) {
  {
    ASSERT_TRUE(OwnedFolder::make(parent_ + "/web-3"));
  }
  EXPECT_TRUE(sweep_folders(parent_, [](const std::string&) { return false; }).empty());
  EXPECT_EQ(sweep(), std::vector<std::string>{"web-3"});
}

TEST_F(SweepTest, a_name_that_is_there_is_refused) {
  const auto first = OwnedFolder::make(parent_ + "/web-4");
  EXPECT_EQ(OwnedFolder::make(parent_ + "/web-4").error().code, ErrorCode::kInvalidConfig);
  EXPECT_NE(OwnedFolder::make(parent_ + "/none/web").error().message.find("/none/web"),
            std::string::npos);
}

TEST_F(SweepTest, files_links_and_a_missing_parent_are_passed_over) {
  std::ofstream(parent_ + "/file") << "x";
  std::filesystem::create_directory_symlink("/tmp", parent_ + "/link");
  EXPECT_TRUE(sweep().empty());
  EXPECT_TRUE(std::filesystem::exists(parent_ + "/file"));
  EXPECT_TRUE(sweep_folders(parent_ + "/none", [](const std::string&) { return true; }).empty());
}

// Found when several programs joined a mesh at once, each of which sweeps first.
TEST_F(SweepTest, a_folder_can_be_made_while_others_sweep_all_the_time) {
  std::atomic<bool> over = false;
  const auto sweep_on = [&] {
    while (!over) (void)sweep();
  };
  std::thread sweepers[] = {std::thread(sweep_on), std::thread(sweep_on), std::thread(sweep_on)};
  for (int i = 0; i < 2000; ++i) {
    auto folder = OwnedFolder::make(parent_ + "/web-" + std::to_string(i));
    EXPECT_TRUE(folder) << folder.error().to_string();
    if (folder) folder->remove();
  }
  over = true;
  for (std::thread& sweeper : sweepers) sweeper.join();
}

}  // namespace
}  // namespace seine::netns
