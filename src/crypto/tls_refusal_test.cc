// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "crypto/testing/tls_pair.h"
#include "crypto/tls_stream.h"

namespace seine::crypto {
namespace {

using runtime::Bytes;
using std::chrono::hours;
using std::chrono::seconds;
using testing::kClientName;
using testing::kServerName;
using testing::TestAuthority;
using testing::TlsPair;
using Status = runtime::IoResult::Status;

constexpr int kBadCertificate = 42;
constexpr int kExpired = 45;
constexpr int kUnknownCa = 48;
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

}  // namespace
}  // namespace seine::crypto
