// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/traffic.h"

#include <gtest/gtest.h>

#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::telemetry {
namespace {

namespace wire = seine::telemetry::v1;

wire::HttpRow row(std::uint32_t status, std::uint64_t count, const char* cause = "") {
  wire::HttpRow out;
  out.set_http_status(status);
  out.set_grpc_status(-1);
  out.set_cause(cause);
  out.set_count(count);
  out.mutable_latency()->add_index(telemetry::latency_bucket(std::chrono::milliseconds(3)));
  out.mutable_latency()->add_count(count);
  return out;
}

TEST(Traffic, sums_requests_by_their_verdict) {
  Traffic traffic;
  traffic.add(row(200, 90));
  traffic.add(row(503, 6));
  traffic.add(row(0, 1, "connect refused"));
  traffic.add(row(200, 3, "cancelled"));
  auto probe = row(500, 1000);
  probe.set_excluded(true);
  traffic.add(probe);
  traffic.add_overflow(row(0, 5));
  EXPECT_EQ(traffic.success, 90u);
  EXPECT_EQ(traffic.failure, 7u);
  EXPECT_EQ(traffic.cancelled, 3u);
  EXPECT_EQ(traffic.excluded, 1000u);
  EXPECT_EQ(traffic.judged(), 97u);
  EXPECT_EQ(traffic.requests(), 105u);
  EXPECT_EQ(traffic.latency.total(), 97u);
}

TEST(Traffic, has_quantiles_within_a_bucket_of_what_was_measured) {
  Traffic traffic;
  EXPECT_EQ(traffic.quantile(0.5), std::nullopt);
  traffic.add(row(200, 100));
  for (const double q : {0.01, 0.5, 1.0}) {
    const double milliseconds =
        std::chrono::duration<double, std::milli>(*traffic.quantile(q)).count();
    EXPECT_NEAR(milliseconds, 3, 3 * 0.091) << q;
  }
}

TEST(Traffic, sums_connections_and_their_bytes) {
  Traffic traffic;
  EXPECT_TRUE(traffic.empty());
  wire::TcpRow tcp;
  tcp.set_open(2);
  tcp.set_read_bytes(10);
  tcp.set_written_bytes(20);
  traffic.add(tcp);
  traffic.add(tcp);
  EXPECT_FALSE(traffic.empty());
  EXPECT_EQ(traffic.open, 4u);
  EXPECT_EQ(traffic.read_bytes, 20u);
  EXPECT_EQ(traffic.written_bytes, 40u);
}

TEST(Traffic, takes_connections_that_did_not_close_in_order_for_failed) {
  seine::telemetry::v1::TcpRow row;
  row.set_opened(5);
  row.set_closed(4);
  Traffic traffic;
  traffic.add(row);
  EXPECT_EQ(traffic.failed, 0u);
  row.set_cause("connect_refused");
  row.set_opened(0);
  row.set_closed(2);
  traffic.add(row);
  EXPECT_EQ(traffic.opened, 5u);
  EXPECT_EQ(traffic.closed, 6u);
  EXPECT_EQ(traffic.failed, 2u);
}

}  // namespace
}  // namespace seine::telemetry
