// SPDX-License-Identifier: Apache-2.0
#include "cli/check/proxy_certificates.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "cli/check/inside_hub.h"
#include "crypto/tls_context.h"
#include "crypto/tls_stream.h"
#include "crypto/trust_anchors.h"
#include "runtime/combine.h"
#include "runtime/socket.h"
#include "runtime/task_scope.h"

namespace seine::cli {

using runtime::Task;

namespace {

constexpr std::uint16_t kInboundPort = 4143;
constexpr std::size_t kHandshakesAtOnce = 32;

struct Handshakes {
  std::shared_ptr<const crypto::TlsContext> context;
  std::vector<AskedProxy>& proxies;
  std::size_t next = 0;
};

Task<Result<void>> shake_hands(runtime::EventLoop& loop, const Handshakes& all,
                               const AskedProxy& proxy) {
  const auto ip = IpAddress::parse(proxy.ip);
  if (!ip) co_return fail(ip.error());
  auto name = crypto::SubjectName::parse_dns(proxy.identity);
  if (!name) co_return fail(std::move(name.error()));
  auto socket = co_await runtime::connect_tcp(loop, {*ip, kInboundPort}, {});
  if (!socket) co_return fail(std::move(socket.error()));
  const auto tls = crypto::TlsStream::client(
      loop, *std::move(socket), all.context,
      {.server_id = *std::move(name), .server_name = proxy.identity, .alpn = {}});
  const auto info = co_await tls->handshake();
  if (!info) co_return fail(info.error());
  co_return Result<void>();
}

Task<void> shake_in_turn(runtime::EventLoop& loop, Handshakes& all) {
  while (all.next < all.proxies.size()) {
    AskedProxy& proxy = all.proxies[all.next++];
    const Result<void> done =
        co_await runtime::with_deadline(loop, kHandshakeDeadline, ErrorCode::kTimeout,
                                        "had not shown one", shake_hands(loop, all, proxy));
    proxy.problem = done ? "" : done.error().to_string();
  }
}

Task<Result<void>> shake_all(runtime::EventLoop& loop, Handshakes& all) {
  runtime::TaskScope lanes(loop, [](Error) {});
  for (std::size_t i = 0; i < kHandshakesAtOnce; ++i) lanes.spawn(shake_in_turn(loop, all));
  co_await lanes.join();
  co_return Result<void>();
}

[[clang::coro_wrapper]] Task<Result<void>> ask_all(runtime::EventLoop& loop, Handshakes& all) {
  return runtime::with_deadline(loop, kHandshakesDeadline, ErrorCode::kTimeout,
                                "all proxies had not been asked", shake_all(loop, all));
}

}  // namespace

Result<void> ask_certificates(const netns::NetworkNamespace& hub, const Clock& clock,
                              const std::string& trust_anchors_pem,
                              std::vector<AskedProxy>& proxies) {
  const auto anchors = crypto::TrustAnchors::from_pem(trust_anchors_pem);
  if (!anchors) return fail(anchors.error());
  auto context = crypto::TlsContext::create_anonymous(*anchors);
  if (!context) return fail(std::move(context.error()));
  Handshakes all{.context = *std::move(context), .proxies = proxies};
  // That not all were asked in time shows in those that were not.
  (void)run_inside(hub, clock, &ask_all, all);
  return {};
}

}  // namespace seine::cli
