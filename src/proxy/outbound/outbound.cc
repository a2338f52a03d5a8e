// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound.h"

#include <algorithm>
#include <utility>

#include "proxy/counted_stream.h"
#include "proxy/memory_limit.h"
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

// Null: the policy is of HTTP or TLS alone. What it points to is none where raw bytes are taken and
// have no route.
const std::optional<model::OpaqueRoute>* opaque_route(const model::ClientPolicy& policy) {
  if (const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol)) {
    return &detect->opaque.route;
  }
  if (const auto* opaque = std::get_if<model::ClientOpaque>(&policy.protocol)) {
    return &opaque->route;
  }
  return nullptr;
}

// Connections that never say anything (probes, port scans) are no failure.
Result<void> end_of_silence(Error error) {
  if (error.code == ErrorCode::kEof) return {};
  return fail(std::move(error));
}

// While the process holds more than it may, raw bytes go nowhere: `client` sees a reset.
Result<void> admit_bytes(WorkerContext& context, Stream& client) {
  auto admitted = admit(context.loop.pool().budget(), runtime::ByteBudget::Shed::kConnection);
  if (!admitted) client.abort();
  return admitted;
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

void Outbound::count_http(Detected protocol) {
  count_protocol(protocol == Detected::kHttp2 ? "http/2" : "http/1");
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
  if (context_.config.ingress_mode) {
    co_return co_await serve_ingress(client, orig_dst, lease, peer);
  }
  auto target = co_await first_target(
      context_.loop, lease, context_.config.outbound.failfast_timeout, orig_dst.to_string());
  if (!target) co_return fail(std::move(target.error()));
  if (!(*target)->policy) co_return fail((*target)->policy.error());
  const model::ClientPolicy& policy = *(*target)->policy;
  const Opaque raw{client, orig_dst, policy.meta};
  const bool is_raw = (*target)->opaque && opaque_route(policy) != nullptr;
  if (is_raw || std::holds_alternative<model::ClientOpaque>(policy.protocol) ||
      std::holds_alternative<model::ClientTls>(policy.protocol)) {
    co_return co_await serve_raw(raw, {}, policy);
  }
  co_return co_await serve_detected(raw, policy, lease, peer);
}

Task<Result<void>> Outbound::serve_detected(Opaque raw, const model::ClientPolicy& policy,
                                            OutboundTargets::Lease& lease, SocketAddr peer) {
  ReadAhead ahead;
  const auto* detect = std::get_if<model::ClientDetect>(&policy.protocol);
  const Duration timeout =
      detect != nullptr ? detect->timeout : context_.config.outbound.detect_timeout;
  std::optional<RawBackend> backend;
  if (detect != nullptr && detect->opaque.route) {
    backend.emplace(*this, detect->opaque.route->policy);
  }
  Result<FirstWord> first =
      co_await detect_or_hear(raw.client, raw.addr, ahead, timeout, backend ? &*backend : nullptr);
  if (!first) co_return end_of_silence(std::move(first.error()));
  Detected detected = first->detection.protocol;
  if (detected == Detected::kNotHttp && detect != nullptr) {
    if (first->server) {
      count_protocol("opaq");
      if (auto admitted = admit_bytes(context_, raw.client); !admitted) co_return admitted;
      co_return co_await forward_to(raw, ahead.take(), std::move(*first->server), backend->tried);
    }
    co_return co_await serve_raw(raw, std::move(ahead), policy);
  }
  // A policy of HTTP alone leaves the refusal of other bytes to the HTTP/1 parser.
  if (detected == Detected::kNotHttp) detected = Detected::kHttp1;
  count_http(detected);
  OutboundHttp service(context_, backends_, lease, raw.addr, peer);
  co_return co_await serve_http(context_, context_.config.outbound, raw.client, ahead.take(),
                                detected, service);
}

Task<Result<FirstWord>> Outbound::detect_or_hear(Stream& client, SocketAddr orig_dst,
                                                 ReadAhead& ahead, Duration timeout,
                                                 RawBackend* backend) {
  const bool learns = backend != nullptr && context_.config.learns_first_speakers;
  const Listening listening(learns ? &context_.first_speakers.outbound : nullptr, orig_dst, timeout,
                            context_.loop.now());
  Result<FirstWord> first =
      co_await hear_first(context_.loop, client, ahead, listening, backend, guesses_);
  context_.telemetry.outbound_detections
      .get(context_.core, OneLabel{"result", first ? first->detection.result : "error"})
      .add();
  const bool has_spoken = first && first->server && *first->server;
  if (has_spoken && listening.note_server(context_.loop.now())) {
    log_info(context_.log, "the server speaks first: its clients are not waited for",
             {{"destination", orig_dst.to_string()}});
  }
  co_return first;
}

Task<Result<void>> Outbound::serve_ingress(Stream& client, SocketAddr orig_dst,
                                           OutboundTargets::Lease& lease, SocketAddr peer) {
  ReadAhead ahead;
  const Result<FirstWord> first = co_await detect_or_hear(
      client, orig_dst, ahead, context_.config.outbound.detect_timeout, nullptr);
  if (!first) co_return end_of_silence(first.error());
  const Detected detected = first->detection.protocol;
  if (detected == Detected::kNotHttp) {
    const auto target = co_await first_target(
        context_.loop, lease, context_.config.outbound.failfast_timeout, orig_dst.to_string());
    if (!target) co_return fail(target.error());
    if (!(*target)->policy) co_return fail((*target)->policy.error());
    const model::ClientPolicy& policy = *(*target)->policy;
    co_return co_await serve_raw({client, orig_dst, policy.meta}, std::move(ahead), policy);
  }
  count_http(detected);
  IngressHttp service(context_, overrides_, backends_, lease, orig_dst, peer);
  co_return co_await serve_http(context_, context_.config.outbound, client, ahead.take(), detected,
                                service);
}

Task<Result<void>> Outbound::forward_named(model::Authority service, SocketAddr at, Stream& client,
                                           ReadAhead ahead) {
  const std::string name = service.to_string();
  Result<OutboundTargets::Lease> lease = overrides_.find(name);
  if (!lease) co_return fail(std::move(lease.error()));
  const auto target =
      co_await first_target(context_.loop, *lease, context_.config.outbound.failfast_timeout, name);
  if (!target) co_return fail(target.error());
  if (!(*target)->is_known) co_return fail(unknown_service(name));
  if (!(*target)->policy) co_return fail((*target)->policy.error());
  const model::ClientPolicy& policy = *(*target)->policy;
  co_return co_await serve_raw({client, {at.ip, service.port_or(0)}, policy.meta}, std::move(ahead),
                               policy);
}

Task<Result<void>> Outbound::serve_raw(Opaque connection, ReadAhead ahead,
                                       const model::ClientPolicy& policy) {
  if (const auto* tls = std::get_if<model::ClientTls>(&policy.protocol)) {
    count_protocol("tls");
    co_return co_await serve_tls(connection, std::move(ahead), *tls);
  }
  count_protocol("opaq");
  const std::optional<model::OpaqueRoute>* route = opaque_route(policy);
  if (route == nullptr) {
    co_return fail(make_error(ErrorCode::kNoRoute, "the policy takes HTTP alone"));
  }
  if (!*route) co_return fail(make_error(ErrorCode::kNoRoute, "the policy has no opaque route"));
  co_return co_await forward(connection, ahead.take(), (*route)->policy);
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

Task<Result<void>> Outbound::forward(Opaque connection, Bytes already_read,
                                     const model::TcpRulePolicy& policy) {
  if (auto admitted = admit_bytes(context_, connection.client); !admitted) co_return admitted;
  RawBackend backend(*this, policy);
  auto server = co_await backend.connect();
  if (!server && backend.balancer == nullptr) co_return fail(std::move(server.error()));
  co_return co_await forward_to(connection, std::move(already_read), std::move(server),
                                backend.tried);
}

Task<Result<std::unique_ptr<Stream>>> Outbound::RawBackend::connect() {
  for (const model::TcpFilter& filter : policy.filters) {
    const bool forbidden = filter.kind == model::TcpFilter::Kind::kForbidden;
    co_return fail(make_error(forbidden ? ErrorCode::kUnauthorized : ErrorCode::kInvalidPolicy,
                              filter.message));
  }
  Backends& backends = outbound.backends_;
  const auto* chosen =
      choose_backend(policy.distribution, outbound.context_.random, [&](const auto& each) {
        const auto known = backends.get(each.backend);
        return known == nullptr || known->available();
      });
  if (chosen != nullptr) balancer = backends.get(chosen->backend);
  if (balancer == nullptr) {
    co_return fail(make_error(ErrorCode::kConnect, "the policy names no usable backend"));
  }
  co_return co_await balancer->connect(&tried);
}

Task<Result<void>> Outbound::forward_to(Opaque connection, Bytes already_read,
                                        Result<std::unique_ptr<Stream>> server,
                                        const Tried& tried) {
  std::optional<telemetry::TcpConnection> row;
  if (context_.recorder != nullptr) {
    row.emplace(*context_.recorder,
                telemetry::RowKey{.direction = telemetry::Direction::kOutbound,
                                  .target = outbound_target(connection.parent, connection.addr, {}),
                                  .route = {},
                                  .peer = tried.peer == nullptr ? telemetry::Peer() : *tried.peer});
  }
  Result<void> result;
  if (server) {
    CountedStream counted(**server, row ? &*row : nullptr);
    result = co_await runtime::forward_tcp(context_.loop, connection.client,
                                           std::move(already_read), counted);
  } else {
    // The application sees a reset, as it would without a proxy.
    connection.client.abort();
    result = fail(std::move(server.error()));
  }
  if (row) row->end(result ? std::string_view() : error_name(result.error().code));
  co_return result;
}

}  // namespace seine::proxy
