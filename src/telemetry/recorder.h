// SPDX-License-Identifier: Apache-2.0
// Counts on one thread, into one lane of a ledger. A row is found once a bucket; a request then
// costs a comparison and three stores. One thread all its life; outlives every HttpRows and
// TcpConnection made of it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "telemetry/keys.h"
#include "telemetry/ledger.h"

namespace seine::telemetry {

// What an exemplar tells of a request, kept while the request is under way: a few bytes copied, no
// allocation. The path loses its query and what is beyond 120 bytes.
class RequestSketch {
 public:
  RequestSketch() = default;
  RequestSketch(std::string_view method, std::string_view target, std::string_view trace_id);
  std::string_view method() const { return {method_.data(), method_size_}; }
  std::string_view path() const { return {path_.data(), path_size_}; }
  std::string_view trace_id() const { return {trace_.data(), trace_size_}; }

 private:
  std::uint8_t method_size_ = 0;
  std::uint8_t path_size_ = 0;
  std::uint8_t trace_size_ = 0;
  std::array<char, sizeof(ledger::Exemplar::method)> method_;
  std::array<char, sizeof(ledger::Exemplar::path)> path_;
  std::array<char, sizeof(ledger::Exemplar::trace)> trace_;
};

class Recorder {
 public:
  // Counts nothing before rotate(). `clock` gives exemplars their time.
  Recorder(Ledger& ledger, std::size_t lane, const Clock& clock);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Begins bucket `sequence`, one above the last. The one before the last has been sealed.
  void rotate(std::uint64_t sequence, WallTime start);

  // Of the bucket; handles of another are void.
  std::uint64_t generation() const { return generation_; }
  // The row of `key` in this bucket, made if need be; an overflow row when none is free or the key
  // is too long. Valid for this generation.
  ledger::Slot& row(ledger::Kind kind, std::string_view key, Direction direction);
  // Another row of the same key, for a counter that is full.
  ledger::Slot& fresh_row(ledger::Kind kind, std::string_view key, Direction direction);

  void offer_exemplar(ledger::Slot& row, const RequestSketch& request, Duration latency,
                      std::string_view detail);

 private:
  friend class TcpConnection;
  // Connections under way, by key: a row in each bucket says how many.
  struct Live {
    Direction direction;
    std::uint64_t open = 0;
    std::uint64_t generation = 0;
    ledger::Slot* row = nullptr;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using LiveMap = std::unordered_map<std::string, Live, Hash, std::equal_to<>>;

  ledger::Slot* claim(ledger::Kind kind, std::string_view key, std::size_t limit);
  ledger::Slot& overflow(ledger::Kind kind, Direction direction);
  ledger::Slot& row_of(LiveMap::value_type& live);
  std::uint64_t random_below(std::uint64_t n);

  Ledger& ledger_;
  const std::size_t lane_;
  const Clock& clock_;
  std::uint64_t generation_ = 0;
  ledger::HalfHeader* half_ = nullptr;
  ledger::Slot* slots_ = nullptr;
  // By kind and key; the views are into the slots.
  std::array<std::unordered_map<std::string_view, ledger::Slot*, Hash>, 2> index_;
  std::array<std::array<ledger::Slot*, 2>, 2> overflow_{};
  LiveMap live_;
  std::uint64_t random_;
};

// The rows of requests that share everything but how they ended, with a handle to each row that was
// met. For a connection's route and endpoint.
class HttpRows {
 public:
  HttpRows(Recorder& recorder, const RowKey& key);
  // `detail` is the error's sentence; empty where there was none.
  void count(const Outcome& outcome, Duration latency, const RequestSketch& request,
             std::string_view detail = {});

 private:
  struct Handle {
    Outcome outcome;
    std::uint64_t generation = 0;
    ledger::Slot* row = nullptr;
  };
  Handle& handle(const Outcome& outcome);
  void bind(Handle& handle);

  Recorder& recorder_;
  const Direction direction_;
  const std::string key_;
  std::vector<Handle> handles_;  // a peer may invent statuses: at most 16, the last one changes
};

// A connection, from its opening to its destruction: inbound of any protocol, outbound of bytes
// that are nothing to us.
class TcpConnection {
 public:
  TcpConnection(Recorder& recorder, const RowKey& key);
  ~TcpConnection();
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  void read(std::uint64_t bytes);     // from the peer
  void written(std::uint64_t bytes);  // to the peer
  // It has ended: in order, or for this cause (static text). Destroyed without it: kCancelled.
  void end(std::string_view cause = {}) { cause_ = cause; }

 private:
  Recorder& recorder_;
  Recorder::LiveMap::value_type* live_;
  std::string_view cause_ = kCancelled;
};

}  // namespace seine::telemetry
