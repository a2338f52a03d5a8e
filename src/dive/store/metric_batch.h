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
#include "dive/store/series.h"
#include "dive/store/slot.h"
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
    // Of buckets that were refused: why the first was. Nothing else is known of them.
    std::string why;
    std::uint64_t requests = 0;
    WallTime first = WallTime::max();  // the ends of the buckets
    WallTime last = WallTime::min();
  };
  using Remarks = std::map<std::pair<std::string, std::string>, Remark>;

  // Boots are those of all messages that are to come. What ended by `gone_until` has no place any
  // more. `shift` is what is added to their times: controller, proxies and agent of a cluster are
  // taken to have one clock.
  MetricBatch(Boots& boots, Seconds gone_until, WallTime now, Duration shift = {})
      : boots_(boots), gone_until_(gone_until), now_(now), shift_(shift) {}

  // What became of the buckets of a message.
  struct Added {
    std::uint64_t taken = 0;    // counted now or before, or too late to be
    std::uint64_t refused = 0;  // by themselves: the others are taken
    std::string why;            // the first was refused
  };
  // A message that was checked, but for its buckets.
  Added add(const ::dive::v1::MetricMessage& message);

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
  Dated date(const ::dive::v1::CountedBucket& counted) const;
  void count(const ::dive::v1::CountedBucket& counted, const Dated& dated);
  void cover(const telemetry::v1::Reporter& reporter, const Dated& dated);
  void take(const ::dive::v1::CountedBucket& counted);
  Remark& remark(const std::string& kind, std::string subject);
  void remark(const std::string& kind, const ::dive::v1::CountedBucket& counted, WallTime end);
  Kept& kept(const Series& series);

  Boots& boots_;
  const Seconds gone_until_;
  const WallTime now_;
  const Duration shift_;
  Rows rows_;
  Remarks remarks_;
  WallTime complete_until_{};
};

}  // namespace seine::dive
