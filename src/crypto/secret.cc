// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

#include "openssl/crypto.h"

#include "base/check.h"

namespace seine::crypto {

void Secret::reserve(std::size_t octets) {
  SEINE_CHECK(octets_.empty(), "reserving later would move a secret and leave a copy");
  octets_.reserve(octets);
}

void Secret::append(char octet) {
  SEINE_CHECK(octets_.size() < octets_.capacity(), "a secret never grows past its reservation");
  octets_.push_back(octet);
}

void Secret::wipe() {
  if (!octets_.empty()) OPENSSL_cleanse(octets_.data(), octets_.size());
  octets_.clear();
}

}  // namespace seine::crypto
