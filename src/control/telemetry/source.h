// SPDX-License-Identifier: Apache-2.0
// One proxy as the controller has heard of it: who it is, which of its buckets have come, and what
// they counted. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/telemetry/count_table.h"
#include "control/telemetry/report.h"
#include "control/telemetry/telemetry_limits.h"
#include "telemetry/clock_offset.h"
#include "telemetry/sequence_set.h"

namespace seine::control {

// An empty instance stands for a pod from whose proxy nothing has come.
struct SourceId {
  std::string ns;
  std::string pod;
  std::string instance;
  friend auto operator<=>(const SourceId&, const SourceId&) = default;
};

struct TableBudgets {
  TableBudget http{.rows = kMaxRows, .entries = kMaxWindowEntries};
  TableBudget tcp{.rows = kMaxRows, .entries = kMaxWindowEntries};
};

// A life of the process, and which of its buckets have been counted.
struct Boot {
  telemetry::SequenceSet counted{kMaxSequenceRanges};
  // Which of them the reader of the feed gets, or has no claim to, since there was none.
  telemetry::SequenceSet fed{kMaxSequenceRanges};
  WallTime heard{};
};

// When buckets were counting.
struct CountedTime {
  WallTime from;
  WallTime to;
  friend bool operator==(const CountedTime&, const CountedTime&) = default;
};

// How complete a span is, in buckets.
struct Coverage {
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
};

class Source {
 public:
  Source(ReporterFacts who, TableBudgets& budgets)
      : reporter(std::move(who)),
        http(kMaxRowsOfSource, budgets.http),
        tcp(kMaxRowsOfSource, budgets.tcp) {}

  // The boot of that name, made if there is room: boots that have been silent for an hour go. Null
  // where there is none.
  Boot* boot(const std::string& name, WallTime now);
  // What a report tells of its sender's clock, before its buckets are counted. Ours minus theirs.
  Duration hear(const Report& report, const Boot& boot, WallTime now);
  // Counts a bucket of that boot that has not been counted; it ends at `end`.
  void count(const std::string& boot, ReportedBucket bucket, WallTime end, WallTime now);

  // Of the buckets that ended within (from, to], those that were there among those that had to be.
  // Nothing is expected before `since`, where the pod's life began at the latest.
  Coverage covered(WallTime from, WallTime to) const;
  Coverage covered() const;
  // When the buckets that ended within (from, to] were counting: ascending, and one where they
  // follow one another.
  std::vector<CountedTime> counted(WallTime from, WallTime to) const;
  // The end of the last bucket by then. Nothing where one more than the next is overdue: then it is
  // not waited for.
  std::optional<WallTime> told_until(WallTime latest) const;
  // When the bucket began that was counting at that time; the time itself where there is none.
  WallTime began(WallTime at) const;
  std::uint64_t missing() const;
  // Whether all that has been counted is fed.
  bool is_fed() const;

  ReporterFacts reporter;
  std::map<std::string, Boot> boots;
  CountTable<HttpCounts> http;
  CountTable<TcpCounts> tcp;
  std::optional<WallTime> first;  // when its first bucket began
  WallTime last_report{};
  std::optional<WallTime> gone;  // since when it does not run
  bool is_unwritten = false;

 private:
  // The newest bucket that its proxy has made, whenever it came: the last of a boot, and of boots
  // the one that began last.
  struct Newest {
    std::string boot;
    std::uint64_t sequence = 0;
    WallTime start{};
  };
  bool becomes_newest(const std::string& boot, const ReportedBucket& bucket, WallTime now);

  telemetry::ClockOffset clock_;
  WallTime last_sent_{};
  Newest newest_;
  std::deque<CountedTime> buckets_;  // of the window, by their ends
};

}  // namespace seine::control
