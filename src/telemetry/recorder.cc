// SPDX-License-Identifier: Apache-2.0
#include "telemetry/recorder.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "telemetry/latency_buckets.h"

namespace seine::telemetry {

using ledger::Kind;
using ledger::Slot;

namespace {

constexpr std::size_t kMaxHandles = 16;

std::size_t index_of(Direction direction) {
  return direction == Direction::kInbound ? 0 : 1;
}

template <std::size_t N>
std::uint8_t keep(std::array<char, N>& into, std::string_view text) {
  return static_cast<std::uint8_t>(text.copy(into.data(), N));
}

template <std::size_t N>
std::uint8_t keep(char (&into)[N], std::string_view text) {
  return static_cast<std::uint8_t>(text.copy(into, N));
}

}  // namespace

RequestSketch::RequestSketch(std::string_view method, std::string_view target,
                             std::string_view trace_id)
    : method_size_(keep(method_, method)),
      path_size_(keep(path_, target.substr(0, target.find('?')))),
      trace_size_(keep(trace_, trace_id)) {}

Recorder::Recorder(Ledger& ledger, std::size_t lane, const Clock& clock)
    : ledger_(ledger),
      lane_(lane),
      clock_(clock),
      random_(static_cast<std::uint64_t>(clock.wall_now().time_since_epoch().count()) | 1) {
  SEINE_CHECK(lane < ledger.lanes(), "a recorder without a lane");
}

void Recorder::rotate(std::uint64_t sequence, WallTime start) {
  SEINE_CHECK(sequence == generation_ + 1, "buckets follow one another");
  ledger::HalfHeader& half = ledger_.half(lane_, sequence % 2);
  SEINE_CHECK(half.sequence <= ledger_.sealed(), "the half is still needed");
  // While it bears its old, sealed sequence nobody looks at it.
  ledger::publish(half.rows, std::uint32_t{0});
  ledger::publish(half.start, std::int64_t{start.time_since_epoch().count()});
  ledger::publish(half.sequence, sequence);
  half_ = &half;
  slots_ = ledger_.slots_of(lane_, sequence % 2);
  generation_ = sequence;
  for (auto& index : index_) index.clear();
  overflow_ = {};
  for (auto& live : live_) row_of(live);
}

// Null where fewer than `limit` are left.
Slot* Recorder::claim(Kind kind, std::string_view key, std::size_t limit) {
  if (half_->rows + limit >= ledger_.slots()) return nullptr;
  Slot& slot = slots_[half_->rows];
  std::memset(&slot, 0, offsetof(Slot, key));
  slot.kind = kind;
  slot.key_size = static_cast<std::uint32_t>(key.copy(slot.key, sizeof slot.key));
  ledger::publish(half_->rows, half_->rows + 1);
  return &slot;
}

Slot& Recorder::overflow(Kind kind, Direction direction) {
  const bool http = kind == Kind::kHttp;
  Slot*& row = overflow_[http ? 0 : 1][index_of(direction)];
  if (row == nullptr) {
    row = claim(http ? Kind::kHttpOverflow : Kind::kTcpOverflow, encode_overflow_key(direction), 0);
    SEINE_CHECK(row != nullptr, "overflow rows have their slots");
  }
  ledger_.count_folded();
  return *row;
}

Slot& Recorder::fresh_row(Kind kind, std::string_view key, Direction direction) {
  auto& index = index_[kind == Kind::kHttp ? 0 : 1];
  // Who has a connection open has a row from a bucket's beginning: half of the rows are requests'.
  const bool has_room =
      kind == Kind::kHttp || index.size() < (ledger_.slots() - ledger::kOverflowSlots + 1) / 2;
  Slot* row = has_room && key.size() <= ledger::kMaxKey ? claim(kind, key, ledger::kOverflowSlots)
                                                        : nullptr;
  if (row == nullptr) return overflow(kind, direction);
  const std::string_view kept(row->key, row->key_size);
  index.erase(kept);
  index.emplace(kept, row);
  return *row;
}

Slot& Recorder::row(Kind kind, std::string_view key, Direction direction) {
  const auto& index = index_[kind == Kind::kHttp ? 0 : 1];
  const auto found = index.find(key);
  return found != index.end() ? *found->second : fresh_row(kind, key, direction);
}

std::uint64_t Recorder::random_below(std::uint64_t n) {
  random_ ^= random_ >> 12;
  random_ ^= random_ << 25;
  random_ ^= random_ >> 27;
  const std::uint64_t next = random_ * 0x2545F4914F6CDD1DULL;
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next) * n) >> 64);
}

void Recorder::offer_exemplar(Slot& row, const RequestSketch& request, Duration latency,
                              std::string_view detail) {
  constexpr std::uint64_t kKept = std::size(decltype(row.exemplars){});
  const std::uint64_t nth = row.seen++;
  // Each of the n so far is kept with the same probability.
  const std::uint64_t place = nth < kKept ? nth : random_below(nth + 1);
  if (place >= kKept) return;
  ledger::Exemplar& kept = row.exemplars[place];
  ledger::publish(kept.valid, std::uint8_t{0});
  kept.method_size = keep(kept.method, request.method());
  kept.path_size = keep(kept.path, request.path());
  kept.trace_size = keep(kept.trace, request.trace_id());
  kept.detail_size = keep(kept.detail, detail);
  kept.ended_at = clock_.wall_now().time_since_epoch().count();
  kept.latency = latency.count();
  ledger::publish(kept.valid, std::uint8_t{1});
}

HttpRows::HttpRows(Recorder& recorder, const RowKey& key)
    : recorder_(recorder), direction_(key.direction), key_(encode_http_key(key)) {}

HttpRows::Handle& HttpRows::handle(const Outcome& outcome) {
  for (Handle& known : handles_) {
    if (known.outcome == outcome) return known;
  }
  if (handles_.size() == kMaxHandles) handles_.pop_back();
  return handles_.emplace_back(Handle{.outcome = outcome});
}

void HttpRows::bind(Handle& handle) {
  handle.row = &recorder_.row(Kind::kHttp, key_ + encode_outcome(handle.outcome), direction_);
  handle.generation = recorder_.generation();
}

void HttpRows::count(const Outcome& outcome, Duration latency, const RequestSketch& request,
                     std::string_view detail) {
  Handle& known = handle(outcome);
  if (known.generation != recorder_.generation()) bind(known);
  const std::size_t bucket = latency_bucket(latency);
  if (known.row->latency[bucket] == std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
    known.row = &recorder_.fresh_row(Kind::kHttp, key_ + encode_outcome(outcome), direction_);
  }
  Slot& row = *known.row;
  if (latency > Duration::zero()) {
    ledger::add(row.sum_microseconds, static_cast<std::uint64_t>(latency.count()) / 1000);
  }
  ledger::add(row.latency[bucket], std::uint32_t{1});
  recorder_.offer_exemplar(row, request, latency, detail);
}

Slot& Recorder::row_of(LiveMap::value_type& live) {
  if (live.second.generation != generation_) {
    live.second.row = &row(Kind::kTcp, live.first, live.second.direction);
    live.second.generation = generation_;
    // Added, not set: an overflow row has those of several.
    ledger::add(live.second.row->open, live.second.open);
  }
  return *live.second.row;
}

TcpConnection::TcpConnection(Recorder& recorder, const RowKey& key) : recorder_(recorder) {
  live_ =
      &*recorder.live_.try_emplace(encode_tcp_key(key), Recorder::Live{.direction = key.direction})
            .first;
  Slot& row = recorder_.row_of(*live_);
  ++live_->second.open;
  ledger::add(row.open, std::uint64_t{1});
  ledger::add(row.opened, std::uint64_t{1});
}

TcpConnection::~TcpConnection() {
  Slot& row = recorder_.row_of(*live_);
  ledger::add(row.open, ~std::uint64_t{0});
  Slot& closed = cause_.empty() ? row
                                : recorder_.row(Kind::kTcp, live_->first + encode_cause(cause_),
                                                live_->second.direction);
  ledger::add(closed.closed, std::uint64_t{1});
  if (--live_->second.open == 0) recorder_.live_.erase(recorder_.live_.find(live_->first));
}

void TcpConnection::read(std::uint64_t bytes) {
  ledger::add(recorder_.row_of(*live_).read_bytes, bytes);
}

void TcpConnection::written(std::uint64_t bytes) {
  ledger::add(recorder_.row_of(*live_).written_bytes, bytes);
}

}  // namespace seine::telemetry
