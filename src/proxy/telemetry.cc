// SPDX-License-Identifier: Apache-2.0
#include "proxy/telemetry.h"

#include "metrics/buckets.h"

namespace seine::proxy {

namespace {

using metrics::Counter;
using metrics::Family;
using metrics::FamilyOptions;
using metrics::Gauge;
using metrics::LabelWriter;
using metrics::Part;
using metrics::Unit;

FamilyOptions plain(std::string name, std::string help) {
  return {.description = {.name = std::move(name), .help = std::move(help), .part = Part::kPlain},
          .evictable = true};
}

FamilyOptions open_metrics(std::string name, std::string help, Unit unit = Unit::kNone) {
  return {.description = {.name = std::move(name), .help = std::move(help), .unit = unit}};
}

void write_target(LabelWriter& writer, const SocketAddr& target) {
  writer.add("target_addr", target.to_string());
  writer.add("target_ip", target.ip.to_string());
  writer.add("target_port", std::uint64_t{target.port});
}

}  // namespace

namespace {

// With its namespace, as the families of routes have it.
void write_resource(LabelWriter& writer, std::string_view prefix, const model::Metadata& meta) {
  const std::string name(prefix);
  writer.add(name + "_group", meta.group);
  writer.add(name + "_kind", meta.kind);
  writer.add(name + "_namespace", meta.ns);
  writer.add(name + "_name", meta.name);
}

}  // namespace

void write_metadata(metrics::LabelWriter& writer, std::string_view prefix,
                    const model::Metadata& meta) {
  const std::string name(prefix);
  writer.add(name + "_group", meta.group);
  writer.add(name + "_kind", meta.kind);
  writer.add(name + "_name", meta.name);
}

std::string_view direction_name(Direction direction) {
  return direction == Direction::kInbound ? "inbound" : "outbound";
}

void TlsLabels::write(LabelWriter& writer, std::string_view id_label) const {
  writer.add("tls", status);
  if (status == "true") writer.add(id_label, peer_id);
  if (!sni.empty()) writer.add("sni", sni);
  if (!no_tls_reason.empty()) writer.add("no_tls_reason", no_tls_reason);
}

void EndpointLabels::write(LabelWriter& writer) const {
  const bool inbound = direction == Direction::kInbound;
  writer.add("direction", direction_name(direction));
  if (!authority.empty()) writer.add("authority", authority);
  write_target(writer, target);
  tls.write(writer, inbound ? "client_id" : "server_id");
  for (const auto& [name, value] : dst) writer.add("dst_" + name, value);
  if (server_port != 0) {
    write_metadata(writer, "srv", server);
    writer.add("srv_port", std::uint64_t{server_port});
  }
  if (route) write_metadata(writer, "route", *route);
  if (authz) write_metadata(writer, "authz", *authz);
}

void TransportLabels::write(LabelWriter& writer) const {
  writer.add("peer", peer);
  endpoint.write(writer);
}

void ProfileRouteLabels::write(LabelWriter& writer) const {
  writer.add("direction", direction_name(direction));
  writer.add("dst", dst);
  for (const auto& [name, value] : route) writer.add("rt_" + name, value);
}

void ResponseLabels::write(LabelWriter& writer) const {
  request.write(writer);
  if (status_code != 0) writer.add("status_code", std::uint64_t{status_code});
  writer.add("classification", success ? "success" : "failure");
  if (!grpc_status.empty()) writer.add("grpc_status", grpc_status);
  writer.add("error", error);
}

void StatusLabels::write(LabelWriter& writer) const {
  request.write(writer);
  if (status_code != 0) writer.add("status_code", std::uint64_t{status_code});
}

void ErrorLabels::write(LabelWriter& writer) const {
  writer.add("error", error);
  if (target != nullptr) write_target(writer, *target);
}

void RateLimitLabels::write(LabelWriter& writer) const {
  write_target(writer, target);
  write_metadata(writer, "srv", server);
  writer.add("srv_port", std::uint64_t{target.port});
  write_metadata(writer, "ratelimit", limit);
  writer.add("ratelimit_scope", scope);
}

void RouteLabels::write(LabelWriter& writer) const {
  write_resource(writer, "parent", parent);
  if (parent.port != 0) writer.add("parent_port", std::uint64_t{parent.port});
  if (!parent.section.empty()) writer.add("parent_section_name", parent.section);
  write_resource(writer, "route", route);
}

RetryFamilies::RetryFamilies(metrics::Registry& r, const std::string& prefix)
    : requests(r.counter(open_metrics(prefix + "requests", "Tries beyond the first."))),
      successes(r.counter(open_metrics(prefix + "successes", "Requests that a retry saved."))),
      limit_exceeded(r.counter(
          open_metrics(prefix + "limit_exceeded", "Requests that failed at their last try."))),
      overflow(r.counter(open_metrics(prefix + "overflow",
                                      "Requests not tried again, for their body was too long."))) {}

void RetryableLabels::write(LabelWriter& writer) const {
  route.write(writer);
  if (skipped) writer.add("skipped", std::string_view("no_budget"));
}

HttpFamilies::HttpFamilies(metrics::Registry& r, const std::string& prefix, Latency measured)
    : requests(r.counter(plain(prefix + "request_total", "Total count of HTTP requests."))),
      responses(r.counter(plain(prefix + "response_total", "Total count of HTTP responses."))),
      latency(measured == Latency::kNone
                  ? nullptr
                  : &r.histogram(plain(prefix + "response_latency_ms",
                                       "Time between a request's first byte and its response's "
                                       "first byte, in ms."),
                                 metrics::kLatencyMilliseconds)) {}

Telemetry::Telemetry(metrics::Registry& r)
    : registry(r),
      offences(r),
      endpoints(r, ""),
      profile_routes(r, "route_"),
      profile_tries(r, "route_actual_", HttpFamilies::Latency::kNone),
      profile_retryable(
          r.counter(plain("route_retryable_total", "Total count of retryable HTTP responses."))),
      tcp_open_total(r.counter(plain("tcp_open_total", "Total count of opened connections."))),
      tcp_open_connections(r.gauge(plain("tcp_open_connections", "Connections open now."))),
      tcp_read_bytes_total(
          r.counter(plain("tcp_read_bytes_total", "Total count of bytes read from peers."))),
      tcp_write_bytes_total(
          r.counter(plain("tcp_write_bytes_total", "Total count of bytes written to peers."))),
      tcp_close_total(r.counter(plain("tcp_close_total", "Total count of closed connections."))),
      inbound_http_errors(r.counter(
          open_metrics("inbound_http_errors", "HTTP requests that failed in the proxy."))),
      inbound_tcp_errors(
          r.counter(open_metrics("inbound_tcp_errors", "Connections that failed in the proxy."))),
      outbound_http_errors(r.counter(
          open_metrics("outbound_http_errors", "HTTP requests that failed in the proxy."))),
      outbound_tcp_errors(
          r.counter(open_metrics("outbound_tcp_errors", "Connections that failed in the proxy."))),
      http_retries(r, "outbound_http_route_retry_"),
      grpc_retries(r, "outbound_grpc_route_retry_"),
      inbound_http_authz_allow(r.counter(
          open_metrics("inbound_http_authz_allow", "HTTP requests that policy allowed."))),
      inbound_http_authz_deny(
          r.counter(open_metrics("inbound_http_authz_deny", "HTTP requests that policy denied."))),
      inbound_http_rate_limited(r.counter(open_metrics(
          "inbound_http_local_ratelimit", "HTTP requests beyond a local rate limit."))),
      inbound_tcp_authz_allow(
          r.counter(open_metrics("inbound_tcp_authz_allow", "Connections that policy allowed."))),
      inbound_tcp_authz_deny(
          r.counter(open_metrics("inbound_tcp_authz_deny", "Connections that policy denied."))),
      inbound_tcp_authz_terminate(r.counter(open_metrics(
          "inbound_tcp_authz_terminate", "Connections ended because policy changed."))),
      inbound_transport_headers(
          r.counter(open_metrics("inbound_tcp_transport_header_connections",
                                 "Connections that opened with a transport header."))),
      inbound_detections(r.counter(open_metrics("inbound_tcp_detect_http_results",
                                                "What the first bytes of connections were."))),
      outbound_detections(r.counter(open_metrics("outbound_tcp_detect_http_results",
                                                 "What the first bytes of connections were."))),
      outbound_protocols(r.counter(open_metrics("outbound_tcp_protocol_connections",
                                                "Connections by the protocol they spoke."))),
      upgraded_requests(
          r.counter(open_metrics("seine_http1_over_http2_requests",
                                 "HTTP/1 requests carried over HTTP/2 between proxies."))),
      profile_refusals(
          r.counter(open_metrics("seine_inbound_profile_refusals",
                                 "Names whose service profile was not looked up, and why."))),
      cert_expiration_seconds(
          r.gauge(open_metrics("control_identity_cert_expiration_timestamp",
                               "When the certificate expires.", Unit::kSeconds))),
      cert_refresh_seconds(
          r.gauge(open_metrics("control_identity_cert_refresh_timestamp",
                               "When the certificate was last refreshed.", Unit::kSeconds))),
      cert_refreshes(r.counter(open_metrics("control_identity_cert_refreshes",
                                            "Attempts to refresh the certificate."))) {}

}  // namespace seine::proxy
