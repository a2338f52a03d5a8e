// SPDX-License-Identifier: Apache-2.0
#include "cli/check/program_output.h"

#include <errno.h>
#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;

// Real processes, so real time.
struct ProgramOutput : ::testing::Test {
  Result<std::string> run(std::vector<std::string> argv, Duration limit = 20s) {
    const SystemClock clock;
    runtime::EventLoop loop(clock);
    Result<std::string> out = std::string();
    runtime::TaskScope scope(loop, [](Error) {});
    scope.spawn(store(loop,
                      runtime::with_deadline(loop, limit, ErrorCode::kTimeout, "too slow",
                                             program_output(loop, std::move(argv), {"LC_ALL=C"})),
                      out));
    loop.run();
    return out;
  }

 private:
  static runtime::Task<void> store(runtime::EventLoop& loop,
                                   runtime::Task<Result<std::string>> task,
                                   Result<std::string>& out) {
    out = co_await std::move(task);
    loop.stop();
  }
};

TEST_F(ProgramOutput, is_what_it_wrote_without_the_end_of_the_line) {
  EXPECT_EQ(run({"/bin/echo", "edge-26.11.1"}).value(), "edge-26.11.1");
  EXPECT_EQ(run({"/usr/bin/env"}).value(), "LC_ALL=C");
}

TEST_F(ProgramOutput, fails_with_a_program_that_fails_or_is_not_there) {
  EXPECT_FALSE(run({"/bin/false"}));
  const auto missing = run({"/no/such/program"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().cause_code, ENOENT);
}

TEST_F(ProgramOutput, kills_a_program_that_hangs_when_it_is_dropped) {
  const auto hung = run({"/bin/sleep", "600"}, 50ms);
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, ErrorCode::kTimeout);
}

TEST_F(ProgramOutput, refuses_one_that_never_ends_to_talk) {
  const auto noisy = run({"/usr/bin/yes"});
  ASSERT_FALSE(noisy);
  EXPECT_NE(noisy.error().message.find("more than it should"), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
