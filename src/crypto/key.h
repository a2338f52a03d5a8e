// SPDX-License-Identifier: Apache-2.0
// Private keys: ECDSA P-256 and nothing else, as the mesh's peers demand. Kept in memory, wiped
// when dropped; no message ever quotes one.
#pragma once

#include <string_view>

#include "base/result.h"
#include "crypto/handles.h"
#include "crypto/secret.h"

namespace seine::crypto {

// Owns the key or a share of it; move only. Signing from several threads is safe.
class PrivateKey {
 public:
  static Result<PrivateKey> generate();
  // PKCS#8, as in Linkerd's key.p8. Error: kInvalidConfig.
  static Result<PrivateKey> from_pkcs8_der(std::string_view der);
  // One "PRIVATE KEY" (PKCS#8) or "EC PRIVATE KEY" (SEC1) block; other blocks are passed over.
  // Error: kInvalidConfig, its message opened by `what`.
  static Result<PrivateKey> from_pem(std::string_view text, std::string_view what);

  Secret to_pkcs8_der() const;
  Secret to_pkcs8_pem() const;
  // Another share of the same key.
  PrivateKey share() const;
  bool same_public_key(const PrivateKey& other) const;

  evp_pkey_st* handle() const { return handle_.get(); }

 private:
  explicit PrivateKey(KeyHandle handle) : handle_(std::move(handle)) {}
  static Result<PrivateKey> checked(KeyHandle handle);

  KeyHandle handle_;
};

}  // namespace seine::crypto
