// SPDX-License-Identifier: Apache-2.0
#include "proxy/discovery/control_channel.h"

#include <utility>

#include "fmt/format.h"

#include "crypto/tls_stream.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::proxy {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

// TCP and TLS together, for each address.
constexpr Duration kConnectTimeout = 3s;
constexpr Duration kFailfast = 30s;

runtime::SocketOptions socket_options(std::uint32_t mark) {
  return {.keepalive = 10s, .user_timeout = 30s, .mark = mark};
}

http::Http2Options http2_options(const Http2Config& config) {
  http::Http2Options options;
  options.initial_stream_window = config.stream_window;
  options.initial_connection_window = config.connection_window;
  // A control stream is quiet for days: only a PING tells a dead peer from a quiet one.
  options.keepalive_interval = 10s;
  options.keepalive_timeout = 3s;
  return options;
}

}  // namespace

ControlChannel::ControlChannel(runtime::EventLoop& loop, const Log& log, ControlResolver& resolver,
                               TlsState& tls, FastRandom& random, ControlChannelOptions options)
    : loop_(loop),
      log_(log),
      resolver_(resolver),
      tls_(tls),
      random_(random),
      options_(std::move(options)),
      link_(loop, random, options_.backoff, http2_options(options_.http2), *this, this) {}

Task<Result<std::unique_ptr<runtime::Stream>>> ControlChannel::open(SocketAddr to) {
  auto socket = co_await runtime::connect_tcp(loop_, to, socket_options(options_.socket_mark));
  if (!socket) co_return fail(socket.error());
  if (options_.addr.loopback()) co_return std::move(*socket);
  TlsState::Context context = tls_.context();
  if (context == nullptr) context = options_.anonymous_tls;
  Result<crypto::SubjectName> id = crypto::SubjectName::parse(options_.addr.identity);
  if (!id) co_return fail(id.error());
  auto tls = crypto::TlsStream::client(
      loop_, std::move(*socket), std::move(context),
      {.server_id = *id, .server_name = options_.addr.identity, .alpn = {}});
  Result<crypto::TlsInfo> info = co_await tls->handshake();
  if (!info) co_return fail(info.error());
  co_return std::move(tls);
}

// Mutual TLS has to wait for a certificate, which is no failure of the control plane.
Task<void> ControlChannel::wait_certified() {
  if (options_.addr.loopback() || options_.anonymous_tls != nullptr) co_return;
  runtime::Waker waker(loop_);
  runtime::Signal::Watch watch;
  tls_.certified().arm(watch, waker);
  co_await waker.wait();
}

Task<Result<std::unique_ptr<runtime::Stream>>> ControlChannel::connect() {
  co_await wait_certified();
  auto addrs = co_await resolver_.resolve(options_.addr);
  if (!addrs) co_return fail(addrs.error());
  if (addrs->empty()) co_return fail(ErrorCode::kUnavailable, "its name has no address");
  Error last;
  const std::size_t start = random_.below(addrs->size());
  for (std::size_t i = 0; i < addrs->size(); ++i) {
    const SocketAddr to = (*addrs)[(start + i) % addrs->size()];
    auto stream = co_await runtime::with_deadline(loop_, kConnectTimeout,
                                                  ErrorCode::kConnectTimeout, "connect", open(to));
    if (stream) co_return std::move(*stream);
    last = std::move(stream.error()).about(to.to_string());
  }
  co_return fail(std::move(last).from(ErrorOrigin::kControlPlane));
}

void ControlChannel::on_link_change() {
  if (link_.failing() && !away_) {
    log_warn(log_, "cannot reach the control plane; trying again",
             {{"service", std::string(options_.name)},
              {"addr", authority()},
              {"error", link_.last_error().to_string()}});
  } else if (!link_.failing() && away_) {
    log_info(log_, "the control plane is back", {{"service", std::string(options_.name)}});
  }
  away_ = link_.failing();
}

Task<Result<void>> ControlChannel::wait_connected() {
  while (!link_.usable()) co_await link_.attempted();
  co_return Result<void>();
}

Task<Result<http::Response>> ControlChannel::call(http::Request request) {
  Result<void> ready = co_await runtime::with_deadline(loop_, kFailfast, ErrorCode::kFailfast,
                                                       "no connection", wait_connected());
  if (!ready) {
    Error error = std::move(ready.error()).from(ErrorOrigin::kControlPlane);
    error.message += fmt::format(" to {} ({})", authority(), link_.last_error().to_string());
    co_return fail(std::move(error));
  }
  const std::shared_ptr<http::Http2Client> client = link_.client();
  co_return co_await client->send(std::move(request));
}

}  // namespace seine::proxy
