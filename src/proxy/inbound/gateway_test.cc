// SPDX-License-Identifier: Apache-2.0
// Connections to the gateway from their accept on, over sockets of loopback and TLS.
#include "gtest/gtest.h"

#include "crypto/testing/tls_pair.h"
#include "proxy/inbound/inbound.h"
#include "proxy/outbound/outbound.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using crypto::testing::TestAuthority;
using crypto::testing::write;
using http::testing::ScriptedService;
using runtime::IoResult;
using runtime::Task;

constexpr char kGateway[] = "gateway.multicluster.serviceaccount.identity.linkerd.west";
constexpr char kClient[] = "web.shop.serviceaccount.identity.linkerd.east";
constexpr char kName[] = "pay.shop.svc.cluster.local";
constexpr char kPay[] = "pay.shop.svc.cluster.local:8080";
constexpr char kHeaders[] = "inbound_tcp_transport_header_connections_total";

// The port that the configuration names has to be that of the listener, which is made after it.
SocketAddr free_addr() {
  runtime::testing::TestLoop t;
  return runtime::Listener::tcp(t.loop, {IpAddress::v4(0x7f000001U), 0}, {}).value()->addr();
}

Config gateway_config(std::vector<std::string> suffixes = {"svc.cluster.local."}) {
  Config config = testing::worker_config();
  config.default_policy = DefaultPolicy::kAllUnauthenticated;
  config.gateway_suffixes = std::move(suffixes);
  config.identity.local_id = config.identity.server_name = kGateway;
  config.inbound.listen = {free_addr()};
  return config;
}

struct GatewayConnections : testing::WorkerLab {
  explicit GatewayConnections(Config with = gateway_config()) : WorkerLab(std::move(with)) {
    tls.replace(context_for(kGateway));
  }

  std::shared_ptr<const crypto::TlsContext> context_for(std::string_view name) {
    return crypto::TlsContext::create(
               authority.anchors(),
               crypto::testing::credentials_of(authority, authority.issue(name)),
               t.clock.wall_now())
        .value();
  }
  void publish(const SocketAddr& to, bool has_profile = true) {
    held = targets.lease(std::string(kPay));
    OutboundTarget target = *testing::forward_to(to);
    target.is_known = has_profile;
    targets.publish(std::string(kPay), std::make_shared<const OutboundTarget>(std::move(target)));
  }
  // To everybody: others let this host's own loopback pass, from where the tests come.
  void deny() {
    auto policy = std::make_shared<model::ServerPolicy>();
    policy->protocol = model::ServerOpaque();
    policies.publish(listener->addr().port, std::move(policy));
  }
  // A peer that has sent this header and `bytes` behind it, which are being served.
  std::unique_ptr<crypto::TlsStream> connect(TransportHeader header, std::string_view bytes) {
    auto socket = t.run(runtime::connect_tcp(t.loop, listener->addr(), {}));
    SEINE_CHECK(socket.has_value(), "nobody listens");
    scope.spawn(serve(*this, testing::accept_one(t, *listener)));
    auto client = crypto::TlsStream::client(
        t.loop, std::move(*socket), context_for(kClient),
        {crypto::SubjectName::parse(kGateway).value(), kGateway, {std::string(kTransportAlpn)}});
    SEINE_CHECK(t.run(client->handshake()).has_value(), "no TLS");
    const std::string text = encode(header) + std::string(bytes);
    SEINE_CHECK(write(*client, text).bytes == text.size(), "not written");
    return client;
  }
  static Task<void> serve(GatewayConnections& self, std::unique_ptr<runtime::Socket> socket) {
    self.ended = co_await self.inbound.serve(std::move(socket));
  }
  // What ended the connection. The peer is gone by then.
  ErrorCode end(const std::unique_ptr<crypto::TlsStream>& client) {
    auto [bytes, status] = t.run(read_until(t.loop, *client, ""));
    EXPECT_EQ(bytes, "");
    EXPECT_NE(status, IoResult::Status::kOk);
    t.settle();
    SEINE_CHECK(ended && !*ended, "the connection did not fail");
    return ended->error().code;
  }
  // Until `end` has come, or the stream's own end.
  static Task<std::pair<std::string, IoResult::Status>> read_until(runtime::EventLoop& loop,
                                                                   runtime::Stream& stream,
                                                                   std::string_view end) {
    runtime::Waker waker(loop);
    std::string all;
    for (;;) {
      const auto [bytes, status] = crypto::testing::read(stream);
      all += bytes;
      if (!end.empty() && all.ends_with(end)) co_return std::pair(all, IoResult::Status::kOk);
      if (status != IoResult::Status::kWouldBlock) co_return std::pair(all, status);
      co_await runtime::read_ready(stream, waker);
    }
  }
  std::string read(runtime::Stream& stream, std::string_view end) {
    return t.run(read_until(t.loop, stream, end)).first;
  }

  const TestAuthority authority{t.clock.wall_now()};
  std::unique_ptr<runtime::Listener> listener =
      runtime::Listener::tcp(t.loop, config.inbound.listen.front(), {}).value();
  ServerPolicies policies{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  DefaultPolicies defaults = DefaultPolicies::make(config).value();
  ProfileCache profiles{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  OutboundTargets targets{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Destinations destinations{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Outbound outbound{context, targets, destinations};
  OutboundTargets::Lease held;
  Inbound inbound{context, policies, defaults, profiles, outbound};
  std::optional<Result<void>> ended;
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

// A service of raw bytes.
struct RawGateway : GatewayConnections {
  explicit RawGateway(Config with = gateway_config()) : GatewayConnections(std::move(with)) {
    publish(service->addr());
  }
  std::unique_ptr<crypto::TlsStream> connect_raw(std::string name = kName) {
    return connect({.port = 8080, .name = std::move(name)}, "hello");
  }
  std::unique_ptr<runtime::Listener> service =
      runtime::Listener::tcp(t.loop, {IpAddress::v4(0x7f000001U), 0}, {}).value();
};

TEST(Gateway, raw_bytes_go_to_the_service_that_the_header_names) {
  RawGateway lab;
  auto client = lab.connect_raw();
  auto server = testing::accept_one(lab.t, *lab.service);
  EXPECT_EQ(lab.read(*server, "hello"), "hello");
  write(*server, "and back");
  EXPECT_EQ(lab.read(*client, "back"), "and back");
  const std::string labels = "session_protocol=\"\",target_port=\"8080\",target_name=\"" +
                             std::string(kName) + "\",client_id=\"" + kClient + "\"";
  EXPECT_EQ(lab.counted(kHeaders, labels), 1) << lab.registry.scrape();
  const std::string port = std::to_string(lab.listener->addr().port);
  EXPECT_EQ(lab.counted("inbound_tcp_authz_allow_total", "target_port=\"" + port + "\""), 1);
  EXPECT_FALSE(lab.ended);
  server.reset();
  client.reset();
  lab.t.settle();
}

TEST(Gateway, raw_bytes_end_when_policy_permits_them_no_more) {
  RawGateway lab;
  auto client = lab.connect_raw();
  auto server = testing::accept_one(lab.t, *lab.service);
  EXPECT_EQ(lab.read(*server, "hello"), "hello");
  lab.deny();
  EXPECT_EQ(lab.end(client), ErrorCode::kUnauthorized);
  EXPECT_EQ(lab.read(*server, "more"), "");
  EXPECT_EQ(lab.counted("inbound_tcp_authz_terminate_total"), 1);
}

TEST(Gateway, raw_bytes_that_policy_does_not_permit_go_nowhere) {
  RawGateway lab;
  const ServerPolicies::Lease lease = lab.policies.lease(lab.listener->addr().port);
  lab.deny();
  EXPECT_EQ(lab.end(lab.connect_raw()), ErrorCode::kUnauthorized);
  EXPECT_EQ(lab.counted("inbound_tcp_authz_deny_total"), 1);
}

TEST(Gateway, raw_bytes_for_what_is_not_served_are_refused) {
  RawGateway elsewhere;
  EXPECT_EQ(elsewhere.end(elsewhere.connect_raw("pay.example.com")), ErrorCode::kGatewayDomain);
  EXPECT_EQ(elsewhere.counted("inbound_tcp_errors_total", "error=\"gateway domain invalid\""), 1);
  RawGateway unknown;
  unknown.publish(unknown.service->addr(), /*has_profile=*/false);
  EXPECT_EQ(unknown.end(unknown.connect_raw()), ErrorCode::kGatewayDomain);
  RawGateway malformed;
  EXPECT_EQ(malformed.end(malformed.connect_raw("10.0.0.1")), ErrorCode::kProtocol);
}

TEST(Gateway, without_suffixes_there_is_none) {
  RawGateway lab(gateway_config({}));
  EXPECT_EQ(lab.end(lab.connect_raw()), ErrorCode::kNoRoute);
  EXPECT_EQ(lab.counted(kHeaders), 0);
}

Task<Result<http::Response>> remember(ScriptedService& self, http::Request request) {
  self.last = request.head;
  co_return http::Response();
}

TEST(Gateway, http_goes_there_request_by_request) {
  GatewayConnections lab;
  testing::LocalApplication pay(lab.t, false);
  pay.service.handler = remember;
  lab.publish(pay.addr());
  auto client = lab.connect({.port = 8080, .name = kName, .session = SessionProtocol::kHttp1},
                            "GET /charge HTTP/1.1\r\nhost: pay.east.example\r\n\r\n");
  EXPECT_TRUE(lab.read(*client, "\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(
      pay.service.last.headers.get("forwarded"),
      std::string("by=") + kGateway + ";for=" + kClient + ";host=pay.east.example;proto=https");
  EXPECT_FALSE(pay.service.last.headers.contains("l5d-client-id"));
  EXPECT_EQ(lab.counted(kHeaders, "session_protocol=\"http/1\",target_port=\"8080\""), 1);
  lab.deny();
  write(*client, "GET /charge HTTP/1.1\r\nhost: pay.east.example\r\n\r\n");
  EXPECT_TRUE(lab.read(*client, "\r\n\r\n").starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(pay.service.calls, 1);
}

}  // namespace
}  // namespace seine::proxy
