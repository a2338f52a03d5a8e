// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/work_folder.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace seine::cli {
namespace {

namespace fs = std::filesystem;

class WorkFolders : public ::testing::Test {
 protected:
  WorkFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
  ~WorkFolders() override { ::unsetenv("TMPDIR"); }
  void sweep() const { sweep_work_folders(parent_.path()); }
  std::string in(const std::string& name) const { return parent_.path() + "/" + name; }
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator()));
  }

 private:
  const TemporaryFolder parent_ = TemporaryFolder::make("work-test").value();
};

TEST_F(WorkFolders, are_gone_with_their_demo) {
  {
    const auto work = WorkFolder::make().value();
    std::ofstream(work.path() + "/log") << "something";
    sweep();
    EXPECT_TRUE(fs::exists(work.path() + "/log")) << "its demo lives";
  }
  EXPECT_EQ(count(), 0U);
}

TEST_F(WorkFolders, of_a_demo_that_was_killed_are_gone_with_the_next_one) {
  const pid_t demo = ::fork();
  if (demo == 0) {
    const auto work = WorkFolder::make().value();
    std::ofstream(work.path() + "/log") << "something" << std::flush;
    ::raise(SIGKILL);
  }
  ::waitpid(demo, nullptr, 0);
  EXPECT_EQ(count(), 1U);
  sweep();
  EXPECT_EQ(count(), 0U);
}

TEST_F(WorkFolders, that_a_demo_did_not_make_are_left_alone) {
  fs::create_directory(in("seine-demo-mine"));
  fs::create_directory(in("else"));
  std::ofstream(in("else/owner")) << "";
  fs::create_directory_symlink(in("else"), in("seine-demo-link"));
  sweep();
  EXPECT_EQ(count(), 3U);
  EXPECT_TRUE(fs::exists(in("else/owner")));
}

}  // namespace
}  // namespace seine::cli
