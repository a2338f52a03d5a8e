// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace seine {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(fds_), 0); }
  void TearDown() override {
    close(fds_[0]);
    close(fds_[1]);
  }
  std::string read_all() {
    char buffer[4096];
    const ssize_t n = read(fds_[0], buffer, sizeof buffer);
    return std::string(buffer, static_cast<std::size_t>(n));
  }
  ManualClock clock_;
  int fds_[2];
};

TEST_F(LogTest, a_plain_line_cannot_be_forged_by_a_value) {
  const Log log(clock_, fds_[1], LogLevel::kInfo, LogFormat::kPlain);
  log_info(log, "request", {{"path", "/a\n2026 error \"x\""}});
  EXPECT_EQ(read_all(),
            "2026-01-01T00:00:00.000Z info  request path=\"/a\\x0a2026 error \\\"x\\\"\"\n");
}

TEST_F(LogTest, a_json_line_is_valid_json) {
  const Log log(clock_, fds_[1], LogLevel::kInfo, LogFormat::kJson);
  log_warn(log, "said \"no\"", {{"peer", "a\tb\x80"}});
  EXPECT_EQ(read_all(),
            "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"level\":\"warn\","
            "\"message\":\"said \\\"no\\\"\",\"peer\":\"a\\u0009b\\u0080\"}\n");
}

TEST_F(LogTest, a_long_text_is_cut_between_characters_and_says_so) {
  const Log log(clock_, fds_[1], LogLevel::kInfo, LogFormat::kJson);
  log_info(log, "said", {{"text", std::string(5000, '\n')}, {"peer", "a"}});
  std::string cut;
  for (std::size_t i = 0; i < (kMaxLogText - 3) / 6; ++i) cut += "\\u000a";
  EXPECT_EQ(read_all(),
            "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"level\":\"info\",\"message\":\"said\","
            "\"text\":\"" +
                cut + "...\",\"peer\":\"a\"}\n");
  log_info(log, "said", {{"text", std::string(kMaxLogText, 'x')}});
  EXPECT_TRUE(read_all().contains("\"" + std::string(kMaxLogText, 'x') + "\"")) << "it just fits";
}

TEST_F(LogTest, a_line_is_no_longer_than_what_is_written_whole) {
  const std::string text(2000, '"');
  for (const LogFormat format : {LogFormat::kPlain, LogFormat::kJson}) {
    const Log log(clock_, fds_[1], LogLevel::kInfo, format);
    log_info(log, text, {{"a", text}, {"b", text}, {"c", text}, {"d", text}, {"e", text}});
    std::string line(3 * PromptWriter::kWhole, '\0');
    const ssize_t n = read(fds_[0], line.data(), line.size());
    ASSERT_GT(n, 0);
    line.resize(static_cast<std::size_t>(n));
    EXPECT_LE(line.size(), PromptWriter::kWhole);
    EXPECT_TRUE(line.ends_with(format == LogFormat::kJson ? "...\"}\n" : "...\"\n")) << line;
  }
}

TEST_F(LogTest, lines_below_the_level_are_not_written) {
  Log log(clock_, fds_[1], LogLevel::kWarn, LogFormat::kPlain);
  log_info(log, "hidden");
  log.set_level(LogLevel::kInfo);
  log_info(log, "shown");
  EXPECT_EQ(read_all(), "2026-01-01T00:00:00.000Z info  shown\n");
}

TEST_F(LogTest, a_full_pipe_costs_lines_and_is_told_of_but_stops_nobody) {
  const Log log(clock_, fds_[1], LogLevel::kInfo, LogFormat::kPlain);
  const std::string value(1000, 'x');
  for (int i = 0; i < 200; ++i) log_info(log, "line", {{"value", value}});
  // What fits into a pipe is far less than what was said.
  ASSERT_EQ(fcntl(fds_[0], F_SETFL, O_NONBLOCK), 0);
  char buffer[4096];
  while (read(fds_[0], buffer, sizeof buffer) > 0) {
  }
  log_info(log, "more");
  const std::string last = read_all();
  EXPECT_TRUE(last.contains("info  more\n")) << last;
  EXPECT_TRUE(last.contains("warn  lines before this one could not be written dropped=\"")) << last;
}

TEST(LogFilter, our_own_target_wins_over_the_bare_level) {
  EXPECT_EQ(parse_log_filter("warn,linkerd=info,hickory=error").value(), LogLevel::kInfo);
  EXPECT_EQ(parse_log_filter("debug").value(), LogLevel::kDebug);
  EXPECT_EQ(parse_log_filter("hickory=error").value(), LogLevel::kWarn);
  EXPECT_FALSE(parse_log_filter("linkerd=loud").has_value());
}

TEST(LogFilter, each_level_is_read_back_by_its_name) {
  for (int i = 0; i <= static_cast<int>(LogLevel::kOff); ++i) {
    const auto level = static_cast<LogLevel>(i);
    EXPECT_EQ(parse_log_filter(log_level_name(level)).value(), level);
  }
}

}  // namespace
}  // namespace seine
