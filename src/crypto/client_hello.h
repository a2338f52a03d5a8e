// SPDX-License-Identifier: Apache-2.0
// Looks at the first bytes of a connection and says whether they are a TLS ClientHello and whom it
// is for (RFC 8446, 4.1.2 and 5.1). It decides before anything is terminated, so it reads no more
// than it must and leaves every other check to the TLS library.
//
//   record    22 | 3 | 1 or 3 | length:2 | fragment      one or more, the hello runs across them
//   handshake  1 | length:3 | version:2 random:32 session ciphers compression extensions
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace seine::crypto {

// A hello whose records are longer is taken for something else and passed on as it came.
inline constexpr std::size_t kMaxClientHello = 8192;

struct ClientHello {
  enum class Kind : std::uint8_t { kNotTls, kNeedMore, kHello };

  Kind kind = Kind::kNotTls;
  // For kHello. The name as sent, lower-case; empty if there is none or it is no DNS name.
  std::string server_name;
  std::vector<std::string> alpn;  // in the client's order
};

// `bytes` is all that has arrived so far, from the first byte on: call again with more on
// kNeedMore. The answer never changes once it is not kNeedMore. kMaxClientHello bytes always
// suffice.
ClientHello read_client_hello(std::span<const std::byte> bytes);

}  // namespace seine::crypto
