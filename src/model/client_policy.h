// SPDX-License-Identifier: Apache-2.0
// What an outbound proxy does with traffic to one destination. Immutable once made: shared between
// cores as std::shared_ptr<const ClientPolicy>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/endpoint.h"
#include "model/filter.h"
#include "model/metadata.h"
#include "model/route.h"

namespace seine::model {

struct Backoff {
  Duration min = std::chrono::milliseconds(100);
  Duration max = std::chrono::seconds(10);
  double jitter_ratio = 0.1;  // each wait grows by up to this share of itself
  bool respects_retry_after = false;
  friend bool operator==(const Backoff&, const Backoff&) = default;
};

// When an endpoint is set aside for failing.
struct ConsecutiveFailures {
  std::uint32_t max_failures = 0;
  Backoff backoff;
  friend bool operator==(const ConsecutiveFailures&, const ConsecutiveFailures&) = default;
};
struct UnifiedAccrual {
  double success_rate_threshold = 0;  // 0 to 1
  Duration window = std::chrono::seconds(10);
  std::uint32_t min_requests = 0;
  std::uint32_t max_consecutive_failures = 0;
  Backoff backoff;
  friend bool operator==(const UnifiedAccrual&, const UnifiedAccrual&) = default;
};
struct FailureAccrual {
  std::variant<std::monostate, ConsecutiveFailures, UnifiedAccrual> kind;
  // Endpoints are not set aside below this many ready ones; 0 does not limit.
  std::uint32_t min_ready_endpoints = 0;
  friend bool operator==(const FailureAccrual&, const FailureAccrual&) = default;
};

struct Queue {
  std::uint32_t capacity = 100;
  Duration failfast = std::chrono::seconds(3);
  friend bool operator==(const Queue&, const Queue&) = default;
};

// Makes an answer of "too busy" count as a slow one.
struct PeakEwmaPenalty {
  Duration penalty = std::chrono::seconds(5);
  Duration max_retry_after = std::chrono::seconds(300);
  Duration decay = std::chrono::seconds(10);
  friend bool operator==(const PeakEwmaPenalty&, const PeakEwmaPenalty&) = default;
};

// How costly an endpoint is held to be.
struct PeakEwma {
  using Penalty = PeakEwmaPenalty;
  Duration default_rtt = std::chrono::milliseconds(30);
  Duration decay = std::chrono::seconds(10);
  std::optional<Penalty> penalty;
  friend bool operator==(const PeakEwma&, const PeakEwma&) = default;
};

// Where requests go. Of kFail every request is answered with 502.
struct Backend {
  struct Fail {
    friend bool operator==(const Fail&, const Fail&) = default;
  };
  struct Forward {
    Endpoint endpoint;
    friend bool operator==(const Forward&, const Forward&) = default;
  };
  struct Balancer {
    std::string path;  // "name:port" for Destination.Get
    PeakEwma load;
    friend bool operator==(const Balancer&, const Balancer&) = default;
  };
  Metadata meta;
  std::variant<Fail, Forward, Balancer> kind;
  Queue queue;
  friend bool operator==(const Backend&, const Backend&) = default;
};

// FilterType is Filter or TcpFilter.
template <class FilterType>
struct RouteBackend {
  Backend backend;
  std::uint32_t weight = 1;  // counts only in a random distribution
  std::vector<FilterType> filters;
  std::optional<Duration> request_timeout;
  friend bool operator==(const RouteBackend&, const RouteBackend&) = default;
};

// Which of the backends that are ready takes a request.
template <class FilterType>
struct Distribution {
  enum class Kind : std::uint8_t { kEmpty, kFirstAvailable, kRandomAvailable };
  Kind kind = Kind::kEmpty;
  std::vector<RouteBackend<FilterType>> backends;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

struct StatusRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // inclusive
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

struct Retry {
  // Nobody wants more; policies that say so are cut down to it.
  static constexpr std::uint32_t kMostRetries = 100;

  std::uint32_t max_retries = 0;
  std::uint32_t max_request_bytes = 0;
  std::vector<StatusRange> statuses;     // of HTTP routes
  std::vector<std::uint8_t> grpc_codes;  // of gRPC routes
  std::optional<Duration> timeout;       // of one try
  std::optional<Backoff> backoff;
  friend bool operator==(const Retry&, const Retry&) = default;
};

struct Timeouts {
  std::optional<Duration> response;  // from the request's end to the response's
  std::optional<Duration> request;   // the whole stream
  std::optional<Duration> idle;      // without a frame in either direction
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

struct ClientRulePolicy {
  std::vector<Filter> filters;
  Distribution<Filter> distribution;
  Timeouts timeouts;
  std::optional<Retry> retry;
  bool allows_l5d_request_headers = false;
  friend bool operator==(const ClientRulePolicy&, const ClientRulePolicy&) = default;
};

using ClientHttpRoute = Route<HttpMatch, ClientRulePolicy>;
using ClientGrpcRoute = Route<GrpcMatch, ClientRulePolicy>;

struct TcpRulePolicy {
  std::vector<TcpFilter> filters;
  Distribution<TcpFilter> distribution;
  friend bool operator==(const TcpRulePolicy&, const TcpRulePolicy&) = default;
};
struct OpaqueRoute {
  Metadata meta;
  TcpRulePolicy policy;
  friend bool operator==(const OpaqueRoute&, const OpaqueRoute&) = default;
};
struct TlsRoute {
  Metadata meta;
  std::vector<HostMatch> snis;  // none: every name
  TcpRulePolicy policy;
  friend bool operator==(const TlsRoute&, const TlsRoute&) = default;
};

// The most precise route for a server name; of equals, the first listed.
const TlsRoute* find_tls_route(const std::vector<TlsRoute>& routes, std::string_view sni);

struct ClientOpaque {
  std::optional<OpaqueRoute> route;
  friend bool operator==(const ClientOpaque&, const ClientOpaque&) = default;
};
struct ClientHttp {
  std::vector<ClientHttpRoute> routes;
  FailureAccrual accrual;
  friend bool operator==(const ClientHttp&, const ClientHttp&) = default;
};
struct ClientHttp1 : ClientHttp {
  friend bool operator==(const ClientHttp1&, const ClientHttp1&) = default;
};
struct ClientHttp2 : ClientHttp {
  friend bool operator==(const ClientHttp2&, const ClientHttp2&) = default;
};
struct ClientGrpc {
  std::vector<ClientGrpcRoute> routes;
  FailureAccrual accrual;
  friend bool operator==(const ClientGrpc&, const ClientGrpc&) = default;
};
struct ClientTls {
  std::vector<TlsRoute> routes;
  friend bool operator==(const ClientTls&, const ClientTls&) = default;
};
struct ClientDetect {
  Duration timeout = std::chrono::seconds(10);
  ClientOpaque opaque;
  ClientHttp1 http1;
  ClientHttp2 http2;
  friend bool operator==(const ClientDetect&, const ClientDetect&) = default;
};

struct ClientPolicy {
  Metadata meta;  // the parent, as in the labels parent_*
  std::variant<ClientDetect, ClientOpaque, ClientHttp1, ClientHttp2, ClientGrpc, ClientTls>
      protocol;
  bool operator==(const ClientPolicy&) const;
};

// A policy that detects the protocol and sends everything to one backend, without retries or
// accrual. Its parent, routes and backend carry `meta`. What the proxy falls back to when the
// control plane knows no policy ("endpoint", "fallback"), and what a controller sends for a
// service without routes.
ClientPolicy make_detect_policy(const Metadata& meta, const Backend& backend, Duration timeout);

// The policy, but an opaque one detects HTTP as well, whose requests go where its bytes go.
ClientPolicy detect_always(ClientPolicy policy, Duration timeout);

}  // namespace seine::model
