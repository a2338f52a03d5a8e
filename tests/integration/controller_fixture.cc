// SPDX-License-Identifier: Apache-2.0
#include "controller_fixture.h"

#include <signal.h>
#include <unistd.h>

#include <array>

#include "base/file.h"
#include "crypto/request.h"
#include "crypto/tls_stream.h"
#include "network.h"
#include "runtime/socket.h"

namespace seine::integration {

namespace destination = io::linkerd::proxy::destination;
namespace identity = io::linkerd::proxy::identity;

using runtime::Task;

namespace {

Task<Result<std::string>> ask_admin(runtime::EventLoop& loop, std::string path) {
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

}  // namespace

void ControllerFixture::SetUpTestSuite() {
  // A process has one, however many suites run in it.
  static const bool entered = [] {
    enter_own_network();
    return true;
  }();
  (void)entered;
}

ControllerFixture::ControllerFixture() {
  ::signal(SIGPIPE, SIG_IGN);
}

ControllerFixture::~ControllerFixture() {
  controller_.reset();
}

std::vector<std::string> ControllerFixture::listen_flags(const std::string& host) const {
  return {"--state-dir",          folder_ + "/state", "--listen-identity", host + ":8080",
          "--listen-destination", host + ":8086",     "--listen-policy",   host + ":8090"};
}

void ControllerFixture::start_with(const std::string& host, std::vector<std::string> flags) {
  host_ = host;
  controller_.emplace(SEINE_CONTROLLER_BINARY, std::move(flags), folder_ + "/log");
  for (int i = 0; i < 500; ++i) {
    if (admin("/ready").starts_with("HTTP/1.1 200")) return;
    ASSERT_TRUE(controller_->running()) << controller_->log();
    ::usleep(20'000);
  }
  FAIL() << "not ready: " << controller_->log();
}

std::string ControllerFixture::admin(const std::string& path) {
  return run(ask_admin(loop_, path)).value_or("");
}

Connection ControllerFixture::over(std::unique_ptr<runtime::Stream> stream) {
  Connection connection;
  connection.client =
      std::make_unique<http::Http2Client>(loop_, std::move(stream), http::Http2Options{});
  connection.channel = std::make_unique<grpc::Channel>(loop_, *connection.client, "controller");
  return connection;
}

Result<Connection> ControllerFixture::connect_plain(std::uint16_t port) {
  auto socket = run(runtime::connect_tcp(loop_, addr(port), {}));
  if (!socket) return fail(std::move(socket.error()));
  return over(*std::move(socket));
}

Result<Connection> ControllerFixture::connect_unix(const std::string& path) {
  auto socket = run(runtime::connect_unix(loop_, path));
  if (!socket) return fail(std::move(socket.error()));
  return over(*std::move(socket));
}

Result<Connection> ControllerFixture::connect_tls(
    std::uint16_t port, const char* server, std::shared_ptr<const crypto::TlsContext> context) {
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

crypto::TrustAnchors ControllerFixture::anchors() const {
  return crypto::TrustAnchors::from_pem(
             read_file(folder_ + "/state/trust-anchors.pem", 1 << 20).value())
      .value();
}

identity::CertifyRequest ControllerFixture::certify_request(const std::string& name,
                                                            const std::string& token) const {
  identity::CertifyRequest request;
  request.set_identity(name);
  request.set_token(token);
  request.set_certificate_signing_request(
      crypto::make_request(key_, crypto::SubjectName::parse_dns(name).value()).value());
  return request;
}

Result<identity::CertifyResponse> ControllerFixture::certify(const std::string& name,
                                                             const std::string& token) {
  const auto connection = connect_tls(8080, kIdentityServer);
  if (!connection) return fail(connection.error());
  return run(connection->channel->unary<identity::CertifyResponse>(kCertify,
                                                                   certify_request(name, token)));
}

std::shared_ptr<const crypto::TlsContext> ControllerFixture::certified_context(
    const std::string& name, const std::string& token) {
  const auto answer = certify(name, token);
  EXPECT_TRUE(answer) << answer.error().to_string();
  crypto::TlsCredentials credentials{
      .leaf = crypto::Certificate::from_der(answer->leaf_certificate()).value(),
      .key = key_.share()};
  for (const std::string& der : answer->intermediate_certificates()) {
    credentials.intermediates.push_back(crypto::Certificate::from_der(der).value());
  }
  const WallTime now = clock_.wall_now();
  const auto checked =
      credentials.check(anchors(), crypto::SubjectName::parse_dns(name).value(), now);
  EXPECT_TRUE(checked) << checked.error().to_string();
  return crypto::TlsContext::create(anchors(), credentials, now).value();
}

destination::GetDestination ControllerFixture::get(const std::string& path,
                                                   const std::string& context) {
  destination::GetDestination request;
  request.set_path(path);
  request.set_context_token(context);
  return request;
}

}  // namespace seine::integration
