// SPDX-License-Identifier: Apache-2.0
#include "dive/store/metric_batch.h"

#include <algorithm>

#include "dive/store/check_message.h"
#include "dive/store/slot.h"
#include "dive/store/store_limits.h"
#include "telemetry/check_bucket.h"

namespace seine::dive {

namespace wire = seine::telemetry::v1;

namespace {

std::string subject_of(const wire::Reporter& reporter) {
  return reporter.namespace_() + "/" + reporter.workload();
}

WallTime time_of(const google::protobuf::Timestamp& time) {
  return WallTime(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

// Within [0, limit], whatever it says.
Duration duration_of(const google::protobuf::Duration& duration, Duration limit) {
  const std::int64_t most = std::chrono::ceil<std::chrono::seconds>(limit).count();
  if (duration.seconds() > most) return limit;
  if (duration.seconds() < 0 || duration.nanos() < 0) return Duration::zero();
  return std::min<Duration>(
      std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos()), limit);
}

Counts counts_of(const wire::HttpRow& row) {
  Counts counts{.sums = {row.count(), row.latency().sum_microseconds()}};
  const wire::Histogram& latency = row.latency();
  counts.latency.add({latency.index().data(), static_cast<std::size_t>(latency.index_size())},
                     {latency.count().data(), static_cast<std::size_t>(latency.count_size())});
  return counts;
}

Counts counts_of(const wire::TcpRow& row) {
  return {.sums = {row.opened(), row.closed(), row.read_bytes(), row.written_bytes()}};
}

bool is_nothing(const Counts& counts) {
  return std::ranges::all_of(counts.sums, [](std::uint64_t sum) { return sum == 0; });
}

}  // namespace

MetricBatch::Added MetricBatch::add(const ::dive::v1::MetricMessage& message) {
  Added added;
  for (const ::dive::v1::CountedBucket& counted : message.buckets()) {
    if (auto checked = check_counted(counted); checked) {
      take(counted);
      ++added.taken;
    } else {
      // Its names may be what is wrong with it.
      const wire::Reporter& reporter = counted.reporter();
      Remark& made = remark("refused", telemetry::check_reporter(reporter)
                                           ? subject_of(reporter)
                                           : "a reporter that cannot be named");
      if (++made.buckets == 1) made.why = checked.error().message;
      if (++added.refused == 1) added.why = std::move(checked.error().message);
    }
  }
  // What is no time says nothing.
  const auto complete_until = telemetry::read_time(message.complete_until());
  if (complete_until) {
    complete_until_ = std::max(complete_until_, std::min(*complete_until + shift_, now_));
  }
  return added;
}

void MetricBatch::take(const ::dive::v1::CountedBucket& counted) {
  Boot& boot = boots_[{counted.reporter().instance(), counted.reporter().boot()}];
  if (!boot.counted.insert(counted.bucket().sequence())) return;
  boot.changed = true;
  const Dated dated = date(counted);
  if (dated.redated && !std::exchange(boot.redated, true)) remark("clock", counted, dated.end);
  if (dated.end <= from_seconds(gone_until_)) {
    remark("too late", counted, dated.end);
    return;
  }
  if (now_ - dated.end > kLateAfter) remark("late", counted, dated.end);
  count(counted, dated);
  cover(counted.reporter(), dated);
}

MetricBatch::Dated MetricBatch::date(const ::dive::v1::CountedBucket& counted) const {
  const wire::Bucket& bucket = counted.bucket();
  const wire::Reporter& reporter = counted.reporter();
  Duration interval = kUsualInterval;
  if (reporter.has_interval()) interval = duration_of(reporter.interval(), kLongestBucket);
  Dated out{.end = time_of(bucket.start()), .length = interval};
  if (bucket.has_length()) out.length = duration_of(bucket.length(), kLongestBucket);
  out.end += out.length;
  // Not what ended early, with its proxy: that was no timer.
  const WallTime whole = std::chrono::round<std::chrono::seconds>(out.end);
  if (out.length >= interval - kLateTimer && std::chrono::abs(out.end - whole) <= kLateTimer) {
    out.end = whole;
  }
  // A ledger may wait for hours to be read, so that only a time in the future shows a wrong clock.
  const auto received = telemetry::read_time(counted.received_at());
  if (received && out.end - *received > kMaxClockSkew) {
    out.end = *received;
    out.redated = true;
  }
  out.end += shift_;
  out.redated = out.redated || shift_ != Duration::zero();
  if (out.end - now_ > kMaxClockSkew) {
    out.end = now_;
    out.redated = true;
  }
  return out;
}

MetricBatch::Kept& MetricBatch::kept(const Series& series) {
  auto [found, made] = rows_.try_emplace(canonical_key(series));
  if (made) found->second.series = series;
  return found->second;
}

void MetricBatch::count(const ::dive::v1::CountedBucket& counted, const Dated& dated) {
  const std::int64_t slot = slot_at(Resolution::kTenSeconds, dated.end);
  const wire::Reporter& reporter = counted.reporter();
  const auto add = [&](const Series& series, const auto& row) -> Kept* {
    const Counts counts = counts_of(row);
    if (is_nothing(counts)) return nullptr;
    Kept& where = kept(series);
    where.slots[slot].add(counts);
    return &where;
  };
  for (const wire::HttpRow& row : counted.bucket().http()) {
    Kept* where = add(series_of(reporter, row), row);
    if (where == nullptr) continue;
    const std::int64_t hour = (slot - 1) / slots_per_span(Resolution::kTenSeconds);
    for (const wire::Exemplar& exemplar : row.exemplars()) {
      const bool has_time = exemplar.has_ended_at() && !dated.redated;
      const WallTime ended = has_time ? time_of(exemplar.ended_at()) : dated.end;
      // As good as random, and the same if it comes again.
      const std::int64_t place = (exemplar.ended_at().nanos() / 1000) % kMaxExemplarsOfHour;
      where->exemplars[{hour, place}] = {ended, exemplar.SerializeAsString()};
    }
  }
  for (const wire::TcpRow& row : counted.bucket().tcp()) add(series_of(reporter, row), row);
  for (const wire::HttpRow& row : counted.bucket().http_overflow()) {
    const auto direction = static_cast<Direction>(row.direction());
    add(overflow_of(reporter, SeriesKind::kHttp, direction), row);
  }
  for (const wire::TcpRow& row : counted.bucket().tcp_overflow()) {
    const auto direction = static_cast<Direction>(row.direction());
    add(overflow_of(reporter, SeriesKind::kTcp, direction), row);
  }
}

void MetricBatch::cover(const wire::Reporter& reporter, const Dated& dated) {
  constexpr std::int64_t kSlot = 10'000;  // milliseconds
  const std::int64_t end = to_milliseconds(dated.end);
  const std::int64_t start = to_milliseconds(dated.end - dated.length);
  if (start >= end || start < 0) return;
  SlotCounts& slots = kept(coverage_of(reporter)).slots;
  for (std::int64_t slot = start / kSlot + 1; (slot - 1) * kSlot < end; ++slot) {
    const std::int64_t from = std::max(start, (slot - 1) * kSlot);
    const auto covered = static_cast<std::uint64_t>(std::min(end, slot * kSlot) - from);
    slots[slot].add({.sums = {covered, dated.redated ? covered : 0}});
  }
}

MetricBatch::Remark& MetricBatch::remark(const std::string& kind, std::string subject) {
  if (remarks_.size() >= kMaxAuditOfBatch && !remarks_.contains({kind, subject})) {
    subject = "others";
  }
  return remarks_[{kind, std::move(subject)}];
}

void MetricBatch::remark(const std::string& kind, const ::dive::v1::CountedBucket& counted,
                         WallTime end) {
  Remark& made = remark(kind, subject_of(counted.reporter()));
  ++made.buckets;
  for (const wire::HttpRow& row : counted.bucket().http()) made.requests += row.count();
  for (const wire::HttpRow& row : counted.bucket().http_overflow()) made.requests += row.count();
  made.first = std::min(made.first, end);
  made.last = std::max(made.last, end);
}

}  // namespace seine::dive
