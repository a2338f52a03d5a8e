// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/stat_output.h"

#include <gtest/gtest.h>

#include "cli/table.h"
#include "telemetry/figures/testing/shop.h"

namespace seine::cli {

using telemetry::ResourceKind;
using telemetry::StatRow;

namespace {

constexpr ResourceKind kDeploy = ResourceKind::kDeployment;
constexpr StatFormat kDeployments{.kind = kDeploy};

std::vector<StatRow> rows(const std::string& ns) {
  return telemetry::make_stat_rows(telemetry::testing::make_list(),
                                   telemetry::testing::make_window(), {{kDeploy, ""}, ns, {}, {}})
      .value();
}

TEST(StatOutput, is_linkerds_table_within_80_columns) {
  const std::string text = stat_table(rows("shop"), kDeployments, {});
  EXPECT_EQ(text,
            "NAME     MESHED SUCCESS     RPS LATENCY_P50 LATENCY_P95 LATENCY_P99 TCP_CONN\n"
            "payments    1/2  98.33% 10.0rps         4ms         4ms         4ms        3\n"
            "web         1/1       -       -           -           -           -        -\n");
}

TEST(StatOutput, has_a_column_for_namespaces_where_it_shows_several) {
  StatFormat format = kDeployments;
  format.has_namespaces = true;
  const std::string text = stat_table(rows(""), format, {.is_tty = true, .columns = 80});
  EXPECT_EQ(text,
            "NAMESPACE  NAME      MESHED  SUCCESS      RPS  P50  P95  P99  TCP_CONN\n"
            "bank       ledger       1/1  100.00%  20.0rps  4ms  4ms  4ms         -\n"
            "shop       payments     1/2   98.33%  10.0rps  4ms  4ms  4ms         3\n"
            "shop       web          1/1        -        -    -    -    -         -\n");
}

TEST(StatOutput, is_wide_when_asked) {
  StatFormat format = kDeployments;
  format.is_wide = true;
  EXPECT_EQ(stat_table(rows("shop"), format, {}),
            "NAME      MESHED  SUCCESS      RPS  P50  P95  P99  TCP_CONN  READ/SEC  WRITE/SEC\n"
            "payments     1/2   98.33%  10.0rps  4ms  4ms  4ms         3   1.0kB/s    2.0kB/s\n"
            "web          1/1        -        -    -    -    -         -         -          -\n");
  const std::string all = stat_table(rows("shop"), format, {.is_tty = true, .columns = 120});
  EXPECT_NE(all.find("READ_BYTES/SEC  WRITE_BYTES/SEC\n"), std::string::npos) << all;
}

TEST(StatOutput, is_json_with_null_for_what_is_not_known) {
  EXPECT_EQ(stat_json(rows("shop"), kDeployments),
            R"([{"namespace":"shop","kind":"deployment","name":"payments","meshed":"1/2",)"
            R"("success":0.9833333333333333,"rps":10.0,"latency_ms_p50":4,"latency_ms_p95":4,)"
            R"("latency_ms_p99":4,"tcp_open_connections":3,"tcp_read_bytes_rate":1000.0,)"
            R"("tcp_write_bytes_rate":2000.0,"requests":600,"counted_seconds":60.0},)"
            R"({"namespace":"shop","kind":"deployment","name":"web","meshed":"1/1",)"
            R"("success":null,"rps":null,"latency_ms_p50":null,"latency_ms_p95":null,)"
            R"("latency_ms_p99":null,"tcp_open_connections":null,"tcp_read_bytes_rate":null,)"
            R"("tcp_write_bytes_rate":null,"requests":0,"counted_seconds":60.0}])"
            "\n");
  EXPECT_EQ(stat_json({}, kDeployments), "[]\n");
}

TEST(StatOutput, shows_no_perfect_record_where_one_request_failed) {
  StatRow row{.name = "web", .meshed = 1, .pods = 1, .traffic = {}, .counted = {}};
  row.traffic.success = 999'999;
  row.traffic.failure = 1;
  EXPECT_NE(stat_table({row}, kDeployments, {}).find("99.99%"), std::string::npos);
}

TEST(StatOutput, is_coloured_on_a_terminal_alone) {
  EXPECT_EQ(stat_table(rows("shop"), kDeployments, {}).find('\x1b'), std::string::npos);
  const Terminal terminal{.is_tty = true, .has_colours = true};
  EXPECT_NE(stat_table(rows("shop"), kDeployments, terminal).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace seine::cli
