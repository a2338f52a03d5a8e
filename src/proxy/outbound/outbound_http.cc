// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound_http.h"

#include <utility>

#include "proxy/respond.h"
#include "proxy/routing.h"

namespace seine::proxy {

using runtime::Task;

namespace {

constexpr std::string_view kProxyError = "l5d-proxy-error";
constexpr std::string_view kProxyConnection = "l5d-proxy-connection";

// The HTTP routes of a policy for the version that the client speaks; null if it has none of that
// kind (gRPC routes are looked up by themselves).
const std::vector<model::ClientHttpRoute>* http_routes(const model::ClientPolicy& policy,
                                                       http::Version version) {
  if (const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol)) {
    return version == http::Version::kHttp2 ? &detect->http2.routes : &detect->http1.routes;
  }
  if (const auto* http1 = std::get_if<model::ClientHttp1>(&policy.protocol)) return &http1->routes;
  if (const auto* http2 = std::get_if<model::ClientHttp2>(&policy.protocol)) return &http2->routes;
  return nullptr;
}

const model::ClientRulePolicy* find_rule(const model::ClientPolicy& policy,
                                         const http::RequestHead& head) {
  const HeadView view(head);
  if (const auto* routes = http_routes(policy, head.version)) {
    const auto found = model::find_route<model::ClientHttpRoute>(*routes, view.view());
    return found ? &found->rule->policy : nullptr;
  }
  if (const auto* grpc = std::get_if<model::ClientGrpc>(&policy.protocol)) {
    const auto found = model::find_route<model::ClientGrpcRoute>(grpc->routes, view.view());
    return found ? &found->rule->policy : nullptr;
  }
  return nullptr;
}

// By weight among all; first-available takes the first listed.
const model::Backend* choose(const model::Distribution<model::Filter>& distribution,
                             FastRandom& random) {
  using Kind = model::Distribution<model::Filter>::Kind;
  if (distribution.kind == Kind::kEmpty || distribution.backends.empty()) return nullptr;
  if (distribution.kind == Kind::kFirstAvailable || distribution.backends.size() == 1) {
    return &distribution.backends.front().backend;
  }
  std::uint64_t total = 0;
  for (const auto& backend : distribution.backends) total += backend.weight;
  if (total == 0) return nullptr;
  std::uint64_t at = random.below(total);
  for (const auto& backend : distribution.backends) {
    if (at < backend.weight) return &backend.backend;
    at -= backend.weight;
  }
  return nullptr;
}

}  // namespace

Result<std::shared_ptr<Balancer>> OutboundHttp::backend_for(const http::RequestHead& head) {
  if (lease_.value() != target_) {
    target_ = lease_.value();
    last_backend_ = nullptr;
    last_balancer_.reset();
  }
  if (!target_->policy) return fail(target_->policy.error());
  const model::ClientRulePolicy* rule = find_rule(*target_->policy, head);
  if (rule == nullptr) {
    return fail(make_error(ErrorCode::kNoRoute, "no route for " + orig_dst_.to_string()));
  }
  const model::Backend* backend = choose(rule->distribution, context_.random);
  if (backend != nullptr && backend == last_backend_) return last_balancer_;
  std::shared_ptr<Balancer> balancer = backend == nullptr ? nullptr : backends_.get(*backend);
  if (balancer == nullptr) {
    return fail(make_error(ErrorCode::kConnect,
                           "the policy for " + orig_dst_.to_string() + " names no usable backend"));
  }
  last_backend_ = backend;
  last_balancer_ = balancer;
  return balancer;
}

Task<Result<http::Response>> OutboundHttp::forward(http::Request request) {
  Result<InFlightLimit::Place> place = context_.in_flight.outbound.enter();
  if (!place) co_return fail(place.error());
  Result<std::shared_ptr<Balancer>> balancer = backend_for(request.head);
  if (!balancer) co_return fail(balancer.error());
  Result<http::Response> response = co_await (*balancer)->send(std::move(request));
  if (!response) co_return response;
  http::Headers& headers = response->head.headers;
  if (const auto error = headers.get(kProxyError)) {
    log_info(context_.log, "the peer's proxy answered with an error",
             {{"dst", orig_dst_.to_string()}, {"error", std::string(*error)}});
  }
  headers.remove(kProxyError);
  if (headers.remove(kProxyConnection) > 0 && response->head.version != http::Version::kHttp2) {
    headers.set("connection", "close");
  }
  co_return hold_place(std::move(*response), std::move(*place));
}

Task<Result<http::Response>> OutboundHttp::call(http::Request request) {
  const http::Version version = request.head.version;
  const bool grpc = is_grpc(request.head.headers);
  Result<http::Response> response = co_await forward(std::move(request));
  if (response) co_return response;
  const Error& error = response.error();
  context_.telemetry.outbound_http_errors
      .get(context_.core, ErrorLabels{.error = error_name(error.code)})
      .add();
  log_info(context_.log, "request failed",
           {{"dst", orig_dst_.to_string()}, {"error", error.to_string()}});
  // A gRPC or HTTP/2 client understands a reset as it was meant.
  if (version == http::Version::kHttp2 && error.code == ErrorCode::kReset) co_return response;
  co_return respond(error, version, grpc,
                    {.informational_headers = !context_.config.hide_informational_headers});
}

}  // namespace seine::proxy
