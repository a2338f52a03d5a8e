// SPDX-License-Identifier: Apache-2.0
#include "metrics/process.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace seine::metrics {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(ProcessStat, is_read_behind_the_last_parenthesis) {
  const auto stat = parse_process_stat(
      "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 1000 8192000 512 "
      "18446744073709551615 1 1 0\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->cpu_ticks, 300U);
  EXPECT_EQ(stat->threads, 3U);
  EXPECT_EQ(stat->virtual_bytes, 8192000U);
  EXPECT_EQ(stat->resident_pages, 512U);
}

TEST(ProcessStat, refuses_what_is_cut_short) {
  EXPECT_FALSE(parse_process_stat("").has_value());
  EXPECT_FALSE(parse_process_stat("42 (a) S 1 2 3").has_value());
}

TEST(Netstat, is_read_by_the_names_of_its_columns) {
  const auto octets = parse_netstat(
      "TcpExt: SyncookiesSent InOctets\nTcpExt: 0 9\n"
      "IpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 1500 2500\nMPTcpExt: X\nMPTcpExt: 0\n");
  ASSERT_TRUE(octets.has_value());
  EXPECT_EQ(octets->received, 1500U);
  EXPECT_EQ(octets->sent, 2500U);
  EXPECT_FALSE(parse_netstat("IpExt: InOctets\n").has_value());
  EXPECT_FALSE(parse_netstat("IpExt: InOctets\nIpExt: 1\n").has_value());
  EXPECT_FALSE(parse_netstat("").has_value());
}

TEST(ProcessCollector, reports_this_process) {
  ManualClock clock;
  Registry registry(clock, 1);
  registry.add_collector(Part::kOpenMetrics, make_process_collector(clock));
  clock.advance(std::chrono::milliseconds(2500));
  const std::string body = registry.scrape();
  EXPECT_THAT(body, HasSubstr("\nprocess_start_time_seconds 1767225600\n"));
  EXPECT_THAT(body, HasSubstr("\nprocess_uptime_seconds_total 2.5\n"));
  EXPECT_THAT(body, HasSubstr("\nprocess_clock_time_seconds 1767225602.5\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_cpu_seconds_total [0-9.]+\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_virtual_memory_bytes [1-9][0-9]+\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_resident_memory_bytes [1-9][0-9]+\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_open_fds [1-9][0-9]*\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_max_fds [1-9][0-9]*\n"));
  EXPECT_THAT(body, ContainsRegex("\nprocess_threads [1-9][0-9]*\n"));
}

TEST(BuildInfoCollector, says_which_build_this_is) {
  ManualClock clock;
  Registry registry(clock, 1);
  registry.add_collector(Part::kOpenMetrics,
                         make_build_info_collector({"0.1.0", "abc", "release", "", "2026"}));
  EXPECT_THAT(registry.scrape(),
              HasSubstr("proxy_build_info{version=\"0.1.0\",git_sha=\"abc\",profile=\"release\","
                        "vendor=\"\",date=\"2026\"} 1\n"));
}

}  // namespace
}  // namespace seine::metrics
