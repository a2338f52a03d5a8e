// SPDX-License-Identifier: Apache-2.0
#include "control/encode_inbound.h"

#include "control/encode_route.h"
#include "control/encode_values.h"

namespace seine::control {

namespace wire = io::linkerd::proxy::inbound;

namespace {

// Older proxies read names from labels, newer ones from metadata where it is set.
void encode_labels(const model::Metadata& meta,
                   google::protobuf::Map<std::string, std::string>& out) {
  out["group"] = meta.group;
  out["kind"] = meta.kind;
  out["name"] = meta.name;
}

void encode_authentication(const model::Authentication& authentication, wire::Authn& out) {
  switch (authentication.kind) {
    case model::Authentication::Kind::kUnauthenticated: out.mutable_unauthenticated(); return;
    case model::Authentication::Kind::kMeshTls:
      out.mutable_meshtls()->mutable_unauthenticated();
      return;
    case model::Authentication::Kind::kIdentities: break;
  }
  auto& clients = *out.mutable_meshtls()->mutable_identities();
  for (const model::Identity& identity : authentication.identities) {
    clients.add_identities()->set_name(identity.text());
  }
  for (const auto& labels : authentication.suffixes) {
    wire::IdentitySuffix& suffix = *clients.add_suffixes();
    for (const std::string& label : labels) suffix.add_parts(label);
  }
}

template <class Message>
void encode_authorizations(const std::vector<model::Authorization>& authorizations,
                           Message& holder) {
  for (const model::Authorization& authorization : authorizations) {
    if (authorization.networks.empty()) continue;
    wire::Authz& out = *holder.add_authorizations();
    encode_metadata(authorization.meta, *out.mutable_metadata());
    encode_labels(authorization.meta, *out.mutable_labels());
    for (const model::NetworkMatch& match : authorization.networks) {
      wire::Network& network = *out.add_networks();
      encode_network(match.net, *network.mutable_net());
      for (const IpNet& hole : match.except) encode_network(hole, *network.add_except());
    }
    encode_authentication(authorization.authentication, *out.mutable_authentication());
  }
}

// Only what the contract of the route's kind can say.
template <class Message>
void encode_filters(const std::vector<model::Filter>& filters, Message& rule) {
  for (const model::Filter& filter : filters) {
    if (const auto* injector = std::get_if<model::FailureInjector>(&filter)) {
      encode_filter(*injector, *rule.add_filters()->mutable_failure_injector());
    } else if (const auto* request = std::get_if<model::RequestHeaderModifier>(&filter)) {
      encode_filter(*request, *rule.add_filters()->mutable_request_header_modifier());
    } else if (const auto* redirect = std::get_if<model::Redirect>(&filter)) {
      if constexpr (requires { rule.mutable_filters()->Add()->mutable_redirect(); }) {
        encode_filter(*redirect, *rule.add_filters()->mutable_redirect());
      }
    }
  }
}

template <class RouteType, class Message>
void encode_route(const RouteType& route, Message& out) {
  encode_metadata(route.meta, *out.mutable_metadata());
  for (const model::HostMatch& host : route.hosts) encode_host(host, *out.add_hosts());
  encode_authorizations(route.authorizations, out);
  for (const auto& rule : route.rules) {
    auto& one = *out.add_rules();
    for (const auto& match : rule.matches) encode_match(match, *one.add_matches());
    encode_filters(rule.policy.filters, one);
  }
}

void encode_rate_limit(const model::LocalRateLimit& limit, wire::HttpLocalRateLimit& out) {
  encode_metadata(limit.meta, *out.mutable_metadata());
  if (limit.total) out.mutable_total()->set_requestspersecond(*limit.total);
  if (limit.per_identity) out.mutable_identity()->set_requestspersecond(*limit.per_identity);
  for (const auto& one : limit.overrides) {
    auto& message = *out.add_overrides();
    message.mutable_limit()->set_requestspersecond(one.limit);
    for (const model::Identity& client : one.clients) {
      message.mutable_clients()->add_identities()->set_name(client.text());
    }
  }
}

// Of Http1 and Http2.
template <class Message>
void encode_http(const model::ServerHttp& http, Message& out) {
  for (const auto& route : http.routes) encode_route(route, *out.add_routes());
  if (http.rate_limit) encode_rate_limit(*http.rate_limit, *out.mutable_local_rate_limit());
}

void encode_protocol(const model::ServerPolicy& policy, wire::ProxyProtocol& out) {
  if (const auto* detect = std::get_if<model::ServerDetect>(&policy.protocol)) {
    auto& message = *out.mutable_detect();
    encode_duration(detect->timeout, *message.mutable_timeout());
    for (const auto& route : detect->http.routes) encode_route(route, *message.add_http_routes());
    if (detect->http.rate_limit) {
      encode_rate_limit(*detect->http.rate_limit, *message.mutable_http_local_rate_limit());
    }
  } else if (std::holds_alternative<model::ServerOpaque>(policy.protocol)) {
    out.mutable_opaque();
  } else if (std::holds_alternative<model::ServerTls>(policy.protocol)) {
    out.mutable_tls();
  } else if (const auto* http1 = std::get_if<model::ServerHttp1>(&policy.protocol)) {
    encode_http(http1->http, *out.mutable_http1());
  } else if (const auto* http2 = std::get_if<model::ServerHttp2>(&policy.protocol)) {
    encode_http(http2->http, *out.mutable_http2());
  } else {
    auto& grpc = *out.mutable_grpc();
    for (const auto& route : std::get<model::ServerGrpc>(policy.protocol).routes) {
      encode_route(route, *grpc.add_routes());
    }
  }
}

}  // namespace

void encode_inbound(const model::ServerPolicy& policy, wire::Server& out) {
  encode_labels(policy.meta, *out.mutable_labels());
  encode_protocol(policy, *out.mutable_protocol());
  encode_authorizations(policy.authorizations, out);
  for (const IpAddress& ip : policy.server_ips) encode_ip(ip, *out.add_server_ips());
}

}  // namespace seine::control
