// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/source.h"

#include <algorithm>
#include <chrono>
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

void Source::count(ReportedBucket bucket, WallTime end, WallTime now) {
  const WallTime since = now - kTelemetryWindow;
  const WallTime start = end - bucket.length;
  first = first ? std::min(*first, start) : start;
  // The first of a boot is short, too.
  if (bucket.sequence > 1) {
    lengths_[0] = std::exchange(
        lengths_[1], std::max<Duration>(std::chrono::round<std::chrono::seconds>(bucket.length),
                                        std::chrono::seconds(1)));
  }
  http.add(std::move(bucket.http), end, since);
  tcp.add(std::move(bucket.tcp), end, since);
  while (!ends_.empty() && ends_.front() < since) ends_.pop_front();
  if (end >= since) ends_.insert(std::ranges::upper_bound(ends_, end), end);
  is_unwritten = true;
}

Coverage Source::covered(WallTime from, WallTime to) const {
  const auto after = std::ranges::upper_bound(ends_, from);
  const auto beyond = std::ranges::upper_bound(ends_, to);
  Coverage coverage{.received = after < beyond ? static_cast<std::uint64_t>(beyond - after) : 0};
  const WallTime begin = first ? std::max(from, *first) : to;
  const WallTime finish = gone ? std::min(to, *gone) : to;
  const Duration interval = std::max(lengths_[0], lengths_[1]);
  if (finish > begin) coverage.expected = static_cast<std::uint64_t>((finish - begin) / interval);
  coverage.expected = std::max(coverage.expected, coverage.received);
  return coverage;
}

Coverage Source::covered() const {
  Coverage coverage;
  for (const auto& [name, boot] : boots) coverage.expected += boot.counted.last();
  coverage.received = coverage.expected - missing();
  return coverage;
}

std::uint64_t Source::missing() const {
  std::uint64_t missing = 0;
  for (const auto& [name, boot] : boots) missing += boot.counted.missing();
  return missing;
}

}  // namespace seine::control
