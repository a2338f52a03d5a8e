// SPDX-License-Identifier: Apache-2.0
// Some messages of a cluster as counts: each bucket once, in the slots in which it ended. What
// reads and writes is elsewhere. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "dive/store/boots.h"
#include "dive/store/counts.h"
#include "dive/store/retention.h"
#include "dive/store/series.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {

class MetricBatch {
 public:
  struct Kept {
    Series series;
    SlotCounts slots;  // of the finest resolution
    // By hour and place: serialized, with when it ended.
    std::map<std::pair<std::int64_t, std::int64_t>, std::pair<WallTime, std::string>> exemplars;
  };
  // By canonical key.
  using Rows = std::unordered_map<std::string, Kept>;

  // What the audit is told, by kind and workload.
  struct Remark {
    std::uint64_t buckets = 0;
    std::uint64_t requests = 0;
    WallTime first = WallTime::max();  // the ends of the buckets
    WallTime last = WallTime::min();
  };
  using Remarks = std::map<std::pair<std::string, std::string>, Remark>;

  // Boots are those of all messages that are to come.
  MetricBatch(Boots& boots, const Retention& retention, WallTime now)
      : boots_(boots), retention_(retention), now_(now) {}

  // A message that was checked.
  void add(const ::dive::v1::MetricMessage& message);

  const Rows& rows() const { return rows_; }
  const Remarks& remarks() const { return remarks_; }
  // Of the messages; before 1970 where none told.
  WallTime complete_until() const { return complete_until_; }

 private:
  struct Dated {
    WallTime end;
    Duration length;
    bool redated = false;
  };
  Dated date(const ::dive::v1::CountedBucket& counted, Duration shift) const;
  void count(const ::dive::v1::CountedBucket& counted, const Dated& dated);
  void cover(const telemetry::v1::Reporter& reporter, const Dated& dated);
  void remark(const std::string& kind, const ::dive::v1::CountedBucket& counted, WallTime end);
  Kept& kept(const Series& series);

  Boots& boots_;
  const Retention& retention_;
  const WallTime now_;
  Rows rows_;
  Remarks remarks_;
  WallTime complete_until_{};
};

}  // namespace seine::dive
