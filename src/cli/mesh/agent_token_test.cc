// SPDX-License-Identifier: Apache-2.0
// Against a Dive that is a fake, over the owner's socket.
#include "cli/mesh/agent_token.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "cli/testing/fake_dive.h"
#include "runtime/task_scope.h"

namespace seine::cli {
namespace {

class AgentTokenTest : public ::testing::Test {
 protected:
  AgentTokenTest() {
    EXPECT_EQ(::mkdir(folder_.dive_agent().c_str(), 0700), 0);
    answers("first");
  }

  void answers(const std::string& token) {
    dive_.answer("POST /join-tokens", 200, R"({"token":")" + token + R"(","expires_ms":1})");
  }
  void join() { EXPECT_TRUE(replace_file(folder_.dive_agent() + "/joined", "local\n", 0600)); }
  void lose() { std::filesystem::remove(folder_.dive_agent() + "/joined"); }
  std::string token() const { return read_file(folder_.join_token(), 100).value_or("none"); }
  std::string logged() const { return read_file(dive_.dir() + "/log", 1 << 16).value(); }

  void run(runtime::Task<void> task) {
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(std::move(task));
    while (scope.size() > 0) loop_.run_turn(/*may_block=*/true);
  }

  testing::FakeDive dive_;
  const MeshFolder folder_{dive_.dir()};
  const SystemClock clock_;
  const Descriptor log_file_{
      ::open((dive_.dir() + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)};
  const Log log_{clock_, log_file_.get(), LogLevel::kInfo, LogFormat::kPlain};
  runtime::EventLoop loop_{clock_};
  AgentToken tokens_{loop_, log_, folder_, "local"};
};

TEST_F(AgentTokenTest, is_given_before_the_first_start) {
  run(tokens_.give());
  EXPECT_EQ(token(), "first\n");
  EXPECT_EQ(dive_.last().body, R"({"cluster":"local"})");
}

TEST_F(AgentTokenTest, is_not_needed_by_one_that_has_joined_and_an_old_one_is_taken_away) {
  run(tokens_.give());
  join();
  run(tokens_.give());
  EXPECT_EQ(token(), "none");
  EXPECT_EQ(dive_.asked().size(), 1U);
}

TEST_F(AgentTokenTest, is_not_given_again_to_one_that_is_about_to_join) {
  run(tokens_.give());
  run(tokens_.look());
  EXPECT_EQ(dive_.asked().size(), 1U);
  EXPECT_EQ(logged(), "");
}

TEST_F(AgentTokenTest, is_made_anew_for_an_agent_that_dive_does_not_know_any_more) {
  run(tokens_.give());
  join();
  run(tokens_.look());
  lose();
  answers("second");
  run(tokens_.look());
  EXPECT_EQ(token(), "second\n");
  run(tokens_.look());
  EXPECT_EQ(dive_.asked().size(), 2U) << "it has a minute to join";
  const std::string log = logged();
  EXPECT_NE(log.find("Dive does not know this cluster any more"), std::string::npos) << log;
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
}

TEST_F(AgentTokenTest, is_asked_for_until_dive_has_one) {
  join();
  run(tokens_.give());
  lose();
  dive_.answer("POST /join-tokens", 503, R"({"error":"the store is busy","hint":""})");
  run(tokens_.look());
  EXPECT_EQ(token(), "none");
  answers("second");
  run(tokens_.look());
  EXPECT_EQ(token(), "second\n");
  EXPECT_EQ(std::ranges::count(logged(), '\n'), 1);
}

}  // namespace
}  // namespace seine::cli
