// SPDX-License-Identifier: Apache-2.0
// What the window does for the reader of the feed. The order in which things are written, and why a
// death between two of them neither loses nor doubles a bucket, is told in
// docs/internals/telemetry.md.
#include <algorithm>
#include <utility>

#include "control/telemetry/telemetry_limits.h"
#include "control/telemetry/telemetry_window.h"
#include "seine/telemetry/v1/feed.pb.h"
#include "telemetry/check_bucket.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

Result<void> TelemetryWindow::feed(const wire::ReportRequest& request, Duration correction,
                                   Boot& boot, WallTime now) {
  const bool is_read = feed_ != nullptr && feed_->has_begun();
  wire::FeedReport report;
  telemetry::SequenceSet fed = boot.fed;
  for (const wire::Bucket& bucket : request.buckets()) {
    if (!fed.insert(bucket.sequence()) || !is_read) continue;
    wire::Bucket& added = *report.add_buckets();
    added = bucket;
    // It has been read from this message, so it has a time.
    if (correction != Duration::zero()) {
      encode_time(telemetry::nearest_time(*telemetry::read_time(bucket.start()) + correction),
                  *added.mutable_start());
    }
  }
  if (report.buckets_size() > 0) {
    *report.mutable_reporter() = request.reporter();
    encode_time(now, *report.mutable_received_at());
    auto added = is_feed_certain() ? feed_->append(report)
                                   : fail(ErrorCode::kUnavailable, "its end is not counted yet");
    if (!added) {
      if (!std::exchange(is_feed_failing_, true)) {
        log_error(log_,
                  "reports are counted, and proxies keep them, since they cannot be kept for who "
                  "reads the feed",
                  {{"reason", added.error().to_string()}});
      }
      return fail(ErrorCode::kUnavailable, "counted, and cannot be kept for the feed's reader yet");
    }
    if (std::exchange(is_feed_failing_, false)) {
      log_info(log_, "reports are kept for who reads the feed again");
    }
  }
  boot.fed = std::move(fed);
  return {};
}

void TelemetryWindow::resume_feed() {
  FeedSpool::Reader reader(*feed_, feed_->last() - std::min<std::uint64_t>(feed_->last(), 1));
  const auto last = reader.next();
  if (!last) return;
  wire::ReportRequest request;
  *request.mutable_reporter() = last->reporter();
  *request.mutable_buckets() = last->buckets();
  auto report = decode_report(request);
  const WallTime came = telemetry::read_time(last->received_at()).value_or(WallTime());
  const auto found = report ? find(report->reporter, came) : fail(report.error());
  Boot* const boot = found ? (*found)->boot(report->boot, came) : nullptr;
  if (boot == nullptr) return;
  Source& source = **found;
  for (ReportedBucket& bucket : report->buckets) {
    const bool is_new_to_feed = boot->fed.insert(bucket.sequence);
    const bool is_new = boot->counted.insert(bucket.sequence);
    if (is_new_to_feed || is_new) source.is_unwritten = true;
    if (!is_new) continue;
    const WallTime end = std::min(bucket.start + bucket.length, came);
    source.last_report = std::max(source.last_report, came);
    boot->heard = std::max(boot->heard, came);
    source.count(report->boot, std::move(bucket), end, came);
  }
  if (!source.is_unwritten) return;
  write(source);
  if (source.is_unwritten) resumed_ = id_of(source);
}

bool TelemetryWindow::is_feed_certain() const {
  if (!resumed_) return true;
  const auto source = sources_.find(*resumed_);
  return source == sources_.end() || !source->second->is_unwritten;
}

Result<void> TelemetryWindow::begin_feed() {
  if (!is_feed_certain()) {
    return fail(ErrorCode::kUnavailable, "what it ends with cannot be written to disk yet");
  }
  return feed_->begin();
}

std::optional<WallTime> TelemetryWindow::complete_until(WallTime now) const {
  const WallTime latest = now - kDeliveryTime;
  WallTime until = latest;
  for (const auto& [name, pod] : pods_) {
    const Source* source = speaker(name.first, name.second);
    if (source != nullptr && !source->is_fed()) return std::nullopt;
    if (const auto told = source == nullptr ? std::nullopt : source->told_until(latest)) {
      until = std::min(until, *told);
      continue;
    }
    const Duration interval = source == nullptr ? interval_ : source->reporter.interval;
    if (now - pod.since > 2 * interval) continue;
    // It ran before we did, and may have more to tell than we know of.
    if (pod.since <= started_) return std::nullopt;
    until = std::min(until, pod.since);
  }
  return until;
}

}  // namespace seine::control
