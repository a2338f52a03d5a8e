// SPDX-License-Identifier: Apache-2.0
// A TLS server fed with any bytes, in two portions: it fails or waits, and leaves nothing behind.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/testing/tls_pair.h"

namespace {

// Keys are slow to make: one pair serves every run.
seine::crypto::testing::TlsPair& pair() {
  static auto* const pair = new seine::crypto::testing::TlsPair;
  return *pair;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  auto& t = pair().t;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t first = size == 0 ? 0 : data[size / 2] % (size + 1);
  auto [a, b] = runtime::testing::MemoryStream::make_pair();
  auto server = crypto::TlsStream::server(
      t.loop, std::move(b), pair().server_context,
      {.alpn = {"transport.l5d.io/v1"}, .prefix = runtime::Bytes::copy_of(bytes.substr(0, first))});
  auto task = server->handshake();
  task.handle().resume();
  crypto::testing::write(*a, bytes.substr(first));
  t.settle();
  a.reset();
  t.settle();
  SEINE_CHECK(task.done(), "a server does not wait for a peer that is gone");
  SEINE_CHECK(!task.take().has_value(), "nobody finishes a handshake with canned bytes");
  return 0;
}
