// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "crypto/client_hello.h"
#include "crypto/testing/plain_tls_client.h"
#include "crypto/testing/tls_pair.h"
#include "crypto/tls_stream.h"

namespace seine::crypto {
namespace {

using runtime::Bytes;
using runtime::IoResult;
using std::chrono::hours;
using std::chrono::seconds;
using testing::kClientName;
using testing::kServerName;
using testing::PlainTlsClient;
using testing::TestAuthority;
using testing::TlsPair;
using Status = IoResult::Status;

constexpr int kBadCertificate = 42;
constexpr int kExpired = 45;
constexpr int kUnknownCa = 48;
constexpr int kProtocolVersion = 70;
constexpr int kNoApplicationProtocol = 120;

struct Seen {
  ErrorCode code;
  Error::Cause cause;
  int cause_code;
  bool operator==(const Seen&) const = default;
};
Seen seen(const Error& error) {
  return {error.code, error.cause, error.cause_code};
}
Seen alert(ErrorCode code, int number) {
  return {code, Error::Cause::kTlsAlert, number};
}

TEST(TlsHandshake, tells_both_sides_who_is_there_and_what_was_agreed) {
  TlsPair pair;
  pair.client_options.alpn = {"transport.l5d.io/v1"};
  pair.server_options.alpn = {"transport.l5d.io/v1"};
  const auto [client, server] = pair.connect();
  ASSERT_TRUE(client.has_value()) << client.error().to_string();
  ASSERT_TRUE(server.has_value()) << server.error().to_string();
  EXPECT_EQ(client->peer->text(), kServerName);
  EXPECT_EQ(server->peer->text(), kClientName);
  EXPECT_TRUE(server->peer_has_certificate);
  for (const TlsInfo& info : {*client, *server}) {
    EXPECT_EQ(info.alpn, "transport.l5d.io/v1");
    EXPECT_EQ(info.cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(info.group, "x25519");
  }
}

TEST(TlsHandshake, works_in_pieces_of_any_size) {
  TlsPair pair;
  for (std::size_t size : {1, 2, 3, 5, 7, 31, 64, 100, 255, 1000, 4095}) {
    pair.make();
    for (auto* end : {pair.client_end, pair.server_end}) {
      end->max_read = size;
      end->max_write = size + 1;
      end->capacity = 2 * size;
    }
    const auto [client, server] = pair.handshake();
    EXPECT_TRUE(client && server) << size;
  }
}

TEST(TlsHandshake, takes_up_what_detection_has_read_at_every_split) {
  TlsPair pair;
  std::size_t size = 1;
  for (std::size_t split = 0; split <= size; ++split) {
    pair.make();
    auto hello = pair.client->handshake();
    hello.handle().resume();
    std::string& unread = pair.server_end->unread();
    size = unread.size();
    // The detector took `split` bytes off the transport.
    const Bytes prefix = Bytes::copy_of(std::string_view(unread).substr(0, split));
    auto [a, b] = runtime::testing::MemoryStream::make_pair();
    testing::write(*a, std::string_view(unread).substr(split));
    auto server = TlsStream::server(pair.t.loop, std::move(b), pair.server_context,
                                    {.alpn = {}, .prefix = prefix});
    auto answer = server->handshake();
    answer.handle().resume();
    pair.t.settle();
    // The server answered the whole hello.
    ASSERT_GT(a->unread().size(), 500U) << split;
    ASSERT_FALSE(answer.done()) << split;
  }
  EXPECT_GT(size, 200U);
}

TEST(TlsHandshake, sends_the_server_name_and_protocols_asked_for) {
  TlsPair pair;
  pair.client_options.server_name = "elsewhere.local";
  pair.client_options.alpn = {"one", "two"};
  pair.make();
  auto task = pair.client->handshake();
  task.handle().resume();
  const std::string& unread = pair.server_end->unread();
  const ClientHello hello =
      read_client_hello(std::as_bytes(std::span(unread.data(), unread.size())));
  ASSERT_EQ(hello.kind, ClientHello::Kind::kHello);
  EXPECT_EQ(hello.server_name, "elsewhere.local");
  EXPECT_EQ(hello.alpn, (std::vector<std::string>{"one", "two"}));
}

TEST(TlsHandshake, knows_peers_by_spiffe_ids) {
  TlsPair pair;
  constexpr char kId[] = "spiffe://root.linkerd.cluster.local/pay";
  pair.server_context = pair.context_for(kId);
  pair.client_options.server_id = SubjectName::parse(kId).value();
  const auto [client, server] = pair.connect();
  ASSERT_TRUE(client && server);
  EXPECT_EQ(client->peer->text(), kId);
}

TEST(TlsHandshake, refuses_a_server_with_another_name) {
  TlsPair pair;
  pair.client_options.server_id = SubjectName::parse("other.local").value();
  const auto [client, server] = pair.connect();
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(seen(client.error()), alert(ErrorCode::kTlsIdentity, kBadCertificate));
  EXPECT_EQ(client.error().message, std::string("the peer's certificate is refused: it names ") +
                                        kServerName + ", not other.local");
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(seen(server.error()), alert(ErrorCode::kTlsHandshake, kBadCertificate));
  EXPECT_EQ(server.error().message, "the peer sent alert bad certificate");
}

TEST(TlsHandshake, refuses_a_server_of_another_authority) {
  TlsPair pair;
  const TestAuthority stranger(pair.t.clock.wall_now());
  pair.client_context = TlsContext::create_anonymous(stranger.anchors()).value();
  const auto [client, server] = pair.connect();
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(seen(client.error()), alert(ErrorCode::kTlsHandshake, kUnknownCa));
  EXPECT_TRUE(client.error().message.ends_with("unable to get local issuer certificate"))
      << client.error().message;
  EXPECT_EQ(seen(server.error()), alert(ErrorCode::kTlsHandshake, kUnknownCa));
}

TEST(TlsHandshake, refuses_a_client_of_another_authority) {
  TlsPair pair;
  const TestAuthority stranger(pair.t.clock.wall_now());
  pair.client_context =
      TlsContext::create(pair.authority.anchors(),
                         testing::credentials_of(stranger, stranger.issue(kClientName)),
                         pair.t.clock.wall_now())
          .value();
  const auto [client, server] = pair.connect();
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(seen(server.error()), alert(ErrorCode::kTlsHandshake, kUnknownCa));
  // In TLS 1.3 the client was done before; it learns it where it reads.
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(testing::read(*pair.client).second, Status::kError);
  EXPECT_EQ(seen(pair.client->error()), alert(ErrorCode::kTlsHandshake, kUnknownCa));
  EXPECT_EQ(pair.client->error().message, "the peer sent alert unknown CA");
}

TEST(TlsHandshake, judges_certificates_at_the_loops_time) {
  TlsPair pair;
  pair.t.clock.jump_wall(hours(24) + seconds(19));
  EXPECT_TRUE(pair.connect().first.has_value());
  pair.t.clock.jump_wall(seconds(2));
  const auto [late, _] = pair.connect();
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(seen(late.error()), alert(ErrorCode::kTlsHandshake, kExpired));
  EXPECT_TRUE(late.error().message.ends_with("certificate has expired")) << late.error().message;
  pair.t.clock.jump_wall(-hours(24) - seconds(42));
  const auto [early, server] = pair.connect();
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(seen(early.error()), alert(ErrorCode::kTlsHandshake, kBadCertificate));
  EXPECT_TRUE(early.error().message.ends_with("certificate is not yet valid"))
      << early.error().message;
}

TEST(TlsHandshake, does_without_a_client_certificate) {
  TlsPair pair;
  pair.client_context = TlsContext::create_anonymous(pair.authority.anchors()).value();
  const auto [client, server] = pair.connect();
  ASSERT_TRUE(client && server);
  EXPECT_FALSE(server->peer.has_value());
  EXPECT_FALSE(server->peer_has_certificate);
}

TEST(TlsHandshake, agrees_on_protocols_only_where_both_name_them) {
  TlsPair pair;
  pair.client_options.alpn = {"h2", "b", "a"};
  auto ignored = pair.connect();
  ASSERT_TRUE(ignored.first && ignored.second);
  EXPECT_EQ(ignored.first->alpn, "");
  pair.server_options.alpn = {"a", "b"};
  auto chosen = pair.connect();
  ASSERT_TRUE(chosen.first && chosen.second);
  EXPECT_EQ(chosen.first->alpn, "a");
  pair.client_options.alpn = {};
  auto silent = pair.connect();
  ASSERT_TRUE(silent.first && silent.second);
  EXPECT_EQ(silent.second->alpn, "");
  pair.client_options.alpn = {"h2"};
  auto [client, server] = pair.connect();
  EXPECT_EQ(seen(server.error()), alert(ErrorCode::kTlsHandshake, kNoApplicationProtocol));
  EXPECT_EQ(seen(client.error()), alert(ErrorCode::kTlsHandshake, kNoApplicationProtocol));
}

TEST(TlsHandshake, meets_a_stranger_that_speaks_tls_1_3) {
  TlsPair pair;
  PlainTlsClient stranger;
  auto [a, b] = runtime::testing::MemoryStream::make_pair();
  auto server = TlsStream::server(pair.t.loop, std::move(b), pair.server_context, {});
  auto task = server->handshake();
  stranger.step();
  stranger.exchange(*a);
  task.handle().resume();
  stranger.exchange(*a);
  EXPECT_TRUE(stranger.step());
  stranger.exchange(*a);
  pair.t.settle();
  ASSERT_TRUE(task.done());
  EXPECT_TRUE(task.take().has_value());
  EXPECT_EQ(a->unread(), "") << "no session ticket is sent";
}

TEST(TlsHandshake, refuses_older_versions) {
  TlsPair pair;
  PlainTlsClient stranger(TLS1_2_VERSION);
  stranger.step();
  pair.server_options.prefix = Bytes::copy_of(stranger.take_output());
  pair.make();
  const auto server = pair.accept();
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(seen(server.error()), alert(ErrorCode::kTlsHandshake, kProtocolVersion));
}

TEST(TlsHandshake, says_what_it_met_instead_of_tls) {
  TlsPair pair;
  pair.server_options.prefix = Bytes::copy_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  pair.make();
  const auto server = pair.accept();
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().to_string(), "tls handshake error: http request");
}

TEST(TlsHandshake, fails_when_the_peer_goes_away_in_its_middle) {
  TlsPair pair;
  pair.make();
  auto task = pair.server->handshake();
  task.handle().resume();
  pair.client.reset();
  pair.t.settle();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take().error().to_string(),
            "tls handshake error: the peer closed the connection during the TLS handshake");
}

TEST(TlsHandshake, keeps_the_errno_of_a_transport_that_fails) {
  TlsPair pair;
  pair.make();
  auto task = pair.server->handshake();
  task.handle().resume();
  pair.client->abort();
  pair.t.settle();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take().error().to_string(),
            "tls handshake error: during the TLS handshake: the other end is gone: ECONNRESET");
}

TEST(TlsContext, needs_the_key_of_its_certificate) {
  TlsPair pair;
  TlsCredentials credentials =
      testing::credentials_of(pair.authority, pair.authority.issue(kServerName));
  credentials.key = PrivateKey::generate().value();
  const auto context =
      TlsContext::create(pair.authority.anchors(), credentials, pair.t.clock.wall_now());
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code, ErrorCode::kInvalidConfig);
}

TEST(TlsCredentials, are_checked_before_they_are_used) {
  TlsPair pair;
  const WallTime now = pair.t.clock.wall_now();
  TlsCredentials good = testing::credentials_of(pair.authority, pair.authority.issue(kServerName));
  const SubjectName name = SubjectName::parse(kServerName).value();
  const TrustAnchors anchors = pair.authority.anchors();
  EXPECT_TRUE(good.check(anchors, name, now).has_value());
  EXPECT_EQ(good.check(anchors, name, now + hours(25)).error().message,
            std::string("the certificate of ") + kServerName + ": certificate has expired");
  EXPECT_EQ(good.check(anchors, SubjectName::parse("other.local").value(), now).error().message,
            "the certificate does not name other.local");
  EXPECT_FALSE(good.check(TestAuthority(now).anchors(), name, now).has_value());
  good.key = PrivateKey::generate().value();
  EXPECT_EQ(good.check(anchors, name, now).error().message,
            "the certificate is for another private key");
}

}  // namespace
}  // namespace seine::crypto
