// SPDX-License-Identifier: Apache-2.0
// seine-controller as a proxy meets it: its own process, real sockets, real TLS.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/file.h"
#include "child.h"
#include "crypto/request.h"
#include "crypto/tls_stream.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "io/linkerd/proxy/destination.pb.h"
#include "io/linkerd/proxy/identity.pb.h"
#include "io/linkerd/proxy/inbound.pb.h"
#include "io/linkerd/proxy/outbound.pb.h"
#include "network.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/socket.h"
#include "runtime/task_scope.h"

namespace seine::integration {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace identity = io::linkerd::proxy::identity;
namespace inbound = io::linkerd::proxy::inbound;
namespace outbound = io::linkerd::proxy::outbound;

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kCertify[] = "/io.linkerd.proxy.identity.Identity/Certify";
constexpr char kGet[] = "/io.linkerd.proxy.destination.Destination/Get";
constexpr char kGetProfile[] = "/io.linkerd.proxy.destination.Destination/GetProfile";
constexpr char kWatch[] = "/io.linkerd.proxy.outbound.OutboundPolicies/Watch";
constexpr char kWatchPort[] = "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort";

constexpr char kWeb[] = "web.shop.serviceaccount.identity.linkerd.cluster.local";
constexpr char kIdentityServer[] =
    "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local";
constexpr char kDestinationServer[] =
    "linkerd-destination.linkerd.serviceaccount.identity.linkerd.cluster.local";
constexpr char kWebContext[] = "{\"ns\":\"shop\", \"nodeName\":\"n\", \"pod\":\"web-0\"}\n";
constexpr char kApiContext[] = "{\"ns\":\"shop\", \"pod\":\"api-0\"}\n";

std::string workloads(std::string_view second_web_pod) {
  return std::string(R"({"workloads": [
    {"namespace": "shop", "name": "web", "token": "web-token", "ports": [{"port": 8000}],
     "pods": [{"name": "web-0", "ips": ["10.0.0.1"]})") +
         std::string(second_web_pod) + R"(]},
    {"namespace": "shop", "name": "api", "token": "api-token",
     "pods": [{"name": "api-0", "ips": ["10.0.0.2"]}]}],
   "services": [{"namespace": "shop", "name": "web", "cluster_ips": ["10.96.0.1"],
                 "ports": [{"port": 80, "target_port": 8000}]}]})";
}

// A connection to one port of the controller.
struct Connection {
  std::unique_ptr<http::Http2Client> client;
  std::unique_ptr<grpc::Channel> channel;
};

class ControllerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { enter_own_network(); }

  ControllerTest() {
    write_workloads("");
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~ControllerTest() override {
    controller_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::string make_folder() {
    std::string pattern = ::testing::TempDir() + "seine-controller-XXXXXX";
    return ::mkdtemp(pattern.data());
  }

  void write_workloads(std::string_view second_web_pod) {
    const std::string path = folder_ + "/workloads.json";
    const std::string fresh = path + ".new";
    ASSERT_TRUE(create_file(fresh, workloads(second_web_pod), 0600));
    std::filesystem::rename(fresh, path);
  }

  std::vector<std::string> flags(const std::string& host) const {
    return {"--state-dir",          folder_ + "/state",
            "--workloads",          folder_ + "/workloads.json",
            "--listen-identity",    host + ":8080",
            "--listen-destination", host + ":8086",
            "--listen-policy",      host + ":8090"};
  }

  // Starts it and waits for its admin port to say that it is ready.
  void start(const std::string& host) {
    host_ = host;
    controller_.emplace(SEINE_CONTROLLER_BINARY, flags(host), folder_ + "/log");
    for (int i = 0; i < 500; ++i) {
      if (admin("/ready").starts_with("HTTP/1.1 200")) return;
      ASSERT_TRUE(controller_->running()) << controller_->log();
      ::usleep(20'000);
    }
    FAIL() << "not ready: " << controller_->log();
  }

  // Turns the loop until the task is done; no test waits longer than this.
  template <class T>
  Result<T> run(Task<Result<T>> task) {
    std::optional<Result<T>> result;
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(store(runtime::with_deadline(loop_, seconds(15), ErrorCode::kTimeout,
                                             "the test waited", std::move(task)),
                      result));
    while (!result) loop_.run_turn(/*may_block=*/true);
    return *std::move(result);
  }
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }

  // The whole answer to a GET on the admin port; empty if it does not answer.
  std::string admin(const std::string& path) {
    const auto answer = run(ask_admin(loop_, path));
    return answer.value_or("");
  }
  static Task<Result<std::string>> ask_admin(runtime::EventLoop& loop, std::string path) {
    const SocketAddr addr{IpAddress::v4(0x7f000001), 9990};
    auto socket = co_await runtime::connect_tcp(loop, addr, {});
    if (!socket) co_return fail(std::move(socket.error()));
    std::string request = "GET " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const iovec piece{request.data(), request.size()};
    (void)(*socket)->try_write({&piece, 1});
    std::string answer;
    std::array<std::byte, 4096> buffer{};
    runtime::Waker waker(loop);
    for (;;) {
      const auto got = (*socket)->try_read(buffer);
      if (got.status == runtime::IoResult::Status::kWouldBlock) {
        co_await runtime::read_ready(**socket, waker);
      } else if (got.status == runtime::IoResult::Status::kOk) {
        answer.append(reinterpret_cast<const char*>(buffer.data()), got.bytes);
      } else {
        co_return answer;
      }
    }
  }

  SocketAddr addr(std::uint16_t port) const { return {IpAddress::parse(host_).value(), port}; }

  Result<Connection> connect_plain(std::uint16_t port) {
    auto socket = run(runtime::connect_tcp(loop_, addr(port), {}));
    if (!socket) return fail(std::move(socket.error()));
    return over(*std::move(socket));
  }
  // `context` null: without a certificate of our own.
  Result<Connection> connect_tls(std::uint16_t port, const char* server,
                                 std::shared_ptr<const crypto::TlsContext> context = nullptr) {
    if (context == nullptr) context = crypto::TlsContext::create_anonymous(anchors()).value();
    auto socket = run(runtime::connect_tcp(loop_, addr(port), {}));
    if (!socket) return fail(std::move(socket.error()));
    auto stream = crypto::TlsStream::client(
        loop_, *std::move(socket), std::move(context),
        {.server_id = crypto::SubjectName::parse_dns(server).value(), .server_name = server});
    const auto info = run(stream->handshake());
    if (!info) return fail(info.error());
    return over(std::move(stream));
  }
  Connection over(std::unique_ptr<runtime::Stream> stream) {
    Connection connection;
    connection.client =
        std::make_unique<http::Http2Client>(loop_, std::move(stream), http::Http2Options{});
    connection.channel = std::make_unique<grpc::Channel>(loop_, *connection.client, "controller");
    return connection;
  }

  crypto::TrustAnchors anchors() const {
    return crypto::TrustAnchors::from_pem(
               read_file(folder_ + "/state/trust-anchors.pem", 1 << 20).value())
        .value();
  }

  identity::CertifyRequest certify_request(const char* name, const char* token) const {
    identity::CertifyRequest request;
    request.set_identity(name);
    request.set_token(token);
    request.set_certificate_signing_request(
        crypto::make_request(key_, crypto::SubjectName::parse_dns(name).value()).value());
    return request;
  }
  // The context of a proxy that has been certified as `web`.
  std::shared_ptr<const crypto::TlsContext> certified_context() {
    const Connection connection = connect_tls(8080, kIdentityServer).value();
    const auto answer = run(connection.channel->unary<identity::CertifyResponse>(
        kCertify, certify_request(kWeb, "web-token")));
    EXPECT_TRUE(answer) << answer.error().to_string();
    crypto::TlsCredentials credentials{
        .leaf = crypto::Certificate::from_der(answer->leaf_certificate()).value(),
        .key = key_.share()};
    for (const std::string& der : answer->intermediate_certificates()) {
      credentials.intermediates.push_back(crypto::Certificate::from_der(der).value());
    }
    const WallTime now = clock_.wall_now();
    const auto checked =
        credentials.check(anchors(), crypto::SubjectName::parse_dns(kWeb).value(), now);
    EXPECT_TRUE(checked) << checked.error().to_string();
    return crypto::TlsContext::create(anchors(), credentials, now).value();
  }

  template <class Message>
  Result<Message> next(grpc::MessageStream<Message>& stream) {
    auto message = run(stream.next());
    if (!message) return fail(std::move(message.error()));
    if (!*message) return fail(ErrorCode::kEof, "the stream ended");
    return **std::move(message);
  }

  destination::GetDestination get(const char* path, const char* context = kWebContext) const {
    destination::GetDestination request;
    request.set_path(path);
    request.set_context_token(context);
    return request;
  }

  const std::string folder_ = make_folder();
  const SystemClock clock_;
  runtime::EventLoop loop_{clock_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  std::string host_;
  std::optional<Child> controller_;
};

TEST_F(ControllerTest, certifies_a_proxy_and_follows_the_file_to_it_over_mutual_tls) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8086, kDestinationServer, certified_context()).value();
  auto updates =
      connection.channel->stream<destination::Update>(kGet, get("web.shop.svc.cluster.local:80"));
  const auto first = next(updates);
  ASSERT_TRUE(first) << first.error().to_string();
  ASSERT_EQ(first->add().addrs_size(), 1);
  const destination::WeightedAddr& addr = first->add().addrs(0);
  EXPECT_EQ(addr.addr().port(), 8000u);
  EXPECT_EQ(addr.tls_identity().dns_like_identity().name(), kWeb);
  EXPECT_TRUE(addr.protocol_hint().has_h2());

  write_workloads(R"(, {"name": "web-1", "ips": ["10.0.0.9"]})");
  const auto second = next(updates);
  ASSERT_TRUE(second) << second.error().to_string();
  ASSERT_EQ(second->add().addrs_size(), 1);
  EXPECT_EQ(second->add().addrs(0).addr().ip().ipv4(), 0x0a000009u);

  write_workloads("");
  const auto third = next(updates);
  ASSERT_TRUE(third) << third.error().to_string();
  ASSERT_EQ(third->remove().addrs_size(), 1);
  EXPECT_EQ(third->remove().addrs(0).ip().ipv4(), 0x0a000009u);
}

TEST_F(ControllerTest, refuses_a_token_of_somebody_else) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8080, kIdentityServer).value();
  const auto answer = run(connection.channel->unary<identity::CertifyResponse>(
      kCertify, certify_request(kWeb, "api-token")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(grpc::status_code(answer.error()), grpc::StatusCode::kPermissionDenied);
}

TEST_F(ControllerTest, closes_on_a_caller_without_a_certificate) {
  start(kOwnAddress);
  const Connection connection = connect_tls(8086, kDestinationServer).value();
  auto updates =
      connection.channel->stream<destination::Update>(kGet, get("web.shop.svc.cluster.local:80"));
  EXPECT_FALSE(next(updates));
  EXPECT_NE(admin("/metrics").find("outcome=\"no client certificate\"} 1"), std::string::npos);
}

TEST_F(ControllerTest, refuses_a_caller_that_speaks_for_another_workload) {
  start(kOwnAddress);
  const auto context = certified_context();
  const Connection to_destination = connect_tls(8086, kDestinationServer, context).value();
  auto updates = to_destination.channel->stream<destination::Update>(
      kGet, get("web.shop.svc.cluster.local:80", kApiContext));
  const auto refused = next(updates);
  ASSERT_FALSE(refused);
  EXPECT_EQ(grpc::status_code(refused.error()), grpc::StatusCode::kPermissionDenied);

  const Connection to_policy = connect_tls(8090, kDestinationServer, context).value();
  inbound::PortSpec port;
  port.set_workload(kApiContext);
  port.set_port(8000);
  auto policies = to_policy.channel->stream<inbound::Server>(kWatchPort, port);
  const auto policy = next(policies);
  ASSERT_FALSE(policy);
  EXPECT_EQ(grpc::status_code(policy.error()), grpc::StatusCode::kPermissionDenied);
}

TEST_F(ControllerTest, serves_profiles_and_policies_in_plain_on_loopback) {
  start("127.0.0.1");
  const Connection to_destination = connect_plain(8086).value();
  auto profiles = to_destination.channel->stream<destination::DestinationProfile>(
      kGetProfile, get("10.96.0.1:80"));
  const auto profile = next(profiles);
  ASSERT_TRUE(profile) << profile.error().to_string();
  EXPECT_EQ(profile->fully_qualified_name(), "web.shop.svc.cluster.local");

  const Connection to_policy = connect_plain(8090).value();
  for (const std::uint32_t number : {8000u, 4191u}) {
    inbound::PortSpec port;
    port.set_workload(kWebContext);
    port.set_port(number);
    auto servers = to_policy.channel->stream<inbound::Server>(kWatchPort, port);
    const auto server = next(servers);
    ASSERT_TRUE(server) << server.error().to_string();
    EXPECT_EQ(server->protocol().detect().timeout().seconds(), 10);
    EXPECT_EQ(server->authorizations_size(), 1);
    EXPECT_EQ(server->labels().at("kind"), "default");
    EXPECT_EQ(server->labels().at("name"), "all-unauthenticated");
  }

  outbound::TrafficSpec spec;
  spec.set_source_workload(kWebContext);
  spec.mutable_addr()->mutable_ip()->set_ipv4(0x0a600001);
  spec.mutable_addr()->set_port(80);
  auto policies = to_policy.channel->stream<outbound::OutboundPolicy>(kWatch, spec);
  const auto policy = next(policies);
  ASSERT_TRUE(policy) << policy.error().to_string();
  EXPECT_EQ(policy->protocol().detect().http1().routes_size(), 1);

  spec.mutable_addr()->mutable_ip()->set_ipv4(0x0a090909);
  auto unknown = to_policy.channel->stream<outbound::OutboundPolicy>(kWatch, spec);
  const auto not_found = next(unknown);
  ASSERT_FALSE(not_found);
  EXPECT_EQ(grpc::status_code(not_found.error()), grpc::StatusCode::kNotFound);
}

TEST_F(ControllerTest, ends_its_streams_and_itself_on_sigterm) {
  start("127.0.0.1");
  const Connection connection = connect_plain(8086).value();
  auto updates =
      connection.channel->stream<destination::Update>(kGet, get("web.shop.svc.cluster.local:80"));
  ASSERT_TRUE(next(updates));
  controller_->signal(SIGTERM);
  const auto end = run(updates.next());
  ASSERT_TRUE(end) << end.error().to_string();
  EXPECT_FALSE(*end) << "a clean end";
  EXPECT_EQ(controller_->wait(), 0) << controller_->log();
}

TEST_F(ControllerTest, keeps_its_anchors_over_a_restart) {
  start("127.0.0.1");
  const crypto::TrustAnchors before = anchors();
  controller_->signal(SIGKILL);
  controller_->wait();
  start("127.0.0.1");
  EXPECT_EQ(anchors(), before);
  const Finished printed = integration::run(
      SEINE_CONTROLLER_BINARY, {"--state-dir", folder_ + "/state", "--print-trust-anchors"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_EQ(crypto::TrustAnchors::from_pem(printed.out).value(), before);
}

TEST_F(ControllerTest, answers_on_its_admin_port) {
  start("127.0.0.1");
  EXPECT_TRUE(admin("/live").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(admin("/nothing").starts_with("HTTP/1.1 404"));
  const std::string metrics = admin("/metrics");
  EXPECT_NE(metrics.find("process_"), std::string::npos) << metrics;
}

TEST_F(ControllerTest, exits_64_with_one_sentence_for_what_it_cannot_use) {
  const std::string broken = folder_ + "/broken.json";
  ASSERT_TRUE(create_file(broken, R"({"workloads": [{"namespace": "shop"}]})", 0600));
  const std::vector<std::vector<std::string>> bad = {
      {"--no-such-flag"},
      {"--state-dir", folder_ + "/state", "--workloads", broken},
      {"--state-dir", folder_ + "/state", "--workloads", "/no/such/file"},
      {"--state-dir", folder_ + "/state", "--workloads", broken, "--listen-policy", "nowhere"}};
  for (const std::vector<std::string>& arguments : bad) {
    const Finished finished = integration::run(SEINE_CONTROLLER_BINARY, arguments);
    EXPECT_EQ(finished.exit_code, 64) << finished.err;
    EXPECT_EQ(std::ranges::count(finished.err, '\n'), 1) << finished.err;
  }
}

}  // namespace
}  // namespace seine::integration
