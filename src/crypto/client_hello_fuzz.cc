// SPDX-License-Identifier: Apache-2.0
// Any first bytes: no crash, and the answer for a part is kNeedMore or the answer for the whole.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/client_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using seine::crypto::ClientHello;
  using seine::crypto::read_client_hello;
  const auto bytes = std::as_bytes(std::span(data, size));
  const ClientHello whole = read_client_hello(bytes);
  SEINE_CHECK(size < seine::crypto::kMaxClientHello || whole.kind != ClientHello::Kind::kNeedMore,
              "the limit always suffices");
  const std::size_t step = size / 64 + 1;
  for (std::size_t part = 0; part < size; part += step) {
    const ClientHello early = read_client_hello(bytes.first(part));
    SEINE_CHECK(early.kind == ClientHello::Kind::kNeedMore ||
                    (early.kind == whole.kind && early.server_name == whole.server_name &&
                     early.alpn == whole.alpn),
                "an answer never changes");
  }
  return 0;
}
