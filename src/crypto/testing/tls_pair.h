// SPDX-License-Identifier: Apache-2.0
// A TLS client and a TLS server joined in memory, on a loop whose time a test moves.
//
//   TlsPair pair;
//   auto [client, server] = pair.connect();   // both Result<TlsInfo>
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/testing/test_authority.h"
#include "crypto/tls_stream.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::crypto::testing {

inline constexpr char kClientName[] = "web.shop.serviceaccount.identity.linkerd.cluster.local";
inline constexpr char kServerName[] = "pay.shop.serviceaccount.identity.linkerd.cluster.local";

// The leaf with the authority's issuer as its only intermediate.
TlsCredentials credentials_of(const TestAuthority& authority, Leaf leaf);

struct TlsPair {
  using Outcome = std::pair<Result<TlsInfo>, Result<TlsInfo>>;  // the client's, the server's

  runtime::testing::TestLoop t;
  TestAuthority authority{t.clock.wall_now()};
  std::shared_ptr<const TlsContext> client_context = context_for(kClientName);
  std::shared_ptr<const TlsContext> server_context = context_for(kServerName);
  TlsClientOptions client_options{SubjectName::parse(kServerName).value(), kServerName, {}};
  TlsServerOptions server_options;
  // What lies under the two, once made; owned by them.
  runtime::testing::MemoryStream* client_end = nullptr;
  runtime::testing::MemoryStream* server_end = nullptr;
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;

  TlsPair();
  ~TlsPair();
  std::shared_ptr<const TlsContext> context_for(std::string_view name) const;
  void make();
  // Both handshakes; a side that fails closes, as its owner would.
  Outcome handshake();
  Outcome connect();
  // The server's handshake alone.
  Result<TlsInfo> accept();
};

// try_write() of one piece.
runtime::IoResult write(runtime::Stream& stream, std::string_view text);
// Everything that can be read now, and how reading ended.
std::pair<std::string, runtime::IoResult::Status> read(runtime::Stream& stream);

inline iovec piece(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace seine::crypto::testing
