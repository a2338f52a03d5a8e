// SPDX-License-Identifier: Apache-2.0
// The ledger of a proxy that is gone, and its delivery.
//
// A proxy keeps `ledger.BOOT` in its folder (SEINE_PROXY_LEDGER_DIR), one file for each life, and
// removes it when it ends with everything acknowledged. What a life left there is delivered by
// whoever comes first: the next proxy of that folder, at its start, or the one who started the
// proxy and saw it die, by
//
//     for (const std::string& path : find_ledgers(dir)) co_await deliver(path, sink);
//
// Both may do so at the same time, and again after a failure: ledgers of the living are locked and
// passed over, and receivers count each (instance, boot, sequence) once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/task.h"

namespace seine::telemetry {

// The most of one report: the contract's 64 buckets, and of bytes so that a message stays well
// below gRPC's 4 MiB. A single bucket may be larger, up to 3 MiB.
inline constexpr std::size_t kMaxBuckets = 64;
inline constexpr std::size_t kMaxReportBytes = std::size_t{1} << 20;

// Messages of seine.telemetry.v1, serialized: this header does not need to know them.
struct DeadLedger {
  struct Bucket {
    std::uint64_t sequence;
    std::string message;
  };
  std::string reporter;
  // Ascending: those that were sealed and not acknowledged, then what was being counted, which has
  // no length.
  std::vector<Bucket> buckets;
};

// Takes what has been committed. Errors kProtocol, with what is wrong, for what is no ledger, is
// one of another version, or contradicts itself.
Result<DeadLedger> parse_ledger(std::span<const std::byte> bytes);
// Error kUnavailable as well: it cannot be read, or (retryable) its proxy lives.
Result<DeadLedger> read_ledger(const std::string& path);

// Paths of `ledger.*` in a folder, sorted; none where there is no folder.
std::vector<std::string> find_ledgers(const std::string& dir);
// Ledgers that could not be read lie aside as `*.bad`, for whoever wants to know why: this removes
// all of a folder but the newest kKeptUnreadable and says which they were.
inline constexpr std::size_t kKeptUnreadable = 4;
std::vector<std::string> remove_unreadable(const std::string& dir);
// The path of a new one.
std::string ledger_path(const std::string& dir, std::string_view boot);

// A ReportRequest from its parts: for whoever sends.
std::string encode_report(std::string_view reporter, std::span<const DeadLedger::Bucket> buckets,
                          WallTime now);

// Where reports go. Error kInvalidArgument: this report can never be taken.
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  // A serialized ReportRequest; the acknowledged sequences come back.
  virtual runtime::Task<Result<std::vector<std::uint64_t>>> report(std::string request) = 0;
};

// Sends all there is and removes the file once everything is acknowledged. The error that ended it
// otherwise: of read_ledger(), or of the sink; the file stays, and trying again is right. A file
// that is no ledger is renamed to `*.bad`, where remove_unreadable() finds it, with kProtocol. A
// bucket that is refused for good (kInvalidArgument) is dropped: `dropped` counts them, where
// given.
runtime::Task<Result<void>> deliver(const Clock& clock, std::string path, ReportSink& sink,
                                    std::uint64_t* dropped = nullptr);

}  // namespace seine::telemetry
