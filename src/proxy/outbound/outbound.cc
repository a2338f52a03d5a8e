// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound.h"

#include <algorithm>
#include <utility>

#include "proxy/counted_stream.h"
#include "proxy/detect_stream.h"
#include "proxy/metered_stream.h"
#include "proxy/outbound/choose_backend.h"
#include "proxy/outbound/ingress_http.h"
#include "proxy/outbound/outbound_http.h"
#include "proxy/serve_http.h"
#include "runtime/combine.h"
#include "runtime/forward.h"

namespace seine::proxy {

using runtime::Bytes;
using runtime::Stream;
using runtime::Task;

namespace {

Task<Result<std::shared_ptr<const OutboundTarget>>> first_value(runtime::EventLoop& loop,
                                                                OutboundTargets::Lease& lease) {
  co_return co_await OutboundTargets::first(loop, lease);
}

}  // namespace

Result<SocketAddr> Outbound::destination_of(const runtime::Socket& socket) const {
  const Result<SocketAddr> orig_dst = socket.original_dst();
  if (!orig_dst) return orig_dst;
  const bool own = std::ranges::any_of(context_.config.outbound.listen, [&](const SocketAddr& a) {
    return a.port == orig_dst->port && (a.ip == orig_dst->ip || orig_dst->ip.is_loopback());
  });
  if (own) {
    return fail(ErrorCode::kLoop, "a connection to the outbound listener itself");
  }
  if (orig_dst->ip.is_loopback()) {
    return fail(ErrorCode::kLoop,
                orig_dst->to_string() + " is a loopback address: not for the mesh");
  }
  return orig_dst;
}

void Outbound::count_protocol(std::string_view protocol) {
  context_.telemetry.outbound_protocols.get(context_.core, OneLabel{"protocol", protocol}).add();
}

Task<Result<void>> Outbound::serve(std::unique_ptr<runtime::Socket> socket) {
  socket->apply(context_.config.outbound.accept_socket);
  const Result<SocketAddr> orig_dst = destination_of(*socket);
  Result<void> result = orig_dst ? co_await serve_to(std::move(socket), *orig_dst)
                                 : Result<void>(fail(orig_dst.error()));
  if (!result) {
    context_.telemetry.outbound_tcp_errors
        .get(context_.core, ErrorLabels{.error = error_name(result.error().code)})
        .add();
  }
  co_return result;
}

Task<Result<void>> Outbound::serve_to(std::unique_ptr<runtime::Socket> socket,
                                      SocketAddr orig_dst) {
  const SocketAddr peer = socket->peer_addr().value_or(SocketAddr{});
  const EndpointLabels labels{
      .direction = Direction::kOutbound, .target = orig_dst, .tls = TlsLabels::none("loopback")};
  MeteredStream client(std::move(socket), transport_series(context_.telemetry, context_.core,
                                                           TransportLabels{labels, "src"}));

  OutboundTargets::Lease lease = targets_.lease(orig_dst);
  auto target = co_await runtime::with_deadline(
      context_.loop, context_.config.outbound.failfast_timeout, ErrorCode::kFailfast,
      "discovery of " + orig_dst.to_string(), first_value(context_.loop, lease));
  if (!target) co_return fail(std::move(target.error()).from(ErrorOrigin::kControlPlane));
  if (!(*target)->policy) co_return fail((*target)->policy.error());
  const model::ClientPolicy& policy = *(*target)->policy;
  const Opaque raw{client, orig_dst, policy.meta};

  // In ingress mode a request may go elsewhere, so it is looked for in any case.
  if ((*target)->opaque && !context_.config.ingress_mode) {
    const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol);
    const auto* opaque = std::get_if<model::ClientOpaque>(&policy.protocol);
    count_protocol("opaq");
    if (detect != nullptr) co_return co_await serve_opaque(raw, {}, detect->opaque.route);
    if (opaque != nullptr) co_return co_await serve_opaque(raw, {}, opaque->route);
  }
  if (const auto* opaque = std::get_if<model::ClientOpaque>(&policy.protocol)) {
    count_protocol("opaq");
    co_return co_await serve_opaque(raw, {}, opaque->route);
  }
  if (const auto* tls = std::get_if<model::ClientTls>(&policy.protocol)) {
    count_protocol("tls");
    co_return co_await serve_tls(raw, {}, *tls);
  }

  ReadAhead ahead;
  const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol);
  const Duration timeout =
      detect != nullptr ? detect->timeout : context_.config.outbound.detect_timeout;
  Result<HttpDetection> detection = co_await detect_http(context_.loop, client, ahead, timeout);
  context_.telemetry.outbound_detections
      .get(context_.core, OneLabel{"result", detection ? detection->result : "error"})
      .add();
  if (!detection) {
    // Connections that never say anything (probes, port scans) are no failure.
    if (detection.error().code == ErrorCode::kEof) co_return Result<void>();
    co_return fail(detection.error());
  }
  Detected detected = detection->protocol;
  if (detected == Detected::kNotHttp && detect != nullptr) {
    count_protocol("opaq");
    co_return co_await serve_opaque(raw, ahead.take(), detect->opaque.route);
  }
  // A policy of HTTP alone leaves the refusal of other bytes to the HTTP/1 parser.
  if (detected == Detected::kNotHttp) detected = Detected::kHttp1;
  count_protocol(detected == Detected::kHttp2 ? "http/2" : "http/1");
  if (context_.config.ingress_mode) {
    IngressHttp service(context_, overrides_, backends_, lease, orig_dst, peer);
    co_return co_await serve_http(context_, context_.config.outbound, client, ahead.take(),
                                  detected, service);
  }
  OutboundHttp service(context_, backends_, lease, orig_dst, peer);
  co_return co_await serve_http(context_, context_.config.outbound, client, ahead.take(), detected,
                                service);
}

Task<Result<void>> Outbound::forward_named(model::Authority service, SocketAddr at, Stream& client,
                                           ReadAhead ahead) {
  const std::string name = service.to_string();
  Result<OutboundTargets::Lease> lease = overrides_.find(name);
  if (!lease) co_return fail(std::move(lease.error()));
  auto answered = co_await overrides_.wait(name, *lease);
  if (!answered) co_return answered;
  const std::shared_ptr<const OutboundTarget> target = lease->value();
  if (!target->is_known) co_return fail(unknown_service(name));
  if (!target->policy) co_return fail(target->policy.error());
  const model::ClientPolicy& policy = *target->policy;
  const Opaque raw{client, {at.ip, service.port_or(0)}, policy.meta};
  if (const auto* tls = std::get_if<model::ClientTls>(&policy.protocol)) {
    count_protocol("tls");
    co_return co_await serve_tls(raw, std::move(ahead), *tls);
  }
  count_protocol("opaq");
  if (const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol)) {
    co_return co_await serve_opaque(raw, ahead.take(), detect->opaque.route);
  }
  if (const auto* opaque = std::get_if<model::ClientOpaque>(&policy.protocol)) {
    co_return co_await serve_opaque(raw, ahead.take(), opaque->route);
  }
  co_return fail(make_error(ErrorCode::kNoRoute, name + " takes HTTP alone"));
}

Task<Result<void>> Outbound::serve_tls(Opaque connection, ReadAhead ahead,
                                       const model::ClientTls& policy) {
  Result<crypto::ClientHello> hello = co_await detect_tls(context_.loop, connection.client, ahead,
                                                          context_.config.outbound.detect_timeout);
  if (!hello) co_return fail(hello.error());
  if (hello->server_name.empty()) {
    co_return fail(make_error(ErrorCode::kProtocol, "expected TLS with a server name"));
  }
  const model::TlsRoute* route = model::find_tls_route(policy.routes, hello->server_name);
  if (route == nullptr) {
    co_return fail(make_error(ErrorCode::kNoRoute, "no route for " + hello->server_name));
  }
  co_return co_await forward(connection, ahead.take(), route->policy);
}

Task<Result<void>> Outbound::serve_opaque(Opaque connection, Bytes already_read,
                                          const std::optional<model::OpaqueRoute>& route) {
  if (!route) co_return fail(make_error(ErrorCode::kNoRoute, "the policy has no opaque route"));
  co_return co_await forward(connection, std::move(already_read), route->policy);
}

Task<Result<void>> Outbound::forward(Opaque connection, Bytes already_read,
                                     const model::TcpRulePolicy& policy) {
  std::optional<telemetry::TcpConnection> row;
  Result<void> result = co_await forward_bytes(connection, std::move(already_read), policy, row);
  if (row) row->end(result ? std::string_view() : error_name(result.error().code));
  co_return result;
}

Task<Result<void>> Outbound::forward_bytes(Opaque connection, Bytes already_read,
                                           const model::TcpRulePolicy& policy,
                                           std::optional<telemetry::TcpConnection>& row) {
  for (const model::TcpFilter& filter : policy.filters) {
    const bool forbidden = filter.kind == model::TcpFilter::Kind::kForbidden;
    co_return fail(make_error(forbidden ? ErrorCode::kUnauthorized : ErrorCode::kInvalidPolicy,
                              filter.message));
  }
  const auto* backend =
      choose_backend(policy.distribution, context_.random, [this](const auto& each) {
        const auto balancer = backends_.get(each.backend);
        return balancer == nullptr || balancer->available();
      });
  std::shared_ptr<Balancer> balancer =
      backend == nullptr ? nullptr : backends_.get(backend->backend);
  if (balancer == nullptr) {
    co_return fail(make_error(ErrorCode::kConnect, "the policy names no usable backend"));
  }
  Tried tried;
  auto server = co_await balancer->connect(&tried);
  if (context_.recorder != nullptr) {
    row.emplace(*context_.recorder,
                telemetry::RowKey{.direction = telemetry::Direction::kOutbound,
                                  .target = outbound_target(connection.parent, connection.addr, {}),
                                  .route = {},
                                  .peer = tried.peer == nullptr ? telemetry::Peer() : *tried.peer});
  }
  if (!server) {
    // The application sees a reset, as it would without a proxy.
    connection.client.abort();
    co_return fail(server.error());
  }
  CountedStream counted(**server, row ? &*row : nullptr);
  co_return co_await runtime::forward_tcp(context_.loop, connection.client, std::move(already_read),
                                          counted);
}

}  // namespace seine::proxy
