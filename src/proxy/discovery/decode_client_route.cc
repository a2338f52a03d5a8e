// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_client_route.h"

#include <algorithm>

#include "fmt/format.h"

#include "proxy/discovery/decode_distribution.h"
#include "proxy/discovery/decode_route.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::outbound;

namespace {

using model::Filter;

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

constexpr auto kDecodeOne = [](const auto& message) { return decode_one(message); };

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
  model::Retry retry{.max_retries = std::min(message.max_retries(), model::Retry::kMostRetries),
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
  auto filters = decode_filters<Filter>(message.filters(), kDecodeOne);
  if (!filters) return fail(std::move(filters).error());
  auto distribution =
      decode_distribution<Filter>(message.has_backends(), message.backends(), kDecodeOne);
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

}  // namespace

Result<model::ClientHttpRoute> decode_client_route(const wire::HttpRoute& message) {
  return decode_route<model::ClientHttpRoute>(message);
}

Result<model::ClientGrpcRoute> decode_client_route(const wire::GrpcRoute& message) {
  return decode_route<model::ClientGrpcRoute>(message);
}

}  // namespace seine::proxy
