// SPDX-License-Identifier: Apache-2.0
// Who may reach one inbound port, and what is done with their traffic. Immutable once made: shared
// between cores as std::shared_ptr<const ServerPolicy>.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "model/filter.h"
#include "model/identity.h"
#include "model/metadata.h"
#include "model/route.h"

namespace seine::model {

// Addresses of `net` that are in none of `except`.
struct NetworkMatch {
  IpNet net;
  std::vector<IpNet> except;

  bool contains(const IpAddress& ip) const;
  friend bool operator==(const NetworkMatch&, const NetworkMatch&) = default;
};

// How clients prove who they are. kMeshTls asks for mesh TLS alone; kIdentities also for a client
// certificate whose identity is listed, or lies below one of the suffixes.
struct Authentication {
  enum class Kind : std::uint8_t { kUnauthenticated, kMeshTls, kIdentities };
  Kind kind = Kind::kUnauthenticated;
  std::vector<Identity> identities;
  std::vector<std::vector<std::string>> suffixes;  // *.foo.bar is {"foo", "bar"}; * is {}
  friend bool operator==(const Authentication&, const Authentication&) = default;
};

struct Authorization {
  Metadata meta;
  std::vector<NetworkMatch> networks;  // none permits nobody
  Authentication authentication;
  friend bool operator==(const Authorization&, const Authorization&) = default;
};

// What is known of who connects.
struct ConnectionFacts {
  IpAddress client_ip;
  // TLS that this proxy terminated.
  bool is_meshed = false;
  // Nothing if the peer showed no certificate.
  const Identity* client_id = nullptr;
};

// The first authorization that permits the connection; null means deny.
const Authorization* authorize(std::span<const Authorization> authorizations,
                               const ConnectionFacts& facts);

// Requests per second; nothing does not limit.
struct LocalRateLimit {
  struct Override {
    std::uint32_t limit = 0;
    std::vector<Identity> clients;
    friend bool operator==(const Override&, const Override&) = default;
  };
  Metadata meta;
  std::optional<std::uint32_t> total;
  std::optional<std::uint32_t> per_identity;
  std::vector<Override> overrides;
  friend bool operator==(const LocalRateLimit&, const LocalRateLimit&) = default;
};

struct ServerRulePolicy {
  std::vector<Filter> filters;
  friend bool operator==(const ServerRulePolicy&, const ServerRulePolicy&) = default;
};

// `authorizations` are all that count for the route: its own, then the server's.
struct ServerHttpRoute : Route<HttpMatch, ServerRulePolicy> {
  std::vector<Authorization> authorizations;
  friend bool operator==(const ServerHttpRoute&, const ServerHttpRoute&) = default;
};
struct ServerGrpcRoute : Route<GrpcMatch, ServerRulePolicy> {
  std::vector<Authorization> authorizations;
  friend bool operator==(const ServerGrpcRoute&, const ServerGrpcRoute&) = default;
};

struct ServerHttp {
  std::vector<ServerHttpRoute> routes;
  std::optional<LocalRateLimit> rate_limit;
  friend bool operator==(const ServerHttp&, const ServerHttp&) = default;
};
struct ServerDetect {
  Duration timeout = std::chrono::seconds(10);
  ServerHttp http;
  friend bool operator==(const ServerDetect&, const ServerDetect&) = default;
};
struct ServerHttp1 {
  ServerHttp http;
  friend bool operator==(const ServerHttp1&, const ServerHttp1&) = default;
};
struct ServerHttp2 {
  ServerHttp http;
  friend bool operator==(const ServerHttp2&, const ServerHttp2&) = default;
};
struct ServerGrpc {
  std::vector<ServerGrpcRoute> routes;
  friend bool operator==(const ServerGrpc&, const ServerGrpc&) = default;
};
struct ServerOpaque {
  friend bool operator==(const ServerOpaque&, const ServerOpaque&) = default;
};
struct ServerTls {
  friend bool operator==(const ServerTls&, const ServerTls&) = default;
};

struct ServerPolicy {
  Metadata meta;  // as in the labels srv_*
  std::variant<ServerDetect, ServerOpaque, ServerTls, ServerHttp1, ServerHttp2, ServerGrpc>
      protocol;
  // Of connections; HTTP requests go by their route's.
  std::vector<Authorization> authorizations;
  std::vector<IpAddress> server_ips;
  bool operator==(const ServerPolicy&) const;
};

// Permits this host's own loopback, as every proxy does on every port; its name is "localhost".
Authorization loopback_authorization();

// Gives the server and every route the loopback authorization, every route the server's ones, and
// a protocol of HTTP without routes the one default route. What decoders and defaults end with.
ServerPolicy with_effective_authorizations(ServerPolicy policy);

// LINKERD2_PROXY_INBOUND_DEFAULT_POLICY: deny, all-authenticated, all-unauthenticated,
// cluster-authenticated, cluster-unauthenticated or audit. Error kInvalidConfig on any other name,
// and where cluster networks are needed and there are none.
Result<ServerPolicy> make_default_server_policy(std::string_view name,
                                                std::span<const IpNet> cluster_networks,
                                                Duration detect_timeout);

}  // namespace seine::model
