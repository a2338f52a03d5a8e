// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/objective_counts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace seine::dive {
namespace {

std::uint64_t all_of(const Tally& tally) {
  return tally.counts.total() + tally.excluded + tally.cancelled + tally.unjudged;
}

struct Slot {
  Views views;
  Tally unmeshed;                     // of the servers' view, what callers have not told
  std::uint64_t server_overflow = 0;  // what servers could not keep apart
  Duration length = Duration::zero();
  Coverage coverage;
};

class Counting {
 public:
  Counting(const Objective& objective, const Backends& backends)
      : objective_(objective), subject_(objective.subject, backends) {}

  void add(std::span<const CountRows> rows) {
    for (const CountRows& each : rows) {
      if (subject_.contains(each.facts)) add_row(each);
    }
    for (const CountRows& each : rows) {
      if (each.facts.is_overflow) add_overflow(each);
    }
  }

  void add(std::span<const CoverageSlot> coverage) {
    for (const CoverageSlot& each : coverage) slot(each.end, each.length).coverage += each.coverage;
  }

  ObjectiveCounts finish() {
    ObjectiveCounts out;
    for (auto& [end, each] : slots_) {
      settle_server_overflow(each);
      out.views.callers += each.views.callers;
      out.views.servers += each.views.servers;
      out.views.verdict += each.views.verdict;
      out.buckets.push_back({.end = end,
                             .length = each.length,
                             .tally = each.views.verdict,
                             .coverage = each.coverage});
    }
    return out;
  }

 private:
  Slot& slot(WallTime end, Duration length) {
    Slot& out = slots_[end];
    out.length = std::max(out.length, length);
    return out;
  }

  void add_row(const CountRows& rows) {
    if (!rows.facts.is_inbound()) callers_.insert(key_of(rows.facts.reporter));
    for (const RowSlot& each : rows.slots) {
      const Tally tally = tally_row(objective_, rows.facts.response(), each.count, each.latency);
      Slot& out = slot(each.end, each.length);
      if (!rows.facts.is_inbound()) {
        out.views.add_outbound(tally);
        continue;
      }
      out.views.add_inbound(tally, rows.facts.has_meshed_caller());
      if (!rows.facts.has_meshed_caller()) out.unmeshed += tally;
    }
  }

  void add_overflow(const CountRows& rows) {
    const bool is_of_server = rows.facts.is_inbound() && subject_.is_backend(rows.facts.reporter);
    const bool is_of_caller =
        !rows.facts.is_inbound() && callers_.contains(key_of(rows.facts.reporter));
    if (!is_of_server && !is_of_caller) return;
    for (const RowSlot& each : rows.slots) {
      const Tally tally = tally_overflow(each.count);
      Slot& out = slot(each.end, each.length);
      if (is_of_caller) {
        out.views.add_outbound(tally);
      } else {
        out.views.servers += tally;
        out.server_overflow += tally.unjudged;
      }
    }
  }

  // Whatever came to a server from a meshed caller that caller has counted as well. So of what the
  // server could not keep apart, only what is more than callers tell of can be missing.
  static void settle_server_overflow(Slot& slot) {
    if (slot.server_overflow == 0) return;
    const std::uint64_t told = all_of(slot.views.callers) + all_of(slot.unmeshed);
    const std::uint64_t seen = all_of(slot.views.servers);
    const std::uint64_t missing = std::min(slot.server_overflow, seen - std::min(seen, told));
    slot.views.verdict += tally_overflow(missing);
  }

  static std::pair<std::string, std::string> key_of(const Party& party) {
    return {party.ns, party.workload};
  }

  const Objective& objective_;
  const SubjectRows subject_;
  std::set<std::pair<std::string, std::string>> callers_;  // who has rows of the subject
  std::map<WallTime, Slot> slots_;
};

}  // namespace

ObjectiveCounts count_for(const Objective& objective, const Backends& backends,
                          std::span<const CountRows> rows, std::span<const CoverageSlot> coverage) {
  Counting counting(objective, backends);
  counting.add(rows);
  counting.add(coverage);
  return counting.finish();
}

void add(ObjectiveCounts& sum, const ObjectiveCounts& other) {
  std::map<WallTime, CountBucket> buckets;
  for (const ObjectiveCounts* each : std::initializer_list<const ObjectiveCounts*>{&sum, &other}) {
    for (const CountBucket& bucket : each->buckets) {
      CountBucket& out = buckets[bucket.end];
      out.end = bucket.end;
      out.length = std::max(out.length, bucket.length);
      out.tally += bucket.tally;
      out.coverage += bucket.coverage;
    }
  }
  sum.buckets.clear();
  for (auto& [end, bucket] : buckets) sum.buckets.push_back(bucket);
  sum.views.verdict += other.views.verdict;
  sum.views.callers += other.views.callers;
  sum.views.servers += other.views.servers;
}

}  // namespace seine::dive
