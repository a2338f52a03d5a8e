// SPDX-License-Identifier: Apache-2.0
#include "dive/store/block.h"

#include <utility>

#include "dive/store/packed.h"

namespace seine::dive {

namespace {

constexpr std::uint64_t kForm = 1;
// No time after the year 2500, and no series after so many.
constexpr std::uint64_t kMaxSlot = std::uint64_t{1} << 32;
constexpr std::uint64_t kMaxSeriesId = std::uint64_t{1} << 62;

void write_counts(PackedWriter& out, SeriesKind kind, const Counts& counts) {
  for (std::size_t i = 0; i < sums_of(kind); ++i) out.number(counts.sums[i]);
  if (kind != SeriesKind::kHttp) return;
  out.number(counts.latency.counts().size());
  std::uint64_t before = 0;
  for (const auto& each : counts.latency.counts()) {
    out.number(each.bucket - before);
    out.number(each.count);
    before = each.bucket;
  }
}

void write_slots(PackedWriter& out, SeriesKind kind, const SlotCounts& slots, std::int64_t first) {
  out.number(slots.size());
  std::int64_t before = first;
  for (const auto& [slot, counts] : slots) {
    out.number(static_cast<std::uint64_t>(slot - before));
    write_counts(out, kind, counts);
    before = slot;
  }
}

void read_latency(PackedReader& in, Counts& counts) {
  const std::uint64_t buckets = in.number_up_to(telemetry::kLatencyBuckets);
  std::uint64_t bucket = 0, total = 0;
  for (std::uint64_t i = 0; i < buckets && !in.failed(); ++i) {
    const std::uint64_t step = in.number_up_to(telemetry::kLatencyBuckets - 1);
    const std::uint64_t count = in.number_up_to(counts.sums[kRequests]);
    bucket += step;
    total += count;
    const bool ascends = i == 0 || step > 0;
    if (!ascends || bucket >= telemetry::kLatencyBuckets || count == 0 ||
        total > counts.sums[kRequests]) {
      in.fail();
      return;
    }
    counts.latency.add(static_cast<std::uint8_t>(bucket), count);
  }
}

// Slots from `first` up to `last`, ascending, each to `take` with its counts, which are those of
// the next afterwards: reading takes no memory but what `take` does.
template <class Take>
void read_slots(PackedReader& in, SeriesKind kind, std::int64_t first, std::int64_t last,
                Take take) {
  const std::uint64_t count = in.number_up_to(static_cast<std::uint64_t>(last - first) + 1);
  std::int64_t slot = first;
  Counts counts;
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const std::uint64_t step = in.number_up_to(static_cast<std::uint64_t>(last - slot));
    if (i > 0 && step == 0) in.fail();
    slot += static_cast<std::int64_t>(step);
    counts.latency.clear();
    for (std::size_t j = 0; j < sums_of(kind); ++j) counts.sums[j] = in.number_up_to(kMaxSum);
    if (kind == SeriesKind::kHttp) read_latency(in, counts);
    if (!in.failed()) take(slot, counts);
  }
}

bool read_kind(PackedReader& in, SeriesKind& out) {
  const std::uint64_t kind = in.number_up_to(static_cast<std::uint64_t>(SeriesKind::kCoverage));
  if (in.failed() || kind == 0) return false;
  out = static_cast<SeriesKind>(kind);
  return true;
}

std::unexpected<Error> corrupt() {
  return fail(ErrorCode::kDatabaseCorrupt, "counts in the database are not what was written");
}

}  // namespace

sql::Blob encode_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                       const SlotCounts& slots) {
  PackedWriter out;
  out.number(kForm);
  out.number(static_cast<std::uint64_t>(kind));
  write_slots(out, kind, slots, span * slots_per_span(resolution) + 1);
  return out.take();
}

WantedSlots all_slots(Resolution resolution, std::int64_t span) {
  const std::int64_t first = span * slots_per_span(resolution) + 1;
  return {.first = first, .last = first + slots_per_span(resolution) - 1, .sum_at = std::nullopt};
}

Result<SlotCounts> decode_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                                std::span<const std::byte> bytes) {
  SlotCounts slots;
  auto read = add_block(kind, resolution, span, bytes, all_slots(resolution, span), slots);
  if (!read) return fail(std::move(read.error()));
  return slots;
}

Result<void> add_block(SeriesKind kind, Resolution resolution, std::int64_t span,
                       std::span<const std::byte> bytes, const WantedSlots& wanted,
                       SlotCounts& out) {
  PackedReader in(bytes);
  SeriesKind told = SeriesKind::kHttp;
  if (in.number() != kForm || !read_kind(in, told) || told != kind) return corrupt();
  const WantedSlots all = all_slots(resolution, span);
  Counts sum;
  bool has_any = false;
  read_slots(in, kind, all.first, all.last, [&](std::int64_t slot, const Counts& counts) {
    if (slot < wanted.first || slot > wanted.last) return;
    has_any = true;
    if (wanted.sum_at) {
      sum.add(counts);
    } else {
      out.try_emplace(out.end(), slot)->second.add(counts);
    }
  });
  if (!in.done()) return corrupt();
  if (wanted.sum_at && has_any) out[*wanted.sum_at].add(sum);
  return {};
}

std::vector<sql::Blob> encode_pending(const Pending& pending, std::size_t most_bytes) {
  std::vector<sql::Blob> pieces;
  PackedWriter out;
  std::int64_t before = 0;
  for (const auto& [id, series] : pending) {
    if (out.size() == 0) {
      out.number(kForm);
      before = 0;
    }
    out.number(static_cast<std::uint64_t>(id - before));
    out.number(static_cast<std::uint64_t>(series.kind));
    write_slots(out, series.kind, series.slots, 0);
    before = id;
    if (out.size() >= most_bytes) pieces.push_back(std::exchange(out, {}).take());
  }
  if (out.size() > 0) pieces.push_back(out.take());
  return pieces;
}

Result<void> decode_pending(std::span<const std::byte> bytes, Pending& out) {
  PackedReader in(bytes);
  if (in.number() != kForm) return corrupt();
  std::uint64_t id = 0;
  while (!in.at_end()) {
    const std::uint64_t step = in.number_up_to(kMaxSeriesId - id);
    SeriesKind kind = SeriesKind::kHttp;
    if (step == 0 || !read_kind(in, kind)) return corrupt();
    id += step;
    PendingSeries& series = out[static_cast<std::int64_t>(id)];
    if (!series.slots.empty() && series.kind != kind) return corrupt();
    series.kind = kind;
    read_slots(
        in, kind, 0, static_cast<std::int64_t>(kMaxSlot),
        [&series](std::int64_t slot, const Counts& counts) { series.slots[slot].add(counts); });
  }
  if (in.failed()) return corrupt();
  return {};
}

}  // namespace seine::dive
