// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include "openssl/crypto.h"
#include "openssl/evp.h"

#include "base/check.h"

namespace seine::crypto {

Sha256 sha256(std::string_view octets) {
  Sha256 digest{};
  const int done =
      EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  SEINE_CHECK(done == 1, "SHA-256 needs nothing that could be missing");
  return digest;
}

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace seine::crypto
