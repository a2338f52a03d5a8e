// SPDX-License-Identifier: Apache-2.0
// The bounds of what the store takes and keeps. What is over a bound of the first part can never be
// taken.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seine::dive {

// Of one message. Of one bucket: telemetry/check_bucket.h.
inline constexpr int kMaxMessageBuckets = 64;

// What time means.
inline constexpr std::chrono::seconds kUsualInterval{10};  // where a proxy does not tell
// An end no further than this from a whole second was meant to be there: timers are late.
inline constexpr std::chrono::milliseconds kLateTimer{250};
// A bucket covers no more time than this; it is longer only where a process was stopped.
inline constexpr std::chrono::hours kLongestBucket{1};
// Clocks that differ by more have their times corrected, and that is told.
inline constexpr std::chrono::minutes kMaxClockSkew{5};
// Whatever comes later leaves a row of the audit.
inline constexpr std::chrono::minutes kLateAfter{10};

// Of one cluster.
// More series are counted in overflow series of their workload; beyond twice as many, in four of
// the cluster.
inline constexpr std::int64_t kMaxSeries = 200'000;
inline constexpr std::size_t kMaxEpochs = 64;           // of one method; the oldest goes
inline constexpr std::size_t kMaxSequenceRanges = 64;   // of one boot
inline constexpr std::int64_t kMaxExemplarsOfHour = 4;  // of one series
inline constexpr std::int64_t kMaxAudit = 10'000;       // rows; the oldest go
inline constexpr std::size_t kMaxAuditOfBatch = 64;
// Not in blocks yet; with more nothing is taken until they are. A question reads all of it, so it
// has to fit into one result (sql/limits.h), with what the last transaction adds.
inline constexpr std::int64_t kMaxPending = 20'000;  // rows
inline constexpr std::int64_t kMaxPendingBytes = 32 << 20;
inline constexpr std::size_t kMaxClusters = 1000;

// How much of the work is done at a time.
inline constexpr std::size_t kAppliedBytes = 4 << 20;  // of messages, and the last of them
inline constexpr std::size_t kPendingPieceBytes = 1 << 20;
inline constexpr std::size_t kFoldedPending = 512;  // rows of pending counts, and their octets
inline constexpr std::int64_t kFoldedBytes = 4 << 20;
inline constexpr std::size_t kFoldedSeries = 256;     // in one transaction
inline constexpr std::size_t kForgottenSeries = 500;  // looked at in one transaction

// Of one question.
inline constexpr std::size_t kMaxAnswerSeries = 20'000;
// Of a question for sums: all that a cluster can have, coverage too.
inline constexpr std::size_t kMaxSummedSeries = 2 * kMaxSeries + kMaxAnswerSeries;
// Looked up at a time; with the longest names they fit into one result.
inline constexpr std::size_t kFoundSeries = 4000;
inline constexpr std::size_t kMaxExemplarsOfSeries = 64;

// For a process that is going to let go of the database.
inline constexpr std::chrono::seconds kClaimPatience{5};

// Series whose numbers are remembered, of all clusters.
inline constexpr std::size_t kMaxRemembered = 400'000;

}  // namespace seine::dive
