// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_inbound.h"

#include "fmt/format.h"

#include "proxy/discovery/decode_route.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::inbound;

namespace {

using model::Filter;
using LabelMap = google::protobuf::Map<std::string, std::string>;

std::string label_or(const LabelMap& labels, const std::string& key, std::string_view fallback) {
  const auto found = labels.find(key);
  return std::string(found == labels.end() ? fallback : std::string_view(found->second));
}

// Older controllers name servers and authorizations by labels alone.
Result<model::Metadata> decode_named_by_labels(const LabelMap& labels,
                                               std::string_view default_kind) {
  constexpr std::string_view kDefaultPrefix = "default:";
  const std::string name = label_or(labels, "name", "");
  if (name.empty()) return refuse_policy("labels have no name");
  if (name.starts_with(kDefaultPrefix)) {
    return model::Metadata::make_default(name.substr(kDefaultPrefix.size()));
  }
  return model::Metadata{.group = label_or(labels, "group", "policy.linkerd.io"),
                         .kind = label_or(labels, "kind", default_kind),
                         .name = name};
}

Result<model::NetworkMatch> decode_network_match(const wire::Network& message) {
  Result<IpNet> net = decode_network(message.net());
  if (!net) return refused_in("net", net);
  auto except = decode_each<IpNet>("except", message.except(), decode_network);
  if (!except) return fail(std::move(except).error());
  return model::NetworkMatch{*net, *std::move(except)};
}

Result<model::Identity> decode_identity(const wire::Identity& message) {
  Result<model::Identity> identity = model::Identity::parse(message.name());
  if (!identity) return refuse_policy(identity.error().message);
  return identity;
}

Result<model::Authentication> decode_authentication(const wire::Authn& message) {
  using MeshTls = wire::Authn::PermitMeshTLS;
  using Kind = model::Authentication::Kind;
  if (message.permit_case() == wire::Authn::kUnauthenticated) {
    return model::Authentication{.kind = Kind::kUnauthenticated};
  }
  if (message.permit_case() != wire::Authn::kMeshTLS) {
    return refuse_policy("authentication is missing");
  }
  const MeshTls& mesh = message.meshtls();
  if (mesh.clients_case() == MeshTls::kUnauthenticated) {
    return model::Authentication{.kind = Kind::kMeshTls};
  }
  if (mesh.clients_case() != MeshTls::kIdentities) {
    return refuse_policy("authentication.meshTLS.clients is missing");
  }
  model::Authentication authentication{.kind = Kind::kIdentities};
  auto identities =
      decode_each<model::Identity>("identities", mesh.identities().identities(), decode_identity);
  if (!identities) return fail(std::move(identities).error());
  authentication.identities = *std::move(identities);
  for (const wire::IdentitySuffix& suffix : mesh.identities().suffixes()) {
    std::vector<std::string> labels;
    for (const std::string& part : suffix.parts()) {
      if (part.empty()) return refuse_policy("an identity suffix has an empty part");
      labels.push_back(ascii_lower(part));
    }
    authentication.suffixes.push_back(std::move(labels));
  }
  return authentication;
}

Result<model::Authorization> decode_authorization(const wire::Authz& message) {
  Result<model::Metadata> meta =
      message.has_metadata() ? decode_metadata(message.metadata(), /*wants_namespace=*/false)
                             : decode_named_by_labels(message.labels(), "serverauthorization");
  if (!meta) return fail(std::move(meta).error());
  if (message.networks().empty()) return refuse_policy("networks is missing");
  auto networks =
      decode_each<model::NetworkMatch>("networks", message.networks(), decode_network_match);
  if (!networks) return fail(std::move(networks).error());
  Result<model::Authentication> authentication = decode_authentication(message.authentication());
  if (!authentication) return fail(std::move(authentication).error());
  return model::Authorization{*std::move(meta), *std::move(networks), *std::move(authentication)};
}

template <class T>
Result<Filter> as_filter(Result<T> decoded) {
  if (!decoded) return fail(std::move(decoded).error());
  return Filter(*std::move(decoded));
}

// Filters of HTTP routes may redirect, those of gRPC routes may not.
template <class Message>
Result<Filter> decode_one(const Message& message) {
  if (message.has_failure_injector()) return as_filter(decode_filter(message.failure_injector()));
  if (message.has_request_header_modifier()) {
    return as_filter(decode_filter(message.request_header_modifier()));
  }
  if constexpr (requires { message.has_redirect(); }) {
    if (message.has_redirect()) return as_filter(decode_filter(message.redirect()));
  }
  return refuse_policy("it has no kind");
}

// RouteType is ServerHttpRoute or ServerGrpcRoute.
template <class RouteType, class Message>
Result<RouteType> decode_route(const Message& message) {
  using RuleType = typename RouteType::RuleType;
  using MatchType = typename RouteType::MatchType;
  RouteType route;
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/false);
  if (!meta) return fail(std::move(meta).error());
  route.meta = *std::move(meta);
  auto hosts = decode_each<model::HostMatch>("hosts", message.hosts(),
                                             [](const auto& host) { return decode_host(host); });
  if (!hosts) return fail(std::move(hosts).error());
  route.hosts = *std::move(hosts);
  auto authorizations = decode_each<model::Authorization>(
      "authorizations", message.authorizations(), decode_authorization);
  if (!authorizations) return fail(std::move(authorizations).error());
  route.authorizations = *std::move(authorizations);
  auto rules =
      decode_each<RuleType>("rules", message.rules(), [](const auto& rule) -> Result<RuleType> {
        auto matches = decode_each<MatchType>("matches", rule.matches(),
                                              [](const auto& one) { return decode_match(one); });
        if (!matches) return fail(std::move(matches).error());
        auto filters = decode_each<Filter>("filters", rule.filters(),
                                           [](const auto& one) { return decode_one(one); });
        if (!filters) return fail(std::move(filters).error());
        return RuleType{*std::move(matches), {*std::move(filters)}};
      });
  if (!rules) return fail(std::move(rules).error());
  route.rules = *std::move(rules);
  return route;
}

Result<std::optional<std::uint32_t>> decode_limit(std::string_view field, bool is_set,
                                                  const wire::HttpLocalRateLimit::Limit& message) {
  if (!is_set) return std::nullopt;
  if (message.requestspersecond() == 0) {
    return refuse_policy(fmt::format("{}.requestsPerSecond is zero", field));
  }
  return message.requestspersecond();
}

Result<model::LocalRateLimit> decode_rate_limit(const wire::HttpLocalRateLimit& message) {
  using Override = model::LocalRateLimit::Override;
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/false);
  if (!meta) return fail(std::move(meta).error());
  auto total = decode_limit("total", message.has_total(), message.total());
  if (!total) return fail(std::move(total).error());
  auto identity = decode_limit("identity", message.has_identity(), message.identity());
  if (!identity) return fail(std::move(identity).error());
  auto overrides = decode_each<Override>(
      "overrides", message.overrides(), [](const auto& one) -> Result<Override> {
        auto limit = decode_limit("limit", true, one.limit());
        if (!limit) return fail(std::move(limit).error());
        auto clients =
            decode_each<model::Identity>("clients", one.clients().identities(), decode_identity);
        if (!clients) return fail(std::move(clients).error());
        return Override{**limit, *std::move(clients)};
      });
  if (!overrides) return fail(std::move(overrides).error());
  return model::LocalRateLimit{*std::move(meta), *total, *identity, *std::move(overrides)};
}

// Of Detect, Http1 and Http2, whose fields differ in name only.
template <class Routes>
Result<model::ServerHttp> decode_http(const Routes& messages, bool has_limit,
                                      const wire::HttpLocalRateLimit& limit) {
  auto routes = decode_each<model::ServerHttpRoute>("routes", messages, [](const auto& route) {
    return decode_route<model::ServerHttpRoute>(route);
  });
  if (!routes) return fail(std::move(routes).error());
  model::ServerHttp http{.routes = *std::move(routes)};
  if (has_limit) {
    Result<model::LocalRateLimit> decoded = decode_rate_limit(limit);
    if (!decoded) return refused_in("local_rate_limit", decoded);
    http.rate_limit = *std::move(decoded);
  }
  return http;
}

using Protocol = decltype(model::ServerPolicy::protocol);

Result<Protocol> decode_detect(const wire::ProxyProtocol::Detect& message) {
  if (!message.has_timeout()) return refuse_policy("detect: timeout is missing");
  Result<Duration> timeout = decode_duration(message.timeout());
  if (!timeout) return refused_in("detect: timeout", timeout);
  auto http = decode_http(message.http_routes(), message.has_http_local_rate_limit(),
                          message.http_local_rate_limit());
  if (!http) return refused_in("detect", http);
  return model::ServerDetect{*timeout, *std::move(http)};
}

template <class Out, class Message>
Result<Protocol> decode_http_only(std::string_view name, const Message& message) {
  auto http =
      decode_http(message.routes(), message.has_local_rate_limit(), message.local_rate_limit());
  if (!http) return refused_in(name, http);
  return Out{*std::move(http)};
}

Result<Protocol> decode_protocol(const wire::ProxyProtocol& message) {
  using Wire = wire::ProxyProtocol;
  switch (message.kind_case()) {
    case Wire::kDetect: return decode_detect(message.detect());
    case Wire::kOpaque: return model::ServerOpaque{};
    case Wire::kTls: return model::ServerTls{};
    case Wire::kHttp1: return decode_http_only<model::ServerHttp1>("http1", message.http1());
    case Wire::kHttp2: return decode_http_only<model::ServerHttp2>("http2", message.http2());
    case Wire::kGrpc: {
      auto routes = decode_each<model::ServerGrpcRoute>(
          "routes", message.grpc().routes(),
          [](const auto& route) { return decode_route<model::ServerGrpcRoute>(route); });
      if (!routes) return refused_in("grpc", routes);
      return model::ServerGrpc{*std::move(routes)};
    }
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("protocol is missing");
}

}  // namespace

Result<model::ServerPolicy> decode_inbound(const wire::Server& message) {
  model::ServerPolicy policy;
  Result<model::Metadata> meta = decode_named_by_labels(message.labels(), "server");
  if (!meta) return fail(std::move(meta).error());
  policy.meta = *std::move(meta);
  Result<Protocol> protocol = decode_protocol(message.protocol());
  if (!protocol) return fail(std::move(protocol).error());
  policy.protocol = *std::move(protocol);
  auto authorizations = decode_each<model::Authorization>(
      "authorizations", message.authorizations(), decode_authorization);
  if (!authorizations) return fail(std::move(authorizations).error());
  policy.authorizations = *std::move(authorizations);
  auto ips = decode_each<IpAddress>("server_ips", message.server_ips(), decode_ip);
  if (!ips) return fail(std::move(ips).error());
  policy.server_ips = *std::move(ips);
  return with_effective_authorizations(std::move(policy));
}

}  // namespace seine::proxy
