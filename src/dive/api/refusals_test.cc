// SPDX-License-Identifier: Apache-2.0
#include "dive/api/refusals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/temporary_folder.h"

namespace seine::dive {
namespace {

class RefusalsTest : public ::testing::Test {
 protected:
  ~RefusalsTest() override { ::close(log_fd_); }
  std::string logged() const { return read_file(folder_.path() + "/log", 1 << 20).value(); }
  std::int64_t lines() const {
    const std::string text = logged();
    return std::ranges::count(text, '\n');
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("refusals").value();
  const int log_fd_ = ::open((folder_.path() + "/log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ManualClock clock_;
  const Log log_{clock_, log_fd_, LogLevel::kInfo, LogFormat::kPlain};
  metrics::Registry registry_{clock_, 1};
  Refusals refusals_{clock_, log_, registry_, 0};
};

TEST_F(RefusalsTest, say_of_a_message_whose_it_was_and_why_it_is_lost) {
  refusals_.count_message("AddMetric", "east", 17, "it has 65 buckets");
  const std::string text = logged();
  for (const char* part : {"east", "AddMetric", "17", "it has 65 buckets"}) {
    EXPECT_TRUE(text.contains(part)) << part << " in " << text;
  }
  EXPECT_TRUE(registry_.scrape().contains(
      R"(seine_dive_agent_refused_total{method="AddMetric",reason="message"} 1)"));
}

TEST_F(RefusalsTest, fill_no_log) {
  for (std::uint64_t i = 0; i < 1000; ++i) refusals_.count_message("AddMetric", "east", i, "no");
  EXPECT_EQ(lines(), static_cast<std::int64_t>(Refusals::kMaxLines));
  clock_.advance(Refusals::kLinesEvery);
  refusals_.count_message("AddMetric", "east", 1000, "no");
  EXPECT_EQ(lines(), static_cast<std::int64_t>(Refusals::kMaxLines) + 1);
  EXPECT_TRUE(logged().contains(std::to_string(1000 - Refusals::kMaxLines)));
  EXPECT_TRUE(registry_.scrape().contains("reason=\"message\"} 1001"));
}

}  // namespace
}  // namespace seine::dive
