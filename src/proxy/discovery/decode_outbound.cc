// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_outbound.h"

#include "fmt/format.h"

#include "proxy/discovery/decode_backend.h"
#include "proxy/discovery/decode_route.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::outbound;

namespace {

using model::Filter;
using model::TcpFilter;

template <class T>
Result<Filter> as_filter(Result<T> decoded) {
  if (!decoded) return fail(std::move(decoded).error());
  return Filter(*std::move(decoded));
}

Result<Filter> decode_one(const wire::HttpRoute::Filter& message) {
  using Wire = wire::HttpRoute::Filter;
  switch (message.kind_case()) {
    case Wire::kFailureInjector: return as_filter(decode_filter(message.failure_injector()));
    case Wire::kRequestHeaderModifier:
      return as_filter(decode_filter(message.request_header_modifier()));
    case Wire::kRedirect: return as_filter(decode_filter(message.redirect()));
    case Wire::kResponseHeaderModifier:
      return as_filter(decode_filter(message.response_header_modifier()));
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("it has no kind");
}

Result<Filter> decode_one(const wire::GrpcRoute::Filter& message) {
  using Wire = wire::GrpcRoute::Filter;
  switch (message.kind_case()) {
    case Wire::kFailureInjector: return as_filter(decode_filter(message.failure_injector()));
    case Wire::kRequestHeaderModifier:
      return as_filter(decode_filter(message.request_header_modifier()));
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("it has no kind");
}

template <class Message>
Result<TcpFilter> decode_tcp_filter(const Message& message) {
  switch (message.kind_case()) {
    case Message::kInvalid:
      return TcpFilter{TcpFilter::Kind::kInvalidBackend, message.invalid().message()};
    case Message::kForbidden: return TcpFilter{TcpFilter::Kind::kForbidden, {}};
    case Message::KIND_NOT_SET: break;
  }
  return refuse_policy("it has no kind");
}
Result<TcpFilter> decode_one(const wire::OpaqueRoute::Filter& message) {
  return decode_tcp_filter(message);
}
Result<TcpFilter> decode_one(const wire::TlsRoute::Filter& message) {
  return decode_tcp_filter(message);
}

template <class FilterType, class Messages>
Result<std::vector<FilterType>> decode_filters(const Messages& messages) {
  return decode_each<FilterType>("filters", messages,
                                 [](const auto& message) { return decode_one(message); });
}

template <class FilterType, class Message>
Result<model::RouteBackend<FilterType>> decode_route_backend(const Message& message,
                                                             std::uint32_t weight) {
  Result<model::Backend> backend = decode_backend(message.backend());
  if (!backend) return refused_in("backend", backend);
  auto filters = decode_filters<FilterType>(message.filters());
  if (!filters) return fail(std::move(filters).error());
  model::RouteBackend<FilterType> route_backend{
      .backend = *std::move(backend), .weight = weight, .filters = *std::move(filters)};
  if constexpr (requires { message.has_requesttimeout(); }) {
    auto timeout = decode_optional_duration("requestTimeout", message.has_requesttimeout(),
                                            message.requesttimeout());
    if (!timeout) return fail(std::move(timeout).error());
    route_backend.request_timeout = *timeout;
  }
  return route_backend;
}

// `Message` is the Distribution of one of the four kinds of route.
template <class FilterType, class Message>
Result<model::Distribution<FilterType>> decode_distribution(bool is_set, const Message& message) {
  using Out = model::Distribution<FilterType>;
  using OneBackend = model::RouteBackend<FilterType>;
  if (!is_set) return refuse_policy("backends is missing");
  Result<std::vector<OneBackend>> backends;
  typename Out::Kind kind = Out::Kind::kEmpty;
  switch (message.kind_case()) {
    case Message::kEmpty: return Out{};
    case Message::kFirstAvailable:
      kind = Out::Kind::kFirstAvailable;
      backends = decode_each<OneBackend>(
          "backends", message.first_available().backends(),
          [](const auto& one) { return decode_route_backend<FilterType>(one, 1); });
      break;
    case Message::kRandomAvailable:
      kind = Out::Kind::kRandomAvailable;
      backends = decode_each<OneBackend>(
          "backends", message.random_available().backends(), [](const auto& one) {
            return decode_route_backend<FilterType>(one.backend(), one.weight());
          });
      break;
    case Message::KIND_NOT_SET: return refuse_policy("backends has no kind");
  }
  if (!backends) return fail(std::move(backends).error());
  return Out{kind, *std::move(backends)};
}

Result<model::Timeouts> decode_timeouts(const io::linkerd::proxy::http_route::Timeouts& message) {
  auto response = decode_optional_duration("response", message.has_response(), message.response());
  if (!response) return fail(std::move(response).error());
  auto request = decode_optional_duration("request", message.has_request(), message.request());
  if (!request) return fail(std::move(request).error());
  auto idle = decode_optional_duration("idle", message.has_idle(), message.idle());
  if (!idle) return fail(std::move(idle).error());
  return model::Timeouts{*response, *request, *idle};
}

Result<void> decode_conditions(const wire::HttpRoute::Retry::Conditions& message,
                               model::Retry& retry) {
  for (const auto& range : message.status_ranges()) {
    if (range.start() < 100 || range.start() > range.end() || range.end() > 999) {
      return refuse_policy(
          fmt::format("status range {} to {} is not one", range.start(), range.end()));
    }
    retry.statuses.push_back(
        {static_cast<std::uint16_t>(range.start()), static_cast<std::uint16_t>(range.end())});
  }
  return {};
}

Result<void> decode_conditions(const wire::GrpcRoute::Retry::Conditions& message,
                               model::Retry& retry) {
  if (message.cancelled()) retry.grpc_codes.push_back(1);
  if (message.deadine_exceeded()) retry.grpc_codes.push_back(4);
  if (message.resource_exhausted()) retry.grpc_codes.push_back(8);
  if (message.internal()) retry.grpc_codes.push_back(13);
  if (message.unavailable()) retry.grpc_codes.push_back(14);
  return {};
}

template <class Message>
Result<model::Retry> decode_retry(const Message& message) {
  if (!message.has_conditions()) return refuse_policy("conditions is missing");
  model::Retry retry{.max_retries = message.max_retries(),
                     .max_request_bytes = message.max_request_bytes()};
  Result<void> conditions = decode_conditions(message.conditions(), retry);
  if (!conditions) return refused_in("conditions", conditions);
  auto timeout = decode_optional_duration("timeout", message.has_timeout(), message.timeout());
  if (!timeout) return fail(std::move(timeout).error());
  retry.timeout = *timeout;
  if (message.has_backoff()) {
    Result<model::Backoff> backoff = decode_backoff(message.backoff());
    if (!backoff) return refused_in("backoff", backoff);
    retry.backoff = *backoff;
  }
  return retry;
}

template <class Message>
Result<model::ClientRulePolicy> decode_rule_policy(const Message& message) {
  auto filters = decode_filters<Filter>(message.filters());
  if (!filters) return fail(std::move(filters).error());
  auto distribution = decode_distribution<Filter>(message.has_backends(), message.backends());
  if (!distribution) return fail(std::move(distribution).error());
  Result<model::Timeouts> timeouts = decode_timeouts(message.timeouts());
  if (!timeouts) return refused_in("timeouts", timeouts);
  if (!timeouts->request) {
    auto older = decode_optional_duration("requestTimeout", message.has_requesttimeout(),
                                          message.requesttimeout());
    if (!older) return fail(std::move(older).error());
    timeouts->request = *older;
  }
  model::ClientRulePolicy policy{.filters = *std::move(filters),
                                 .distribution = *std::move(distribution),
                                 .timeouts = *timeouts,
                                 .allows_l5d_request_headers = message.allow_l5d_request_headers()};
  if (message.has_retry()) {
    Result<model::Retry> retry = decode_retry(message.retry());
    if (!retry) return refused_in("retry", retry);
    policy.retry = *std::move(retry);
  }
  return policy;
}

// RouteType is ClientHttpRoute or ClientGrpcRoute.
template <class RouteType, class Message>
Result<RouteType> decode_route(const Message& message) {
  using RuleType = typename RouteType::RuleType;
  using MatchType = typename RouteType::MatchType;
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  auto hosts = decode_each<model::HostMatch>("hosts", message.hosts(),
                                             [](const auto& host) { return decode_host(host); });
  if (!hosts) return fail(std::move(hosts).error());
  auto rules =
      decode_each<RuleType>("rules", message.rules(), [](const auto& rule) -> Result<RuleType> {
        auto matches = decode_each<MatchType>("matches", rule.matches(),
                                              [](const auto& one) { return decode_match(one); });
        if (!matches) return fail(std::move(matches).error());
        Result<model::ClientRulePolicy> policy = decode_rule_policy(rule);
        if (!policy) return fail(std::move(policy).error());
        return RuleType{*std::move(matches), *std::move(policy)};
      });
  if (!rules) return fail(std::move(rules).error());
  return RouteType{*std::move(meta), *std::move(hosts), *std::move(rules)};
}

// Of opaque and TLS routes, which have exactly one rule.
template <class Message>
Result<model::TcpRulePolicy> decode_tcp_rule(const Message& route) {
  if (route.rules_size() != 1) {
    return refuse_policy(fmt::format("{} rules where one is expected", route.rules_size()));
  }
  const auto& rule = route.rules(0);
  auto filters = decode_filters<TcpFilter>(rule.filters());
  if (!filters) return refused_in("rules[0]", filters);
  auto distribution = decode_distribution<TcpFilter>(rule.has_backends(), rule.backends());
  if (!distribution) return refused_in("rules[0]", distribution);
  return model::TcpRulePolicy{*std::move(filters), *std::move(distribution)};
}

Result<model::ClientOpaque> decode_opaque(const wire::ProxyProtocol::Opaque& message) {
  if (message.routes_size() == 0) return model::ClientOpaque{};
  if (message.routes_size() > 1) {
    return refuse_policy(
        fmt::format("{} opaque routes where at most one is expected", message.routes_size()));
  }
  const wire::OpaqueRoute& route = message.routes(0);
  Result<model::Metadata> meta = decode_metadata(route.metadata(), /*wants_namespace=*/true);
  if (!meta) return refused_in("routes[0]", meta);
  Result<model::TcpRulePolicy> policy = decode_tcp_rule(route);
  if (!policy) return refused_in("routes[0]", policy);
  return model::ClientOpaque{model::OpaqueRoute{*std::move(meta), *std::move(policy)}};
}

Result<model::TlsRoute> decode_tls_route(const wire::TlsRoute& message) {
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  auto snis = decode_each<model::HostMatch>("snis", message.snis(),
                                            [](const auto& sni) { return decode_host(sni); });
  if (!snis) return fail(std::move(snis).error());
  Result<model::TcpRulePolicy> policy = decode_tcp_rule(message);
  if (!policy) return fail(std::move(policy).error());
  return model::TlsRoute{*std::move(meta), *std::move(snis), *std::move(policy)};
}

// HTTP/1, HTTP/2 and gRPC alike: routes and accrual.
template <class Out, class RouteType, class Message>
Result<Out> decode_http(const Message& message) {
  auto routes = decode_each<RouteType>(
      "routes", message.routes(), [](const auto& route) { return decode_route<RouteType>(route); });
  if (!routes) return fail(std::move(routes).error());
  Result<model::FailureAccrual> accrual = decode_accrual(message.failure_accrual());
  if (!accrual) return refused_in("failure_accrual", accrual);
  Out out;
  out.routes = *std::move(routes);
  out.accrual = *accrual;
  return out;
}

Result<model::ClientDetect> decode_detect(const wire::ProxyProtocol::Detect& message) {
  if (!message.has_timeout()) return refuse_policy("timeout is missing");
  if (!message.has_opaque()) return refuse_policy("opaque is missing");
  if (!message.has_http1()) return refuse_policy("http1 is missing");
  if (!message.has_http2()) return refuse_policy("http2 is missing");
  Result<Duration> timeout = decode_duration(message.timeout());
  if (!timeout) return refused_in("timeout", timeout);
  Result<model::ClientOpaque> opaque = decode_opaque(message.opaque());
  if (!opaque) return refused_in("opaque", opaque);
  auto http1 = decode_http<model::ClientHttp1, model::ClientHttpRoute>(message.http1());
  if (!http1) return refused_in("http1", http1);
  auto http2 = decode_http<model::ClientHttp2, model::ClientHttpRoute>(message.http2());
  if (!http2) return refused_in("http2", http2);
  return model::ClientDetect{*timeout, *std::move(opaque), *std::move(http1), *std::move(http2)};
}

// One alternative of the protocol, with its name in front of an error.
template <class Out>
Result<model::ClientPolicy> with_protocol(std::string_view name, model::Metadata meta,
                                          Result<Out> protocol) {
  if (!protocol) return refused_in(name, protocol);
  return model::ClientPolicy{std::move(meta), *std::move(protocol)};
}

Result<model::ClientTls> decode_tls(const wire::ProxyProtocol::Tls& message) {
  auto routes = decode_each<model::TlsRoute>("routes", message.routes(), decode_tls_route);
  if (!routes) return fail(std::move(routes).error());
  return model::ClientTls{*std::move(routes)};
}

}  // namespace

Result<model::ClientPolicy> decode_outbound(const wire::OutboundPolicy& message) {
  using Wire = wire::ProxyProtocol;
  const Wire& protocol = message.protocol();
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  switch (protocol.kind_case()) {
    case Wire::kDetect:
      return with_protocol("detect", *std::move(meta), decode_detect(protocol.detect()));
    case Wire::kOpaque:
      return with_protocol("opaque", *std::move(meta), decode_opaque(protocol.opaque()));
    case Wire::kHttp1:
      return with_protocol(
          "http1", *std::move(meta),
          decode_http<model::ClientHttp1, model::ClientHttpRoute>(protocol.http1()));
    case Wire::kHttp2:
      return with_protocol(
          "http2", *std::move(meta),
          decode_http<model::ClientHttp2, model::ClientHttpRoute>(protocol.http2()));
    case Wire::kGrpc:
      return with_protocol("grpc", *std::move(meta),
                           decode_http<model::ClientGrpc, model::ClientGrpcRoute>(protocol.grpc()));
    case Wire::kTls: return with_protocol("tls", *std::move(meta), decode_tls(protocol.tls()));
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("protocol is missing");
}

}  // namespace seine::proxy
