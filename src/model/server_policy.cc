// SPDX-License-Identifier: Apache-2.0
#include "model/server_policy.h"

#include <algorithm>

#include "fmt/format.h"

#include "base/check.h"

namespace seine::model {

namespace {

IpNet literal(std::string_view text) {
  const Result<IpNet> net = IpNet::parse(text);
  SEINE_CHECK(net.has_value(), "a network written in this file is one");
  return *net;
}

bool permits(const Authentication& authentication, const ConnectionFacts& facts) {
  switch (authentication.kind) {
    case Authentication::Kind::kUnauthenticated: return true;
    case Authentication::Kind::kMeshTls: return facts.is_meshed;
    case Authentication::Kind::kIdentities: break;
  }
  if (!facts.is_meshed || facts.client_id == nullptr) return false;
  return std::ranges::find(authentication.identities, *facts.client_id) !=
             authentication.identities.end() ||
         std::ranges::any_of(authentication.suffixes,
                             [&](const auto& labels) { return facts.client_id->is_below(labels); });
}

template <class RouteType>
void complete_routes(std::vector<RouteType>& routes, const std::vector<Authorization>& servers) {
  if (routes.empty()) {
    RouteType route;
    route.meta = Metadata::make_default("default");
    route.rules.emplace_back();
    routes.push_back(std::move(route));
  }
  for (RouteType& route : routes) {
    route.authorizations.insert(route.authorizations.end(), servers.begin(), servers.end());
  }
}

}  // namespace

// Here, since it costs whoever instantiates it half a second.
bool ServerPolicy::operator==(const ServerPolicy&) const = default;

bool NetworkMatch::contains(const IpAddress& ip) const {
  return net.contains(ip) &&
         std::ranges::none_of(except, [&](const IpNet& hole) { return hole.contains(ip); });
}

const Authorization* authorize(std::span<const Authorization> authorizations,
                               const ConnectionFacts& facts) {
  for (const Authorization& authorization : authorizations) {
    const bool near = std::ranges::any_of(authorization.networks, [&](const NetworkMatch& match) {
      return match.contains(facts.client_ip);
    });
    if (near && permits(authorization.authentication, facts)) return &authorization;
  }
  return nullptr;
}

Authorization loopback_authorization() {
  return {.meta = Metadata::make_default("localhost"),
          .networks = {{.net = literal("127.0.0.1/32")}, {.net = literal("::1/128")}}};
}

ServerPolicy with_effective_authorizations(ServerPolicy policy) {
  policy.authorizations.push_back(loopback_authorization());
  const std::vector<Authorization>& servers = policy.authorizations;
  if (auto* detect = std::get_if<ServerDetect>(&policy.protocol)) {
    complete_routes(detect->http.routes, servers);
  } else if (auto* http1 = std::get_if<ServerHttp1>(&policy.protocol)) {
    complete_routes(http1->http.routes, servers);
  } else if (auto* http2 = std::get_if<ServerHttp2>(&policy.protocol)) {
    complete_routes(http2->http.routes, servers);
  } else if (auto* grpc = std::get_if<ServerGrpc>(&policy.protocol)) {
    complete_routes(grpc->routes, servers);
  }
  return policy;
}

Result<ServerPolicy> make_default_server_policy(std::string_view name,
                                                std::span<const IpNet> cluster_networks,
                                                Duration detect_timeout) {
  const bool cluster = name.starts_with("cluster-");
  const bool authenticated = name == "all-authenticated" || name == "cluster-authenticated";
  if (name != "deny" && name != "audit" && !authenticated && name != "all-unauthenticated" &&
      name != "cluster-unauthenticated") {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("'{}' is not a default policy: expected deny, all-authenticated, "
                            "all-unauthenticated, cluster-authenticated, cluster-unauthenticated "
                            "or audit",
                            name.substr(0, 64)));
  }
  if ((cluster || name == "audit") && cluster_networks.empty()) {
    return fail(ErrorCode::kInvalidConfig,
                fmt::format("the default policy {} needs cluster networks", name));
  }
  ServerPolicy policy;
  policy.meta = Metadata::make_default(std::string(name));
  policy.protocol = ServerDetect{.timeout = detect_timeout};
  if (name != "deny") {
    Authorization authorization{.meta = policy.meta};
    if (cluster) {
      for (const IpNet& net : cluster_networks) authorization.networks.push_back({.net = net});
    } else {
      authorization.networks = {{.net = literal("0.0.0.0/0")}, {.net = literal("::/0")}};
    }
    if (authenticated) {
      authorization.authentication = {.kind = Authentication::Kind::kIdentities, .suffixes = {{}}};
    }
    policy.authorizations.push_back(std::move(authorization));
  }
  return with_effective_authorizations(std::move(policy));
}

}  // namespace seine::model
