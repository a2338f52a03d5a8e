// SPDX-License-Identifier: Apache-2.0
// What the reader of the feed does not have yet: reports of proxies, on disk, each at a position. A
// mesh without a reader has none; the first one begins it. It belongs to the window, which sees to
// it that a bucket is in here once; see docs/internals/telemetry.md.
//
// A feed whose end may be lost, by damage or a death of the machine, becomes another: its positions
// might stand for other reports than a reader remembers. What is left is read again then.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/registry/workload_source.h"
#include "journal/journal.h"
#include "metrics/registry.h"
#include "seine/telemetry/v1/feed.pb.h"

namespace seine::control {

// A report is kMaxReportBytes at most.
inline constexpr journal::Limits kFeedLimits{.record = std::size_t{5} << 20,
                                             .segment = std::size_t{4} << 20,
                                             .total = std::size_t{256} << 20};

class FeedSpool {
 public:
  // `machine`: which life of the machine this is. Error kInvalidConfig.
  static Result<std::unique_ptr<FeedSpool>> open(std::string folder, std::string machine,
                                                 const Log& log, metrics::Registry& metrics,
                                                 journal::Limits limits = kFeedLimits);

  // Whether anybody has ever read: otherwise nothing is kept.
  bool has_begun() const { return journal_->has_begun() || is_uncertain_; }
  // Begins it, if need be. Error kUnavailable.
  Result<void> begin();
  // 16 octets; of what has begun.
  std::string id() const;
  // Of the last report; 0: there is none.
  std::uint64_t last() const { return journal_->next() - 1; }

  // `report` without a position, which it gets. Errors: kLimit: it is full; kUnavailable.
  Result<void> append(const seine::telemetry::v1::FeedReport& report);
  // Takes the last one back, before anybody could read it.
  void undo();
  // Wakes readers.
  void publish();
  // The reader has all up to there.
  void acknowledge(std::uint64_t position);
  void show_metrics();

  // Notified of reports that were published.
  ChangeNotifier& changes() { return changes_; }

  // Holds one report at most. Dies before the spool.
  class Reader {
   public:
    Reader(const FeedSpool& spool, std::uint64_t after)
        : cursor_(*spool.journal_, after + 1), log_(spool.log_) {}
    // Nothing at the end, for now. What cannot be read is passed over, and said.
    std::optional<seine::telemetry::v1::FeedReport> next();
    std::uint64_t after() const { return cursor_.position() - 1; }
    void skip_after(std::uint64_t position) { cursor_.skip_to(position + 1); }

   private:
    journal::Cursor cursor_;
    const Log& log_;
  };

 private:
  FeedSpool(std::unique_ptr<journal::Journal> journal, std::string machine, const Log& log,
            metrics::Registry& metrics);
  std::optional<WallTime> find_oldest_unread();

  const std::unique_ptr<journal::Journal> journal_;
  const std::string machine_;
  const Log& log_;
  bool is_uncertain_;  // what its positions stand for, until begin()
  std::uint64_t acknowledged_ = 0;
  Reader unread_reader_;
  std::optional<std::pair<std::uint64_t, WallTime>> oldest_unread_;
  ChangeNotifier changes_;
  const metrics::Gauge octets_;
  const metrics::Gauge unread_;
  const metrics::Gauge oldest_;
};

// /proc/sys/kernel/random/boot_id; empty where it cannot be read.
std::string read_machine_life();

}  // namespace seine::control
