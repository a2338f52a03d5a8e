// SPDX-License-Identifier: Apache-2.0
// Signatures of P-256 keys: ECDSA with SHA-256, in DER. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/handles.h"
#include "crypto/key.h"

namespace seine::crypto {

inline constexpr std::size_t kMaxPublicKeyDer = 512;

// SubjectPublicKeyInfo of the key, in DER.
std::string public_key_der(const PrivateKey& key);
// Error kInternal.
Result<std::string> sign(const PrivateKey& key, std::string_view octets);

class PublicKey {
 public:
  // SubjectPublicKeyInfo. Error kInvalidArgument for what is no such DER, has more behind it, or is
  // no P-256 key.
  static Result<PublicKey> from_der(std::string_view der);
  // Whether the key's owner has signed these octets.
  bool verify(std::string_view octets, std::string_view signature) const;

 private:
  explicit PublicKey(KeyHandle handle) : handle_(std::move(handle)) {}

  KeyHandle handle_;
};

}  // namespace seine::crypto
