// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/telemetry_window.h"

#include <algorithm>
#include <chrono>

#include "control/telemetry/telemetry_limits.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

TelemetryWindow::TelemetryWindow(const Log& log, metrics::Registry& metrics,
                                 const WorkloadSource& workloads, std::string cluster,
                                 KeptCounts kept, WallTime now, FeedSpool* feed)
    : log_(log),
      workloads_(workloads),
      cluster_(std::move(cluster)),
      kept_(std::move(kept)),
      metrics_(metrics),
      feed_(feed),
      started_(now) {
  for (auto& source : kept_.load(budgets_, log_)) {
    SourceId id = id_of(*source);
    sources_.insert_or_assign(std::move(id), std::move(source));
  }
  if (feed_ != nullptr && feed_->has_begun()) resume_feed();
  look(now);
}

Result<TelemetryWindow::Taken> TelemetryWindow::take(Report report,
                                                     const wire::ReportRequest& request,
                                                     WallTime now) {
  if (report.reporter.cluster != cluster_) {
    return fail(ErrorCode::kInvalidArgument, "this controller is of cluster " + cluster_ +
                                                 ", and not of " + report.reporter.cluster);
  }
  const auto found = find(report.reporter, now);
  if (!found) return fail(found.error());
  Source& source = **found;
  Boot* const boot = source.boot(report.boot, now);
  if (boot == nullptr) {
    return fail(ErrorCode::kLimit, "the proxy of pod " + report.reporter.pod +
                                       " has been started over 256 times within an hour");
  }
  const Duration skew = report.sent_at ? now - *report.sent_at : Duration::zero();
  const Duration correction = correct(report, source.hear(report, *boot, now));
  source.reporter = std::move(report.reporter);
  source.last_report = now;
  boot->heard = now;
  Taken taken{.acknowledged = {}, .skew = skew};
  for (ReportedBucket& bucket : report.buckets) {
    taken.acknowledged.push_back(bucket.sequence);
    if (!boot->counted.insert(bucket.sequence)) {
      metrics_.again.add();
      continue;
    }
    const WallTime end = end_of(bucket, correction, now);
    // It was cut off: by now at the latest, and it began when it says.
    if (!bucket.has_length) {
      bucket.length = std::clamp<Duration>(end - (bucket.start + correction), {}, bucket.length);
    }
    (end < now - kTelemetryWindow ? metrics_.late : metrics_.counted).add();
    source.count(report.boot, std::move(bucket), end, now);
  }
  const telemetry::SequenceSet fed = boot->fed;
  auto feeding = feed(request, correction, *boot, now);
  const bool has_fed = feed_ != nullptr && feed_->has_begun() && fed.count() != boot->fed.count();
  if (source.is_unwritten || has_fed) write(source);
  if (has_fed && source.is_unwritten) {
    // What the file does not know may not be read: a death would have it told twice.
    feed_->undo();
    boot->fed = fed;
  } else if (has_fed) {
    feed_->publish();
  }
  if (source.is_unwritten) {
    return fail(ErrorCode::kUnavailable, "counted, and cannot be written to disk yet");
  }
  if (!feeding) return fail(std::move(feeding.error()));
  return taken;
}

Result<Source*> TelemetryWindow::find(const ReporterFacts& reporter, WallTime now) {
  SourceId id{reporter.ns, reporter.pod, reporter.instance};
  if (const auto known = sources_.find(id); known != sources_.end()) return known->second.get();
  const auto first = sources_.lower_bound({reporter.ns, reporter.pod, ""});
  std::size_t of_pod = 0;
  for (auto at = first;
       at != sources_.end() && at->first.ns == reporter.ns && at->first.pod == reporter.pod; ++at) {
    ++of_pod;
  }
  if (of_pod >= kMaxSourcesOfPod) {
    return fail(ErrorCode::kLimit,
                "over 64 proxies have reported for pod " + reporter.pod + " within an hour");
  }
  if (sources_.size() >= kMaxSources) bury(now);
  if (sources_.size() >= kMaxSources) {
    return fail(ErrorCode::kLimit, "the counts of 3000 proxies are held already");
  }
  auto source = std::make_unique<Source>(reporter, budgets_);
  return sources_.emplace(std::move(id), std::move(source)).first->second.get();
}

Duration TelemetryWindow::correct(const Report& report, Duration skew) {
  if (skew <= kReportSkew && skew >= -kReportSkew) return Duration::zero();
  const auto pod = pods_.find({report.reporter.ns, report.reporter.pod});
  if (pod == pods_.end() || !std::exchange(pod->second.is_skewed, true)) {
    log_warn(log_, "a proxy's clock is off by over 5 minutes: its counts are dated by ours",
             {{"pod", report.reporter.ns + "/" + report.reporter.pod},
              {"behind", format_duration(std::chrono::floor<std::chrono::milliseconds>(skew))}});
  }
  return skew;
}

WallTime TelemetryWindow::end_of(const ReportedBucket& bucket, Duration skew, WallTime now) const {
  // What has ended cannot end later than now.
  return std::min(bucket.start + bucket.length + skew, now);
}

void TelemetryWindow::write(Source& source) {
  const auto written = kept_.store(source);
  source.is_unwritten = !written;
  if (written) {
    if (std::exchange(is_failing_, false)) log_info(log_, "counts are written to disk again");
    return;
  }
  metrics_.persistence_errors.add();
  if (std::exchange(is_failing_, true)) return;
  log_error(log_,
            "counts are held in memory and proxies keep them, since they cannot be written; make "
            "room for them",
            {{"reason", written.error().to_string()}});
}

void TelemetryWindow::look(WallTime now) {
  look_at_pods(now);
  std::optional<Duration> interval;
  for (auto& [id, source] : sources_) {
    if (runs(*source)) {
      source->gone.reset();
      interval = std::max(interval.value_or(Duration::zero()), source->reporter.interval);
    } else if (!source->gone) {
      source->gone = now;
    }
    // Nobody may be left to report for it again.
    if (source->is_unwritten) write(*source);
  }
  interval_ = interval.value_or(kBucketInterval);
  bury(now);
  show();
  if (feed_ != nullptr) feed_->show_metrics();
}

void TelemetryWindow::look_at_pods(WallTime now) {
  const auto snapshot = workloads_.current();
  std::erase_if(pods_, [&snapshot](const auto& pod) {
    return snapshot->find_pod(pod.first.first, pod.first.second).pod == nullptr;
  });
  for (const Workload& workload : snapshot->workloads()) {
    for (const Pod& pod : workload.pods) {
      pods_.try_emplace({workload.ns, pod.name}, KnownPod{.since = now});
    }
  }
}

void TelemetryWindow::bury(WallTime now) {
  std::vector<std::pair<WallTime, SourceId>> gone;
  for (const auto& [id, source] : sources_) {
    if (source->gone) gone.emplace_back(*source->gone, id);
  }
  std::ranges::sort(gone);
  const std::size_t too_many = gone.size() > kMaxGoneSources ? gone.size() - kMaxGoneSources : 0;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    const auto& [since, id] = gone[i];
    if (i >= too_many && now - since < kGoneSourceRest) break;
    kept_.remove(id);
    sources_.erase(id);
  }
}

const Source* TelemetryWindow::speaker(std::string_view ns, std::string_view pod) const {
  const Source* last = nullptr;
  for (auto at = sources_.lower_bound({std::string(ns), std::string(pod), ""});
       at != sources_.end() && at->first.ns == ns && at->first.pod == pod; ++at) {
    if (last == nullptr || at->second->last_report > last->last_report) last = at->second.get();
  }
  return last;
}

bool TelemetryWindow::runs(const Source& source) const {
  const ReporterFacts& who = source.reporter;
  return workloads_.current()->find_pod(who.ns, who.pod).pod != nullptr &&
         speaker(who.ns, who.pod) == &source;
}

std::vector<SourceId> TelemetryWindow::sources(std::string_view ns,
                                               std::string_view workload) const {
  std::vector<SourceId> out;
  for (const auto& [id, source] : sources_) {
    if ((ns.empty() || id.ns == ns) &&
        (workload.empty() || source->reporter.workload == workload)) {
      out.push_back(id);
    }
  }
  for (const Workload& each : workloads_.current()->workloads()) {
    if ((!ns.empty() && each.ns != ns) || (!workload.empty() && each.name != workload)) continue;
    for (const Pod& pod : each.pods) {
      if (speaker(each.ns, pod.name) == nullptr) out.push_back({each.ns, pod.name, ""});
    }
  }
  std::ranges::sort(out);
  return out;
}

std::vector<const Source*> TelemetryWindow::running() const {
  std::vector<const Source*> out;
  for (const auto& [id, source] : sources_) {
    if (runs(*source)) out.push_back(source.get());
  }
  return out;
}

Result<WindowSpan> TelemetryWindow::span(Duration last, WallTime now) const {
  if (last < kShortestSpan || last > kTelemetryWindow) {
    return fail(ErrorCode::kInvalidArgument, "the window holds the last 10s to 10m");
  }
  const std::vector<const Source*> sources = running();
  const WallTime latest = now - kDeliveryTime;
  WallTime to = latest;
  for (const Source* source : sources) to = std::min(to, source->told_until(latest).value_or(to));
  WallTime from = to - last;
  // A bucket that grew while nobody listened does not make all others tell of hours.
  const WallTime earliest = from - kLongestInterval;
  for (const Source* source : sources) {
    const WallTime began = source->began(to - last);
    if (began >= earliest) from = std::min(from, began);
  }
  return WindowSpan{.from = from, .to = to};
}

bool TelemetryWindow::read(const SourceId& id, const std::optional<WindowSpan>& span,
                           seine::telemetry::v1::Source& out) const {
  const auto pod = pods_.find({id.ns, id.pod});
  if (pod != pods_.end()) encode_time(pod->second.since, *out.mutable_known_since());
  if (const auto known = sources_.find(id); known != sources_.end()) {
    encode_source(*known->second, span, runs(*known->second), out);
    return true;
  }
  const PodRef ref = workloads_.current()->find_pod(id.ns, id.pod);
  if (ref.pod == nullptr) return false;
  const Workload& workload = *ref.workload;
  encode_reporter({.cluster = cluster_,
                   .ns = workload.ns,
                   .workload = workload.name,
                   .workload_kind = workload.kind,
                   .pod = ref.pod->name,
                   .version = ref.pod->version.empty() ? workload.version : ref.pod->version,
                   .service_account = workload.service_account,
                   .interval = interval_},
                  out);
  out.set_running(true);
  if (!span || pod == pods_.end()) return true;
  const Duration lived = span->to - std::max(span->from, pod->second.since);
  const auto expected = std::max<std::int64_t>(0, lived / interval_);
  out.set_expected_buckets(static_cast<std::uint32_t>(expected));
  return true;
}

void TelemetryWindow::show() {
  std::uint64_t missing = 0;
  std::int64_t unwritten = 0;
  for (const auto& [id, source] : sources_) {
    missing += source->missing();
    unwritten += source->is_unwritten ? 1 : 0;
  }
  metrics_.sources.set(static_cast<std::int64_t>(sources_.size()));
  metrics_.missing.set(static_cast<std::int64_t>(missing));
  metrics_.unwritten.set(unwritten);
}

}  // namespace seine::control
