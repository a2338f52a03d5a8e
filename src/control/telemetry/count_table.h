// SPDX-License-Identifier: Apache-2.0
// The rows of one source: what each has counted in all, and bucket by bucket for the window's time.
// Bounded; a row for which there is no room is counted in its direction's overflow row, so that
// totals stay exact. Rows of which the window shows nothing make room for new ones. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "control/telemetry/counts.h"

namespace seine::control {

// What all sources may still take; see telemetry_limits.h.
struct TableBudget {
  std::size_t rows;
  std::size_t entries;  // of buckets
};

// As telemetry.v1's Direction; the first is its UNSPECIFIED and never used.
inline constexpr std::size_t kDirections = 3;

// Counts is HttpCounts or TcpCounts.
template <class Counts>
class CountTable {
 public:
  // One row of a bucket. `key` names what it is about and includes the direction; empty for an
  // overflow row.
  struct Entry {
    std::size_t direction = 0;  // 1 or 2
    std::string key;
    Counts counts;
    std::uint64_t open = 0;  // when its bucket ended
    std::vector<std::string> exemplars;
  };
  // A merged row; texts live as long as the table is not changed.
  struct Merged {
    std::size_t direction = 0;
    std::string_view key;
    Counts counts;
    std::uint64_t open = 0;
    const std::vector<std::string>* exemplars = nullptr;
  };

  CountTable(std::size_t max_rows, TableBudget& budget) : max_rows_(max_rows), budget_(budget) {}
  ~CountTable();
  CountTable(const CountTable&) = delete;
  CountTable& operator=(const CountTable&) = delete;

  // A bucket that ended at `end`. One that ended before `since` is counted in the totals alone.
  // The newest that the proxy made says what is open now, a late one says nothing of it.
  void add(std::vector<Entry> bucket, WallTime end, WallTime since, bool is_newest);
  // Takes back what whole() gave, into a table that has counted nothing.
  void restore(std::vector<Entry> rows);
  // Forgets buckets that ended before `since`, but for what they did to the totals.
  void forget(WallTime since);

  // Buckets that ended within (from, to], and what is open by the newest of all, unless that ended
  // before `from`.
  std::vector<Merged> within(WallTime from, WallTime to) const;
  std::vector<Merged> whole() const;

 private:
  struct Row {
    std::size_t direction = 0;
    std::string key;  // empty: an overflow row, or a free one
    Counts total;
    std::uint64_t open = 0;
    std::uint64_t open_by = 0;  // which of the newest told it
    WallTime last{};            // the end of the last bucket that had it
    std::vector<std::string> exemplars;
  };
  struct Cell {
    std::uint32_t row;
    Counts counts = {};
  };
  struct Bucket {
    WallTime end;
    std::vector<Cell> cells;
    std::size_t charged = 0;  // to the budget
  };

  std::uint32_t row_of(const Entry& entry);
  std::uint32_t overflow_of(std::size_t direction);
  std::map<std::uint32_t, Cell> fold(const std::map<std::uint32_t, Cell>& cells);
  void fold_idle_rows();
  std::uint64_t open_of(const Row& row) const { return row.open_by == newest_ ? row.open : 0; }
  void keep(std::map<std::uint32_t, Cell> cells, WallTime end);

  const std::size_t max_rows_;
  TableBudget& budget_;
  // The first of each direction are the overflow rows.
  std::vector<Row> rows_{kDirections};
  std::vector<std::uint32_t> free_;
  std::map<std::string, std::uint32_t, std::less<>> by_key_;
  std::deque<Bucket> buckets_;  // by their ends
  WallTime last_{};             // the latest end of a bucket ever
  std::uint64_t newest_ = 0;    // how many have been the newest
  WallTime newest_end_{};
  WallTime since_{};  // what ended before has been forgotten
};

extern template class CountTable<HttpCounts>;
extern template class CountTable<TcpCounts>;

}  // namespace seine::control
