// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/inbound_http.h"

#include <optional>
#include <utility>

#include "proxy/access_log/access_entry.h"
#include "proxy/inbound/gateway_http.h"
#include "proxy/inbound/logical_name.h"
#include "proxy/orig_proto.h"
#include "proxy/respond.h"
#include "proxy/route_filters.h"
#include "proxy/routing.h"

namespace seine::proxy {

using runtime::Task;

namespace {

// Of routes, authorizations and authorities together, on one connection.
constexpr std::size_t kMaxPermits = 64;

// The route that a request takes and everything that may permit it.
struct Routed {
  const model::Metadata* meta = nullptr;
  std::span<const model::Authorization> authorizations;
  std::span<const model::Filter> filters;
  const model::PathMatch* path = nullptr;  // by which the rule was taken
};

template <class RouteType>
std::optional<Routed> find_in(const std::vector<RouteType>& routes, const HeadView& head) {
  const auto found = model::find_route<RouteType>(routes, head.view());
  if (!found) return std::nullopt;
  const RouteType& route = *found->route;
  Routed out{&route.meta, route.authorizations, found->rule->policy.filters};
  if constexpr (std::is_same_v<RouteType, model::ServerHttpRoute>) {
    if (found->match != nullptr && found->match->path) out.path = &*found->match->path;
  }
  return out;
}

std::optional<Routed> find_route(const model::ServerPolicy& policy, const HeadView& head) {
  if (const auto* p = std::get_if<model::ServerDetect>(&policy.protocol)) {
    return find_in(p->http.routes, head);
  }
  if (const auto* p = std::get_if<model::ServerHttp1>(&policy.protocol)) {
    return find_in(p->http.routes, head);
  }
  if (const auto* p = std::get_if<model::ServerHttp2>(&policy.protocol)) {
    return find_in(p->http.routes, head);
  }
  if (const auto* p = std::get_if<model::ServerGrpc>(&policy.protocol)) {
    return find_in(p->routes, head);
  }
  // The port turned opaque under a connection that speaks HTTP: the server's own rules decide.
  return Routed{&policy.meta, policy.authorizations};
}

const model::LocalRateLimit* find_rate_limit(const model::ServerPolicy& policy) {
  const auto of = [](const model::ServerHttp& http) {
    return http.rate_limit ? &*http.rate_limit : nullptr;
  };
  if (const auto* p = std::get_if<model::ServerDetect>(&policy.protocol)) return of(p->http);
  if (const auto* p = std::get_if<model::ServerHttp1>(&policy.protocol)) return of(p->http);
  if (const auto* p = std::get_if<model::ServerHttp2>(&policy.protocol)) return of(p->http);
  return nullptr;
}

EndpointLabels labels_for(const ClientFacts& facts, const model::ServerPolicy& policy) {
  return {.direction = Direction::kInbound,
          .authority = {},
          .target = facts.target,
          .tls = facts.tls,
          .dst = {},
          .server = policy.meta,
          .server_port = facts.target.port};
}

}  // namespace

std::shared_ptr<HttpSeries> InboundHttp::permitted(const model::Metadata& route,
                                                   const model::Metadata& authz,
                                                   std::string authority) {
  for (const Permit& permit : permits_) {
    if (permit.route != &route || permit.authz != &authz || permit.authority != authority) continue;
    permit.allowed.add();
    return permit.series;
  }
  EndpointLabels labels = labels_for(facts_, *snapshot_);
  labels.route = route;
  labels.authz = authz;
  const metrics::Counter allowed =
      context_.telemetry.inbound_http_authz_allow.get(context_.core, labels);
  allowed.add();
  labels.authority = authority;
  auto series = std::make_shared<HttpSeries>(context_.telemetry, context_.core, labels);
  // A client may name as many authorities as it likes: what is remembered has a bound.
  if (permits_.size() < kMaxPermits) {
    permits_.push_back({&route, &authz, std::move(authority), allowed, series});
  }
  return series;
}

Result<InboundHttp::Admitted> InboundHttp::authorize(const http::RequestHead& head,
                                                     RequestRecord& record, OpenSpan* span) {
  if (policy_.current() != snapshot_) {
    permits_.clear();
    rows_.forget();
    snapshot_ = policy_.current();
    const model::LocalRateLimit* limit = find_rate_limit(*snapshot_);
    limiter_ = limit == nullptr ? nullptr : context_.rate_limiters.get(facts_.target.port, *limit);
  }
  const std::optional<Routed> routed = find_route(*snapshot_, HeadView(head));
  if (record.on()) {
    const model::Metadata* route = routed ? routed->meta : nullptr;
    record.in(rows_.find(route, head));
    if (is_probe(head, route)) record.exclude();
  }
  if (span != nullptr) span->note_route(&snapshot_->meta, routed ? routed->meta : nullptr);
  if (!routed) {
    return fail(make_error(ErrorCode::kNoRoute, "no route for this request"));
  }
  const model::Authorization* authz =
      model::authorize(routed->authorizations, facts_.policy_facts());
  if (authz != nullptr) {
    std::string authority;
    if (context_.config.inbound_authority_labels) {
      if (const auto name = logical_name(head)) authority = authority_label(*name);
    }
    return Admitted{permitted(*routed->meta, authz->meta, std::move(authority)), routed->filters,
                    routed->path};
  }
  EndpointLabels labels = labels_for(facts_, *snapshot_);
  labels.route = *routed->meta;
  context_.telemetry.inbound_http_authz_deny.get(context_.core, labels).add();
  return fail(
      make_error(ErrorCode::kUnauthorized,
                 "client " + facts_.client.ip.to_string() + " (" +
                     (facts_.identity ? facts_.identity->text() : std::string("no identity")) +
                     ") is not permitted on port " + std::to_string(facts_.target.port)));
}

Result<void> InboundHttp::check_rate() {
  if (limiter_ == nullptr) return {};
  const model::Identity* client = facts_.identity ? &*facts_.identity : nullptr;
  const auto scope = limiter_->refuse(client, context_.loop.now());
  if (!scope) return {};
  context_.telemetry.inbound_http_rate_limited
      .get(context_.core, RateLimitLabels{.target = facts_.target,
                                          .server = snapshot_->meta,
                                          .limit = limiter_->limit().meta,
                                          .scope = scope_name(*scope)})
      .add();
  const std::string whose =
      *scope == RateLimiter::Scope::kTotal
          ? "port " + std::to_string(facts_.target.port)
          : (client == nullptr ? std::string("clients without an identity") : client->text());
  return fail(make_error(ErrorCode::kRateLimited, "too many requests a second of " + whose));
}

void InboundHttp::count_error(const Error& error) {
  context_.telemetry.inbound_http_errors
      .get(context_.core, ErrorLabels{.error = error_name(error.code), .target = &facts_.target})
      .add();
}

std::optional<http::Response> InboundHttp::filter(const Admitted& admitted, http::RequestHead& head,
                                                  RequestRecord& record) {
  auto answer = filter_request(admitted.filters, admitted.path, head, context_.random);
  if (!answer) return std::nullopt;
  if (answer->failure) count_error(*answer->failure);
  return finish(std::move(*answer), record, facts_.meshed);
}

TapExchange InboundHttp::tap_request(const http::RequestHead& head,
                                     const ProfileRoutes::Use& profile) {
  model::Labels route;
  if (profile.route != nullptr) route = profile.route->labels;
  if (const auto routed = find_route(*snapshot_, HeadView(head))) {
    route.merge(tap_route_labels(*routed->meta));
  }
  model::Labels destination;
  if (gateway_ == nullptr) destination = tap_tls_labels(TlsLabels::none("loopback"), {});
  return context_.taps.open({.direction = Direction::kInbound,
                             .source = facts_.client,
                             .destination = facts_.target,
                             .source_labels = tap_tls_labels(facts_.tls, "client_id"),
                             .destination_labels = std::move(destination),
                             .route_labels = std::move(route)},
                            head);
}

namespace {

// What failed in connecting says where to, which may be loopback.
Error name_peer(Error error, const SocketAddr& target) {
  const bool is_named = error.code == ErrorCode::kConnectRefused ||
                        error.code == ErrorCode::kConnect ||
                        error.code == ErrorCode::kConnectTimeout;
  if (!is_named) error = std::move(error).about(target.to_string());
  return std::move(error).from(ErrorOrigin::kUpstream);
}

}  // namespace

[[clang::coro_wrapper]] Task<Result<http::Response>> InboundHttp::pass_on(http::Request&& request) {
  if (gateway_ != nullptr) return gateway_->call(std::move(request));
  return application_->send(std::move(request));
}

Task<Result<http::Response>> InboundHttp::forward(http::Request&& request, RequestRecord& record,
                                                  OpenSpan* span) {
  Result<InFlightLimit::Place> place = context_.in_flight.inbound.enter();
  // Heads of those that wait for the application.
  const runtime::ByteBudget::Charge head(context_.loop.pool().share(),
                                         request.head.headers.list_size());
  if (!place) {
    if (record.on()) record.in(rows_.find(nullptr, request.head));
    co_return fail(place.error());
  }
  Result<Admitted> admitted = authorize(request.head, record, span);
  if (!admitted) co_return fail(admitted.error());
  if (auto within = check_rate(); !within) co_return fail(std::move(within.error()));
  if (auto answer = filter(*admitted, request.head, record)) co_return std::move(*answer);
  std::shared_ptr<HttpSeries> series = std::move(admitted->series);
  ProfileRoutes::Use profile;
  // Of what goes through a gateway they are for the outbound side to say.
  if (gateway_ == nullptr && profile_routes_.wants(request.head)) {
    profile = co_await profile_routes_.find(request.head);
  }
  request.head.headers.remove(kClientId);
  if (facts_.identity) request.head.headers.add(kClientId, facts_.identity->text());
  // That is for the ingress to say, and it may pass on what strangers send.
  if (context_.config.ingress_mode) request.head.headers.remove(kDstOverride);

  series->count_request();
  if (profile.series) profile.series->count_request();
  TapExchange tap;
  if (context_.taps.any()) tap = tap_request(request.head, profile);
  const TimePoint started = context_.loop.now();
  tap.begin();
  Result<http::Response> response = co_await pass_on(std::move(request));
  if (!response) {
    Error error = std::move(response.error());
    if (gateway_ == nullptr) error = name_peer(std::move(error), facts_.target);
    tap.fail(error);
    const std::string label = response_error_label(error);
    series->count_response(0, false, {}, label);
    if (profile.series) profile.series->count_response(0, false, {}, label);
    co_return fail(std::move(error));
  }
  response = tap.observe(std::move(*response));
  ExchangeObserver observer{.loop = context_.loop,
                            .series = std::move(series),
                            .started = started,
                            .first_byte = nullptr,
                            .held = application_,
                            .success = profile.success(response->head.status)};
  if (profile.series) {
    response = observe(std::move(*response), {.loop = context_.loop,
                                              .series = profile.series,
                                              .started = started,
                                              .first_byte = nullptr,
                                              .held = nullptr,
                                              .success = observer.success});
  }
  co_return accompany(observe(std::move(*response), std::move(observer)), std::move(*place),
                      std::move(record));
}

http::Response InboundHttp::refuse(const Error& error, http::Version version, bool grpc) {
  count_error(error);
  log_info(context_.log, "request failed",
           {{"client", facts_.client.to_string()},
            {"target", facts_.target.to_string()},
            {"error", error.to_string()}});
  // Strangers are told the status, not our reasons.
  return respond(error, version, grpc, {.informational_headers = facts_.meshed});
}

Traced InboundHttp::trace(http::RequestHead& head) {
  if (context_.tracer == nullptr) return {};
  // A meshed client's proxy has decided already whether there is a trace.
  return context_.tracer->open(head, {.direction = Direction::kInbound,
                                      .client = facts_.client,
                                      .target = facts_.target,
                                      .tls = &facts_.tls,
                                      .may_start = !facts_.meshed});
}

Task<Result<http::Response>> InboundHttp::call(http::Request request) {
  ExchangeWatch access = watch_for_access_log(context_, facts_, request.head);
  Traced traced = trace(request.head);
  const http::Version wire_version = request.head.version;
  const bool restored = facts_.meshed && downgrade_request(request.head);
  if (!restored) request.head.headers.remove(kOrigProto);
  if (restored) upgraded_.add();
  const http::Version version = request.head.version;
  const bool grpc = is_grpc(request.head.headers);
  RequestRecord record(context_, request.head);
  record.set_upgraded(restored);
  Result<http::Response> response = co_await forward(std::move(request), record, traced.span);
  if (!response) {
    const Error error = response.error();
    access.fail(error);
    traced.watch.fail(error);
    if (error.code == ErrorCode::kReset && version == http::Version::kHttp2) {
      record.refuse(error, nullptr);
      access.end(nullptr);
      traced.watch.end(nullptr);
      co_return response;
    }
    response = refuse(error, wire_version, grpc);
    record.refuse(error, &*response);
    if (restored) response->head.version = version;
  }
  if (restored) upgrade_response(response->head);
  co_return ExchangeWatch::watch(
      std::move(access), ExchangeWatch::watch(std::move(traced.watch), std::move(*response)));
}

}  // namespace seine::proxy
