// SPDX-License-Identifier: Apache-2.0
// Messages of an agent, made for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive::testing {

// 2026-11-22T12:00:00Z, on an hour and a day's half.
inline constexpr WallTime kNoon{std::chrono::seconds(1795348800)};

void set_time(google::protobuf::Timestamp& out, WallTime time);

// A proxy that counts: each bucket follows the one before.
struct TestProxy {
  std::string ns = "shop";
  std::string workload = "payments";
  std::string version = "v1";
  char instance = 'a';
  char boot = 'A';
  std::uint64_t sequence = 0;

  // The next bucket, which ends at `end`; received two seconds later.
  ::dive::v1::CountedBucket bucket(WallTime end, Duration length = std::chrono::seconds(10));
};

struct TestRow {
  bool inbound = true;
  std::string_view service = "payments";
  std::uint32_t status = 200;
  std::uint64_t count = 1;
  Duration latency = std::chrono::milliseconds(3);  // of each
  std::string_view peer = "web";
  std::string_view route = "HTTPRoute/shop/pay";
};
seine::telemetry::v1::HttpRow& add_row(::dive::v1::CountedBucket& bucket, const TestRow& row);

// An agent that tells: each message follows the one before.
struct TestAgent {
  char epoch = 'e';
  std::uint64_t sequence = 0;

  ::dive::v1::MetricMessage message(std::vector<::dive::v1::CountedBucket> buckets);
};

}  // namespace seine::dive::testing
