// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/application.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "proxy/metered_stream.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::proxy {

using runtime::Task;

namespace {

constexpr IpAddress kLoopbackV4 = IpAddress::v4(0x7f000001U);
constexpr IpAddress kLoopbackV6 = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

http::Http1PoolOptions pool_options(const SideConfig& side) {
  return {.idle_timeout = side.http1_idle_timeout, .max_idle = side.max_idle_connections};
}

http::Http2Options link_options(const Config& config) {
  http::Http2Options options;
  options.initial_stream_window = config.http2_client.stream_window;
  options.initial_connection_window = config.http2_client.connection_window;
  options.adaptive_windows = config.http2_client.adaptive_windows;
  options.max_queued_requests = config.inbound.queue_capacity;
  options.queue_timeout = config.inbound.failfast_timeout;
  return options;
}

}  // namespace

ApplicationPort::ApplicationPort(WorkerContext& context, SocketAddr addr)
    : context_(context),
      addr_(addr),
      pool_(context.loop, *this, pool_options(context.config.inbound)) {}

// Where the application may listen: at the address it was called by, or, with the fallback, at
// loopback only.
Task<Result<std::unique_ptr<runtime::Socket>>> ApplicationPort::open() {
  const Config& config = context_.config;
  auto socket = co_await runtime::connect_tcp(context_.loop, addr_, config.inbound.connect_socket);
  if (!config.loopback_fallback) co_return socket;
  // IPv6 may be meant for an application that has IPv4 only.
  for (const IpAddress& ip : {kLoopbackV6, kLoopbackV4}) {
    if (socket || socket.error().code != ErrorCode::kConnectRefused) break;
    if (ip == addr_.ip || (addr_.ip.is_v4() && ip.is_v6())) continue;
    auto local = co_await runtime::connect_tcp(context_.loop, {ip, addr_.port},
                                               config.inbound.connect_socket);
    // Of two refusals the one at the address that was asked for is told.
    if (local) co_return local;
  }
  co_return socket;
}

Task<Result<std::unique_ptr<runtime::Stream>>> ApplicationPort::connect() {
  const Config& config = context_.config;
  const bool own = std::ranges::any_of(
      config.inbound.listen, [&](const SocketAddr& listen) { return listen.port == addr_.port; });
  if (own) {
    co_return fail(
        make_error(ErrorCode::kLoop, "the proxy would connect to itself at " + addr_.to_string()));
  }
  auto socket = co_await runtime::with_deadline(context_.loop, config.inbound.connect_timeout,
                                                ErrorCode::kConnectTimeout, "connect", open());
  if (!socket) {
    co_return fail(std::move(socket.error())
                       .about(addr_.to_string())
                       .with_context("the application")
                       .from(ErrorOrigin::kUpstream));
  }
  const EndpointLabels labels{
      .direction = Direction::kInbound, .target = addr_, .tls = TlsLabels::none("loopback")};
  co_return std::make_unique<MeteredStream>(
      std::move(*socket),
      transport_series(context_.telemetry, context_.core, TransportLabels{labels, "dst"}));
}

Http2Link& ApplicationPort::link() {
  if (link_ == nullptr) {
    link_ = std::make_unique<Http2Link>(
        context_.loop, context_.random, context_.config.inbound.connect_backoff,
        link_options(context_.config), *this, static_cast<Http2Link::Observer*>(this),
        context_.config.http2_connections);
  }
  return *link_;
}

Error ApplicationPort::failfast_error() const {
  return make_error(ErrorCode::kFailfast,
                    fmt::format("the application has not been reached for {} ({})",
                                format_duration(context_.config.inbound.failfast_timeout),
                                link_->last_error().to_string()))
      .from(ErrorOrigin::kUpstream);
}

Task<Result<void>> ApplicationPort::attempt_until_connected() {
  while (!link_->usable()) {
    // Patience does not help against a connection to ourselves.
    if (link_->failing() && link_->last_error().code == ErrorCode::kLoop) {
      co_return fail(link_->last_error());
    }
    if (failing_fast_) co_return fail(failfast_error());
    co_await link_->attempted();
  }
  co_return Result<void>();
}

Task<Result<void>> ApplicationPort::wait_connected() {
  struct Place {
    std::size_t& waiting;
    explicit Place(std::size_t& n) : waiting(n) { ++waiting; }
    ~Place() { --waiting; }
  };
  if (waiting_ >= context_.config.inbound.queue_capacity) {
    co_return fail(ErrorCode::kLoadShed,
                   fmt::format("{} requests wait for the application already", waiting_));
  }
  const Place place(waiting_);
  Result<void> connected = co_await runtime::with_deadline(
      context_.loop, context_.config.inbound.failfast_timeout, ErrorCode::kFailfast,
      "the application", attempt_until_connected());
  if (connected || connected.error().code != ErrorCode::kFailfast) co_return connected;
  // The connection may have been made in the very turn in which the time was over.
  if (link_->usable()) co_return Result<void>();
  failing_fast_ = true;
  co_return fail(failfast_error());
}

Task<Result<http::Response>> ApplicationPort::send(http::Request&& request) {
  if (request.head.version != http::Version::kHttp2)
    co_return co_await pool_.send(std::move(request));
  // An application that restarts takes its connection along, and not the requests that wait for it.
  constexpr int kAttempts = 3;
  bool refused = false;
  for (int attempt = 1;; ++attempt) {
    if (link().should_widen()) co_await link_->widened();
    if (!link().usable()) {
      Result<void> connected = co_await wait_connected();
      if (!connected) co_return fail(std::move(connected.error()));
    }
    const std::shared_ptr<http::Http2Client> client = link_->client();
    http::Http2Attempt tried;
    Result<http::Response> response = co_await client->send(std::move(request), &tried);
    const bool last = attempt == kAttempts || refused;
    if (response || !tried.unprocessed || last) co_return response;
    refused = tried.sent;
    request = std::move(*tried.unprocessed);
  }
}

Application::Application(WorkerContext& context)
    : context_(context), scope_(context.loop, [](Error) {}) {
  scope_.spawn(drop_idle(*this));
}

std::shared_ptr<ApplicationPort> Application::port(const SocketAddr& addr) {
  auto found = ports_.find(addr);
  if (found == ports_.end()) {
    found =
        ports_.emplace(addr, Entry{std::make_shared<ApplicationPort>(context_, addr), {}}).first;
  }
  found->second.used = context_.loop.now();
  return found->second.port;
}

Task<void> Application::drop_idle(Application& application) {
  const Duration idle = application.context_.config.inbound.discovery_idle_timeout;
  for (;;) {
    co_await runtime::sleep_for(application.context_.loop,
                                std::max<Duration>(idle / 2, std::chrono::milliseconds(10)));
    const TimePoint now = application.context_.loop.now();
    for (auto& [addr, entry] : application.ports_) {
      if (entry.port.use_count() > 1) entry.used = now;
    }
    std::erase_if(application.ports_, [&](const auto& item) {
      return item.second.port.use_count() == 1 && now - item.second.used >= idle;
    });
  }
}

}  // namespace seine::proxy
