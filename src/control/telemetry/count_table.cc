// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/count_table.h"

#include <algorithm>
#include <optional>

#include "control/telemetry/telemetry_limits.h"
#include "telemetry/check_bucket.h"

namespace seine::control {

template <class Counts>
CountTable<Counts>::~CountTable() {
  forget(WallTime::max());
  budget_.rows += by_key_.size();
}

template <class Counts>
void CountTable<Counts>::add(std::vector<Entry> bucket, WallTime end, WallTime since,
                             bool is_newest) {
  forget(since);
  last_ = std::max(last_, end);
  if (is_newest) {
    ++newest_;
    newest_end_ = end;
  }
  std::map<std::uint32_t, Cell> cells;
  for (Entry& entry : bucket) {
    const std::uint32_t index = row_of(entry);
    Row& row = rows_[index];
    row.total.add(entry.counts);
    row.last = std::max(row.last, end);
    if (is_newest) {
      // Several rows of it may be one overflow row here.
      row.open = open_of(row) + entry.open;
      row.open_by = newest_;
    }
    for (std::string& exemplar : entry.exemplars) row.exemplars.push_back(std::move(exemplar));
    if (row.exemplars.size() > telemetry::kMaxRowExemplars) {
      row.exemplars.erase(row.exemplars.begin(), row.exemplars.end() - telemetry::kMaxRowExemplars);
    }
    Cell& cell = cells.try_emplace(index, Cell{.row = index}).first->second;
    cell.counts.add(entry.counts);
  }
  if (end >= since) keep(std::move(cells), end);
}

// One row of each direction stands for all.
template <class Counts>
std::map<std::uint32_t, typename CountTable<Counts>::Cell> CountTable<Counts>::fold(
    const std::map<std::uint32_t, Cell>& cells) {
  std::map<std::uint32_t, Cell> folded;
  for (const auto& [index, cell] : cells) {
    const std::uint32_t overflow = overflow_of(rows_[index].direction);
    Cell& into = folded.try_emplace(overflow, Cell{.row = overflow}).first->second;
    into.counts.add(cell.counts);
  }
  return folded;
}

template <class Counts>
void CountTable<Counts>::keep(std::map<std::uint32_t, Cell> cells, WallTime end) {
  if (cells.size() > budget_.entries) cells = fold(cells);
  Bucket bucket{.end = end, .charged = std::min(budget_.entries, cells.size())};
  budget_.entries -= bucket.charged;
  for (auto& [index, cell] : cells) bucket.cells.push_back(std::move(cell));
  const auto after = std::ranges::upper_bound(buckets_, end, {}, &Bucket::end);
  buckets_.insert(after, std::move(bucket));
}

template <class Counts>
void CountTable<Counts>::forget(WallTime since) {
  since_ = std::max(since_, since);
  while (!buckets_.empty() && buckets_.front().end < since) {
    budget_.entries += buckets_.front().charged;
    buckets_.pop_front();
  }
}

template <class Counts>
std::uint32_t CountTable<Counts>::overflow_of(std::size_t direction) {
  rows_[direction].direction = direction;
  return static_cast<std::uint32_t>(direction);
}

template <class Counts>
std::uint32_t CountTable<Counts>::row_of(const Entry& entry) {
  if (entry.key.empty()) return overflow_of(entry.direction);
  if (const auto known = by_key_.find(entry.key); known != by_key_.end()) return known->second;
  if (by_key_.size() >= max_rows_ || budget_.rows == 0) fold_idle_rows();
  if (by_key_.size() >= max_rows_ || budget_.rows == 0) return overflow_of(entry.direction);
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(rows_.size());
    rows_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  rows_[index].direction = entry.direction;
  rows_[index].key = entry.key;
  by_key_.emplace(entry.key, index);
  --budget_.rows;
  return index;
}

template <class Counts>
void CountTable<Counts>::fold_idle_rows() {
  for (auto at = by_key_.begin(); at != by_key_.end();) {
    Row& row = rows_[at->second];
    // One that the newest bucket had is not idle, even where the window is empty.
    if (row.last >= since_ || row.last == last_) {
      ++at;
      continue;
    }
    rows_[overflow_of(row.direction)].total.add(row.total);
    row = Row();
    free_.push_back(at->second);
    at = by_key_.erase(at);
    ++budget_.rows;
  }
}

template <class Counts>
void CountTable<Counts>::restore(std::vector<Entry> rows) {
  for (Entry& entry : rows) rows_[row_of(entry)].total.add(entry.counts);
}

template <class Counts>
std::vector<typename CountTable<Counts>::Merged> CountTable<Counts>::within(WallTime from,
                                                                            WallTime to) const {
  std::vector<std::optional<Merged>> merged(rows_.size());
  const auto row_at = [&](std::size_t index) -> Merged& {
    const Row& known = rows_[index];
    if (!merged[index]) {
      merged[index] =
          Merged{.direction = known.direction, .key = known.key, .exemplars = &known.exemplars};
    }
    return *merged[index];
  };
  for (const Bucket& bucket : buckets_) {
    if (bucket.end <= from || bucket.end > to) continue;
    for (const Cell& cell : bucket.cells) row_at(cell.row).counts.add(cell.counts);
  }
  for (std::size_t i = 0; newest_end_ > from && i < rows_.size(); ++i) {
    if (const std::uint64_t open = open_of(rows_[i]); open > 0) row_at(i).open = open;
  }
  std::vector<Merged> out;
  for (auto& row : merged) {
    if (row) out.push_back(*std::move(row));
  }
  return out;
}

template <class Counts>
std::vector<typename CountTable<Counts>::Merged> CountTable<Counts>::whole() const {
  std::vector<Merged> out;
  for (const Row& row : rows_) {
    if (row.direction == 0) continue;
    out.push_back({.direction = row.direction,
                   .key = row.key,
                   .counts = row.total,
                   .open = open_of(row),
                   .exemplars = &row.exemplars});
  }
  return out;
}

template class CountTable<HttpCounts>;
template class CountTable<TcpCounts>;

}  // namespace seine::control
