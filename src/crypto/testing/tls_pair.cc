// SPDX-License-Identifier: Apache-2.0
#include "crypto/testing/tls_pair.h"

#include "runtime/combine.h"

namespace seine::crypto::testing {

using runtime::IoResult;
using runtime::Task;
using runtime::testing::MemoryStream;

namespace {

Task<Result<TlsInfo>> attempt(std::unique_ptr<TlsStream>& side) {
  Result<TlsInfo> info = co_await side->handshake();
  if (!info) side.reset();
  co_return info;
}

}  // namespace

TlsCredentials credentials_of(const TestAuthority& authority, Leaf leaf) {
  TlsCredentials out{
      .leaf = std::move(leaf.certificate), .intermediates = {}, .key = std::move(leaf.key)};
  out.intermediates.push_back(
      Certificate::from_der(authority.issuer().certificate().der()).value());
  return out;
}

TlsPair::TlsPair() = default;
TlsPair::~TlsPair() = default;

std::shared_ptr<const TlsContext> TlsPair::context_for(std::string_view name) const {
  return TlsContext::create(authority.anchors(), credentials_of(authority, authority.issue(name)),
                            t.clock.wall_now())
      .value();
}

void TlsPair::make() {
  auto [a, b] = MemoryStream::make_pair();
  client_end = a.get();
  server_end = b.get();
  client = TlsStream::client(t.loop, std::move(a), client_context, client_options);
  server = TlsStream::server(t.loop, std::move(b), server_context, server_options);
}

TlsPair::Outcome TlsPair::handshake() {
  return t.run(runtime::all(attempt(client), attempt(server)));
}

TlsPair::Outcome TlsPair::connect() {
  make();
  return handshake();
}

Result<TlsInfo> TlsPair::accept() {
  return t.run(attempt(server));
}

IoResult write(runtime::Stream& stream, std::string_view text) {
  const iovec one = piece(text);
  return stream.try_write({&one, 1});
}

std::pair<std::string, IoResult::Status> read(runtime::Stream& stream) {
  std::pair<std::string, IoResult::Status> out;
  std::string buffer(4096, '\0');
  for (;;) {
    const IoResult got = stream.try_read(std::as_writable_bytes(std::span(buffer)));
    out.second = got.status;
    if (got.status != IoResult::Status::kOk) return out;
    out.first.append(buffer, 0, got.bytes);
  }
}

}  // namespace seine::crypto::testing
