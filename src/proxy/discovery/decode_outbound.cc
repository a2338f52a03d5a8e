// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/decode_outbound.h"

#include "fmt/format.h"

#include "proxy/discovery/decode_client_route.h"
#include "proxy/discovery/decode_distribution.h"
#include "proxy/discovery/decode_route.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::outbound;

namespace {

using model::TcpFilter;

template <class Message>
Result<TcpFilter> decode_one(const Message& message) {
  switch (message.kind_case()) {
    case Message::kInvalid:
      return TcpFilter{TcpFilter::Kind::kInvalidBackend, message.invalid().message()};
    case Message::kForbidden: return TcpFilter{TcpFilter::Kind::kForbidden, {}};
    case Message::KIND_NOT_SET: break;
  }
  return refuse_policy("it has no kind");
}
constexpr auto kDecodeOne = [](const auto& message) { return decode_one(message); };

// Of opaque and TLS routes, which have exactly one rule.
template <class Message>
Result<model::TcpRulePolicy> decode_tcp_rule(const Message& route) {
  if (route.rules_size() != 1) {
    return refuse_policy(fmt::format("{} rules where one is expected", route.rules_size()));
  }
  const auto& rule = route.rules(0);
  auto filters = decode_filters<TcpFilter>(rule.filters(), kDecodeOne);
  if (!filters) return refused_in("rules[0]", filters);
  auto distribution =
      decode_distribution<TcpFilter>(rule.has_backends(), rule.backends(), kDecodeOne);
  if (!distribution) return refused_in("rules[0]", distribution);
  return model::TcpRulePolicy{*std::move(filters), *std::move(distribution)};
}

Result<model::ClientOpaque> decode_opaque(const wire::ProxyProtocol::Opaque& message) {
  if (message.routes_size() == 0) return model::ClientOpaque{};
  if (message.routes_size() > 1) {
    return refuse_policy(
        fmt::format("{} opaque routes where at most one is expected", message.routes_size()));
  }
  const wire::OpaqueRoute& route = message.routes(0);
  Result<model::Metadata> meta = decode_metadata(route.metadata(), /*wants_namespace=*/true);
  if (!meta) return refused_in("routes[0]", meta);
  Result<model::TcpRulePolicy> policy = decode_tcp_rule(route);
  if (!policy) return refused_in("routes[0]", policy);
  return model::ClientOpaque{model::OpaqueRoute{*std::move(meta), *std::move(policy)}};
}

Result<model::TlsRoute> decode_tls_route(const wire::TlsRoute& message) {
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  auto snis = decode_each<model::HostMatch>("snis", message.snis(),
                                            [](const auto& sni) { return decode_host(sni); });
  if (!snis) return fail(std::move(snis).error());
  Result<model::TcpRulePolicy> policy = decode_tcp_rule(message);
  if (!policy) return fail(std::move(policy).error());
  return model::TlsRoute{*std::move(meta), *std::move(snis), *std::move(policy)};
}

// HTTP/1, HTTP/2 and gRPC alike: routes and accrual.
template <class Out, class RouteType, class Message>
Result<Out> decode_http(const Message& message) {
  auto routes = decode_each<RouteType>(
      "routes", message.routes(), [](const auto& route) { return decode_client_route(route); });
  if (!routes) return fail(std::move(routes).error());
  Result<model::FailureAccrual> accrual = decode_accrual(message.failure_accrual());
  if (!accrual) return refused_in("failure_accrual", accrual);
  Out out;
  out.routes = *std::move(routes);
  out.accrual = *accrual;
  return out;
}

Result<model::ClientDetect> decode_detect(const wire::ProxyProtocol::Detect& message) {
  if (!message.has_timeout()) return refuse_policy("timeout is missing");
  if (!message.has_opaque()) return refuse_policy("opaque is missing");
  if (!message.has_http1()) return refuse_policy("http1 is missing");
  if (!message.has_http2()) return refuse_policy("http2 is missing");
  Result<Duration> timeout = decode_duration(message.timeout());
  if (!timeout) return refused_in("timeout", timeout);
  Result<model::ClientOpaque> opaque = decode_opaque(message.opaque());
  if (!opaque) return refused_in("opaque", opaque);
  auto http1 = decode_http<model::ClientHttp1, model::ClientHttpRoute>(message.http1());
  if (!http1) return refused_in("http1", http1);
  auto http2 = decode_http<model::ClientHttp2, model::ClientHttpRoute>(message.http2());
  if (!http2) return refused_in("http2", http2);
  return model::ClientDetect{*timeout, *std::move(opaque), *std::move(http1), *std::move(http2)};
}

// One alternative of the protocol, with its name in front of an error.
template <class Out>
Result<model::ClientPolicy> with_protocol(std::string_view name, model::Metadata meta,
                                          Result<Out> protocol) {
  if (!protocol) return refused_in(name, protocol);
  return model::ClientPolicy{std::move(meta), *std::move(protocol)};
}

Result<model::ClientTls> decode_tls(const wire::ProxyProtocol::Tls& message) {
  auto routes = decode_each<model::TlsRoute>("routes", message.routes(), decode_tls_route);
  if (!routes) return fail(std::move(routes).error());
  return model::ClientTls{*std::move(routes)};
}

}  // namespace

Result<model::ClientPolicy> decode_outbound(const wire::OutboundPolicy& message) {
  using Wire = wire::ProxyProtocol;
  const Wire& protocol = message.protocol();
  Result<model::Metadata> meta = decode_metadata(message.metadata(), /*wants_namespace=*/true);
  if (!meta) return fail(std::move(meta).error());
  switch (protocol.kind_case()) {
    case Wire::kDetect:
      return with_protocol("detect", *std::move(meta), decode_detect(protocol.detect()));
    case Wire::kOpaque:
      return with_protocol("opaque", *std::move(meta), decode_opaque(protocol.opaque()));
    case Wire::kHttp1:
      return with_protocol(
          "http1", *std::move(meta),
          decode_http<model::ClientHttp1, model::ClientHttpRoute>(protocol.http1()));
    case Wire::kHttp2:
      return with_protocol(
          "http2", *std::move(meta),
          decode_http<model::ClientHttp2, model::ClientHttpRoute>(protocol.http2()));
    case Wire::kGrpc:
      return with_protocol("grpc", *std::move(meta),
                           decode_http<model::ClientGrpc, model::ClientGrpcRoute>(protocol.grpc()));
    case Wire::kTls: return with_protocol("tls", *std::move(meta), decode_tls(protocol.tls()));
    case Wire::KIND_NOT_SET: break;
  }
  return refuse_policy("protocol is missing");
}

}  // namespace seine::proxy
