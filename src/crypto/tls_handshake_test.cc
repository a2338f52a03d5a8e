// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "crypto/client_hello.h"
#include "crypto/testing/tls_pair.h"
#include "crypto/tls_stream.h"

namespace seine::crypto {
namespace {

using runtime::Bytes;
using testing::kClientName;
using testing::kServerName;
using testing::TlsPair;

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

TEST(TlsHandshake, does_without_a_client_certificate) {
  TlsPair pair;
  pair.client_context = TlsContext::create_anonymous(pair.authority.anchors()).value();
  const auto [client, server] = pair.connect();
  ASSERT_TRUE(client && server);
  EXPECT_FALSE(server->peer.has_value());
  EXPECT_FALSE(server->peer_has_certificate);
}

}  // namespace
}  // namespace seine::crypto
