// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/inbound.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/tls_stream.h"
#include "proxy/inbound/gateway_http.h"
#include "proxy/inbound/inbound_http.h"
#include "proxy/memory_limit.h"
#include "proxy/metered_stream.h"
#include "proxy/outbound/outbound.h"
#include "proxy/serve_http.h"
#include "runtime/combine.h"
#include "runtime/forward.h"

namespace seine::proxy {

using runtime::Task;
using Shed = runtime::ByteBudget::Shed;

namespace {

Duration tls_timeout(const Config& config) {
  return config.inbound.detect_timeout;
}

struct DetectionLabels {
  const model::Metadata& server;
  std::uint16_t port;
  std::string_view result;
  void write(metrics::LabelWriter& writer) const {
    write_metadata(writer, "srv", server);
    writer.add("srv_port", std::uint64_t{port}).add("result", result);
  }
};

struct TransportHeaderLabels {
  SessionProtocol session;
  std::uint16_t port;
  std::string_view name;
  const ClientFacts& facts;
  void write(metrics::LabelWriter& writer) const {
    constexpr std::string_view kNames[] = {"", "http/1", "http/2"};
    writer.add("session_protocol", kNames[static_cast<int>(session)]);
    writer.add("target_port", std::uint64_t{port}).add("target_name", name);
    writer.add("client_id", facts.tls.peer_id);
  }
};

Task<Result<void>> policy_permits_no_more(runtime::EventLoop& loop, PortPolicy& policy,
                                          const ClientFacts& facts) {
  runtime::Waker waker(loop);
  ChangeWatch watch;
  for (;;) {
    policy.arm(watch, waker);
    if (model::authorize(policy.current()->authorizations, facts.policy_facts()) == nullptr) {
      co_return fail(make_error(ErrorCode::kUnauthorized, "policy no longer permits the client"));
    }
    co_await waker.wait();
  }
}

Task<Result<DecodedTransportHeader>> read_transport_header(runtime::EventLoop& loop,
                                                           runtime::Stream& stream,
                                                           ReadAhead& ahead) {
  for (;;) {
    Result<std::optional<DecodedTransportHeader>> header = decode_transport_header(ahead.view());
    if (!header) co_return fail(header.error());
    if (*header) co_return std::move(**header);
    Result<void> more = co_await read_more(loop, stream, ahead);
    if (!more) co_return fail(more.error());
  }
}

}  // namespace

Task<Result<void>> Inbound::serve(std::unique_ptr<runtime::Socket> socket) {
  socket->apply(context_.config.inbound.accept_socket);
  const Result<SocketAddr> orig_dst = socket->original_dst();
  const Result<SocketAddr> peer = socket->peer_addr();
  Result<void> result;
  if (!orig_dst) {
    result = fail(orig_dst.error());
  } else if (!peer) {
    co_return Result<void>();  // gone before it was looked at
  } else {
    Connection connection;
    connection.stream = std::move(socket);
    connection.facts.client = *peer;
    connection.facts.target = *orig_dst;
    connection.facts.tls = TlsLabels::none("no_tls_from_remote");
    result = co_await route(connection);
  }
  // Connections that never say anything (probes, port scans) are no failure.
  if (!result && result.error().code == ErrorCode::kEof &&
      result.error().origin == ErrorOrigin::kDownstream) {
    co_return Result<void>();
  }
  if (!result) {
    const SocketAddr target = orig_dst.value_or(SocketAddr{});
    context_.telemetry.inbound_tcp_errors
        .get(context_.core,
             ErrorLabels{.error = error_name(result.error().code), .target = &target})
        .add();
  }
  co_return result;
}

Task<Result<void>> Inbound::route(Connection& connection) {
  const Config& config = context_.config;
  const SocketAddr& target = connection.facts.target;
  const bool own_port = std::ranges::any_of(
      config.inbound.listen, [&](const SocketAddr& addr) { return addr.port == target.port; });
  if (own_port) co_return co_await serve_direct(connection);
  if (!config.inbound_ips.empty() && !config.inbound_ips.contains(target.ip) &&
      !target.ip.is_loopback()) {
    co_return fail(make_error(ErrorCode::kUnauthorized,
                              target.ip.to_string() + " is not an address of this workload"));
  }
  PortPolicy policy = policy_of(target.port);
  if (std::holds_alternative<model::ServerOpaque>(policy.current()->protocol)) {
    connection.facts.tls = TlsLabels::none("port_skipped");
    co_return co_await serve_counted(connection, std::move(policy));
  }
  Result<void> settled = co_await settle_tls_or_hear(connection, *policy.current());
  if (!settled) co_return settled;
  co_return co_await serve_counted(connection, std::move(policy));
}

Listening Inbound::listening_of(const Connection& connection,
                                const model::ServerPolicy& policy) const {
  const auto* detect = std::get_if<model::ServerDetect>(&policy.protocol);
  // Nothing is opened for who may not come in.
  const bool learns =
      context_.config.learns_first_speakers && detect != nullptr && !connection.service &&
      model::authorize(policy.authorizations, connection.facts.policy_facts()) != nullptr;
  return {learns ? &context_.first_speakers.inbound : nullptr, connection.facts.target,
          detect != nullptr ? detect->timeout : context_.config.inbound.detect_timeout,
          context_.loop.now()};
}

void Inbound::note_server(Connection& connection, const Listening& listening,
                          std::unique_ptr<runtime::Stream> server) {
  connection.server = std::move(server);
  if (!listening.note_server(context_.loop.now())) return;
  log_info(context_.log, "the application speaks first: its clients are not waited for",
           {{"target", connection.facts.target.to_string()}});
}

Task<Result<void>> Inbound::settle_tls_or_hear(Connection& connection,
                                               const model::ServerPolicy& policy) {
  const Duration timeout = tls_timeout(context_.config);
  const Listening listening = listening_of(connection, policy);
  if (!listening.to_server()) co_return co_await settle_tls(connection, timeout);
  const auto application = application_.port(connection.facts.target);
  // A peer's hello may be late, and greeted in plain it could not go on: so there is patience even
  // where the application is known to speak first.
  auto first = co_await runtime::race(
      detect_tls(context_.loop, *connection.stream, connection.ahead, timeout),
      hear_server(context_.loop, listening.patience(), /*expected=*/false, *application,
                  connection.ahead, guesses_));
  if (first.index() == 0) co_return co_await settle_hello(connection, std::get<0>(first), timeout);
  note_server(connection, listening, *std::move(std::get<1>(first)));
  co_return Result<void>();
}

Task<Result<void>> Inbound::settle_tls(Connection& connection, Duration timeout) {
  Result<crypto::ClientHello> hello =
      co_await detect_tls(context_.loop, *connection.stream, connection.ahead, timeout);
  co_return co_await settle_hello(connection, std::move(hello), timeout);
}

Task<Result<void>> Inbound::settle_hello(Connection& connection, Result<crypto::ClientHello> hello,
                                         Duration timeout) {
  if (!hello) co_return fail(hello.error());
  if (hello->kind != crypto::ClientHello::Kind::kHello) co_return Result<void>();
  if (hello->server_name != context_.config.identity.server_name) {
    connection.facts.tls = TlsLabels::passed_through(hello->server_name);
    co_return Result<void>();
  }
  co_return co_await runtime::with_deadline(context_.loop, timeout, ErrorCode::kTlsHandshake,
                                            "the TLS handshake was not finished",
                                            terminate(connection));
}

Task<Result<void>> Inbound::terminate(Connection& connection) {
  const TlsState::Context tls = context_.tls.context();
  if (tls == nullptr) {
    co_return fail(make_error(ErrorCode::kIdentityRequired, "this proxy has no certificate yet"));
  }
  crypto::TlsServerOptions options{.alpn = {std::string(kTransportAlpn)},
                                   .prefix = connection.ahead.take()};
  auto stream = crypto::TlsStream::server(context_.loop, std::move(connection.stream), tls,
                                          std::move(options));
  Result<crypto::TlsInfo> info = co_await stream->handshake();
  if (!info) co_return fail(std::move(info.error()).from(ErrorOrigin::kDownstream));
  connection.stream = std::move(stream);
  connection.alpn = info->alpn;
  connection.facts.meshed = true;
  std::string id;
  if (info->peer) {
    Result<model::Identity> identity = model::Identity::parse(info->peer->text());
    if (!identity) co_return fail(identity.error());
    id = identity->text();
    connection.facts.identity = std::move(*identity);
  }
  connection.facts.tls = TlsLabels::meshed(std::move(id));
  co_return Result<void>();
}

Task<Result<void>> Inbound::serve_direct(Connection& connection) {
  const Duration timeout = tls_timeout(context_.config);
  Result<void> settled = co_await settle_tls(connection, timeout);
  if (!settled) co_return settled;
  if (!connection.facts.identity || connection.alpn != kTransportAlpn) {
    co_return fail(make_error(ErrorCode::kIdentityRequired,
                              "only meshed proxies with a transport header reach this port"));
  }
  Result<DecodedTransportHeader> header = co_await runtime::with_deadline(
      context_.loop, timeout, ErrorCode::kDetectTimeout, "the transport header did not come",
      read_transport_header(context_.loop, *connection.stream, connection.ahead));
  if (!header) co_return fail(header.error());
  connection.ahead.remove_prefix(header->size);
  if (auto taken = take_header(connection, header->header); !taken) co_return taken;
  PortPolicy policy = policy_of(connection.facts.target.port);
  co_return co_await serve_counted(connection, std::move(policy));
}

Result<void> Inbound::take_header(Connection& connection, const TransportHeader& header) {
  connection.session = header.session;
  connection.direct = true;
  if (header.name.empty()) {
    connection.facts.target.port = header.port;
  } else {
    Result<model::Authority> service = gateway_service(header);
    if (!service) return fail(std::move(service.error()));
    if (context_.config.gateway_suffixes.empty()) {
      return fail(make_error(ErrorCode::kNoRoute, "no gateway for " + service->to_string()));
    }
    // What it may do is for the policy of this port to say, at which it has arrived.
    connection.service = std::move(*service);
  }
  const TransportHeaderLabels labels{
      header.session, header.port,
      connection.service ? std::string_view(connection.service->host) : std::string_view(),
      connection.facts};
  context_.telemetry.inbound_transport_headers.get(context_.core, labels).add();
  return {};
}

Task<Result<void>> Inbound::serve_counted(Connection& connection, PortPolicy policy) {
  std::optional<telemetry::TcpConnection> row;
  if (context_.recorder != nullptr) {
    row.emplace(*context_.recorder,
                telemetry::RowKey{.direction = telemetry::Direction::kInbound,
                                  .target = {.port = connection.facts.target.port},
                                  .route = {},
                                  .peer = client_peer(connection.facts)});
    row->read(connection.ahead.view().size());
  }
  meter(connection, *policy.current(), row ? &*row : nullptr);
  Result<void> result = co_await serve_port(connection, policy);
  if (row) row->end(result ? std::string_view() : error_name(result.error().code));
  co_return result;
}

void Inbound::meter(Connection& connection, const model::ServerPolicy& policy,
                    telemetry::TcpConnection* row) {
  const EndpointLabels labels{.direction = Direction::kInbound,
                              .target = connection.facts.target,
                              .tls = connection.facts.tls,
                              .server = policy.meta,
                              .server_port = connection.facts.target.port};
  TransportSeries series =
      transport_series(context_.telemetry, context_.core, TransportLabels{labels, "src"});
  // What was read to tell TLS from other bytes is the client's, too.
  series.read_bytes.add(connection.ahead.view().size());
  connection.stream =
      std::make_unique<MeteredStream>(std::move(connection.stream), std::move(series), row);
}

Task<Result<Detected>> Inbound::protocol_of(Connection& connection,
                                            const model::ServerPolicy& policy) {
  if (connection.direct) {
    switch (connection.session) {
      case SessionProtocol::kNone: co_return Detected::kNotHttp;
      case SessionProtocol::kHttp1: co_return Detected::kHttp1;
      case SessionProtocol::kHttp2: co_return Detected::kHttp2;
    }
  }
  if (connection.facts.tls.status == "opaque" ||
      std::holds_alternative<model::ServerTls>(policy.protocol) ||
      std::holds_alternative<model::ServerOpaque>(policy.protocol)) {
    co_return Detected::kNotHttp;
  }
  if (std::holds_alternative<model::ServerHttp2>(policy.protocol) ||
      std::holds_alternative<model::ServerGrpc>(policy.protocol)) {
    co_return Detected::kHttp2;
  }
  if (connection.server != nullptr) {
    count_detection(connection, policy, "server_first");
    co_return Detected::kNotHttp;
  }
  const bool http1 = std::holds_alternative<model::ServerHttp1>(policy.protocol);
  // A peer proxy may have upgraded what the policy calls HTTP/1.
  if (http1 && !connection.facts.meshed) co_return Detected::kHttp1;
  const Result<HttpDetection> detection =
      co_await detect_or_hear(connection, listening_of(connection, policy));
  count_detection(connection, policy, detection ? detection->result : std::string_view("error"));
  if (!detection) co_return fail(detection.error());
  if (http1 && detection->protocol == Detected::kNotHttp) co_return Detected::kHttp1;
  co_return detection->protocol;
}

void Inbound::count_detection(const Connection& connection, const model::ServerPolicy& policy,
                              std::string_view result) {
  context_.telemetry.inbound_detections
      .get(context_.core, DetectionLabels{policy.meta, connection.facts.target.port, result})
      .add();
}

Task<Result<HttpDetection>> Inbound::detect_or_hear(Connection& connection, Listening listening) {
  const std::shared_ptr<ApplicationPort> application =
      listening.to_server() ? application_.port(connection.facts.target) : nullptr;
  Result<FirstWord> first = co_await hear_first(context_.loop, *connection.stream, connection.ahead,
                                                listening, application.get(), guesses_);
  if (!first) co_return fail(std::move(first.error()));
  if (first->server) {
    if (!*first->server) {
      connection.stream->abort();
      co_return fail(std::move(first->server->error()));
    }
    note_server(connection, listening, std::move(**first->server));
  }
  co_return first->detection;
}

Task<Result<void>> Inbound::serve_port(Connection& connection, PortPolicy& policy) {
  const Result<Detected> detected = co_await protocol_of(connection, *policy.current());
  if (!detected) co_return fail(detected.error());
  if (*detected == Detected::kNotHttp) {
    co_return co_await forward_opaque(connection, policy);
  }
  if (connection.service) {
    co_return co_await serve_gateway_http(connection, policy, *detected);
  }
  co_return co_await serve_application(connection, policy, *detected);
}

Task<Result<void>> Inbound::serve_application(Connection& connection, PortPolicy& policy,
                                              Detected protocol) {
  InboundHttp service(context_, policy, connection.facts,
                      application_.port(connection.facts.target), profiles_);
  co_return co_await serve_http(context_, context_.config.inbound, *connection.stream,
                                connection.ahead.take(), protocol, service);
}

bool Inbound::permits(const model::ServerPolicy& policy, const ClientFacts& facts) {
  const model::Authorization* authz = model::authorize(policy.authorizations, facts.policy_facts());
  EndpointLabels labels{.direction = Direction::kInbound,
                        .target = facts.target,
                        .tls = facts.tls,
                        .server = policy.meta,
                        .server_port = facts.target.port};
  if (authz == nullptr) {
    context_.telemetry.inbound_tcp_authz_deny.get(context_.core, labels).add();
    return false;
  }
  labels.authz = authz->meta;
  context_.telemetry.inbound_tcp_authz_allow.get(context_.core, labels).add();
  return true;
}

Task<Result<void>> Inbound::forward_opaque(Connection& connection, PortPolicy& policy) {
  const ClientFacts& facts = connection.facts;
  if (!permits(*policy.current(), facts)) {
    connection.stream->abort();
    co_return fail(make_error(ErrorCode::kUnauthorized, facts.client.to_string() +
                                                            " is not permitted on port " +
                                                            std::to_string(facts.target.port)));
  }
  if (connection.service) co_return co_await forward_to_service(connection, policy);
  if (auto admitted = admit(context_.loop.pool().budget(), Shed::kConnection); !admitted) {
    connection.stream->abort();
    co_return admitted;
  }
  const std::shared_ptr<ApplicationPort> application = application_.port(facts.target);
  Result<std::unique_ptr<runtime::Stream>> server = std::move(connection.server);
  if (*server == nullptr) server = co_await application->connect();
  if (!server) {
    connection.stream->abort();
    co_return fail(server.error());
  }
  auto outcome = co_await runtime::race(
      runtime::forward_tcp(context_.loop, *connection.stream, connection.ahead.take(), **server),
      policy_permits_no_more(context_.loop, policy, facts));
  if (outcome.index() == 0) co_return std::move(std::get<0>(outcome));
  (*server)->abort();
  terminate_unpermitted(connection);
  co_return std::move(std::get<1>(outcome));
}

void Inbound::terminate_unpermitted(Connection& connection) {
  context_.telemetry.inbound_tcp_authz_terminate
      .get(context_.core,
           ErrorLabels{.error = "policy changed", .target = &connection.facts.target})
      .add();
  connection.stream->abort();
}

Task<Result<void>> Inbound::forward_to_service(Connection& connection, PortPolicy& policy) {
  if (auto served = check_gateway_name(context_.config, *connection.service); !served) {
    connection.stream->abort();
    co_return served;
  }
  auto outcome = co_await runtime::race(
      outbound_.forward_named(*connection.service, connection.facts.target, *connection.stream,
                              std::move(connection.ahead)),
      policy_permits_no_more(context_.loop, policy, connection.facts));
  if (outcome.index() == 1) {
    terminate_unpermitted(connection);
    co_return std::move(std::get<1>(outcome));
  }
  if (!std::get<0>(outcome)) connection.stream->abort();
  co_return std::move(std::get<0>(outcome));
}

Task<Result<void>> Inbound::serve_gateway_http(Connection& connection, PortPolicy& policy,
                                               Detected protocol) {
  GatewayHttp gateway(context_, outbound_, connection.facts, *connection.service);
  InboundHttp service(context_, policy, connection.facts, nullptr, profiles_, &gateway);
  co_return co_await serve_http(context_, context_.config.inbound, *connection.stream,
                                connection.ahead.take(), protocol, service);
}

}  // namespace seine::proxy
