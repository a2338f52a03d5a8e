// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/feed_spool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/file.h"
#include "crypto/random.h"
#include "telemetry/check_bucket.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

constexpr std::size_t kIdOctets = 16;
constexpr std::size_t kMaxMachine = 256;
constexpr std::size_t kCore = 0;

metrics::Gauge gauge(metrics::Registry& registry, const char* name, const char* help) {
  return registry.gauge({.description = {.name = name, .help = help}}).get(kCore);
}

}  // namespace

Result<std::unique_ptr<FeedSpool>> FeedSpool::open(std::string folder, std::string machine,
                                                   const Log& log, metrics::Registry& metrics,
                                                   journal::Limits limits) {
  auto journal = journal::Journal::open(std::move(folder), limits, log);
  if (!journal) return fail(std::move(journal.error()));
  std::unique_ptr<FeedSpool> spool(
      new FeedSpool(*std::move(journal), std::move(machine), log, metrics));
  spool->show_metrics();
  return spool;
}

// A segment's note is the id, then the machine's life.
FeedSpool::FeedSpool(std::unique_ptr<journal::Journal> journal, std::string machine, const Log& log,
                     metrics::Registry& metrics)
    : journal_(std::move(journal)),
      machine_(std::move(machine)),
      log_(log),
      is_uncertain_(journal_->has_lost_its_end() ||
                    (journal_->has_begun() && (journal_->note().size() < kIdOctets ||
                                               journal_->note().substr(kIdOctets) != machine_))),
      acknowledged_(journal_->first() - 1),
      unread_reader_(*this, acknowledged_),
      octets_(gauge(metrics, "seine_feed_bytes", "What is kept for the reader of the feed.")),
      unread_(gauge(metrics, "seine_feed_unread_reports",
                    "Reports that the reader of the feed has not acknowledged.")),
      oldest_(gauge(metrics, "seine_feed_oldest_timestamp_seconds",
                    "When the oldest of them came; 0 where there is none.")) {}

Result<void> FeedSpool::begin() {
  if (journal_->has_begun() && !is_uncertain_) return {};
  auto begun = journal_->begin(crypto::random_octets(kIdOctets) + machine_);
  if (!begun) return begun;
  is_uncertain_ = false;
  log_info(log_, "reports of proxies are kept for who reads the feed",
           {{"after", std::to_string(last())}});
  show_metrics();
  return {};
}

std::string FeedSpool::id() const {
  return journal_->note().substr(0, kIdOctets);
}

Result<void> FeedSpool::append(const wire::FeedReport& report) {
  if (auto begun = begin(); !begun) return begun;
  auto appended = journal_->append(report.SerializeAsString());
  if (!appended) return fail(std::move(appended.error()));
  return {};
}

void FeedSpool::undo() {
  journal_->undo();
}

void FeedSpool::publish() {
  changes_.notify();
  show_metrics();
}

void FeedSpool::acknowledge(std::uint64_t position) {
  acknowledged_ = std::max(acknowledged_, position);
  journal_->forget(position);
  show_metrics();
}

void FeedSpool::show_metrics() {
  octets_.set(static_cast<std::int64_t>(journal_->octets()));
  unread_.set(static_cast<std::int64_t>(last() - std::min(last(), acknowledged_)));
  const std::optional<WallTime> oldest = find_oldest_unread();
  const auto since = oldest ? oldest->time_since_epoch() : WallTime::duration::zero();
  oldest_.set(std::chrono::floor<std::chrono::seconds>(since).count());
}

std::optional<WallTime> FeedSpool::find_oldest_unread() {
  if (acknowledged_ >= last()) return std::nullopt;
  if (oldest_unread_ && oldest_unread_->first > acknowledged_) return oldest_unread_->second;
  unread_reader_.skip_after(acknowledged_);
  const auto report = unread_reader_.next();
  if (!report) return std::nullopt;
  const WallTime came = telemetry::read_time(report->received_at()).value_or(WallTime());
  oldest_unread_ = {report->position(), came};
  return came;
}

std::optional<wire::FeedReport> FeedSpool::Reader::next() {
  for (;;) {
    auto entry = cursor_.next();
    if (entry && !*entry) return std::nullopt;
    std::optional<wire::FeedReport> report(std::in_place);
    if (entry && report->ParseFromString((*entry)->content)) {
      report->set_position((*entry)->position);
      return report;
    }
    log_error(log_, "reports of the feed are lost",
              {{"reason", entry ? "position " + std::to_string((*entry)->position) +
                                      " holds what does not parse"
                                : entry.error().message}});
  }
}

std::string read_machine_life() {
  auto life = read_file("/proc/sys/kernel/random/boot_id", kMaxMachine);
  if (!life) return {};
  while (life->ends_with('\n')) life->pop_back();
  return *std::move(life);
}

}  // namespace seine::control
