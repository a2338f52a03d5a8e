// SPDX-License-Identifier: Apache-2.0
// The proxy's metric families with Linkerd's names, labels and buckets (reference: proxy API 4),
// and the label sets they take. Made once; families may be asked from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "base/net.h"
#include "metrics/registry.h"
#include "model/endpoint.h"
#include "model/metadata.h"
#include "proxy/offence_counters.h"

namespace seine::proxy {

enum class Direction : std::uint8_t { kInbound, kOutbound };
std::string_view direction_name(Direction direction);

// PREFIX_group, PREFIX_kind, PREFIX_name.
void write_metadata(metrics::LabelWriter& writer, std::string_view prefix,
                    const model::Metadata& meta);

// What a connection's TLS is to the labels: tls="true" with the peer's identity, or tls="..." with
// the reason why not.
struct TlsLabels {
  std::string_view status = "no_identity";  // true, no_identity, opaque, disabled
  std::string peer_id;                      // status true
  std::string sni;                          // status opaque: TLS passed through
  std::string_view no_tls_reason;           // status no_identity

  static TlsLabels meshed(std::string id) { return {.status = "true", .peer_id = std::move(id)}; }
  static TlsLabels none(std::string_view reason) { return {.no_tls_reason = reason}; }
  static TlsLabels passed_through(std::string name) {
    return {.status = "opaque", .sni = std::move(name)};
  }
  // `id_label` is client_id on inbound, server_id on outbound.
  void write(metrics::LabelWriter& writer, std::string_view id_label) const;
};

// The labels that requests and connections through one endpoint share. Outbound: `authority` and
// the dst_ labels of discovery. Inbound: server, route and authorization.
struct EndpointLabels {
  Direction direction = Direction::kInbound;
  std::string authority;
  SocketAddr target;
  TlsLabels tls;
  model::Labels dst;
  model::Metadata server;
  std::uint16_t server_port = 0;  // 0: no server labels
  // By value: a response may end after the policy it was permitted by has been replaced.
  std::optional<model::Metadata> route;
  std::optional<model::Metadata> authz;

  void write(metrics::LabelWriter& writer) const;
};

// What the requests of one route of a service profile share (rt_*).
struct ProfileRouteLabels {
  Direction direction = Direction::kInbound;
  std::string dst;  // "name:port"
  model::Labels route;
  void write(metrics::LabelWriter& writer) const;
};

// Whatever requests are counted by.
struct RequestLabels {
  std::variant<EndpointLabels, ProfileRouteLabels> by;
  void write(metrics::LabelWriter& writer) const {
    std::visit([&](const auto& labels) { labels.write(writer); }, by);
  }
};

// tcp_*: peer is "src" for the connection a client made, "dst" for the one we made.
struct TransportLabels {
  const EndpointLabels& endpoint;
  std::string_view peer;
  void write(metrics::LabelWriter& writer) const;
};

// How a response ended.
struct ResponseLabels {
  const RequestLabels& request;
  std::uint16_t status_code = 0;  // 0: there was no response
  bool success = false;
  std::string_view grpc_status;  // "" if it was not gRPC
  std::string_view error;        // "" unless the stream failed
  void write(metrics::LabelWriter& writer) const;
};

struct StatusLabels {
  const RequestLabels& request;
  std::uint16_t status_code;
  void write(metrics::LabelWriter& writer) const;
};

// The words of *_errors_total: Linkerd's where it has one for the cause, else error_name().
struct ErrorLabels {
  std::string_view error;
  const SocketAddr* target = nullptr;  // inbound families have it
  void write(metrics::LabelWriter& writer) const;
};

// Of a request beyond a local rate limit.
struct RateLimitLabels {
  SocketAddr target;
  const model::Metadata& server;
  const model::Metadata& limit;
  std::string_view scope;
  void write(metrics::LabelWriter& writer) const;
};

// Of a route of outbound policy.
struct RouteLabels {
  const model::Metadata& parent;
  const model::Metadata& route;
  void write(metrics::LabelWriter& writer) const;
};

struct OneLabel {
  std::string_view name;
  std::string_view value;
  void write(metrics::LabelWriter& writer) const { writer.add(name, value); }
};

// The trio by which requests are counted.
struct HttpFamilies {
  enum class Latency : std::uint8_t { kMeasured, kNone };
  HttpFamilies(metrics::Registry& registry, const std::string& prefix,
               Latency measured = Latency::kMeasured);
  metrics::Family<metrics::Counter>& requests;
  metrics::Family<metrics::Counter>& responses;
  metrics::Family<metrics::Histogram>* latency;  // null: not measured
};

// Answers of a profile's route that are worth another try: all of them, or those for which its
// budget has no retry left.
struct RetryableLabels {
  const ProfileRouteLabels& route;
  bool skipped = false;
  void write(metrics::LabelWriter& writer) const;
};

// How requests were tried again.
struct RetryFamilies {
  RetryFamilies(metrics::Registry& registry, const std::string& prefix);
  metrics::Family<metrics::Counter>& requests;
  metrics::Family<metrics::Counter>& successes;
  metrics::Family<metrics::Counter>& limit_exceeded;
  metrics::Family<metrics::Counter>& overflow;  // the body was too long to be kept
};

struct Telemetry {
  explicit Telemetry(metrics::Registry& registry);

  metrics::Registry& registry;
  OffenceCounters offences;
  HttpFamilies endpoints;       // request_total, response_total, response_latency_ms
  HttpFamilies profile_routes;  // the same with route_ before it
  HttpFamilies profile_tries;   // route_actual_: of each try, without latencies; outbound
  metrics::Family<metrics::Counter>& profile_retryable;
  metrics::Family<metrics::Counter>& tcp_open_total;
  metrics::Family<metrics::Gauge>& tcp_open_connections;
  metrics::Family<metrics::Counter>& tcp_read_bytes_total;
  metrics::Family<metrics::Counter>& tcp_write_bytes_total;
  metrics::Family<metrics::Counter>& tcp_close_total;
  metrics::Family<metrics::Counter>& inbound_http_errors;
  metrics::Family<metrics::Counter>& inbound_tcp_errors;
  metrics::Family<metrics::Counter>& outbound_http_errors;
  metrics::Family<metrics::Counter>& outbound_tcp_errors;
  RetryFamilies http_retries;
  RetryFamilies grpc_retries;
  const RetryFamilies& retries_of(bool grpc) const { return grpc ? grpc_retries : http_retries; }
  metrics::Family<metrics::Counter>& inbound_http_authz_allow;
  metrics::Family<metrics::Counter>& inbound_http_authz_deny;
  metrics::Family<metrics::Counter>& inbound_http_rate_limited;
  metrics::Family<metrics::Counter>& inbound_tcp_authz_allow;
  metrics::Family<metrics::Counter>& inbound_tcp_authz_deny;
  metrics::Family<metrics::Counter>& inbound_tcp_authz_terminate;
  metrics::Family<metrics::Counter>& inbound_transport_headers;
  metrics::Family<metrics::Counter>& inbound_detections;
  metrics::Family<metrics::Counter>& outbound_detections;
  metrics::Family<metrics::Counter>& outbound_protocols;
  // Ours: HTTP/1 requests that rode HTTP/2 between proxies, {direction}.
  metrics::Family<metrics::Counter>& upgraded_requests;
  metrics::Family<metrics::Counter>& profile_refusals;
  metrics::Family<metrics::Gauge>& cert_expiration_seconds;
  metrics::Family<metrics::Gauge>& cert_refresh_seconds;
  metrics::Family<metrics::Counter>& cert_refreshes;
};

}  // namespace seine::proxy
