// SPDX-License-Identifier: Apache-2.0
#include "control/tap/pod_tap.h"

#include <utility>

#include "crypto/tls_stream.h"
#include "runtime/combine.h"
#include "runtime/socket.h"

namespace seine::control {

namespace wire = seine::tap::v1;
namespace proxy = io::linkerd::proxy::tap;

using runtime::Task;

namespace {

constexpr char kObserve[] = "/io.linkerd.proxy.tap.Tap/Observe";

http::Http2Options http2_options() {
  http::Http2Options options;
  // A proxy that is gone without a word is one that can be dialled again.
  options.keepalive_interval = std::chrono::seconds(10);
  options.keepalive_timeout = std::chrono::seconds(3);
  return options;
}

}  // namespace

PodTap::Connection::Connection(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream)
    : client(loop, std::move(stream), http2_options()), channel(loop, client, "tap", "https") {}

PodTap::PodTap(const TapScene& scene, TapPod pod)
    : scene_(scene),
      pod_(std::move(pod)),
      progress_(scene.loop),
      scope_(scene.loop, [](Error) {}),
      streams_(scene.loop, [](Error) {}) {
  scope_.spawn(run());
}

Task<Result<std::unique_ptr<runtime::Stream>>> PodTap::connect() {
  const auto id = crypto::SubjectName::parse(pod_.identity);
  if (!id) co_return fail(id.error());
  auto socket = co_await runtime::connect_tcp(scene_.loop, pod_.proxy, {});
  if (!socket) co_return fail(socket.error());
  auto stream =
      crypto::TlsStream::client(scene_.loop, std::move(*socket), scene_.certificate.context(),
                                {.server_id = *id, .server_name = pod_.identity, .alpn = {}});
  const auto info = co_await stream->handshake();
  if (!info) co_return fail(info.error());
  co_return std::move(stream);
}

Task<void> PodTap::run() {
  for (;;) {
    auto stream = co_await runtime::with_deadline(scene_.loop, kConnectTimeout,
                                                  ErrorCode::kConnectTimeout, "connect", connect());
    Error error;
    if (stream) {
      Connection connection(scene_.loop, std::move(*stream));
      error = co_await follow(connection);
      // They use the connection.
      streams_.cancel();
      windows_.clear();
    } else {
      error = std::move(stream.error());
    }
    if (++failures_ >= kToldFailures) co_await tell(false, error.to_string());
    co_await runtime::sleep_for(scene_.loop, kRetry);
  }
}

std::optional<Error> PodTap::sweep() {
  for (const auto& window : windows_) {
    if (window->error) return window->error;
  }
  std::erase_if(windows_, [](const auto& window) { return window->over; });
  return std::nullopt;
}

Task<Error> PodTap::follow(Connection& connection) {
  for (;;) {
    const TimePoint end = scene_.loop.now() + kTapWindow;
    Window& window = *windows_.emplace_back(std::make_unique<Window>());
    window.left = window_limit(scene_.wish.max_rps, scene_.pods);
    streams_.spawn(observe(connection.channel, window));
    while (!window.over && window.left > 0) co_await progress_.wait();
    if (auto error = sweep()) co_return *std::move(error);
    const TimePoint now = scene_.loop.now();
    if (now < end) co_await runtime::sleep_for(scene_.loop, end - now);
    for (;;) {
      if (auto error = sweep()) co_return *std::move(error);
      if (windows_.size() < kMaxWindows) break;
      co_await progress_.wait();
    }
  }
}

Task<void> PodTap::observe(const grpc::Channel& channel, Window& window) {
  auto stream =
      channel.stream<proxy::TapEvent>(kObserve, make_observe(scene_.wish, pod_, window.left));
  const Result<void> opened = co_await stream.opened();
  if (opened) {
    failures_ = 0;
    co_await tell(true, "");
  }
  for (;;) {
    auto event = co_await stream.next();
    if (!event || !*event) {
      if (!event) window.error = std::move(event.error());
      window.over = true;
      progress_.on_wake();
      co_return;
    }
    if ((*event)->http().has_request_init() && window.left > 0 && --window.left == 0) {
      progress_.on_wake();
    }
    wire::WatchEvent out;
    *out.mutable_tapped()->mutable_event() = std::move(**event);
    if (!co_await scene_.events.send(std::move(out))) co_return;
  }
}

Task<void> PodTap::tell(bool watched, std::string reason) {
  if (told_ == watched && reason_ == reason) co_return;
  told_ = watched;
  reason_ = std::move(reason);
  wire::WatchEvent out;
  wire::ProxyState& state = *out.mutable_proxy();
  state.set_namespace_(pod_.ns);
  state.set_pod(pod_.name);
  state.set_watched(watched);
  state.set_reason(reason_);
  co_await scene_.events.send(std::move(out));
}

}  // namespace seine::control
