// SPDX-License-Identifier: Apache-2.0
#include "telemetry/sequence_set.h"

#include <algorithm>
#include <utility>

namespace seine::telemetry {

bool SequenceSet::contains(std::uint64_t number) const {
  const auto after = std::ranges::upper_bound(ranges_, number, {}, &Range::first);
  return after != ranges_.begin() && std::prev(after)->last >= number;
}

bool SequenceSet::insert(std::uint64_t number) {
  const auto after = std::ranges::upper_bound(ranges_, number, {}, &Range::first);
  const bool has_before = after != ranges_.begin();
  if (has_before && std::prev(after)->last >= number) return false;
  const bool joins_before = has_before && std::prev(after)->last + 1 == number;
  const bool joins_after = after != ranges_.end() && after->first == number + 1;
  if (joins_before && joins_after) {
    std::prev(after)->last = after->last;
    ranges_.erase(after);
  } else if (joins_before) {
    std::prev(after)->last = number;
  } else if (joins_after) {
    after->first = number;
  } else {
    ranges_.insert(after, {number, number});
  }
  if (ranges_.size() > max_ranges_) {
    lost_ += ranges_[1].first - ranges_[0].last - 1;
    ranges_[1].first = ranges_[0].first;
    ranges_.erase(ranges_.begin());
  }
  return true;
}

bool SequenceSet::restore(std::vector<Range> ranges) {
  ranges_.clear();
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const Range& range = ranges[i];
    if (range.first == 0 || range.last < range.first) return false;
    if (i > 0 && range.first - 1 <= before) return false;
    before = range.last;
  }
  if (ranges.size() > max_ranges_) return false;
  ranges_ = std::move(ranges);
  return true;
}

std::uint64_t SequenceSet::missing() const {
  std::uint64_t there = 0;
  for (const Range& range : ranges_) there += range.last - range.first + 1;
  return last() - there + lost_;
}

}  // namespace seine::telemetry
