// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound_http.h"

#include <algorithm>
#include <utility>

#include "proxy/outbound/choose_backend.h"
#include "proxy/respond.h"
#include "proxy/route_filters.h"
#include "proxy/routing.h"

namespace seine::proxy {

using runtime::Task;

namespace {

constexpr std::string_view kProxyError = "l5d-proxy-error";
constexpr std::string_view kProxyConnection = "l5d-proxy-connection";
// The name of the service whose profile a request was routed by. Only we say it: the proxy that it
// reaches labels by it, and an application may have passed on what it was told itself.
constexpr std::string_view kDstCanonical = "l5d-dst-canonical";

// What a policy has for HTTP of the version that the client speaks; null if it has none of that
// kind (gRPC has its own).
const model::ClientHttp* http_policy(const model::ClientPolicy& policy, http::Version version) {
  if (const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol)) {
    if (version == http::Version::kHttp2) return &detect->http2;
    return &detect->http1;
  }
  if (const auto* http1 = std::get_if<model::ClientHttp1>(&policy.protocol)) return http1;
  return std::get_if<model::ClientHttp2>(&policy.protocol);
}

struct Rule {
  const model::Metadata* route = nullptr;
  const model::PathMatch* path = nullptr;
  const model::ClientRulePolicy* policy = nullptr;  // null: no route matched
  const model::FailureAccrual* accrual = nullptr;
  bool is_grpc = false;
};

// `Protocol` is ClientHttp or ClientGrpc.
template <class Protocol>
Rule find_in(const Protocol& protocol, const HeadView& view) {
  using RouteType = typename decltype(protocol.routes)::value_type;
  const auto found = model::find_route<RouteType>(protocol.routes, view.view());
  if (!found) return {};
  const model::PathMatch* path = nullptr;
  if constexpr (std::is_same_v<RouteType, model::ClientHttpRoute>) {
    if (found->match != nullptr && found->match->path) path = &*found->match->path;
  }
  return {&found->route->meta, path, &found->rule->policy, &protocol.accrual,
          std::is_same_v<RouteType, model::ClientGrpcRoute>};
}

Rule find_rule(const model::ClientPolicy& policy, const http::RequestHead& head) {
  const HeadView view(head);
  if (const auto* http = http_policy(policy, head.version)) return find_in(*http, view);
  if (const auto* grpc = std::get_if<model::ClientGrpc>(&policy.protocol)) {
    return find_in(*grpc, view);
  }
  return {};
}

}  // namespace

Result<void> OutboundHttp::find_way(const http::RequestHead& head, Way& way) {
  if (lease_.value() != target_) {
    target_ = lease_.value();
    known_.clear();
    rows_.forget();
    profiles_.forget();
  }
  if (!target_->policy) return fail(target_->policy.error());
  const Rule rule = find_rule(*target_->policy, head);
  if (rule.policy == nullptr) {
    return fail(make_error(ErrorCode::kNoRoute, "no route for " + name()));
  }
  way.route = rule.route;
  way.path = rule.path;
  way.rule = rule.policy;
  way.accrual = rule.accrual;
  way.is_grpc_route = rule.is_grpc;
  way.profile = profiles_.find(*target_, head);
  return choose(*target_, way);
}

std::shared_ptr<Balancer> OutboundHttp::balancer_of(const OutboundTarget& target,
                                                    const model::Backend& backend,
                                                    const model::FailureAccrual& accrual) {
  // Of a policy that was replaced since, nothing is remembered.
  if (&target != target_.get()) return backends_.get(backend, accrual);
  const auto found = std::ranges::find(known_, &backend, &Known::backend);
  if (found != known_.end()) return found->balancer;
  known_.push_back({&backend, backends_.get(backend, accrual)});
  return known_.back().balancer;
}

Result<void> OutboundHttp::choose(const OutboundTarget& target, Way& way) {
  const auto& distribution = way.rule->distribution;
  way.backend = choose_backend(distribution, context_.random, [&](const ClientBackend& each) {
    const auto balancer = balancer_of(target, each.backend, *way.accrual);
    // One that always fails has its share, too.
    return balancer == nullptr || balancer->available();
  });
  way.balancer =
      way.backend == nullptr ? nullptr : balancer_of(target, way.backend->backend, *way.accrual);
  if (way.backend == nullptr && distribution.backends.size() > 1) {
    return fail(make_error(
        ErrorCode::kLoadShed,
        "none of the " + std::to_string(distribution.backends.size()) + " backends is available"));
  }
  return {};
}

bool OutboundHttp::is_to_service() const {
  return target_ != nullptr && target_->policy && names_service(target_->policy->meta);
}

void OutboundHttp::record_in(RequestRecord& record, const OutboundTarget* target, const Way& way,
                             const Tried& tried, std::string_view authority) {
  if (!record.on()) return;
  const bool known = target != nullptr && target->policy.has_value();
  const OutboundRows::Where where{.parent = known ? &target->policy->meta : nullptr,
                                  .route = way.route,
                                  .peer = tried.peer,
                                  .authority = authority};
  record.in(target == target_.get() ? rows_.find(where) : rows_.make(where));
  record.set_upgraded(tried.upgraded);
}

std::optional<http::Response> OutboundHttp::filter(std::span<const model::Filter> filters, Way& way,
                                                   http::RequestHead& head, RequestRecord& record) {
  auto answer = filter_request(filters, way.path, head, context_.random);
  if (!answer) return std::nullopt;
  way.is_answered = true;
  if (answer->failure) count_error(*answer->failure);
  return finish(std::move(*answer), record, !context_.config.hide_informational_headers);
}

void OutboundHttp::count_error(const Error& error) {
  context_.telemetry.outbound_http_errors
      .get(context_.core, ErrorLabels{.error = error_name(error.code)})
      .add();
}

std::unique_ptr<const TapOrigin> OutboundHttp::tap_origin(const Way& way) const {
  model::Labels route = tap_route_labels(*way.route);
  if (way.profile && way.profile->route() != nullptr) {
    const model::Labels& named = way.profile->route()->labels;
    route.insert(named.begin(), named.end());
  }
  return std::make_unique<const TapOrigin>(
      TapOrigin{.client = client_, .meant = orig_dst_, .route_labels = std::move(route)});
}

std::optional<http::Response> OutboundHttp::filter_for_backend(Way& way, http::RequestHead& head,
                                                               RequestRecord& record) {
  if (way.backend == nullptr || way.backend->filters.empty()) return std::nullopt;
  return filter(way.backend->filters, way, head, record);
}

Error OutboundHttp::no_backend() const {
  return make_error(ErrorCode::kConnect, "the policy for " + name() + " names no usable backend");
}

Task<Result<http::Response>> OutboundHttp::forward(http::Request&& request, RequestRecord& record,
                                                   OpenSpan* span) {
  Way way;
  Tried tried;
  Result<InFlightLimit::Place> place = context_.in_flight.outbound.enter();
  // Heads of those that wait for an endpoint.
  const runtime::ByteBudget::Charge head(context_.loop.pool().share(),
                                         request.head.headers.list_size());
  if (place && lease_.value() == nullptr) {
    auto known = co_await first_target(context_.loop, lease_,
                                       context_.config.outbound.failfast_timeout, name());
    if (!known) place = fail(std::move(known.error()));
  }
  Result<void> found = place ? find_way(request.head, way) : Result<void>(fail(place.error()));
  // The head goes with the request, and its authority is of use where it goes to no service.
  std::string authority;
  if (record.on() && !is_to_service()) authority = request.head.effective_authority();
  record_in(record, target_.get(), way, tried, authority);
  if (span != nullptr && target_ != nullptr && target_->policy) {
    span->note_route(&target_->policy->meta, way.route);
  }
  if (!found) co_return fail(std::move(found.error()));
  // While it is under way the policy may be replaced, and its routes with it.
  const std::shared_ptr<const OutboundTarget> target = target_;
  if (auto answer = filter(way.rule->filters, way, request.head, record)) {
    co_return std::move(*answer);
  }
  request.head.headers.remove(kDstCanonical);
  if (target->profile) request.head.headers.add(kDstCanonical, target->profile->name);
  std::unique_ptr<const TapOrigin> origin;
  if (context_.taps.any()) origin = tap_origin(way);
  Tried* const asked = record.on() || span != nullptr ? &tried : nullptr;
  TryPolicy policy =
      way.profile ? try_policy(way.profile) : try_policy(*way.rule, request.head.headers);
  const TimePoint started = context_.loop.now();
  if (way.profile) way.profile->requests()->count_request();
  if (policy.is_plain()) {
    if (auto answer = filter_for_backend(way, request.head, record)) co_return std::move(*answer);
    if (way.balancer == nullptr) co_return fail(no_backend());
  }
  Result<http::Response> response =
      policy.is_plain() ? co_await way.balancer->send(std::move(request),
                                                      {.tried = asked, .origin = origin.get()})
                        : co_await send_in_tries(std::move(policy), std::move(request), *target,
                                                 way, record, asked, origin.get());
  if (way.is_answered) co_return response;
  if (span != nullptr && tried.peer != nullptr) span->note("server.id", tried.peer->identity);
  record_in(record, target.get(), way, tried, authority);
  if (way.profile) {
    response = way.profile->observe(way.profile->requests(), started, std::move(response));
  }
  if (!response) co_return response;
  filter_response(way.rule->filters, response->head);
  if (way.backend != nullptr) filter_response(way.backend->filters, response->head);
  http::Headers& headers = response->head.headers;
  if (const auto error = headers.get(kProxyError)) {
    log_info(context_.log, "the peer's proxy answered with an error",
             {{"dst", orig_dst_.to_string()}, {"error", std::string(*error)}});
  }
  headers.remove(kProxyError);
  if (headers.remove(kProxyConnection) > 0 && response->head.version != http::Version::kHttp2) {
    headers.set("connection", "close");
  }
  co_return accompany(std::move(*response), std::move(*place), std::move(record));
}

void OutboundHttp::note_failure(const Error& error) {
  count_error(error);
  log_info(context_.log, "request failed",
           {{"dst", orig_dst_.to_string()}, {"error", error.to_string()}});
}

http::Response OutboundHttp::answer(const Error& error, http::Version version, bool grpc,
                                    RequestRecord& record) {
  http::Response response = respond(
      error, version, grpc, {.informational_headers = !context_.config.hide_informational_headers});
  record.refuse(error, &response);
  return response;
}

http::Response OutboundHttp::refuse(const http::RequestHead& head, const Error& error) {
  RequestRecord record(context_, head);
  const Tried nobody;
  if (record.on()) {
    record.in(rows_.make({.parent = nullptr,
                          .route = nullptr,
                          .peer = nobody.peer,
                          .authority = head.effective_authority()}));
  }
  note_failure(error);
  return answer(error, head.version, is_grpc(head.headers), record);
}

Traced OutboundHttp::trace(http::RequestHead& head) {
  if (context_.tracer == nullptr) return {};
  return context_.tracer->open(head, {.direction = Direction::kOutbound,
                                      .client = client_,
                                      .target = orig_dst_,
                                      .tls = nullptr,
                                      .may_start = true});
}

Task<Result<http::Response>> OutboundHttp::call(http::Request request) {
  const http::Version version = request.head.version;
  const bool grpc = is_grpc(request.head.headers);
  Traced traced = trace(request.head);
  RequestRecord record(context_, request.head);
  Result<http::Response> response = co_await forward(std::move(request), record, traced.span);
  if (response) {
    co_return ExchangeWatch::watch(std::move(traced.watch), std::move(*response));
  }
  const Error& error = response.error();
  traced.watch.fail(error);
  note_failure(error);
  // A gRPC or HTTP/2 client understands a reset as it was meant.
  if (version == http::Version::kHttp2 && error.code == ErrorCode::kReset) {
    record.refuse(error, nullptr);
    traced.watch.end(nullptr);
    co_return response;
  }
  co_return ExchangeWatch::watch(std::move(traced.watch), answer(error, version, grpc, record));
}

}  // namespace seine::proxy
