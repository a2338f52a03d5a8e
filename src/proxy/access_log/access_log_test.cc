// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>

#include "gtest/gtest.h"

#include "runtime/testing/test_loop.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

struct AccessLogTest : ::testing::Test {
  void SetUp() override {
    ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
    ASSERT_EQ(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    log.emplace(t.loop, t.clock, config, fds[1]);
  }
  void TearDown() override {
    log.reset();
    close_reader();
    close(fds[1]);
  }
  void close_reader() {
    if (fds[0] >= 0) close(fds[0]);
    fds[0] = -1;
  }
  std::string read_all() const {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fds[0], buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  std::string metrics() const {
    metrics::TextWriter writer;
    log->write(writer);
    return std::move(writer).finish();
  }

  runtime::testing::TestLoop t;
  const AccessLogConfig config;
  int fds[2] = {-1, -1};
  std::optional<AccessLog> log;
};

TEST_F(AccessLogTest, lines_are_written_in_their_order) {
  log->post("one\n");
  t.settle();
  log->post("two\n");
  log->post("three\n");
  t.advance(20ms);
  EXPECT_EQ(read_all(), "one\ntwo\nthree\n");
  EXPECT_TRUE(metrics().contains("seine_access_log_lines_total 3\n")) << metrics();
  EXPECT_TRUE(metrics().contains("seine_access_log_dropped_lines_total 0\n"));
}

TEST_F(AccessLogTest, a_full_pipe_stops_nobody_and_drops_what_is_too_much_and_counts_it) {
  const std::string line = std::string(1023, 'x') + "\n";
  constexpr std::size_t kLines = 10'000;
  for (std::size_t i = 0; i < kLines; ++i) log->post(line);
  t.advance(100ms);
  // Behind the pipe's 64 KiB there is room for the bound, and for no more.
  const std::string counted = metrics();
  constexpr std::string_view kDropped = "seine_access_log_dropped_lines_total ";
  const std::size_t dropped = std::stoul(counted.substr(counted.find(kDropped) + kDropped.size()));
  EXPECT_EQ(dropped, kLines - kMaxAccessBytes / line.size());

  // A reader that comes back gets all that was kept, each line whole.
  std::string text;
  for (int i = 0; i < 1000 && text.size() < kMaxAccessBytes; ++i) {
    text += read_all();
    t.advance(20ms);
  }
  text += read_all();
  EXPECT_EQ(text.size(), (kLines - dropped) * line.size());
  for (std::size_t i = 0; i < text.size(); i += line.size()) {
    ASSERT_EQ(text.compare(i, line.size(), line), 0);
  }
  log->post("after\n");
  t.advance(20ms);
  EXPECT_EQ(read_all(), "after\n");
}

TEST_F(AccessLogTest, what_is_left_at_the_end_is_written_as_far_as_it_is_taken) {
  for (int i = 0; i < 500; ++i) log->post(std::to_string(i) + "\n");
  log.reset();
  const std::string text = read_all();
  EXPECT_TRUE(text.starts_with("0\n1\n"));
  EXPECT_TRUE(text.ends_with("\n499\n"));
}

TEST_F(AccessLogTest, a_reader_that_is_gone_costs_the_lines) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  close_reader();
  log->post("one\n");
  t.advance(20ms);
  EXPECT_TRUE(metrics().contains("seine_access_log_dropped_lines_total 1\n"));
  signal(SIGPIPE, before);
}

}  // namespace
}  // namespace seine::proxy
