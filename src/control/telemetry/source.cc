// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/source.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace seine::control {

Boot* Source::boot(const std::string& name, WallTime now) {
  if (const auto known = boots.find(name); known != boots.end()) return &known->second;
  if (boots.size() >= kMaxBootsOfSource) {
    std::erase_if(boots,
                  [now](const auto& boot) { return boot.second.heard < now - kGoneSourceRest; });
  }
  return boots.size() >= kMaxBootsOfSource ? nullptr : &boots[name];
}

bool Source::becomes_newest(const std::string& boot, const ReportedBucket& bucket, WallTime now) {
  // What began in the future did so by a clock that was set back since.
  const bool is_newer = boot == newest_.boot ? bucket.sequence > newest_.sequence
                                             : bucket.start > newest_.start || newest_.start > now;
  if (is_newer) newest_ = {boot, bucket.sequence, bucket.start};
  return is_newer;
}

Duration Source::hear(const Report& report, const Boot& boot, WallTime now) {
  if (!report.sent_at) return Duration::zero();
  const bool has_news = std::ranges::any_of(report.buckets, [&boot](const ReportedBucket& bucket) {
    return bucket.sequence > boot.counted.last();
  });
  // It was sent after all that has come of this life, so by a clock that was set back.
  if (has_news && *report.sent_at < last_sent_) clock_.forget();
  if (has_news) last_sent_ = *report.sent_at;
  clock_.hear(*report.sent_at, now);
  return clock_.behind().value_or(Duration::zero());
}

void Source::count(const std::string& boot, ReportedBucket bucket, WallTime end, WallTime now) {
  const bool is_newest = becomes_newest(boot, bucket, now);
  WallTime since = now - kKeptTime;
  if (buckets_.size() >= kMaxSourceBuckets) {
    since = std::max(since, buckets_.front().to + WallTime::duration(1));
  }
  const WallTime start = end - bucket.length;
  first = first ? std::min(*first, start) : start;
  http.add(std::move(bucket.http), end, since, is_newest);
  tcp.add(std::move(bucket.tcp), end, since, is_newest);
  while (!buckets_.empty() && buckets_.front().to < since) buckets_.pop_front();
  if (end >= since) {
    buckets_.insert(std::ranges::upper_bound(buckets_, end, {}, &CountedTime::to), {start, end});
  }
  is_unwritten = true;
}

Coverage Source::covered(WallTime from, WallTime to) const {
  const auto after = std::ranges::upper_bound(buckets_, from, {}, &CountedTime::to);
  const auto beyond = std::ranges::upper_bound(buckets_, to, {}, &CountedTime::to);
  Coverage coverage{.received = after < beyond ? static_cast<std::uint64_t>(beyond - after) : 0};
  const WallTime begin = first ? std::max(from, *first) : to;
  const WallTime finish = gone ? std::min(to, *gone) : to;
  if (finish > begin) {
    coverage.expected = static_cast<std::uint64_t>((finish - begin) / reporter.interval);
  }
  coverage.expected = std::max(coverage.expected, coverage.received);
  return coverage;
}

Coverage Source::covered() const {
  Coverage coverage;
  for (const auto& [name, boot] : boots) coverage.expected += boot.counted.last();
  coverage.received = coverage.expected - missing();
  return coverage;
}

std::vector<CountedTime> Source::counted(WallTime from, WallTime to) const {
  std::vector<CountedTime> out;
  for (CountedTime bucket : buckets_) {
    if (bucket.to <= from || bucket.to > to) continue;
    // By their ends; one that came late, or over a clock that jumped, may lie over others. A gap
    // as short as a late timer is none.
    while (!out.empty() && bucket.from <= out.back().to + kLateTimer) {
      bucket.from = std::min(bucket.from, out.back().from);
      out.pop_back();
    }
    out.push_back(bucket);
  }
  return out;
}

std::optional<WallTime> Source::told_until(WallTime latest) const {
  const auto beyond = std::ranges::upper_bound(buckets_, latest, {}, &CountedTime::to);
  if (beyond == buckets_.begin()) return std::nullopt;
  const WallTime end = std::prev(beyond)->to;
  return latest - end > 2 * reporter.interval ? std::nullopt : std::optional(end);
}

WallTime Source::began(WallTime at) const {
  const auto next = std::ranges::upper_bound(buckets_, at, {}, &CountedTime::to);
  return next == buckets_.end() ? at : std::min(at, next->from);
}

bool Source::is_fed() const {
  return std::ranges::all_of(boots, [](const auto& boot) {
    return boot.second.fed.count() >= boot.second.counted.count();
  });
}

std::uint64_t Source::missing() const {
  std::uint64_t missing = 0;
  for (const auto& [name, boot] : boots) missing += boot.counted.missing();
  return missing;
}

}  // namespace seine::control
