// SPDX-License-Identifier: Apache-2.0
#include "control/encode_outbound.h"

#include "control/encode_destination.h"
#include "control/encode_route.h"
#include "control/encode_values.h"

namespace seine::control {

namespace wire = io::linkerd::proxy::outbound;

namespace {

void encode_backoff(const model::Backoff& backoff, wire::ExponentialBackoff& out) {
  encode_duration(backoff.min, *out.mutable_min_backoff());
  encode_duration(backoff.max, *out.mutable_max_backoff());
  out.set_jitter_ratio(static_cast<float>(backoff.jitter_ratio));
  out.set_respect_retry_after_hint(backoff.respects_retry_after);
}

// Writes the message only if there is something to say: an accrual without a kind is refused.
template <class Message>
void encode_accrual(const model::FailureAccrual& accrual, Message& protocol) {
  if (std::holds_alternative<std::monostate>(accrual.kind)) return;
  wire::FailureAccrual& out = *protocol.mutable_failure_accrual();
  if (const auto* failures = std::get_if<model::ConsecutiveFailures>(&accrual.kind)) {
    auto& consecutive = *out.mutable_consecutive_failures();
    consecutive.set_max_failures(failures->max_failures);
    encode_backoff(failures->backoff, *consecutive.mutable_backoff());
  } else {
    const auto& from = std::get<model::UnifiedAccrual>(accrual.kind);
    auto& unified = *out.mutable_unified();
    unified.set_success_rate_threshold(from.success_rate_threshold);
    encode_duration(from.window, *unified.mutable_decay());
    unified.set_min_requests(from.min_requests);
    unified.set_max_consecutive_failures(from.max_consecutive_failures);
    encode_backoff(from.backoff, *unified.mutable_backoff());
  }
  if (accrual.min_ready_endpoints > 0) {
    out.mutable_ejection()->set_min_ready_endpoints(accrual.min_ready_endpoints);
  }
}

void encode_balancer(const model::Backend::Balancer& balancer, wire::Backend::BalanceP2c& out) {
  out.mutable_discovery()->mutable_dst()->set_path(balancer.path);
  const model::PeakEwma& load = balancer.load;
  if (!load.penalty) {
    encode_duration(load.default_rtt, *out.mutable_peak_ewma()->mutable_default_rtt());
    encode_duration(load.decay, *out.mutable_peak_ewma()->mutable_decay());
    return;
  }
  auto& penalty = *out.mutable_penalty_peak_ewma();
  encode_duration(load.default_rtt, *penalty.mutable_default_rtt());
  encode_duration(load.decay, *penalty.mutable_decay());
  encode_duration(load.penalty->penalty, *penalty.mutable_penalty());
  encode_duration(load.penalty->max_retry_after, *penalty.mutable_max_retry_after());
  encode_duration(load.penalty->decay, *penalty.mutable_penalty_decay());
}

void encode_backend(const model::Backend& backend, wire::Backend& out) {
  encode_metadata(backend.meta, *out.mutable_metadata());
  if (const auto* forward = std::get_if<model::Backend::Forward>(&backend.kind)) {
    encode_endpoint(forward->endpoint, *out.mutable_forward());
  } else if (const auto* balancer = std::get_if<model::Backend::Balancer>(&backend.kind)) {
    encode_balancer(*balancer, *out.mutable_balancer());
  }
  out.mutable_queue()->set_capacity(backend.queue.capacity);
  encode_duration(backend.queue.failfast, *out.mutable_queue()->mutable_failfast_timeout());
}

void encode_one(const model::Filter& filter, wire::HttpRoute::Filter& out) {
  if (const auto* injector = std::get_if<model::FailureInjector>(&filter)) {
    encode_filter(*injector, *out.mutable_failure_injector());
  } else if (const auto* request = std::get_if<model::RequestHeaderModifier>(&filter)) {
    encode_filter(*request, *out.mutable_request_header_modifier());
  } else if (const auto* response = std::get_if<model::ResponseHeaderModifier>(&filter)) {
    encode_filter(*response, *out.mutable_response_header_modifier());
  } else {
    encode_filter(std::get<model::Redirect>(filter), *out.mutable_redirect());
  }
}

void encode_one(const model::TcpFilter& filter, auto& out) {
  if (filter.kind == model::TcpFilter::Kind::kForbidden) {
    out.mutable_forbidden();
  } else {
    out.mutable_invalid()->set_message(filter.message);
  }
}

// gRPC routes can say two kinds of filter; the other two have no place in their contract and are
// left out, since a filter without a kind would spoil the policy.
template <class Filters, class Message>
void encode_filters(const Filters& filters, Message& holder) {
  for (const auto& filter : filters) {
    if constexpr (requires { holder.mutable_filters()->Add()->mutable_redirect(); } ||
                  std::is_same_v<typename Filters::value_type, model::TcpFilter>) {
      encode_one(filter, *holder.add_filters());
    } else if (const auto* injector = std::get_if<model::FailureInjector>(&filter)) {
      encode_filter(*injector, *holder.add_filters()->mutable_failure_injector());
    } else if (const auto* request = std::get_if<model::RequestHeaderModifier>(&filter)) {
      encode_filter(*request, *holder.add_filters()->mutable_request_header_modifier());
    }
  }
}

template <class FilterType, class Message>
void encode_route_backend(const model::RouteBackend<FilterType>& backend, Message& out) {
  encode_backend(backend.backend, *out.mutable_backend());
  encode_filters(backend.filters, out);
  if constexpr (requires { out.mutable_requesttimeout(); }) {
    if (backend.request_timeout) {
      encode_duration(*backend.request_timeout, *out.mutable_requesttimeout());
    }
  }
}

template <class FilterType, class Message>
void encode_distribution(const model::Distribution<FilterType>& distribution, Message& out) {
  using Kind = typename model::Distribution<FilterType>::Kind;
  switch (distribution.kind) {
    case Kind::kEmpty: out.mutable_empty(); break;
    case Kind::kFirstAvailable:
      for (const auto& backend : distribution.backends) {
        encode_route_backend(backend, *out.mutable_first_available()->add_backends());
      }
      out.mutable_first_available();
      break;
    case Kind::kRandomAvailable:
      for (const auto& backend : distribution.backends) {
        auto& weighted = *out.mutable_random_available()->add_backends();
        encode_route_backend(backend, *weighted.mutable_backend());
        weighted.set_weight(backend.weight);
      }
      out.mutable_random_available();
      break;
  }
}

void encode_conditions(const model::Retry& retry, wire::HttpRoute::Retry::Conditions& out) {
  for (const model::StatusRange& range : retry.statuses) {
    auto& one = *out.add_status_ranges();
    one.set_start(range.first);
    one.set_end(range.last);
  }
}

void encode_conditions(const model::Retry& retry, wire::GrpcRoute::Retry::Conditions& out) {
  for (const std::uint8_t code : retry.grpc_codes) {
    switch (code) {
      case 1: out.set_cancelled(true); break;
      case 4: out.set_deadine_exceeded(true); break;
      case 8: out.set_resource_exhausted(true); break;
      case 13: out.set_internal(true); break;
      case 14: out.set_unavailable(true); break;
      default: break;
    }
  }
}

template <class Message>
void encode_rule_policy(const model::ClientRulePolicy& policy, Message& out) {
  encode_filters(policy.filters, out);
  encode_distribution(policy.distribution, *out.mutable_backends());
  auto& timeouts = *out.mutable_timeouts();
  const model::Timeouts& from = policy.timeouts;
  if (from.response) encode_duration(*from.response, *timeouts.mutable_response());
  if (from.request) encode_duration(*from.request, *timeouts.mutable_request());
  if (from.idle) encode_duration(*from.idle, *timeouts.mutable_idle());
  if (policy.retry) {
    auto& retry = *out.mutable_retry();
    retry.set_max_retries(policy.retry->max_retries);
    retry.set_max_request_bytes(policy.retry->max_request_bytes);
    encode_conditions(*policy.retry, *retry.mutable_conditions());
    if (policy.retry->timeout) encode_duration(*policy.retry->timeout, *retry.mutable_timeout());
    if (policy.retry->backoff) encode_backoff(*policy.retry->backoff, *retry.mutable_backoff());
  }
  out.set_allow_l5d_request_headers(policy.allows_l5d_request_headers);
}

// HTTP/1, HTTP/2 and gRPC alike.
template <class From, class Message>
void encode_http(const From& from, Message& out) {
  for (const auto& route : from.routes) {
    auto& message = *out.add_routes();
    encode_metadata(route.meta, *message.mutable_metadata());
    for (const model::HostMatch& host : route.hosts) encode_host(host, *message.add_hosts());
    for (const auto& rule : route.rules) {
      auto& one = *message.add_rules();
      for (const auto& match : rule.matches) encode_match(match, *one.add_matches());
      encode_rule_policy(rule.policy, one);
    }
  }
  encode_accrual(from.accrual, out);
}

template <class Message>
void encode_tcp_rule(const model::TcpRulePolicy& policy, Message& route) {
  auto& rule = *route.add_rules();
  encode_filters(policy.filters, rule);
  encode_distribution(policy.distribution, *rule.mutable_backends());
}

void encode_opaque(const model::ClientOpaque& opaque, wire::ProxyProtocol::Opaque& out) {
  if (!opaque.route) return;
  wire::OpaqueRoute& route = *out.add_routes();
  encode_metadata(opaque.route->meta, *route.mutable_metadata());
  encode_tcp_rule(opaque.route->policy, route);
}

void encode_tls(const model::ClientTls& tls, wire::ProxyProtocol::Tls& out) {
  for (const model::TlsRoute& route : tls.routes) {
    wire::TlsRoute& message = *out.add_routes();
    encode_metadata(route.meta, *message.mutable_metadata());
    for (const model::HostMatch& sni : route.snis) encode_host(sni, *message.add_snis());
    encode_tcp_rule(route.policy, message);
  }
}

// A message whose fields are all unset is still there once it is asked for by mutable_*.
void encode_protocol(const model::ClientPolicy& policy, wire::ProxyProtocol& out) {
  if (const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol)) {
    auto& message = *out.mutable_detect();
    encode_duration(detect->timeout, *message.mutable_timeout());
    encode_opaque(detect->opaque, *message.mutable_opaque());
    encode_http(detect->http1, *message.mutable_http1());
    encode_http(detect->http2, *message.mutable_http2());
  } else if (const auto* opaque = std::get_if<model::ClientOpaque>(&policy.protocol)) {
    encode_opaque(*opaque, *out.mutable_opaque());
  } else if (const auto* http1 = std::get_if<model::ClientHttp1>(&policy.protocol)) {
    encode_http(*http1, *out.mutable_http1());
  } else if (const auto* http2 = std::get_if<model::ClientHttp2>(&policy.protocol)) {
    encode_http(*http2, *out.mutable_http2());
  } else if (const auto* grpc = std::get_if<model::ClientGrpc>(&policy.protocol)) {
    encode_http(*grpc, *out.mutable_grpc());
  } else {
    encode_tls(std::get<model::ClientTls>(policy.protocol), *out.mutable_tls());
  }
}

}  // namespace

void encode_outbound(const model::ClientPolicy& policy, wire::OutboundPolicy& out) {
  encode_metadata(policy.meta, *out.mutable_metadata());
  encode_protocol(policy, *out.mutable_protocol());
}

}  // namespace seine::control
