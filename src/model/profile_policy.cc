// SPDX-License-Identifier: Apache-2.0
#include "model/profile_policy.h"

#include <algorithm>

#include "base/check.h"

namespace seine::model {

namespace {

template <class FilterType>
const Backend* find_in(const Distribution<FilterType>& distribution, std::string_view path) {
  for (const auto& each : distribution.backends) {
    const auto* balancer = std::get_if<Backend::Balancer>(&each.backend.kind);
    if (balancer != nullptr && balancer->path == path) return &each.backend;
  }
  return nullptr;
}

template <class RouteType>
const Backend* find_in(const std::vector<RouteType>& routes, std::string_view path) {
  for (const RouteType& route : routes) {
    for (const auto& rule : route.rules) {
      if (const Backend* found = find_in(rule.policy.distribution, path)) return found;
    }
  }
  return nullptr;
}

const Backend* find_in(const ClientOpaque& opaque, std::string_view path) {
  return opaque.route ? find_in(opaque.route->policy.distribution, path) : nullptr;
}

// The policy's own backend for a destination.
const Backend* find_backend(const ClientPolicy& policy, std::string_view path) {
  if (const auto* detect = std::get_if<ClientDetect>(&policy.protocol)) {
    if (const Backend* found = find_in(detect->http1.routes, path)) return found;
    if (const Backend* found = find_in(detect->http2.routes, path)) return found;
    return find_in(detect->opaque, path);
  }
  if (const auto* http1 = std::get_if<ClientHttp1>(&policy.protocol)) {
    return find_in(http1->routes, path);
  }
  if (const auto* http2 = std::get_if<ClientHttp2>(&policy.protocol)) {
    return find_in(http2->routes, path);
  }
  if (const auto* grpc = std::get_if<ClientGrpc>(&policy.protocol)) {
    return find_in(grpc->routes, path);
  }
  const auto* opaque = std::get_if<ClientOpaque>(&policy.protocol);
  return opaque == nullptr ? nullptr : find_in(*opaque, path);
}

class Override {
 public:
  Override(const ClientPolicy& policy, const Profile& profile, std::uint16_t port,
           const Queue& queue)
      : policy_(policy), parent_(policy.meta), queue_(queue) {
    for (const WeightedDst& one : profile.dst_overrides) {
      if (one.weight == 0) continue;
      Authority authority = one.authority;
      authority.port = authority.port_or(port);
      add(authority, one.weight, one.backend);
    }
    is_split_ = !backends_.empty();
    if (!is_split_) add({.host = profile.fully_qualified_name, .port = port}, 1, std::nullopt);
  }

  void apply(ClientHttp& http) const {
    ClientHttpRoute route;
    route.meta = default_route(http.routes);
    route.rules.push_back({.policy = {.distribution = distribution<Filter>()}});
    http.routes = {std::move(route)};
  }
  void apply(ClientOpaque& opaque) const {
    if (is_split_ && opaque.route) opaque.route->policy.distribution = distribution<TcpFilter>();
  }
  ClientHttp2 replace(const ClientGrpc& grpc) const {
    ClientHttp2 http2;
    http2.accrual = grpc.accrual;
    apply(http2);
    return http2;
  }

 private:
  struct Weighted {
    Backend backend;
    std::uint32_t weight;
  };

  void add(const Authority& authority, std::uint32_t weight, const std::optional<Metadata>& meta) {
    std::string path = authority.to_string();
    if (const Backend* known = find_backend(policy_, path)) {
      backends_.push_back({*known, weight});
      return;
    }
    backends_.push_back({{.meta = meta.value_or(Metadata::make_default(path)),
                          .kind = Backend::Balancer{.path = path, .load = {}},
                          .queue = queue_},
                         weight});
  }
  // Counts that were made under it go on under the same name: a default's, or the parent's own.
  Metadata default_route(const std::vector<ClientHttpRoute>& routes) const {
    const auto found = std::ranges::find_if(routes, [this](const ClientHttpRoute& route) {
      return route.meta.is_default() || route.meta == parent_;
    });
    return found == routes.end() ? Metadata::make_default("http") : found->meta;
  }
  template <class FilterType>
  Distribution<FilterType> distribution() const {
    Distribution<FilterType> out{.kind = Distribution<FilterType>::Kind::kRandomAvailable,
                                 .backends = {}};
    for (const Weighted& one : backends_) {
      out.backends.push_back({.backend = one.backend,
                              .weight = one.weight,
                              .filters = {},
                              .request_timeout = std::nullopt});
    }
    return out;
  }

  const ClientPolicy& policy_;
  const Metadata parent_;
  const Queue& queue_;
  bool is_split_ = false;
  std::vector<Weighted> backends_;
};

}  // namespace

ClientPolicy override_policy(ClientPolicy policy, const Profile& profile, std::uint16_t port,
                             const Queue& queue) {
  SEINE_CHECK(profile.overrides_policy(), "a profile that says nothing of where requests go");
  const Override by(policy, profile, port, queue);
  if (auto* detect = std::get_if<ClientDetect>(&policy.protocol)) {
    by.apply(detect->http1);
    by.apply(detect->http2);
    by.apply(detect->opaque);
  } else if (auto* http1 = std::get_if<ClientHttp1>(&policy.protocol)) {
    by.apply(*http1);
  } else if (auto* http2 = std::get_if<ClientHttp2>(&policy.protocol)) {
    by.apply(*http2);
  } else if (const auto* grpc = std::get_if<ClientGrpc>(&policy.protocol)) {
    policy.protocol = by.replace(*grpc);
  } else if (auto* opaque = std::get_if<ClientOpaque>(&policy.protocol)) {
    by.apply(*opaque);
  }
  if (policy.meta.is_default() && profile.parent) policy.meta = *profile.parent;
  return policy;
}

}  // namespace seine::model
