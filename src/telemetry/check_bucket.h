// SPDX-License-Identifier: Apache-2.0
// What of a proxy's counts can be taken at all: within its limits, and nothing in it that a
// database would refuse. One check for everybody on the way of a count, so that nobody acknowledges
// what the next one refuses. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/time.h"

namespace google::protobuf {
class Timestamp;
}  // namespace google::protobuf
namespace seine::telemetry::v1 {
class Bucket;
class Reporter;
}  // namespace seine::telemetry::v1

namespace seine::telemetry {

// Of one bucket. A proxy folds what is beyond its own caps, which are lower.
inline constexpr int kMaxBucketRows = 4096;  // of HTTP, and as many of TCP
inline constexpr int kMaxBucketOverflowRows = 2;
inline constexpr int kMaxRowExemplars = 2;
inline constexpr std::uint64_t kLastSequence = (std::uint64_t{1} << 62) - 1;
// Texts of a row and of a reporter.
inline constexpr std::size_t kMaxName = 253;
inline constexpr std::size_t kMaxRoute = 1024;
inline constexpr std::size_t kMaxIdentity = 2048;
inline constexpr std::size_t kMaxWord = 128;
inline constexpr std::size_t kMaxDetail = 256;
inline constexpr std::size_t kIdOctets = 16;
// No row counts more, so that sums over years stay below 2^64.
inline constexpr std::uint64_t kMaxRowCount = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMaxRowSum = std::uint64_t{1} << 50;
// Times are of the years 1970 to 2099: added to the difference of two of them they are still times.
inline constexpr std::int64_t kLastSecond = 4'102'444'799;

// Nothing for what is no time.
std::optional<WallTime> read_time(const google::protobuf::Timestamp& time);
// The nearest that is one.
WallTime nearest_time(WallTime time);

// Errors kInvalidArgument: what is wrong with it. Of a bucket they begin "bucket SEQUENCE: ".
Result<void> check_reporter(const v1::Reporter& reporter);
Result<void> check_bucket(const v1::Bucket& bucket);

}  // namespace seine::telemetry
