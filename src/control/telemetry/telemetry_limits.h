// SPDX-License-Identifier: Apache-2.0
// The bounds of what the controller takes and keeps of the reports of proxies.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seine::control {

// Of one call. Of one bucket: telemetry/check_bucket.h.
inline constexpr std::size_t kMaxReportBytes = 4 << 20;
inline constexpr int kMaxReportedBuckets = 64;
// What is kept.
inline constexpr std::chrono::minutes kTelemetryWindow{10};
inline constexpr std::chrono::seconds kShortestSpan{10};
// A bucket that has ended is here within this time; a span that is read ends so much before now.
inline constexpr std::chrono::seconds kDeliveryTime{2};
inline constexpr std::chrono::seconds kBucketInterval{10};  // where a proxy does not tell
inline constexpr std::chrono::seconds kShortestInterval{1};
inline constexpr std::chrono::minutes kLongestInterval{1};
// Where a bucket ended no further than this from a whole second, it was meant to end there: timers
// are late, and the next one says that it began there.
inline constexpr std::chrono::milliseconds kLateTimer{250};
// Clocks that differ by more have their buckets dated anew.
inline constexpr std::chrono::minutes kReportSkew{5};
// Buckets are kept for longer than a window: it ends where the slowest proxy has told.
inline constexpr auto kKeptTime = kTelemetryWindow + 3 * kLongestInterval + kDeliveryTime;
// Of one source; one that makes more has a shorter window.
inline constexpr std::size_t kMaxSourceBuckets = 1024;
inline constexpr std::chrono::hours kGoneSourceRest{1};
inline constexpr std::size_t kMaxGoneSources = 1000;
inline constexpr std::size_t kMaxSources = 3000;
inline constexpr std::size_t kMaxSourcesOfPod = 64;
inline constexpr std::size_t kMaxBootsOfSource = 256;
inline constexpr std::size_t kMaxSequenceRanges = 64;  // of one boot
inline constexpr std::size_t kMaxRowsOfSource = 1024;  // of HTTP, and as many of TCP
// Of all sources: some 100 MB each.
inline constexpr std::size_t kMaxRows = 200'000;
inline constexpr std::size_t kMaxWindowEntries = 400'000;
inline constexpr std::size_t kMaxKeptBytes = 32 << 20;        // of one source's file
inline constexpr std::size_t kFeedMessageOctets = 256 << 10;  // reached by the last report of one
inline constexpr std::chrono::seconds kFeedPulse{2};          // a message of the feed at least
inline constexpr std::size_t kMaxReadBytes = 64 << 20;        // of one answer

}  // namespace seine::control
