// SPDX-License-Identifier: Apache-2.0
#include "crypto/mac.h"

#include "openssl/evp.h"
#include "openssl/hmac.h"

#include "base/check.h"
#include "crypto/openssl.h"

namespace seine::crypto {

Sha256 hmac_sha256(std::string_view key, std::string_view message) {
  Sha256 mac{};
  unsigned size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   octets_of(message), message.size(), mac.data(), &size);
  SEINE_CHECK(made != nullptr && size == mac.size(), "HMAC needs nothing that could be missing");
  return mac;
}

}  // namespace seine::crypto
