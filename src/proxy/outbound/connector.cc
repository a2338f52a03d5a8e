// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/connector.h"

#include <algorithm>
#include <utility>

#include "crypto/tls_stream.h"
#include "model/authority.h"
#include "netns/egress_client.h"
#include "proxy/metered_stream.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::proxy {

using runtime::Stream;
using runtime::Task;

namespace {

// RFC 9113, 6.5.2 and 6.9.1.
constexpr std::uint32_t kMaxWindow = 0x7fffffff;
constexpr std::uint32_t kLeastConnectionWindow = 65'535;
constexpr std::uint32_t kLeastFrameSize = 16'384;
constexpr std::uint32_t kMostFrameSize = 16'777'215;

bool needs_transport_header(const model::Endpoint& endpoint) {
  return endpoint.opaque_transport_port.has_value() && endpoint.tls.has_value();
}

TransportHeader header_for(const model::Endpoint& endpoint, SessionProtocol session) {
  TransportHeader header{.port = endpoint.addr.port, .name = {}, .session = session};
  if (endpoint.authority_override) {
    if (const auto authority = model::Authority::parse(*endpoint.authority_override)) {
      header.name = authority->host;
      header.port = authority->port_or(header.port);
    }
  }
  if (endpoint.hint == model::ProtocolHint::kOpaque) header.session = SessionProtocol::kNone;
  return header;
}

Task<Result<void>> write_all(runtime::EventLoop& loop, Stream& stream, std::string bytes) {
  runtime::Waker waker(loop);
  std::string_view rest(bytes);
  while (!rest.empty()) {
    const iovec piece{const_cast<char*>(rest.data()), rest.size()};
    const runtime::IoResult result = stream.try_write({&piece, 1});
    if (result.status == runtime::IoResult::Status::kWouldBlock) {
      co_await runtime::write_ready(stream, waker);
    } else if (result.status != runtime::IoResult::Status::kOk) {
      co_return fail(stream.error());
    }
    rest.remove_prefix(result.bytes);
  }
  co_return Result<void>();
}

Task<Result<std::unique_ptr<Stream>>> start_tls(WorkerContext& context,
                                                std::unique_ptr<Stream> transport,
                                                const model::TlsIdentity& identity,
                                                bool with_header) {
  const TlsState::Context tls = context.tls.context();
  if (tls == nullptr) {
    co_return fail(ErrorCode::kIdentityRequired, "this proxy has no certificate yet");
  }
  Result<crypto::SubjectName> id = crypto::SubjectName::parse(identity.id.text());
  if (!id) co_return fail(id.error());
  crypto::TlsClientOptions options{
      .server_id = std::move(*id), .server_name = identity.server_name, .alpn = {}};
  if (with_header) options.alpn.emplace_back(kTransportAlpn);
  auto stream =
      crypto::TlsStream::client(context.loop, std::move(transport), tls, std::move(options));
  Result<crypto::TlsInfo> info = co_await stream->handshake();
  if (!info) co_return fail(info.error());
  co_return std::move(stream);
}

bool is_outside(const Config& config, const IpAddress& ip) {
  return !ip.is_loopback() && !config.inbound_ips.contains(ip) &&
         std::ranges::none_of(config.profile_networks,
                              [&](const IpNet& net) { return net.contains(ip); });
}

[[clang::coro_wrapper]] Task<Result<std::unique_ptr<runtime::Socket>>> connect_socket(
    const WorkerContext& context, const SocketAddr& to) {
  const Config& config = context.config;
  if (config.egress && is_outside(config, to.ip)) {
    return netns::connect_by_egress(context.loop, *config.egress, to,
                                    config.outbound.connect_socket);
  }
  return runtime::connect_tcp(context.loop, to, config.outbound.connect_socket);
}

Task<Result<std::unique_ptr<Stream>>> open(WorkerContext& context, const model::Endpoint& endpoint,
                                           SessionProtocol session) {
  const bool with_header = needs_transport_header(endpoint);
  SocketAddr to = endpoint.addr;
  if (with_header) to.port = *endpoint.opaque_transport_port;
  auto socket = co_await connect_socket(context, to);
  if (!socket) co_return fail(socket.error());
  std::unique_ptr<Stream> stream = std::move(*socket);
  if (endpoint.tls) {
    auto tls = co_await start_tls(context, std::move(stream), *endpoint.tls, with_header);
    if (!tls) co_return fail(tls.error());
    stream = std::move(*tls);
  }
  if (with_header) {
    Result<void> sent =
        co_await write_all(context.loop, *stream, encode(header_for(endpoint, session)));
    if (!sent) co_return fail(sent.error());
  }
  co_return stream;
}

bool is_own_listener(const Config& config, const SocketAddr& addr) {
  if (!addr.ip.is_loopback() && !config.inbound_ips.contains(addr.ip)) return false;
  return std::ranges::any_of(config.outbound.listen,
                             [&](const SocketAddr& own) { return own.port == addr.port; });
}

}  // namespace

Task<Result<std::unique_ptr<Stream>>> connect_endpoint(WorkerContext& context,
                                                       const model::Endpoint& endpoint,
                                                       SessionProtocol session) {
  if (is_own_listener(context.config, endpoint.addr)) {
    co_return fail(make_error(ErrorCode::kLoop,
                              "the proxy would connect to itself at " + endpoint.addr.to_string()));
  }
  auto stream = co_await runtime::with_deadline(
      context.loop, context.config.outbound.connect_timeout, ErrorCode::kConnectTimeout, "connect",
      open(context, endpoint, session));
  if (!stream) {
    Error error =
        std::move(stream.error()).about(endpoint.addr.to_string()).from(ErrorOrigin::kUpstream);
    error.retryable = true;
    context.telemetry.outbound_tcp_errors
        .get(context.core, ErrorLabels{.error = error_name(error.code)})
        .add();
    co_return fail(std::move(error));
  }
  const EndpointLabels labels = endpoint_labels(context, endpoint, {});
  co_return std::make_unique<MeteredStream>(
      std::move(*stream),
      transport_series(context.telemetry, context.core, TransportLabels{labels, "dst"}));
}

EndpointLabels endpoint_labels(const WorkerContext& context, const model::Endpoint& endpoint,
                               std::string authority) {
  EndpointLabels labels{.direction = Direction::kOutbound,
                        .authority = std::move(authority),
                        .target = endpoint.addr,
                        .dst = endpoint.labels};
  if (endpoint.tls) {
    labels.tls = TlsLabels::meshed(endpoint.tls->id.text());
  } else {
    labels.tls = TlsLabels::none(context.config.inbound_ips.contains(endpoint.addr.ip)
                                     ? "loopback"
                                     : "not_provided_by_service_discovery");
  }
  return labels;
}

model::Endpoint localized(const WorkerContext& context, model::Endpoint endpoint) {
  if (context.config.inbound_ips.contains(endpoint.addr.ip)) {
    endpoint.tls.reset();
    endpoint.hint = model::ProtocolHint::kNone;
    endpoint.opaque_transport_port.reset();
    endpoint.authority_override.reset();
  }
  return endpoint;
}

http::Http2Options client_http2_options(const Config& config, const model::Endpoint& endpoint) {
  http::Http2Options options;
  const Http2Config& own = config.http2_client;
  options.initial_stream_window = own.stream_window;
  options.initial_connection_window = own.connection_window;
  options.adaptive_windows = own.adaptive_windows;
  options.max_frame_size = own.max_frame_size;
  options.max_header_list_bytes = own.max_header_list_size;
  options.max_queued_requests = config.outbound.queue_capacity;
  options.queue_timeout = config.outbound.failfast_timeout;
  if (own.keepalive_interval > Duration::zero()) {
    options.keepalive_interval = own.keepalive_interval;
    options.keepalive_timeout = own.keepalive_timeout;
  }
  if (!endpoint.http2) return options;
  // What HTTP/2 has no room for is brought into its range: a control plane cannot end us.
  if (endpoint.http2->adaptive_flow_control) {
    options.adaptive_windows = true;
  } else if (endpoint.http2->has_windows()) {
    options.adaptive_windows = false;
  }
  if (endpoint.http2->has_windows()) {
    options.initial_stream_window = std::min(endpoint.http2->initial_stream_window, kMaxWindow);
    options.initial_connection_window =
        std::clamp(endpoint.http2->initial_connection_window, kLeastConnectionWindow, kMaxWindow);
  }
  if (endpoint.http2->max_frame_size > 0) {
    options.max_frame_size =
        std::clamp(endpoint.http2->max_frame_size, kLeastFrameSize, kMostFrameSize);
  }
  if (endpoint.http2->keep_alive_interval) {
    options.keepalive_interval = endpoint.http2->keep_alive_interval;
    options.keepalive_timeout =
        endpoint.http2->keep_alive_timeout.value_or(options.keepalive_timeout);
  }
  return options;
}

}  // namespace seine::proxy
