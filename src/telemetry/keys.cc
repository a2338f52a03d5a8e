// SPDX-License-Identifier: Apache-2.0
#include "telemetry/keys.h"

#include <algorithm>

#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::telemetry {

namespace {

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

template <class Row>
Row row_of(const RowKey& key) {
  Row row;
  row.set_direction(static_cast<v1::Direction>(key.direction));
  v1::Target& target = *row.mutable_target();
  target.set_service(printable(key.target.service));
  target.set_namespace_(printable(key.target.ns));
  target.set_port(key.target.port);
  target.set_authority(printable(key.target.authority));
  v1::Peer& peer = *row.mutable_peer();
  peer.set_namespace_(printable(key.peer.ns));
  peer.set_workload(printable(key.peer.workload));
  peer.set_workload_kind(printable(key.peer.workload_kind));
  peer.set_pod(printable(key.peer.pod));
  peer.set_version(printable(key.peer.version));
  peer.set_identity(printable(key.peer.identity));
  peer.set_no_tls_reason(printable(key.peer.no_tls_reason));
  return row;
}

}  // namespace

std::string encode_http_key(const RowKey& key) {
  auto row = row_of<v1::HttpRow>(key);
  row.set_route(printable(key.route));
  return row.SerializeAsString();
}

std::string encode_tcp_key(const RowKey& key) {
  return row_of<v1::TcpRow>(key).SerializeAsString();
}

std::string encode_outcome(const Outcome& outcome) {
  v1::HttpRow row;
  row.set_http_status(outcome.http_status);
  row.set_grpc_status(outcome.grpc_status);
  row.set_cause(printable(outcome.cause));
  row.set_excluded(outcome.excluded);
  row.set_upgraded(outcome.upgraded);
  return row.SerializeAsString();
}

std::string encode_cause(std::string_view cause) {
  v1::TcpRow row;
  row.set_cause(printable(cause));
  return row.SerializeAsString();
}

std::string encode_overflow_key(Direction direction) {
  // Both kinds of row have the direction in the same field.
  v1::HttpRow row;
  row.set_direction(static_cast<v1::Direction>(direction));
  return row.SerializeAsString();
}

std::string encode_reporter(const ReporterFacts& facts) {
  v1::Reporter reporter;
  reporter.set_cluster(printable(facts.cluster));
  reporter.set_namespace_(printable(facts.ns));
  reporter.set_workload(printable(facts.workload));
  reporter.set_workload_kind(printable(facts.workload_kind));
  reporter.set_pod(printable(facts.pod));
  reporter.set_version(printable(facts.version));
  reporter.set_service_account(printable(facts.service_account));
  reporter.set_proxy_version(printable(facts.proxy_version));
  reporter.set_instance(facts.instance);
  reporter.set_boot(facts.boot);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(facts.interval);
  reporter.mutable_interval()->set_seconds(seconds.count());
  reporter.mutable_interval()->set_nanos(
      static_cast<std::int32_t>((facts.interval - seconds).count()));
  return reporter.SerializeAsString();
}

std::string hexadecimal(std::string_view octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(octets.size() * 2);
  for (const char c : octets) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace seine::telemetry
