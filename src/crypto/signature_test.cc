// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include "gtest/gtest.h"

namespace seine::crypto {
namespace {

TEST(Signature, is_its_owners_over_exactly_these_octets) {
  const PrivateKey key = PrivateKey::generate().value();
  const PublicKey public_key = PublicKey::from_der(public_key_der(key)).value();
  const std::string signature = sign(key, std::string("a\0b", 3)).value();
  EXPECT_TRUE(public_key.verify(std::string("a\0b", 3), signature));
  EXPECT_FALSE(public_key.verify("a", signature));
  EXPECT_FALSE(public_key.verify(std::string("a\0c", 3), signature));
  const PrivateKey other = PrivateKey::generate().value();
  EXPECT_FALSE(
      PublicKey::from_der(public_key_der(other))->verify(std::string("a\0b", 3), signature));
}

TEST(Signature, that_was_changed_anywhere_is_none) {
  const PrivateKey key = PrivateKey::generate().value();
  const PublicKey public_key = PublicKey::from_der(public_key_der(key)).value();
  const std::string signature = sign(key, "text").value();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(public_key.verify("text", changed)) << i;
    EXPECT_FALSE(public_key.verify("text", signature.substr(0, i))) << i;
  }
}

TEST(Signature, takes_no_other_keys) {
  const std::string der = public_key_der(PrivateKey::generate().value());
  EXPECT_FALSE(PublicKey::from_der(""));
  EXPECT_FALSE(PublicKey::from_der(der + "x"));
  EXPECT_FALSE(PublicKey::from_der(der.substr(1)));
  EXPECT_FALSE(PublicKey::from_der(std::string(600, '0')));
}

}  // namespace
}  // namespace seine::crypto
