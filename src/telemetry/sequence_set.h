// SPDX-License-Identifier: Apache-2.0
// Which numbers of an ascending sequence have come, in ranges. Bounded: where too many gaps are
// open the lowest is closed, and what it lacked is taken for lost. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seine::telemetry {

class SequenceSet {
 public:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;  // inclusive
    friend bool operator==(const Range&, const Range&) = default;
  };

  explicit SequenceSet(std::size_t max_ranges) : max_ranges_(max_ranges) {}

  bool contains(std::uint64_t number) const;
  // False if it is there already. Numbers count from 1.
  bool insert(std::uint64_t number);
  // Takes over what ranges() gave. False, and nothing is there, unless they ascend with gaps
  // between them and begin above 0.
  bool restore(std::vector<Range> ranges);

  const std::vector<Range>& ranges() const { return ranges_; }
  std::uint64_t last() const { return ranges_.empty() ? 0 : ranges_.back().last; }
  // How many up to last() have not come, those of closed gaps included.
  std::uint64_t missing() const;
  // How many have come, but for those that came to a closed gap.
  std::uint64_t count() const { return last() - missing(); }
  // How many were in gaps that had to be closed.
  std::uint64_t lost() const { return lost_; }
  void set_lost(std::uint64_t lost) { lost_ = lost; }

 private:
  std::size_t max_ranges_;
  std::vector<Range> ranges_;
  std::uint64_t lost_ = 0;
};

}  // namespace seine::telemetry
