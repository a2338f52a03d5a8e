// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/source_messages.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "control/encode_values.h"
#include "control/telemetry/row_key.h"
#include "crypto/digest.h"
#include "seine/telemetry/v1/kept.pb.h"
#include "telemetry/check_bucket.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

std::unexpected<Error> damaged(std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "the file " + std::string(why));
}

void encode_row(const CountTable<HttpCounts>::Merged& row, bool with_exemplars, wire::Source& out) {
  wire::HttpRow& message = row.key.empty() ? *out.add_http_overflow() : *out.add_http();
  message.ParsePartialFromArray(row.key.data(), static_cast<int>(row.key.size()));
  message.set_direction(static_cast<wire::Direction>(row.direction));
  message.set_count(row.counts.requests);
  wire::Histogram& latency = *message.mutable_latency();
  latency.set_sum_microseconds(row.counts.sum_microseconds);
  for (const auto& [bucket, count] : row.counts.latency.counts()) {
    latency.add_index(bucket);
    latency.add_count(count);
  }
  if (!with_exemplars || row.key.empty()) return;
  for (const std::string& exemplar : *row.exemplars) {
    message.add_exemplars()->ParsePartialFromString(exemplar);
  }
}

void encode_row(const CountTable<TcpCounts>::Merged& row, bool is_open, wire::Source& out) {
  wire::TcpRow& message = row.key.empty() ? *out.add_tcp_overflow() : *out.add_tcp();
  message.ParsePartialFromArray(row.key.data(), static_cast<int>(row.key.size()));
  message.set_direction(static_cast<wire::Direction>(row.direction));
  message.set_opened(row.counts.opened);
  message.set_closed(row.counts.closed);
  message.set_read_bytes(row.counts.read_bytes);
  message.set_written_bytes(row.counts.written_bytes);
  if (is_open) message.set_open(row.open);
}

wire::Reporter encode_facts(const ReporterFacts& reporter) {
  wire::Reporter out;
  out.set_cluster(reporter.cluster);
  out.set_namespace_(reporter.ns);
  out.set_workload(reporter.workload);
  out.set_workload_kind(reporter.workload_kind);
  out.set_pod(reporter.pod);
  out.set_version(reporter.version);
  out.set_service_account(reporter.service_account);
  out.set_proxy_version(reporter.proxy_version);
  out.set_instance(reporter.instance);
  encode_duration(reporter.interval, *out.mutable_interval());
  return out;
}

Result<void> restore_rows(const wire::Source& message, Source& source) {
  std::vector<CountTable<HttpCounts>::Entry> http;
  std::vector<CountTable<TcpCounts>::Entry> tcp;
  const auto is_direction = [](wire::Direction direction) {
    return direction == wire::INBOUND || direction == wire::OUTBOUND;
  };
  const auto restore_http = [&](const wire::HttpRow& row, bool overflow) {
    CountTable<HttpCounts>::Entry entry{
        .direction = static_cast<std::size_t>(row.direction()),
        .counts = {.requests = row.count(), .sum_microseconds = row.latency().sum_microseconds()}};
    if (!overflow) entry.key = row_key(row);
    const auto& latency = row.latency();
    const bool fits = entry.counts.latency.add(
        {latency.index().data(), static_cast<std::size_t>(latency.index_size())},
        {latency.count().data(), static_cast<std::size_t>(latency.count_size())});
    http.push_back(std::move(entry));
    return fits && is_direction(row.direction());
  };
  const auto restore_tcp = [&](const wire::TcpRow& row, bool overflow) {
    CountTable<TcpCounts>::Entry entry{.direction = static_cast<std::size_t>(row.direction()),
                                       .counts = {.opened = row.opened(),
                                                  .closed = row.closed(),
                                                  .read_bytes = row.read_bytes(),
                                                  .written_bytes = row.written_bytes()}};
    if (!overflow) entry.key = row_key(row);
    tcp.push_back(std::move(entry));
    return is_direction(row.direction());
  };
  bool fits = true;
  for (const auto& row : message.http()) fits &= restore_http(row, false);
  for (const auto& row : message.http_overflow()) fits &= restore_http(row, true);
  for (const auto& row : message.tcp()) fits &= restore_tcp(row, false);
  for (const auto& row : message.tcp_overflow()) fits &= restore_tcp(row, true);
  if (!fits) return damaged("has a row that cannot be");
  source.http.restore(std::move(http));
  source.tcp.restore(std::move(tcp));
  return {};
}

void encode_ranges(const telemetry::SequenceSet& set,
                   google::protobuf::RepeatedField<std::uint64_t>& out) {
  for (const auto& [first, last] : set.ranges()) {
    out.Add(first);
    out.Add(last);
  }
}

bool restore_ranges(const google::protobuf::RepeatedField<std::uint64_t>& pairs,
                    telemetry::SequenceSet& set) {
  if (pairs.size() % 2 != 0) return false;
  std::vector<telemetry::SequenceSet::Range> ranges;
  for (int i = 0; i < pairs.size(); i += 2) ranges.push_back({pairs[i], pairs[i + 1]});
  return set.restore(std::move(ranges));
}

Result<void> restore_boots(const wire::KeptSource& kept, Source& source) {
  if (kept.boots_size() > static_cast<int>(kMaxBootsOfSource)) return damaged("has too many boots");
  for (const wire::KeptBoot& message : kept.boots()) {
    Boot& boot = source.boots[message.boot()];
    if (!restore_ranges(message.ranges(), boot.counted)) return damaged("has impossible ranges");
    const std::uint64_t there = boot.counted.last() - boot.counted.missing();
    boot.counted.set_lost(std::min(message.lost(), there));
    boot.heard = telemetry::read_time(message.heard()).value_or(WallTime{});
    boot.fed = boot.counted;
    if (message.is_fed_in_part() && !restore_ranges(message.fed(), boot.fed)) {
      return damaged("has impossible ranges of the feed");
    }
  }
  return {};
}

}  // namespace

void encode_time(WallTime time, google::protobuf::Timestamp& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out.set_seconds(seconds.time_since_epoch().count());
  out.set_nanos(static_cast<std::int32_t>((time - seconds).count()));
}

void encode_reporter(const ReporterFacts& reporter, wire::Source& out) {
  *out.mutable_reporter() = encode_facts(reporter);
}

void encode_source(const Source& source, const std::optional<WindowSpan>& span, bool running,
                   wire::Source& out) {
  encode_reporter(source.reporter, out);
  out.set_running(running);
  const auto http = span ? source.http.within(span->from, span->to) : source.http.whole();
  for (const auto& row : http) encode_row(row, span.has_value(), out);
  const auto tcp = span ? source.tcp.within(span->from, span->to) : source.tcp.whole();
  for (const auto& row : tcp) encode_row(row, running, out);
  const Coverage coverage = span ? source.covered(span->from, span->to) : source.covered();
  out.set_expected_buckets(static_cast<std::uint32_t>(coverage.expected));
  out.set_received_buckets(static_cast<std::uint32_t>(coverage.received));
  if (span) {
    for (const CountedTime& time : source.counted(span->from, span->to)) {
      wire::TimeSpan& out_time = *out.add_counted();
      encode_time(time.from, *out_time.mutable_from());
      encode_time(time.to, *out_time.mutable_to());
    }
  }
  if (source.last_report != WallTime{}) encode_time(source.last_report, *out.mutable_last_report());
}

std::string encode_kept(const Source& source) {
  wire::KeptSource kept;
  encode_source(source, std::nullopt, false, *kept.mutable_source());
  for (auto& row : *kept.mutable_source()->mutable_http()) row.clear_exemplars();
  if (source.first) encode_time(*source.first, *kept.mutable_first());
  for (const auto& [name, boot] : source.boots) {
    wire::KeptBoot& message = *kept.add_boots();
    message.set_boot(name);
    encode_ranges(boot.counted, *message.mutable_ranges());
    if (boot.fed.ranges() != boot.counted.ranges()) {
      message.set_is_fed_in_part(true);
      encode_ranges(boot.fed, *message.mutable_fed());
    }
    message.set_lost(boot.counted.lost());
    encode_time(boot.heard, *message.mutable_heard());
  }
  const std::string bytes = kept.SerializeAsString();
  const crypto::Sha256 digest = crypto::sha256(bytes);
  return std::string(digest.begin(), digest.end()) + bytes;
}

Result<std::unique_ptr<Source>> decode_kept(std::string_view file, TableBudgets& budgets) {
  constexpr std::size_t kDigest = crypto::Sha256{}.size();
  if (file.size() < kDigest) return damaged("is cut");
  const std::string_view bytes = file.substr(kDigest);
  const crypto::Sha256 digest = crypto::sha256(bytes);
  if (std::string_view(reinterpret_cast<const char*>(digest.data()), kDigest) !=
      file.substr(0, kDigest)) {
    return damaged("is not as it was written");
  }
  wire::KeptSource kept;
  if (!kept.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return damaged("does not parse");
  }
  wire::Reporter reporter = kept.source().reporter();
  reporter.set_boot(reporter.instance());  // it has none, and is as long
  auto facts = decode_reporter(reporter);
  if (!facts) return fail(std::move(facts.error()));
  auto source = std::make_unique<Source>(*std::move(facts), budgets);
  auto restored = restore_rows(kept.source(), *source);
  if (restored) restored = restore_boots(kept, *source);
  if (!restored) return fail(std::move(restored.error()));
  if (kept.has_first()) source->first = telemetry::read_time(kept.first());
  source->last_report = telemetry::read_time(kept.source().last_report()).value_or(WallTime{});
  return source;
}

}  // namespace seine::control
