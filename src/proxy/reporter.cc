// SPDX-License-Identifier: Apache-2.0
#include "proxy/reporter.h"

#include <algorithm>
#include <utility>

#include "telemetry/seal.h"

namespace seine::proxy {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kFinishTimeout = 2s;
// How far from a boundary a bucket may begin and still be said to begin there: timers are a little
// late, clocks are slewed.
constexpr Duration kTolerance = 250ms;

WallTime boundary_after(WallTime now, Duration interval) {
  Duration past = now.time_since_epoch() % interval;
  // Before 1970, where a clock is that nobody has set.
  if (past < Duration::zero()) past += interval;
  return now + (interval - past);
}

// Completes when every worker has said that it is done.
class Gathering {
 public:
  Gathering(runtime::EventLoop& loop, std::size_t expected) : all_(loop), missing_(expected) {
    if (missing_ == 0) all_.on_wake();
  }
  void arrived() {
    if (--missing_ == 0) all_.on_wake();
  }
  auto wait() { return all_.wait(); }

 private:
  runtime::Waker all_;
  std::size_t missing_;
};

metrics::Description described(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help)};
}

}  // namespace

Reporter::Reporter(runtime::EventLoop& loop, const Log& log, FastRandom& random,
                   telemetry::Ledger& ledger, telemetry::ReportSink& sink,
                   std::vector<BeginBucket> workers, ReporterOptions options)
    : loop_(loop),
      log_(log),
      random_(random),
      ledger_(ledger),
      sink_(sink),
      workers_(std::move(workers)),
      options_(std::move(options)),
      start_(loop.clock().wall_now()),
      began_(loop.now()),
      sealed_(loop),
      room_(loop),
      ended_(loop),
      scope_(loop, [](Error) {}) {}

void Reporter::start() {
  scope_.spawn(count_buckets(*this));
  scope_.spawn(send_buckets(*this));
  if (!options_.ledger_dir.empty()) scope_.spawn(deliver_earlier(*this));
}

Task<void> Reporter::count_buckets(Reporter& reporter) {
  for (;;) {
    const WallTime now = reporter.loop_.clock().wall_now();
    const WallTime boundary = boundary_after(now, reporter.options_.interval);
    // By the monotonic clock, and never longer than an interval: a wall clock that jumps back does
    // not stop the counting.
    co_await runtime::sleep_for(reporter.loop_, boundary - now);
    const WallTime then = reporter.loop_.clock().wall_now();
    const bool near = then > boundary - kTolerance && then < boundary + kTolerance;
    co_await reporter.end_bucket(near ? boundary : then);
  }
}

Task<void> Reporter::end_bucket(WallTime next_start) {
  ending_bucket_ = true;
  // Before workers are waited for: the next bucket begins now.
  const TimePoint now = loop_.now();
  auto gathering = std::make_shared<Gathering>(loop_, workers_.size());
  for (BeginBucket& begin : workers_) {
    begin(sequence_ + 1, next_start, [gathering] { gathering->arrived(); });
  }
  co_await gathering->wait();
  const Duration length = now - std::exchange(began_, now);
  const WallTime start = std::exchange(start_, next_start);
  ++sequence_;
  co_await seal(start, length);
  ending_bucket_ = false;
  ended_.on_wake();
}

Task<void> Reporter::seal(const WallTime start, const Duration length) {
  bool said = false;
  while (!telemetry::seal(ledger_, sequence_ - 1, {start, length})) {
    if (!std::exchange(said, true)) {
      log_warn(log_, "telemetry waits for its receiver: the ledger is full, buckets grow longer",
               {{"buckets", std::to_string(ledger_.pending())}});
    }
    co_await room_.wait();
  }
  pending_count_ = ledger_.pending();
  sealed_.on_wake();
}

void Reporter::drop(std::uint64_t sequence, const Error& error) {
  ledger_.acknowledge(sequence);
  ++dropped_count_;
  log_warn(log_, "telemetry was refused for good; a bucket is dropped",
           {{"sequence", std::to_string(sequence)}, {"error", error.to_string()}});
}

Task<Result<void>> Reporter::send_some() {
  std::vector<telemetry::DeadLedger::Bucket> buckets;
  for (telemetry::Ledger::Record& record : ledger_.oldest(most_, telemetry::kMaxReportBytes)) {
    buckets.push_back({record.sequence, std::move(record.bucket)});
  }
  if (buckets.empty()) co_return Result<void>();
  auto acknowledged = co_await sink_.report(
      telemetry::encode_report(ledger_.reporter(), buckets, loop_.clock().wall_now()));
  if (!acknowledged && acknowledged.error().code == ErrorCode::kInvalidArgument) {
    // One of them can never be taken: they go one by one until it is found.
    if (buckets.size() == 1) drop(buckets.front().sequence, acknowledged.error());
    most_ = buckets.size() == 1 ? telemetry::kMaxBuckets : 1;
  } else if (!acknowledged) {
    co_return fail(acknowledged.error());
  } else {
    const auto known = [&](std::uint64_t sequence) { return ledger_.acknowledge(sequence); };
    const auto taken = std::ranges::count_if(*acknowledged, known);
    if (taken == 0) {
      co_return fail(make_error(ErrorCode::kUnavailable, "the receiver acknowledged no bucket"));
    }
    acknowledged_count_ += static_cast<std::uint64_t>(taken);
  }
  pending_count_ = ledger_.pending();
  room_.on_wake();
  co_return Result<void>();
}

void Reporter::note_away(const Error& error) {
  if (std::exchange(away_, true)) return;
  log_warn(log_, "telemetry cannot be delivered; counting goes on", {{"error", error.to_string()}});
}

Task<void> Reporter::send_buckets(Reporter& reporter) {
  Backoff backoff(reporter.options_.backoff);
  for (;;) {
    if (reporter.ledger_.pending() == 0) co_await reporter.sealed_.wait();
    const Result<void> sent = co_await reporter.send_some();
    if (sent) {
      backoff.reset();
      if (std::exchange(reporter.away_, false)) {
        log_info(reporter.log_, "telemetry is delivered again");
      }
      continue;
    }
    reporter.note_away(sent.error());
    co_await runtime::sleep_for(reporter.loop_, backoff.next(reporter.random_));
  }
}

Task<void> Reporter::deliver_earlier(Reporter& reporter) {
  Backoff backoff(reporter.options_.backoff);
  std::vector<std::string> paths = telemetry::find_ledgers(reporter.options_.ledger_dir);
  std::erase(paths, reporter.ledger_.path());
  while (!paths.empty()) {
    std::uint64_t dropped = 0;
    const Result<void> delivered = co_await telemetry::deliver(
        reporter.loop_.clock(), paths.front(), reporter.sink_, &dropped);
    reporter.dropped_count_ += dropped;
    if (delivered) {
      log_info(reporter.log_, "delivered the telemetry of an earlier life",
               {{"ledger", paths.front()}});
      backoff.reset();
      paths.erase(paths.begin());
      continue;
    }
    const Error& error = delivered.error();
    // Somebody's who lives, delivered by somebody else, or nothing that can be read.
    if (!telemetry::read_ledger(paths.front())) {
      log_warn(reporter.log_, "a ledger is left alone", {{"error", error.to_string()}});
      paths.erase(paths.begin());
      continue;
    }
    reporter.note_away(error);
    co_await runtime::sleep_for(reporter.loop_, backoff.next(reporter.random_));
  }
  for (const std::string& path : telemetry::remove_unreadable(reporter.options_.ledger_dir)) {
    log_warn(reporter.log_, "a ledger that could not be read was removed: newer ones lie there",
             {{"ledger", path}});
  }
}

Task<Result<void>> Reporter::finish_counting(Reporter& reporter) {
  // One that is being ended is ended first. Sending goes on meanwhile: it may be what is missing.
  while (reporter.ending_bucket_) co_await reporter.ended_.wait();
  reporter.scope_.cancel();
  co_await reporter.end_bucket(reporter.loop_.clock().wall_now());
  while (reporter.ledger_.pending() > 0) {
    Result<void> sent = co_await reporter.send_some();
    if (!sent) co_return sent;
  }
  co_return Result<void>();
}

Task<void> Reporter::finish() {
  const Result<void> sent = co_await runtime::with_deadline(
      loop_, kFinishTimeout, ErrorCode::kTimeout, "the last telemetry", finish_counting(*this));
  scope_.cancel();
  if (sent) {
    ledger_.remove();
    co_return;
  }
  log_warn(
      log_, "telemetry is left in the ledger",
      {{"buckets", std::to_string(ledger_.pending())},
       {"ledger", ledger_.path().empty() ? std::string("none: they are lost") : ledger_.path()},
       {"error", sent.error().to_string()}});
}

void Reporter::write(metrics::TextWriter& writer) const {
  writer.single(described("seine_telemetry_buckets_pending",
                          "Buckets of counts that nobody has acknowledged."),
                metrics::Kind::kGauge, static_cast<std::int64_t>(pending_count_.load()));
  writer.single(described("seine_telemetry_buckets_acknowledged",
                          "Buckets of counts that their receiver has for good."),
                metrics::Kind::kCounter, static_cast<std::int64_t>(acknowledged_count_.load()));
  writer.single(described("seine_telemetry_buckets_dropped",
                          "Buckets of counts that their receiver refused for good."),
                metrics::Kind::kCounter, static_cast<std::int64_t>(dropped_count_.load()));
  writer.single(described("seine_telemetry_folded_rows",
                          "Keys beyond the cap of a bucket, counted in its overflow rows."),
                metrics::Kind::kCounter, static_cast<std::int64_t>(ledger_.folded()));
}

}  // namespace seine::proxy
