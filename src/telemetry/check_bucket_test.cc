// SPDX-License-Identifier: Apache-2.0
#include "telemetry/check_bucket.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::telemetry {
namespace {

v1::Bucket good_bucket() {
  v1::Bucket bucket;
  bucket.set_sequence(7);
  bucket.mutable_start()->set_seconds(1'767'225'600);
  v1::HttpRow& row = *bucket.add_http();
  row.set_direction(v1::INBOUND);
  row.set_route("HTTPRoute/shop/pay");
  row.set_count(3);
  row.mutable_latency()->add_index(92);
  row.mutable_latency()->add_count(3);
  row.add_exemplars()->set_path("/pay");
  bucket.add_tcp()->set_direction(v1::OUTBOUND);
  return bucket;
}

v1::Reporter good_reporter() {
  v1::Reporter reporter;
  reporter.set_namespace_("shop");
  reporter.set_workload("payments");
  reporter.set_instance(std::string(16, 'i'));
  reporter.set_boot(std::string(16, 'b'));
  return reporter;
}

// What is said of the good one with one thing changed.
std::string complaint(const std::function<void(v1::Bucket&, v1::HttpRow&)>& change) {
  v1::Bucket bucket = good_bucket();
  change(bucket, *bucket.mutable_http(0));
  const auto checked = check_bucket(bucket);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  return checked.error().message;
}

TEST(CheckBucket, takes_what_a_proxy_counts) {
  EXPECT_EQ(complaint([](auto&, auto&) {}), "");
  EXPECT_TRUE(check_reporter(good_reporter()).has_value());
}

TEST(CheckBucket, says_what_can_never_be_taken_and_of_which_bucket) {
  EXPECT_EQ(complaint([](auto&, auto& row) { row.clear_direction(); }),
            "bucket 7: a row has no direction");
  using Change = std::function<void(v1::Bucket&, v1::HttpRow&)>;
  const std::string torn("a\0b", 3);
  const std::vector<std::pair<std::string, Change>> cases = {
      {"sequences count from 1", [](auto& b, auto&) { b.set_sequence(0); }},
      {"sequences count from 1", [](auto& b, auto&) { b.set_sequence(std::uint64_t{1} << 62); }},
      {"its start is no time", [](auto& b, auto&) { b.mutable_start()->set_seconds(0); }},
      {"its start is no time", [](auto& b, auto&) { b.mutable_start()->set_seconds(-1); }},
      {"its start is no time", [](auto& b, auto&) { b.mutable_start()->set_seconds(1LL << 60); }},
      {"its start is no time", [](auto& b, auto&) { b.mutable_start()->set_nanos(-1); }},
      {"no direction", [](auto& b, auto&) { b.mutable_tcp(0)->clear_direction(); }},
      {"route has an octet of 0", [&](auto&, auto& row) { row.set_route(torn); }},
      {"cause has an octet of 0", [&](auto&, auto& row) { row.set_cause(torn); }},
      {"peer.workload has an octet of 0",
       [&](auto&, auto& row) { row.mutable_peer()->set_workload(torn); }},
      {"exemplar.path has an octet of 0",
       [&](auto&, auto& row) { row.mutable_exemplars(0)->set_path(torn); }},
      {"exemplar.ended_at is no time",
       [](auto&, auto& row) { row.mutable_exemplars(0)->mutable_ended_at(); }},
      {"route over 1024", [](auto&, auto& row) { row.set_route(std::string(1025, 'r')); }},
      {"peer.workload over 253",
       [](auto&, auto& row) { row.mutable_peer()->set_workload(std::string(254, 'w')); }},
      {"cause over 128", [](auto&, auto& row) { row.set_cause(std::string(129, 'c')); }},
      {"exemplar.path over 256",
       [](auto&, auto& row) { row.mutable_exemplars(0)->set_path(std::string(257, 'p')); }},
      {"requests of a row over", [](auto&, auto& row) { row.set_count(kMaxRowCount + 1); }},
      {"latency of a row over",
       [](auto&, auto& row) { row.mutable_latency()->set_sum_microseconds(kMaxRowSum + 1); }},
      {"more requests than its row", [](auto&, auto& row) { row.set_count(2); }},
      {"torn", [](auto&, auto& row) { row.mutable_latency()->add_index(200); }},
      {"do not ascend",
       [](auto&, auto& row) {
         row.mutable_latency()->add_index(92);
         row.mutable_latency()->add_count(0);
       }},
      {"are none", [](auto&, auto& row) { row.mutable_latency()->set_index(0, 256); }},
      {"exemplars of a row over 2",
       [](auto&, auto& row) {
         for (int i = 0; i < 2; ++i) row.add_exemplars();
       }},
      {"rows of a bucket over 2",
       [](auto& b, auto& row) {
         for (int i = 0; i < 3; ++i) *b.add_http_overflow() = row;
       }},
      {"rows of a bucket over 4096",
       [](auto& b, auto&) {
         for (int i = 0; i < 4096; ++i) b.add_tcp()->set_direction(v1::INBOUND);
       }},
      {"connections of a row over",
       [](auto& b, auto&) { b.mutable_tcp(0)->set_open(kMaxRowCount + 1); }},
      {"bytes of a row over",
       [](auto& b, auto&) { b.mutable_tcp(0)->set_read_bytes(kMaxRowSum + 1); }},
  };
  for (const auto& [what, change] : cases) {
    EXPECT_THAT(complaint(change), ::testing::HasSubstr(what));
  }
}

TEST(CheckBucket, says_what_a_reporter_lacks) {
  const auto complaint = [](auto change) {
    v1::Reporter reporter = good_reporter();
    change(reporter);
    const auto checked = check_reporter(reporter);
    return checked ? "" : checked.error().message;
  };
  EXPECT_EQ(complaint([](auto& r) { r.clear_workload(); }), "the reporter names no workload");
  EXPECT_EQ(complaint([](auto& r) { r.clear_boot(); }), "instance and boot are 16 octets each");
  EXPECT_EQ(complaint([](auto& r) { r.set_instance("short"); }),
            "instance and boot are 16 octets each");
  EXPECT_EQ(complaint([](auto& r) { r.set_version(std::string(129, 'v')); }),
            "octets of reporter.version over 128");
  EXPECT_EQ(complaint([](auto& r) { r.set_pod(std::string("a\0", 2)); }),
            "reporter.pod has an octet of 0");
}

TEST(CheckBucket, has_a_time_for_everything_that_is_none) {
  const WallTime last{std::chrono::seconds(kLastSecond)};
  EXPECT_EQ(nearest_time(WallTime(-std::chrono::hours(1))), WallTime(std::chrono::seconds(1)));
  EXPECT_EQ(nearest_time(last + std::chrono::hours(1)), last);
  EXPECT_EQ(nearest_time(last - std::chrono::hours(1)), last - std::chrono::hours(1));
}

}  // namespace
}  // namespace seine::telemetry
