// SPDX-License-Identifier: Apache-2.0
#include "model/client_policy.h"

namespace seine::model {

namespace {

template <class FilterType>
Distribution<FilterType> only(const Backend& backend) {
  return {.kind = Distribution<FilterType>::Kind::kFirstAvailable,
          .backends = {RouteBackend<FilterType>{.backend = backend}}};
}

}  // namespace

// Here, since it costs whoever instantiates it half a second.
bool ClientPolicy::operator==(const ClientPolicy&) const = default;

const TlsRoute* find_tls_route(const std::vector<TlsRoute>& routes, std::string_view sni) {
  const TlsRoute* best = nullptr;
  Rank best_rank{};
  for (const TlsRoute& route : routes) {
    const std::optional<Rank> rank = match_host(route.snis, sni);
    if (!rank || (best != nullptr && *rank <= best_rank)) continue;
    best = &route;
    best_rank = *rank;
  }
  return best;
}

ClientPolicy make_detect_policy(const Metadata& meta, const Backend& backend, Duration timeout) {
  ClientHttpRoute route;
  route.meta = meta;
  route.rules.push_back({.policy = {.distribution = only<Filter>(backend)}});
  ClientDetect detect;
  detect.timeout = timeout;
  detect.opaque.route = OpaqueRoute{meta, {.distribution = only<TcpFilter>(backend)}};
  detect.http1.routes = {route};
  detect.http2.routes = {std::move(route)};
  return {meta, std::move(detect)};
}

ClientPolicy detect_always(ClientPolicy policy, Duration timeout) {
  const auto* opaque = std::get_if<ClientOpaque>(&policy.protocol);
  if (opaque == nullptr || !opaque->route) return policy;
  const auto& from = opaque->route->policy.distribution;
  ClientHttpRoute route;
  route.meta = opaque->route->meta;
  Distribution<Filter>& distribution = route.rules.emplace_back().policy.distribution;
  distribution.kind = static_cast<Distribution<Filter>::Kind>(from.kind);
  for (const RouteBackend<TcpFilter>& each : from.backends) {
    distribution.backends.push_back({.backend = each.backend,
                                     .weight = each.weight,
                                     .filters = {},
                                     .request_timeout = std::nullopt});
  }
  ClientDetect detect;
  detect.timeout = timeout;
  detect.opaque = *opaque;
  // What forbids the bytes forbids requests: those have no route then.
  if (opaque->route->policy.filters.empty()) {
    detect.http1.routes = {route};
    detect.http2.routes = {std::move(route)};
  }
  policy.protocol = std::move(detect);
  return policy;
}

}  // namespace seine::model
