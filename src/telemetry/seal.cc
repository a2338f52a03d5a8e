// SPDX-License-Identifier: Apache-2.0
#include "telemetry/seal.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::telemetry {

using ledger::Kind;
using ledger::Slot;

namespace {

std::string printable(const char* text, std::size_t size) {
  std::string out(text, size);
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

template <class Message>
void set_time(Message& message, std::int64_t nanoseconds) {
  // Before 1970 a clock has not been set yet.
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  message.set_seconds(nanoseconds / 1'000'000'000);
  message.set_nanos(static_cast<std::int32_t>(nanoseconds % 1'000'000'000));
}

// Slots of one key, of one or several lanes.
struct Row {
  std::vector<const Slot*> slots;

  std::uint64_t sum(std::uint64_t Slot::* member) const {
    std::uint64_t total = 0;
    for (const Slot* slot : slots) total += ledger::seen(slot->*member);
    return total;
  }
};

void add_exemplars(const Row& row, v1::HttpRow& out) {
  for (const Slot* slot : row.slots) {
    for (const ledger::Exemplar& kept : slot->exemplars) {
      if (ledger::seen(kept.valid) != 1 || kept.method_size > sizeof kept.method ||
          kept.path_size > sizeof kept.path || kept.trace_size > sizeof kept.trace ||
          kept.detail_size > sizeof kept.detail || out.exemplars_size() == 2) {
        continue;
      }
      v1::Exemplar& exemplar = *out.add_exemplars();
      set_time(*exemplar.mutable_ended_at(), kept.ended_at);
      set_time(*exemplar.mutable_latency(), kept.latency);
      exemplar.set_method(printable(kept.method, kept.method_size));
      exemplar.set_path(printable(kept.path, kept.path_size));
      exemplar.set_trace_id(printable(kept.trace, kept.trace_size));
      exemplar.set_detail(printable(kept.detail, kept.detail_size));
    }
  }
}

// False: nothing was counted.
bool fill(const Row& row, v1::HttpRow& out) {
  std::uint64_t total = 0;
  v1::Histogram& latency = *out.mutable_latency();
  for (std::uint32_t i = 0; i < std::size(decltype(Slot::latency){}); ++i) {
    std::uint64_t count = 0;
    for (const Slot* slot : row.slots) count += ledger::seen(slot->latency[i]);
    if (count == 0) continue;
    latency.add_index(i);
    latency.add_count(count);
    total += count;
  }
  latency.set_sum_microseconds(row.sum(&Slot::sum_microseconds));
  out.set_count(total);
  add_exemplars(row, out);
  return total > 0;
}

bool fill(const Row& row, v1::TcpRow& out) {
  out.set_opened(row.sum(&Slot::opened));
  out.set_closed(row.sum(&Slot::closed));
  out.set_read_bytes(row.sum(&Slot::read_bytes));
  out.set_written_bytes(row.sum(&Slot::written_bytes));
  out.set_open(row.sum(&Slot::open));
  return out.opened() + out.closed() + out.read_bytes() + out.written_bytes() + out.open() > 0;
}

template <class Message>
void add_row(std::string_view key, const Row& row, Message* (v1::Bucket::*add)(),
             v1::Bucket& bucket) {
  Message message;
  if (!message.ParseFromArray(key.data(), static_cast<int>(key.size()))) return;
  if (fill(row, message)) *(bucket.*add)() = std::move(message);
}

}  // namespace

std::string encode_bucket(std::uint64_t sequence, const BucketTime& time,
                          std::span<const LaneRows> lanes, std::size_t limit) {
  std::map<std::pair<Kind, std::string_view>, Row> rows;
  for (const LaneRows& lane : lanes) {
    for (const Slot& slot : lane.slots) {
      if (slot.key_size > ledger::kMaxKey) continue;
      rows[{slot.kind, {slot.key, slot.key_size}}].slots.push_back(&slot);
    }
  }
  v1::Bucket bucket;
  bucket.set_sequence(sequence);
  set_time(*bucket.mutable_start(), time.start.time_since_epoch().count());
  if (time.length) set_time(*bucket.mutable_length(), time.length->count());
  for (const auto& [key, row] : rows) {
    switch (key.first) {
      case Kind::kHttp: add_row<v1::HttpRow>(key.second, row, &v1::Bucket::add_http, bucket); break;
      case Kind::kTcp: add_row<v1::TcpRow>(key.second, row, &v1::Bucket::add_tcp, bucket); break;
      case Kind::kHttpOverflow:
        add_row<v1::HttpRow>(key.second, row, &v1::Bucket::add_http_overflow, bucket);
        break;
      case Kind::kTcpOverflow:
        add_row<v1::TcpRow>(key.second, row, &v1::Bucket::add_tcp_overflow, bucket);
        break;
    }
  }
  if (bucket.ByteSizeLong() > limit) {
    for (v1::HttpRow& row : *bucket.mutable_http()) row.clear_exemplars();
  }
  return bucket.SerializeAsString();
}

bool seal(Ledger& ledger, std::uint64_t sequence, const BucketTime& time) {
  std::vector<LaneRows> lanes;
  for (std::size_t lane = 0; lane < ledger.lanes(); ++lane) {
    const ledger::HalfHeader& half = ledger.half(lane, sequence % 2);
    if (ledger::seen(half.sequence) != sequence) continue;
    lanes.push_back({{ledger.slots_of(lane, sequence % 2), ledger::seen(half.rows)}});
  }
  return ledger.append(sequence, encode_bucket(sequence, time, lanes, ledger.max_record() / 2));
}

}  // namespace seine::telemetry
