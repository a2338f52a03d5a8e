// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/report.h"

#include <gtest/gtest.h>

#include "control/telemetry/row_key.h"
#include "control/testing/reports.h"

namespace seine::control {
namespace {

using testing::add_bucket;
using testing::make_report;
namespace wire = seine::telemetry::v1;

constexpr WallTime kStart(std::chrono::seconds(1'767'225'600));

std::string refusal(const wire::ReportRequest& request) {
  const auto report = decode_report(request);
  if (report) return "";
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
  return report.error().message;
}

TEST(Report, is_read_with_its_rows_and_its_empty_buckets) {
  wire::ReportRequest request = make_report();
  add_bucket(request, 7, kStart, 3);
  add_bucket(request, 8, kStart + std::chrono::seconds(10), 0);
  auto& overflow = *request.mutable_buckets(1)->add_tcp_overflow();
  overflow.set_direction(wire::OUTBOUND);
  overflow.set_opened(5);
  overflow.set_open(4);
  const auto report = decode_report(request);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->reporter.pod, "web-0");
  EXPECT_FALSE(report->sent_at);
  ASSERT_EQ(report->buckets.size(), 2u);
  EXPECT_EQ(report->buckets[0].sequence, 7u);
  EXPECT_EQ(report->buckets[0].start, kStart);
  EXPECT_EQ(report->buckets[0].length, std::chrono::seconds(10));
  EXPECT_EQ(report->buckets[0].http.at(0).counts.requests, 3u);
  EXPECT_EQ(report->buckets[0].http.at(0).counts.latency.total(), 3u);
  EXPECT_TRUE(report->buckets[1].http.empty());
  EXPECT_EQ(report->buckets[1].tcp.at(0).key, "");
  EXPECT_EQ(report->buckets[1].tcp.at(0).open, 4u);
}

TEST(Report, names_the_bucket_that_can_never_be_taken) {
  wire::ReportRequest request = make_report();
  add_bucket(request, 7, kStart, 3);
  add_bucket(request, 8, kStart, 3).mutable_http(0)->clear_direction();
  EXPECT_EQ(refusal(request), "bucket 8: a row has no direction");
}

// What a bucket may have is told by telemetry/check_bucket_test.cc.
TEST(Report, has_limits_for_everything) {
  const auto refused = [](auto change) {
    wire::ReportRequest request = make_report();
    add_bucket(request, 1, kStart, 3);
    change(request);
    return refusal(request);
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_EQ(refused([](auto& report) {
              for (std::uint64_t i = 2; i <= 65; ++i) add_bucket(report, i, kStart, 0);
            }),
            "a report has over 64 buckets");
  EXPECT_EQ(refused([](auto& report) { report.mutable_reporter()->clear_pod(); }),
            "the reporter names no pod");
  EXPECT_EQ(refused([](auto& report) { report.mutable_reporter()->clear_boot(); }),
            "instance and boot are 16 octets each");
  EXPECT_EQ(refused([](auto& report) { report.mutable_sent_at()->set_seconds(-1); }),
            "sent_at is no time");
  EXPECT_EQ(refused([](auto& report) { report.mutable_buckets(0)->mutable_start()->Clear(); }),
            "bucket 1: its start is no time");
}

TEST(Report, has_one_key_for_what_is_one_thing) {
  wire::HttpRow a;
  a.set_direction(wire::INBOUND);
  a.set_http_status(200);
  a.set_count(3);
  wire::HttpRow b = a;
  b.set_count(4);
  b.mutable_peer();
  b.add_exemplars()->set_path("/");
  EXPECT_EQ(row_key(a), row_key(b));
  b.set_http_status(201);
  EXPECT_NE(row_key(a), row_key(b));
  // What a newer proxy says besides.
  wire::HttpRow newer;
  ASSERT_TRUE(newer.ParseFromString(a.SerializeAsString() + std::string("\xf8\x07\x01", 3)));
  EXPECT_EQ(row_key(newer), row_key(a));
}

}  // namespace
}  // namespace seine::control
